"""The gateway: an ASGI app that sends every request to the upstream and weaves what is a page.

A request's way: its fields and conditions are put into the upstream's terms (`fields`,
`validators`), and for a page that is held the upstream is asked with its own validator (`held`).
The answer's head decides (`Weaver.consider`): a 304 to that validator stands for the held page; a
candidate whose plan its tag tells is woven while it comes (`streaming`), any other is held back
until it is whole and woven (`Weaver.weave`); everything else streams through unread.

An answer that breaks off is never ended as if it were whole: `AnswerCut` makes the server
close the connection. Knows no placements and no HTML.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from .answer import (
    not_modified_fields,
    passed_fields,
    spared_fields,
    streamed_fields,
    tagged_fields,
    told_fields,
    whole_answer,
)
from .connection import FAULTS, Connection, UpstreamFault
from .control import Control
from .editing import EDITING, is_editors_query
from .exchange import Exchange, content_of, log_access
from .fields import (
    Field,
    dated,
    dropped_names,
    end_to_end,
    is_neighbour,
    request_fields,
    value_of,
)
from .heads import Candidate
from .held import Asked, Held, Verdict, freshened
from .origins import Origins
from .plain import say
from .server import AnswerCut, target_of
from .tracing import trace_of
from .upstream import ClientGone, Upstream
from .validators import Conditions, has_conditions, may_be_page, translated
from .weave import Outcome, Page, Weaver
from .websocket import WebSockets

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from .spans import Spans

log = logging.getLogger("adweave.http")

# A page that is not whole after so many seconds goes out as far as it is there.
HOLD_S: Final = 5.0

# By the first digit of the status; 0: the client left, or the gateway failed, before there was one.
_CLASSES: Final = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")
_UNCHANGED: Final = ("adweave_revalidations_total", "result", "unchanged")
_NO_RANGE: Final = frozenset({b"range", b"if-range"})


class Gateway:
    """ASGI app in front of one upstream. `upstream_host` replaces the client's Host field."""

    def __init__(
        self,
        upstream: Upstream,
        weaver: Weaver,
        control: Control,
        *,
        upstream_host: str | None = None,
        hold_s: float = HOLD_S,
        trusts: Callable[[str], bool] | None = None,
        logs_access: bool = False,
        spans: Spans | None = None,
        streams: bool = True,
    ) -> None:
        """`trusts` says of a peer's address whether its word about the client is taken.

        With `logs_access` each request is a line of the log `adweave.access`, and its id and
        trace go to the upstream. `spans` takes each request's spans. Without
        `streams` every page is held back until it is whole.
        """
        self._logs_access = logs_access
        self._spans = spans
        self._streams = streams
        self._trusts = trusts
        self._upstream = upstream
        self._weaver = weaver
        self._control = control
        self._upstream_host = upstream_host.encode("latin-1") if upstream_host else None
        self._origins = Origins(upstream.url, self._upstream_host)
        self._hold_s = hold_s
        self._counts = weaver.counts
        self._websockets = WebSockets(upstream, weaver.counts, self._upstream_host, trusts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, WebSocket or lifespan."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websockets(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            raise NotImplementedError(scope["type"])

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.to_thread(self._weaver.warm)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._upstream.close()
        self._weaver.close()
        self._control.close()
        await send({"type": "lifespan.shutdown.complete"})

    # -- one request -----------------------------------------------------------------------

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        fields: list[Field] = scope["headers"]
        target = target_of(scope)
        hosts = [value for name, value in fields if name == b"host"]
        if len(hosts) != 1 and (hosts or scope["http_version"] != "1.0"):
            await say(send, 400, "The request needs exactly one Host field.")
            return
        if not target.startswith(b"/") and target != b"*":
            await say(send, 400, "The request target is not a path.")
            return
        path = target.partition(b"?")[0]
        if self._control.owns(path):
            await self._control(scope, receive, send)
            return
        method: str = scope["method"]
        host = hosts[0] if hosts else self._upstream.url.authority.encode("ascii")
        scheme: str = scope["scheme"]
        client = scope.get("client")
        asked = request_fields(
            fields,
            client=client[0] if client else None,
            scheme=scheme,
            host=host,
            upstream_host=self._upstream_host,
            trusts=self._trusts,
        )
        if b"?" in target and is_editors_query(target.partition(b"?")[2]):
            decision = EDITING
        else:
            decision = self._weaver.decide(
                path.decode("latin-1"), host.decode("latin-1"), fields, time.time()
            )
        proto = value_of(asked, b"x-forwarded-proto") or b"http"
        exchange = Exchange(
            method=method,
            target=target,
            path=path.decode("latin-1"),
            origin=f"{proto.decode('latin-1')}://{host.decode('latin-1')}",
            fields=asked,
            content=content_of(fields, asked, receive),
            receive=receive,
            send=send,
            decision=decision,
            asked=fields,
            extensions=scope.get("extensions") or {},
        )
        if self._logs_access or self._spans is not None:
            peer = client[0] if client else ""
            is_trusted = (self._trusts or is_neighbour)(peer)
            trace = trace_of(fields, is_trusted=is_trusted)
            if self._spans is not None:
                about = {
                    "http.request.method": method,
                    "url.path": exchange.path[:500],
                    "url.scheme": proto.decode("latin-1"),
                    "server.address": host.decode("latin-1"),
                    "client.address": peer,
                }
                exchange.span = self._spans.request(trace, fields, about, is_trusted=is_trusted)
                trace = exchange.span.trace
            exchange.trace, exchange.client = trace, peer
            exchange.fields = trace.told(exchange.fields)
        self._counts.add("adweave_requests_total")
        try:
            await self._proxy(exchange)
        except UpstreamFault as fault:
            self._count_fault(fault, exchange, target)
            exchange.fault = fault.reason
            code = fault.status
            if exchange.has_started:
                raise AnswerCut(f"{path.decode('latin-1')}: {fault}") from fault
            more = ((b"retry-after", b"1"),) if code == 503 else ()
            exchange.status = code
            await say(send, code, FAULTS[fault.reason][1], *more)
        except ClientGone:
            self._counts.add("adweave_clients_gone_total")
            exchange.fault = "client-gone"
        finally:
            exchange.end()
            self._counts.add("adweave_answers_total", "class", _CLASSES[exchange.status // 100])
            self._counts.add("adweave_upstream_seconds_total", by=exchange.upstream_s)
            took_s = time.perf_counter() - exchange.began
            self._counts.add("adweave_answer_seconds_total", by=took_s)
            if exchange.span is not None:
                exchange.span.end(
                    exchange.status, exchange.verdict, exchange.fault, exchange.sent_bytes
                )
            if self._logs_access and exchange.trace is not None:
                log_access(exchange, exchange.trace)

    async def _proxy(self, exchange: Exchange) -> None:
        conditions = self._conditions(exchange)
        if conditions is not None:
            exchange.fields = conditions.fields
        held = self._held_for(exchange)
        began = time.perf_counter()
        answer = await exchange.fetch(self._upstream)
        exchange.upstream_s = time.perf_counter() - began
        self._counts.spent("fetch", exchange.upstream_s)
        if held is not None:
            exchange.fields = held[0].fields  # without our validator, whatever comes next
            verdict = await self._asked_again(exchange, answer, *held, conditions)
            if verdict == "held":
                return
            if verdict == "refused":
                answer = await exchange.fetch(self._upstream)
        decision = exchange.decision
        found = self._weaver.consider(
            exchange.method, answer.status, answer.fields, exchange.origin, decision
        )
        if found == "range" and exchange.method in ("GET", "HEAD") and exchange.content is None:
            # A part of a page that is woven as a whole would not fit to it: ask for all of it.
            exchange.fields = end_to_end(exchange.fields, _NO_RANGE)
            answer = await exchange.fetch(self._upstream)
            found = self._weaver.consider(
                exchange.method, answer.status, answer.fields, exchange.origin, decision
            )
        if exchange.method == "HEAD" and exchange.content is None and isinstance(found, Candidate):
            # What the fields of a woven page are is known once it is woven.
            answer = await exchange.fetch(self._upstream, method="GET")
            found = self._weaver.consider(
                "GET", answer.status, answer.fields, exchange.origin, decision
            )
        # Noted now: the connection serves others while a page is woven.
        code, fields = answer.status, end_to_end(answer.fields, dropped_names(answer.fields))
        fields = dated(self._origins.mapped(fields, exchange.origin))
        if found is None:
            if code == 304 and conditions is not None:
                fields = self._not_modified(fields, conditions, exchange)
                if may_be_page(exchange.path.encode("latin-1"), exchange.fields):
                    fields = told_fields(fields, decision)
            await self._passed(exchange, answer, fields, found, conditions)
            return
        if isinstance(found, Candidate):
            if await self._is_streamed(exchange, answer, fields, found, conditions):
                return
            outcome = await self._held_back(exchange, answer, found)
            if outcome.key is not None and exchange.method != "POST":
                key = outcome.key
                self._weaver.ahead.hold(found, exchange.target, exchange.fields, fields, key)
            if outcome.body:
                fields = self._marked(fields, exchange)
                code, fields, body = whole_answer(code, fields, outcome, conditions)
                await exchange.finish(code, told_fields(fields, decision), body)
                return
        else:
            outcome = self._weaver.passed(found)
        fields = passed_fields(self._marked(fields, exchange), outcome)
        if outcome.reason != "status":  # an error or redirect is the same for everybody
            fields = told_fields(fields, decision)
        await self._passed(exchange, answer, fields, found, conditions)

    async def _passed(
        self,
        exchange: Exchange,
        answer: Connection,
        fields: list[Field],
        found: Candidate | str | None,
        conditions: Conditions | None,
    ) -> None:
        """Send on what is not woven, or 304 where the client turns out to have it."""
        spared = spared_fields(answer.status, fields, conditions)
        if spared is None:
            await exchange.stream(answer, fields)
            return
        if not isinstance(found, Candidate):
            self._weaver.note_spared(fields, exchange.decision, is_page=found is not None)
        await exchange.finish(304, spared, b"")

    def _not_modified(
        self, fields: list[Field], conditions: Conditions, exchange: Exchange
    ) -> list[Field]:
        """The fields of the upstream's own 304: where it stands for a page, those say so."""
        theirs, engine = value_of(fields, b"etag"), self._weaver.engine
        told = not_modified_fields(fields, conditions, is_negotiated=True)
        if theirs is None or engine is None:
            return told
        is_page = conditions.tag_for_304(theirs) != theirs or self._weaver.passed_tags.knows_page(
            theirs, engine.epoch_for(exchange.decision)
        )
        # A cache brings what it has up to date by these: the mark would be gone.
        return self._tagged(told) if is_page else told

    def _marked(self, fields: list[Field], exchange: Exchange) -> list[Field]:
        """A page's fields, with what it is purged by and where its time went."""
        return [*self._tagged(fields), self._timing(exchange)]

    def _tagged(self, fields: list[Field]) -> list[Field]:
        engine = self._weaver.engine
        return fields if engine is None else tagged_fields(fields, engine.site.generation)

    def _timing(self, exchange: Exchange) -> Field:
        """Where a page's time went, in ms."""
        theirs_s = exchange.upstream_s + exchange.body_s
        ours_s = time.perf_counter() - exchange.began - theirs_s
        return (
            b"server-timing",
            b'upstream;desc="upstream";dur=%.1f, adweave;desc="weaving";dur=%.1f'
            % (
                theirs_s * 1000,
                ours_s * 1000,
            ),
        )

    # -- pages that are held ---------------------------------------------------------------

    def _held_for(self, exchange: Exchange) -> tuple[Asked, Held, Page] | None:
        """What may answer a request, if the upstream says so; it then asks that, too."""
        engine = self._weaver.engine
        if (
            not self._weaver.ahead.has_held
            or engine is None
            or exchange.method not in ("GET", "HEAD")
            or exchange.content is not None
            or not exchange.decision.deliveries
        ):
            return None
        epoch = engine.epoch_for(exchange.decision)
        found = self._weaver.ahead.held_for(
            exchange.target, exchange.fields, epoch, exchange.accepted
        )
        if found is None:
            return None
        asked, held, page, exchange.fields = found
        return asked, held, page

    async def _asked_again(
        self,
        exchange: Exchange,
        answer: Connection,
        asked: Asked,
        held: Held,
        page: Page,
        conditions: Conditions | None,
    ) -> Verdict:
        """What the upstream says to our validator; "held": the held page is sent."""
        if answer.status != 304:
            self._counts.add("adweave_revalidations_total", "result", "changed")
            return "client's"
        # Most 304s of a second are alike to the last field, and so are the answers.
        made_of = (answer.fields, page, asked.has_cookie)
        if conditions is None and held.last is not None and held.last[0] == made_of:
            self._counts.bump(_UNCHANGED)
            self._weaver.ahead.still(held, page)
            await self._send_held(exchange, 200, list(held.last[1]), page.body)
            return "held"
        verdict = self._weaver.ahead.verdict(asked, held, answer.fields)
        if verdict == "held":
            fields = end_to_end(answer.fields, dropped_names(answer.fields))
            fields = self._origins.mapped(fields, exchange.origin)
            fields = freshened(held, fields, has_cookie=asked.has_cookie)
            is_dated = value_of(fields, b"date") is not None
            fields = self._tagged(dated(fields))
            outcome = self._weaver.ahead.still(held, page)
            code, fields, body = whole_answer(200, fields, outcome, conditions)
            if conditions is None and is_dated:
                held.last = made_of, list(fields)
            await self._send_held(exchange, code, fields, body)
        return verdict

    async def _send_held(
        self, exchange: Exchange, code: int, fields: list[Field], body: bytes
    ) -> None:
        fields = told_fields([*fields, self._timing(exchange)], exchange.decision)
        await exchange.finish(code, fields, body)

    # -- pages that come -------------------------------------------------------------------

    async def _is_streamed(
        self,
        exchange: Exchange,
        answer: Connection,
        fields: list[Field],
        candidate: Candidate,
        conditions: Conditions | None,
    ) -> bool:
        """Send a page while it comes, where its plan is known by its head; whether it was."""
        if answer.is_done or exchange.method != "GET":
            return False
        if not (self._streams and self._weaver.ahead.is_known(candidate, exchange.address)):
            return False
        await asyncio.sleep(0)  # what has arrived is read: a page that is whole is in the store
        if answer.is_done:
            return False
        length = value_of(fields, b"content-length")
        found = self._weaver.ahead.splice(candidate, exchange.address, length, exchange.accepted)
        if found is None:
            return False
        splice, outcome = found
        if conditions is not None and conditions.are_met_by(outcome.tag, None):
            return False  # a 304, once it is sure that the page is this one
        fields = streamed_fields(self._marked(fields, exchange), outcome)
        await exchange.stream(answer, told_fields(fields, exchange.decision), splice)
        self._weaver.ahead.streamed(splice, candidate, exchange.address)
        return True

    async def _held_back(
        self, exchange: Exchange, answer: Connection, candidate: Candidate
    ) -> Outcome:
        """The woven or passed page; a pass without a body means that it is still to stream."""
        limit = candidate.engine.max_body_bytes
        length = value_of(answer.fields, b"content-length")
        if length is not None and int(length) > limit:
            return self._weaver.passed("too-large", b"", candidate)
        began = time.perf_counter()
        shortfall = await answer.whole(limit, self._hold_s)
        exchange.body_s = time.perf_counter() - began
        self._counts.spent("body", exchange.body_s)
        if shortfall is not None:
            return self._weaver.passed(shortfall)
        body = await answer.more()
        if body:
            exchange.release()  # it may serve others while we weave
        with exchange.timed():
            outcome = await self._weaver.weave(candidate, body, exchange.accepted, exchange.address)
        if self._streams and outcome.key is not None:
            self._weaver.ahead.note(candidate, exchange.address, body, outcome.key)
        return outcome

    def _conditions(self, exchange: Exchange) -> Conditions | None:
        if not has_conditions(exchange.fields):
            return None
        engine = self._weaver.engine
        if engine is None:
            return None
        holds = may_be_page(exchange.path.encode("latin-1"), exchange.fields) and bool(
            exchange.decision.deliveries
        )
        return translated(
            exchange.fields,
            method=exchange.method,
            holds=holds,
            epoch=engine.epoch_for(exchange.decision),
            passed=self._weaver.passed_tags,
        )

    def _count_fault(self, fault: UpstreamFault, exchange: Exchange, target: bytes) -> None:
        self._counts.add("adweave_upstream_faults_total", "reason", fault.reason)
        trace = exchange.trace
        named = {} if trace is None else {"request": trace.request_id, "trace": trace.trace_id}
        path = target.partition(b"?")[0][:200].decode("latin-1")  # a query may have secrets
        # The faults that opened the circuit are told, and each trial's; what it refuses is counted.
        level = logging.DEBUG if fault.reason == "circuit-open" else logging.WARNING
        log.log(level, "upstream: %s: %s", fault, path, extra={"about": named})
