"""Time to the first byte of a page that comes slowly: the gateway beside a bare nginx.

An upstream of ours sends the head and half of the page at once and the rest after a pause. What
counts is when the reader has the first byte, and the first slot; in turns, on the same upstream.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.quality.corpus import ROOT

from .gateway import Getter, free_ports, gateway_before, nginx_with, woven_page
from .upstreams import Upstream

PAUSE_S = 0.03
_BARE = """
  server {{ listen 127.0.0.1:{bare}; location / {{ proxy_pass http://127.0.0.1:{upstream};
    proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
    proxy_buffering off; }} }}
"""


class SlowUpstream(Upstream):
    """Sends a page in two halves. Its tag is strong, but for targets that begin with /weak."""

    def __init__(self, page: bytes) -> None:
        self._page = page
        super().__init__()

    def serve(self, connected: socket.socket) -> None:
        """One request after the other."""
        half = len(self._page) // 2
        asked = b""
        while block := connected.recv(65536):
            asked += block
            if b"\r\n\r\n" not in asked:
                continue
            tag = b'W/"v1"' if asked.startswith(b"GET /weak") else b'"v1"'
            head = (
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
                b"ETag: %b\r\nContent-Length: %d\r\n\r\n" % (tag, len(self._page))
            )
            asked = b""
            connected.sendall(head + self._page[:half])
            time.sleep(PAUSE_S)
            connected.sendall(self._page[half:])


def report(requests: int) -> str:
    """The table, in Markdown."""
    page = woven_page()
    folder = Path(tempfile.mkdtemp(prefix="adweave-bench-"))
    folder.chmod(0o755)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        upstream = SlowUpstream(page)
        stack.callback(upstream.close)
        (bare,) = free_ports(1)
        servers = _BARE.format(bare=bare, upstream=upstream.port)
        stack.enter_context(nginx_with(folder, "bare", servers, bare))
        shutil.copytree(ROOT / "placements", folder / "placements")
        port, _ = stack.enter_context(gateway_before(folder, upstream.port))
        ways = {
            "nginx, `proxy_buffering off`": (bare, "/story"),
            "gateway, plan hit by its tag": (port, "/story"),
            "gateway, no strong tag: held back": (port, "/weak"),
        }
        getters = {name: stack.enter_context(_getter(*way)) for name, way in ways.items()}
        for getter in getters.values():
            for _ in range(3):
                getter.get()
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(requests):
            for name, getter in getters.items():
                taken[name].append(getter.first_byte_s())
    medians = {name: statistics.median(each) * 1000 for name, each in taken.items()}
    base = medians[next(iter(ways))]
    lines = [
        f"## First byte of a page whose second half comes {PAUSE_S * 1000:.0f} ms later\n",
        "| way | ms, median | over nginx | at most |",
        "| --- | --- | --- | --- |",
    ]
    for name, wanted in zip(ways, ("", "1 ms", ""), strict=True):
        lines.append(f"| {name} | {medians[name]:.2f} | {medians[name] - base:+.2f} | {wanted} |")
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def _getter(port: int, target: str) -> Iterator[Getter]:
    getter = Getter(port, target, "Accept-Encoding: identity")
    try:
        yield getter
    finally:
        getter.close()
