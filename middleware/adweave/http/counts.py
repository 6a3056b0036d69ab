"""Counters of one process, and of several added up, for the metrics page.

Plain numbers, no label objects. Only the event loop's thread counts, but for the time that stages
take (`spent`), some of which run elsewhere. Knows nothing of what is counted.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Key: TypeAlias = tuple[str, str, str]
"""Name, label and the label's value; the last two empty where there is no label."""


# Gauges that are 1 while something holds.
_HOLDS: Final = frozenset({"adweave_placements_refused", "adweave_switched_off"})


class Counts:
    """Counters by name and one label's value; they only ever grow."""

    def __init__(self) -> None:
        self._values: defaultdict[Key, float] = defaultdict(int)
        self._spending = threading.Lock()
        self._spent: dict[str, tuple[int, float]] = {}
        self._followed: dict[Key, Callable[[], float]] = {}

    def follow(self, key: Key, count: Callable[[], float]) -> None:
        """Show a counter that is kept elsewhere."""
        self._followed[key] = count

    def spent(self, stage: str, seconds: float) -> None:
        """Time that one run of a stage took. For any thread."""
        with self._spending:
            runs, total = self._spent.get(stage, (0, 0.0))
            self._spent[stage] = runs + 1, total + seconds

    def add(self, name: str, label: str = "", value: str = "", by: float = 1) -> None:
        """Count: `name{label="value"}` grows."""
        self._values[name, label, value] += by

    def bump(self, key: Key) -> None:
        """As `add` by one, for a key that is at hand: the hot path's."""
        self._values[key] += 1

    def value(self, name: str, label: str = "", value: str = "") -> float:
        """What has been counted so far."""
        return self.values.get((name, label, value), 0)

    @property
    def values(self) -> dict[Key, float]:
        """All of it, as it is now."""
        found = dict(self._values)
        found.update((key, count()) for key, count in self._followed.items())
        with self._spending:
            spent = dict(self._spent)
        for stage, (runs, seconds) in spent.items():
            found["adweave_stage_runs_total", "stage", stage] = runs
            found["adweave_stage_seconds_total", "stage", stage] = seconds
        return found

    def as_text(self, gauges: Mapping[str, float] | None = None) -> str:
        """Prometheus' text format, version 0.0.4; `gauges` are values of this moment."""
        return as_text(self.values, gauges or {})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one process knows of itself, or several together."""

    counters: Mapping[Key, float] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)
    generation: str = ""  # of the placements in force; empty without any
    off: str = ""  # what the kill switch has off, for people

    def as_value(self) -> tuple[object, ...]:
        """In basic types, for another process."""
        return dict(self.counters), dict(self.gauges), self.generation, self.off


def added_up(snapshots: Iterable[Snapshot]) -> Snapshot:
    """One snapshot of all: counters and gauges are sums, the first configuration counts.

    What is 1 while something holds is 1 where it holds in any of them.
    """
    counters: defaultdict[Key, float] = defaultdict(int)
    gauges: defaultdict[str, float] = defaultdict(int)
    generation = off = ""
    for snapshot in snapshots:
        for key, count in snapshot.counters.items():
            counters[key] += count
        for name, gauge in snapshot.gauges.items():
            gauges[name] = max(gauges[name], gauge) if name in _HOLDS else gauges[name] + gauge
        generation = generation or snapshot.generation
        off = off or snapshot.off
    return Snapshot(counters, gauges, generation, off)


def as_text(counters: Mapping[Key, float], gauges: Mapping[str, float]) -> str:
    """Prometheus' text format, version 0.0.4."""
    lines: list[str] = []
    named = ""
    for (name, label, value), count in sorted(counters.items()):
        if name != named:
            lines.append(f"# TYPE {name} counter")
            named = name
        shown = f"{count:.6f}".rstrip("0").rstrip(".") if isinstance(count, float) else count
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        lines.append(f'{name}{{{label}="{escaped}"}} {shown}' if label else f"{name} {shown}")
    for name, gauge in sorted(gauges.items()):
        lines += [f"# TYPE {name} gauge", f"{name} {gauge:g}"]
    return "\n".join(lines) + "\n"
