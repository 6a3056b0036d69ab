"""Readers who leave: the upstream is not kept busy for nobody, however far its answer has come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from .wire import PATIENCE_S, Client, Wire, in_front_of

_EVENTS = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    b"9\r\ndata: x\n\n\r\n"
)
_HALF = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 9000\r\n\r\n" + b"x" * 4000
_HALF_A_PAGE = _HALF.replace(b"image/png", b"text/html")


def _watched(until: Callable[[], bool]) -> bool:
    ends = time.monotonic() + PATIENCE_S / 2
    while not until():
        if time.monotonic() > ends:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize(
    ("begun", "request_head"),
    [
        (_EVENTS, b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n"),
        (_HALF, b"GET /video HTTP/1.1\r\nHost: x\r\n\r\n"),
        (_HALF_A_PAGE, b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n"),
        (b"", b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"),
        (b"", b"GET /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
        (b"", b"HEAD /slow HTTP/1.1\r\nHost: x\r\n\r\n"),
        (_EVENTS, b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n" * 2),
        (b"", b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"),
        (_EVENTS, b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"),
    ],
    ids=[
        "events",
        "video",
        "page",
        "slow",
        "no content",
        "HEAD",
        "pipelined",
        "POST",
        "events by POST",
    ],
)
def test_a_reader_who_leaves_a_long_answer_is_noticed(begun: bytes, request_head: bytes) -> None:
    let_go = threading.Event()

    def script(wire: Wire) -> None:
        if wire.request() is None:
            return
        wire.send(begun)
        if wire.socket.recv(1) == b"":
            let_go.set()

    with in_front_of(script) as (running, _), Client(running.port) as client:
        client.socket.sendall(request_head)
        # Long enough under way that it is watched, which no reader can see from outside.
        connections = running.upstream._busy
        assert _watched(lambda: any(each.began and each.on_slow is None for each in connections))
        client.socket.close()
        assert let_go.wait(PATIENCE_S / 2)
        assert _watched(lambda: running.upstream.counts == (0, 0))
        assert _watched(lambda: running.weaver.counts.value("adweave_clients_gone_total") == 1)


def test_a_reader_who_leaves_while_the_upstream_is_asked_again_is_noticed() -> None:
    """HEAD of a page is asked for by GET, and it is the second answer that takes long."""
    let_go = threading.Event()
    asked_again = threading.Event()

    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            if request.method == "HEAD":
                time.sleep(1.2)  # so that the first one is watched as well
                wire.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n")
                continue
            asked_again.set()
            if wire.socket.recv(1) == b"":
                let_go.set()
            return

    with in_front_of(script) as (running, _), Client(running.port) as client:
        client.socket.sendall(b"HEAD /page HTTP/1.1\r\nHost: x\r\n\r\n")
        assert asked_again.wait(PATIENCE_S)
        client.socket.close()
        assert let_go.wait(PATIENCE_S / 2)


def test_a_reader_who_stays_gets_a_long_answer_whole_and_another_after_it() -> None:
    def script(wire: Wire) -> None:
        while wire.request() is not None:
            wire.send(_HALF)
            time.sleep(1.2)
            wire.send(b"x" * 5000)

    with in_front_of(script) as (running, upstream), running.client() as client:
        for _ in range(2):
            answer = client.get("/video")
            assert answer.is_whole
            assert len(answer.body) == 9000
        assert upstream.connections == 1
        assert running.weaver.counts.value("adweave_clients_gone_total") == 0
