"""Upstreams that answer as WordPress, Ghost, MediaWiki, Drupal and Discourse do.

Written from what these systems send: fields, cookies, redirects, pieces of pages for scripts,
previews. Whatever of it is no article for a reader goes through as it came.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from adweave import AdweaveMiddleware
from adweave.http import Engine, PageHead, PagePassed
from adweave.placements import Delivery

from .test_weaving import without_ours
from .wire import (
    HTML,
    SHIPPED,
    Answer,
    Client,
    RawUpstream,
    RunningGateway,
    Wire,
    article,
    in_front_of,
    response,
    running_app,
    shipped_site,
)

PAGE = article()
ARTICLE = re.search(rb"<article>.*</article>", PAGE, re.S).group()  # type: ignore[union-attr]


class Site:
    """A system's answers, by target; the gateway in front of it, and itself."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers = answers
        self.gateway: RunningGateway
        self.upstream: RawUpstream

    def script(self, wire: Wire) -> None:
        while (request := wire.request()) is not None:
            raw = self.answers[request.target.decode()]
            if request.method == "HEAD":
                raw = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            wire.send(raw)

    def get(self, target: str, *fields: str, method: str = "GET") -> Answer:
        return self.gateway.get(target, *fields, method=method)

    def passes(self, target: str, reason: str | None, *fields: str, method: str = "GET") -> None:
        """The answer is the upstream's, field for field and byte for byte."""
        answer = self.get(target, *fields, method=method)
        head, _, body = self.answers[target].partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")[1:]
        sent = [(name.lower(), value) for name, _, value in (x.partition(b": ") for x in lines)]
        ours = {b"date", b"adweave-status", b"server-timing", b"surrogate-key", b"cache-tag"}
        got = [(name, value) for name, value in answer.fields if name not in ours]
        assert sorted(got) == sorted(each for each in sent if each[0] not in ours)
        assert answer.body == body
        assert answer.verdict == (f'passed; reason="{reason}"' if reason else "")


@contextlib.contextmanager
def site_of(answers: dict[str, bytes]) -> Iterator[Site]:
    site = Site(answers)
    with in_front_of(site.script) as (site.gateway, site.upstream):
        yield site


def chunked(head: str, *pieces: bytes) -> bytes:
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return f"HTTP/1.1 200 OK\r\n{head}\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + (
        body + b"0\r\n\r\n"
    )


# -- pieces of pages -----------------------------------------------------------------------------

_FRAGMENTS = {
    "a post for endless scrolling": ARTICLE,
    "posts with their styles first": b"<style>.post{color:red}</style>" + ARTICLE,
    "posts with a script first": b"<script>window.page = 2</script>\n" + ARTICLE,
    "a stylesheet's link first": b'<link rel="stylesheet" href="/a.css">' + ARTICLE,
    "a comment first": b"<!-- cached -->" + ARTICLE,
    "paragraphs alone": ARTICLE.replace(b"<article>", b"").replace(b"</article>", b""),
    "a div": b'<div class="mw-parser-output">' + ARTICLE + b"</div>",
    "JSON that calls itself HTML": json.dumps({"html": ARTICLE.decode()}).encode(),
    "zero, as WordPress says no": b"0",
    "a picture with a title": b"<svg><title>t</title></svg>" + ARTICLE,
    "a title first, as pjax has it": b"<title>t</title>" + ARTICLE,
    "many comments": b"<!---->" * 3000 + ARTICLE,
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(shipped_site(), "test")


def plan(engine: Engine, body: bytes, content_type: str = "text/html; charset=utf-8") -> int:
    delivery = Delivery((engine.site.layouts["article"],))
    return engine.plan(body, PageHead(content_type, None, (), None, delivery)).slots


@pytest.mark.parametrize("body", _FRAGMENTS.values(), ids=_FRAGMENTS.keys())
def test_a_piece_of_a_page_is_never_woven(engine: Engine, body: bytes) -> None:
    with pytest.raises(PagePassed, match="fragment"):
        plan(engine, body)


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><title>t</title>" + ARTICLE,
        b"<html><head><title>t</title></head><body>" + ARTICLE,
        b"<HTML><HEAD><TITLE>t</TITLE></HEAD><BODY>" + ARTICLE,
        b"<head><title>t</title></head>" + ARTICLE,
        b"\xef\xbb\xbf<!DOCTYPE html><title>t</title>" + ARTICLE,
    ],
)
def test_a_page_that_leaves_tags_out_is_a_page(engine: Engine, body: bytes) -> None:
    assert plan(engine, body) > 0


