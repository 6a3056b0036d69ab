"""The verdict of each placement on each gap: taken where, or refused by which rules.

Made for people, after the fact, from the same rows that decided. Pure, as the planner is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from adweave.layout.model import Check, Verdict
from adweave.layout.planner import FIXED_KINDS, Choice, Planning
from adweave.page import VIEWPORTS, Outline
from adweave.placements import Layout


def verdicts_for(
    outline: Outline, layout: Layout, *, without: Collection[int] = frozenset()
) -> tuple[Verdict, ...]:
    """What each placement of `layout` says of each gap, with the numbers behind it.

    Costs more than the plan and is made only to be shown. Empty where `plan_for` refuses the
    page as a whole ("no-article", "too-short").
    """
    planning = Planning(outline, layout, without)
    if planning.refusal() is not None:
        return ()
    return tuple(
        verdict
        for choice in planning.choices()
        for verdict in (
            [_fixed(planning, choice)]
            if choice.placement.kind in FIXED_KINDS
            else _flow(planning, choice)
        )
    )


def _fixed(planning: Planning, choice: Choice) -> Verdict:
    last = len(planning.outline.gaps) - 1
    wanted = planning.fixed_gap(choice.placement)
    gap = min(wanted, last)
    checks = [Check("nth", "", "blocks", wanted, last), *planning.faults(gap)]
    checks += [check for row in choice.rows if (check := row.check(gap)) is not None]
    checks += choice.stopped.values()
    return Verdict(gap, choice.placement.name, choice.gaps.get(gap, ()), tuple(checks))


def _flow(planning: Planning, choice: Choice) -> Iterator[Verdict]:
    for gap in range(len(planning.outline.gaps)):
        checks = planning.faults(gap)
        checks += [check for row in choice.rows if (check := row.check(gap)) is not None]
        viewports = choice.gaps.get(gap, ())
        stops = []
        for v, viewport in enumerate(VIEWPORTS):
            checks += _distances_to_slots(choice, v, gap)
            stop = None if viewport.name in viewports else choice.stopped.get(viewport.name)
            here = ("", viewport.name)
            if stop is not None and all(c.holds for c in checks if c.viewport in here):
                stops.append(stop)
        checks += _said_once(stops)
        yield Verdict(gap, choice.placement.name, viewports, tuple(checks))


def _distances_to_slots(choice: Choice, viewport: int, gap: int) -> Iterator[Check]:
    """The distances from a gap to the placement's nearest slots shown at a viewport."""
    shown = choice.shown_at(VIEWPORTS[viewport].name)
    above = max((g for g in shown if g < gap), default=None)
    below = min((g for g in shown if g > gap), default=None)
    for ruler in choice.distances[viewport]:
        if above is not None:
            yield ruler.check(above, gap)
        if below is not None:
            yield ruler.check(gap, below)


def _said_once(stops: list[Check]) -> list[Check]:
    """One check instead of one for each viewport, where all say the same."""
    general = {replace(stop, viewport="") for stop in stops}
    return list(general) if len(stops) == len(VIEWPORTS) and len(general) == 1 else stops
