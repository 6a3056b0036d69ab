"""Choosing gaps: outline x layout -> plan.

Placements with a fixed place (before, after, nth, notice) are put first, in the file's order;
then each inline placement takes gaps in the article's flow. For one inline placement the choice
is exact: it takes the earliest gap that keeps every rule, then the earliest that is also far
enough from the one before, and so on. Because every axis rises along the article, no other
choice holds more slots (an earlier slot never leaves less room below it), so

- the number of slots is the greatest that the rules allow,
- a smaller distance never yields fewer slots, and
- an edit near the end of an article moves nothing above it.

`tests/property` holds these three against brute force. One set of slots serves all viewports:
a gap must keep the rules of each. Short articles often have no such gap (on a desktop 200 words
are but 400 px high); then the placement gets one slot at each viewport that has a place for it,
hidden at the others. One and no more, so that the second claim above stands.

The module is pure: same outline and layout, same plan. It knows nothing of HTML, HTTP or time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from adweave.layout.measure import Measures, measures_of
from adweave.layout.model import EVERY_VIEWPORT, LABEL_HEIGHT_PX, Check, Plan, Slot, Verdict
from adweave.layout.rules import Row, Ruler, apart_rulers, flow_rows, rows_at
from adweave.page import VIEWPORTS, BlockKind, Outline
from adweave.placements import Distance, Layout, Placement

_FIXED_KINDS = ("before", "nth", "after", "notice")


def plan_for(outline: Outline, layout: Layout, *, without: Collection[int] = frozenset()) -> Plan:
    """The slots that `layout` puts into the page, in page order.

    `without` are gap indexes that the self-check found to break the page's tree; they are
    treated like faulty gaps. A page without an article, an article shorter than the layout's
    `min_length`, and an article whose rules leave no gap give an empty plan with its reason.
    """
    return _Planning(outline, layout, without).plan()


def verdicts_for(
    outline: Outline, layout: Layout, *, without: Collection[int] = frozenset()
) -> tuple[Verdict, ...]:
    """What each placement of `layout` says of each gap, with the numbers behind it.

    Costs more than the plan and is made only to be shown. Empty where `plan_for` refuses the
    page as a whole ("no-article", "too-short").
    """
    return _Planning(outline, layout, without).verdicts()


@dataclass(frozen=True, slots=True)
class _Choice:
    """The gaps one placement took, and what it was measured by."""

    placement: Placement
    gaps: dict[int, tuple[str, ...]]  # gap -> the viewports at which its slot shows
    rows: tuple[Row, ...] = ()
    room: Check | None = None  # the count that stopped it, if one did


class _Planning:
    """The state of one planning: what is taken so far, and how much height is left."""

    def __init__(self, outline: Outline, layout: Layout, without: Collection[int]) -> None:
        self.outline = outline
        self.layout = layout
        self.without = without

    def plan(self) -> Plan:
        refusal = self._refusal()
        if refusal is not None:
            return refusal
        slots = [
            Slot(choice.placement.name, index, gap, self.outline.gaps[gap].offset, viewports)
            for choice in self._choices()
            for index, (gap, viewports) in enumerate(sorted(choice.gaps.items()), 1)
        ]
        # A stable sort: at one gap the file's order of placements stands.
        slots.sort(key=lambda slot: slot.gap)
        if slots:
            return Plan(self.layout.name, tuple(slots))
        return Plan(self.layout.name, (), "no-gap", "no gap meets the layout's rules")

    def verdicts(self) -> tuple[Verdict, ...]:
        if self._refusal() is not None:
            return ()
        measures = measures_of(self.outline)
        return tuple(
            verdict for choice in self._choices() for verdict in self._judge(choice, measures)
        )

    def _refusal(self) -> Plan | None:
        outline, layout = self.outline, self.layout
        if not outline.evidence.found:
            return Plan(layout.name, (), "no-article", outline.evidence.reason)
        needed = layout.min_length
        length = length_of(outline, needed)
        if length < needed.value:
            return Plan(
                layout.name,
                (),
                "too-short",
                f"the article has {length:.0f} {needed.unit}, "
                f"the layout asks for {needed.value:g} {needed.unit}",
            )
        return None

    def _choices(self) -> list[_Choice]:
        measures = measures_of(self.outline)
        placements = [p for p in self.layout.placement if p.enabled]
        order = sorted(placements, key=lambda p: p.kind not in _FIXED_KINDS)
        room = [self._room_px(v) for v in range(len(VIEWPORTS))]
        taken: list[int] = []
        choices: dict[str, _Choice] = {}
        for placement in order:
            if placement.kind in _FIXED_KINDS:
                choice = self._fixed(placement)
            else:
                choice = self._flow(placement, measures, taken, room)
            choices[placement.name] = choice
            if placement.kind != "notice":
                taken.extend(choice.gaps)
            if placement.kind in ("inline", "nth"):
                for v, viewport in enumerate(VIEWPORTS):
                    shown = sum(viewport.name in names for names in choice.gaps.values())
                    room[v] -= shown * slot_height_px(placement, v)
        return [choices[p.name] for p in placements]

    def _is_open(self, gap: int) -> bool:
        return self.outline.gaps[gap].fault is None and gap not in self.without

    def _fixed(self, placement: Placement) -> _Choice:
        gap = self._fixed_gap(placement)
        is_there = gap < len(self.outline.gaps) and self._is_open(gap)
        return _Choice(placement, {gap: EVERY_VIEWPORT} if is_there else {})

    def _fixed_gap(self, placement: Placement) -> int:
        if placement.kind == "before":
            return 0
        return placement.n or 0 if placement.kind == "nth" else len(self.outline.gaps) - 1

    def _flow(
        self, placement: Placement, measures: Measures, taken: Sequence[int], room: Sequence[float]
    ) -> _Choice:
        rows = flow_rows(measures, self.layout, placement, taken)
        apart = apart_rulers("every", placement, measures)
        limits = self._limits(placement, room)
        limit = min(limits, key=lambda check: check.actual)
        fitting = self._fitting(rows)
        chosen: list[int] = []
        stopped: Check | None = None
        for gap in fitting:
            if chosen and not all(ruler.holds(chosen[-1], gap) for ruler in apart):
                continue
            if len(chosen) >= limit.actual:
                stopped = limit
                break
            chosen.append(gap)
        gaps = dict.fromkeys(chosen, EVERY_VIEWPORT) if chosen else self._single(rows, limits)
        if len(gaps) < placement.min:
            stopped = Check("min", "", "slots", placement.min, len(gaps))
            gaps = {}
        return _Choice(placement, gaps, tuple(rows), stopped)

    def _fitting(self, rows: Sequence[Row]) -> list[int]:
        """The open gaps that keep all of `rows`."""
        return [
            gap
            for gap in range(len(self.outline.gaps))
            if self._is_open(gap) and all(row.holds(gap) for row in rows)
        ]

    def _single(self, rows: Sequence[Row], limits: Sequence[Check]) -> dict[int, tuple[str, ...]]:
        """One slot for each viewport that has a place, where none suits them all."""
        gaps: dict[int, tuple[str, ...]] = {}
        for viewport in EVERY_VIEWPORT:
            has_room = all(c.actual >= 1 for c in limits if c.viewport in ("", viewport))
            fitting = self._fitting(rows_at(rows, viewport)) if has_room else []
            if fitting:
                gaps[fitting[0]] = (*gaps.get(fitting[0], ()), viewport)
        return gaps

    def _limits(self, placement: Placement, room: Sequence[float]) -> list[Check]:
        """The counts that bound the slots, each as the check that one slot more would fail."""
        limits = [Check("max", "", "slots", placement.max + 1, placement.max)]
        for v, viewport in enumerate(VIEWPORTS):
            fitting = max(0, int(room[v] // slot_height_px(placement, v)))
            limits.append(Check("density", viewport.name, "slots", fitting + 1, fitting))
        return limits

    def _room_px(self, viewport: int) -> float:
        """Height that our slots may take in the article.

        Better Ads counts the ads' height as a share of the main content with the ads in it. With
        the page's own ads in its height already: own + ours <= d * (height + ours), hence
        ours <= (d * height - own) / (1 - d).
        """
        density = self.layout.max_density.for_viewport(VIEWPORTS[viewport].name)
        if density >= 1:
            return float("inf")
        blocks = self.outline.blocks
        height = sum(block.heights_px[viewport] for block in blocks)
        own = sum(b.heights_px[viewport] for b in blocks if b.kind is BlockKind.AD)
        return (density * height - own) / (1 - density)

    def _judge(self, choice: _Choice, measures: Measures) -> list[Verdict]:
        if choice.placement.kind in _FIXED_KINDS:
            return self._judge_fixed(choice)
        apart = apart_rulers("every", choice.placement, measures)
        verdicts = []
        for gap in range(len(self.outline.gaps)):
            viewports = choice.gaps.get(gap, ())
            checks = self._faults(gap)
            checks += [check for row in choice.rows if (check := row.check(gap)) is not None]
            if not viewports:
                checks += _distances_to_chosen(choice, apart, gap)
                if choice.room is not None and all(check.holds for check in checks):
                    checks.append(choice.room)
            verdicts.append(Verdict(gap, choice.placement.name, viewports, tuple(checks)))
        return verdicts

    def _judge_fixed(self, choice: _Choice) -> list[Verdict]:
        last = len(self.outline.gaps) - 1
        wanted = self._fixed_gap(choice.placement)
        gap = min(wanted, last)
        checks = [Check("nth", "", "blocks", wanted, last), *self._faults(gap)]
        return [Verdict(gap, choice.placement.name, choice.gaps.get(gap, ()), tuple(checks))]

    def _faults(self, gap: int) -> list[Check]:
        fault = self.outline.gaps[gap].fault
        if fault is None and gap in self.without:
            fault = "breaks-tree"
        return [] if fault is None else [Check("fault", "", "", 1, 0, fault)]


def _distances_to_chosen(choice: _Choice, apart: Sequence[Ruler], gap: int) -> list[Check]:
    """The distances from a gap not chosen to the placement's nearest slots above and below."""
    above = max((g for g in choice.gaps if g < gap), default=None)
    below = min((g for g in choice.gaps if g > gap), default=None)
    checks: list[Check] = []
    if above is not None:
        checks += [ruler.check(above, gap) for ruler in apart]
    if below is not None:
        checks += [ruler.check(gap, below) for ruler in apart]
    return checks


def slot_height_px(placement: Placement, viewport: int) -> float:
    """Height that a slot takes at a viewport: its tallest size and the label line."""
    sizes = placement.sizes.for_viewport(VIEWPORTS[viewport].name)
    return max((height for _, height in sizes), default=0) + LABEL_HEIGHT_PX


def length_of(outline: Outline, distance: Distance) -> float:
    """The article's length in the unit of `distance`; heights are those of the first viewport."""
    if distance.unit == "words":
        return outline.words
    if distance.unit == "blocks":
        return float(sum(block.words > 0 for block in outline.blocks))
    height = sum(block.heights_px[0] for block in outline.blocks)
    return height / VIEWPORTS[0].height_px if distance.unit == "screens" else height
