"""WebSocket through the gateway: a handshake passed on, then messages both ways.

The client's handshake is answered by what the upstream says to ours: accepted with the
subprotocol and fields that it chose, or refused with its status, fields and content. After
that each side's messages go to the other, one at a time: whoever reads slowly slows the
sender down, and no more than a message and what one read of a socket brought is held for
each direction. Pings are answered at each hop, compression is not negotiated.

How an end is passed on:

    client closes                 the upstream gets its code and reason
    client vanishes               the upstream's connection breaks off, as it would without us
    upstream closes               the client gets its code and reason
    upstream vanishes or stalls   1012 to the client: come again. Not 1011, at which some
                                  clients give up; not 1014, which some do not accept
    upstream breaks the protocol  1011 to the client, 1009 for a message over the limit
    we are stopped                1012 to the client (by the server), 1001 to the upstream

The one place that a connection is made to is the upstream; no field and no path of a request
changes that, and redirects are the client's to follow. Knows nothing of pages.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from email.utils import formatdate
from typing import TYPE_CHECKING, Final, cast

from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from .connection import FAULTS, UpstreamFault
from .control import Control
from .counts import Counts
from .fields import Field, dropped_names, end_to_end, request_fields
from .server import MAX_MESSAGE_BYTES, PING_EVERY_S, target_of
from .upstream import Upstream

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

log = logging.getLogger("adweave.http")
# The library would write cookies and messages to a log for debugging.
_quiet = logging.getLogger("adweave.http.websocket")
_quiet.setLevel(logging.WARNING)

# How long a side may take to answer a close frame.
CLOSING_S: Final = 5.0

# Of one connection only, and made anew by each side's library (RFC 6455, 11.3).
_OF_THE_HOP: Final = frozenset(
    {
        b"content-length",
        b"sec-websocket-accept",
        b"sec-websocket-extensions",
        b"sec-websocket-key",
        b"sec-websocket-protocol",
        b"sec-websocket-version",
    }
)

# What we closed the upstream's connection with -> what the client is told.
_FOR_OUR_CLOSE: Final[dict[int, int]] = {
    CloseCode.PROTOCOL_ERROR: CloseCode.INTERNAL_ERROR,
    CloseCode.INVALID_DATA: CloseCode.INTERNAL_ERROR,
    CloseCode.MESSAGE_TOO_BIG: CloseCode.MESSAGE_TOO_BIG,
}


class WebSockets:
    """ASGI app for `websocket` scopes. `upstream_host` replaces the client's Host field."""

    def __init__(
        self,
        upstream: Upstream,
        counts: Counts,
        upstream_host: bytes | None,
        trusts: Callable[[str], bool] | None = None,
    ) -> None:
        self._trusts = trusts
        self._upstream = upstream
        self._counts = counts
        self._upstream_host = upstream_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, from its handshake to its end."""
        await receive()  # websocket.connect
        fields: list[Field] = scope["headers"]
        target = target_of(scope)
        path = target.partition(b"?")[0]
        hosts = [value for name, value in fields if name == b"host"]
        if len(hosts) != 1:
            await _plain(send, 400, "The request needs exactly one Host field.")
            return
        if not target.startswith(b"/"):
            await _plain(send, 400, "The request target is not a path.")
            return
        if Control.owns(path):
            await _plain(send, 404, "There is no WebSocket here.")
            return
        client = scope.get("client")
        asked = request_fields(
            fields,
            client=client[0] if client else None,
            scheme="https" if scope["scheme"] == "wss" else "http",
            host=hosts[0],
            upstream_host=self._upstream_host,
            trusts=self._trusts,
        )
        subprotocols = cast("list[Subprotocol]", scope["subprotocols"])
        handshake = _Handshake(
            self._upstream.url.prefix + target, end_to_end(asked, _OF_THE_HOP), subprotocols
        )
        try:
            await self._carry(handshake, receive, send)
        except InvalidStatus as refusal:
            self._counts.add("adweave_websockets_total", "outcome", "refused")
            answer = refusal.response
            await _refuse(send, answer.status_code, _fields_of(answer), bytes(answer.body))
        except UpstreamFault as fault:
            self._counts.add("adweave_websockets_total", "outcome", "fault")
            self._counts.add("adweave_upstream_faults_total", "reason", fault.reason)
            log.warning("upstream: %s: WebSocket %s", fault, path[:200].decode("latin-1"))
            await _plain(send, fault.status, FAULTS[fault.reason][1])

    async def _carry(self, handshake: _Handshake, receive: Receive, send: Send) -> None:
        """Open the upstream's connection, accept the client's, and carry what they say."""
        loop = asyncio.get_running_loop()
        opening = loop.create_task(self._opened(handshake))
        # Before it is accepted a client has nothing to say but that it goes away.
        first = loop.create_task(_received(receive))
        try:
            await asyncio.wait({opening, first}, return_when=asyncio.FIRST_COMPLETED)
            if first.done():
                self._counts.add("adweave_clients_gone_total")
                return
            upstream = opening.result()
            assert upstream.response is not None
            await send(
                {
                    "type": "websocket.accept",
                    "subprotocol": upstream.subprotocol,
                    "headers": _fields_of(upstream.response),
                }
            )
            self._counts.add("adweave_websockets_total", "outcome", "accepted")
            await _converse(upstream, first, receive, send, self._upstream.limits.idle_s)
        finally:
            first.cancel()
            opening.cancel()
            opening.add_done_callback(_break_off)

    async def _opened(self, handshake: _Handshake) -> ClientConnection:
        """A connection to the upstream. Raises `UpstreamFault`, and `InvalidStatus` if refused."""
        limits = self._upstream.limits
        connection = await self._upstream.dial(
            lambda: ClientConnection(
                handshake,
                ping_interval=PING_EVERY_S,
                ping_timeout=limits.idle_s,
                close_timeout=CLOSING_S,
                max_queue=(1, 0),
            )
        )
        try:
            async with asyncio.timeout(limits.first_byte_s):
                await connection.handshake(user_agent_header=None)
        except BaseException as error:
            connection.transport.abort()
            if isinstance(error, TimeoutError):
                raise UpstreamFault("no-answer", str(self._upstream.url)) from None
            if isinstance(error, InvalidStatus) and error.response.status_code >= 200:
                raise
            if isinstance(error, InvalidHandshake):
                reason = "closed" if isinstance(error.__cause__, EOFError) else "bad-response"
                raise UpstreamFault(reason, str(error.__cause__ or error)) from error
            raise
        connection.start_keepalive()
        return connection


class _Handshake(ClientProtocol):
    """The library's client, with our target and fields to the byte."""

    def __init__(self, target: bytes, fields: list[Field], offered: Sequence[Subprotocol]) -> None:
        super().__init__(
            parse_uri("ws://upstream.invalid/"),  # not used: target and Host are ours
            subprotocols=offered or None,
            max_size=MAX_MESSAGE_BYTES,
            logger=_quiet,
        )
        self._target = target.decode("ascii")
        self._fields = fields

    def connect(self) -> Request:
        """The handshake's request."""
        made = super().connect().headers
        headers = Headers(
            (name.decode("ascii"), value.decode("latin-1")) for name, value in self._fields
        )
        for name, value in made.raw_items():
            if name.lower() != "host":
                headers[name] = value
        return Request(self._target, headers)


