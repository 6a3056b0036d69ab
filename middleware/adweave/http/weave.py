"""`Weaver`: from an answer's head and body to the woven body, or the reason to pass it.

Theory of operation. `consider` looks at the head alone. A body is looked up by a keyed hash of
its bytes as they came, still compressed, together with all that the plan depends on; a hit in
the page store gives finished bytes: nothing is inflated, parsed or deflated. A miss is planned
in a worker thread, one page at a time; who waits for it waits no longer than the deadline and
passes the page, while the thread finishes and keeps the plan for the next request.

Whatever fails, the answer is the upstream's bytes: nothing raised in here reaches a reader.
Shared by the gateway and the middleware; knows no sockets and no ASGI.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import Final, Protocol

import xxhash

from adweave.page import Insertion, weave
from adweave.placements import Decision, Delivery, Site

from . import alike, status
from .ahead import Ahead
from .codings import IDENTITY, Accepted, CodingDoubt, content_start, decoded, encoded
from .counts import Counts
from .editing import EDITING, is_editors_path
from .engine import Engine, PageHead, PagePassed, PagePlan
from .fields import Fields, value_of
from .heads import Candidate, Heads, SeenHeads, html_type_of
from .memory import Memory, in_coding
from .outcome import Outcome as Outcome  # what this module gives
from .outcome import Page as Page
from .tracing import in_context, stage
from .validators import PassedTags

log = logging.getLogger("adweave.http")

_MAX_WAITING: Final = 64
# So many pages in a row went out without their plan: nobody waits until one is made again.
_TOO_LATE: Final = 5
_OLD_ENGINES: Final = 8
_LOG_EVERY_S: Final = 60.0

_MAX_PLAIN: Final = 4_096
_MAX_PLAIN_LENGTH: Final = 256
_REASON_BYTES: Final = 400  # about what a kept reason takes
_OFF: Final = Decision((), reason="off")
_SWITCHED_OFF: Final = Decision((), reason="switched-off")
_FAILED: Final = Decision((), reason="error")
_PLAN_HIT: Final = ("adweave_plans_total", "plan", "hit")
_WOVEN: Final = ("adweave_pages_total", "result", "woven")


# Only its length and shape matter: an article that every stage has work with.
_WARMING_PAGE: Final = (
    b"<!doctype html><html lang=en><head><title>t</title></head><body><article><h1>News</h1>"
    + b"".join(
        b"<p>%b</p>" % (b"The council met on Tuesday and agreed on the budget for next year. " * 8)
        for _ in range(12)
    )
    + b"</article></body></html>"
)


class Configuration(Protocol):
    """Where the current configuration comes from: `placements.Live`, or what stands for it."""

    @property
    def site(self) -> Site | None:
        """The last good configuration; None while there is none."""


class Weaver:
    """Decides and weaves by the current configuration. All methods are for one thread."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        version: str,
        counts: Counts,
        secret: int | None = None,
        on_planned: Callable[[bytes, PagePlan | str], None] | None = None,
        page_key: Callable[[], bytes | None] = lambda: None,
    ) -> None:
        """`secret` (64 bits) keys what is kept: several that share plans share it, too.

        `page_key` gives the key of pages' tokens (`events.page_key`), and is asked once.
        `on_planned` is told each new plan or reason with its key, in the worker thread.
        """
        self._configuration = configuration
        self._version = version
        self._secret = secrets.randbits(64) if secret is None else secret
        self._on_planned = on_planned
        self._ask_page_key = page_key
        self._engines: list[Engine] = []  # the current one last
        self._memory = Memory(counts)
        self._plans, self._pages = self._memory.plans, self._memory.pages
        self.ahead = Ahead(self._memory, counts, self._complain)
        self._heads = Heads(self._secret)
        self.seen = SeenHeads()  # under the configuration that was asked for last
        self._plain: dict[str, Decision] = {}
        self._late = 0  # pages in a row whose plan was not there in time
        self._refining: set[bytes] = set()
        self._building: dict[bytes, Future[Page | str]] = {}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="adweave-plan")
        self._last_logged: dict[str, float] = {}
        self.counts = counts
        self.passed_tags = PassedTags()

    # -- configuration ---------------------------------------------------------------------

    @cached_property
    def page_key(self) -> bytes | None:
        """The key of the tokens that pages carry; None where they carry none."""
        return self._ask_page_key()

    @property
    def engine(self) -> Engine | None:
        """The engine of the current configuration; None while there is none."""
        site = self._configuration.site
        if self._engines and self._engines[-1].site is site:
            return self._engines[-1]
        return self._changed(site) if site is not None else None

    @property
    def engines(self) -> list[Engine]:
        """The current and the last few before it: their files are still asked for."""
        return self._engines

    @property
    def gauges(self) -> dict[str, float]:
        """What is in memory now."""
        return {**self._memory.gauges, "adweave_plans_waiting": len(self._building)}

    def warm(self) -> None:
        """Plan a page of our own, so that no reader waits for what is loaded at first use."""
        engine = self.engine
        if engine is None or not engine.site.layouts:
            return
        delivery = Delivery((next(iter(engine.site.layouts.values())),))
        head = PageHead("text/html; charset=utf-8", None, (), None, delivery)
        try:
            engine.plan(_WARMING_PAGE, head)
        except PagePassed:
            return
        except Exception as error:
            self._complain("warm", error)

    def close(self) -> None:
        """Let the worker thread go; what it is doing is finished."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _changed(self, site: Site) -> Engine | None:
        try:
            engine = Engine(site, self._version, self.page_key)
        except Exception as error:
            self._complain("engine", error)
            return self._engines[-1] if self._engines else None
        limits = site.settings.limits
        self._memory.set_up(max_plans=limits.max_plans, ceiling_bytes=limits.max_page_store_bytes)
        self._heads = Heads(self._secret)
        self.seen = SeenHeads()  # under the configuration that was asked for last
        self._plain = {}
        self._engines = [*self._engines[-_OLD_ENGINES:], engine]
        self.counts.add("adweave_generations_total")
        return engine

    # -- the head --------------------------------------------------------------------------

    def plain_decision(self, path: str) -> Decision | None:
        """What a path gets whatever the request says, if it was asked before; else None."""
        return self._plain.get(path) if self.engine is not None else None

    def decide(self, path: str, host: str, fields: Fields, now: float) -> Decision:
        """What a request gets, from the request alone; without deliveries: why nothing.

        `path` is the raw one, `fields` are the client's with lower-case names, `now` is in
        seconds since 1970. Never raises.
        """
        decision = self.plain_decision(path)
        if decision is not None:
            return decision
        try:
            engine = self.engine
            if engine is None:
                return _OFF
            switch = engine.site.switch
            if switch and switch.stops(path):
                decision = _SWITCHED_OFF
            elif is_editors_path(path):
                decision = EDITING
            else:
                decision = engine.decide(path, host, fields, now)
            if not decision.key and len(path) <= _MAX_PLAIN_LENGTH:
                if len(self._plain) >= _MAX_PLAIN:
                    self._plain.clear()
                self._plain[path] = decision
            return decision
        except Exception as error:
            self._complain("decide", error)
            return _FAILED

    def consider(
        self,
        method: str,
        code: int,
        fields: Fields,
        origin: str,
        decision: Decision,
    ) -> Candidate | str | None:
        """What an answer's head says: a candidate, a reason to pass, or None for no page.

        `fields` have lower-case names; `origin` is such as "https://example.org"; `decision` is
        the request's. Never raises.
        """
        content_type = html_type_of(fields)
        if content_type is None or code == 304:
            return None
        try:
            engine = self._engine_of(decision)
            if engine is None:
                return "off"
            # What an older engine decided is not to be remembered for the current one.
            heads = self._heads if engine is self.engine else Heads(self._secret)
            return heads.consider(engine, method, code, fields, origin, content_type, decision)
        except CodingDoubt as doubt:
            return doubt.reason
        except Exception as error:
            self._complain("consider", error)
            return "error"

    def _engine_of(self, decision: Decision) -> Engine | None:
        """The engine that made a decision: the configuration may have changed since.

        A plan of one configuration's layouts must never be kept as the other's.
        """
        current = self.engine
        delivery = decision.delivery
        if delivery is None or current is None:
            return current
        layout = delivery.layout
        for engine in reversed(self._engines):
            if engine.site.layouts.get(layout.name) is layout:
                return engine
        return current if layout.name not in current.site.layouts else None

    # -- the body --------------------------------------------------------------------------

    async def weave(
        self,
        candidate: Candidate,
        body: bytes,
        accepted: Accepted | None = None,
        address: bytes = b"",
    ) -> Outcome:
        """The woven body, from the store or made now. Never raises.

        `accepted` is what the client takes; without it the body keeps its coding. `address` is
        what was asked for: pages of one address may be renderings of one.
        """
        try:
            return await self._weave(candidate, body, accepted, address)
        except Exception as error:
            self._complain("weave", error)
            return self.passed("error", body)

    def page_for(self, candidate: Candidate, body: bytes) -> Page | None:
        """The finished page, if it is there to be sent at once; counted. Never raises."""
        try:
            page = self._pages.get(self._key(candidate, body))
        except Exception as error:
            self._complain("weave", error)
            return None
        if page is not None:
            self.counts.bump(_PLAN_HIT)
            self.counts.bump(_WOVEN)
        return page

    def passed(self, reason: str, body: bytes = b"", candidate: Candidate | None = None) -> Outcome:
        """A counted pass."""
        self.counts.add("adweave_pages_total", "result", "passed")
        self.counts.add("adweave_passed_total", "reason", reason)
        if candidate is not None and candidate.tag is not None and reason in status.LASTING:
            self.passed_tags.add(candidate.tag, candidate.epoch)
        return Outcome(body, reason, status.passed(reason))

    def note_spared(self, fields: Fields, decision: Decision, *, is_page: bool) -> None:
        """Remember what met a held-back condition: next time the upstream is asked itself."""
        tag, engine = value_of(fields, b"etag"), self.engine
        if tag is not None and engine is not None:
            self.passed_tags.add(tag, engine.epoch_for(decision), is_page=is_page)

    async def _weave(
        self, candidate: Candidate, body: bytes, accepted: Accepted | None, address: bytes
    ) -> Outcome:
        if not body:
            return self.passed("empty", body, candidate)
        if len(body) > candidate.engine.max_body_bytes:
            return self.passed("too-large", body, candidate)
        key = self._key(candidate, body)
        best = fast = candidate.coding
        if accepted is not None:
            best, fast = accepted.best, accepted.fast
        kept = self._kept(key, candidate, body, best, fast)
        if kept is not None:
            return self._outcome(kept, candidate, body, "hit", key, accepted)
        rendered = self._rendered(candidate, body, fast, address)
        if rendered is not None:
            return self._outcome(rendered, candidate, body, "alike", None, accepted)
        try:
            asyncio.get_running_loop()
        except RuntimeError:  # another kind of event loop: it can't wait for our thread
            made = self._made(key, candidate, body, fast, address)
            return self._outcome(made, candidate, body, "miss", key, accepted)
        building = self._building.get(key)
        if building is None:
            if len(self._building) >= _MAX_WAITING:
                return self.passed("busy", body)
            building = self._building[key] = self._pool.submit(
                in_context(self._made), key, candidate, body, fast, address
            )
            # Not in `_made` itself: it may have ended before it is noted here.
            building.add_done_callback(lambda _: self._building.pop(key, None))
        if self._late >= _TOO_LATE and not building.done():
            return self.passed("busy", body)  # it would be in vain: the plan is for the next one
        try:
            async with asyncio.timeout(candidate.engine.deadline_s):
                made = await asyncio.shield(asyncio.wrap_future(building))
        except TimeoutError:
            self._late += 1
            return self.passed("deadline", body)
        if isinstance(made, Page) and made.coding != fast:  # made for another reader
            made = self._kept(key, candidate, body, fast, fast) or "error"
        return self._outcome(made, candidate, body, "miss", key, accepted)

    def _key(self, candidate: Candidate, body: bytes, seed: int | None = None) -> bytes:
        """Keyed, so that nobody can make two pages of one key from outside (128 bits)."""
        seed = candidate.seed if seed is None else seed
        if candidate.coding == "gzip" and (start := content_start(body, "gzip")):
            return xxhash.xxh3_128_digest(memoryview(body)[start:], seed)
        return xxhash.xxh3_128_digest(body, seed)

    def _kept(
        self, key: bytes, candidate: Candidate, body: bytes, best: str, fast: str
    ) -> Page | str | None:
        """From the stores: a finished page, a reason, or None.

        A page whose plan is there is finished now in the `fast` coding; in the `best` one the
        worker thread makes it for those who come after.
        """
        page = self._pages.get(in_coding(key, candidate, best))
        if page is not None:
            return page
        plan = self._plans.get(key)
        if plan is None or isinstance(plan, str):
            return plan
        if best != fast:
            self._refine(key, candidate, body, plan, best)
            page = self._pages.get(in_coding(key, candidate, fast))
        return page or self._finished(key, candidate, body, plan, fast)

    def _refine(
        self, key: bytes, candidate: Candidate, body: bytes, plan: PagePlan, coding: str
    ) -> None:
        """Have a planned page compressed better, once and by the way."""
        named = in_coding(key, candidate, coding)
        if named in self._refining or len(self._refining) >= _MAX_WAITING:
            return
        self._refining.add(named)

        def finish() -> None:
            try:
                self._finished(key, candidate, body, plan, coding)
            except Exception as error:
                self._complain("encode", error)
            finally:
                self._refining.discard(named)

        self._pool.submit(finish)

    def _made(
        self, key: bytes, candidate: Candidate, body: bytes, coding: str, address: bytes = b""
    ) -> Page | str:
        """Plan and finish a page, keep both. Runs in the worker thread; does not raise.

        Planned with it are the pages of those whom the server deals another variant.
        """
        keys = [key]
        try:
            # While this one waited, the page may have been planned with that of another variant.
            known = self._kept(key, candidate, body, coding, coding)
            if known is not None:
                return known
            keys += [self._key(candidate, body, seed) for _, seed in candidate.others]
            plain = self._decoded(candidate, body)
            if not plain:
                raise PagePassed("empty")
            began = time.perf_counter()
            others = [other for other, _ in candidate.others]
            with stage("plan"):
                plans = candidate.engine.plans(plain, candidate.head, others)
            self.counts.spent("plan", time.perf_counter() - began)
            page = self._finished(key, candidate, body, plans[0], coding, plain)
            for each, plan in zip(keys, plans, strict=True):
                self._planned(each, plan)
            if address:
                names = alike.names_of(candidate, address)
                for name, plan in zip(names, plans, strict=True):
                    alike.note(self._memory.renderings, name, plain, plan, candidate)
                self._memory.share_room()
            self._late = 0
            return page
        except (PagePassed, CodingDoubt) as doubt:
            for each in keys:
                self._planned(each, doubt.reason)
            return doubt.reason
        except Exception as error:
            self._complain("plan", error)
            return "error"

    def _rendered(
        self, candidate: Candidate, body: bytes, coding: str, address: bytes
    ) -> Page | None:
        """A page that is another rendering of one whose plan is known; it is not kept itself."""
        renderings, name = self._memory.renderings, next(alike.names_of(candidate, address))
        if not renderings.get(name):
            return None
        try:
            plain = self._decoded(candidate, body)
        except CodingDoubt:
            return None  # the planning says what is wrong with it
        found = alike.found(renderings, name, plain, candidate)
        return None if found is None else self._page(plain, *found, coding)

    def _decoded(self, candidate: Candidate, body: bytes) -> bytes:
        """The page without its content coding. Raises `CodingDoubt`."""
        began = time.perf_counter()
        plain = decoded(body, candidate.coding, candidate.engine.max_body_bytes)
        if candidate.coding != IDENTITY:
            self.counts.spent("inflate", time.perf_counter() - began)
        return plain

    def learn(self, key: bytes, plan: PagePlan | str) -> None:
        """Take over what another weaver of the same secret has planned."""
        self._plans.put(key, plan, _REASON_BYTES if isinstance(plan, str) else plan.size_bytes)
        self._memory.share_room()

    def _planned(self, key: bytes, plan: PagePlan | str) -> None:
        self.learn(key, plan)
        if self._on_planned is not None:
            self._on_planned(key, plan)

    def _finished(
        self,
        key: bytes,
        candidate: Candidate,
        body: bytes,
        plan: PagePlan,
        coding: str,
        plain: bytes | None = None,
    ) -> Page:
        """Splice and compress a planned page, and keep it."""
        if plain is None:
            plain = self._decoded(candidate, body)
        page = self._page(plain, plan, plan.insertions, coding)
        self._pages.put(in_coding(key, candidate, coding), page, len(page.body) + 600)
        return page

    def _page(
        self, plain: bytes, plan: PagePlan, insertions: Sequence[Insertion], coding: str
    ) -> Page:
        """Splice and compress. `insertions` are the plan's, at the places of this page."""
        began = time.perf_counter()
        with stage("splice"):
            woven = weave(plain, insertions, plan.encoding)
            spliced = time.perf_counter()
            body = encoded(woven, coding)
        self.counts.spent("splice", spliced - began)
        if coding != IDENTITY:
            self.counts.spent("compress", time.perf_counter() - spliced)
        return Page(
            body=body,
            status_field=status.woven(plan.slots, plan.layout, "hit", plan.lang),
            miss_field=status.woven(plan.slots, plan.layout, "miss", plan.lang),
            body_hash=xxhash.xxh3_64_hexdigest(body).encode("ascii"),
            coding=coding,
        )

    def _outcome(
        self,
        made: Page | str,
        candidate: Candidate,
        body: bytes,
        plan: str,
        key: bytes | None,
        negotiated: Accepted | None = None,
    ) -> Outcome:
        self.counts.add("adweave_plans_total", "plan", plan)
        if isinstance(made, str):
            return self.passed(made, body, candidate)
        self.counts.add("adweave_pages_total", "result", "woven")
        return Outcome(
            made.body,
            None,
            made.miss_field if plan == "miss" else made.status_field,
            made.tag_for(candidate),
            made.coding if negotiated is not None else None,
            key,
        )

    def _complain(self, kind: str, error: BaseException) -> None:
        """Count a fault of ours; log it with its traceback once per kind and minute."""
        self.counts.add("adweave_errors_total", "kind", kind)
        kind = f"{kind}: {type(error).__name__}"
        now = time.monotonic()
        if now - self._last_logged.get(kind, -_LOG_EVERY_S) >= _LOG_EVERY_S:
            self._last_logged[kind] = now
            log.error("%s failed; pages pass as they came", kind, exc_info=error)
