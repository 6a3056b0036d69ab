"""One answer on its way to a client: uvicorn's, with what a gateway has to say more.

- A head whose content is at hand goes out in the same write (`adweave.body_follows` in the
  message of the start): one system call less for each answer.
- Interim answers (`INTERIM` in the scope's extensions): a function that the app calls for each
  1xx before its own answer, so that early hints are early.
- Trailer fields by ASGI's own extension, for clients that said `TE: trailers`; others have them
  dropped, as RFC 9110, 6.5.1, allows.
- A client that speaks HTTP/1.0 gets no chunked answer: its end is the end of the connection, which
  is therefore reset wherever the answer ends before it is whole.

Knows nothing of upstreams and pages.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from typing import Any, Final
from weakref import ref

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from .fields import Field, tokens

INTERIM: Final = "adweave.interim"
BODY_FOLLOWS: Final = "adweave.body_follows"
TRAILERS: Final = "http.response.trailers"

_AS_LINE: Final = b": ".join
_RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 s
_WELL: Final = struct.pack("ii", 0, 0)


class Answering(RequestResponseCycle):
    """A `RequestResponseCycle` whose class is set once the request's head is read."""

    # Set at first use: uvicorn has made the object, as one of its own class.
    _head: bytes
    _has_no_content: bool
    _has_trailers: bool

    async def send(self, message: Any) -> None:
        """Take the app's next message. RuntimeError at what ASGI does not allow."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.transport.is_closing():  # what followed the request was none: it was refused
            self.disconnected = True
        if self.disconnected:
            return
        kind: str = message["type"]
        if not self.response_started:
            if kind != "http.response.start":
                raise RuntimeError(f"{kind} came before the answer's start")
            self._begin(message)
        elif self.response_complete:
            raise RuntimeError(f"{kind} came after the answer's end")
        elif kind == "http.response.body":
            self._go_on(message.get("body", b""), is_last=not message.get("more_body", False))
        elif kind == TRAILERS and self._has_trailers:
            if not message.get("more_trailers", False):
                self._end([_section(message.get("headers", ()), b"0\r\n")])
        else:
            raise RuntimeError(f"{kind} is not known here")

    def interim(self, code: int, fields: Sequence[Field]) -> None:
        """Send an interim answer (1xx) at once; nothing once the answer has begun."""
        if not (self.response_started or self.disconnected or self.transport.is_closing()):
            self.waiting_for_100_continue = self.waiting_for_100_continue and code != 100
            self.transport.write(_section(fields, STATUS_LINE[code]))

    def _begin(self, message: Any) -> None:
        code: int = message["status"]
        fields: Sequence[Field] = message.get("headers", ())
        self.response_started = True
        if self.waiting_for_100_continue:
            # The client may leave its content out now, or send it: what comes next can't be told.
            self.keep_alive = self.waiting_for_100_continue = False
        self._has_no_content = self.scope["method"] == "HEAD" or code in (204, 304)
        self._has_trailers = bool(message.get("trailers", False))
        self.chunked_encoding = False
        self.expected_content_length = -1
        ours = b""
        closes = False
        for name, value in fields:
            if name == b"content-length":
                self.expected_content_length = int(value)
            elif name == b"connection" and b"close" in tokens(value):
                closes, self.keep_alive = True, False
        if self.expected_content_length < 0 and not self._has_no_content:
            if self.scope["http_version"] == "1.0":
                self.keep_alive = False
                self._ends_by_reset(True)
            else:
                self.chunked_encoding = True
                ours = b"transfer-encoding: chunked\r\n"
        if not self.keep_alive and not closes:
            ours += b"connection: close\r\n"
        head = _section(fields, STATUS_LINE[code], ours)
        if message.get(BODY_FOLLOWS, False):
            self._head = head
        else:
            self._head = b""
            self.transport.write(head)

    def _go_on(self, body: bytes, *, is_last: bool) -> None:
        pieces = [self._head] if self._head else []
        self._head = b""
        if self._has_no_content:
            pass
        elif self.chunked_encoding:
            if body:
                pieces += [b"%x\r\n" % len(body), body, b"\r\n"]
            if is_last and not self._has_trailers:
                pieces.append(b"0\r\n\r\n")
        else:
            if self.expected_content_length >= 0:
                self.expected_content_length -= len(body)
                if self.expected_content_length < 0:
                    raise RuntimeError("the answer is longer than its Content-Length")
                if is_last and self.expected_content_length:
                    raise RuntimeError("the answer is shorter than its Content-Length")
            if body:
                pieces.append(body)
        if is_last and not (self._has_trailers and self.chunked_encoding):
            self._end(pieces)
        elif len(pieces) == 1:
            self.transport.write(pieces[0])
        elif pieces:
            self.transport.writelines(pieces)

    def _end(self, pieces: list[bytes]) -> None:
        if len(pieces) == 1:
            self.transport.write(pieces[0])
        elif pieces:
            self.transport.writelines(pieces)
        self.response_complete = True
        if self.scope["http_version"] == "1.0":
            self._ends_by_reset(False)
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _ends_by_reset(self, resets: bool) -> None:
        """Have the connection reset or ended well when it is closed, by whatever."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET if resets else _WELL)


class Interim:
    """`Answering.interim` for the request's scope, which the answer holds: no cycle for each."""

    __slots__ = ("_answering",)

    def __init__(self, answering: Answering) -> None:
        self._answering = ref(answering)

    @property
    def is_gone(self) -> bool:
        """Whether the client is: what is sent from now on reaches nobody."""
        answering = self._answering()
        return answering is None or answering.disconnected

    def __call__(self, code: int, fields: Sequence[Field]) -> None:
        """As `Answering.interim`; nothing where the answer is over and gone."""
        answering = self._answering()
        if answering is not None:
            answering.interim(code, fields)


def _section(fields: Sequence[Field], start: bytes, more: bytes = b"") -> bytes:
    """A start line, fields and the empty line. RuntimeError where a field would be two."""
    lines = b"\r\n".join(map(_AS_LINE, fields))
    section = b"".join((start, lines, b"\r\n" if lines else b"", more, b"\r\n"))
    ends = len(fields) + 2 + more.count(b"\r\n")
    if section.count(b"\n") != ends or section.count(b"\r") != ends or b"\0" in section:
        raise RuntimeError("a line end or NUL inside a field")
    return section