def test_a_page_in_utf_16_is_a_page(engine: Engine) -> None:
    assert plan(engine, PAGE.decode().encode("utf-16"), "text/html; charset=utf-16") > 0


# -- editors -------------------------------------------------------------------------------------

_EDITORS = [
    "/a-story/?preview=true", "/?p=12&preview=true", "/a-story/?preview_id=12&preview_nonce=ab",
    "/?customize_changeset_uuid=0-1&customize_theme=a&customize_messenger_channel=preview-0",
    "/a-story/?elementor-preview=12&ver=1", "/a-story/?et_fb=1&PageSpeed=off", "/a/?fl_builder",
    "/?wp_theme_preview=twentytwentyfive", "/wp-admin/post.php", "/blog/wp-admin/admin-ajax.php",
    "/wp-login.php", "/p/6d3c8a52-8b7c-4f0e-9a55-0f4c6a3c1e8d/", "/node/12/edit",
    "/de/node/preview/1/full", "/index.php?title=Ferry&action=edit", "/wiki/Ferry?veaction=edit",
    "/index.php?title=Ferry&action=submit", "/a?x-craft-preview=1&token=b",
    "/admin/pages/7/view_draft/", "/cms/pages/7/edit/preview/?mode=",
    "/admin/pages/7/revisions/2/view/", "/admin/snippets/news/story/preview/7/?mode=",
    "/admin/pages/add/news/articlepage/4/preview/?mode=", "/admin/pages/workflow/preview/7/1/",
    "/en/admin/cms/placeholder/object/3/edit/2/", "/admin/cms/placeholder/object/3/preview/2/?a=b",
]  # fmt: skip
_READERS = [
    "/a-story/", "/a-story/?utm_source=preview", "/preview/", "/2024/action=edit/", "/node/12",
    "/wiki/Ferry?action=view", "/p/a-story/", "/a/?page=2&previewed=1", "/wp-adminstration/",
    "/?preview=false", "/nodes/12/edition", "/the-edit/?ref=wp-login.php", "/ghost/", "/admin/",
    "/pages/7/edit/", "/pages/7/preview/", "/placeholder/object/3/edit/2/", "/pages/add/preview/",
]  # fmt: skip


@pytest.fixture(scope="module")
def anything() -> Iterator[RunningGateway]:
    def script(wire: Wire) -> None:
        while wire.request() is not None:
            wire.send(response(PAGE, HTML))

    with in_front_of(script) as (gateway, _):
        yield gateway


@pytest.mark.parametrize("target", _EDITORS)
def test_previews_and_editors_get_the_page_as_it_is(anything: RunningGateway, target: str) -> None:
    for _ in range(2):
        answer = anything.get(target)
        assert (answer.body, answer.verdict) == (PAGE, 'passed; reason="editing"')


@pytest.mark.parametrize("target", _READERS)
def test_what_only_looks_like_it_is_woven(anything: RunningGateway, target: str) -> None:
    assert "woven" in anything.get(target).verdict


_SOURCE = re.sub(rb"<[^>]*>", b"''", ARTICLE)  # as wikis have it
_FORM = b'<form method="post"><textarea name="text" rows="20">\n%b</textarea></form>'
_PREVIEWS = {
    "above its form, as DokuWiki has it": (ARTICLE, _FORM % _SOURCE),
    "below it": (_FORM % _SOURCE, ARTICLE),
    "of HTML": (ARTICLE, _FORM % ARTICLE.replace(b"<", b"&lt;")),
}


@pytest.mark.parametrize("parts", _PREVIEWS.values(), ids=_PREVIEWS.keys())
def test_a_preview_beside_the_text_that_it_is_of_is_passed(
    parts: tuple[bytes, bytes], engine: Engine
) -> None:
    page = PAGE.replace(ARTICLE, b"<hr>".join(parts))
    with pytest.raises(PagePassed, match="editing"):
        plan(engine, page)


_BESIDE = {
    "a comment that was too short": _FORM % b"I agree.",
    "a comment that quotes a sentence": _FORM % _SOURCE[200:300],
    "text to be republished": _FORM.replace(b"<textarea", b"<textarea readonly") % _SOURCE,
    "text to be copied": b'<textarea id="copy">' + _SOURCE + b"</textarea>",
}


