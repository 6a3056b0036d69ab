"""A configuration tried on pages: what the gateway would do with each, without a gateway.

Goes the way of a request: the answer's header fields decide first, then the engine plans the
page and notes what it found out.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from adweave.http import (
    REASONS,
    VERSION,
    CodingDoubt,
    Counts,
    Engine,
    Findings,
    PageHead,
    PagePassed,
    PagePlan,
    Weaver,
    decoded,
)
from adweave.page import weave
from adweave.placements import Decision, Delivery, Site
from adweave.review.page import ANYBODY, Page, Reader


class NotAPage(ValueError):
    """What was to be tried is no HTML page; the text names its Content-Type."""


@dataclass(frozen=True, slots=True)
class _InForce:
    """The configuration of a trial: one site, for as long as it lasts."""

    site: Site


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one page. `plan` is None where it is passed; then `reason` says why.

    `body` is the page without its content coding, as far as it could be taken off.
    """

    delivery: Delivery | None
    findings: Findings
    plan: PagePlan | None
    reason: str | None
    detail: str
    body: bytes

    @property
    def woven(self) -> bytes:
        """The page with what is put in; as it came where nothing is."""
        if self.plan is None:
            return self.body
        return weave(self.body, self.plan.insertions, self.plan.encoding)


class Trial:
    """One site, tried on any number of pages. Not for several threads at once."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._weaver = Weaver(_InForce(site), version=VERSION, counts=Counts())

    def run(
        self, page: Page, delivery: Delivery | None = None, *, reader: Reader = ANYBODY
    ) -> Outcome:
        """What happens to `page` when `reader` asks for it.

        `delivery` stands in for what the request would get. Raises `NotAPage` for an answer that
        is not HTML.
        """
        decision = self._decision(page, reader) if delivery is None else Decision((delivery,))
        findings, body = Findings(), page.body
        if not decision.deliveries:
            reason = decision.reason or "no-layout"
            return Outcome(None, findings, None, reason, REASONS[reason], body)
        plan, passed, detail = None, None, ""
        try:
            engine, body, head = self._candidate(page, decision)
            plan = engine.plan(body, head, findings)
        except PagePassed as refusal:
            passed, detail = refusal.reason, refusal.detail or REASONS[refusal.reason]
        chosen = findings.aimed.delivery if findings.aimed is not None else None
        return Outcome(chosen or decision.delivery, findings, plan, passed, detail, body)

    def why(self, page: Page, *, reader: Reader = ANYBODY) -> Mapping[tuple[str, str], str]:
        """What the request does not get, and why, by (layout, placement or "")."""
        host, now = _host_and_time(page, reader)
        return self.site.why(page.path, host=host, fields=reader.fields, now=now)

    def _decision(self, page: Page, reader: Reader) -> Decision:
        host, now = _host_and_time(page, reader)
        return self._weaver.decide(page.path, host, reader.fields, now)

    def _candidate(self, page: Page, decision: Decision) -> tuple[Engine, bytes, PageHead]:
        """What the page's head leaves to plan, its content coding taken off."""
        found = self._weaver.consider("GET", 200, page.fields, page.origin, decision)
        if found is None:
            kind = page.field(b"content-type") or "nothing"
            raise NotAPage(f"{page.target} is no HTML page: its Content-Type is {kind}")
        if isinstance(found, str):
            raise PagePassed(found)
        if not page.is_whole:
            raise PagePassed("cut", "fewer bytes came than Content-Length announces")
        try:
            body = decoded(page.body, found.coding, found.engine.max_body_bytes)
        except CodingDoubt as doubt:
            raise PagePassed(doubt.reason) from doubt
        return found.engine, body, found.head


def _host_and_time(page: Page, reader: Reader) -> tuple[str, float]:
    host = reader.host or urlsplit(page.origin).netloc
    return host, time.time() if reader.now is None else reader.now


def woven(page: Page, site: Site) -> Page:
    """The page as `site` would send it, without content coding."""
    return page.with_plain(Trial(site).run(page).woven)
