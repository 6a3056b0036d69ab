"""The server in front of the gateway: uvicorn's, with the bolts that a proxy needs.

- The request target is handed on as it came (`scope["adweave.target"]`): `/a?` stays `/a?`.
- Trailer fields of a request never become header fields.
- A request's head is bounded.
- A client that speaks HTTP/1.0 gets no chunked answer: its end is the end of the connection.
- An answer that had to be cut off is one line in the log, not a traceback.

Knows nothing of upstreams and pages.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http import httptools_impl

if TYPE_CHECKING:
    from starlette.types import ASGIApp

MAX_HEAD_BYTES = 65_536
TARGET = "adweave.target"
GRACE_S = 30  # in-flight answers get so long after SIGTERM


class AnswerCut(Exception):
    """Raised out of an app to have the server break the connection: the answer is not whole."""


class GatewayProtocol(httptools_impl.HttpToolsProtocol):
    """uvicorn's HTTP/1.1 connection, stricter."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._head_bytes = 0
        self._has_head = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field came; those after the head are trailer fields, which nobody asked for."""
        if self._has_head:
            return
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MAX_HEAD_BYTES:
            raise ValueError("the request's head is over the limit")
        super().on_header(name, value)

    def on_url(self, url: bytes) -> None:
        """A part of the request target came."""
        super().on_url(url)
        if len(self.url) > MAX_HEAD_BYTES:
            raise ValueError("the request's target is over the limit")

    def on_headers_complete(self) -> None:
        """The head is complete; the app is started by this."""
        self._has_head = True
        target = self.url
        self.scope[TARGET] = target  # type: ignore[literal-required]
        super().on_headers_complete()
        if self.scope["http_version"] == "1.0":
            self.cycle.__class__ = _CloseDelimited


class _CloseDelimited(httptools_impl.RequestResponseCycle):
    """An answer to HTTP/1.0: without a known length it ends with the connection."""

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start" and not any(
            name.lower() == b"content-length" for name, _ in message.get("headers", [])
        ):
            self._unframed = True
            self.chunked_encoding = False
        if getattr(self, "_unframed", False) and message["type"] == "http.response.body":
            self.expected_content_length = len(message.get("body", b""))
            if message.get("more_body", False):
                # Written as the last piece would be, without ending the answer.
                if self.flow.write_paused and not self.disconnected:
                    await self.flow.drain()
                if not self.disconnected and self.scope["method"] != "HEAD":
                    self.transport.write(message.get("body", b""))
                return
        await super().send(message)


class _CutIsOneLine(logging.Filter):
    """Turns the traceback of an answer that was cut on purpose into one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, AnswerCut):
            record.msg, record.args = f"answer cut off: {error}", ()
            record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
        return True


def bound_socket(host: str, port: int) -> socket.socket:
    """A listening socket. OSError when the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.getaddrinfo(host, port, 0 if ":" not in host else family, socket.SOCK_STREAM)
    family, kind, protocol, _, address = found[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(2048)
        bound.setblocking(False)
    except BaseException:
        bound.close()
        raise
    return bound


class Server(uvicorn.Server):
    """uvicorn's server, one of several in a loop: signals and the ready line are the caller's."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals to whoever runs the loop."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, then say so."""
        await super().startup(sockets)
        if self._on_ready is not None and self.started:
            self._on_ready()


def server_for(
    app: ASGIApp, *, lifespan: bool = True, on_ready: Callable[[], None] | None = None
) -> Server:
    """A server for `app`: HTTP/1.1, no access log, Date and Server left to the app."""
    config = uvicorn.Config(
        app,
        http=GatewayProtocol,
        ws="none",
        lifespan="on" if lifespan else "off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_S,
    )
    log = logging.getLogger("uvicorn.error")
    if not any(isinstance(known, _CutIsOneLine) for known in log.filters):
        log.addFilter(_CutIsOneLine())
    return Server(config, on_ready)