@pytest.mark.parametrize("form", _BESIDE.values(), ids=_BESIDE.keys())
def test_a_form_beside_an_article_does_not_make_it_an_editors(form: bytes, engine: Engine) -> None:
    assert plan(engine, PAGE.replace(b"</article>", b"</article>" + form)) > 0


def test_editors_of_an_app_get_the_page_as_it_is(tmp_path: Path) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        fields = [(b"content-type", b"text/html; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": PAGE})

    ours = AdweaveMiddleware(app, SHIPPED, state=tmp_path)
    with running_app(ours) as port, Client(port) as client:
        for _ in range(2):
            for target in ("/a-story/?preview=true", "/node/12/edit"):
                answer = client.get(target)
                assert (answer.body, answer.verdict) == (PAGE, 'passed; reason="editing"')
            assert "woven" in client.get("/a-story/").verdict


def test_what_an_editor_was_shown_is_not_taken_for_the_readers_page(
    anything: RunningGateway,
) -> None:
    shown = anything.get("/b-story/?preview=true").value(b"etag")
    answer = anything.get("/b-story/", *([f"If-None-Match: {shown.decode()}"] if shown else []))
    assert (answer.status, b"<ad-slot " in answer.body) == (200, True)


# -- WordPress -----------------------------------------------------------------------------------

_WP_FIELDS = (
    HTML,
    'Link: <http://news.example/wp-json/>; rel="https://api.w.org/"',
    'Link: <http://news.example/wp-json/wp/v2/posts/12>; rel="alternate"; type="application/json"',
    "Link: <http://news.example/?p=12>; rel=shortlink",
    "X-Pingback: http://news.example/xmlrpc.php",
    "X-Powered-By: PHP/8.2.7",
)
_NO_CACHE = (
    "Expires: Wed, 11 Jan 1984 05:00:00 GMT",
    "Cache-Control: no-cache, must-revalidate, max-age=0, no-store, private",
)
_AJAX = (HTML, "X-Robots-Tag: noindex", "X-Content-Type-Options: nosniff",
         "Referrer-Policy: strict-origin-when-cross-origin", "X-Frame-Options: SAMEORIGIN",
         *_NO_CACHE)  # fmt: skip


def test_a_wordpress_post_is_woven_and_keeps_its_links() -> None:
    with site_of({"/a-story/": response(PAGE, *_WP_FIELDS)}) as site:
        answer = site.get("/a-story/")
        links = [value for name, value in answer.fields if name == b"link"]
    assert "woven" in answer.verdict
    assert links == [line[6:].encode() for line in _WP_FIELDS if line.startswith("Link: ")]
    assert answer.value(b"x-pingback") == b"http://news.example/xmlrpc.php"
    assert without_ours(answer.body) == PAGE


def test_a_logged_in_reader_of_wordpress_gets_what_no_cache_may_keep() -> None:
    with site_of({"/a-story/": response(PAGE, *_WP_FIELDS, *_NO_CACHE)}) as site:
        answer = site.get("/a-story/", "Cookie: wordpress_logged_in_0a=ed|1|x; wp-settings-1=m")
        cookie = site.upstream.requests[0].value(b"cookie")
    assert "woven" in answer.verdict
    assert answer.value(b"cache-control") == _NO_CACHE[1][15:].encode()
    assert answer.value(b"expires") == b"Wed, 11 Jan 1984 05:00:00 GMT"
    assert cookie == b"wordpress_logged_in_0a=ed|1|x; wp-settings-1=m"


def test_wordpress_answers_to_scripts_pass() -> None:
    rest = json.dumps({"content": {"rendered": ARTICLE.decode()}}).encode()
    embed = json.dumps({"version": "1.0", "html": "<blockquote>a</blockquote>"}).encode()
    answers = {
        "/wp-json/wp/v2/posts/12": response(
            rest, "Content-Type: application/json; charset=UTF-8", "X-WP-Total: 1",
            "Access-Control-Expose-Headers: X-WP-Total, X-WP-TotalPages, Link",
            "Allow: GET, POST, PUT, PATCH, DELETE", "Vary: Origin"),
        "/wp-json/oembed/1.0/embed?url=a": response(embed, "Content-Type: application/json"),
        "/wp-admin/admin-ajax.php": response(ARTICLE, *_AJAX),
        "/?wc-ajax=get_refreshed_fragments": response(ARTICLE, *_AJAX),
        "/page/2/?ajax=1": response(b"<style>a{}</style>" + ARTICLE, HTML),
    }  # fmt: skip
    with site_of(answers) as site:
        site.passes("/wp-json/wp/v2/posts/12", None)
        site.passes("/wp-json/oembed/1.0/embed?url=a", None)
        site.passes("/wp-admin/admin-ajax.php", "editing")
        site.passes("/?wc-ajax=get_refreshed_fragments", "fragment")
        site.passes("/page/2/?ajax=1", "fragment")


