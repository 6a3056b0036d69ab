"""The private listener: health and counters. Never on the site's own address.

Knows what to show and nothing of how it came about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .upstream import Upstream
from .weave import Weaver

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class Admin:
    """ASGI app: `/healthz` (200, or 503 without a configuration) and `/metrics`."""

    def __init__(self, weaver: Weaver, upstream: Upstream) -> None:
        self._weaver = weaver
        self._upstream = upstream

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
            await _say(send, 405, "Only GET is answered here.\n")
        elif path == "/healthz":
            engine = self._weaver.engine
            code, text = (200, "ok") if engine else (503, "no valid placements")
            generation = engine.site.generation if engine else "-"
            await _say(send, code, f"{text} generation={generation}\n")
        elif path == "/metrics":
            busy, idle = self._upstream.counts
            gauges = {
                **self._weaver.gauges,
                "adweave_upstream_connections_busy": busy,
                "adweave_upstream_connections_idle": idle,
            }
            await _say(send, 200, self._weaver.counts.as_text(gauges))
        else:
            await _say(send, 404, "Here are /healthz and /metrics.\n")


async def _say(send: Send, code: int, text: str) -> None:
    body = text.encode("utf-8")
    fields = [
        (b"content-type", b"text/plain; version=0.0.4; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": code, "headers": fields})
    await send({"type": "http.response.body", "body": body})
