"""What is bounded, and what is left alone for a while: memory, waiting, a lost upstream."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from dataclasses import replace

import pytest
from starlette.types import Message

from adweave.http import Admin, Snapshot, UpstreamFault, engine, server
from adweave.http.connection import Connection, UpstreamLimits
from adweave.http.cycle import Answering
from adweave.http.store import BoundedStore
from adweave.http.upstream import Breaker

from .wire import (
    HTML,
    Client,
    RawUpstream,
    Wire,
    always,
    article,
    in_front_of,
    once,
    response,
    running_gateway,
    shipped_site,
)

PAGE = article()


def test_plans_and_pages_share_one_ceiling_and_the_least_used_go_first() -> None:
    site = shipped_site()
    limits = site.settings.limits.model_copy(update={"max_page_store_bytes": 200_000})
    small = replace(site, settings=site.settings.model_copy(update={"limits": limits}))

    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            wire.send(
                response(PAGE.replace(b"Budget agreed</h1>", request.target + b"</h1>"), HTML)
            )

    with in_front_of(script, site=small) as (gateway, _), gateway.client() as client:
        for number in range(60):
            assert "woven" in client.get(f"/{number}", "Accept-Encoding: identity").verdict
            client.get("/0")
            gauges = gateway.weaver.gauges
            held = gauges["adweave_plans_bytes"] + gauges["adweave_page_store_bytes"]
            assert 0 < held <= gauges["adweave_cache_ceiling_bytes"] == 200_000
        assert gauges["adweave_page_store_pages"] < 60
        assert "plan=hit" in client.get("/0").verdict


def test_a_store_whose_bound_is_lowered_lets_go_at_once() -> None:
    store: BoundedStore[int] = BoundedStore(max_count=10, max_bytes=100)
    for number in range(5):
        store.put(b"%d" % number, number, 20)
    store.limit(50)
    assert (len(store), store.size_bytes) == (2, 40)
    assert store.get(b"4") == 4
    store.limit(0)
    assert len(store) == 0


def test_when_plans_are_late_again_and_again_nobody_waits_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on = threading.Event()
    real = engine.outline_of

    def slow(*args: object, **kwargs: object) -> object:
        go_on.wait(20)
        return real(*args, **kwargs)  # type: ignore[arg-type]

    site = shipped_site()
    limits = site.settings.limits.model_copy(update={"deadline_ms": 20})
    hasty = replace(site, settings=site.settings.model_copy(update={"limits": limits}))
    with in_front_of(always(response(PAGE, HTML)), site=hasty) as (gateway, _):
        monkeypatch.setattr(engine, "outline_of", slow)
        with gateway.client() as client:
            reasons = [client.get("/a").verdict for _ in range(7)]
            assert reasons == ['passed; reason="deadline"'] * 5 + ['passed; reason="busy"'] * 2
            assert client.get("/a").body == PAGE
            go_on.set()
            ends = time.monotonic() + 20
            while "woven" not in client.get("/a").verdict:
                assert time.monotonic() < ends
            assert gateway.weaver._late == 0


def test_an_upstream_that_is_gone_is_left_alone_and_found_again() -> None:
    upstream = RawUpstream(always(response(b"ok")))
    port = upstream.port
    upstream.close()
    with running_gateway(port) as gateway:
        answers = [gateway.get("/a") for _ in range(8)]
        assert [answer.status for answer in answers[:5]] == [502] * 5
        assert {answer.status for answer in answers[5:]} == {503}
        assert answers[-1].value(b"retry-after") == b"1"
        counts = gateway.weaver.counts
        assert counts.value("adweave_upstream_faults_total", "reason", "circuit-open") == 3


def test_a_breaker_opens_tries_and_closes() -> None:
    breaker = Breaker(failures=2, pause_s=1.0)
    for now in (0.0, 0.1):
        assert not breaker.enter(now)
        breaker.failed(now)
    assert breaker.is_open
    with pytest.raises(UpstreamFault) as fault:
        breaker.enter(0.5)
    assert (fault.value.reason, fault.value.status) == ("circuit-open", 503)
    assert breaker.enter(1.2)
    with pytest.raises(UpstreamFault):
        breaker.enter(1.3)  # one trial at a time
    breaker.failed(1.4)
    assert breaker.enter(2.5)
    breaker.succeeded()
    assert not breaker.is_open
    assert not breaker.enter(2.6)


@pytest.mark.parametrize(
    ("snapshot", "code"),
    [
        (Snapshot({}, {}, "abc"), 200),
        (Snapshot({}, {"adweave_workers": 2, "adweave_upstream_circuit_open": 1}, "abc"), 200),
        (Snapshot({}, {"adweave_workers": 2, "adweave_upstream_circuit_open": 2}, "abc"), 503),
        (Snapshot({}, {"adweave_workers": 0}, "abc"), 503),
        (Snapshot({}, {}, ""), 503),
    ],
)
def test_ready_is_who_can_serve(snapshot: Snapshot, code: int) -> None:
    sent: list[int] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            sent.append(message["status"])

    scope = {"type": "http", "path": "/readyz", "method": "GET"}
    asyncio.run(Admin(lambda: snapshot)(scope, None, send))  # type: ignore[arg-type]
    assert sent == [code]


@pytest.mark.parametrize("size", [1_000, 300_000, 1_500_000, 3_500_000])
def test_a_page_of_which_much_comes_with_its_head_is_woven(size: int) -> None:
    page = article().replace(b"</body>", b"<!--%b--></body>" % (b"x" * size))
    site = shipped_site()
    limits = site.settings.limits.model_copy(update={"deadline_ms": 60_000})
    patient = replace(site, settings=site.settings.model_copy(update={"limits": limits}))
    # Reading stops at so little before anybody has said that all of it is wanted.
    little = UpstreamLimits(buffer_bytes=1_000)
    with in_front_of(always(response(page, HTML)), site=patient, limits=little) as (gateway, _):
        answer = gateway.get("/a", "Accept-Encoding: identity")
    assert answer.verdict.startswith("woven"), answer.verdict
    assert len(answer.body) > len(page)


def left_behind(kind: type, client: Client, requests: int) -> int:
    """How many of that kind there are after so many requests, where nobody collects garbage."""
    client.get("/a")
    gc.collect()
    gc.disable()
    try:
        for _ in range(requests):
            client.get("/a")
        return sum(isinstance(each, kind) for each in gc.get_objects())
    finally:
        gc.enable()


def test_an_answer_leaves_nothing_for_the_garbage_collector() -> None:
    with in_front_of(always(response(article(), HTML))) as (gateway, _), gateway.client() as client:
        left = left_behind(Answering, client, 50)
    assert left <= 2  # the last one, and what its connection has of it


def test_a_connection_leaves_nothing_for_the_garbage_collector() -> None:
    """Each answer of an upstream that keeps no connections is one of these."""
    raw = response(article(), HTML, "Connection: close")
    with in_front_of(once(raw)) as (gateway, upstream), gateway.client() as client:
        left = left_behind(Connection, client, 30)
        assert upstream.connections == 31
    assert left <= 3


def test_requests_that_need_a_connection_of_their_own_do_not_pile_connections_up() -> None:
    """An upstream with a process for each connection would have none left."""
    with in_front_of(always(response(b"ok"))) as (gateway, upstream), gateway.client() as client:
        for _ in range(20):
            assert client.ask(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab").is_whole
        assert upstream.connections == 20
        assert gateway.upstream.counts == (0, 1)
        assert client.get("/a").is_whole
        assert upstream.connections == 20


@pytest.mark.parametrize("begun", [b"", b"GET /a HTT", b"GET /a HTTP/1.1\r\nHost: x\r\n"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_client_that_sends_no_whole_head_is_let_go(
    begun: bytes, is_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "IDLE_S", 1)
    with in_front_of(always(response(b"ok"))) as (gateway, _), gateway.client() as client:
        if not is_first:
            assert client.get("/a").is_whole
        client.socket.sendall(begun)
        assert client.socket.recv(1) == b""  # within the client's patience


def test_an_answer_may_take_longer_than_a_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "IDLE_S", 1)

    def script(wire: Wire) -> None:
        while wire.request() is not None:
            time.sleep(2.2)
            wire.send(response(b"ok"))

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        asked = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
        client.socket.sendall(asked + asked[:10])  # the next one has begun meanwhile
        assert client.answer().body == b"ok"
        client.socket.sendall(asked[10:])
        assert client.answer().body == b"ok"