def test_a_login_at_wordpress_sets_its_cookies_and_goes_on() -> None:
    cookies = [
        "Set-Cookie: wordpress_test_cookie=WP%20Cookie%20check; path=/; HttpOnly",
        "Set-Cookie: wordpress_sec_0a=ed%7C1%7Cx; path=/wp-content/plugins; HttpOnly",
        "Set-Cookie: wordpress_sec_0a=ed%7C1%7Cx; path=/wp-admin; HttpOnly",
        "Set-Cookie: wordpress_logged_in_0a=ed%7C1%7Cx; path=/; HttpOnly",
    ]
    answers = {
        "/wp-login.php": response(
            b"", HTML, *cookies, *_NO_CACHE, "X-Redirect-By: WordPress",
            "Location: http://news.example/wp-admin/", status="302 Found"),
        "/a-story": response(
            b"", HTML, "X-Redirect-By: WordPress",
            "Location: http://news.example/a-story/", status="301 Moved Permanently"),
    }  # fmt: skip
    with site_of(answers) as site:
        answer = site.get("/wp-login.php", "Content-Length: 0", method="POST")
        got = [b"Set-Cookie: " + value for name, value in answer.fields if name == b"set-cookie"]
        assert got == [cookie.encode() for cookie in cookies]
        assert answer.value(b"location") == b"http://news.example/wp-admin/"
        assert site.get("/a-story").value(b"location") == b"http://news.example/a-story/"


# -- Ghost ---------------------------------------------------------------------------------------


def test_ghosts_pages_admin_and_members() -> None:
    admin = (
        b'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Ghost Admin</title>'
        b'<meta name="ghost-admin/config/environment" content="%7B%22a%22%3A1%7D"></head>'
        b'<body><div id="ember-app"></div><script src="assets/ghost-1.js"></script></body></html>'
    )
    cached = ("Cache-Control: public, max-age=0", "Vary: Accept-Encoding", "X-Powered-By: Express")
    session = "Set-Cookie: ghost-members-ssr=a%40b.example; path=/; secure; httponly; samesite=lax"
    answers = {
        "/a-story/": response(PAGE, HTML, 'ETag: W/"2ab-cd"', *cached),
        "/ghost/": response(admin, HTML, 'ETag: W/"1-a"', "Cache-Control: no-cache, private"),
        "/ghost/api/admin/posts/": response(b"{}", "Content-Type: application/json; charset=utf-8"),
        "/members/api/member/": response(b"", "Content-Type: text/plain", session),
        "/a-story": response(b"Moved Permanently. Redirecting to /a-story/",
                             "Content-Type: text/plain; charset=utf-8", "Location: /a-story/",
                             "Cache-Control: public, max-age=31536000",
                             status="301 Moved Permanently"),
    }  # fmt: skip
    with site_of(answers) as site:
        site.passes("/ghost/", "no-article")
        for target in ("/ghost/api/admin/posts/", "/members/api/member/", "/a-story"):
            site.passes(target, None)
        answer = site.get("/a-story/", "Cookie: ghost-members-ssr=a; ghost-members-ssr.sig=b")
        assert "woven" in answer.verdict
        assert (answer.value(b"etag") or b"").startswith(b'W/"')
        assert answer.value(b"cache-control") == b"public, max-age=0"


# -- MediaWiki -----------------------------------------------------------------------------------


