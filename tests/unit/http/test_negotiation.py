"""The best of the client's codings out, kept once per coding, whatever the upstream speaks."""

from __future__ import annotations

import gzip
import time

import brotli
import pytest
import zstandard

from adweave.http import CodingDoubt, weave
from adweave.http.codings import accepted_by, decoded, encoded
from adweave.http.validators import woven_tag

from .test_weaving import without_ours
from .wire import HTML, Answer, Wire, always, article, in_front_of, response

PAGE = article()
RAW = {
    "identity": response(PAGE, HTML, 'ETag: "abc"'),
    "gzip": response(gzip.compress(PAGE), HTML, 'ETag: "abc"', "Content-Encoding: gzip"),
    "br": response(brotli.compress(PAGE), HTML, 'ETag: "abc"', "Content-Encoding: br"),
    "zstd": response(
        zstandard.ZstdCompressor().compress(PAGE), HTML, 'ETag: "abc"', "Content-Encoding: zstd"
    ),
    "deflate": response(encoded(PAGE, "deflate"), HTML, 'ETag: "abc"', "Content-Encoding: deflate"),
}


def coding_of(answer: Answer) -> str:
    return (answer.value(b"content-encoding") or b"identity").decode()


def plain(answer: Answer) -> bytes:
    return decoded(answer.body, coding_of(answer), 10_000_000)


@pytest.mark.parametrize(
    ("header", "best", "fast"),
    [
        (None, "identity", "identity"),
        (b"", "identity", "identity"),
        (b"gzip, deflate, br, zstd", "br", "gzip"),
        (b"gzip, zstd", "zstd", "gzip"),
        (b"gzip", "gzip", "gzip"),
        (b"x-gzip", "gzip", "gzip"),
        (b"br", "br", "identity"),
        (b"br;q=0.5, gzip;q=0.9", "gzip", "gzip"),
        (b"GZIP;Q=1.0", "gzip", "gzip"),
        (b"*", "br", "gzip"),
        (b"br;q=0, *", "zstd", "gzip"),
        (b"gzip;q=0", "identity", "identity"),
        (b"identity, gzip;q=0.5", "identity", "identity"),
        (b"identity;q=0, br", "br", "br"),
        (b"*;q=0, br", "br", "br"),
        (b"br;q=nonsense", "identity", "identity"),
        (b"deflate", "identity", "identity"),
    ],
)
def test_what_a_client_takes(header: bytes | None, best: str, fast: str) -> None:
    accepted = accepted_by(header)
    assert (accepted.best, accepted.fast) == (best, fast)


@pytest.mark.parametrize("upstream", list(RAW))
@pytest.mark.parametrize("wanted", ["identity", "gzip", "br", "zstd"])
def test_whatever_the_upstream_speaks_the_client_gets_its_best(upstream: str, wanted: str) -> None:
    field = f"Accept-Encoding: {wanted}"
    with in_front_of(always(RAW[upstream])) as (gateway, _), gateway.client() as client:
        first = client.get("/a", field)
        assert "plan=miss" in first.verdict
        assert without_ours(plain(first)) == PAGE
        ends = time.monotonic() + 20
        while coding_of(answer := client.get("/a", field)) != wanted:
            assert time.monotonic() < ends  # the better coding is made by the way
        assert "plan=hit" in answer.verdict
        assert plain(answer) == plain(first)
        assert answer.value(b"vary") == b"accept-encoding"
        assert answer.value(b"content-length") == str(len(answer.body)).encode()


def test_a_hit_neither_inflates_nor_parses_nor_deflates(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = [f"Accept-Encoding: {coding}" for coding in ("identity", "gzip", "br", "zstd")]
    with in_front_of(always(RAW["gzip"])) as (gateway, _), gateway.client() as client:
        for field in fields:
            ends = time.monotonic() + 20
            while coding_of(client.get("/a", field)) not in field:
                assert time.monotonic() < ends
        before = [client.get("/a", field) for field in fields]

        def strikes(*_: object) -> None:
            raise AssertionError("work on a hit")

        for name in ("decoded", "encoded", "weave"):
            monkeypatch.setattr(weave, name, strikes)
        again = [client.get("/a", field) for field in fields]
        for one, other in zip(again, before, strict=True):  # their Date may differ
            assert (one.status, one.body) == (other.status, other.body)
            assert one.value(b"etag") == other.value(b"etag")
        assert all("plan=hit" in answer.verdict for answer in before)
        assert gateway.weaver.gauges["adweave_page_store_pages"] == 4


def test_each_coding_has_a_tag_of_its_own_and_the_upstreams_304_keeps_it() -> None:
    unchanged = response(b"", 'ETag: "abc"', status="304 Not Modified")

    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            knows = request.value(b"if-none-match") == b'"abc"'
            wire.send(unchanged if knows else RAW["identity"])

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        tags = {}
        for coding in ("identity", "gzip"):
            answer = client.get("/a", f"Accept-Encoding: {coding}")
            tags[coding] = (answer.value(b"etag") or b"").decode()
        assert tags["gzip"] == tags["identity"][:-1] + '-gzip"'
        for coding, tag in tags.items():
            again = client.get("/a", f"Accept-Encoding: {coding}", f"If-None-Match: {tag}")
            assert (again.status, again.value(b"etag")) == (304, tag.encode())


def test_a_page_that_is_passed_keeps_its_bytes_and_coding() -> None:
    raw = response(gzip.compress(PAGE), HTML, "Content-Encoding: gzip", "Adweave: off")
    with in_front_of(always(raw)) as (gateway, _):
        answer = gateway.get("/a", "Accept-Encoding: br")
    assert coding_of(answer) == "gzip"
    assert gzip.decompress(answer.body) == PAGE
    assert answer.value(b"vary") is None


def test_the_upstreams_own_vary_stays() -> None:
    for own, wanted in {
        "Accept-Encoding": b"Accept-Encoding",
        "Cookie": b"Cookie, accept-encoding",
        "*": b"*",
    }.items():
        raw = response(PAGE, HTML, f"Vary: {own}")
        with in_front_of(always(raw)) as (gateway, _):
            assert gateway.get("/a", "Accept-Encoding: gzip").value(b"vary") == wanted


def test_a_tag_names_a_coding_that_is_not_the_upstreams() -> None:
    assert woven_tag(b'W/"a"', b"0" * 12, b"h") == b'W/"a~aw000000000000"'
    assert woven_tag(b'"a"', b"0" * 12, b"h", "br") == b'"a~aw000000000000-br"'
    assert woven_tag(None, b"0" * 12, b"h", "br") == b'"h~aw000000000000h-br"'
    with pytest.raises(CodingDoubt):
        decoded(b"x", "gzip", 10)
