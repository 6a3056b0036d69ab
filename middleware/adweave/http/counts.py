"""Counters of one process, for the metrics page: plain integers, no locks, no labels objects.

Only the event loop's thread counts. Knows nothing of what is counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping


class Counts:
    """Counters by name and one label's value; they only ever grow."""

    def __init__(self) -> None:
        self._values: defaultdict[tuple[str, str, str], int] = defaultdict(int)

    def add(self, name: str, label: str = "", value: str = "", by: int = 1) -> None:
        """Count: `name{label="value"}` grows."""
        self._values[name, label, value] += by

    def bump(self, key: tuple[str, str, str]) -> None:
        """As `add` by one, for a (name, label, value) that is at hand: the hot path's."""
        self._values[key] += 1

    def value(self, name: str, label: str = "", value: str = "") -> int:
        """What has been counted so far."""
        return self._values.get((name, label, value), 0)

    def as_text(self, gauges: Mapping[str, float] | None = None) -> str:
        """Prometheus' text format, version 0.0.4; `gauges` are values of this moment."""
        lines: list[str] = []
        named = ""
        for (name, label, value), count in sorted(self._values.items()):
            if name != named:
                lines.append(f"# TYPE {name} counter")
                named = name
            escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            lines.append(f'{name}{{{label}="{escaped}"}} {count}' if label else f"{name} {count}")
        for name, gauge in sorted((gauges or {}).items()):
            lines += [f"# TYPE {name} gauge", f"{name} {gauge:g}"]
        return "\n".join(lines) + "\n"
