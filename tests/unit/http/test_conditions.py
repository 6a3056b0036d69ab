"""Entity tags and conditional requests through the gateway (RFC 9110, 8.8 and 13)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from starlette.types import Receive, Scope, Send

from adweave import AdweaveMiddleware
from adweave.placements import load

from .wire import (
    HTML,
    SHIPPED,
    Client,
    Request,
    Wire,
    always,
    article,
    in_front_of,
    response,
    running_app,
)

PAGE = article()
HOME = b"<!doctype html><title>Home</title><ul><li><a href=a>A</a><li><a href=b>B</a></ul>"
DATE = "Tue, 24 Nov 2026 08:00:00 GMT"


def cms(*fields: str, body: bytes = PAGE, kind: str = HTML) -> Callable[[Wire], None]:
    """An upstream that knows its entity tag and date, and answers conditions by the book."""
    tag = next((f.partition(": ")[2] for f in fields if f.startswith("ETag")), None)
    date = next((f.partition(": ")[2] for f in fields if f.startswith("Last-Modified")), None)

    def is_current(request: Request) -> bool:
        match = request.value(b"if-none-match")
        if match is not None:
            return tag is not None and tag.removeprefix("W/") in match.decode()
        since = request.value(b"if-modified-since")
        return since is not None and date is not None and since.decode() == date

    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            expected = request.value(b"if-match")
            if expected is not None and expected.decode() != tag:
                wire.send(response(b"", status="412 Precondition Failed"))
            elif request.method in ("GET", "HEAD") and is_current(request):
                lines = ["HTTP/1.1 304 Not Modified", *fields, "", ""]
                wire.send("\r\n".join(lines).encode())
            elif request.value(b"range") is not None:
                part = f"Content-Range: bytes 0-99/{len(body)}"
                raw = response(body[:100], kind, *fields, part, status="206 Partial Content")
                wire.send(raw[:-100] if request.method == "HEAD" else raw)
            else:
                raw = response(body, kind, *fields)
                wire.send(raw[: -len(body)] if request.method == "HEAD" else raw)

    return script


def tag_of(answer) -> str:  # type: ignore[no-untyped-def]
    return (answer.value(b"etag") or b"").decode()


def test_our_tag_comes_back_as_the_upstreams_and_its_304_as_ours() -> None:
    with in_front_of(cms('ETag: "abc"')) as (gateway, upstream):
        ours = tag_of(gateway.get())
        again = gateway.get("/a/page", f"If-None-Match: {ours}")
        assert (again.status, again.body) == (304, b"")
        assert tag_of(again) == ours
        assert again.value(b"adweave-status") is None
        assert upstream.requests[-1].value(b"if-none-match") == b'"abc"'


def test_a_304_names_in_vary_what_its_page_does() -> None:
    with in_front_of(cms('ETag: "abc"', "Vary: X-A")) as (gateway, _):
        page = gateway.get()
        again = gateway.get("/a/page", f"If-None-Match: {tag_of(page)}")
        assert again.status == 304
        assert again.value(b"vary") == page.value(b"vary") == b"X-A, accept-encoding"


@pytest.mark.parametrize("body", [PAGE, HOME], ids=["woven", "passed"])
def test_a_304_keeps_the_marks_by_which_caches_purge_its_page(body: bytes) -> None:
    """A cache takes a 304's fields for those that it has (RFC 9111, 3.2)."""
    upstream = cms('ETag: "abc"', "Surrogate-Key: node:1", body=body)
    with in_front_of(upstream) as (gateway, _):
        page = gateway.get()
        again = gateway.get("/a/page", f"If-None-Match: {tag_of(page)}")
        assert again.status == 304
        for mark in (b"surrogate-key", b"cache-tag"):
            assert again.value(mark) == page.value(mark) is not None


def test_a_304_of_what_is_no_page_gets_no_marks() -> None:
    with in_front_of(cms('ETag: "abc"', kind="Content-Type: text/css")) as (gateway, _):
        again = gateway.get("/style", 'If-None-Match: "abc"', "Accept: text/css")
        assert again.status == 304
        assert again.value(b"surrogate-key") is None


