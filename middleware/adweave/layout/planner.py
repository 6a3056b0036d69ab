"""Outline x layout -> plan: which placement gets which gaps.

Placements choose one after the other: the higher `priority` first, among equals those with a
fixed place (before, nth, after, notice) before those in the article's flow, then the file's
order. What one has taken is a fact to the next.

- `flow` gives an inline placement its gaps: it finds the gaps that keep every rule at each
  viewport and leaves the choice to `choosing`, which says what is guaranteed and why.
  Where a viewport gets none and the placement says `relax_to`, it gets the nearest miss.
- `fixed` gives a placement its one place, if that is open and clear of slots taken before.

A slot shows at the viewports that it was chosen for; distances, `max`, `min` and the density are
kept at each viewport by the slots shown there. Monotony and stability hold for a placement given
the slots of those before it: one more slot of theirs may well cost the next one two.

The module is pure: same outline and layout, same plan. It knows nothing of HTML, HTTP or time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from adweave.layout.choosing import Track, chosen_gaps
from adweave.layout.measure import Measures, measures_of
from adweave.layout.model import LABEL_HEIGHT_PX, Check, Plan, Slot
from adweave.layout.rules import Row, Ruler, apart_rulers, flow_rows, slot_rows
from adweave.page import VIEWPORTS, BlockKind, Outline
from adweave.placements import Distance, Layout, Placement

FIXED_KINDS = ("before", "nth", "after", "notice")
_IN_THE_ARTICLE = ("inline", "nth")

# A paragraph that stands by itself: two lines on a phone. Between two of them, or above a
# heading, a reader pauses; beside something shorter a slot reads as part of it.
_FULL_WORDS = 16

# The rules that a placement with `relax_to` need not keep whole.
RELAXING = frozenset(
    {
        "from-top",
        "first",
        "from-bottom",
        "last",
        "below-heading",
        "above-image",
        "below-image",
        "own-ad-above",
        "own-ad-below",
    }
)


def plan_for(
    outline: Outline,
    layout: Layout,
    *,
    without: Collection[int] = frozenset(),
    measures: Measures | None = None,
) -> Plan:
    """The slots that `layout` puts into the page, in page order.

    `without` are gap indexes that the self-check found to break the page's tree; they are
    treated like faulty gaps. A page without an article, an article shorter than the layout's
    `min_length`, and an article whose rules leave no gap give an empty plan with its reason.
    `measures` are the outline's, for who plans several layouts.
    """
    return Planning(outline, layout, without, measures).plan()


@dataclass(frozen=True, slots=True)
class Choice:
    """The gaps that one placement took, and what it was measured by.

    `gaps` maps a gap to the viewports at which its slot shows. `rows` are the rules of a
    placement in the flow, `distances` what keeps its slots apart, per viewport. `stopped` says
    by viewport which count left slots out, as the check that one slot more would fail.
    """

    placement: Placement
    gaps: Mapping[int, tuple[str, ...]]
    rows: Sequence[Row] = ()
    distances: Sequence[Sequence[Ruler]] = ()
    stopped: Mapping[str, Check] = field(default_factory=dict)

    def shown_at(self, viewport: str) -> list[int]:
        """The gaps whose slots show at a viewport, rising."""
        return sorted(gap for gap, names in self.gaps.items() if viewport in names)


@dataclass(frozen=True, slots=True)
class Flow:
    """The rules of a placement in the flow, and per viewport what they leave to choose from."""

    rows: Sequence[Row]
    distances: Sequence[Sequence[Ruler]]
    tracks: Sequence[Track]


class Planning:
    """One planning. `measures` may be given where the outline was measured before."""

    def __init__(
        self,
        outline: Outline,
        layout: Layout,
        without: Collection[int] = frozenset(),
        measures: Measures | None = None,
    ) -> None:
        self.outline = outline
        self.layout = layout
        self.without = without
        self._measures = measures

    @property
    def measures(self) -> Measures:
        """The outline's axes and landmarks."""
        if self._measures is None:
            self._measures = measures_of(self.outline)
        return self._measures

    def plan(self) -> Plan:
        """The slots, or the reason why there are none."""
        refusal = self.refusal()
        if refusal is not None:
            return refusal
        slots = [
            Slot(choice.placement.name, index, gap, self.outline.gaps[gap].offset, viewports)
            for choice in self.choices()
            for index, (gap, viewports) in enumerate(sorted(choice.gaps.items()), 1)
        ]
        # A stable sort: at one gap the file's order of placements stands.
        slots.sort(key=lambda slot: slot.gap)
        if slots:
            return Plan(self.layout.name, tuple(slots))
        return Plan(self.layout.name, (), "no-gap", "no gap meets the layout's rules")

    def refusal(self) -> Plan | None:
        """The empty plan of a page that gets no slot whatever its gaps are like."""
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

    def choices(self) -> list[Choice]:
        """What each placement that is on took, in the file's order."""
        placements = [p for p in self.layout.placement if p.enabled and not p.is_anchored]
        order = sorted(placements, key=lambda p: (-p.priority, p.kind not in FIXED_KINDS))
        room = [self.room_px(v) for v in range(len(VIEWPORTS))]
        made: dict[str, Choice] = {}
        for placement in order:
            before = list(made.values())
            choose = self._fixed if placement.kind in FIXED_KINDS else self._flow
            choice = made[placement.name] = choose(placement, before, room)
            if placement.kind in _IN_THE_ARTICLE:
                for v, viewport in enumerate(VIEWPORTS):
                    shown = sum(viewport.name in names for names in choice.gaps.values())
                    room[v] -= shown * slot_height_px(placement, v)
        return [made[placement.name] for placement in placements]

    # --- a fixed place ------------------------------------------------------------------------

    def _fixed(
        self, placement: Placement, before: Sequence[Choice], room: Sequence[float]
    ) -> Choice:
        """The place that the placement names, at the viewports where it is clear."""
        gap = self.fixed_gap(placement)
        if gap >= len(self.outline.gaps) or self.faults(gap):
            return Choice(placement, {})
        rows, stopped, shown = [], {}, []
        for v, viewport in enumerate(VIEWPORTS):
            own = list(self._clear_of(placement, before, v))
            rows += own
            if placement.kind == "nth" and room[v] < slot_height_px(placement, v):
                stopped[viewport.name] = Check("density", viewport.name, "slots", 1, 0)
            elif all(row.kept_by([gap]) for row in own):
                shown.append(viewport.name)
        return Choice(placement, {gap: tuple(shown)} if shown else {}, rows, (), stopped)

    def fixed_gap(self, placement: Placement) -> int:
        """The gap that a placement with a fixed place names; it may lie beyond the last one."""
        if placement.kind == "before":
            return 0
        return placement.n or 0 if placement.kind == "nth" else len(self.outline.gaps) - 1

    def _clear_of(
        self, placement: Placement, before: Sequence[Choice], viewport: int
    ) -> Iterator[Row]:
        """What slots taken before ask of a fixed place: no touching, and an inline's `every`."""
        if placement.kind == "notice":
            return
        for choice in before:
            if choice.placement.kind == "notice":
                continue
            keeps = choice.placement if choice.placement.kind == "inline" else None
            taken = choice.shown_at(VIEWPORTS[viewport].name)
            yield from slot_rows(self.measures, keeps, viewport, taken)

    # --- in the article's flow ----------------------------------------------------------------

    def _flow(
        self, placement: Placement, before: Sequence[Choice], room: Sequence[float]
    ) -> Choice:
        flow = self.flow_of(placement, before)
        gaps: dict[int, tuple[str, ...]] = {}
        stopped: dict[str, Check] = {}
        for v, chosen in enumerate(self._relaxed(placement, flow)):
            name = VIEWPORTS[v].name
            stop = self.stop_of(placement, v, len(chosen), room[v])
            if stop is not None:
                stopped[name] = stop
                del chosen[0 if stop.rule == "min" else int(stop.actual) :]
            for gap in chosen:
                gaps[gap] = (*gaps.get(gap, ()), name)
        return Choice(placement, gaps, flow.rows, flow.distances, stopped)

    def _relaxed(self, placement: Placement, flow: Flow) -> list[list[int]]:
        """The gaps chosen at each viewport; where there is none, the one that comes nearest.

        A gap that serves another viewport goes before a nearer one: one slot less to insert.
        """
        chosen = chosen_gaps(flow.tracks, self.is_pause)
        if placement.relax_to >= 1:
            return chosen
        open_gaps = [gap for gap in range(len(self.outline.gaps)) if not self.faults(gap)]
        for v, viewport in enumerate(VIEWPORTS):
            if chosen[v]:
                continue
            shares = {gap: _kept_share(flow.rows, viewport.name, gap) for gap in open_gaps}
            near = [gap for gap in open_gaps if shares[gap] >= placement.relax_to]
            used = {gap for gaps in chosen for gap in gaps}
            if near:
                chosen[v] = [max(near, key=lambda gap: (gap in used, shares[gap], -gap))]
        return chosen

    def flow_of(self, placement: Placement, before: Sequence[Choice] = ()) -> Flow:
        """What an inline placement may choose from, given what those before it took."""
        measures = self.measures
        rows = flow_rows(measures, self.layout, placement)
        fitting_all = [gap for gap in range(len(self.outline.gaps)) if not self.faults(gap)]
        for row in rows:
            if not row.ruler.viewport:
                fitting_all = row.kept_by(fitting_all)
        distances, tracks = [], []
        for v, viewport in enumerate(VIEWPORTS):
            taken = [
                gap
                for choice in before
                if choice.placement.kind != "notice"
                for gap in choice.shown_at(viewport.name)
            ]
            rows += slot_rows(measures, placement, v, taken)
            fitting = fitting_all
            for row in rows:
                if row.ruler.viewport == viewport.name:
                    fitting = row.kept_by(fitting)
            apart = apart_rulers("every", placement, measures, v)
            axis = apart[0].axis if len(apart) > 1 else measures.px[v]
            distances.append(apart)
            tracks.append(Track(fitting, [(r.axis, r.required) for r in apart], axis))
        return Flow(rows, distances, tracks)

    def stop_of(
        self, placement: Placement, viewport: int, wanted: int, room_px: float
    ) -> Check | None:
        """The count that leaves some of `wanted` slots out, as the check that it fails."""
        name = VIEWPORTS[viewport].name
        stop = None
        if wanted > placement.max:
            stop = Check("max", name, "slots", placement.max + 1, placement.max)
        most = min(wanted, placement.max)
        if most * slot_height_px(placement, viewport) > room_px:
            fitting = max(0.0, room_px // slot_height_px(placement, viewport))
            stop = Check("density", name, "slots", fitting + 1, fitting)
        left = wanted if stop is None else int(stop.actual)
        if left < placement.min:
            return Check("min", name, "slots", placement.min, left)
        return stop

    def room_px(self, viewport: int) -> float:
        """Height that our slots may take in the article.

        Better Ads counts the ads' height as a share of the main content with the ads in it. With
        the page's own ads in its height already: own + ours <= d * (height + ours), hence
        ours <= (d * height - own) / (1 - d).
        """
        density = self.layout.max_density.for_viewport(VIEWPORTS[viewport].name)
        if density >= 1:
            return float("inf")
        height = self.measures.px[viewport][-1]
        own = sum(b.heights_px[viewport] for b in self.outline.blocks if b.kind is BlockKind.AD)
        return (density * height - own) / (1 - density)

    def is_pause(self, gap: int) -> bool:
        """Whether a reader would pause here: after a full paragraph, before such or a heading."""
        blocks = self.outline.blocks
        if not 0 < gap < len(blocks):
            return False
        above, below = blocks[gap - 1], blocks[gap]
        return (above.kind is BlockKind.PARAGRAPH and above.words >= _FULL_WORDS) and (
            below.kind is BlockKind.HEADING
            or (below.kind is BlockKind.PARAGRAPH and below.words >= _FULL_WORDS)
        )

    def faults(self, gap: int) -> list[Check]:
        """The check that a faulty gap fails; nothing for one where an element may be put."""
        fault = self.outline.gaps[gap].fault
        if fault is None:
            if gap not in self.without:
                return []
            fault = "breaks-tree"
        return [Check("fault", "", "", 1, 0, fault)]


def _kept_share(rows: Sequence[Row], viewport: str, gap: int) -> float:
    """To what share a gap keeps the distance that it keeps least; 0 where one is not to relax."""
    least = 1.0
    for row in rows:
        if row.ruler.viewport not in ("", viewport):
            continue
        check = row.check(gap)
        if check is not None and not check.holds:
            if check.rule not in RELAXING or check.required <= 0:
                return 0.0
            least = min(least, check.actual / check.required)
    return least


def slot_height_px(placement: Placement, viewport: int) -> float:
    """Height that a slot takes at a viewport: its reserved box and the label line."""
    return placement.box_px(VIEWPORTS[viewport].name) + LABEL_HEIGHT_PX


def length_of(outline: Outline, distance: Distance) -> float:
    """The article's length in the unit of `distance`; heights are those of the first viewport."""
    if distance.unit == "words":
        return outline.words
    if distance.unit == "blocks":
        return float(sum(block.words > 0 for block in outline.blocks))
    height = sum(block.heights_px[0] for block in outline.blocks)
    return height / VIEWPORTS[0].height_px if distance.unit == "screens" else height
