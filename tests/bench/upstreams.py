"""What upstreams of the benchmarks have in common: a thread for each connection."""

from __future__ import annotations

import contextlib
import socket
import threading


class Upstream:
    """Listens on a free port of this machine from the start. What it answers is `serve`'s."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no more."""
        self._listening.close()

    def serve(self, connected: socket.socket) -> None:
        """Answer all requests of one connection."""
        raise NotImplementedError

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connected, _ = self._listening.accept()
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._served, args=(connected,), daemon=True).start()

    def _served(self, connected: socket.socket) -> None:
        with contextlib.suppress(OSError), connected:
            self.serve(connected)