async def _converse(
    upstream: ClientConnection,
    first: asyncio.Task[Message],
    receive: Receive,
    send: Send,
    stall_s: float,
) -> None:
    """Carry messages both ways until one side ends it, then end it with the other.

    An upstream that takes longer than `stall_s` for a message counts as vanished.
    """
    loop = asyncio.get_running_loop()
    up = loop.create_task(_to_upstream(upstream, first, receive, stall_s))
    down = loop.create_task(_to_client(upstream, send))
    try:
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        end = down.result() if down.done() else None
        if end is not None:
            await _close_client(send, end)
            return
        # The client is gone; what it had said before is still on its way.
        await asyncio.wait({up}, timeout=CLOSING_S)
        if up.done():
            await _close_upstream(upstream, up.result())
    finally:
        up.cancel()
        down.cancel()


async def _to_upstream(
    upstream: ClientConnection, first: asyncio.Task[Message], receive: Receive, stall_s: float
) -> Message:
    """Send on what the client sends; gives the message that says how the client left."""
    message = await first
    while message["type"] == "websocket.receive":
        text: str | None = message.get("text")
        try:
            async with asyncio.timeout(stall_s):
                await upstream.send(message["bytes"] if text is None else text)
        except (ConnectionClosed, TimeoutError):
            upstream.transport.abort()
            # The other task knows how it ended once it has delivered what came before.
            await asyncio.get_running_loop().create_future()
        message = await receive()
    return message


