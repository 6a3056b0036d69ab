"""What a change of configuration does to pages: slots added, moved and removed on each.

Both states are tried on the same bytes, so a slot is the same where placement and place are the
same. Of those that differ, as many as pair up in order have moved; the rest came or went.
Pages are shared out among processes, each of which loads both states once.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from adweave.layout import Plan, Slot, measures_of
from adweave.page import VIEWPORTS
from adweave.placements import Layout, Site, load
from adweave.review.lint import lint_page
from adweave.review.page import Page
from adweave.review.reading import NotRead, Target, read_page_at
from adweave.review.trial import NotAPage, Outcome, Trial

Kind = Literal["added", "removed", "moved"]

# Below so many pages another process costs more than it brings.
_FEW = 24
_AHEAD = 4  # pages that wait for each process


@dataclass(frozen=True, slots=True)
class SlotChange:
    """A slot that came, went or moved, at the viewports where it did.

    `old` and `new` are where it stands: px below the article's start at the first of the
    viewports, None for a place outside the article's text; both None where it is not there.
    """

    kind: Kind
    placement: str
    layout: str
    viewports: tuple[str, ...]
    old: float | None
    new: float | None
    old_gap: int | None
    new_gap: int | None


@dataclass(frozen=True, slots=True)
class Side:
    """A page under one state: what it gets, or why nothing."""

    layouts: tuple[str, ...]
    reason: str | None
    slots: Mapping[str, int]  # viewport -> slots, in the control's layout
    language: str


@dataclass(frozen=True, slots=True)
class PageChange:
    """One page under both states. `fault` says why it could not be compared."""

    target: str
    old: Side
    new: Side
    changes: tuple[SlotChange, ...] = ()
    kept: int = 0
    findings: tuple[str, ...] = ()  # what the linter finds under the new state only
    mended: tuple[str, ...] = ()  # and under the old one only
    fault: str = ""
    is_away: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether a reader would see anything else than before."""
        return bool(self.changes) or self.old != self.new

    @property
    def loses_all(self) -> bool:
        """Whether the page had slots and has none any more."""
        return bool(sum(self.old.slots.values())) and not sum(self.new.slots.values())

    @property
    def gains_first(self) -> bool:
        """Whether the page had no slots and has some now."""
        return bool(sum(self.new.slots.values())) and not sum(self.old.slots.values())


@dataclass(slots=True)
class Totals:
    """All pages together."""

    pages: int = 0
    changed: int = 0
    faults: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    old_slots: Counter[str] = field(default_factory=Counter)
    new_slots: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    gained: list[str] = field(default_factory=list)
    findings: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, changes: Sequence[PageChange]) -> Totals:
        """The sums over some pages."""
        totals = cls()
        for page in changes:
            totals.pages += 1
            if page.fault:
                totals.faults += 1
                continue
            totals.changed += page.is_changed
            totals.kinds.update(change.kind for change in page.changes)
            totals.old_slots.update(page.old.slots)
            totals.new_slots.update(page.new.slots)
            if page.loses_all:
                totals.lost.append(page.target)
            if page.gains_first:
                totals.gained.append(page.target)
            totals.findings.update(finding.split(" ")[0] for finding in page.findings)
        return totals


