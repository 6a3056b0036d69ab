"""`AdweaveMiddleware`: an ASGI app's own answers, woven.

    app = AdweaveMiddleware(app, placements="placements")

What is decided at `http.response.start` is whether the answer may be a page; then its body is
held back until it is whole and woven. Everything else goes through untouched and at once.
While there is no valid placements folder the app works as if adweave were not there.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adweave.events import SegmentStore, events_folder, page_key

from .answer import (
    hit_fields,
    not_modified_fields,
    passed_fields,
    spared_fields,
    tagged_fields,
    told_fields,
    whole_answer,
)
from .control import Control
from .counts import Counts
from .editing import EDITING, is_editors_query
from .fields import OF_THE_BYTES, Field, end_to_end, is_neighbour, value_of
from .folder import FollowedFolder
from .heads import Candidate
from .status import FIELD
from .tracing import app_spans, trace_of
from .validators import Conditions, has_conditions, may_be_page, translated
from .version import VERSION
from .weave import Outcome, Page, Weaver

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .spans import Spans

HOLD_S: Final = 5.0
_MAX_TOLD_PATH: Final = 500


class AdweaveMiddleware:
    """Puts ad slots into the article pages of `app`.

    `placements` is the folder, `state` where events are kept (default: `ADWEAVE_STATE`, else
    `.adweave` beside the folder). Nothing is read or started before the first request or
    lifespan event. Needs asyncio. A page may take `hold_s` seconds until it goes out as it is. With
    `cache_tags` pages carry `Surrogate-Key` and `Cache-Tag`, by which a CDN can purge them. With
    `traces` each request has OpenTelemetry spans, which go where the app's own go; raises
    `TracesUnavailable` without its packages.
    """

    def __init__(
        self,
        app: ASGIApp,
        placements: str | os.PathLike[str] = "placements",
        *,
        state: str | os.PathLike[str] | None = None,
        hold_s: float = HOLD_S,
        cache_tags: bool = False,
        traces: bool = False,
    ) -> None:
        self.app = app
        self._spans = app_spans() if traces else None
        self._hold_s = hold_s
        self._tags = cache_tags
        folder = Path(placements).absolute()
        kept = Path(state or os.environ.get("ADWEAVE_STATE") or folder.parent / ".adweave")
        self._folder = FollowedFolder(folder, kept)
        self.weaver = Weaver(
            self._folder, version=VERSION, counts=Counts(), page_key=partial(page_key, kept)
        )
        self._control = Control(
            self.weaver, SegmentStore(events_folder(kept), max_bytes=self._folder.events_room)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; WebSockets and lifespan pass, the latter's ends are ours too."""
        if scope["type"] == "http":
            raw_path: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
            if self._control.owns(raw_path):
                await self._control(scope, receive, send)
            elif self._spans is not None:
                await self._traced(self._spans, scope, raw_path, receive, send)
            else:
                await self._page(scope, raw_path, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _page(self, scope: Scope, raw_path: bytes, receive: Receive, send: Send) -> None:
        responder = _Responder(
            self.weaver, scope, raw_path, send, hold_s=self._hold_s, tags=self._tags
        )
        try:
            await self.app(responder.scope, receive, responder.on_message)
        except BaseException:
            await responder.end(failed=True)
            raise
        if responder.is_open:
            await responder.end(failed=False)
        elif responder.asks_anew:
            headers = end_to_end(scope["headers"], _OF_A_RANGE)
            await self._page({**scope, "headers": headers}, raw_path, _anew(receive), send)

    async def _traced(
        self, spans: Spans, scope: Scope, raw_path: bytes, receive: Receive, send: Send
    ) -> None:
        fields = scope["headers"]
        client = scope.get("client")
        trace = trace_of(fields, is_trusted=is_neighbour(client[0] if client else ""))
        path = raw_path[:_MAX_TOLD_PATH].decode("latin-1")
        span = spans.page(trace, fields, {"http.request.method": scope["method"], "url.path": path})
        code, verdict, fault = 0, b"", ""

        async def watched_send(message: Message) -> None:
            nonlocal code, verdict
            if message["type"] == "http.response.start":
                code = message["status"]
                verdict = value_of(message.get("headers", ()), FIELD) or b""
            await send(message)

        try:
            with span.current(), span.timed():
                await self._page(scope, raw_path, receive, watched_send)
        except BaseException as error:
            fault = type(error).__name__
            raise
        finally:
            span.end(code, verdict.decode("latin-1"), fault)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = False

        async def watched_receive() -> Message:
            nonlocal asked
            asked = True
            return await receive()

        async def watched_send(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                await asyncio.to_thread(self.weaver.warm)
            elif message["type"].startswith("lifespan.shutdown."):
                self._control.close()
            await send(message)

        try:
            await self.app(scope, watched_receive, watched_send)
        except Exception:
            if asked:
                raise
        if not asked:
            # Django's handler, as other apps, knows no lifespan: then it is ours alone.
            for stage in ("startup", "shutdown"):
                await receive()
                await watched_send({"type": f"lifespan.{stage}.complete"})


class _Responder:
    """One request: holds the answer's start and body while it may become a woven page.

    The usual answer is a start and one body, whose woven page is in the store: that way has no
    lock, no timer and no await but those of sending.
    """

    __slots__ = (
        "_candidate", "_conditions", "_decision", "_fields", "_held", "_held_bytes", "_hold_s",
        "_is_answered", "_method", "_path", "_send", "_signature", "_start", "_tags", "_timer",
        "_turn", "_weaver", "asks_anew", "scope",
    )  # fmt: skip

    def __init__(
        self,
        weaver: Weaver,
        scope: Scope,
        raw_path: bytes,
        send: Send,
        *,
        hold_s: float,
        tags: bool,
    ) -> None:
        self._weaver = weaver
        self._hold_s = hold_s
        self._tags = tags
        self._send = send
        self._method: str = scope["method"]
        self._path = raw_path.decode("latin-1")
        self.scope = scope
        self.asks_anew = False  # the answer was a part of a page, which nobody gets
        self._is_answered = False  # by 304: what the app sends nobody gets
        query: bytes = scope.get("query_string", b"")
        if query and is_editors_query(query):
            self._decision = EDITING
        else:
            self._decision = weaver.plain_decision(self._path) or weaver.decide(
                self._path, self._host, scope["headers"], time.time()
            )
        self._start: Message | None = None  # held back
        self._candidate: Candidate | None = None
        self._fields: list[Field] = []
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._timer: asyncio.Task[None] | None = None
        self._signature: tuple[object, ...] | None = None  # of its head, if it may come again
        self._turn: asyncio.Lock | None = None  # made with the timer: before it nobody waits
        self._conditions = self._translate(raw_path)

    @property
    def is_open(self) -> bool:
        """Whether something is held or waited for still."""
        return self._start is not None or self._timer is not None

    async def end(self, *, failed: bool) -> None:
        """The app is done; what it never ended is handed on unended, unless it failed."""
        if self._timer is not None:
            self._timer.cancel()
        if self._start is not None and not failed:
            async with self._turn or _NOBODY:
                await self._let_go("cut")

    async def on_message(self, message: Message) -> None:
        kind = message["type"]
        start = self._start
        if kind == "http.response.start":
            if not self._is_seen(message):
                await self._on_start(message)
        elif start is None and self._turn is None:  # not held, or sent
            if not (self.asks_anew or self._is_answered):
                await self._send(message)
        elif kind == "http.response.body":
            page = None if start is None else self._ready_page(message)
            if page is not None and start is not None and self._candidate is not None:
                headers = hit_fields(self._fields, page, self._candidate, tagged=self._tags)
                headers = told_fields(headers, self._decision)
                self._start = None
                await self._send({**start, "headers": headers})
                await self._send({"type": "http.response.body", "body": page.body})
                return
            async with self._turn or _NOBODY:
                if self._start is None:  # let go meanwhile
                    await self._send(message)
                else:
                    await self._on_body(message)
        elif kind == "http.response.pathsend" or kind == "http.response.zerocopysend":
            async with self._turn or _NOBODY:
                await self._let_go("streamed")
                await self._send(message)
        else:
            await self._send(message)

    def _is_seen(self, message: Message) -> bool:
        """Whether such an answer was considered before: if so, it is held back."""
        if "trailers" in message:
            return False
        headers = message.get("headers", ())
        signature = (self._method, id(self._decision), message["status"], *headers)
        try:
            seen = self._weaver.seen.get(signature)
        except TypeError:  # fields as lists, which ASGI allows
            return False
        self._signature = signature
        if seen is None:
            return False
        self._start = message
        self._candidate, self._fields = seen
        return True

    async def _on_start(self, message: Message) -> None:
        code: int = message["status"]
        fields = [(name.lower(), value) for name, value in message.get("headers", ())]
        decision = self._decision
        found = self._weaver.consider(self._method, code, fields, self._origin(fields), decision)
        if found is None:
            if code == 304 and self._conditions is not None:
                headers = not_modified_fields(fields, self._conditions)
                if may_be_page(self._path.encode("latin-1"), self.scope["headers"]):
                    headers = told_fields(headers, decision)
                message = {**message, "headers": headers}
            await self._passed(message, fields, found)
        elif found == "range" and self._may_ask_anew():
            # A part of a page that is woven as a whole would not fit to it: ask for all of it.
            self.asks_anew = True
        elif isinstance(found, str):
            answered = self._tagged(passed_fields(fields, self._weaver.passed(found)))
            if found != "status":  # an error or redirect is the same for everybody
                answered = told_fields(answered, decision)
            await self._passed({**message, "headers": answered}, answered, found)
        else:
            self._start, self._candidate, self._fields = message, found, fields
            length = value_of(fields, b"content-length")
            too_large = (
                length is not None
                and length.isdigit()
                and int(length) > found.engine.max_body_bytes
            )
            if too_large:
                await self._let_go("too-large")
            elif message.get("trailers", False):
                await self._let_go("streamed")
            elif self._signature is not None and not found.head.policies:
                self._weaver.seen.put(self._signature, found, fields)

    async def _passed(self, start: Message, fields: list[Field], found: str | None) -> None:
        """Begin what is not woven, or answer 304 where the client turns out to have it."""
        spared = spared_fields(start["status"], fields, self._conditions)
        if spared is None:
            await self._send(start)
            return
        self._weaver.note_spared(fields, self._decision, is_page=found is not None)
        self._is_answered = True
        await self._send({"type": start["type"], "status": 304, "headers": spared})
        await self._send({"type": "http.response.body", "body": b""})

    def _may_ask_anew(self) -> bool:
        names = {name for name, _ in self.scope["headers"]}
        return (
            self._method == "GET"
            and bool(self._decision.deliveries)
            and b"range" in names
            and not names & _OF_CONTENT
        )

    def _ready_page(self, message: Message) -> Page | None:
        """The finished page for a body that came in one piece, if it lies in the store."""
        if self._held or self._conditions is not None or self._method != "GET":
            return None
        if self._candidate is None or message.get("more_body", False):
            return None
        return self._weaver.page_for(self._candidate, message.get("body", b""))

    async def _on_body(self, message: Message) -> None:
        candidate = self._candidate
        assert candidate is not None
        block: bytes = message.get("body", b"")
        self._held.append(block)
        self._held_bytes += len(block)
        if self._held_bytes > candidate.engine.max_body_bytes:
            await self._let_go("too-large", more_body=message.get("more_body", False))
        elif message.get("more_body", False):
            if self._timer is None:
                self._turn = asyncio.Lock()
                self._timer = asyncio.get_running_loop().create_task(self._out_of_patience())
        else:
            await self._whole(candidate)

    async def _whole(self, candidate: Candidate) -> None:
        """The body is all there: weave it."""
        body = self._held[0] if len(self._held) == 1 else b"".join(self._held)
        assert self._start is not None
        if self._method == "HEAD" and not body:
            # What GET's fields would be can't be known: those that may be wrong are left out.
            outcome = self._weaver.passed("head")
            kept = [each for each in self._fields if each[0] not in _OF_A_BODY]
            code, fields = self._start["status"], passed_fields(kept, outcome)
        else:
            query: bytes = self.scope.get("query_string", b"")
            address = b"%b?%b" % (self._path.encode("utf-8", "replace"), query)
            outcome = await self._weaver.weave(candidate, body, address=address)
            code, fields, body = whole_answer(
                self._start["status"], self._fields, outcome, self._conditions
            )
        start, self._start = self._start, None
        fields = told_fields(self._tagged(fields), self._decision)
        await self._send({**start, "status": code, "headers": fields})
        await self._send({"type": "http.response.body", "body": body})

    async def _let_go(self, reason: str, *, more_body: bool = True) -> None:
        """Send what is held, and all that follows, as it is."""
        start, self._start = self._start, None
        if start is None:
            return
        outcome: Outcome = self._weaver.passed(reason)
        headers = self._tagged(passed_fields(self._fields, outcome))
        headers = told_fields(headers, self._decision)
        await self._send({**start, "headers": headers})
        held = b"".join(self._held)
        self._held.clear()
        if held or not more_body:
            await self._send({"type": "http.response.body", "body": held, "more_body": more_body})

    async def _out_of_patience(self) -> None:
        await asyncio.sleep(self._hold_s)
        async with self._turn or _NOBODY:
            await self._let_go("slow")

    def _tagged(self, fields: list[Field]) -> list[Field]:
        engine = self._weaver.engine
        if engine is None or not self._tags:
            return fields
        return tagged_fields(fields, engine.site.generation)

    def _origin(self, fields: list[Field]) -> str:
        """The page's own origin, for its policies; only then is it asked for."""
        if value_of(fields, b"content-security-policy") is None:
            return ""
        return f"{self.scope.get('scheme', 'http')}://{self._host}"

    @property
    def _host(self) -> str:
        return (value_of(self.scope["headers"], b"host") or b"").decode("latin-1")

    def _translate(self, raw_path: bytes) -> Conditions | None:
        headers = self.scope["headers"]
        if not has_conditions(headers):
            return None
        engine = self._weaver.engine
        if engine is None:
            return None
        conditions = translated(
            headers,
            method=self._method,
            holds=may_be_page(raw_path, headers) and bool(self._decision.deliveries),
            epoch=engine.epoch_for(self._decision),
            passed=self._weaver.passed_tags,
        )
        self.scope = {**self.scope, "headers": conditions.fields}
        return conditions


def _anew(receive: Receive) -> Receive:
    """What an app receives that is asked once more: the request's end, then what is left."""
    first: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive_anew() -> Message:
        return first.pop() if first else await receive()

    return receive_anew


_OF_A_RANGE: Final = frozenset({b"range", b"if-range"})
_OF_CONTENT: Final = frozenset({b"content-length", b"transfer-encoding"})
_NOBODY: Final = contextlib.nullcontext()  # stands for the lock where there is none
_OF_A_BODY: Final = OF_THE_BYTES | {b"etag"}
