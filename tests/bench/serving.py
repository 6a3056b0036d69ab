"""A woven request against the bare app: in one process over ASGI, and over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.quality.corpus import ROOT
from tests.quality.weavers import App, Desk, Message, get, http_scope, shipped_folder

from .pages import Sample

_START_LIMIT_S = 20
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def desk_with(sample: Sample) -> Desk:
    """The bare app: it answers everything with the page."""
    desk = Desk()
    desk.body = sample.body
    desk.content_type = sample.content_type
    return desk


def woven_app(app: App) -> App:
    """The app with `AdweaveMiddleware` around it, on a copy of the shipped folder."""
    from adweave import AdweaveMiddleware

    return AdweaveMiddleware(app, placements=str(shipped_folder()))


class Caller:
    """Calls an app over and over with as little of its own as can be."""

    def __init__(self, app: App, loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._loop = loop
        self.size = 0

    def first(self) -> tuple[bytes, str]:
        """One request as a client sees it: the body, and what adweave says of it."""
        answer = self._loop.run_until_complete(get(self._app, "/story"))
        return answer.body, answer.fields.get("adweave-status", "")

    def many(self, count: int) -> None:
        """`count` requests, one after the other."""
        self._loop.run_until_complete(self._many(count))

    async def _many(self, count: int) -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            self.size += len(message.get("body", b""))

        for _ in range(count):
            await self._app(http_scope("/story"), receive, send)


@contextlib.contextmanager
def served(kind: str) -> Iterator[tuple[int, int]]:
    """A uvicorn process that serves the usual page, bare or woven; its port and process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", f"tests.bench.app:{kind}", "--port", str(port)]
    command += ["--log-level", "warning", "--no-access-log", "--loop", "uvloop"]
    server = subprocess.Popen([*command, "--http", "httptools"], cwd=ROOT)
    try:
        _wait_for(port, server)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(10)


@contextlib.contextmanager
def apart(pids: Sequence[int]) -> Iterator[None]:
    """These servers on one processor, and whoever asks them on another.

    Where the two take turns on one, waking up costs half as much: which of two servers is so
    lucky must not be left to chance. On a machine with one processor nothing is changed.
    """
    allowed = os.sched_getaffinity(0)
    theirs, *ours = sorted(allowed)
    if ours:
        for pid in pids:
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), {theirs})
        os.sched_setaffinity(0, ours)
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


class Connection:
    """One keep-alive connection; answers have a Content-Length or are chunked."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def get(self) -> int:
        """One request; the length of the body."""
        self._socket.sendall(b"GET /story HTTP/1.1\r\nHost: news.example\r\n\r\n")
        length: int | None = None
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if length is not None:
            return len(self._file.read(length))
        total = 0
        while size := int(self._file.readline(), 16):
            total += len(self._file.read(size))
            self._file.readline()
        self._file.readline()
        return total

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process has used. Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"the server ended with code {server.returncode}")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise SystemExit("the server did not start")
