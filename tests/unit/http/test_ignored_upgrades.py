"""A request may ask for another protocol and is a plain one where it does not get that.

Java's and other clients offer HTTP/2 with their first request of a connection, content or not
(RFC 9110, 7.8: a server may ignore the field).
"""

from __future__ import annotations

import logging
import threading

import pytest

from .wire import PATIENCE_S, Wire, always, in_front_of, response

OK = response(b"ok")
H2C = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQC\r\n"
WEBSOCKET = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def _head(method: str, *fields: str) -> bytes:
    return f"{method} /a?b=c HTTP/1.1\r\nHost: x\r\n{''.join(fields)}\r\n".encode()


@pytest.mark.parametrize("offer", [H2C, WEBSOCKET], ids=["h2c", "websocket"])
@pytest.mark.parametrize("method", ["POST", "PUT", "FROB"])
@pytest.mark.parametrize("pause", [False, True], ids=["at once", "by parts"])
def test_the_content_of_a_request_is_not_taken_for_the_other_protocol(
    offer: str, method: str, pause: bool
) -> None:
    seen = threading.Semaphore(0)

    def on_request(wire: Wire) -> None:
        while wire.request() is not None:
            seen.release()
            wire.send(OK)

    head = _head(method, offer, f"Content-Length: {len(SMUGGLED)}\r\n")
    with in_front_of(on_request) as (gateway, upstream), gateway.client() as client:
        for _ in range(2):
            if pause:
                client.socket.sendall(head)
                client.socket.sendall(SMUGGLED[:1])
                assert not seen.acquire(timeout=0.2)  # both are read, and it is not whole
                client.socket.sendall(SMUGGLED[1:])
            else:
                client.socket.sendall(head + SMUGGLED)
            assert client.answer().body == b"ok"
            assert seen.acquire(timeout=PATIENCE_S)
        assert client.get("/after").is_whole
        assert [(each.method, each.target, each.body) for each in upstream.requests] == [
            (method, b"/a?b=c", SMUGGLED),
            (method, b"/a?b=c", SMUGGLED),
            ("GET", b"/after", b""),
        ]
        assert upstream.requests[0].value(b"upgrade") is None


def test_chunks_and_trailers_are_read_as_ever() -> None:
    raw = (
        _head("POST", H2C, "Transfer-Encoding: chunked\r\n")
        + b"2\r\nab\r\n1\r\nc\r\n0\r\nX-A: b\r\n\r\n"
    )
    with in_front_of(always(OK)) as (gateway, upstream), gateway.client() as client:
        assert client.ask(raw).is_whole
        assert client.get("/after").is_whole
        assert [each.body for each in upstream.requests] == [b"abc", b""]


def test_requests_that_follow_at_once_are_answered() -> None:
    raw = _head("GET", H2C)
    with in_front_of(always(OK)) as (gateway, upstream), gateway.client() as client:
        client.socket.sendall(raw + raw + _head("GET", "Connection: close\r\n"))
        answers = b""
        while block := client.socket.recv(65536):
            answers += block
        assert answers.count(b"HTTP/1.1 200 OK") == 3
        assert len(upstream.requests) == 3


def test_what_is_no_request_after_some_is_refused_without_a_fault_of_ours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    refused = threading.Event()

    def on_request(wire: Wire) -> None:
        while wire.request() is not None:
            refused.wait(PATIENCE_S)
            wire.send(OK)

    with caplog.at_level(logging.ERROR), in_front_of(on_request) as (gateway, _):
        with gateway.client() as client:
            client.socket.sendall(_head("GET") + _head("GET") + b"GARBAGE\r\n\r\n")
            assert client.answer().status == 400
            refused.set()
        assert gateway.get("/a").is_whole
    assert not caplog.records
