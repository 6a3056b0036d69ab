"""One generation of the configuration at work: a decoded page -> insertions, or a reason.

The way of a page: `page` reads it and finds the article, `layout` plans, `labels` finds the
words, `slots` makes the markup, `page` checks that nothing else of the tree changed. Runs in
a worker thread and keeps nothing between pages. Knows nothing of sockets, caches, codings.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from adweave.events import page_token
from adweave.experiments import client_ranges, client_terms
from adweave.labels import Language, Texts, choose_language, language_around, texts_for
from adweave.layout import AnchorVerdict, Plan, length_of, measures_of, plan_for, with_anchored
from adweave.page import (
    Anchor,
    Outline,
    PageDoubt,
    Source,
    anchor_at_end,
    anchors_at,
    anchors_in_listing,
    broken_insertions,
    has_element,
    headlines_of,
    is_edited,
    landmarks_of,
    metas_of,
    outline_of,
    read_page,
)
from adweave.placements import (
    Aimed,
    Assigned,
    Decision,
    Delivery,
    Facts,
    Layout,
    Placement,
    Site,
    aimed,
    without,
)
from adweave.slots import (
    EVENTS_PATH,
    Asset,
    Insertion,
    SlotRenderer,
    Takeover,
    needs,
    permissions,
)

from .assigning import Assigner, outcomes_of
from .fields import Fields
from .plans import PagePlan as PagePlan  # kept apart, and part of what this module gives
from .status import REASONS

# A gap that breaks parity is taken out and the page planned again, so many times.
_ROUNDS: Final = 3
# Enough for a language to be clear, and not so many that the rest of the article drowns it.
_BLOCKS_AROUND: Final = 4
# The builder itself stops at so many times the deadline: by then nobody waits any more.
_PATIENCE: Final = 8


# What makes HTML a page of its own. Without any of it a script asked, and puts it into a page.
_DOCUMENT: Final = re.compile(rb"<(?:!doctype|html|head|body)[\s/>]", re.IGNORECASE)


class PagePassed(Exception):
    """The page is not woven; `reason` is one of `status.REASONS`, `detail` may say more."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason if reason in REASONS else "error"
        self.detail = detail


@dataclass(frozen=True, slots=True)
class PageHead:
    """What the answer's head says about a page, as far as the plan depends on it.

    `decision` is what its request gets; without one, `delivery` is all that comes into question.
    """

    content_type: str
    content_language: str | None
    policies: tuple[str, ...]  # values of Content-Security-Policy
    origin: str | None  # "https://example.org"; only where there are policies
    delivery: Delivery
    decision: Decision | None = None


@dataclass(slots=True)
class Findings:
    """What was found out about one page, as far as its planning came; for explanations."""

    source: Source | None = None
    outline: Outline | None = None
    aimed: Aimed | None = None  # the layouts that it gets, and what is left out of them
    plans: tuple[Plan, ...] = ()  # one for each distinct layout of the delivery
    language: Language | None = None
    without: frozenset[int] = frozenset()  # gaps that the self-check ruled out
    anchors: tuple[AnchorVerdict, ...] = ()  # places outside the article's gaps
    places: dict[tuple[str, ...], Sequence[Anchor]] = field(default_factory=dict, repr=False)


