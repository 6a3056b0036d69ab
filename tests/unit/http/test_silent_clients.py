"""Clients that stop in the middle: of what they send, and of what they are to take."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import h11
import pytest

from adweave.http import server

from .test_websocket import dialled, talking
from .wire import PATIENCE_S, Wire, always, in_front_of, response

_PART = 65_536
_LARGE = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 400000000\r\n\r\n"


def endless(gone: threading.Event) -> object:
    """An upstream that sends as much as is taken, and tells when nobody is there any more."""

    def script(wire: Wire) -> None:
        if wire.request() is None:
            return
        try:
            wire.send(_LARGE)
            for _ in range(400_000_000 // _PART):
                wire.send(b"x" * _PART)
        except OSError:
            gone.set()

    return script


def narrow(port: int) -> socket.socket:
    """A client with so little room that what it leaves unread is soon felt."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
    client.settimeout(PATIENCE_S)
    client.connect(("127.0.0.1", port))
    return client


def test_a_reader_who_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SILENT_S", 0.3)
    gone = threading.Event()
    with in_front_of(endless(gone)) as (gateway, _), narrow(gateway.port) as client:
        client.sendall(b"GET /video HTTP/1.1\r\nHost: x\r\n\r\n")
        assert gone.wait(PATIENCE_S)


def test_a_reader_who_takes_little_at_a_time_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SILENT_S", 1.5)
    gone = threading.Event()
    with in_front_of(endless(gone)) as (gateway, _), narrow(gateway.port) as client:
        client.sendall(b"GET /video HTTP/1.1\r\nHost: x\r\n\r\n")
        ends = time.monotonic() + 5
        while time.monotonic() < ends:
            assert client.recv(_PART)
            time.sleep(0.005)
        assert not gone.is_set()
    assert gone.wait(PATIENCE_S)


@pytest.mark.parametrize(
    "begun",
    [
        b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
        b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n",
        b"PUT /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"GET /half HTTP/1.1\r\nHost: x\r\n",
    ],
)
def test_a_client_that_does_not_go_on_is_let_go(
    monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(server, "SILENT_S", 0.3)

    def script(wire: Wire) -> None:
        with pytest.raises(h11.RemoteProtocolError):  # the gateway, too, breaks off
            wire.request()

    with in_front_of(script) as (gateway, _), narrow(gateway.port) as client:
        client.sendall(begun)
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""
    with in_front_of(always(response(b"ok"))) as (gateway, _), gateway.client() as again:
        for _ in range(3):  # others, and pauses between requests, are nothing of the kind
            assert again.get("/a").body == b"ok"
            time.sleep(0.4)


def test_content_that_comes_slowly_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SILENT_S", 1.5)
    with in_front_of(always(response(b"ok"))) as (gateway, upstream):
        with narrow(gateway.port) as client:
            client.sendall(b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n")
            for _ in range(20):
                time.sleep(0.2)
                client.sendall(b"x")
            assert client.recv(_PART).startswith(b"HTTP/1.1 200")
        assert upstream.requests[0].body == b"x" * 20


def test_a_websocket_may_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SILENT_S", 0.3)
    with talking() as (gateway, _), dialled(gateway) as client:
        time.sleep(1)
        client.send("still here")
        assert client.recv(PATIENCE_S) == "still here"
