"""The upstream: where it is, and the pool of connections to it.

Requests without content and with an idempotent method may use a connection that served
before; when that turns out to have been closed before one byte of an answer came, they are
sent once more on a new one (RFC 9112, 9.3.1). All others get a new connection, so that
nothing is ever done twice. Knows nothing of pages, placements or ASGI.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlsplit

from .connection import READ_BYTES, Connection, Field, UpstreamFault, UpstreamLimits

# RFC 9110, 9.2.2, of those that people use; others count as not idempotent.
IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})

_SWEEP_S: Final = 0.25
CONTINUE_WITHIN_S: Final = 1.0

_Spoken = TypeVar("_Spoken", bound=asyncio.BaseProtocol)


@dataclass(frozen=True, slots=True)
class UpstreamUrl:
    """`scheme://host:port` of the upstream, checked. `prefix` is put before each path."""

    scheme: str
    host: str
    port: int
    prefix: bytes = b""

    @property
    def authority(self) -> str:
        """Host and port as in a Host field; the scheme's own port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.prefix.decode('ascii')}"

    @classmethod
    def parse(cls, text: str) -> UpstreamUrl:
        """Read a URL as given by the user; ValueError says what is wrong and what to write."""
        example = "write it like http://127.0.0.1:8000"
        if "://" not in text:
            raise ValueError(f'"{text}" has no scheme; {example}')
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise ValueError(f'"{text}" is not a URL ({error}); {example}') from None
        if parts.scheme not in ("http", "https"):
            raise ValueError(f'"{text}": scheme "{parts.scheme}" is not http or https; {example}')
        if not parts.hostname:
            raise ValueError(f'"{text}" has no host; {example}')
        if port == 0:
            raise ValueError(f'"{text}": port 0 can\'t be connected to; {example}')
        if parts.username is not None or parts.password is not None:
            raise ValueError(f'"{text}" has a user name or password in it; leave them out')
        if parts.query or parts.fragment or "?" in text or "#" in text:
            raise ValueError(f'"{text}" has a query or fragment; leave it out')
        path = parts.path.rstrip("/")
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError(f'"{text}" has characters that a URL can\'t have; {example}')
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=port or (443 if parts.scheme == "https" else 80),
            prefix=path.encode("ascii"),
        )


@dataclass(frozen=True, slots=True)
class RequestContent:
    """A request's content: its length in bytes (None: not known, sent chunked) and its bytes.

    The iterator raises when the client went away; the exchange is then broken off.
    """

    length: int | None
    blocks: AsyncIterator[bytes]
    expects_continue: bool = False  # the sender waits for the upstream's 100 (Continue)


