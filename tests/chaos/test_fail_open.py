"""A fault in any stage of the engine: readers get the upstream's bytes, and are told why."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from adweave.http import engine, heads, weave
from adweave.slots import SlotRenderer
from tests.unit.http.wire import HTML, RunningGateway, always, article, in_front_of, response

PAGE = article()
RAW = response(PAGE, HTML, 'ETag: "abc"')


class Struck(Exception):
    """Lightning."""


def strikes(*_: object, **__: object) -> None:
    raise Struck("lightning")


STAGES: dict[str, tuple[object, str]] = {
    "reading the page": (engine, "read_page"),
    "finding the article": (engine, "outline_of"),
    "planning": (engine, "plan_for"),
    "choosing the language": (engine, "choose_language"),
    "finding the words": (engine, "texts_for"),
    "reading the policies": (engine, "permissions"),
    "making the markup": (SlotRenderer, "insertions"),
    "the self-check": (engine, "broken_insertions"),
    "the splice": (weave, "weave"),
    "decoding": (weave, "decoded"),
    "encoding": (weave, "encoded"),
    "hashing": (weave.xxhash, "xxh3_128_digest"),
    "reading the head": (heads.Heads, "_prepare"),
    "naming the coding": (heads, "coding_of"),
    "the status": (weave.status, "woven"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_fault_in_a_stage_leaves_the_page_as_it_came(
    stage: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    raw = response(PAGE, HTML, 'ETag: "abc"', "Cache-Control: max-age=60")
    with in_front_of(always(raw)) as (gateway, _), gateway.client() as client:
        with monkeypatch.context() as patch:
            patch.setattr(*STAGES[stage], strikes)
            for _ in range(3):
                answer = client.get()
                assert (answer.status, answer.body, answer.is_whole) == (200, PAGE, True)
                assert answer.value(b"etag") == b'"abc"'
                assert answer.verdict == 'passed; reason="error"'
        assert client.get().body != PAGE  # the fault left nothing behind
        errors = [r for r in caplog.records if r.levelno >= logging.ERROR and r.exc_info]
        assert len(errors) == 1  # once per kind and minute
        assert "lightning" in caplog.text
        assert gateway.weaver.counts.value("adweave_passed_total", "reason", "error") == 3


def test_a_site_that_can_not_be_prepared_leaves_pages_as_they_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(weave, "Engine", strikes)
        with in_front_of(always(RAW)) as (gateway, _):
            answer = gateway.get()
            assert answer.body == PAGE
            assert answer.verdict == 'passed; reason="off"'


def slow_until(go_on: threading.Event, real: Callable[..., object]) -> Callable[..., object]:
    def slow(*args: object, **kwargs: object) -> object:
        go_on.wait(20)
        return real(*args, **kwargs)

    return slow


def planned(gateway: RunningGateway) -> None:
    """Wait until nothing is being planned any more."""
    while gateway.weaver.gauges["adweave_plans_waiting"]:
        pass


def test_a_page_that_takes_too_long_passes_and_is_woven_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on = threading.Event()
    with in_front_of(always(RAW)) as (gateway, _), gateway.client() as client:
        monkeypatch.setattr(engine, "outline_of", slow_until(go_on, engine.outline_of))
        answer = client.get()
        assert answer.body == PAGE
        assert answer.verdict == 'passed; reason="deadline"'
        assert client.get("/other.txt").status == 200  # others are served meanwhile
        go_on.set()
        planned(gateway)
        assert "plan=hit" in client.get().verdict


def test_many_readers_of_one_new_page_have_it_planned_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[int] = []
    real = engine.outline_of

    def counted(*args: object, **kwargs: object) -> object:
        calls.append(1)
        return real(*args, **kwargs)  # type: ignore[arg-type]

    with in_front_of(always(RAW)) as (gateway, _):
        monkeypatch.setattr(engine, "outline_of", counted)
        clients = [gateway.client() for _ in range(20)]
        for client in clients:
            client.socket.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        bodies = {client.answer().body for client in clients}
        for client in clients:
            client.socket.close()
        assert len(bodies) == 1
        assert len(calls) == 1


def test_when_too_many_pages_wait_more_of_them_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(weave, "_MAX_WAITING", 1)
    with in_front_of(always(RAW)) as (gateway, _), gateway.client() as client:
        monkeypatch.setattr(engine, "outline_of", slow_until(go_on, engine.outline_of))
        assert client.get("/a").verdict == 'passed; reason="deadline"'
        other = gateway.get("/b", "X-Other: 1")
        assert other.verdict == 'passed; reason="deadline"'  # the same page: it waits along
        monkeypatch.setattr(weave, "_MAX_WAITING", 0)
        assert "deadline" in client.get("/a").verdict
        go_on.set()
        planned(gateway)
        assert "woven" in client.get("/a").verdict


def test_busy_is_said_when_the_line_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weave, "_MAX_WAITING", 0)
    with in_front_of(always(RAW)) as (gateway, _):
        answer = gateway.get()
        assert (answer.body, answer.verdict) == (PAGE, 'passed; reason="busy"')


def test_a_store_that_can_keep_nothing_changes_nothing_for_readers() -> None:
    with in_front_of(always(RAW)) as (gateway, _), gateway.client() as client:
        first = client.get()
        gateway.weaver._pages.max_bytes = 0
        gateway.weaver._plans.max_count = 0
        assert client.get().body == first.body
        gateway.weaver._pages._entries.clear()
        gateway.weaver._plans._entries.clear()
        assert [client.get().body for _ in range(3)] == [first.body] * 3
