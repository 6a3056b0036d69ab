"""Pages that are held are asked for with the upstream's validator (RFC 9111, 4.3)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from .wire import (
    HTML,
    Answer,
    RawUpstream,
    Request,
    RunningGateway,
    Wire,
    article,
    in_front_of,
    response,
    running_gateway,
    shipped_site,
)

PAGE = article()
BEST = "Accept-Encoding: gzip, br"
PUBLIC = "Cache-Control: public, max-age=0"
TAG = 'ETag: "v1"'
OLD = "Last-Modified: Tue, 24 Nov 2026 08:00:00 GMT"
NOW = "Date: Wed, 25 Nov 2026 08:00:00 GMT"


class Cms:
    """An upstream whose answers a test may change; 304 where the validator is the current one."""

    def __init__(self, *fields: str, body: bytes = PAGE) -> None:
        self.fields = fields
        self.body = body
        self.not_modified: tuple[str, ...] | None = None  # the fields of a 304, if others
        self.always_304_to: bytes | None = None  # a validator, whatever the page is

    def __call__(self, wire: Wire) -> None:
        while (request := wire.request()) is not None:
            if self._is_current(request):
                fields = self.fields if self.not_modified is None else self.not_modified
                wire.send("\r\n".join(["HTTP/1.1 304 Not Modified", *fields, "", ""]).encode())
            else:
                raw = response(self.body, HTML, *self.fields)
                wire.send(raw[: -len(self.body)] if request.method == "HEAD" else raw)

    def _is_current(self, request: Request) -> bool:
        match = request.value(b"if-none-match") or b""
        since = request.value(b"if-modified-since")
        if self.always_304_to is not None:
            return self.always_304_to in (match, since)
        tag, changed = (self._value(name) for name in ("ETag", "Last-Modified"))
        if match:
            return bool(tag) and tag.encode() in match
        return since is not None and since.decode() == changed

    def _value(self, name: str) -> str:
        found = [each for each in self.fields if each.startswith(name)]
        return found[0].partition(": ")[2] if found else ""


def asked(upstream: RawUpstream, name: bytes = b"if-none-match") -> bytes | None:
    """The validator in the last request."""
    return upstream.requests[-1].value(name)


def shown(answer: Answer) -> tuple[int, bytes, bytes | None]:
    return answer.status, answer.body, answer.value(b"etag")


def filled(gateway: RunningGateway, *fields: str) -> Answer:
    """The page as it is once it is held."""
    first = gateway.get("/a/page", *fields)
    assert "woven" in first.verdict, first.verdict
    return first


@pytest.mark.parametrize("tag", [TAG, 'ETag: W/"v1"'])
def test_a_page_that_is_held_is_asked_for_with_its_tag_and_a_304_stands_for_it(tag: str) -> None:
    with in_front_of(Cms(tag, PUBLIC)) as (gateway, upstream):
        first = filled(gateway)
        assert asked(upstream) is None
        again = gateway.get()
        assert asked(upstream) == tag.partition(": ")[2].encode()
        assert shown(again) == shown(first)
        assert "plan=hit" in again.verdict
        assert (
            gateway.weaver.counts.value("adweave_revalidations_total", "result", "unchanged") == 1
        )


@pytest.mark.parametrize(
    "says", ["public", "s-maxage=60", "Public , Max-Age=0", "s-maxage=0, no-cache"]
)
def test_only_what_says_that_it_is_for_everybody_is_held(says: str) -> None:
    with in_front_of(Cms(TAG, f"Cache-Control: {says}")) as (gateway, upstream):
        filled(gateway)
        gateway.get()
        assert asked(upstream) == b'"v1"'


@pytest.mark.parametrize(
    "fields",
    [
        (TAG,),
        (TAG, "Cache-Control: max-age=60"),
        (TAG, "Cache-Control: private"),
        (TAG, "Cache-Control: public, private"),
        (TAG, 'Cache-Control: public, private="set-cookie"'),
        (TAG, "Cache-Control: public, no-store"),
        (TAG, "Cache-Control: x-public-y=1"),
        (TAG, PUBLIC, "Set-Cookie: session=1"),
        (TAG, PUBLIC, "Vary: *"),
        (TAG, PUBLIC, "CDN-Cache-Control: no-store"),
        (TAG, PUBLIC, "Surrogate-Control: private"),
        (PUBLIC,),
        ("ETag: v1", PUBLIC),
        (PUBLIC, "Last-Modified: Wed, 25 Nov 2026 07:59:30 GMT", NOW),
        (PUBLIC, "Last-Modified: yesterday", NOW),
        (TAG, PUBLIC, "Content-Security-Policy: script-src 'self' 'nonce-abc'"),
    ],
)  # fmt: skip
def test_what_may_be_somebodys_own_or_can_not_be_told_from_the_next_is_not_held(
    fields: tuple[str, ...],
) -> None:
    with in_front_of(Cms(*fields)) as (gateway, upstream):
        filled(gateway)
        filled(gateway)
        assert asked(upstream) is None
        assert asked(upstream, b"if-modified-since") is None
        assert gateway.weaver.gauges["adweave_held_answers"] == 0


@pytest.mark.parametrize(
    "field",
    [
        "Authorization: Basic eDp5",
        "Cache-Control: no-cache",
        "Cache-Control: no-store",
        "Pragma: no-cache",
        "X-Original-URL: /other",
        "Range: bytes=0-",
        "Forwarded: for=192.0.2.1;host=evil.example",
        "X-Forwarded-Host: evil.example",
    ],
)
def test_a_request_that_may_want_something_else_is_asked_as_it_came(field: str) -> None:
    with in_front_of(Cms(TAG, PUBLIC)) as (gateway, upstream):
        gateway.get("/a/page", field)
        filled(gateway)
        assert asked(upstream) is None  # nothing was held for the request before
        gateway.get("/a/page", field, "X-More: 1")
        assert asked(upstream) is None
        gateway.get()
        assert asked(upstream) == b'"v1"'


def test_another_address_host_or_coding_has_an_answer_of_its_own() -> None:
    with in_front_of(Cms(TAG, PUBLIC)) as (gateway, upstream):
        filled(gateway)
        with gateway.client() as client:
            client.ask(b"GET /a/page HTTP/1.1\r\nHost: other.example\r\n\r\n")
        assert asked(upstream) is None
        for target, *fields in (
            ("/a/page?x",), ("/a/other",), ("/a/page", "Accept-Encoding: gzip"),
            ("/a/page", "X-Forwarded-Proto: https"),
        ):  # fmt: skip
            gateway.get(target, *fields)
            assert asked(upstream) is None
            gateway.get(target, *fields)
            assert asked(upstream) == b'"v1"'


def test_a_page_is_asked_for_again_once_it_is_there_in_the_clients_best_coding() -> None:
    with in_front_of(Cms(TAG, PUBLIC)) as (gateway, upstream):
        ends = time.monotonic() + 20
        while gateway.get("/a/page", BEST).value(b"content-encoding") != b"br":
            assert time.monotonic() < ends
        page = gateway.get("/a/page", BEST)
        assert asked(upstream) == b'"v1"'
        assert page.value(b"content-encoding") == b"br"
        assert (page.value(b"etag") or b"").endswith(b'-br"')


def test_what_vary_names_has_an_answer_for_each_value() -> None:
    with in_front_of(Cms(TAG, PUBLIC, "Vary: X-Device, Accept-Language")) as (gateway, upstream):
        for value in ("phone", "desk"):
            filled(gateway, f"X-Device: {value}", "Accept-Language: en")
            assert asked(upstream) is None
            gateway.get("/a/page", f"X-Device: {value}", "Accept-Language: en")
            assert asked(upstream) == b'"v1"'
        gateway.get("/a/page", "X-Device: phone", "Accept-Language: de")
        assert asked(upstream) is None


def test_what_was_made_for_somebody_with_cookies_is_not_held_for_others() -> None:
    with in_front_of(Cms(TAG, PUBLIC)) as (gateway, upstream):
        filled(gateway, "Cookie: session=alice")
        filled(gateway)
        assert asked(upstream) is None
        gateway.get("/a/page", "Cookie: session=bob")
        assert asked(upstream) == b'"v1"'  # the page of nobody in particular


def test_where_vary_names_cookies_each_reader_has_an_answer() -> None:
    with in_front_of(Cms(TAG, PUBLIC, "Vary: Cookie")) as (gateway, upstream):
        filled(gateway, "Cookie: session=alice")
        filled(gateway, "Cookie: session=bob")
        assert asked(upstream) is None
        gateway.get("/a/page", "Cookie: session=alice")
        assert asked(upstream) == b'"v1"'


def test_who_is_logged_in_gets_a_page_of_their_own_though_its_tag_is_the_same() -> None:
    """A CMS whose tag is the article's version, whoever reads it."""
    mine = PAGE.replace(b"<article>", b"<article><p>Hello Alice, you have mail today.</p>")

    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            is_known = request.value(b"cookie") is not None
            says = "Cache-Control: private" if is_known else PUBLIC
            if request.value(b"if-none-match") == b'"v1"':
                lines = ["HTTP/1.1 304 Not Modified", TAG, says, "", ""]
                wire.send("\r\n".join(lines).encode())
            else:
                wire.send(response(mine if is_known else PAGE, HTML, TAG, says))

    with in_front_of(script) as (gateway, upstream):
        filled(gateway)
        answer = gateway.get("/a/page", "Cookie: session=alice")
        assert b"Hello Alice" in answer.body
        assert answer.value(b"cache-control") == b"private"
        assert [each.value(b"if-none-match") for each in upstream.requests] == [None, b'"v1"', None]
        again = gateway.get("/a/page", "Cookie: session=alice")
        assert b"Hello Alice" in again.body
        assert len(upstream.requests) == 4  # not tried again
        assert b"Hello" not in gateway.get().body
        assert asked(upstream) == b'"v1"'


