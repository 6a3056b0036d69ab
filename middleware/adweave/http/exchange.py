"""One request on its way through the gateway: what is asked upstream, what has been sent.

Holds the two ends of an exchange together: the client's `send`, the upstream's `Connection`. Knows
what ASGI's messages are, and how trailers and early hints go through; decides nothing about pages.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from adweave.placements import Decision

from . import status
from .codings import Accepted, accepted_by
from .connection import Connection
from .cycle import BODY_FOLLOWS, INTERIM, TRAILERS, Interim
from .fields import NOT_IN_TRAILERS, Field, dropped_names, end_to_end, joined, value_of
from .streaming import Splice
from .tracing import Trace
from .upstream import ClientGone, RequestContent, Upstream

if TYPE_CHECKING:
    from starlette.types import Receive, Send

    from .spans import RequestSpan

access = logging.getLogger("adweave.access")

_UNTIMED: Final = contextlib.nullcontext()


class Exchange:
    """One request on its way: what is asked upstream, and what has been sent to the client."""

    def __init__(
        self,
        *,
        method: str,
        target: bytes,
        path: str,
        origin: str,
        fields: list[Field],
        content: RequestContent | None,
        receive: Receive,
        send: Send,
        decision: Decision,
        asked: list[Field],
        extensions: Mapping[str, Any],
    ) -> None:
        self._send_interim: Interim | None = None
        if INTERIM in extensions:
            self._send_interim = extensions[INTERIM]["send"]
        self._extensions = extensions
        self.method = method
        self._asked = asked
        self.decision = decision
        self.path = path
        self.origin = origin
        self.fields = fields
        self.content = content
        self.has_started = False
        self.trace: Trace | None = None
        self.span: RequestSpan | None = None
        self.client = ""
        self.status = 0  # what the client got; 0: nothing
        self.sent_bytes = 0
        self.verdict = ""  # Adweave-Status, of a page
        self.fault = ""
        self.upstream_s = 0.0  # until the head of its answer
        self.body_s = 0.0  # from there to its end, where the page was held back
        self.began = time.perf_counter()
        self.target = target
        self._receive = receive
        self._send = send
        self._answer: Connection | None = None
        self._watcher: asyncio.Task[None] | None = None

    @property
    def address(self) -> bytes:
        """What is asked for: scheme, host, path and query."""
        return self.origin.encode("latin-1") + self.target

    @property
    def accepted(self) -> Accepted:
        """The content codings that the client takes."""
        return accepted_by(joined(self._asked, b"accept-encoding"))

    async def fetch(self, upstream: Upstream, method: str | None = None) -> Connection:
        """Ask the upstream; an earlier answer is let go."""
        self.release()
        fields = self.fields
        if self.span is not None:
            about: dict[str, str | int] = {
                "http.request.method": method or self.method,
                "server.address": upstream.url.host,
                "server.port": upstream.url.port,
            }
            fields = self.span.fetching(fields, about)
        self._answer = await upstream.fetch(
            method or self.method,
            self.target,
            fields,
            self.content,
            on_slow=self._watch_client,
            on_interim=self._interim,
        )
        if self.span is not None:
            self.span.fetched(self._answer.status)
        return self._answer

    def timed(self) -> contextlib.AbstractContextManager[None]:
        """What is planned and spliced inside is timed, where this request has spans."""
        return _UNTIMED if self.span is None else self.span.timed()

    async def stream(
        self, answer: Connection, fields: list[Field], splice: Splice | None = None
    ) -> None:
        """Send an answer through as it comes, woven by `splice` if there is one."""
        has_trailers = (
            splice is None
            and value_of(fields, b"content-length") is None
            and TRAILERS in self._extensions
            and (b"te", b"trailers") in self.fields
            and self.method != "HEAD"
            and answer.status not in (204, 304)
        )
        await self._start(answer.status, fields, answer.has_more, has_trailers)
        if self.method == "HEAD":
            await self._send({"type": "http.response.body", "body": b""})
            return
        while True:
            block = await answer.more()
            is_last = answer.is_done
            if splice is not None:
                block = splice.feed(block, is_last=is_last)
            self.sent_bytes += len(block)
            await self._send(
                {"type": "http.response.body", "body": block, "more_body": not is_last}
            )
            if is_last:
                break
            if self._send_interim is not None and self._send_interim.is_gone:
                raise ClientGone("the client went away")  # a quick upstream is stopped at once
        if has_trailers:
            trailers = end_to_end(answer.trailers, NOT_IN_TRAILERS | dropped_names(fields))
            await self._send({"type": TRAILERS, "headers": trailers})

    async def finish(self, code: int, fields: list[Field], body: bytes) -> None:
        """Send an answer that is whole."""
        self.release()
        await self._start(code, fields, True)
        self.sent_bytes = 0 if self.method == "HEAD" else len(body)
        await self._send(
            {"type": "http.response.body", "body": b"" if self.method == "HEAD" else body}
        )

    def _interim(self, code: int, fields: list[Field]) -> None:
        """Pass an interim answer on, where the server can."""
        if self._send_interim is not None and not self.has_started:
            self._send_interim(code, end_to_end(fields, dropped_names(fields)))

    def end(self) -> None:
        """Let go of everything."""
        self.release()
        self._unwatch()

    async def _start(
        self, code: int, fields: list[Field], body_follows: bool, trailers: bool = False
    ) -> None:
        if code in (204, 304):
            fields = [each for each in fields if each[0] != b"content-length"]
        self.has_started = True
        self.status = code
        if self.trace is not None:
            self.verdict = (value_of(fields, status.FIELD) or b"").decode("latin-1")
        await self._send(
            {
                "type": "http.response.start",
                "status": code,
                "headers": fields,
                "trailers": trailers,
                BODY_FOLLOWS: body_follows,
            }
        )

    def release(self) -> None:
        """Let the upstream's connection go; its answer is read, or not wanted."""
        self._unwatch()  # before the connection serves others
        if self._answer is not None:
            self._answer.release()
            self._answer = None

    def _watch_client(self, answer: Connection) -> None:
        self._unwatch()  # a request that is sent once more is on another connection
        self._watcher = asyncio.get_running_loop().create_task(self._watched(answer))

    def _unwatch(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None

    async def _watched(self, answer: Connection) -> None:
        """Break a long exchange off when its client goes away."""
        if answer.sender is not None:
            await asyncio.wait([answer.sender])
        # The first message may be the end of the request, even of one without content.
        while (await self._receive())["type"] != "http.disconnect":
            pass
        answer.break_off(ClientGone("the client went away"))


def content_of(fields: list[Field], asked: list[Field], receive: Receive) -> RequestContent | None:
    """The request's content; framing of an empty one goes into `asked`."""
    length: int | None = None
    has_content = expects = False
    for name, value in fields:
        if name == b"content-length":
            length = int(value)
            has_content = True
        elif name == b"transfer-encoding":
            length, has_content = None, True
        elif name == b"expect":
            expects = value.strip().lower() == b"100-continue"
    if not has_content:
        return None
    if length == 0:
        asked.append((b"content-length", b"0"))
        return None
    return RequestContent(length, _blocks(receive), expects)


async def _blocks(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone("the client went away before its request was complete")
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body", False):
            return


def log_access(exchange: Exchange, trace: Trace) -> None:
    """One line for one request. No query, cookie or other field: they may have secrets."""
    about = {
        "request": trace.request_id,
        "trace": trace.trace_id,
        "span": trace.span_id,
        "parent": trace.parent_id,
        "client": exchange.client,
        "method": exchange.method,
        "path": exchange.path[:500],
        "status": exchange.status,
        "bytes": exchange.sent_bytes,
        "ms": round((time.perf_counter() - exchange.began) * 1000, 1),
        "upstream_ms": round(exchange.upstream_s * 1000, 1),
        "adweave": exchange.verdict,
        "fault": exchange.fault,
    }
    access.info(
        "%s %s %d",
        exchange.method,
        exchange.path[:500],
        exchange.status,
        extra={"about": {name: value for name, value in about.items() if value != ""}},
    )
