"""The server in front of the gateway: uvicorn's, with the bolts that a proxy needs.

- The request target is handed on as it came (`scope["adweave.target"]`): `/a?` stays `/a?`.
- Trailer fields of a request never become header fields.
- A request's head is bounded. A client that sends nothing more of its request's content, or takes
  nothing of its answer, is let go.
- Answers are sent by `cycle`.
- An answer that had to be cut off is one line in the log, not a traceback.
- Only what asks for it by RFC 6455 becomes a WebSocket, and a WebSocket always ends: a client
  that neither reads nor answers is let go.

Knows nothing of upstreams and pages.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, cast

import httptools
import uvicorn
from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from .cycle import INTERIM, TRAILERS, Answering, Interim

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Scope
    from uvicorn._types import ASGI3Application
    from websockets.http11 import Request

MAX_HEAD_BYTES = 65_536
TARGET = "adweave.target"
IDLE_S = 75  # how long a connection is kept without a request, and one's head may take
SILENT_S = 60.0  # so long nothing comes of a request's content, or goes out of an answer
LINGER_S = 1.0  # how long an idle connection is kept when the server stops
GRACE_S = 30  # in-flight answers get so long after SIGTERM

MAX_MESSAGE_BYTES = 16 * 1024 * 1024  # of a WebSocket, what most servers allow at most
PING_EVERY_S = 20.0  # shorter than the shortest idle limit of usual balancers (30 s)
PONG_WITHIN_S = 60.0  # as long as the upstream may be silent
FAREWELL_S = 10.0  # for a client to take what is left and to close its side

_REQUEST_LINE = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}) ([^\x00-\x20\x7f]+) HTTP/1\.[01]\r?\n"
)
_EIGHT_BIT = re.compile(rb"[\x80-\xff]")
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class AnswerCut(Exception):
    """Raised out of an app to have the server break the connection: the answer is not whole."""


class GatewayProtocol(httptools_impl.HttpToolsProtocol):
    """uvicorn's HTTP/1.1 connection, stricter."""

    _in_message = False
    _begun = 0
    _has_head = False
    _method: str | None = None  # of the request, where the parser knows no such method
    _ignores_upgrade = False  # of the request whose head was just read; it is read once more
    _idle_since = 0.0
    _is_last = False
    _answered: httptools_impl.RequestResponseCycle | None = None  # others wait behind it
    _heard_at = 0.0  # while a request's content comes
    _hearing: asyncio.TimerHandle | None = None
    _unsent_bytes = 0  # while an answer waits for its client
    _sending: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is here; perhaps just when the server stopped."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._idle_since = self.loop.time()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )
        if getattr(self.server_state, "is_ending", False):
            self.shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone: uvicorn tells the request that came last, not those before it."""
        super().connection_lost(exc)
        for timer in (self._hearing, self._sending):
            if timer is not None:
                timer.cancel()
        answered, self._answered = self._answered, None
        if answered is not None and not answered.response_complete:
            answered.disconnected = True
            answered.message_event.set()

    def _start_asgi_task(
        self, cycle: httptools_impl.RequestResponseCycle, app: ASGI3Application
    ) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def shutdown(self) -> None:
        """The server stops: the answer under way, or the next one, is this connection's last.

        A client may just be sending a request on an idle connection: closed at once, it would be
        lost. So it is kept a little longer, and what comes is answered.
        """
        self._is_last = True
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
        else:
            self.loop.call_later(LINGER_S, self._end_if_idle)

    def _end_if_idle(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()

    def on_response_complete(self) -> None:
        """An answer is out: the next request waits, or the connection is idle from now on.

        As uvicorn's, with one timer for each connection that looks how long it has been idle,
        not one for each request.
        """
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _unset_keepalive_if_required(self) -> None:
        """Bytes came, or the client is gone: the timer finds out when it looks."""
        if self.transport.is_closing() and self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that has been without a whole head for so long."""
        self.timeout_keep_alive_task = None
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if self.transport.is_closing() or is_answering or not self._idle_since:
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(
                left, self.timeout_keep_alive_handler
            )
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Bytes came; as uvicorn's, with a second look at what its parser has no word for."""
        self._unset_keepalive_if_required()
        rest: bytes | None = data
        while rest is not None:
            rest = self._read(rest)
        if self._in_message:
            self._heard_at = self.loop.time()
            if self._hearing is None:
                self._hearing = self.loop.call_later(SILENT_S, self._end_if_silent)

    def _read(self, data: bytes) -> bytes | None:
        """Parse what came; gives what is to be parsed in its place and after it, if anything."""
        is_start, begun = not self._in_message, self._begun
        try:
            try:
                self.parser.feed_data(data)
            except (
                httptools.HttpParserInvalidMethodError,
                httptools.HttpParserInvalidURLError,
            ):
                # One that follows another in the same read is refused: what was read is done.
                is_first = is_start and self._begun - begun <= 1 and not self._has_head
                spelt = _spelt(data) if is_first else None
                if spelt is None:
                    raise
                self._method, data = spelt
                self._renew_parser()
                self.parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.logger.debug("not well-formed: %s", error)
            self.send_400_response("Invalid HTTP request received.")
        except httptools.HttpParserUpgrade as upgrade:
            if self._ignores_upgrade:
                # The parser takes what follows for another protocol; it is the content, and the
                # next request.
                self._ignores_upgrade = False
                head = self._head_without_upgrade()
                self._renew_parser()
                return head + data[upgrade.args[0] :]
            if self._should_upgrade():
                self.handle_websocket_upgrade()
        return None

    def _renew_parser(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def _head_without_upgrade(self) -> bytes:
        """The head that was just read, as if its client had not asked for another protocol."""
        start = self.parser.get_method(), self.url, self.parser.get_http_version().encode("ascii")
        kept = [b"%b: %b\r\n" % each for each in self.headers if each[0] != b"upgrade"]
        return b"%b %b HTTP/%b\r\n%b\r\n" % (*start, b"".join(kept))

    def pause_writing(self) -> None:
        """More is to be sent than the client takes."""
        super().pause_writing()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        """The client has taken it."""
        super().resume_writing()
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def _wait_for_reader(self) -> None:
        self._unsent_bytes = self.transport.get_write_buffer_size()
        self._sending = self.loop.call_later(SILENT_S, self._end_if_unread)

    def _end_if_unread(self) -> None:
        if self.transport.get_write_buffer_size() < self._unsent_bytes:
            self._wait_for_reader()
        else:
            self.transport.abort()

    def _end_if_silent(self) -> None:
        """Let a client go that has begun to send content and does not go on."""
        self._hearing = None
        if not self._in_message or self.transport.get_protocol() is not self:
            return
        if self.flow.read_paused or (self.cycle and self.cycle.waiting_for_100_continue):
            self._heard_at = self.loop.time()  # it is the upstream that does not go on
        left = self._heard_at + SILENT_S - self.loop.time()
        if left <= 0:
            self.transport.abort()
        else:
            self._hearing = self.loop.call_later(left, self._end_if_silent)

    def on_message_complete(self) -> None:
        """A request is there whole."""
        self._in_message = False
        if not self._ignores_upgrade:
            super().on_message_complete()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_message = True
        self._idle_since = self.loop.time()  # its head may take as long as there may be none
        self._begun += 1
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
        self._idle_since = 0.0
        if self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT":
            self.scope["method"] = self.parser.get_method().decode("ascii")
            self.scope["http_version"] = self.parser.get_http_version()
            self._ignores_upgrade = not self._should_upgrade()
            if self._ignores_upgrade:
                return
        target = self.url
        self.scope[TARGET] = target  # type: ignore[literal-required]
        before = self.cycle
        super().on_headers_complete()
        if self._method is not None:
            self.scope["method"], self._method = self._method, None
        if self._is_last:
            self.cycle.keep_alive = False
        if self.cycle is not before:
            self.cycle.__class__ = Answering
            cycle = cast(Answering, self.cycle)
            if self.scope["http_version"] != "1.0":
                self.scope["extensions"] = {INTERIM: {"send": Interim(cycle)}, TRAILERS: {}}

    def _should_upgrade(self) -> bool:
        """Whether the request becomes a WebSocket; else its Upgrade is ignored (RFC 9110, 7.8)."""
        return (
            self.scope["http_version"] == "1.1"
            and self.scope["method"] == "GET"
            and super()._should_upgrade()
        )

    def _unsupported_upgrade_warning(self) -> None:
        """Ignoring what a client may ask for is nothing to tell anybody."""


class GatewayWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket connection, which keeps the target and always ends."""

    _unsent_bytes = 0

    def handle_connect(self, event: Request) -> None:
        """The handshake's request is here; the app is started by this."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.scope[TARGET] = event.path.encode("ascii")  # type: ignore[literal-required]

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self.conn.parser_exc is not None:
            return
        super().data_received(data)
        if not self.handshake_initiated and self.conn.handshake_exc is not None:
            # HTTP's parser let pass what this one does not: over 128 fields, or one over 8 KB.
            answer = b"".join(self.conn.data_to_send()) or _BAD_REQUEST
            self.transport.write(answer)
            self.transport.close()

    def handle_parser_exception(self) -> None:
        """The client broke the protocol, or a limit.

        Closed at once, the connection would be reset by what is still being sent, and the
        client would not see why: that is read and dropped until it has closed its side.
        """
        left = self.conn.close_sent
        code, reason = (left.code, left.reason) if left is not None else (1002, "")
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.resume_reading()
        self.transport.write_eof()
        self.close_timer = self.loop.call_later(FAREWELL_S, self.transport.abort)

    async def send(self, message: Any) -> None:
        """The app has something to say. OSError if the client is gone."""
        if self.close_sent:
            raise ClientDisconnected
        await super().send(message)
        if self.close_sent:
            self.handshake_complete = True  # a refusal is an answer: else it is logged as none
            self._end_soon()

    def send_keepalive_ping(self) -> None:
        """It is time for a ping."""
        super().send_keepalive_ping()
        self._unsent_bytes = self.transport.get_write_buffer_size()

    def keepalive_timeout(self) -> None:
        """No pong came: the client is gone, unless it is still taking what was before the ping."""
        unsent = self.transport.get_write_buffer_size()
        if 0 < unsent < self._unsent_bytes:
            self._unsent_bytes = unsent
            self.pong_timer = self.loop.call_later(PONG_WITHIN_S, self.keepalive_timeout)
            return
        super().keepalive_timeout()
        self._end_soon()

    def shutdown(self) -> None:
        """The server stops."""
        super().shutdown()
        self._end_soon()

    def _end_soon(self) -> None:
        self.loop.call_later(FAREWELL_S, self.transport.abort)


def _spelt(data: bytes) -> tuple[str | None, bytes] | None:
    """A request's start in words that the parser knows, and its method if that had to change.

    Methods that are not in its list pass (RFC 9110, 9.1), and bytes over 127 in a target are
    percent-encoded, as browsers would have done; None for what is no request line at all.
    """
    found = _REQUEST_LINE.match(data)
    if found is None:
        return None
    method, target = found[1], found[2]
    spelt = _EIGHT_BIT.sub(lambda byte: b"%%%02X" % byte[0][0], target)
    rest = data[found.end(2) :]
    try:
        httptools.HttpRequestParser(object()).feed_data(method + b" ")
    except httptools.HttpParserInvalidMethodError:
        return method.decode("ascii"), b"PATCH " + spelt + rest
    return None, method + b" " + spelt + rest


class _CutIsOneLine(logging.Filter):
    """Turns the traceback of an answer that was cut on purpose into one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, AnswerCut):
            record.msg, record.args = f"answer cut off: {error}", ()
            record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
        return True


def target_of(scope: Scope) -> bytes:
    """The request target's path and query, as it came."""
    target: bytes | None = scope.get(TARGET)
    if target is None or not target.startswith(b"/"):
        target = scope.get("raw_path") or scope["path"].encode("utf-8")
        if scope["query_string"]:
            target += b"?" + scope["query_string"]
    return target.partition(b"#")[0]


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

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop to accept, and wait for the answers under way."""
        self.server_state.is_ending = True  # type: ignore[attr-defined]
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, then say so."""
        await super().startup(sockets)
        if self._on_ready is not None and self.started:
            self._on_ready()


def server_for(
    app: ASGIApp, *, lifespan: bool = True, on_ready: Callable[[], None] | None = None
) -> Server:
    """A server for `app`: HTTP/1.1 and WebSocket, no access log, Date and Server are the app's."""
    config = uvicorn.Config(
        app,
        http=GatewayProtocol,
        ws=GatewayWebSocket,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=PING_EVERY_S,
        ws_ping_timeout=PONG_WITHIN_S,
        ws_per_message_deflate=False,
        lifespan="on" if lifespan else "off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    log = logging.getLogger("uvicorn.error")
    if not any(isinstance(known, _CutIsOneLine) for known in log.filters):
        log.addFilter(_CutIsOneLine())
    return Server(config, on_ready)