@pytest.mark.parametrize(
    "fields",
    [
        (TAG, "Cache-Control: private"),
        (TAG, "Cache-Control: max-age=60"),
        (TAG, PUBLIC, "Set-Cookie: a=b"),
        (TAG, PUBLIC, "Vary: X-New"),
        ('ETag: "v2"', PUBLIC),
        (TAG, PUBLIC, "Content-Security-Policy: script-src 'self'"),
        (TAG, PUBLIC, "Content-Language: de"),
        (TAG, PUBLIC, "Adweave: off"),
        (TAG, "Cache-Control: public, no-transform"),
    ],
)
def test_a_304_that_says_something_else_than_what_is_held_is_not_taken(
    fields: tuple[str, ...],
) -> None:
    cms = Cms(TAG, PUBLIC)
    with in_front_of(cms) as (gateway, upstream):
        filled(gateway)
        cms.not_modified = fields
        cms.body = PAGE.replace(b"Budget agreed</h1>", b"Budget refused</h1>")
        answer = gateway.get()
        assert b"Budget refused" in answer.body
        assert [each.value(b"if-none-match") for each in upstream.requests] == [None, b'"v1"', None]
        assert gateway.weaver.counts.value("adweave_revalidations_total", "result", "refused") == 1


def test_a_304_without_a_word_about_caching_is_good_for_those_without_cookies_only() -> None:
    cms = Cms(TAG, PUBLIC)
    with in_front_of(cms) as (gateway, upstream):
        first = filled(gateway)
        cms.not_modified = (TAG,)
        assert shown(gateway.get()) == shown(first)
        assert len(upstream.requests) == 2
        assert shown(gateway.get("/a/page", "Cookie: a=b")) == shown(first)
        assert len(upstream.requests) == 4


