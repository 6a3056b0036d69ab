"""The load that does not wait: what it counts, and which answers it takes."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.bench.arrivals import Arrivals, Load, WrongAnswer, arrivals, quantile
from tests.bench.gateway import request

PAGE = b"<html>" + 5_000 * b"a" + b"</html>"
WHOLE = b"HTTP/1.1 200 OK\r\nServer: here\r\nContent-Length: %d\r\n\r\n%b" % (len(PAGE), PAGE)
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nServer: here\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
    % (len(PAGE), PAGE)
)


@contextlib.contextmanager
def served(answer: Callable[[int], bytes]) -> Iterator[int]:
    """A server that takes one connection at a time; `answer` gets the request's number."""

    def serve() -> None:
        number = 0
        with contextlib.suppress(OSError):
            while True:
                connected, _ = listening.accept()
                with connected:
                    while connected.recv(65536):
                        connected.sendall(answer(number))
                        number += 1

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


def of(port: int, least_bytes: int = 0) -> Arrivals:
    return arrivals(
        Load(
            port, request("/story"), 200.0, 0.1,
            connections=1, verdict=b"Server: here", least_bytes=least_bytes,
        )
    )  # fmt: skip


@pytest.mark.parametrize("answer", [WHOLE, CHUNKED])
def test_every_request_is_answered_whole(answer: bytes) -> None:
    with served(lambda _: answer) as port:
        found = of(port, least_bytes=len(PAGE))
    assert len(found.took_s) == len(found.late_s) > 1
    assert min(found.took_s) > 0


def test_waiting_for_a_slow_answer_counts_for_those_behind_it() -> None:
    waited = threading.Event()

    def slow_once(number: int) -> bytes:
        if number == 1:  # 0 is the one that the connection was opened for
            waited.wait(0.3)
        return WHOLE

    with served(slow_once) as port:
        found = of(port)
    assert found.took_s[0] >= 0.3
    assert found.took_s[1] >= 0.2  # due within the tenth of a second that the load lasts
    assert max(found.late_s[1:]) < found.took_s[1]  # it is not the load that was late


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 502 Bad Gateway\r\nServer: here\r\nContent-Length: 0\r\n\r\n", "502"),
        (WHOLE.replace(b"here", b"there"), "there"),
        (WHOLE.replace(PAGE, b"<html>").replace(b"%d" % len(PAGE), b"6"), "6 bytes"),
        (b"HTTP/1.1 200 OK\r\nServer: here\r\n\r\n", "no length"),
    ],
)
def test_an_answer_that_is_not_the_one_is_told(answer: bytes, said: str) -> None:
    with (
        served(lambda number: answer if number else WHOLE) as port,
        pytest.raises(WrongAnswer, match=said),
    ):
        of(port, least_bytes=len(PAGE))


def test_the_quantile_is_the_value_that_so_many_are_below() -> None:
    values = [float(number) for number in range(1000, 0, -1)]
    assert quantile(values, 0.99) == 991
    assert quantile(values, 0.5) == 501
    assert quantile([3.0], 0.99) == 3.0