class Engine:
    """Plans pages by one `Site`. May be shared between threads.

    With `page_key` pages carry a token, without which events are not taken (`events.tokens`).
    """

    def __init__(self, site: Site, version: str, page_key: bytes | None = None) -> None:
        self.site = site
        token = page_token(page_key, site.generation) if page_key is not None else ""
        self._needs = needs(site.settings)
        self._assigner = Assigner(site, page_key)
        self.renderer = SlotRenderer(
            site,
            {
                name: [(low, high) for low, high in client_ranges(experiment)]
                for name, experiment in site.experiments.items()
                if experiment.is_running
            },
            terms={
                name: client_terms(experiment, site.settings)
                for name, experiment in site.experiments.items()
                if experiment.is_running
            },
            events_path=f"{EVENTS_PATH}?k={token}" if token else EVENTS_PATH,
        )
        switched = [site.switch.key] if site.switch else []
        parts = "\n".join(
            [version, site.generation, token, *switched, *sorted(self.renderer.assets)]
        )
        self.epoch = hashlib.sha256(parts.encode("utf-8")).hexdigest()[:12].encode("ascii")
        """12 hex digits: equal where woven pages are equal. Part of entity tags."""
        self._epochs: dict[bytes, bytes] = {}
        self.deadline_s = site.settings.limits.deadline_ms / 1000
        self.max_body_bytes = site.settings.limits.max_body_bytes

    @property
    def assets(self) -> Mapping[str, Asset]:
        """Address -> file, for what pages of this generation ask for."""
        return self.renderer.assets

    def plan(self, body: bytes, head: PageHead, findings: Findings | None = None) -> PagePlan:
        """The checked insertions for a page. `body` is decoded. Raises `PagePassed`.

        `findings` is filled on the way, also where the page is passed.
        """
        return self.plans(body, head, findings=findings)[0]

    def plans(
        self,
        body: bytes,
        head: PageHead,
        others: Sequence[Decision] = (),
        findings: Findings | None = None,
    ) -> list[PagePlan]:
        """As `plan`, and then the page for each of `others`: all of them, or none.

        `others` differ from the head's decision in nothing but what the server dealt.
        """
        found = findings or Findings()
        ends = time.monotonic() + self.deadline_s * _PATIENCE

        def in_time() -> None:
            if time.monotonic() > ends:
                raise PagePassed("deadline")

        try:
            source = found.source = read_page(body, head.content_type)
            if not source.encoding.startswith("UTF-16") and not _DOCUMENT.search(body):
                raise PagePassed("fragment")
            in_time()
            outline, aim, delivery = self._aimed(source, head, found)
            in_time()
            for _ in range(_ROUNDS):
                versions, lang = self._insertions(source, outline, aim, delivery, head, found)
                gaps: set[int | None] = set()
                for insertions in versions.values():
                    in_time()
                    broken = broken_insertions(source, _pairs(insertions))
                    gaps |= {insertions[index].gap for index in broken}
                if not gaps:
                    made = {
                        assigned: PagePlan(
                            _pairs(insertions),
                            source.encoding,
                            sum(each.slots for each in insertions),
                            replace(delivery, assigned=assigned).shown.name,
                            lang,
                        )
                        for assigned, insertions in versions.items()
                    }
                    return [made[each] for each in _dealt(delivery, head, others)]
                if None in gaps:
                    break  # what goes into the head can't go anywhere else
                found.without |= frozenset(gap for gap in gaps if gap is not None)
                in_time()
        except PageDoubt as doubt:
            raise PagePassed(doubt.reason, str(doubt)) from doubt
        raise PagePassed("parity")

    def decide(self, path: str, host: str, fields: Fields, now: float) -> Decision:
        """What a request gets, before its page is read. `now` is in seconds since 1970.

        `fields` are the client's, with lower-case names.
        """
        decision = self.site.decide(path, host=host, fields=fields, now=now)
        return self._assigner.assigned(decision, fields, now)

    def epoch_for(self, decision: Decision) -> bytes:
        """The epoch of answers of one outcome: two outcomes of one address never share a tag."""
        if not decision.key:
            return self.epoch
        epoch = self._epochs.get(decision.key)
        if epoch is None:
            mixed = hashlib.sha256(self.epoch + b"\n" + decision.key)
            epoch = self._epochs[decision.key] = mixed.hexdigest()[:12].encode("ascii")
        return epoch

    def _aimed(
        self, source: Source, head: PageHead, found: Findings
    ) -> tuple[Outline, Aimed, Delivery]:
        """The outline, what the page gets of what was decided, and its delivery."""
        decision = head.decision or Decision((head.delivery,))
        selector = head.delivery.layout.article
        outline = found.outline = outline_of(source, article_selector=selector)
        if outline.opt_out is not None:
            raise PagePassed(outline.opt_out if outline.opt_out in REASONS else "opt-out")
        if outline.evidence.found and is_edited(source, outline.text):
            raise PagePassed("editing", "a form has the article's text")
        aim = found.aimed = aimed(
            decision, self.site.settings, partial(self._facts, source, outline, head, found)
        )
        delivery = aim.delivery
        if delivery is None or aim.reason:
            raise PagePassed(aim.reason, aim.detail)
        if delivery.layout.article != selector:
            outline = found.outline = outline_of(source, article_selector=delivery.layout.article)
        _refuse(outline, needs_article=not any(map(_goes_anywhere, delivery.layouts)))
        return outline, aim, delivery

    def _facts(self, source: Source, outline: Outline, head: PageHead, found: Findings) -> Facts:
        settings = self.site.settings
        about = outline.metadata
        selector = settings.members.selector
        return Facts(
            language=self._language(outline, head, found).tag,
            section=about.section,
            tags=about.tags,
            headlines=(about.title, *headlines_of(source)),
            metas=metas_of(source) if settings.safety.meta else {},
            length=partial(length_of, outline),
            is_member=selector is not None and has_element(source, selector),
        )

    def _language(self, outline: Outline, head: PageHead, found: Findings) -> Language:
        found.language = choose_language(
            article_lang=outline.article_lang,
            html_lang=outline.html_lang,
            content_language=head.content_language,
            text=outline.text,
            default=self.site.settings.default_language,
            overrides=self.site.label_overrides,
        )
        return found.language

    def _insertions(
        self,
        source: Source,
        outline: Outline,
        aim: Aimed,
        delivery: Delivery,
        head: PageHead,
        found: Findings,
    ) -> tuple[Mapping[Assigned | None, Sequence[Insertion]], str]:
        """What goes into the page, by what the server dealt, and the labels' language.

        Where the page is one variant's, those of the others must be sound as well: a page that is
        woven for the readers of one and passed for those of another would bias the test.
        """
        plans = found.plans = self._plans(source, outline, aim, delivery, found)
        if not any(plan.slots for plan in plans):
            raise PagePassed(plans[0].reason or "no-gap", plans[0].detail)
        if outline.head_offset is None:
            raise PagePassed("no-head")
        allowed = permissions(head.policies, outline.csp, origin=head.origin, demand=self._needs)
        if allowed is None:
            raise PagePassed("csp")
        late = _takeover(source, outline, plans, found.anchors)
        if late is not None and not allowed.can_import:
            raise PagePassed("csp", "the code for pages that a framework takes over is barred")
        settings = self.site.settings
        language = self._language(outline, head, found)
        texts = texts_for(
            language.tag, self.site.label_overrides, default=settings.default_language
        )
        render = partial(
            self.renderer.insertions,
            plans,
            head_offset=outline.head_offset,
            texts=texts,
            allowed=allowed,
            late=late,
            texts_at=self._texts_at(outline, plans, language),
        )
        versions = {
            assigned: render(replace(delivery, assigned=assigned))
            for assigned in outcomes_of(delivery)
        }
        if not all(versions.values()):
            raise PagePassed("hydrated", f"{outline.hydrated}: no place can be named")
        return versions, texts.lang

    def _texts_at(
        self, outline: Outline, plans: Sequence[Plan], language: Language
    ) -> dict[int, Texts]:
        """For slots amid another language than the article's: gap -> the texts of that."""
        settings, overrides = self.site.settings, self.site.label_overrides
        found: dict[int, Texts] = {}
        for gap in {slot.gap for plan in plans for slot in plan.slots}:
            text = _text_around(outline, gap)
            around = language_around(text, language, overrides) if text else language
            if around is not language:
                found[gap] = texts_for(around.tag, overrides, default=settings.default_language)
        return found

    def _plans(
        self, source: Source, outline: Outline, aim: Aimed, delivery: Delivery, found: Findings
    ) -> tuple[Plan, ...]:
        """A plan for each distinct layout of the delivery."""
        plans: list[Plan] = []
        verdicts: dict[AnchorVerdict, None] = {}
        measures = measures_of(outline)
        for layout in {each.name: each for each in delivery.layouts}.values():
            planned = without(layout, aim.off)
            plan = plan_for(outline, planned, without=found.without, measures=measures)
            anchors = _anchors_of(source, planned, found.places)
            if anchors:
                plan, said = with_anchored(
                    plan,
                    planned,
                    anchors,
                    has_article=outline.evidence.found,
                    without=found.without,
                )
                verdicts |= dict.fromkeys(said)
            plans.append(plan)
        found.anchors = tuple(verdicts)
        return tuple(plans)