def test_a_page_that_changed_comes_whole_and_is_held_from_then_on() -> None:
    cms = Cms(TAG, PUBLIC)
    with in_front_of(cms) as (gateway, upstream):
        filled(gateway)
        cms.fields = ('ETag: "v2"', PUBLIC)
        cms.body = PAGE.replace(b"Budget agreed</h1>", b"Budget refused</h1>")
        assert b"Budget refused" in gateway.get().body
        assert asked(upstream) == b'"v1"'
        assert b"Budget refused" in gateway.get().body
        assert asked(upstream) == b'"v2"'
        assert gateway.weaver.counts.value("adweave_revalidations_total", "result", "changed") == 1


def test_fields_of_the_304_replace_those_that_are_held() -> None:
    cms = Cms(TAG, PUBLIC, "X-A: old", "X-B: kept", "Age: 9", NOW, "Server-Timing: db;dur=9")
    with in_front_of(cms) as (gateway, _):
        first = filled(gateway)
        cms.not_modified = (
            TAG, "Cache-Control: public, max-age=9", "X-A: new", "X-A: two", "Content-Length: 7",
            "Date: Sat, 01 Jun 2024 12:00:00 GMT", "Connection: X-Hop", "X-Hop: 1",
            "Server-Timing: db;dur=1",
        )  # fmt: skip
        again = gateway.get()
        assert shown(again) == shown(first)
        assert [value for name, value in again.fields if name == b"x-a"] == [b"new", b"two"]
        assert again.value(b"x-b") == b"kept"
        assert again.value(b"cache-control") == b"public, max-age=9"
        assert again.value(b"date") == b"Sat, 01 Jun 2024 12:00:00 GMT"
        assert again.value(b"age") is None
        assert again.value(b"x-hop") is None
        assert again.value(b"content-length") == b"%d" % len(again.body)
        assert again.value(b"content-type") == b"text/html; charset=utf-8"
        timings = [value for name, value in again.fields if name == b"server-timing"]
        assert len(timings) == 2
        cms.not_modified = (TAG,)
        later = gateway.get()
        assert later.value(b"cache-control") == b"public, max-age=9"
        assert b"2024" not in (later.value(b"date") or b"")


