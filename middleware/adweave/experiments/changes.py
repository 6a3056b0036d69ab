"""What was changed in an experiment while it ran, from the history of its folder.

New weights or a new seed move readers between variants; another layout behind a variant makes
it another variant. Either leaves a report that mixes two experiments, so it says so. Another
metric that decides, or another margin, chosen when results could be seen, is no promise any more.
A ramp's steps are told, too: they were meant, and let readers in without moving any.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adweave.placements import Experiment, History, HistoryFault, Settings

_LETS_IN = ("traffic", "ramp", "namespace")
"""What lets readers in or out, alike in all variants; so does the site's holdout."""
_DEALS = ("seed", "hash_version", "unit", "assign")
_DECIDES = ("primary", "guardrail", "metric", "units", "winsorise")
"""What the answer is judged by: it is promised for what was written beforehand."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Some of the experiment was changed at a time: "weights of control and dense"."""

    at_ms: int
    author: str
    what: tuple[str, ...]

    @property
    def mixed(self) -> tuple[str, ...]:
        """What makes two experiments of one: who gets which variant, or what a variant is."""
        return tuple(one for one in self.what if one not in (*_LETS_IN, "holdout", *_DECIDES))

    @property
    def deciding(self) -> tuple[str, ...]:
        """What was to be left alone because the answer is judged by it."""
        return tuple(one for one in self.what if one in _DECIDES)


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

    States in which it ran are compared: what was changed while it was stopped counts when it starts
    again, and what comes with its end is none. A state that is no longer kept, no TOML or without a
    time is passed over. Raises OSError where the history cannot be read.
    """
    found = []
    before: dict[str, object] | None = None
    for entry in history.entries():
        if not entry.was_in_force:
            continue
        try:
            now = _facts(history.snapshot(entry.id).files, name)
            at_ms = round(datetime.fromisoformat(entry.time).timestamp() * 1000)
        except (HistoryFault, ValueError):  # of TOML, UTF-8 and times alike
            continue
        if now is None or now.pop("status") != "running":
            continue
        if before is not None and span_ms[0] < at_ms <= span_ms[1]:
            what = tuple(
                key for key in dict.fromkeys([*before, *now]) if before.get(key) != now.get(key)
            )
            if what:
                found.append(Changed(at_ms, entry.author, what))
        before = now
    return tuple(found)


def _facts(files: Mapping[str, bytes], name: str) -> dict[str, object] | None:
    """What decides who sees what and how it is judged, by the words that the report has for it."""
    written = files.get(f"experiments/{name}.toml")
    if written is None:
        return None
    experiment = _table(written)
    for key in ("status", *_LETS_IN, *_DEALS, *_DECIDES):
        experiment.setdefault(key, Experiment.model_fields[key].default)
    facts = {key: experiment[key] for key in ("status", *_LETS_IN, *_DEALS)}
    facts["seed"] = facts["seed"] or name
    told = experiment.get("variant")
    variants = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    facts["weights"] = _shares([variant.get("weight") for variant in variants])
    facts["variants"] = [(variant.get("name"), variant.get("layout")) for variant in variants]
    facts["holdout"] = _holdout(files)
    for variant in variants:
        layout = variant.get("layout")
        facts[f"layout {layout}"] = _table(files.get(f"layouts/{layout}.toml", b""))
    return facts | {key: experiment[key] for key in _DECIDES}


def _shares(weights: Sequence[object]) -> list[object]:
    """Weights as shares of their sum: 1 beside 1 is what 0.5 beside 0.5 is."""
    numbers = [one for one in weights if isinstance(one, int | float)]
    total = sum(numbers)
    if len(numbers) < len(weights) or not total:
        return list(weights)
    return [round(one / total, 9) for one in numbers]


def _table(written: bytes) -> dict[str, object]:
    """A file without its comments; as the loader does, a byte order mark is passed over."""
    return tomllib.loads(written.decode("utf-8-sig"))


def _holdout(files: Mapping[str, bytes]) -> object:
    site = _table(files.get("site.toml", b""))
    table = site.get("experiments")
    return table.get("holdout", 0.0) if isinstance(table, dict) else 0.0