FEED = "Content-Type: application/rss+xml"
NOT_WOVEN = {
    "a feed": (FEED, b"<rss/>" * 50_000),
    "a picture": ("Content-Type: image/jpeg", b"\xff\xd8" * 500),
    "a page that is not to be transformed": (f"{HTML}\r\nCache-Control: no-transform", PAGE),
}


@pytest.mark.parametrize("kind", NOT_WOVEN)
@pytest.mark.parametrize("asked", ['If-None-Match: "abc"', f"If-Modified-Since: {DATE}"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_not_woven_is_not_sent_twice_at_an_address_that_could_be_a_pages(
    kind: str, asked: str, method: str
) -> None:
    """Feed readers and pictures over plain http name no destination, and accept anything."""
    content_type, body = NOT_WOVEN[kind]
    fields = ('ETag: "abc"', f"Last-Modified: {DATE}", f"Date: {DATE}")
    with in_front_of(cms(*fields, body=body, kind=content_type)) as (gateway, upstream):
        for _ in range(3):
            again = gateway.get("/feed?of=all", asked, "Accept: image/png,*/*", method=method)
            assert (again.status, again.body) == (304, b"")
            assert again.value(b"etag") == b'"abc"'
            assert again.value(b"last-modified") == again.value(b"date") == DATE.encode()
            assert (again.value(b"surrogate-key") is None) == (HTML not in content_type)
        if "None" in asked:  # the tag is known now, and the upstream spares itself the content
            assert upstream.requests[-1].value(b"if-none-match") == b'"abc"'
        new = gateway.get("/feed?of=all", 'If-None-Match: "old"', method=method)
        assert (new.status, new.body) == (200, body if method == "GET" else b"")


def test_an_upstream_that_sends_anew_what_is_no_page_is_not_talked_out_of_it() -> None:
    raw = response(b"<rss/>", FEED, 'ETag: "abc"', f"Last-Modified: {DATE}")
    with in_front_of(always(raw)) as (gateway, _):
        for asked in ('If-None-Match: "abc"', f"If-Modified-Since: {DATE}"):
            answer = gateway.get("/feed.xml", asked)
            assert (answer.status, answer.body) == (200, b"<rss/>")


@pytest.mark.parametrize("asked", ["If-None-Match", "If-Modified-Since"])
def test_the_middleware_answers_for_an_app_whose_feed_the_reader_has(asked: str) -> None:
    condition = {"If-None-Match": '"abc"', "If-Modified-Since": DATE}[asked]
    told: list[bytes | None] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        told.append(dict(scope["headers"]).get(asked.lower().encode()))
        head = [
            (b"Content-Type", b"application/rss+xml"),
            (b"ETag", b'"abc"'),
            (b"Last-Modified", DATE.encode()),
            (b"Content-Length", b"12"),
        ]
        code = 304 if told[-1] is not None else 200
        if code == 304:
            head = [each for each in head if not each[0].startswith(b"Content-")]
        await send({"type": "http.response.start", "status": code, "headers": head})
        for block in (b"<rss/>", b"<rss/>") if code == 200 else ():
            await send({"type": "http.response.body", "body": block, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    with running_app(AdweaveMiddleware(app, placements=SHIPPED)) as port, Client(port) as client:
        for _ in range(3):
            again = client.get("/feed", f"{asked}: {condition}")
            assert (again.status, again.body) == (304, b"")
            assert again.value(b"content-type") is None
        assert client.get("/feed").body == b"<rss/><rss/>"
    assert told[0] is None
    assert (told[1] is not None) == (asked == "If-None-Match")


def test_a_weak_tag_stays_weak() -> None:
    with in_front_of(cms('ETag: W/"abc"')) as (gateway, _):
        ours = tag_of(gateway.get())
        assert re.fullmatch(r'W/"abc~aw[0-9a-f]{12}"', ours)
        assert gateway.get("/a/page", f"If-None-Match: {ours}").status == 304


def test_a_tag_with_spaces_as_plone_writes_them_is_a_tag() -> None:
    with in_front_of(cms('ETag: "||en|Plone Default|17.2"')) as (gateway, upstream):
        ours = tag_of(gateway.get())
        assert re.fullmatch(r'"\|\|en\|Plone Default\|17\.2~aw[0-9a-f]{12}"', ours)
        again = gateway.get("/a/page", f'If-None-Match: "old", {ours}')
        assert (again.status, tag_of(again)) == (304, ours)
        asked = upstream.requests[-1].value(b"if-none-match") or b""
        assert asked.endswith(b'"||en|Plone Default|17.2"')


@pytest.mark.parametrize("target", ["/a.jpg", "/image"])
def test_a_tag_without_quotes_is_for_the_upstream_that_made_it(target: str) -> None:
    upstream = cms("ETag: ts956.24", body=b"\xff\xd8", kind="Content-Type: image/jpeg")
    with in_front_of(upstream) as (gateway, _):
        assert tag_of(gateway.get(target)) == "ts956.24"
        again = gateway.get(target, "If-None-Match: ts956.24", "Accept: */*")
        assert (again.status, again.body, tag_of(again)) == (304, b"", "ts956.24")
        assert gateway.get(target, "If-None-Match: ts956.25").status == 200


def test_a_tag_that_was_weakened_on_its_way_is_still_ours() -> None:
    with in_front_of(cms('ETag: "abc"')) as (gateway, _):
        ours = tag_of(gateway.get())
        assert gateway.get("/a/page", f'If-None-Match: "x", W/{ours}').status == 304


def test_a_copy_of_an_older_configuration_is_stale(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with in_front_of(cms('ETag: "abc"', f"Last-Modified: {DATE}")) as (gateway, _):
        old = gateway.get()
        (tmp_path / "layouts").mkdir()
        (tmp_path / "layouts" / "article.toml").write_text(
            'pages = ["/**"]\n[[placement]]\nname = "inline"\nkind = "inline"\nfirst = "900px"\n'
            'every = "1500px"\nmax = 1\nsizes = [[300, 250]]\n'
        )
        gateway.configuration.site = load(tmp_path).site_or_raise()
        new = gateway.get("/a/page", f"If-None-Match: {tag_of(old)}", f"If-Modified-Since: {DATE}")
        assert new.status == 200
        assert tag_of(new) != tag_of(old)
        assert new.body != old.body


def test_a_copy_from_before_the_page_was_woven_is_stale() -> None:
    with in_front_of(cms('ETag: "abc"', f"Last-Modified: {DATE}")) as (gateway, _):
        assert "woven" in gateway.get("/a/page", 'If-None-Match: "abc"').verdict
        assert "woven" in gateway.get("/a/page", f"If-Modified-Since: {DATE}").verdict
        both = gateway.get("/a/page", 'If-None-Match: "abc"', f"If-Modified-Since: {DATE}")
        assert "woven" in both.verdict


def test_a_page_without_a_tag_gets_one_and_is_not_sent_twice() -> None:
    with in_front_of(cms()) as (gateway, _):
        first = gateway.get()
        assert re.fullmatch(r'"[0-9a-f]{16}~aw[0-9a-f]{12}h"', tag_of(first))
        again = gateway.get("/a/page", f"If-None-Match: {tag_of(first)}")
        assert (again.status, again.body) == (304, b"")
        assert tag_of(again) == tag_of(first)


def test_a_page_with_a_date_alone_is_asked_for_by_its_date() -> None:
    with in_front_of(cms(f"Last-Modified: {DATE}")) as (gateway, upstream):
        first = gateway.get()
        again = gateway.get(
            "/a/page", f"If-None-Match: {tag_of(first)}", f"If-Modified-Since: {DATE}"
        )
        assert again.status == 304
        assert upstream.requests[-1].value(b"if-modified-since") == DATE.encode()


def test_a_page_that_is_passed_keeps_the_upstreams_tag_and_its_304() -> None:
    with in_front_of(cms('ETag: "abc"', body=HOME)) as (gateway, upstream):
        first = gateway.get()
        assert tag_of(first) == '"abc"'
        assert gateway.get("/a/page", 'If-None-Match: "abc"').status == 304
        assert upstream.requests[-1].value(b"if-none-match") == b'"abc"'


def test_a_passed_page_is_not_sent_again_to_who_has_it_even_after_a_restart() -> None:
    with in_front_of(cms('ETag: "abc"', f"Last-Modified: {DATE}", body=HOME)) as (gateway, _):
        assert gateway.get("/a/page", 'If-None-Match: "abc"').status == 304
    with in_front_of(cms(f"Last-Modified: {DATE}", body=HOME)) as (gateway, _):
        assert gateway.get("/a/page", f"If-Modified-Since: {DATE}").status == 304


def test_conditions_for_what_is_no_page_are_left_alone() -> None:
    script = cms('ETag: "abc"', f"Last-Modified: {DATE}", kind="Content-Type: image/png")
    with in_front_of(script) as (gateway, upstream):
        answer = gateway.get(
            "/a.png", 'If-None-Match: "abc"', f"If-Modified-Since: {DATE}", "Sec-Fetch-Dest: image"
        )
        assert answer.status == 304
        assert upstream.requests[-1].value(b"if-none-match") == b'"abc"'
        assert upstream.requests[-1].value(b"if-modified-since") == DATE.encode()


def test_if_match_names_the_upstreams_own_version() -> None:
    with in_front_of(cms('ETag: "abc"')) as (gateway, upstream), gateway.client() as client:
        ours = tag_of(client.get())
        raw = f"PUT /a/page HTTP/1.1\r\nHost: x\r\nIf-Match: {ours}\r\nContent-Length: 1\r\n\r\na"
        assert client.ask(raw.encode()).status == 200
        assert upstream.requests[-1].value(b"if-match") == b'"abc"'
        old = ours.replace(ours[-13:-1], "0" * 12)  # from an older configuration
        client.ask(raw.replace("If-Match: " + ours, "If-None-Match: " + old).encode())
        assert upstream.requests[-1].value(b"if-none-match") == b'"abc"'


def test_a_part_of_a_page_that_is_woven_is_never_sent() -> None:
    with in_front_of(cms('ETag: "abc"')) as (gateway, upstream):
        whole = gateway.get()
        for condition in ([], [f"If-Range: {tag_of(whole)}"], ['If-Range: "abc"']):
            answer = gateway.get("/a/page", "Range: bytes=0-99", *condition)
            assert answer.status == 200
            assert answer.body == whole.body
        assert upstream.requests[-1].value(b"range") is None


def test_head_of_a_part_of_a_page_is_answered_like_get() -> None:
    """nginx and others answer HEAD with 206, too."""
    with in_front_of(cms('ETag: "abc"', "Accept-Ranges: bytes")) as (gateway, upstream):
        whole = gateway.get("/a/page", "Range: bytes=0-99")
        head = gateway.get("/a/page", "Range: bytes=0-99", method="HEAD")
        assert (head.status, head.body) == (200, b"")
        for name in (b"etag", b"content-length", b"content-range", b"accept-ranges"):
            assert head.value(name) == whole.value(name)
        assert upstream.requests[-1].value(b"range") is None


def test_a_part_of_anything_else_is() -> None:
    script = cms('ETag: "abc"', "Accept-Ranges: bytes", kind="Content-Type: video/mp4")
    with in_front_of(script) as (gateway, upstream):
        answer = gateway.get("/a", "Range: bytes=0-99", 'If-Range: "abc"')
        assert (answer.status, len(answer.body)) == (206, 100)
        assert answer.value(b"content-range") == f"bytes 0-99/{len(PAGE)}".encode()
        assert upstream.requests[-1].value(b"if-range") == b'"abc"'


def test_head_obeys_conditions_like_get() -> None:
    with in_front_of(cms('ETag: "abc"')) as (gateway, _):
        ours = tag_of(gateway.get())
        assert gateway.get("/a/page", f"If-None-Match: {ours}", method="HEAD").status == 304
        assert gateway.get("/a/page", 'If-None-Match: "abc"', method="HEAD").status == 200


def test_an_upstream_that_evaluates_no_condition_has_it_evaluated_for_it() -> None:
    raw = response(PAGE, HTML, 'ETag: "abc"')
    with in_front_of(always(raw)) as (gateway, upstream), gateway.client() as client:
        tag = (client.get().value(b"etag") or b"").decode()
        again = client.get("/a/page", f"If-None-Match: {tag}")
        assert (again.status, again.body, again.value(b"etag")) == (304, b"", tag.encode())
        assert upstream.requests[-1].value(b"if-none-match") == b'"abc"'
        several = client.get("/a/page", f'If-None-Match: "x", W/{tag}')
        assert several.status == 304
        assert client.get("/a/page", 'If-None-Match: "x"').status == 200