class Comparison:
    """Two sites, ready to be tried on pages. Not for several threads at once."""

    def __init__(self, old: Site, new: Site, *, lints: bool = True) -> None:
        self._old, self._new = Trial(old), Trial(new)
        self._lints = lints

    def of(self, page: Page) -> PageChange:
        """What changes on one page. Never raises for what is in it."""
        return self.outcomes(page)[2]

    def outcomes(self, page: Page) -> tuple[Outcome | None, Outcome | None, PageChange]:
        """The same, with what both states make of the page."""
        try:
            old, new = self._old.run(page), self._new.run(page)
        except NotAPage as fault:
            return None, None, _failed(page.target, str(fault))
        changes, kept = _slot_changes(old, new)
        findings, mended = self._findings(page, old, new) if self._lints else ((), ())
        change = PageChange(page.target, _side(old), _side(new), changes, kept, findings, mended)
        return old, new, change

    def _findings(
        self, page: Page, old: Outcome, new: Outcome
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Findings of the new state only, and of the old one only, each with its viewport."""
        if old.woven == new.woven:
            return (), ()
        before, after = (Counter(_said(page.with_plain(each.woven), each)) for each in (old, new))
        return tuple(sorted((after - before).elements())), tuple(
            sorted((before - after).elements())
        )


def _said(page: Page, outcome: Outcome) -> list[str]:
    layout = outcome.delivery.layout if outcome.delivery is not None else None
    report = lint_page(page, layout) if layout is not None else lint_page(page)
    return [
        f"{finding.rule}{f' ({finding.viewport})' if finding.viewport else ''}: {finding.ad}"
        for finding in report.findings
    ]


def _side(outcome: Outcome) -> Side:
    layouts = outcome.delivery.layouts if outcome.delivery is not None else ()
    plans = outcome.findings.plans if outcome.plan is not None else ()
    language = outcome.findings.language
    return Side(
        tuple(dict.fromkeys(layout.name for layout in layouts)),
        outcome.reason,
        {
            v.name: sum(v.name in slot.viewports for slot in _ads(plans[0], layouts))
            if plans
            else 0
            for v in VIEWPORTS
        },
        language.tag if language is not None and plans else "",
    )


def _ads(plan: Plan, layouts: Sequence[Layout]) -> list[Slot]:
    """The slots of a plan without its notices."""
    layout = next((each for each in layouts if each.name == plan.layout), None)
    notices = {p.name for p in layout.placement if not p.is_ad} if layout else set()
    return [slot for slot in plan.slots if slot.placement not in notices]


def _slot_changes(old: Outcome, new: Outcome) -> tuple[tuple[SlotChange, ...], int]:
    """The slots that differ, merged over viewports, and the number of those that do not."""
    arms = max(len(_plans(old)), len(_plans(new)))
    found: dict[_Key, list[str]] = defaultdict(list)
    tops: dict[_Key, tuple[float | None, float | None]] = {}
    kept: set[tuple[int, str, int]] = set()
    for arm in range(arms):
        before, after = _plan(old, arm), _plan(new, arm)
        name = (after or before or Plan("", ())).layout
        for v, viewport in enumerate(VIEWPORTS):
            one, other = _by_placement(before, viewport.name), _by_placement(after, viewport.name)
            for placement in sorted({*one, *other}):
                was, now = one.get(placement, {}), other.get(placement, {})
                kept |= {(arm, placement, offset) for offset in was.keys() & now.keys()}
                for kind, a, b in _pairs(was, now):
                    key = _Key(kind, placement, name, a, b)
                    found[key].append(viewport.name)
                    tops.setdefault(key, (_top(old, a, v), _top(new, b, v)))
    changes = [
        SlotChange(
            key.kind, key.placement, key.layout, tuple(viewports), *tops[key], key.old_gap,
            key.new_gap,
        )
        for key, viewports in found.items()
    ]  # fmt: skip
    return tuple(sorted(changes, key=_page_order)), len(kept)


class _Key(NamedTuple):
    """What is the same about a change at each viewport."""

    kind: Kind
    placement: str
    layout: str
    old_gap: int | None
    new_gap: int | None


def _pairs(
    was: Mapping[int, int], now: Mapping[int, int]
) -> Iterator[tuple[Kind, int | None, int | None]]:
    """What became of the slots of a placement; both map byte offsets to gaps.

    A slot has not moved past one that stayed: pairs are made between slots that did.
    """
    gone: list[int] = []
    come: list[int] = []
    for offset in [*sorted({*was, *now}), None]:
        if offset is not None and offset not in now:
            gone.append(was[offset])
        elif offset is not None and offset not in was:
            come.append(now[offset])
        else:
            moved = min(len(gone), len(come))
            for one, other in zip(gone[:moved], come[:moved], strict=True):
                yield "moved", one, other
            for gap in gone[moved:]:
                yield "removed", gap, None
            for gap in come[moved:]:
                yield "added", None, gap
            gone, come = [], []


def _page_order(change: SlotChange) -> tuple[int, str]:
    gap = change.new_gap if change.new_gap is not None else change.old_gap
    return (gap or 0, change.kind)


def _plans(outcome: Outcome) -> tuple[Plan, ...]:
    return outcome.findings.plans if outcome.plan is not None else ()


def _plan(outcome: Outcome, arm: int) -> Plan | None:
    plans = _plans(outcome)
    return plans[arm] if arm < len(plans) else None


def _by_placement(plan: Plan | None, viewport: str) -> dict[str, dict[int, int]]:
    """Placement -> byte offset -> gap, of the slots that show at a viewport."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for slot in plan.slots if plan is not None else ():
        if viewport in slot.viewports:
            found[slot.placement][slot.offset] = slot.gap
    return found


def _top(outcome: Outcome, gap: int | None, v: int) -> float | None:
    outline = outcome.findings.outline
    if gap is None or outline is None or not 0 <= gap < len(outline.gaps):
        return None
    return measures_of(outline).px[v][gap]


def _failed(target: str, fault: str, *, is_away: bool = False) -> PageChange:
    nothing = Side((), None, {v.name: 0 for v in VIEWPORTS}, "")
    return PageChange(target, nothing, nothing, fault=fault, is_away=is_away)


# -- many pages ----------------------------------------------------------------------------

_comparison: Comparison | None = None  # of a worker process


def compared(
    targets: Sequence[Target], old: Path, new: Path, *, jobs: int | None = None, lints: bool = True
) -> Iterator[tuple[int, PageChange]]:
    """Each target's number and what changes there, as soon as it is known, on all cores.

    `old` and `new` are valid placements folders that stay while this runs.
    """
    jobs = jobs or os.cpu_count() or 1
    if jobs == 1 or len(targets) < _FEW:
        comparison = Comparison(load(old).site_or_raise(), load(new).site_or_raise(), lints=lints)
        for number, target in enumerate(targets):
            yield number, _of_target(comparison, target)
        return
    # Started anew rather than forked: this process may have threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        min(jobs, len(targets)), context, initializer=_begin, initargs=(old, new, lints)
    ) as pool:
        waiting: dict[Future[PageChange], int] = {}
        left = iter(enumerate(targets))
        try:
            for number, target in left:
                waiting[pool.submit(_work, target)] = number
                if len(waiting) < jobs * _AHEAD:
                    continue
                for done in as_completed(list(waiting)):
                    yield waiting.pop(done), done.result()
                    break
            for done in as_completed(list(waiting)):
                yield waiting[done], done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _begin(old: Path, new: Path, lints: bool) -> None:
    global _comparison
    _comparison = Comparison(load(old).site_or_raise(), load(new).site_or_raise(), lints=lints)


def _work(target: Target) -> PageChange:
    assert _comparison is not None
    return _of_target(_comparison, target)


def _of_target(comparison: Comparison, target: Target) -> PageChange:
    try:
        page = read_page_at(target.address, target.path)
    except NotRead as fault:
        return _failed(target.address, str(fault), is_away=fault.is_away)
    return comparison.of(page)
