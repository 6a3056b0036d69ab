"""How evenly slots stand, and what choosing costs: the planner against simpler ways to choose.

All choose from the same gaps by the same rules and for the same wish, the shipped layout's:

- *one set for all*: the earliest gap that keeps the rules of every viewport at once, then the
  earliest far enough below it at every viewport, and so on; where there is no such gap, one slot
  for each viewport by itself;
- *each by itself*: the earliest gaps, each viewport on its own.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import click

from adweave.layout import plan_for
from adweave.layout.choosing import Track, chosen_gaps
from adweave.layout.planner import Planning
from adweave.page import VIEWPORTS, Outline, PageDoubt, outline_of, read_page

from .pages import Sample, samples
from .planning import Planner
from .timing import side_by_side

Choices = list[list[int]]

# A distance is far when it is so many times the wanted one.
_FAR = 1.5


@dataclass(slots=True)
class Evenness:
    """Distances between neighbouring slots at one viewport, as multiples of the wanted one."""

    slots: int = 0
    distances: list[float] = field(default_factory=list)
    variations: list[float] = field(default_factory=list)  # per page of three slots or more
    far: int = 0
    nearer: int = 0  # of the far ones, those with a fitting gap between that is far enough
    needless: int = 0  # of these, those where that gap would also bring the larger distance down

    def add(self, track: Track, gaps: Sequence[int]) -> None:
        """Count one page's slots."""
        axis, every = track.apart[0]
        distances = [(axis[below] - axis[above]) / every for above, below in pairwise(gaps)]
        self.slots += len(gaps)
        self.distances += distances
        if len(distances) > 1:
            self.variations.append(statistics.pstdev(distances) / statistics.mean(distances))
        for n, distance in enumerate(distances):
            if distance <= _FAR:
                continue
            above, slot = axis[gaps[n]], gaps[n + 1]
            between = [axis[g] for g in track.fitting if g < slot and axis[g] - above >= every]
            after = axis[gaps[n + 2]] if n + 2 < len(gaps) else axis[slot]
            worst = max(axis[slot] - above, after - axis[slot])
            self.far += 1
            self.nearer += bool(between)
            self.needless += any(max(at - above, after - at) < worst for at in between)


def one_set_for_all(tracks: Sequence[Track], _: Planning) -> Choices:
    """The earliest gaps that suit every viewport; one slot for each where there are none."""
    common = sorted(set.intersection(*(set(track.fitting) for track in tracks)))
    chosen = _earliest(common, [ruler for track in tracks for ruler in track.apart])
    return [[*chosen] if chosen else [*track.fitting[:1]] for track in tracks]


def each_by_itself(tracks: Sequence[Track], _: Planning) -> Choices:
    """The earliest gaps of each viewport."""
    return [_earliest(track.fitting, track.apart) for track in tracks]


def adweave(tracks: Sequence[Track], planning: Planning) -> Choices:
    """What the planner chooses."""
    return chosen_gaps(tracks, planning.is_pause)


def _earliest(fitting: Sequence[int], apart: Sequence[tuple[Sequence[float], float]]) -> list[int]:
    chosen: list[int] = []
    for gap in fitting:
        if not chosen or all(axis[gap] - axis[chosen[-1]] >= least for axis, least in apart):
            chosen.append(gap)
    return chosen


_WAYS: dict[str, Callable[[Sequence[Track], Planning], Choices]] = {
    "one set for all": one_set_for_all,
    "each by itself": each_by_itself,
    "adweave": adweave,
}


def places(pages: int, rounds: int) -> None:
    """Print how evenly slots stand, and the time of a plan."""
    found, origin = samples(pages)
    layout = Planner().delivery.layout
    outlines = [outline for one in found if (outline := _outline(one)) is not None]
    plannings = [Planning(outline, layout) for outline in outlines]
    plannings = [planning for planning in plannings if planning.refusal() is None]
    click.echo(f"## Choosing places ({len(plannings)} {origin})\n")
    click.echo("| | places | viewport | slots | mean | variation | far | nearer gap | needless |")
    click.echo("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in _WAYS:
        count, evenness = measured(name, plannings)
        for viewport, one in zip(VIEWPORTS, evenness, strict=True):
            click.echo(
                f"| {name} | {count} | {viewport.name} | {one.slots} "
                f"| {statistics.mean(one.distances):.2f} | {statistics.mean(one.variations):.3f} "
                f"| {one.far / len(one.distances):.1%} | {one.nearer / len(one.distances):.1%} "
                f"| {one.needless / len(one.distances):.1%} |"
            )
    calls = [{"plan": partial(plan_for, outline, layout)} for outline in outlines]
    times = side_by_side(calls, rounds=rounds, inner=5)
    click.echo(
        f"\nmean, variation: of the distances between slots in multiples of `every` (standard "
        f"deviation by mean, averaged over pages of three slots or more). far: more than {_FAR} "
        "times `every`; nearer gap: though a fitting one was far enough; needless: and would have "
        "made the larger of the distances above and below smaller.\n\n"
        f"A plan from an outline takes {times.median('plan') * 1e6:.0f} µs (median page).\n"
    )


def measured(way: str, plannings: Sequence[Planning]) -> tuple[int, list[Evenness]]:
    """By one way of choosing: how many places pages have in all, and each viewport's slots."""
    count, evenness = 0, [Evenness() for _ in VIEWPORTS]
    for planning in plannings:
        (placement,) = (p for p in planning.layout.placement if p.kind == "inline")
        tracks = planning.flow_of(placement).tracks
        shown = set()
        for v, gaps in enumerate(_WAYS[way](tracks, planning)):
            stop = planning.stop_of(placement, v, len(gaps), planning.room_px(v))
            kept = gaps if stop is None else gaps[: int(stop.actual)]
            evenness[v].add(tracks[v], kept)
            shown.update(kept)
        count += len(shown)
    return count, evenness


def _outline(sample: Sample) -> Outline | None:
    try:
        return outline_of(read_page(sample.body, sample.content_type))
    except PageDoubt:
        return None
