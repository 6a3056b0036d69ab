"""The rules for slots in the article's flow, as a table.

Every rule is one row: *a distance, on one axis, from a landmark, must be at least so much*.
The planner asks only whether all rows hold; `explain` asks each row for its numbers. Both read
the same rows, so what is explained is what was decided.

Two kinds of rows. Those of the house hold whatever a layout says: no slot touches a heading
above it, a picture, an embed, another slot, an ad or a box of promotion of the page's own, and
none stands before the article's first paragraph. Those of the layout and the placement carry
the configured distances.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adweave.layout.measure import Measures, required_on_axis
from adweave.layout.model import Check
from adweave.page import VIEWPORTS
from adweave.placements import Distance, Layout, PerViewport, Placement

Landmarks = Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Ruler:
    """A required distance on one axis: `required` and `axis` share a unit, `unit` names it.

    `viewport` is empty where the axis is the same for all.
    """

    rule: str
    viewport: str
    unit: str
    axis: Sequence[float]
    required: float

    def holds(self, above: int, below: int) -> bool:
        """Whether the gaps `above` and `below` are far enough apart."""
        return self.axis[below] - self.axis[above] >= self.required

    def check(self, above: int, below: int) -> Check:
        """The rule's numbers between two gaps."""
        return Check(
            self.rule, self.viewport, self.unit, self.required, self.axis[below] - self.axis[above]
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A ruler laid from each gap to its landmark, a gap index; None: no landmark, it holds.

    `is_above` says on which side of the gap the landmark lies.
    """

    ruler: Ruler
    landmarks: Landmarks
    is_above: bool

    def kept_by(self, gaps: Sequence[int]) -> list[int]:
        """Those of `gaps` at which the row holds."""
        axis, required, landmarks = self.ruler.axis, self.ruler.required, self.landmarks
        if self.is_above:
            return [
                gap
                for gap in gaps
                if (mark := landmarks[gap]) is None or axis[gap] - axis[mark] >= required
            ]
        return [
            gap
            for gap in gaps
            if (mark := landmarks[gap]) is None or axis[mark] - axis[gap] >= required
        ]

    def check(self, gap: int) -> Check | None:
        """The rule's numbers at gap `gap`, or None where it has no landmark."""
        landmark = self.landmarks[gap]
        if landmark is None:
            return None
        if self.is_above:
            return self.ruler.check(landmark, gap)
        return self.ruler.check(gap, landmark)


def rulers_of(
    rule: str, distances: PerViewport[Distance] | None, measures: Measures
) -> list[Ruler]:
    """A ruler for each viewport that a configured distance speaks of; none for zero or None."""
    if distances is None:
        return []
    return [
        ruler
        for v in range(len(VIEWPORTS))
        if (ruler := ruler_at(rule, distances, measures, v)) is not None
    ]


def ruler_at(
    rule: str, distances: PerViewport[Distance], measures: Measures, viewport: int
) -> Ruler | None:
    """The ruler of a configured distance at one viewport; None where the distance is zero."""
    name = VIEWPORTS[viewport].name
    distance = distances.for_viewport(name)
    if distance.value <= 0:
        return None
    unit = "px" if distance.unit == "screens" else distance.unit
    axis = measures.axis(distance.unit, viewport)
    return Ruler(rule, name, unit, axis, required_on_axis(distance, viewport))


def apart_rulers(
    rule: str, placement: Placement | None, measures: Measures, viewport: int
) -> list[Ruler]:
    """What keeps a slot of `placement` from another slot shown at the same viewport.

    Its `every` where there is a placement, and text in between, which comes last.
    """
    every = None if placement is None else ruler_at(rule, placement.every, measures, viewport)
    touch = Ruler("touches-slot", VIEWPORTS[viewport].name, "blocks", measures.blocks, 1.0)
    return [touch] if every is None else [every, touch]


def flow_rows(measures: Measures, layout: Layout, placement: Placement) -> list[Row]:
    """Every rule for an inline placement but those that other slots make."""
    count = len(measures.blocks)
    return [
        Row(ruler, landmarks, is_above)
        for rulers, landmarks, is_above in _table(measures, layout, placement, count)
        if any(landmark is not None for landmark in landmarks)
        for ruler in rulers
    ]


def slot_rows(
    measures: Measures, placement: Placement | None, viewport: int, taken: Sequence[int]
) -> list[Row]:
    """The rules that the slots at `taken`, shown at one viewport, make for other placements.

    They keep the `every` of `placement`; None: only text in between.
    """
    if not taken:
        return []
    gaps = range(len(measures.blocks))
    above = [max((t for t in taken if t <= gap), default=None) for gap in gaps]
    below = [min((t for t in taken if t >= gap), default=None) for gap in gaps]
    return [
        *(Row(r, above, True) for r in apart_rulers("slot-above", placement, measures, viewport)),
        *(Row(r, below, False) for r in apart_rulers("slot-below", placement, measures, viewport)),
    ]


def _table(
    m: Measures, layout: Layout, placement: Placement, count: int
) -> Iterator[tuple[list[Ruler], Landmarks, bool]]:
    def px(rule: str, distances: PerViewport[Distance] | None) -> list[Ruler]:
        return rulers_of(rule, distances, m)

    def touch(rule: str) -> list[Ruler]:
        return [Ruler(rule, "", "blocks", m.blocks, 1.0)]

    text_first = Ruler("before-first-paragraph", "", "gaps", range(count), 0.0)
    start = count - 1 if m.first_text_end is None else m.first_text_end
    top, bottom = [0] * count, [count - 1] * count
    yield px("from-top", layout.from_top), top, True
    yield px("first", placement.first), top, True
    yield px("from-bottom", layout.from_bottom), bottom, False
    yield px("last", placement.last), bottom, False
    yield px("below-heading", layout.below_heading), m.heading_above, True
    yield px("above-image", layout.above_image), m.media_below, False
    yield px("below-image", layout.below_image), m.media_above, True
    yield px("own-ad-above", layout.from_own_ads), m.ad_above, True
    yield px("own-ad-below", layout.from_own_ads), m.ad_below, False
    yield [text_first], [start] * count, True
    yield touch("touches-heading"), m.heading_above, True
    yield touch("touches-media"), m.media_above, True
    yield touch("touches-media"), m.media_below, False
    yield touch("touches-ad"), m.ad_above, True
    yield touch("touches-ad"), m.ad_below, False
    yield touch("touches-promotion"), m.promotion_above, True
    yield touch("touches-promotion"), m.promotion_below, False