def test_mediawikis_views_and_everything_but_views() -> None:
    private = (
        "Vary: Accept-Encoding, Cookie",
        "Cache-Control: private, must-revalidate, max-age=0",
    )
    squeezed = gzip.compress(PAGE, mtime=0)
    form = PAGE.replace(b"</article>", b'</article><form><textarea name="wpTextbox1">x</textarea>')
    answers = {
        "/wiki/Ferry": response(
            squeezed, HTML, "Content-Encoding: gzip", "Content-Language: en",
            "Vary: Accept-Encoding, Cookie", "Last-Modified: Sat, 01 Jun 2024 08:00:00 GMT",
            "Cache-Control: s-maxage=18000, must-revalidate, max-age=0"),
        "/index.php?title=Ferry&action=raw": response(
            ARTICLE, "Content-Type: text/x-wiki; charset=UTF-8", *private),
        "/index.php?title=A.css&action=raw&ctype=text/css": response(
            b"a{}", "Content-Type: text/css; charset=UTF-8", *private),
        "/index.php?title=Ferry&action=render": response(ARTICLE, HTML, *private),
        "/index.php?title=Ferry&action=edit": response(form, HTML, *private),
        "/index.php?title=Ferry&action=submit": response(form, HTML, *private),
        "/api.php?action=parse&format=json": response(
            b"{}", "Content-Type: application/json; charset=utf-8", *private),
        "/api/rest_v1/page/html/Ferry?stash=true": response(ARTICLE, HTML, *private),
    }  # fmt: skip
    with site_of(answers) as site:
        answer = site.get("/wiki/Ferry", "Accept-Encoding: gzip", "Cookie: wikiSession=1")
        assert "woven" in answer.verdict
        vary = (answer.value(b"vary") or b"").lower()
        assert b"cookie" in vary
        assert vary.count(b"accept-encoding") == 1
        assert answer.value(b"cache-control") == (b"s-maxage=18000, must-revalidate, max-age=0")
        site.passes("/index.php?title=Ferry&action=raw", None)
        site.passes("/index.php?title=A.css&action=raw&ctype=text/css", None)
        for action in ("render", "edit"):
            site.passes(f"/index.php?title=Ferry&action={action}", "editing")
        site.passes("/index.php?title=Ferry&action=submit", "editing", "Content-Length: 0",
                    method="POST")  # fmt: skip
        site.passes("/api.php?action=parse&format=json", None)
        site.passes("/api/rest_v1/page/html/Ferry?stash=true", "fragment")


def test_a_private_page_of_mediawiki_reaches_its_own_reader_only() -> None:
    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            name = (request.value(b"cookie") or b"nobody").partition(b"=")[2] or b"nobody"
            body = PAGE.replace(b"Item 3.", b"Watchlist of %b." % name)
            wire.send(response(body, HTML, "Vary: Accept-Encoding, Cookie", 'ETag: W/"same"',
                               "Cache-Control: private, must-revalidate, max-age=0"))  # fmt: skip

    with in_front_of(script) as (gateway, _):
        for name in ("ada", "jo", "ada"):
            body = gateway.get("/wiki/Ferry", f"Cookie: user={name}").body
            assert b"Watchlist of %b." % name.encode() in body
            assert body.count(b"Watchlist of ") == 1


# -- Drupal --------------------------------------------------------------------------------------

_DRUPAL = (HTML, "X-Drupal-Cache: MISS", "X-Drupal-Dynamic-Cache: HIT", "Content-language: en",
           "X-Generator: Drupal 11 (https://www.drupal.org)", "X-UA-Compatible: IE=edge",
           "Expires: Sun, 19 Nov 1978 05:00:00 GMT")  # fmt: skip


def test_a_cached_page_of_drupal_is_woven_and_keeps_its_tags() -> None:
    fields = (
        *_DRUPAL, "Cache-Control: max-age=900, public", 'ETag: "1717228800"', "Vary: Cookie",
        "Surrogate-Key: node:12 node_list", "Cache-Tag: node:12,node_list",
    )  # fmt: skip
    with site_of({"/node/12": response(PAGE, *fields)}) as site:
        answer = site.get("/node/12")
    assert "woven" in answer.verdict
    assert (answer.value(b"surrogate-key") or b"").startswith(b"node:12 node_list adweave ")
    assert (answer.value(b"cache-tag") or b"").startswith(b"node:12,node_list,adweave,")
    assert answer.value(b"x-drupal-cache") == b"MISS"
    assert answer.value(b"expires") == b"Sun, 19 Nov 1978 05:00:00 GMT"


