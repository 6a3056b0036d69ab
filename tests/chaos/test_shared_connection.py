"""An upstream's connection serves others while a page is woven; their answers must not mix."""

from __future__ import annotations

import threading

import pytest

from adweave.http import engine
from tests.unit.http.wire import HTML, Wire, article, in_front_of, response

PAGE = article()
WOVEN_LATER = response(PAGE, HTML)
NOT_THERE = response(b"no such thing", HTML, status="404 Not Found")


def test_a_page_keeps_its_status_while_its_connection_serves_another_reader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    has_begun, go_on = threading.Event(), threading.Event()
    real = engine.outline_of

    def held(*args: object, **kwargs: object) -> object:
        has_begun.set()
        go_on.wait(0.3)  # well within the time that a page is waited for
        return real(*args, **kwargs)  # type: ignore[arg-type]

    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            wire.send(WOVEN_LATER if request.target == b"/a" else NOT_THERE)

    with (
        in_front_of(script) as (gateway, upstream),
        gateway.client() as first,
        gateway.client() as second,
    ):
        monkeypatch.setattr(engine, "outline_of", held)
        first.socket.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        assert has_begun.wait(20)
        assert second.get("/b").status == 404
        go_on.set()
        answer = first.answer()
        assert upstream.connections == 1, "both went over the same connection"
        assert answer.status == 200
        assert answer.verdict.startswith("woven")