def _pairs(insertions: Sequence[Insertion]) -> tuple[tuple[int, bytes], ...]:
    return tuple((each.offset, each.markup) for each in insertions)


def _dealt(
    delivery: Delivery, head: PageHead, others: Sequence[Decision]
) -> Iterator[Assigned | None]:
    """What was dealt of `delivery` by the head's decision, and by each of `others`."""
    yield delivery.assigned
    if others and head.decision is not None:
        index = head.decision.deliveries.index(delivery)
        for other in others:
            yield other.deliveries[index].assigned


def _takeover(
    source: Source, outline: Outline, plans: Sequence[Plan], anchors: Sequence[AnchorVerdict]
) -> Takeover | None:
    """Who takes the page over, and the names of the places that slots go to afterwards."""
    is_late = any(verdict.is_taken and verdict.anchor.is_late for verdict in anchors)
    if outline.hydrated is None and not is_late:
        return None
    places = landmarks_of(source, {slot.offset for plan in plans for slot in plan.slots})
    comments = outline.hydrated is None or outline.skips_comments
    return Takeover(outline.frameworks or "react", comments, places)


def _goes_anywhere(layout: Layout) -> bool:
    """Whether it may put something into a page without an article."""
    return any(
        placement.enabled
        and placement.is_anchored
        and (placement.any_page or placement.kind == "listing")
        for placement in layout.placement
    )