def test_what_a_reader_with_cookies_is_told_is_not_told_to_others() -> None:
    cms = Cms(TAG, PUBLIC)
    with in_front_of(cms) as (gateway, upstream):
        filled(gateway)
        cms.not_modified = (TAG, PUBLIC, "X-Reader: alice")
        alice = gateway.get("/a/page", "Cookie: session=alice")
        assert alice.value(b"x-reader") == b"alice"
        cms.not_modified = (TAG, PUBLIC)
        for fields in ((), ("Cookie: session=bob",)):
            answer = gateway.get("/a/page", *fields)
            assert asked(upstream) == b'"v1"'
            assert answer.value(b"x-reader") is None


def test_a_date_is_a_validator_where_the_page_was_older_than_its_answer() -> None:
    with in_front_of(Cms(PUBLIC, OLD, NOW)) as (gateway, upstream):
        first = filled(gateway)
        again = gateway.get()
        assert asked(upstream, b"if-modified-since") == OLD.partition(": ")[2].encode()
        assert shown(again) == shown(first)


def test_a_head_is_answered_from_what_is_held_and_says_what_get_would() -> None:
    with in_front_of(Cms(TAG, PUBLIC)) as (gateway, upstream):
        first = filled(gateway)
        head = gateway.get(method="HEAD")
        assert (upstream.requests[-1].method, asked(upstream)) == ("HEAD", b'"v1"')
        assert (head.status, head.body) == (200, b"")
        assert head.value(b"content-length") == b"%d" % len(first.body)
        assert head.value(b"etag") == first.value(b"etag")
        assert len(upstream.requests) == 2


def test_a_clients_own_tag_of_today_is_asked_for_as_it_is() -> None:
    with in_front_of(Cms(TAG, PUBLIC)) as (gateway, upstream):
        ours = (filled(gateway).value(b"etag") or b"").decode()
        answer = gateway.get("/a/page", f"If-None-Match: {ours}")
        assert asked(upstream) == b'"v1"'
        assert (answer.status, answer.value(b"etag")) == (304, ours.encode())