def test_bigpipe_shows_what_comes_first_first() -> None:
    """The rest is sent only once the reader has the first part: held back, it would never come."""
    placeholder = (
        b'<span data-big-pipe-placeholder-id="callback=a&amp;token=b"></span></article></body>'
    )
    first = PAGE.replace(b"</article></body>", placeholder).partition(b"</html>")[0]
    rest = (
        b'<script type="application/vnd.drupal-ajax" data-big-pipe-event="start"></script>\n'
        b'<script type="application/vnd.drupal-ajax" data-big-pipe-replacement-for-placeholder-'
        b'with-id="callback=a&amp;token=b">[{"command":"insert","data":"\\u003Cp\\u003Ehello"}]'
        b'</script>\n<script type="application/vnd.drupal-ajax" data-big-pipe-event="stop">'
        b"</script>\n</html>\n"
    )
    has_first = threading.Event()

    def script(wire: Wire) -> None:
        wire.request()
        raw = chunked("\r\n".join([
            *_DRUPAL, "Cache-Control: must-revalidate, no-cache, private",
            'Surrogate-Control: no-store, content="BigPipe/1.0"', "X-Accel-Buffering: no"]),
            first, rest)  # fmt: skip
        at = raw.index(rest[:40]) - len(b"%x\r\n" % len(rest))
        wire.send(raw[:at])
        assert has_first.wait(10)
        wire.send(raw[at:])

    with in_front_of(script, hold_s=30.0) as (gateway, _), gateway.client() as client:
        client.socket.sendall(b"GET /node/12 HTTP/1.1\r\nHost: news.example\r\n\r\n")
        got = b""
        while b"</article>" not in got:
            got += client.socket.recv(65536)
        assert b'passed; reason="streamed"' in got
        has_first.set()
        while b"\r\n0\r\n\r\n" not in got:
            got += client.socket.recv(65536)
    assert b'data-big-pipe-event="stop"' in got
    assert b"<ad-slot" not in got


def test_drupals_answers_to_scripts_pass() -> None:
    commands = json.dumps([{"command": "insert", "data": ARTICLE.decode()}]).encode()
    answers = {
        "/node/12?_wrapper_format=drupal_ajax": response(
            commands, "Content-Type: application/json", "X-Drupal-Ajax-Token: 1"),
        # Forms with an upload get their commands in a textarea, as HTML.
        "/system/ajax": response(b"<textarea>" + commands + b"</textarea>", HTML),
        "/node/12/edit": response(PAGE, *_DRUPAL),
    }  # fmt: skip
    with site_of(answers) as site:
        site.passes("/node/12?_wrapper_format=drupal_ajax", None)
        site.passes("/system/ajax", "fragment")
        site.passes("/node/12/edit", "editing")


# -- Discourse -----------------------------------------------------------------------------------


def test_discourses_app_and_its_page_for_crawlers() -> None:
    preloaded = json.dumps({"topic_12": json.dumps({"cooked": ARTICLE.decode()})})
    escaped = preloaded.replace("&", "&amp;").replace('"', "&quot;").encode()
    app = (
        b'<!DOCTYPE html>\n<html lang="en" class="desktop-view not-mobile-device"><head>'
        b'<meta charset="utf-8"><title>Ferries</title></head><body class="docked">'
        b'<discourse-assets><div id="data-preloaded" data-preloaded="' + escaped + b'"></div>'
        b'</discourse-assets><noscript data-path="/t/ferries/12"><div itemscope itemtype='
        b'"http://schema.org/DiscussionForumPosting">' + ARTICLE + b"</div></noscript>"
        b'<section id="main"></section><script src="/assets/discourse.js"></script></body></html>'
    )
    fields = (HTML, "X-Discourse-Route: topics/show", "Discourse-Logged-Out: 1",
              "X-Discourse-Cached: true", "Vary: Accept, Accept-Encoding",
              "Cache-Control: no-cache, no-store")  # fmt: skip
    answers = {
        "/t/ferries/12": response(app, *fields),
        "/t/12.json": response(preloaded.encode(), "Content-Type: application/json; charset=utf-8",
                               "Discourse-Present: true"),
        "/message-bus/a/poll": response(b"[]|\r\n", "Content-Type: text/plain; charset=utf-8"),
        "/raw/12": response(b"# Ferries\n", "Content-Type: text/plain; charset=utf-8"),
    }  # fmt: skip
    with site_of(answers) as site:
        site.passes("/t/ferries/12", "no-article")
        for target in ("/t/12.json", "/message-bus/a/poll", "/raw/12"):
            site.passes(target, None)
