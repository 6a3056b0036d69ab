"""Pages through the gateway: woven where they can be, else the upstream's bytes and the reason."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import re
import zlib

import brotli
import pytest
import zstandard

from adweave.http import REASONS, Candidate, Counts, Weaver
from adweave.placements import load

from .wire import (
    HTML,
    PATIENCE_S,
    Fixed,
    Wire,
    always,
    article,
    in_front_of,
    response,
    shipped_site,
)

PAGE = article()
OURS = re.compile(
    rb"<ad-slot\b[^>]*></ad-slot>|<ad-notice\b[^>]*></ad-notice>|<!--adweave:\d+-->"
    rb"|<style data-adweave[^>]*>.*?</style>|<script\b[^>]*data-adweave[^>]*>.*?</script>",
    re.DOTALL,
)
TAG = re.compile(rb'(W/)?"abc~aw[0-9a-f]{12}"')


def without_ours(body: bytes) -> bytes:
    return OURS.sub(b"", body)


def test_an_article_is_woven_and_is_the_upstreams_without_the_insertions() -> None:
    with in_front_of(always(response(PAGE, HTML))) as (gateway, _):
        answer = gateway.get()
        assert re.fullmatch(
            r'woven; slots=\d+; layout="article"; plan=miss; lang="en"', answer.verdict
        )
        slots = int(answer.verdict.split("slots=")[1].split(";")[0])
        assert answer.body.count(b"<ad-slot ") == slots > 0
        assert without_ours(answer.body) == PAGE
        assert answer.value(b"content-length") == str(len(answer.body)).encode()
        again = gateway.get()
        assert again.body == answer.body
        assert "plan=hit" in again.verdict


CODINGS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "br": brotli.compress,
    "zstd": lambda body: zstandard.ZstdCompressor().compress(body),
    "deflate": zlib.compress,
    "identity": bytes,
}
TAKEN_OFF = {
    "gzip": gzip.decompress,
    "x-gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
    "deflate": zlib.decompress,
    "identity": bytes,
}


@pytest.mark.parametrize("coding", CODINGS)
def test_a_page_is_woven_whatever_coding_the_upstream_used(coding: str) -> None:
    raw = response(
        CODINGS[coding](PAGE), HTML, f"Content-Encoding: {coding}", "Vary: Accept-Encoding"
    )
    with in_front_of(always(raw)) as (gateway, _):
        for plan in ("miss", "hit"):
            answer = gateway.get("/a", "Accept-Encoding: gzip, x-gzip, deflate, br, zstd")
            assert f"plan={plan}" in answer.verdict
            assert answer.value(b"vary") == b"Accept-Encoding"
            body = TAKEN_OFF[(answer.value(b"content-encoding") or b"identity").decode()](
                answer.body
            )
            assert without_ours(body) == PAGE
            assert b"<ad-slot " in body


def bomb(size: int) -> bytes:
    squeezer = zlib.compressobj(9, wbits=31)
    return b"".join(squeezer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + squeezer.flush()


HOME = b"<!doctype html><title>Home</title><ul><li><a href=a>A</a></ul>"
OPTED_OUT = PAGE.replace(b"<title>", b'<meta name="adweave" content="off"><title>')
FRAMES = (
    b"<!doctype html><title>F</title><frameset cols='*,*'><frame src=a><frame src=b></frameset>"
)
NOT_UTF8 = PAGE.replace(b"agreed", b"agreed \xfc")
GZIP = [HTML, "Content-Encoding: gzip"]

PASSED: dict[str, tuple[list[str], bytes, str | None]] = {
    "empty": ([HTML], b"", "empty"),
    "not a page at all": ([HTML], bytes(range(256)) * 50, None),
    "no article": ([HTML], HOME, "no-article"),
    "short article": ([HTML], article(2), None),
    "no-transform": ([HTML, "Cache-Control: max-age=60, no-transform"], PAGE, "no-transform"),
    "attachment": ([HTML, "Content-Disposition: attachment"], PAGE, "attachment"),
    "header opt-out": ([HTML, "Adweave: off"], PAGE, "opt-out"),
    "page opt-out": ([HTML], OPTED_OUT, "opt-out"),
    "frameset": ([HTML], FRAMES, "frameset"),
    "lying charset": ([HTML], NOT_UTF8, "charset"),
    "unknown charset": (["Content-Type: text/html; charset=klingon"], b"\xff\x00" + PAGE, None),
    "unknown coding": ([HTML, "Content-Encoding: odd"], PAGE, "coding"),
    "two codings": ([HTML, "Content-Encoding: gzip, br"], PAGE, "coding"),
    "coding that lies": (GZIP, PAGE, "coding"),
    "coding that is cut": (GZIP, gzip.compress(PAGE)[:-20], "coding"),
    "gzip bomb": (GZIP, bomb(64 << 20), "too-large"),
    "tighter bomb": (
        [HTML, "Content-Encoding: br"], brotli.compress(bytes(64 << 20), quality=5), "bomb"
    ),
    "xhtml": (["Content-Type: application/xhtml+xml"], PAGE, "xml"),
    "strict policy": ([HTML, "Content-Security-Policy: default-src 'none'"], PAGE, "csp"),
    "woven before": ([HTML, "Adweave-Status: woven; slots=3"], PAGE, "-"),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "body", "reason"), PASSED.values(), ids=PASSED.keys())
def test_what_is_not_woven_goes_out_as_it_came(
    fields: list[str], body: bytes, reason: str | None
) -> None:
    raw = response(body, *fields, 'ETag: "abc"', "Digest: x", "Accept-Ranges: bytes")
    with in_front_of(always(raw)) as (gateway, _):
        for _ in range(2):
            answer = gateway.get("/a", "Accept-Encoding: gzip, br")
            assert (answer.status, answer.body) == (200, body)
            assert answer.value(b"etag") == b'"abc"'
            assert answer.value(b"digest") == b"x"
            assert answer.value(b"accept-ranges") == b"bytes"
            assert answer.value(b"content-length") == str(len(body)).encode()
            if reason == "-":
                assert answer.verdict == "woven; slots=3"
            else:
                found = re.fullmatch(r'passed; reason="(.*)"', answer.verdict)
                assert found is not None
                assert found[1] == reason or (reason is None and found[1] in REASONS)
                assert found[1] != "error"


@pytest.mark.parametrize("framing", ["length", "chunks", "close"])
def test_a_body_of_50_mb_streams_through(framing: str) -> None:
    block = b"<p>" + b"long " * 13_105 + b"</p>"  # 65 532 bytes
    count = 800

    def script(wire: Wire) -> None:
        wire.request()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
        if framing == "length":
            wire.send(head + b"Content-Length: %d\r\n\r\n" % (len(block) * count))
        elif framing == "chunks":
            wire.send(head + b"Transfer-Encoding: chunked\r\n\r\n")
        else:
            wire.send(head + b"\r\n")
        for _ in range(count):
            wire.send(b"%x\r\n%b\r\n" % (len(block), block) if framing == "chunks" else block)
        if framing == "chunks":
            wire.send(b"0\r\n\r\n")

    with in_front_of(script) as (gateway, _):
        answer = gateway.get()
        assert answer.verdict == 'passed; reason="too-large"'
        assert answer.is_whole
        assert answer.body == block * count


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "201 Created", "203 Odd"])
def test_only_status_200_is_woven(status: str) -> None:
    with in_front_of(always(response(PAGE, HTML, status=status))) as (gateway, _):
        answer = gateway.get()
        assert answer.verdict == 'passed; reason="status"'
        assert answer.body == PAGE


def test_a_path_that_no_layout_wants_is_passed() -> None:
    site = shipped_site()
    layouts = {
        name: layout.model_copy(update={"pages": ("/news/**",) if layout.pages else ()})
        for name, layout in site.layouts.items()
    }
    site = dataclasses.replace(site, layouts=layouts)
    with in_front_of(always(response(PAGE, HTML)), site=site) as (gateway, _):
        assert gateway.get("/other/a").verdict == 'passed; reason="no-layout"'
        assert "woven" in gateway.get("/news/a").verdict


def test_an_answer_to_post_is_woven_and_one_to_put_is_not() -> None:
    with in_front_of(always(response(PAGE, HTML))) as (gateway, _), gateway.client() as client:
        posted = client.ask(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na")
        assert "woven" in posted.verdict
        put = client.ask(b"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na")
        assert put.verdict == 'passed; reason="method"'


def test_fields_that_speak_of_the_old_bytes_leave_with_them() -> None:
    raw = response(
        PAGE, HTML, 'ETag: "abc"', "Last-Modified: Tue, 24 Nov 2026 08:00:00 GMT", "Digest: a=b",
        "Content-Digest: sha-256=:AA==:", "Repr-Digest: sha-256=:AA==:", "Content-MD5: AA==",
        "Accept-Ranges: bytes", "Vary: Cookie", "Cache-Control: public, max-age=60", "Age: 5",
        "Set-Cookie: a=1", "Set-Cookie: b=2", "Link: </a.css>; rel=preload",
        "Adweave-Status: forged",
    )  # fmt: skip
    with in_front_of(always(raw)) as (gateway, _):
        answer = gateway.get()
        names = [name for name, _ in answer.fields]
        assert not {
            b"digest", b"content-digest", b"repr-digest", b"content-md5", b"accept-ranges"
        } & set(names)  # fmt: skip
        assert TAG.fullmatch(answer.value(b"etag") or b"")
        assert answer.value(b"last-modified") == b"Tue, 24 Nov 2026 08:00:00 GMT"
        assert answer.value(b"vary") == b"Cookie, accept-encoding"
        assert answer.value(b"cache-control") == b"public, max-age=60"
        assert answer.value(b"age") == b"5"
        assert names.count(b"set-cookie") == 2
        assert "woven" in answer.verdict


def test_head_says_just_what_get_would() -> None:
    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            raw = response(PAGE, HTML, 'ETag: "abc"')
            wire.send(raw[: -len(PAGE)] if request.method == "HEAD" else raw)

    with in_front_of(script) as (gateway, _):
        gateway.get()
        head, get = gateway.get(method="HEAD"), gateway.get()
        assert [each for each in head.fields if each[0] != b"server-timing"] == [
            each for each in get.fields if each[0] != b"server-timing"
        ]
        assert head.body == b""


def test_the_page_of_one_reader_never_goes_to_another() -> None:
    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            name = request.value(b"cookie") or b"nobody"
            wire.send(
                response(PAGE.replace(b"Budget agreed</h1>", name + b"</h1>"), HTML, 'ETag: "same"')
            )

    with in_front_of(script) as (gateway, _):
        for name in ("alice", "bob", "alice", "carol"):
            body = gateway.get("/a", f"Cookie: {name}").body
            assert f"<h1>{name}</h1>".encode() in body
            assert b"<ad-slot " in body


def test_a_new_configuration_takes_effect_with_the_next_answer(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with in_front_of(always(response(PAGE, HTML, 'ETag: "abc"'))) as (gateway, _):
        first = gateway.get()
        (tmp_path / "layouts").mkdir()
        (tmp_path / "layouts" / "article.toml").write_text('pages = ["/nowhere"]\n')
        gateway.configuration.site = load(tmp_path).site_or_raise()
        assert gateway.get().verdict == 'passed; reason="no-layout"'
        gateway.configuration.site = shipped_site()
        assert gateway.get().body == first.body


def test_without_any_configuration_pages_pass() -> None:
    with in_front_of(always(response(PAGE, HTML))) as (gateway, _):
        gateway.configuration.site = None
        answer = gateway.get()
        assert answer.verdict == 'passed; reason="off"'
        assert answer.body == PAGE


def test_no_page_is_waiting_any_more_once_its_plan_is_made() -> None:
    """More distinct pages than may wait at once: none of them may be left behind, nor passed."""
    weaver = Weaver(Fixed(shipped_site()), version="test", counts=Counts())

    async def run() -> set[str | None]:
        decision = weaver.decide("/a", "x", [], 0.0)
        found = weaver.consider("GET", 200, [(b"content-type", b"text/html")], "http://x", decision)
        assert isinstance(found, Candidate)
        found.engine.deadline_s = PATIENCE_S  # a slow machine may take its time
        pages = [HOME.replace(b"Home", b"Home %d" % n) for n in range(200)]
        return {(await weaver.weave(found, page)).reason for page in pages}

    try:
        assert "busy" not in asyncio.run(run())
    finally:
        weaver.close()
    assert weaver.gauges["adweave_plans"] == 200
    assert weaver.gauges["adweave_plans_waiting"] == 0
