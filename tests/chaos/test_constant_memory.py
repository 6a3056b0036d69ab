"""Large streams take no more memory than small ones, both ways, however slow a side is."""

from __future__ import annotations

import threading
from pathlib import Path

from tests.unit.http.wire import Client, RawUpstream, Wire

from .test_processes import serving

STREAM_BYTES = 200_000_000
BLOCK = bytes(1_000_000)
# Buffers of both sides' sockets, and what the interpreter keeps; far below the stream.
ROOM_BYTES = 40_000_000


def rss_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


def test_a_large_download_to_a_slow_reader_takes_no_memory(tmp_path: Path) -> None:
    def script(wire: Wire) -> None:
        while wire.request() is not None:
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % STREAM_BYTES)
            for _ in range(STREAM_BYTES // len(BLOCK)):
                wire.send(BLOCK)

    upstream = RawUpstream(script)
    with serving(upstream, tmp_path) as (process, port, _), Client(port) as client:
        before = rss_bytes(process.pid)
        client.socket.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.socket.recv(1000)
        most, got = 0, 0
        while got < 100_000:  # sip by sip, while the upstream pushes
            got += len(client.socket.recv(100))
            most = max(most, rss_bytes(process.pid))
        while got < STREAM_BYTES - 1000:
            got += len(client.socket.recv(1 << 20))
            if got % 64 == 0:  # now and then
                most = max(most, rss_bytes(process.pid))
        assert max(most, rss_bytes(process.pid)) - before < ROOM_BYTES
    upstream.close()


def test_a_large_upload_to_a_slow_upstream_takes_no_memory(tmp_path: Path) -> None:
    go_on = threading.Event()

    def script(wire: Wire) -> None:
        got = wire.socket.recv(65536).partition(b"\r\n\r\n")[2]
        length = len(got)
        assert go_on.wait(20)
        while length < STREAM_BYTES:
            length += len(wire.socket.recv(1 << 20))
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")

    upstream = RawUpstream(script)
    with serving(upstream, tmp_path) as (process, port, _), Client(port) as client:
        before = rss_bytes(process.pid)
        client.socket.sendall(
            b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % STREAM_BYTES
        )

        begun = threading.Event()

        def send() -> None:
            for _ in range(STREAM_BYTES // len(BLOCK)):
                client.socket.sendall(BLOCK)
                begun.set()

        sender = threading.Thread(target=send)
        sender.start()
        assert begun.wait(20)
        held_up = rss_bytes(process.pid)
        go_on.set()
        sender.join(60)
        assert client.answer("POST").body == b"done"
        assert max(held_up, rss_bytes(process.pid)) - before < ROOM_BYTES
    upstream.close()


def test_hundreds_of_event_streams_stay_open_in_little_memory(tmp_path: Path) -> None:
    go_on = threading.Event()

    def script(wire: Wire) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        assert go_on.wait(60)
        wire.send(b"data: 2\n\n")

    upstream = RawUpstream(script)
    with serving(upstream, tmp_path) as (process, port, _):
        before = rss_bytes(process.pid)
        clients = [Client(port) for _ in range(200)]
        for client in clients:
            client.socket.sendall(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
        for client in clients:
            got = b""
            while b"data: 1" not in got:
                got += client.socket.recv(4096)
        assert rss_bytes(process.pid) - before < ROOM_BYTES
        go_on.set()
        for client in clients:
            got = b""
            while b"data: 2" not in got:
                got += client.socket.recv(4096)
            client.socket.close()
    upstream.close()