def _anchors_of(
    source: Source, layout: Layout, places: dict[tuple[str, ...], Sequence[Anchor]]
) -> dict[str, Sequence[Anchor]]:
    """The places of each placement whose place is no gap; `places` keeps what was found."""
    found: dict[str, Sequence[Anchor]] = {}
    for placement in layout.placement:
        if placement.enabled and placement.is_anchored:
            named = (placement.kind, placement.selector or "", placement.place)
            if named not in places:
                places[named] = _places_of(source, placement)
            found[placement.name] = places[named]
    return found


def _places_of(source: Source, placement: Placement) -> Sequence[Anchor]:
    if placement.kind == "selector" and placement.selector is not None:
        return anchors_at(source, placement.selector, placement.place)
    if placement.kind == "listing":
        return anchors_in_listing(source, placement.selector)
    end = anchor_at_end(source)
    return () if end is None else (end,)


def _text_around(outline: Outline, gap: int) -> str:
    """The beginnings of the blocks nearest to a gap, above and below; "" outside the article."""
    if not 0 <= gap <= len(outline.blocks):
        return ""
    first, last = max(gap - _BLOCKS_AROUND, 0), gap + _BLOCKS_AROUND
    return "\n".join(block.excerpt for block in outline.blocks[first:last])


def _refuse(outline: Outline, *, needs_article: bool) -> None:
    """Raise for pages that are not to be woven whatever the layout says."""
    if needs_article and not outline.evidence.found:
        raise PagePassed("no-article", outline.evidence.reason)
    if outline.hydrated is not None and not outline.frameworks:
        raise PagePassed("hydrated", outline.hydrated)
