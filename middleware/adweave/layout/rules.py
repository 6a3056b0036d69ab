"""The rules for slots in the article's flow, as a table.

Every rule is one row: *a distance, on one axis, from a landmark, must be at least so much*.
The planner asks only whether all rows hold; `explain` asks each row for its numbers. Both read
the same rows, so what is explained is what was decided.

Two kinds of rows. Those of the house hold whatever a layout says: no slot touches a heading
above it, a picture, an embed, another slot or an ad of the page's own, and none stands before
the article's first paragraph. Those of the layout and the placement carry the configured
distances.
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

    def holds(self, gap: int) -> bool:
        """Whether gap `gap` is far enough from its landmark."""
        landmark = self.landmarks[gap]
        if landmark is None:
            return True
        if self.is_above:
            return self.ruler.holds(landmark, gap)
        return self.ruler.holds(gap, landmark)

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
    rulers = []
    for v, viewport in enumerate(VIEWPORTS):
        distance = distances.for_viewport(viewport.name)
        if distance.value > 0:
            unit = "px" if distance.unit == "screens" else distance.unit
            axis = measures.axis(distance.unit, v)
            rulers.append(Ruler(rule, viewport.name, unit, axis, required_on_axis(distance, v)))
    return rulers


def apart_rulers(rule: str, placement: Placement, measures: Measures) -> list[Ruler]:
    """What keeps a slot of `placement` from another slot: its `every`, and text in between."""
    return [
        *rulers_of(rule, placement.every, measures),
        Ruler("touches-slot", "", "blocks", measures.blocks, 1.0),
    ]


def flow_rows(
    measures: Measures, layout: Layout, placement: Placement, taken: Sequence[int]
) -> list[Row]:
    """Every rule for an inline placement, given the gaps that other placements hold already."""
    count = len(measures.blocks)
    return [
        Row(ruler, landmarks, is_above)
        for rulers, landmarks, is_above in _table(measures, layout, placement, taken, count)
        if any(landmark is not None for landmark in landmarks)
        for ruler in rulers
    ]


def rows_at(rows: Sequence[Row], viewport: str) -> list[Row]:
    """Those of `rows` that matter at one viewport."""
    return [row for row in rows if row.ruler.viewport in ("", viewport)]


def _table(
    m: Measures, layout: Layout, placement: Placement, taken: Sequence[int], count: int
) -> Iterator[tuple[list[Ruler], Landmarks, bool]]:
    def px(rule: str, distances: PerViewport[Distance] | None) -> list[Ruler]:
        return rulers_of(rule, distances, m)

    def touch(rule: str) -> list[Ruler]:
        return [Ruler(rule, "", "blocks", m.blocks, 1.0)]

    text_first = Ruler("before-first-paragraph", "", "gaps", range(count), 0.0)
    start = count - 1 if m.first_text_end is None else m.first_text_end
    top, bottom = [0] * count, [count - 1] * count
    slot_above = [max((t for t in taken if t <= gap), default=None) for gap in range(count)]
    slot_below = [min((t for t in taken if t >= gap), default=None) for gap in range(count)]
    yield px("from-top", layout.from_top), top, True
    yield px("first", placement.first), top, True
    yield px("from-bottom", layout.from_bottom), bottom, False
    yield px("last", placement.last), bottom, False
    yield px("below-heading", layout.below_heading), m.heading_above, True
    yield px("above-image", layout.above_image), m.media_below, False
    yield px("below-image", layout.below_image), m.media_above, True
    yield px("own-ad-above", layout.from_own_ads), m.ad_above, True
    yield px("own-ad-below", layout.from_own_ads), m.ad_below, False
    yield apart_rulers("slot-above", placement, m), slot_above, True
    yield apart_rulers("slot-below", placement, m), slot_below, False
    yield [text_first], [start] * count, True
    yield touch("touches-heading"), m.heading_above, True
    yield touch("touches-media"), m.media_above, True
    yield touch("touches-media"), m.media_below, False
    yield touch("touches-ad"), m.ad_above, True
    yield touch("touches-ad"), m.ad_below, False