async def _to_client(upstream: ClientConnection, send: Send) -> ConnectionClosed | None:
    """Send on what the upstream sends; gives how the upstream left, None if the client did."""
    try:
        while True:
            message = await upstream.recv()
            kind = "text" if isinstance(message, str) else "bytes"
            await send({"type": "websocket.send", kind: message})
    except ConnectionClosed as end:
        return end
    except OSError:  # what a server raises for a client that is gone
        return None


async def _close_client(send: Send, end: ConnectionClosed) -> None:
    code: int | None = CloseCode.SERVICE_RESTART
    reason = "the upstream went away"
    if end.rcvd is not None:
        code, reason = end.rcvd.code, end.rcvd.reason
        if code == CloseCode.NO_STATUS_RCVD:
            code = None
    elif end.sent is not None and end.sent.code in _FOR_OUR_CLOSE:
        code, reason = _FOR_OUR_CLOSE[end.sent.code], "the upstream sent what can't be passed on"
    try:
        await send({"type": "websocket.close", "code": code, "reason": reason})
    except OSError:
        return  # it has left in the same moment


async def _close_upstream(upstream: ClientConnection, left: Message) -> None:
    """Close as the client did; one that vanished leaves the connection to be broken off."""
    code: int | None = left.get("code")
    reason: str | None = left.get("reason")
    if code == CloseCode.SERVICE_RESTART and reason is None:  # the server is stopped
        code, reason = CloseCode.GOING_AWAY, "the gateway is stopped"
    if reason is None:  # no close frame came
        return
    if code == CloseCode.NO_STATUS_RCVD:
        code = None
    try:
        async with asyncio.timeout(CLOSING_S):
            await upstream.close(cast(int, code), reason)  # None: a close frame without a code
    except TimeoutError:
        return


async def _received(receive: Receive) -> Message:
    return await receive()


def _break_off(opening: asyncio.Task[ClientConnection]) -> None:
    """Leave no connection behind, however it ended."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().transport.abort()


def _fields_of(answer: Response) -> list[Field]:
    """The end-to-end fields of a handshake's answer."""
    fields = [
        (name.lower().encode("ascii"), value.encode("latin-1"))
        for name, value in answer.headers.raw_items()
    ]
    return end_to_end(fields, dropped_names(fields) | _OF_THE_HOP)


async def _plain(send: Send, code: int, sentence: str) -> None:
    """A small refusal of our own."""
    fields = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"date", formatdate(usegmt=True).encode("ascii")),
    ]
    await _refuse(send, code, fields, f"{code}\n{sentence}\n".encode())


async def _refuse(send: Send, code: int, fields: list[Field], body: bytes) -> None:
    """Answer a handshake with something else than yes; the server frames it."""
    try:
        await send({"type": "websocket.http.response.start", "status": code, "headers": fields})
        await send({"type": "websocket.http.response.body", "body": body})
    except OSError:
        return  # the client did not wait