def test_a_clients_copy_of_another_version_is_asked_for_beside_what_is_held() -> None:
    cms = Cms('ETag: "v0"', PUBLIC)
    with in_front_of(cms) as (gateway, upstream):
        old = (filled(gateway).value(b"etag") or b"").decode()
        cms.fields = (TAG, PUBLIC)
        cms.body = PAGE.replace(b"Budget agreed</h1>", b"Budget refused</h1>")
        new = gateway.get()
        answer = gateway.get("/a/page", f"If-None-Match: {old}")
        assert asked(upstream) == b'"v0", "v1"'
        assert shown(answer) == shown(new)
        cms.fields = ('ETag: "v0"', PUBLIC)  # an editor takes the change back
        answer = gateway.get("/a/page", f"If-None-Match: {old}")
        assert (answer.status, answer.value(b"etag")) == (304, old.encode())
        cms.not_modified = (PUBLIC,)  # a 304 that does not say of which of the two
        answer = gateway.get("/a/page", f"If-None-Match: {old}")
        assert (answer.status, answer.body) == (304, b"")
        assert [each.value(b"if-none-match") for each in upstream.requests[-2:]] == [
            b'"v0", "v1"',
            b'"v0"',
        ]


def test_a_clients_copy_from_before_the_page_was_woven_gets_the_woven_one() -> None:
    with in_front_of(Cms(TAG, PUBLIC)) as (gateway, upstream):
        first = filled(gateway)
        answer = gateway.get("/a/page", 'If-None-Match: "v1"')
        assert asked(upstream) == b'"v1"'  # ours: theirs was held back
        assert shown(answer) == shown(first)


def test_another_configuration_has_nothing_held() -> None:
    with in_front_of(Cms(TAG, PUBLIC)) as (gateway, upstream):
        filled(gateway)
        site = shipped_site()
        gateway.configuration.site = replace(site, generation="0123456789ab")
        filled(gateway)
        assert asked(upstream) is None
        gateway.get()
        assert asked(upstream) == b'"v1"'


def test_a_page_that_had_to_go_is_fetched_whole() -> None:
    site = shipped_site()
    limits = site.settings.limits.model_copy(update={"max_page_store_bytes": 0})
    small = replace(site, settings=site.settings.model_copy(update={"limits": limits}))
    with in_front_of(Cms(TAG, PUBLIC), site=small) as (gateway, upstream):
        filled(gateway)
        filled(gateway)
        assert asked(upstream) is None


def test_what_is_held_is_bounded_and_counts_under_the_one_ceiling() -> None:
    site = shipped_site()
    limits = site.settings.limits.model_copy(update={"max_page_store_bytes": 100_000})
    small = replace(site, settings=site.settings.model_copy(update={"limits": limits}))
    with in_front_of(Cms(TAG, PUBLIC), site=small) as (gateway, _), gateway.client() as client:
        for number in range(60):
            client.get(f"/{number}")
            gauges = gateway.weaver.gauges
            kept = ("adweave_plans_bytes", "adweave_page_store_bytes", "adweave_held_bytes")
            assert sum(gauges[name] for name in kept) <= 100_000
        assert 0 < gauges["adweave_held_answers"] < 60
        assert gateway.weaver.counts.value("adweave_evictions_total", "store", "held") > 0


@pytest.mark.parametrize("broken", ["asked_by", "asking", "verdict_on", "varies_by"])
def test_a_fault_in_the_short_cut_costs_the_short_cut_alone(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_front_of(Cms(TAG, PUBLIC)) as (gateway, upstream):
        first = filled(gateway)
        monkeypatch.setattr(f"adweave.http.ahead.{broken}", None)
        assert shown(gateway.get()) == shown(first)
        assert shown(gateway.get("/a/page", "Cache-Control: no-cache")) == shown(first)
        assert asked(upstream) is None
        kinds = ("held", "hold")
        errors = [gateway.weaver.counts.value("adweave_errors_total", "kind", k) for k in kinds]
        assert sum(errors) >= 1


def test_the_upstream_sends_no_body_for_a_page_that_is_held() -> None:
    """What it is for: some hundred bytes instead of the page."""
    sent: list[int] = []
    cms = Cms(TAG, PUBLIC)

    def counted(wire: Wire) -> None:
        send: Callable[[bytes], None] = wire.send

        def sends(raw: bytes) -> None:
            sent.append(len(raw))
            send(raw)

        wire.send = sends  # type: ignore[method-assign]
        cms(wire)

    upstream = RawUpstream(counted)
    with running_gateway(upstream.port) as gateway, gateway.client() as client:
        for _ in range(5):
            assert len(client.get().body) > len(PAGE)
    upstream.close()
    assert sent[0] > len(PAGE)
    assert max(sent[1:]) < 200
