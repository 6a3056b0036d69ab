"""`/_adweave/*`: files, creatives and the intake, on a real socket."""

from __future__ import annotations

import dataclasses
import html
import json
import re
import time
from collections.abc import Sequence

import brotli
import pytest

from adweave.events import AHEAD, REASONS, REFUSED, Event

from .wire import HTML, Answer, RunningGateway, always, article, in_front_of, response, shipped_site

PAGE = response(article(), HTML)


class Kept:
    """An event store in memory."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def append(self, events: Sequence[Event]) -> int:
        self.events += events
        return len(events)

    def close(self) -> None:
        self.events = list(self.events)


def addresses(body: bytes) -> set[str]:
    text = body.decode().replace("\\/", "/")
    return set(re.findall(r"/_adweave/[\w./-]*-[0-9a-f]{12}\.\w+", text))


def test_everything_that_a_woven_page_asks_for_is_there() -> None:
    with in_front_of(always(PAGE)) as (gateway, upstream), gateway.client() as client:
        found = addresses(client.get().body)
        assert any("/loader-" in address for address in found)
        assert any("/c/" in address for address in found)
        for address in found:
            answer = client.get(address)
            assert answer.status == 200
            assert answer.value(b"cache-control") == b"public, max-age=31536000, immutable"
            assert answer.value(b"x-content-type-options") == b"nosniff"
            if "/c/" in address:
                policy = answer.value(b"content-security-policy") or b""
                assert policy.startswith(b"sandbox")
                assert b"allow-scripts" not in policy
                assert b"allow-same-origin" not in policy
            head = client.get(address, method="HEAD")
            assert [f for f in head.fields if f[0] != b"date"] == [
                f for f in answer.fields if f[0] != b"date"
            ]
            assert head.body == b""
        assert [request.target for request in upstream.requests] == [b"/a/page"]


def test_files_are_compressed_for_who_takes_it() -> None:
    with in_front_of(always(PAGE)) as (gateway, _), gateway.client() as client:
        loader = next(a for a in addresses(client.get().body) if "/loader-" in a)
        plain = client.get(loader)
        packed = client.get(loader, "Accept-Encoding: gzip, br")
        assert packed.value(b"content-encoding") == b"br"
        assert brotli.decompress(packed.body) == plain.body
        assert plain.value(b"vary") == packed.value(b"vary") == b"accept-encoding"
        none = client.get(loader, "Accept-Encoding: br;q=0, gzip;q=0.0")
        assert none.value(b"content-encoding") is None


def test_an_older_address_gives_the_file_of_today_for_a_short_time() -> None:
    with in_front_of(always(PAGE)) as (gateway, _), gateway.client() as client:
        loader = next(a for a in addresses(client.get().body) if "/loader-" in a)
        old = re.sub("-[0-9a-f]{12}", "-0123456789ab", loader)
        answer = client.get(old)
        assert answer.body == client.get(loader).body
        assert answer.value(b"cache-control") == b"public, max-age=60"


@pytest.mark.parametrize(
    "target",
    [
        "/_adweave/", "/_adweave/x", "/_adweave/../a", "/_adweave/..%2fa", "/_adweave/c/",
        "/_adweave/c/../../etc/passwd", "/_adweave/e/", "/_adweave/e%00", "/_adweave//e",
        "/_adweave/loader.js", "/_adweave/c/none-0123456789ab.html", "/_adweave/%65",
    ],
)  # fmt: skip
def test_everything_else_below_our_path_is_not_there(target: str) -> None:
    with in_front_of(always(PAGE)) as (gateway, upstream):
        gateway.get()
        answer = gateway.get(target)
        assert answer.status == 404
        assert b"passwd" not in answer.body
        assert len(upstream.requests) == 1


def batch(**more: object) -> bytes:
    event = {"id": "v-1", "kind": "view", "t": int(time.time() * 1000), "value": None}
    known = {
        "v": 1, "view": "0123456789abcdef", "unit": "view", "uid": "0123456789abcdef",
        "path": "/a", "lang": "en", "layout": "article", "gen": "x", "exp": None,
        "variant": None, "width": 360, "events": [event],
    }  # fmt: skip
    return json.dumps({**known, **more}).encode()


def post(body: bytes, *fields: str) -> bytes:
    lines = [
        "POST /_adweave/e HTTP/1.1", "Host: x", *fields, f"Content-Length: {len(body)}", "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + body


def test_a_batch_is_taken_in_and_answered_at_once() -> None:
    store = Kept()
    with in_front_of(always(PAGE), store=store) as (gateway, upstream):
        with gateway.client() as client:
            answer = client.ask(post(batch()))
            assert (answer.status, answer.body) == (204, b"")
            assert client.ask(post(batch(path="/b", view="f" * 16))).status == 204
        assert [event.path for event in store.events] == ["/a", "/b"]
        assert not upstream.requests
        assert gateway.weaver.counts.value("adweave_events_total") == 2


def test_a_crawlers_batch_is_marked() -> None:
    store = Kept()
    with in_front_of(always(PAGE), store=store) as (gateway, _), gateway.client() as client:
        client.ask(post(batch(), "User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1)"))
        person = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
        client.ask(post(batch(view="f" * 16), person))
    assert [event.bot for event in store.events] == [True, False]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"", 400, "size"),
        (b"not json", 400, "json"),
        (batch(v=2), 400, "version"),
        (batch(events=[]), 400, "count"),
        (batch(view="short"), 400, "batch"),
        (b"[" * 20_000, 413, "size"),
    ],
)
def test_a_bad_batch_is_refused_with_its_reason(body: bytes, status: int, reason: str) -> None:
    store = Kept()
    with in_front_of(always(PAGE), store=store) as (gateway, _), gateway.client() as client:
        answer = client.ask(post(body))
        assert answer.status == status
        assert answer.body.decode() == f"{reason}: {REASONS[reason]}\n"
    assert not store.events


def test_only_the_methods_that_make_sense_are_answered() -> None:
    with in_front_of(always(PAGE)) as (gateway, _), gateway.client() as client:
        loader = next(a for a in addresses(client.get().body) if "/loader-" in a)
        asked = client.get("/_adweave/e")
        assert (asked.status, asked.value(b"allow")) == (405, b"POST")
        raw = f"POST {loader} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()
        answer = client.ask(raw)
        assert (answer.status, answer.value(b"allow")) == (405, b"GET, HEAD")


def test_what_a_request_tells_of_its_reader_is_kept_by_nobody() -> None:
    with in_front_of(always(PAGE)) as (gateway, upstream), gateway.client() as client:
        answer = client.get("/_adweave/reader", "Sec-GPC: 1")
        assert answer.status == 200
        assert json.loads(answer.body) == {"gpc": True}
        assert answer.value(b"cache-control") == b"private, no-store"
        assert json.loads(client.get("/_adweave/reader").body) == {}
        assert upstream.requests == []


def answer(gateway: RunningGateway, raw: bytes) -> Answer:
    """On a connection of its own: a refusal closes it."""
    with gateway.client() as client:
        return client.ask(raw)


def test_a_page_carries_the_token_without_which_its_events_are_refused() -> None:
    store = Kept()
    key = b"a key of sixteen or more"
    with in_front_of(always(PAGE), store=store, page_key=key) as (gateway, _):
        page = html.unescape(gateway.get().body.decode()).replace("\\/", "/")
        found = re.search(r"/_adweave/e\?k=([0-9a-f]{24})\W", page)
        assert found is not None
        gen = gateway.weaver.engines[-1].site.generation
        assert gen in page
        assert answer(gateway, post(batch(gen=gen))).status == 403
        good = post(batch(gen=gen)).replace(b"/e ", b"/e?k=%b " % found[1].encode(), 1)
        assert answer(gateway, good).status == 204
        assert answer(gateway, good.replace(b"?k=", b"?k=0")).status == 403
        counts = gateway.weaver.counts
        assert counts.value("adweave_batches_refused_total", "reason", "token") == 2
    # What was refused is told once a minute, and at the end.
    assert [(event.kind, event.value) for event in store.events] == [
        (REFUSED, 1), ("view", None), (REFUSED, 1),
    ]  # fmt: skip


def test_a_replay_and_a_prefetch_are_left_out_and_counted() -> None:
    store = Kept()
    with in_front_of(always(PAGE), store=store) as (gateway, _), gateway.client() as client:
        assert client.ask(post(batch())).status == 204
        assert client.ask(post(batch())).status == 204
        assert client.ask(post(batch(), "Sec-Purpose: prefetch;prerender")).status == 403
        counts = gateway.weaver.counts
        assert counts.value("adweave_events_dropped_total", "reason", "double") == 1
        assert counts.value("adweave_batches_refused_total", "reason", "prefetch") == 1
    assert [event.kind for event in store.events] == ["view", AHEAD]


def test_an_address_behind_a_proxy_is_limited_and_its_neighbours_are_not() -> None:
    site = shipped_site()
    events = site.settings.events.model_copy(update={"rate_per_minute": 2})
    settings = site.settings.model_copy(update={"events": events})
    limited = dataclasses.replace(site, settings=settings)
    with in_front_of(always(PAGE), site=limited) as (gateway, _), gateway.client() as client:
        forged = "X-Forwarded-For: 203.0.113.9, 192.0.2.1"
        codes = [client.ask(post(batch(view=f"{n:016x}"), forged)).status for n in range(2)]
        assert codes == [204, 204]
        with gateway.client() as other:
            again = "X-Forwarded-For: 203.0.113.77, 192.0.2.1"
            assert other.ask(post(batch(view="e" * 16), again)).status == 429
        with gateway.client() as other:
            neighbour = "X-Forwarded-For: 192.0.2.1, 192.0.2.2"
            assert other.ask(post(batch(view="f" * 16), neighbour)).status == 204
        counts = gateway.weaver.counts
        assert counts.value("adweave_batches_refused_total", "reason", "rate") == 1


def test_what_a_full_store_does_not_take_is_counted_and_the_answer_is_the_same() -> None:
    class Full(Kept):
        def append(self, events: Sequence[Event]) -> int:
            return 0

    with in_front_of(always(PAGE), store=Full()) as (gateway, _), gateway.client() as client:
        assert client.ask(post(batch())).status == 204
        assert client.get().status == 200
        counts = gateway.weaver.counts
        assert counts.value("adweave_events_dropped_total", "reason", "store") == 1
        assert counts.value("adweave_events_total") == 0