class Breaker:
    """Leaves an upstream alone that could not be reached so many times in a row.

    Open, it refuses at once, so that readers do not wait and a CMS that starts is not stormed;
    every `pause_s` seconds one connection is tried. Only connecting counts: an upstream that
    answers, however badly, is there.
    """

    def __init__(self, failures: int = 5, pause_s: float = 1.0) -> None:
        self._limit = failures
        self._pause_s = pause_s
        self._failures = 0
        self._next_try = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the upstream is being left alone."""
        return self._failures >= self._limit

    def enter(self, now: float) -> bool:
        """Before connecting; gives whether this is a trial. Raises `UpstreamFault`."""
        if not self.is_open:
            return False
        if now < self._next_try:
            raise UpstreamFault("circuit-open")
        self._next_try = now + self._pause_s
        return True

    def failed(self, now: float) -> None:
        """The connection could not be made."""
        self._failures += 1
        self._next_try = now + self._pause_s

    def succeeded(self) -> None:
        """The connection was made."""
        self._failures = 0


class Upstream:
    """A pool of connections to one upstream. Belongs to one event loop."""

    def __init__(self, url: UpstreamUrl, limits: UpstreamLimits | None = None) -> None:
        self.url = url
        self.limits = limits or UpstreamLimits()
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._is_closed = False
        self.breaker = Breaker()
        # One for all: what is read is parsed before anything else is.
        self._room = memoryview(bytearray(READ_BYTES))

    @property
    def counts(self) -> tuple[int, int]:
        """Connections with a request on them, and without."""
        return len(self._busy), len(self._idle)

    async def fetch(
        self,
        method: str,
        target: bytes,
        fields: Sequence[Field],
        content: RequestContent | None = None,
        on_slow: Callable[[Connection], None] | None = None,
        on_interim: Callable[[int, list[Field]], None] | None = None,
    ) -> Connection:
        """Send a request; gives the connection once the answer's head is there.

        `target` is the raw path and query. `fields` must not frame the message: that is done
        here. `on_interim` is called with each interim answer (1xx) but 100, `on_slow` once if the
        exchange takes more than half a second, so that
        the caller may begin to watch its client. The caller must `release` the connection.
        Raises `UpstreamFault`.
        """
        may_reuse = content is None and method in IDEMPOTENT
        is_extra = not may_reuse
        head = self._request_head(method, target, fields, content)
        while True:
            connection = self._take_idle() if may_reuse else None
            connection = connection or await self.dial(self._made)
            connection.is_extra = is_extra
            self._busy.add(connection)
            self._arm_sweeper()
            try:
                connection.begin(head, to_head=method == "HEAD")
                connection.on_slow = on_slow
                connection.on_interim = on_interim
                if content is not None and content.expects_continue:
                    connection.go_ahead = asyncio.get_running_loop().create_future()
                if content is not None:
                    connection.sender = asyncio.get_running_loop().create_task(
                        _send(connection, content)
                    )
                await connection.head()
            except UpstreamFault as fault:
                connection.release()
                self._busy.discard(connection)
                if not (fault.retriable and may_reuse):
                    raise
                may_reuse = False  # the one retry is on a new connection
                continue
            except BaseException:
                connection.release()
                self._busy.discard(connection)
                raise
            return connection

    def close(self) -> None:
        """Close what is idle; connections with a request on them close when it ends."""
        self._is_closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        for connection in self._idle:
            connection.abort()
        self._idle.clear()

    def _request_head(
        self,
        method: str,
        target: bytes,
        fields: Sequence[Field],
        content: RequestContent | None,
    ) -> bytes:
        lines = [b"%b %b%b HTTP/1.1" % (method.encode("ascii"), self.url.prefix, target)]
        lines += map(b": ".join, fields)
        if content is not None:
            if content.length is None:
                lines.append(b"transfer-encoding: chunked")
            else:
                lines.append(b"content-length: %d" % content.length)
            if content.expects_continue:
                lines.append(b"expect: 100-continue")
        lines.append(b"\r\n")
        head = b"\r\n".join(lines)
        # The server's parser lets no line end through; this is the second lock on that door.
        if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines) or b"\0" in head:
            raise ValueError("a line end or NUL inside a request's head")
        return head

    async def dial(self, made: Callable[[], _Spoken]) -> _Spoken:
        """A new connection with a protocol of the caller's, outside of the pool.

        Raises `UpstreamFault`.
        """
        loop = asyncio.get_running_loop()
        is_trial = self.breaker.enter(loop.time())
        try:
            async with asyncio.timeout(self.limits.connect_s):
                _, connection = await loop.create_connection(
                    made,
                    self.url.host,
                    self.url.port,
                    ssl=self._tls,
                    server_hostname=self.url.host if self._tls else None,
                )
        except TimeoutError:
            self.breaker.failed(loop.time())
            raise UpstreamFault("connect-timeout", str(self.url)) from None
        except (OSError, ssl.SSLError) as error:
            self.breaker.failed(loop.time())
            raise UpstreamFault("unreachable", str(error)) from error
        except BaseException:
            if is_trial:  # cut short: it says nothing, and another may try
                self.breaker.failed(loop.time())
            raise
        self.breaker.succeeded()
        return connection

    def _made(self) -> Connection:
        return Connection(asyncio.get_running_loop(), self.limits, self._on_free, self._room)

    def _take_idle(self) -> Connection | None:
        return self._idle.pop() if self._idle else None

    def _on_free(self, connection: Connection, keeps: bool) -> None:
        self._busy.discard(connection)
        # Each POST brings one more than are used again, and a small upstream serves no more than
        # it has processes.
        most = 1 if connection.is_extra else self.limits.keep_count
        if keeps and not self._is_closed and len(self._idle) < most:
            self._idle.append(connection)
        elif keeps:
            connection.abort()
        elif connection in self._idle:
            self._idle.remove(connection)

    def _arm_sweeper(self) -> None:
        if self._sweeper is None and not self._is_closed:
            shortest = min(self.limits.first_byte_s, self.limits.idle_s, _SWEEP_S * 4)
            self._sweeper = asyncio.get_running_loop().call_later(shortest / 4, self._sweep)

    def _sweep(self) -> None:
        self._sweeper = None
        now = asyncio.get_running_loop().time()
        for connection in list(self._busy):
            connection.expire(now)
        while self._idle and now - self._idle[0].idle_since > self.limits.keep_s:
            self._idle.pop(0).abort()
        if self._busy or self._idle:
            self._arm_sweeper()


async def _send(connection: Connection, content: RequestContent) -> None:
    """Send a request's content as it comes; a fault ends the exchange, not the task."""
    try:
        if connection.go_ahead is not None:
            # Not for ever: many upstreams know nothing of it (RFC 9110, 10.1.1).
            await asyncio.wait([connection.go_ahead], timeout=CONTINUE_WITHIN_S)
        async for block in content.blocks:
            if content.length is None:
                if block:
                    await connection.write(b"%x\r\n%b\r\n" % (len(block), block))
            else:
                await connection.write(block)
        if content.length is None:
            await connection.write(b"0\r\n\r\n")
        connection.sent()
    except UpstreamFault:
        return  # the reader of the answer is told by the connection itself
    except ClientGone as gone:
        connection.break_off(gone)


class ClientGone(Exception):
    """The client went away before its request was complete."""
