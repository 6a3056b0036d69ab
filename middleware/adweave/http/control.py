"""What adweave serves on the site's own address: files under `/_adweave/`, and the intake.

Only paths that are spelt exactly so, before any decoding, are ours; `/%5fadweave/`,
`//_adweave/` and the like go where all other paths go. Nothing here takes an address, a file
name or a query from the request: a path is looked up, or it is not there. (A tester's link has
a query, which is signed; `trying` says what of it is followed.)

An address whose hash is of an older generation than this process knows is answered with the
file of today under a short lifetime: pages with that address may lie in caches for long, and
the loader reads the data of older pages.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

from adweave.events import MAX_BYTES, Desk, EventStore, Refused, Sent, Terms
from adweave.events import REASONS as REFUSALS
from adweave.slots import EVENTS_PATH, PREFIX, QA_PATH, READER_PATH, Asset, reader_answer

from .codings import encoded
from .engine import Engine
from .fields import Field, client_address, is_neighbour, value_of
from .plain import say
from .trying import try_variant
from .weave import Weaver

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_PREFIX: Final = PREFIX.encode("ascii")
_EVENTS: Final = EVENTS_PATH.encode("ascii")
_READER: Final = READER_PATH.encode("ascii")
_QA: Final = QA_PATH.encode("ascii")
_HASHED: Final = re.compile(r"(.+)-[0-9a-f]{12}(\.[a-z0-9]+)?")

_FOR_EVER: Final = b"public, max-age=31536000, immutable"
_SHORT: Final = b"public, max-age=60"
# A creative opened by its own address gets no more than in its frame.
_CREATIVE_POLICY: Final = b"sandbox allow-popups allow-popups-to-escape-sandbox"
_COMPRESSED_FROM_BYTES: Final = 400

# Sec-Purpose is the Fetch standard's, the others are older browsers'.
_PURPOSES: Final = frozenset({b"sec-purpose", b"purpose", b"x-moz", b"x-purpose"})
_REFUSALS: Final = {"rate": 429, "prefetch": 403, "token": 403}


class Control:
    """ASGI app for `/_adweave/*`. `store` is None where no events are kept.

    `trusts` says of a peer's address whether its word about the client is taken.
    """

    def __init__(
        self,
        weaver: Weaver,
        store: EventStore | None,
        *,
        trusts: Callable[[str], bool] | None = None,
    ) -> None:
        self._trusts = trusts or is_neighbour
        self._weaver = weaver
        self._store = store
        self._counts = weaver.counts
        self._compressed: dict[tuple[bytes, str], bytes] = {}
        self._desk: Desk | None = None
        self._terms_of: tuple[Engine, Terms] | None = None

    @staticmethod
    def owns(raw_path: bytes) -> bool:
        """Whether a raw path (as in the request line, without its query) is answered here."""
        return raw_path.startswith(_PREFIX)

    def close(self) -> None:
        """Write what events were taken in."""
        self._tell_refusals(is_last=True)
        if self._store is not None:
            self._store.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
        method: str = scope["method"]
        if path == _EVENTS:
            if method != "POST":
                await say(send, 405, "Events are sent by POST.", (b"allow", b"POST"))
                return
            await self._take_in(scope, receive, send)
            return
        if method not in ("GET", "HEAD"):
            await say(send, 405, "Files are read by GET.", (b"allow", b"GET, HEAD"))
            return
        if path == _READER:
            await self._tell_of_reader(scope, send)
            return
        if path == _QA:
            engine = self._weaver.engine
            site = None if engine is None else engine.site
            await try_variant(scope, send, self._weaver.page_key, site)
            return
        found = self._file(path.decode("latin-1"))
        if found is None:
            await say(send, 404, "There is nothing here.", (b"cache-control", _SHORT))
            return
        await self._serve(scope, send, *found)

    async def _tell_of_reader(self, scope: Scope, send: Send) -> None:
        """Country and privacy control, for this reader alone: kept by nobody."""
        engine = self._weaver.engine
        header = None if engine is None else engine.site.settings.targeting.country_header
        body = reader_answer(scope["headers"], header)
        fields: list[Field] = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"private, no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"date", formatdate(usegmt=True).encode("ascii")),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )

    # -- files -------------------------------------------------------------------------------

    def _file(self, path: str) -> tuple[Asset, bytes] | None:
        """A file and its Cache-Control."""
        engines = self._weaver.engines
        for engine in reversed(engines):
            asset = engine.assets.get(path)
            if asset is not None:
                return asset, _FOR_EVER
        asked = _HASHED.fullmatch(path)
        if asked is None or not engines:
            return None
        for known, asset in engines[-1].assets.items():
            same = _HASHED.fullmatch(known)
            if same is not None and same.groups() == asked.groups():
                return asset, _SHORT
        return None

    async def _serve(self, scope: Scope, send: Send, asset: Asset, lifetime: bytes) -> None:
        body = asset.body
        fields: list[Field] = [
            (b"content-type", asset.content_type.encode("ascii")),
            (b"cache-control", lifetime),
            (b"x-content-type-options", b"nosniff"),
            (b"date", formatdate(usegmt=True).encode("ascii")),
        ]
        if asset.content_type.startswith(("text/html", "image/svg")):
            policy = asset.policy.encode("ascii") if asset.policy else _CREATIVE_POLICY
            fields.append((b"content-security-policy", policy))
        if asset.content_type.startswith("text/") and len(body) > _COMPRESSED_FROM_BYTES:
            fields.append((b"vary", b"accept-encoding"))
            coding = _coding_for(value_of(scope["headers"], b"accept-encoding") or b"")
            if coding is not None:
                body = self._in_coding(body, coding)
                fields.append((b"content-encoding", coding.encode("ascii")))
        fields.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )

    def _in_coding(self, body: bytes, coding: str) -> bytes:
        compressed = self._compressed.get((body, coding))
        if compressed is None:
            if len(self._compressed) > 500:  # many generations later
                self._compressed.clear()
            compressed = self._compressed[body, coding] = encoded(body, coding)
        return compressed

    # -- events ------------------------------------------------------------------------------

    async def _take_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        terms = self._terms()
        if self._desk is None:
            self._desk = Desk(self._weaver.page_key)
        fields: list[Field] = scope["headers"]
        client = scope.get("client")
        address = client_address(fields, client[0] if client else "", self._trusts)
        if not self._desk.may_send(address, terms):
            await self._refuse(send, "rate")
            return
        raw = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            raw += message.get("body", b"")
            if len(raw) > MAX_BYTES:
                await self._refuse(send, "size", 413)
                return
            if not message.get("more_body", False):
                break
        sent = Sent(
            raw,
            address,
            value_of(fields, b"user-agent") or b"",
            tuple(value for name, value in fields if name in _PURPOSES),
            scope.get("query_string", b"").removeprefix(b"k=").decode("latin-1"),
        )
        taken = self._desk.take(sent, time.time_ns() // 1_000_000, terms)
        if isinstance(taken, Refused):
            await self._refuse(send, taken.reason)
            return
        for reason, count in (*taken.dropped.items(), *taken.stripped.items()):
            self._counts.add("adweave_events_dropped_total", "reason", reason, count)
        self._tell_refusals()
        if (store := self._keeps_events) is not None:
            kept = store.append(taken.events)
            self._counts.add("adweave_events_total", by=kept)
            if kept < len(taken.events):
                lost = len(taken.events) - kept
                self._counts.add("adweave_events_dropped_total", "reason", "store", lost)
        await send(
            {
                "type": "http.response.start",
                "status": 204,
                "headers": [(b"cache-control", b"no-store")],
            }
        )
        await send({"type": "http.response.body", "body": b""})

    def _tell_refusals(self, *, is_last: bool = False) -> None:
        """Put down how many batches were refused, so that a report can say so."""
        store = self._keeps_events
        if self._desk is not None and store is not None:
            told = self._desk.refusals(is_last=is_last)
            if told:
                store.append(told)

    @property
    def _keeps_events(self) -> EventStore | None:
        """Where events go; None where there is no store, or the site wants none."""
        engine = self._weaver.engine
        wanted = engine is None or engine.site.settings.events.enabled
        return self._store if wanted else None

    def _terms(self) -> Terms:
        engine = self._weaver.engine
        if engine is None:
            return Terms({})
        if self._terms_of is None or self._terms_of[0] is not engine:
            site = engine.site
            variants = {
                name: [variant.name for variant in experiment.variants]
                for name, experiment in site.experiments.items()
            }
            told = site.settings.events
            self._terms_of = engine, Terms(variants, told.rate_per_minute, told.bots)
        return self._terms_of[1]

    async def _refuse(self, send: Send, reason: str, code: int = 0) -> None:
        code = code or _REFUSALS.get(reason, 400)
        self._counts.add("adweave_batches_refused_total", "reason", reason)
        if self._desk is not None:
            self._desk.note_refusal(reason)
        self._tell_refusals()
        await say(
            send, code, f"{reason}: {REFUSALS[reason]}", (b"connection", b"close"),
            (b"cache-control", b"no-store"),
        )  # fmt: skip


def _coding_for(accepted: bytes) -> str | None:
    """The best coding of ours that an Accept-Encoding value names without a weight of zero."""
    named = {
        name.strip().lower()
        for name, _, weight in (item.partition(b";") for item in accepted.split(b","))
        if weight.replace(b" ", b"").rstrip(b"0").rstrip(b".") not in (b"q=", b"q=0")
    }
    return next((coding for coding in ("br", "gzip") if coding.encode() in named), None)
