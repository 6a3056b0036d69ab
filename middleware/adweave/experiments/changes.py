"""What was changed in an experiment while it ran, from the history of its folder.

New weights or a new seed move readers between variants; another layout behind a variant makes
it another variant. Either leaves a report that mixes two experiments, so it says so. A ramp's
steps are told, too: they were meant, and let readers in without moving any.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from adweave.placements import Experiment, History, HistoryFault, Settings

_WHO = ("traffic", "ramp", "namespace", "seed", "hash_version", "unit", "assign")


@dataclass(frozen=True, slots=True)
class Changed:
    """Some of the experiment was changed at a time: "weights of control and dense"."""

    at_ms: int
    author: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A ramp's step that came while events came: so much traffic from then on."""

    at_ms: int
    traffic: float


def steps_during(
    experiment: Experiment, settings: Settings, span_ms: tuple[int, int]
) -> tuple[Step, ...]:
    """The steps of the experiment's ramp between its first and its last event, in order."""
    steps = (
        Step(round(step.since_s(settings.time_zone) * 1000), step.traffic)
        for step in experiment.ramp
    )
    return tuple(step for step in steps if span_ms[0] < step.at_ms <= span_ms[1])


def changes_during(history: History, name: str, span_ms: tuple[int, int]) -> tuple[Changed, ...]:
    """Changes of experiment `name` between its first and its last event, in order.

    A state that is no longer kept or no TOML is passed over: its neighbours are compared. Raises
    OSError where the history cannot be read.
    """
    found = []
    before: Mapping[str, object] | None = None
    for entry in history.entries():
        if not entry.was_in_force:
            continue
        try:
            now = _facts(history.snapshot(entry.id).files, name)
        except (HistoryFault, tomllib.TOMLDecodeError, UnicodeDecodeError):
            continue
        at_ms = round(datetime.fromisoformat(entry.time).timestamp() * 1000)
        if before is not None and now is not None and span_ms[0] < at_ms <= span_ms[1]:
            what = tuple(
                key for key in dict.fromkeys([*before, *now]) if before.get(key) != now.get(key)
            )
            if what:
                found.append(Changed(at_ms, entry.author, what))
        before = now if now is not None else before
    return tuple(found)


def _facts(files: Mapping[str, bytes], name: str) -> dict[str, object] | None:
    """What decides who sees what, by the words that the report has for it."""
    written = files.get(f"experiments/{name}.toml")
    if written is None:
        return None
    experiment = tomllib.loads(written.decode())
    facts: dict[str, object] = {key: experiment.get(key) for key in _WHO}
    variants = experiment.get("variant", [])
    facts["weights"] = [variant.get("weight") for variant in variants]
    facts["variants"] = [(variant.get("name"), variant.get("layout")) for variant in variants]
    facts["holdout"] = _holdout(files)
    for variant in variants:
        layout = variant.get("layout")
        facts[f"layout {layout}"] = files.get(f"layouts/{layout}.toml")
    return facts


def _holdout(files: Mapping[str, bytes]) -> object:
    site = tomllib.loads(files.get("site.toml", b"").decode("utf-8-sig"))
    table = site.get("experiments")
    return table.get("holdout", 0.0) if isinstance(table, dict) else 0.0
