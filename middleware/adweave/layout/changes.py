"""The smallest change of the configuration that would put a slot at a gap, or take one away.

Found by planning anew, so that what is told is what would happen: moving one distance may shift
every slot below. A plan is a step function of each number in the configuration: it changes only
where the number passes a distance that the article really has. Those are tried, nearest first,
in both directions; the first that turns a gap is the smallest change of that key that does.

Changes of different keys are compared by their share: 690 px instead of 750 px (0.08) is less
than 7 slots instead of 6 (0.14). Only one key at one viewport is changed at a time. Keys of other
placements are left alone, and so are `priority`, `enabled` and all that says which pages are
meant. Costs some hundred plans and is made only to be shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from adweave.layout.measure import Measures, measures_of, required_on_axis
from adweave.layout.planner import Planning, length_of
from adweave.layout.rules import Row, flow_rows
from adweave.page import VIEWPORTS, Outline
from adweave.placements import Distance, Layout, PerViewport, Placement

# Values of one key that are tried in each direction. More than any article under 200 blocks has
# for a distance from a landmark; for `every` the far ones are left out.
_TRIES = 300
_COUNTS = range(101)

# Rows of the rules table by the key that they come from.
_ROW_KEYS = {
    "from_top": ("from-top",),
    "from_bottom": ("from-bottom",),
    "below_heading": ("below-heading",),
    "above_image": ("above-image",),
    "below_image": ("below-image",),
    "from_own_ads": ("own-ad-above", "own-ad-below"),
    "first": ("first",),
    "last": ("last",),
}
_PLACEMENT_KEYS = ("first", "last")

# The finest step of a distance that is worth writing: whole px, words and blocks.
_STEPS = {"px": 1.0, "words": 1.0, "blocks": 1.0, "screens": 0.01}
_DENSITY_STEP = 0.01

Taken = frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Change:
    """One key of the configuration with another value, as it would be written.

    `placement` is empty for a key of the layout itself, `viewport` for a key that has one value
    for all. `puts` says whether it puts a slot at the gap or takes it away; `share` is the
    change's size, 0 to 1. `layout` is the layout with the change made.
    """

    key: str
    placement: str
    viewport: str
    old: str | None
    new: str
    puts: bool
    share: float
    layout: Layout = field(repr=False)

    @property
    def path(self) -> tuple[str, ...]:
        """Where the value stands: `("placement", "inline", "every", "mobile")`."""
        where = ("placement", self.placement) if self.placement else ()
        return (*where, self.key, *((self.viewport,) if self.viewport else ()))

    def __str__(self) -> str:
        at = f" at {self.viewport}" if self.viewport else ""
        instead = f" instead of {self.old}" if self.old is not None else ""
        return f"{self.key} = {self.new}{instead}{at}"


@dataclass(frozen=True, slots=True)
class _Knob:
    """One number that can be turned: its `values`, nearest first, each way on its own."""

    key: str
    placement: str
    viewport: str
    now: float
    ways: tuple[Sequence[float], Sequence[float]]
    written: Callable[[float], str]
    turned: Callable[[float], Layout]
    is_written: bool = True


def changes_for(
    outline: Outline, layout: Layout, *, without: Collection[int] = frozenset()
) -> Mapping[tuple[str, int], Change]:
    """By placement and gap, the smallest change that turns it: puts a slot there or takes it away.

    No entry: no single change does, as for a gap where no element may be put. For a page that is
    too short for the layout, the changes are those of `min_length`.
    """
    if not outline.evidence.found:
        return {}
    measures = measures_of(outline)

    def taken_by(wanted: Layout) -> Taken:
        planning = Planning(outline, wanted, without, measures)
        if planning.refusal() is not None:
            return frozenset()
        return frozenset((c.placement.name, gap) for c in planning.choices() for gap in c.gaps)

    now = taken_by(layout)
    is_refused = Planning(outline, layout, without, measures).refusal() is not None
    best: dict[tuple[str, int], Change] = {}
    knobs = _min_length(outline, layout) if is_refused else _knobs(outline, layout, measures)
    for knob in knobs:
        for values in knob.ways:
            seen: set[tuple[str, int]] = set()
            for value in values[:_TRIES]:
                wanted = knob.turned(value)
                for place in taken_by(wanted) ^ now:
                    if place in seen or knob.placement not in ("", place[0]):
                        continue
                    seen.add(place)
                    change = _change(knob, value, wanted, puts=place not in now)
                    if place not in best or change.share < best[place].share:
                        best[place] = change
    return best


def _change(knob: _Knob, value: float, layout: Layout, *, puts: bool) -> Change:
    return Change(
        knob.key,
        knob.placement,
        knob.viewport,
        knob.written(knob.now) if knob.is_written else None,
        knob.written(value),
        puts,
        abs(value - knob.now) / max(value, knob.now),
        layout,
    )


def _knobs(outline: Outline, layout: Layout, measures: Measures) -> Iterator[_Knob]:
    placements = [p for p in layout.placement if p.enabled]
    inline = [p for p in placements if p.kind == "inline"]
    for placement in inline:
        yield from _every(outline, layout, measures, placement)
        for key in _PLACEMENT_KEYS:
            yield from _distances(layout, measures, key, placement)
        for key, lowest in (("max", 1), ("min", 0)):
            yield _count(layout, placement, key, getattr(placement, key), lowest)
    for placement in placements:
        if placement.kind == "nth" and placement.n is not None:
            yield _count(layout, placement, "n", placement.n, 1, len(outline.gaps) - 1)
    if inline:
        for key in _ROW_KEYS.keys() - set(_PLACEMENT_KEYS):
            yield from _distances(layout, measures, key, None)
    yield from _density(layout)


def _distances(
    layout: Layout, measures: Measures, key: str, placement: Placement | None
) -> Iterator[_Knob]:
    """A knob per viewport for a distance from a landmark."""
    configured: PerViewport[Distance] | None = getattr(placement or layout, key)
    for v, viewport in enumerate(VIEWPORTS):
        distance = configured.for_viewport(viewport.name) if configured else Distance(0, "px")
        lengths = _lengths_to_landmarks(layout, measures, key, placement, distance, v)
        yield _distance_knob(layout, placement, key, viewport.name, distance, lengths, v)


def _lengths_to_landmarks(
    layout: Layout,
    measures: Measures,
    key: str,
    placement: Placement | None,
    distance: Distance,
    viewport: int,
) -> set[float]:
    """How far each gap is from its landmark, on the axis of `distance`."""
    # A distance of zero makes no row, so ask for the rows of a distance that always makes some.
    some = PerViewport[Distance].of(Distance(1, distance.unit))
    asked = layout.model_copy(update={key: some})
    of = placement or layout.placement[0]
    if placement is not None:
        asked, of = layout, placement.model_copy(update={key: some})
    rows: list[Row] = [
        row
        for row in flow_rows(measures, asked, of)
        if row.ruler.rule in _ROW_KEYS[key] and row.ruler.viewport == VIEWPORTS[viewport].name
    ]
    return {
        check.actual
        for row in rows
        for gap in range(len(measures.blocks))
        if (check := row.check(gap)) is not None
    }


def _every(
    outline: Outline, layout: Layout, measures: Measures, placement: Placement
) -> Iterator[_Knob]:
    """A knob per viewport for `every`: the distances between any two gaps that are open."""
    gaps = [gap for gap, place in enumerate(outline.gaps) if place.fault is None]
    for v, viewport in enumerate(VIEWPORTS):
        distance = placement.every.for_viewport(viewport.name)
        axis = measures.axis(distance.unit, v)
        lengths = {axis[below] - axis[above] for above, below in combinations(gaps, 2)}
        least = placement.box_px(viewport.name) if distance.unit == "px" else 0
        yield _distance_knob(layout, placement, "every", viewport.name, distance, lengths, v, least)


def _distance_knob(
    layout: Layout,
    placement: Placement | None,
    key: str,
    viewport: str,
    distance: Distance,
    lengths: set[float],
    v: int,
    least: float = 0.0,
) -> _Knob:
    step = _STEPS[distance.unit]
    one = required_on_axis(Distance(1, distance.unit), v)
    steps = {math.floor(length / one / step + 1e-9) for length in lengths if length >= 0}
    down = {_rounded(n * step) for n in steps}
    up = {_rounded((n + 1) * step) for n in steps}
    old: PerViewport[Distance] | None = getattr(placement or layout, key)
    base = old or PerViewport[Distance].of(Distance(0, distance.unit))

    def turned(value: float) -> Layout:
        distances = base.model_copy(update={viewport: Distance(value, distance.unit)})
        return _with(layout, placement, key, distances)

    return _Knob(
        key,
        placement.name if placement else "",
        viewport,
        distance.value,
        (
            sorted((n for n in down if least <= n < distance.value), reverse=True),
            sorted(n for n in up if n > distance.value),
        ),
        lambda value: str(Distance(value, distance.unit)),
        turned,
        is_written=old is not None,
    )


def _count(
    layout: Layout, placement: Placement, key: str, now: int, least: int, most: int = 100
) -> _Knob:
    return _Knob(
        key,
        placement.name,
        "",
        now,
        (range(now - 1, least - 1, -1), [n for n in _COUNTS if now < n <= min(most, now + 20)]),
        lambda value: str(int(value)),
        lambda value: _with(layout, placement, key, int(value)),
    )


def _density(layout: Layout) -> Iterator[_Knob]:
    for viewport in VIEWPORTS:
        now = layout.max_density.for_viewport(viewport.name)
        steps = [_rounded(n * _DENSITY_STEP) for n in _COUNTS]

        def turned(value: float, name: str = viewport.name) -> Layout:
            densities = layout.max_density.model_copy(update={name: value})
            return _with(layout, None, "max_density", densities)

        yield _Knob(
            "max_density",
            "",
            viewport.name,
            now,
            ([n for n in reversed(steps) if n < now], [n for n in steps if n > now]),
            lambda value: f"{value:g}",
            turned,
        )


def _min_length(outline: Outline, layout: Layout) -> Iterator[_Knob]:
    needed = layout.min_length
    step = _STEPS[needed.unit]
    enough = _rounded(math.floor(length_of(outline, needed) / step + 1e-9) * step)
    yield _Knob(
        "min_length",
        "",
        "",
        needed.value,
        ((enough,), ()),
        lambda value: str(Distance(value, needed.unit)),
        lambda value: _with(layout, None, "min_length", Distance(value, needed.unit)),
    )


def _with(layout: Layout, placement: Placement | None, key: str, value: object) -> Layout:
    """The layout with one key of its own, or of a placement, set anew."""
    if placement is None:
        return layout.model_copy(update={key: value})
    changed = placement.model_copy(update={key: value})
    return layout.model_copy(
        update={
            "placement": tuple(changed if p.name == placement.name else p for p in layout.placement)
        }
    )


def _rounded(value: float) -> float:
    """Without the digits that multiplying by a step such as 0.01 leaves behind."""
    return round(value, 6)
