"""The private listener: health and counters. Never on the site's own address.

Knows what to show and nothing of how it came about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .counts import Snapshot, as_text
from .fields import Field

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class Admin:
    """ASGI app: `/healthz`, `/readyz` and `/metrics`.

    Healthy is what has a configuration; ready is what can also reach its upstream. Else 503.

    `snapshot` gives what is so now.
    """

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})  # answered with 403
            return
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        if method not in ("GET", "HEAD"):
            await _say(send, 405, "Only GET is answered here.\n", (b"allow", b"GET, HEAD"))
        elif path == "/healthz":
            found = self._snapshot()
            code, text = (200, "ok") if found.generation else (503, "no valid placements")
            off = f" off={found.off!r}" if found.off else ""
            await _say(send, code, f"{text} generation={found.generation or '-'}{off}\n")
        elif path == "/readyz":
            code, text = _readiness(self._snapshot())
            await _say(send, code, f"{text}\n")
        elif path == "/metrics":
            found = self._snapshot()
            await _say(send, 200, as_text(found.counters, found.gauges))
        else:
            await _say(send, 404, "Here are /healthz, /readyz and /metrics.\n")


def _readiness(found: Snapshot) -> tuple[int, str]:
    workers = found.gauges.get("adweave_workers", 1)
    if not workers:
        return 503, "no worker is ready"
    if not found.generation:
        return 503, "no valid placements"
    if found.gauges.get("adweave_upstream_circuit_open", 0) >= workers:
        return 503, "the upstream can't be reached"
    return 200, "ready"


async def _say(send: Send, code: int, text: str, *more: Field) -> None:
    body = text.encode("utf-8")
    fields = [
        (b"content-type", b"text/plain; version=0.0.4; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *more,
    ]
    await send({"type": "http.response.start", "status": code, "headers": fields})
    await send({"type": "http.response.body", "body": body})
