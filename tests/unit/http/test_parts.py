"""The small parts: fields, counters, stores, the status field."""

from __future__ import annotations

import pytest

from adweave.http import FAULTS, REASONS, Counts, UpstreamUrl, status
from adweave.http.fields import decodable_codings, is_neighbour, request_fields
from adweave.http.store import BoundedStore
from adweave.http.validators import may_be_page, woven_tag
from adweave.page import REASONS as DOUBTS


def test_every_reason_of_the_page_engine_has_its_sentence() -> None:
    assert set(DOUBTS) <= set(REASONS)
    assert set(REASONS) >= status.LASTING
    assert all(
        sentence.endswith(".") for sentence in (*REASONS.values(), *(s for _, s in FAULTS.values()))
    )


def test_the_status_is_a_structured_field_whatever_the_names_are() -> None:
    assert status.woven(3, "article", "hit", "en") == (
        b'woven; slots=3; layout="article"; plan=hit; lang="en"'
    )
    assert status.woven(1, 'a"b\\c\r\nü', "hit", "x") == (
        b'woven; slots=1; layout="a\\"b\\\\c???"; plan=hit; lang="x"'
    )
    assert status.passed("no-article") == b'passed; reason="no-article"'
    assert status.passed("never heard of") == b'passed; reason="error"'


def test_the_least_used_goes_first_and_the_ceiling_holds() -> None:
    store: BoundedStore[str] = BoundedStore(max_count=100, max_bytes=100)
    store.put(b"a", "A", 40)
    store.put(b"b", "B", 40)
    assert store.get(b"a") == "A"
    store.put(b"c", "C", 40)
    assert store.get(b"b") is None
    assert store.get(b"a") == "A"
    assert store.size_bytes == 80
    store.put(b"a", "A2", 10)
    assert (store.get(b"a"), store.size_bytes) == ("A2", 50)
    store.put(b"huge", "H", 101)
    assert store.get(b"huge") is None
    assert len(store) == 2


def test_the_count_is_bounded_too() -> None:
    store: BoundedStore[int] = BoundedStore(max_count=3, max_bytes=1 << 30)
    for n in range(10):
        store.put(b"%d" % n, n, 1)
    assert len(store) == 3
    assert store.size_bytes == 3


def test_counters_read_as_prometheus_text() -> None:
    counts = Counts()
    counts.add("a_total", "reason", 'x"y\\z\n')
    counts.add("a_total", "reason", "b", 2)
    counts.add("c_total")
    assert counts.as_text({"g": 1.5}) == (
        "# TYPE a_total counter\n"
        'a_total{reason="b"} 2\n'
        'a_total{reason="x\\"y\\\\z\\n"} 1\n'
        "# TYPE c_total counter\nc_total 1\n"
        "# TYPE g gauge\ng 1.5\n"
    )


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (b"gzip, deflate, br, zstd", b"gzip, deflate, br, zstd"),
        (b"gzip;q=1.0, *;q=0", b"gzip;q=1.0, *;q=0"),
        (b"dcb, dcz", b"identity"),
        (b"*", b"identity"),
        (b"identity;q=0, *;q=0.5", b"identity;q=0"),
        (b"", b"identity"),
    ],
)
def test_codings_that_can_not_be_undone_are_not_asked_for(value: bytes, kept: bytes) -> None:
    assert decodable_codings(value) == kept


@pytest.mark.parametrize(
    ("address", "is_near"),
    [
        ("127.0.0.1", True), ("10.1.2.3", True), ("::1", True), ("fe80::1%eth0", True), ("", True),
        ("203.0.113.9", False), ("2001:db8::1", False), ("no address", False),
    ],
)  # fmt: skip
def test_neighbours_are_loopback_and_private_networks(address: str, is_near: bool) -> None:
    assert is_neighbour(address) is is_near


def test_a_stranger_is_not_believed() -> None:
    told = [(b"x-forwarded-for", b"10.0.0.1"), (b"x-forwarded-proto", b"https"),
            (b"x-forwarded-host", b"admin.example"), (b"forwarded", b"for=10.0.0.1")]  # fmt: skip
    asked = dict(
        request_fields(told, client="2001:db8::1", scheme="http", host=b"a", upstream_host=None)
    )
    assert asked[b"x-forwarded-for"] == b"2001:db8::1"
    assert asked[b"x-forwarded-proto"] == b"http"
    assert asked[b"x-forwarded-host"] == b"a"
    assert asked[b"forwarded"] == b'for="[2001:db8::1]";host="a";proto=http'


@pytest.mark.parametrize(
    ("path", "fields", "may_be"),
    [
        (b"/a", [], True),
        (b"/a", [(b"accept", b"text/html,*/*;q=0.8")], True),
        (b"/a", [(b"accept", b"application/json")], False),
        (b"/a", [(b"sec-fetch-dest", b"image")], False),
        (b"/a", [(b"sec-fetch-dest", b"document")], True),
        (b"/a.png", [(b"accept", b"*/*")], False),
        (b"/a.png", [(b"accept", b"text/html,*/*")], True),
        (b"/a.html", [(b"accept", b"*/*")], True),
    ],
)
def test_what_may_be_a_page_is_seen_from_the_request(
    path: bytes, fields: list[tuple[bytes, bytes]], may_be: bool
) -> None:
    assert may_be_page(path, fields) is may_be


def test_a_woven_pages_tag_is_as_strong_as_the_upstreams() -> None:
    assert woven_tag(b'"a"', b"0" * 12, b"h") == b'"a~aw000000000000"'
    assert woven_tag(b' W/"a" ', b"0" * 12, b"h") == b'W/"a~aw000000000000"'
    assert woven_tag(None, b"0" * 12, b"h") == b'"h~aw000000000000h"'
    assert woven_tag(b"not a tag", b"0" * 12, b"h") == b'"h~aw000000000000h"'


def test_an_upstream_is_written_as_it_is_read() -> None:
    for text in ("http://127.0.0.1:8000", "https://cms.example", "http://[::1]:81/blog"):
        assert str(UpstreamUrl.parse(text)) == text
    assert UpstreamUrl.parse("http://a:80/").authority == "a"
