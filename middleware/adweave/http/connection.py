# ruff: noqa: D102 (callbacks are documented by asyncio.Protocol and httptools)
"""One connection to the upstream: parser callbacks in, one response at a time out.

Theory of operation. `httptools` (llhttp, strict) calls `on_header`, `on_body` and so on
while bytes arrive; these only note what they saw. A reader waits in `head`, `more` or
`whole` and is woken once per block of bytes, not once per field or chunk. Reading is paused
while more than `UpstreamLimits.buffer_bytes` lie unread. Every wait has a deadline, which the
pool checks a few times a second: no timer per request.

The upstream is not trusted to speak HTTP: what could be read in two ways (both
Transfer-Encoding and Content-Length, bytes after the end of a message, a coding that we
did not ask for) is refused. Knows nothing of pages, placements, ASGI or the client.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import httptools

Field: TypeAlias = tuple[bytes, bytes]

# reason -> (status for the client, sentence). The log, the metrics and the documentation
# use these names.
FAULTS: Final[dict[str, tuple[int, str]]] = {
    "unreachable": (502, "No connection to the upstream could be made."),
    "connect-timeout": (504, "Connecting to the upstream took longer than the limit."),
    "circuit-open": (
        503,
        "The upstream could not be reached several times in a row.",
    ),
    "closed": (502, "The upstream closed the connection before it had answered."),
    "bad-response": (502, "The upstream's answer is not well-formed HTTP."),
    "head-too-large": (502, "The header section of the upstream's answer is over the limit."),
    "no-answer": (504, "The upstream did not begin to answer within the limit."),
    "stalled": (504, "The upstream stopped in the middle for longer than the limit."),
    "cut": (502, "The upstream closed the connection in the middle of its answer."),
}

READ_BYTES: Final = 262_144  # of a socket at once; more than a usual page
_FOREVER: Final = float("inf")
_SOON_S: Final = 1.0  # longer than between two looks of the pool at its connections
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
# More interim answers than any real server sends before the final one.
_MAX_INTERIM: Final = 32


# Of a connection that is gone: its own parser holds it, which would be a cycle for each.
_NO_PARSER: Final = httptools.HttpResponseParser(object())


class UpstreamFault(Exception):
    """The upstream gave no usable answer.

    `reason` is a key of `FAULTS`; `retriable` tells that not one byte of an answer had come
    on a connection that had been used before, so that the request may never have been seen.
    """

    def __init__(self, reason: str, detail: str = "", *, retriable: bool = False) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.retriable = retriable

    @property
    def status(self) -> int:
        """Status for the client: 502, 503 or 504."""
        return FAULTS[self.reason][0]


@dataclass(frozen=True, slots=True)
class UpstreamLimits:
    """Bounds on one upstream. Seconds and bytes.

    60 s to the first byte and between bytes is what nginx (`proxy_read_timeout`) allows.
    """

    connect_s: float = 5.0
    first_byte_s: float = 60.0
    idle_s: float = 60.0
    keep_s: float = 30.0  # how long a connection without a request is kept
    keep_count: int = 256  # how many of those
    head_bytes: int = 65_536
    field_count: int = 256
    buffer_bytes: int = 262_144


class _Refused(Exception):
    """Raised in a parser callback to stop the parser; carries the reason."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Connection(asyncio.BufferedProtocol):
    """A connection that carries one exchange at a time.

    `begin`, then optionally `write` for the request's body, then `head`, then `more` until
    it gives `b""`, or `whole`; at last `release` in every case.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        limits: UpstreamLimits,
        on_free: Callable[[Connection, bool], None],
        room: memoryview | None = None,
    ) -> None:
        """`room` takes what is read; connections of one loop may share it."""
        self._room = memoryview(bytearray(READ_BYTES)) if room is None else room
        self._loop = loop
        self._limits = limits
        self._on_free = on_free
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser = httptools.HttpResponseParser(self)
        self._drain: asyncio.Future[None] | None = None
        self.sender: asyncio.Task[None] | None = None
        self.deadline = _FOREVER
        self.idle_since = 0.0
        self.began = 0.0
        self.used = False  # an exchange has ended well on this connection
        self.busy = False
        self.is_extra = False  # made for a request that may use no other
        self.on_slow: Callable[[Connection], None] | None = None
        self.on_interim: Callable[[int, list[Field]], None] | None = None
        self._reset(to_head=False)

    def _reset(self, *, to_head: bool) -> None:
        self.status = 0
        self.fields: list[Field] = []
        self.trailers: list[Field] = []
        self.go_ahead: asyncio.Future[None] | None = None  # a sender waits for a 100 (Continue)
        self._head_so_far = b""
        self._is_lenient = False
        self._to_head = to_head
        self._waiter: asyncio.Future[None] | None = None
        self._wants_all = False
        self._high_water = self._limits.buffer_bytes
        self._chunks: list[bytes] = []
        self._buffered = 0
        self._silent_bytes = 0  # since the last byte of content
        self._body_bytes = 0
        self._got_byte = False
        self._interim = 0
        self._in_interim = False
        self._has_head = False
        self._is_done = False
        self._ends_at_close = False
        self._keeps = False
        self._fresh_parser = False  # the parser stands inside a message that has no body
        self._is_paused = False
        self._hold_until = _FOREVER
        self._hold_timer: asyncio.TimerHandle | None = None
        self._fault: Exception | None = None

    # -- the request ---------------------------------------------------------------------

    def begin(self, head: bytes, *, to_head: bool) -> None:
        """Send a request's head. `to_head`: its method is HEAD, the answer has no content."""
        if self._fresh_parser:
            self._parser = httptools.HttpResponseParser(self)
        self._reset(to_head=to_head)
        self.busy = True
        self.began = self._loop.time()
        self._connected.write(head)

    async def write(self, block: bytes) -> None:
        """Send a part of the request's content; waits while the upstream does not read."""
        if self._fault is not None:
            raise self._fault
        self._connected.write(block)
        if self._drain is not None:
            self.deadline = self._loop.time() + self._limits.idle_s
            await self._drain
            self.deadline = _FOREVER

    def sent(self) -> None:
        """The request's content is sent whole: the limit to the first byte begins."""
        if self._waiter is not None and not self._has_head:
            self.deadline = self._loop.time() + self._limits.first_byte_s

    # -- the answer ----------------------------------------------------------------------

    async def head(self) -> None:
        """Wait until `status` and `fields` (names in lower case) are there.

        Raises `UpstreamFault`.
        """
        while not self._has_head:
            if self._fault is not None:
                raise self._fault
            await self._wait(_FOREVER if self.sender is not None else self._limits.first_byte_s)

    async def more(self) -> bytes:
        """The next bytes of content, `b""` at the end. Raises `UpstreamFault`."""
        while not self._chunks:
            if self._is_done:
                return b""
            if self._fault is not None:
                raise self._fault
            await self._wait(self._limits.idle_s)
        return self._take()

    async def whole(self, limit_bytes: int, hold_s: float) -> str | None:
        """Wait for all content, to be taken by `more` in one piece.

        None when it is all there, else why not: "too-large", "slow" (more than `hold_s`
        seconds went by) or "cut". What came so far, the rest and the fault come by `more`.
        """
        self._high_water = max(limit_bytes, self._limits.buffer_bytes)
        if self._buffered <= self._high_water:
            self._resume()  # it may have been paused before anybody said that all is wanted
        if self._is_done and self._buffered <= limit_bytes:
            return None
        self._wants_all = True
        self._hold_until = self._loop.time() + hold_s
        if hold_s < _SOON_S:
            self._hold_timer = self._loop.call_later(hold_s, self._hold_no_longer)
        try:
            while not self._is_done and self._buffered <= limit_bytes:
                if self._fault is not None:
                    return "cut"
                if self._loop.time() >= self._hold_until:
                    return "slow"
                await self._wait(self._limits.idle_s)
        finally:
            if self._hold_timer is not None:
                self._hold_timer.cancel()
                self._hold_timer = None
            self._wants_all = False
            self._hold_until = _FOREVER
            self._high_water = self._limits.buffer_bytes
        return "too-large" if self._buffered > limit_bytes else None

    @property
    def is_done(self) -> bool:
        """The answer has come to its end and is whole."""
        return self._is_done

    @property
    def has_more(self) -> bool:
        """`more` will not wait: content, the end or a fault is there."""
        return bool(self._chunks) or self._is_done or self._fault is not None

    def release(self) -> None:
        """End the exchange: the connection is kept if all is read and sent, else closed."""
        if not self.busy:
            return
        self.busy = False
        self.deadline = _FOREVER
        self.on_slow = None
        self.on_interim = None
        unsent = self.sender is not None and not self.sender.done()
        if unsent and self.sender is not None:
            self.sender.cancel()
        self.sender = None
        keeps = (
            self._is_done
            and self._keeps
            and not unsent
            and self._fault is None
            and self._transport is not None
            and not self._transport.is_closing()
        )
        if keeps:
            self.used = True
            self._chunks = []
            self._resume()
            self.idle_since = self._loop.time()
        else:
            self.abort()
            self._parser = _NO_PARSER
        self._on_free(self, keeps)

    def abort(self) -> None:
        """Close at once, unsent bytes dropped."""
        if self._transport is not None:
            self._transport.abort()

    def fail(self, reason: str, detail: str = "") -> None:
        """End the exchange with an `UpstreamFault`; whoever waits gets it."""
        # What no answer can be made of may be left over from the exchange before.
        is_left_over = reason == "bad-response" and not self._has_head and not self._interim
        is_closed = reason == "closed" and not self._got_byte
        retriable = self.used and (is_closed or is_left_over)
        self.break_off(UpstreamFault(reason, detail, retriable=retriable))

    def break_off(self, fault: Exception) -> None:
        """End the exchange with any exception, for example that the client went away."""
        if self._fault is None and not self._is_done:
            self._fault = fault
        self._keeps = False
        self._wake()
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)
        self.abort()

    def expire(self, now: float) -> None:
        """Called by the pool now and then (`now`: loop time): enforces the deadline."""
        if now > self.deadline:
            self.fail("stalled" if self._has_head else "no-answer")
        elif self.on_slow is not None and now - self.began > 0.5:
            callback, self.on_slow = self.on_slow, None
            callback(self)
        # The pool looks a few times a second only, and most pages are whole long before.
        if self._hold_timer is None and self._hold_until - now < _SOON_S:
            left_s = max(0.0, self._hold_until - now)
            self._hold_timer = self._loop.call_later(left_s, self._hold_no_longer)

    # -- asyncio.Protocol ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        if not self.busy:  # nobody asked
            self.abort()
            self._on_free(self, False)
            return
        if self._fault is not None:
            return
        self._got_byte = True
        seen = self._body_bytes
        try:
            try:
                self._parser.feed_data(self._room[:nbytes])
            except httptools.HttpParserError as error:
                if not self._may_read_leniently(error):
                    raise
                self._parser.feed_data(self._head_so_far + self._room[:nbytes])
            if not self._has_head:
                self._head_so_far += self._room[:nbytes]
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            refusal = error.__context__
            if self._is_done:  # what follows a whole answer is not ours to read
                self._keeps = False
                self._wake()
            elif isinstance(refusal, _Refused):
                self.fail(refusal.reason, str(refusal))
            else:
                self.fail("bad-response", str(error))
            return
        if self._body_bytes != seen:
            self._silent_bytes = 0
        else:
            self._silent_bytes += nbytes
            if self._silent_bytes > self._limits.head_bytes and not self._is_done:
                self.fail("head-too-large")
                return
        if not self._has_head:  # the head as a whole has one deadline
            return
        if self._is_done or not self._wants_all or self._buffered > self._high_water:
            self._wake()
        else:
            self.deadline = self._loop.time() + self._limits.idle_s

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._ends_at_close and exc is None and self._fault is None:
            self._is_done = True
        elif not self._is_done:
            self.fail("cut" if self._has_head else "closed", str(exc or ""))
        self._keeps = False
        self._wake()
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)
        if not self.busy:
            self._parser = _NO_PARSER
            self._on_free(self, False)

    def pause_writing(self) -> None:
        self._drain = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)
        self._drain = None

    # -- httptools callbacks ---------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self._is_done:
            raise _Refused("bad-response", "bytes after the end of the answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._has_head:
            if len(self.trailers) < self._limits.field_count:
                self.trailers.append((name.lower(), value))
            return
        if len(self.fields) >= self._limits.field_count:
            raise _Refused("head-too-large", "too many fields")
        self.fields.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self._is_lenient and any(_CONTROL.search(value) for _, value in self.fields):
            raise _Refused("bad-response", "a control character in a field")
        if status < 200:
            self._interim += 1
            if status < 100 or status == 101 or self._interim > _MAX_INTERIM:
                raise _Refused("bad-response", f"status {status}")
            self._in_interim = True
            self._on_interim(status)
            return
        if status > 599:
            raise _Refused("bad-response", f"status {status}")
        self.status = status
        self._read_framing(self._parser.get_http_version())
        self._has_head = True
        if self._to_head or status in (204, 304):
            self._fresh_parser = True
            self._ends_at_close = False
            self._is_done = True

    def on_body(self, body: bytes) -> None:
        if self._in_interim or self._is_done:
            raise _Refused("bad-response", "content where there can be none")
        self._chunks.append(body)
        size = len(body)
        self._body_bytes += size
        self._buffered += size
        if self._buffered > self._high_water and not self._is_paused:
            self._is_paused = True
            self._connected.pause_reading()

    def on_message_complete(self) -> None:
        if self._in_interim:
            self._in_interim = False
            self.fields = []
            self._head_so_far = b""
            return
        self._is_done = True

    # -- inside ----------------------------------------------------------------------------

    def _on_interim(self, status: int) -> None:
        if status == 100:
            if self.go_ahead is not None and not self.go_ahead.done():
                self.go_ahead.set_result(None)
        elif self.on_interim is not None:
            self.on_interim(status, self.fields)

    def _may_read_leniently(self, error: httptools.HttpParserError) -> bool:
        """Whether a head that the strict parser refused is read once more, by a lenient one.

        Lines that end in LF alone and fields that go over several lines come from old programs,
        and all readers of answers take them the same way (RFC 9112, 2.2 and 5.2).
        """
        if self._has_head or self._is_lenient or isinstance(error.__context__, _Refused):
            return False
        self._is_lenient = self._fresh_parser = True
        self.fields = []
        self._parser = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_cr_before_lf=True
        )
        return True

    def _hold_no_longer(self) -> None:
        self._hold_until = 0.0
        self._wake()

    @property
    def _connected(self) -> asyncio.Transport:
        if self._transport is None:
            raise UpstreamFault("closed", retriable=self.used)
        return self._transport

    def _read_framing(self, version: str) -> None:
        """How the message ends and whether the connection lives on (RFC 9112, 6 and 9.3)."""
        codings: list[bytes] = []
        tokens: list[bytes] = []
        has_length = False
        size = 0
        for name, value in self.fields:
            size += len(name) + len(value) + 4
            if name == b"content-length":
                has_length = True
            elif name == b"transfer-encoding":
                codings.append(value.strip().lower())
            elif name == b"connection":
                tokens += [token.strip().lower() for token in value.split(b",")]
        if size > self._limits.head_bytes:
            raise _Refused("head-too-large", f"{size} bytes")
        if codings and (codings != [b"chunked"] or has_length or version != "1.1"):
            raise _Refused("bad-response", "Transfer-Encoding that can't be trusted")
        self._ends_at_close = not codings and not has_length
        if version == "1.1":
            self._keeps = b"close" not in tokens
        else:
            self._keeps = version == "1.0" and b"keep-alive" in tokens
        if self._ends_at_close and not (self._to_head or self.status in (204, 304)):
            self._keeps = False
        if self._to_head:
            # Servers are many that send content, or at least the last chunk, after all (Trac). It
            # comes at any time, and would be read as the answer to the next request.
            self._keeps = False

    def _take(self) -> bytes:
        chunks, self._chunks = self._chunks, []
        self._buffered = 0
        self._resume()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            if self._transport is not None and not self._transport.is_closing():
                self._transport.resume_reading()

    async def _wait(self, limit_s: float) -> None:
        if self._fault is not None:
            return
        self._waiter = self._loop.create_future()
        self.deadline = self._loop.time() + limit_s
        try:
            await self._waiter
        finally:
            self._waiter = None
            self.deadline = _FOREVER

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
