"""Side-by-side timing: every contestant on every page, in turns, so that a busy moment of the
machine hits all of them alike. Medians, and ratios of medians."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Call = Callable[[], object]


@dataclass(slots=True)
class Times:
    """Seconds per contestant, one median a subject, in the subjects' order."""

    of: dict[str, list[float]] = field(default_factory=dict)

    def median(self, name: str) -> float:
        """The median subject's time in seconds."""
        return statistics.median(self.of[name])

    def ratio(self, name: str, other: str) -> float:
        """The median over subjects of `name`'s time divided by `other`'s for the same one."""
        pairs = zip(self.of[name], self.of[other], strict=True)
        return statistics.median(a / b for a, b in pairs)


def side_by_side(
    subjects: Sequence[Mapping[str, Call]], *, rounds: int, inner: int = 1, seed: int = 1
) -> Times:
    """Time each contestant of each subject `rounds` times, `inner` calls at a time.

    The order within a round is shuffled: who comes after a slow rival meets a cold cache.
    """
    chance = random.Random(seed)
    times = Times()
    for calls in subjects:
        taken: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(rounds):
            for name in chance.sample(list(calls), len(calls)):
                taken[name].append(_timed(calls[name], inner))
        for name, seconds in taken.items():
            times.of.setdefault(name, []).append(statistics.median(seconds))
    return times


def _timed(call: Call, inner: int) -> float:
    gc.collect(0)
    was_on = gc.isenabled()
    gc.disable()
    try:
        began = time.process_time()
        for _ in range(inner):
            call()
        return (time.process_time() - began) / inner
    finally:
        if was_on:
            gc.enable()
