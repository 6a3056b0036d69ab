"""What becomes of connections on which nothing is under way when the gateway stops."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest

from adweave.http import server

from .wire import HTML, PATIENCE_S, RawUpstream, always, article, response, running_gateway


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), PATIENCE_S).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("asks", [True, False])
def test_an_idle_connection_is_answered_once_more_or_closed_after_a_while(
    monkeypatch: pytest.MonkeyPatch, asks: bool
) -> None:
    monkeypatch.setattr(server, "LINGER_S", PATIENCE_S if asks else 0.05)
    upstream = RawUpstream(always(response(article(), HTML)))
    with contextlib.ExitStack() as stack:
        gateway = stack.enter_context(running_gateway(upstream.port))
        with gateway.client() as client:
            assert client.get().is_whole
            stopping = threading.Thread(target=stack.pop_all().close)
            stopping.start()
            ends = time.monotonic() + PATIENCE_S
            while not refuses(gateway.port):
                assert time.monotonic() < ends, "it goes on"
                time.sleep(0.01)
            if asks:
                answer = client.get()
                assert answer.is_whole
                assert answer.value(b"connection") == b"close"
            assert client.socket.recv(1) == b""
        stopping.join(PATIENCE_S)
        assert not stopping.is_alive()
    upstream.close()
