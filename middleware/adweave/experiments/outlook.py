"""Before the start: how long an experiment would take, from the traffic so far.

The page views of the first variant's layout are taken for those of an experiment that had one
variant: their units' noise and their number a day are what planning needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from adweave.experiments.assignment import expected_shares, share_taking_part
from adweave.experiments.comparing import LEVEL
from adweave.experiments.metrics import outcomes_of
from adweave.experiments.planning import detectable, needed
from adweave.experiments.reading import Reading
from adweave.experiments.report import DAY_MS, noise_of
from adweave.experiments.statistics import MIN_UNITS, ratio
from adweave.placements import Experiment, Settings

WEEKS = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class Outlook:
    """For one kind of unit. Changes are relative, at 80 % power, by the always-valid interval.

    `per_day`: units that would take part, as there were so far. More days bring fewer new ones,
    as visitors come back, so what is said of them is rather too good than too bad.
    `detectable`: by weeks, infinite where nothing could be told.
    """

    unit: str
    seen: int
    days: float
    value: float
    noise: float
    per_day: float
    detectable: dict[int, float]
    needed: int | None

    @property
    def days_needed(self) -> float | None:
        """Days until `minimum_effect` would be seen; None without one, or never."""
        return None if self.needed is None else self.needed / self.per_day


def outlook_for(
    paths: Sequence[Path], experiment: Experiment, settings: Settings | None = None
) -> tuple[Outlook, ...]:
    """By kind of unit, those with 100 units at least. Raises `ReportsUnavailable`.

    `settings` are the site's. Of a ramp, the last step counts: a plan is for the whole run.
    """
    taking_part = share_taking_part(experiment, settings or Settings())
    outcomes = outcomes_of(experiment)
    shares = expected_shares(experiment)
    pair = (shares[0], min(shares[1:], default=0.0))
    alpha = (1 - LEVEL) / max(1, len(shares) - 1)
    if min(pair) <= 0:
        return ()
    with Reading(paths) as reading:
        reading.take_as_exposed(experiment.name, "all", experiment.variants[0].layout)
        units = reading.units(experiment.name, ["all"], outcomes, winsorise=experiment.winsorise)
    found = []
    for kind, read in units.items():
        group, first, last = read.groups[0], read.checkpoints[0], read.checkpoints[-1]
        estimate = ratio(group.sums[outcomes.primary.key])
        noise = None if estimate is None else noise_of([estimate])
        days = (last.at_ms - first.at_ms) / DAY_MS
        if kind not in outcomes.primary.units or group.units < MIN_UNITS or days <= 0:
            continue
        if estimate is None or noise is None or not taking_part:
            continue
        per_day = group.units / days * taking_part
        wanted = experiment.minimum_effect
        seen_with = partial(
            detectable, noise, alpha=alpha, tightest_at=experiment.units, shares=pair
        )
        size_for = partial(needed, noise, alpha=alpha, tightest_at=experiment.units, shares=pair)
        found.append(
            Outlook(
                unit=kind,
                seen=group.units,
                days=days,
                value=estimate.value,
                noise=noise,
                per_day=per_day,
                detectable={weeks: seen_with(per_day * 7 * weeks) for weeks in WEEKS},
                needed=None if wanted is None else size_for(wanted),
            )
        )
    return tuple(found)


def outlook_in_words(outlook: Outlook, experiment: Experiment) -> str:
    """What somebody who is about to start it wants to know, in a few sentences."""
    who = {"visitor": "visitors", "view": "page views of readers without an id"}[outlook.unit]
    primary = outcomes_of(experiment).primary
    text = (
        f"{outlook.seen:,} {who} in {outlook.days:.1f} days, {outlook.per_day:,.0f} a day in the "
        f"experiment; {primary.title} vary by {outlook.noise:.2f} times their mean."
    )
    reach = [
        f"{change * 100:.1f} % in {weeks} week{'s' if weeks > 1 else ''}"
        for weeks, change in outlook.detectable.items()
        if change < 1
    ]
    text += f" A change can be seen of {', '.join(reach)}." if reach else " That is too few."
    if experiment.minimum_effect is not None:
        wanted = f"{experiment.minimum_effect * 100:g} %"
        if outlook.days_needed is None:
            text += f" No number of them shows {wanted}."
        else:
            text += f" {wanted} takes {outlook.needed:,}: {max(1, outlook.days_needed):,.0f} days."
    return text
