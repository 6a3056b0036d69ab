"""A report's findings as sentences, the first thing that is read.

No sentence here says "winner": it says what was seen, how sure it is at any time, and
whether the split allows it to be believed.
"""

from __future__ import annotations

import time

from adweave.experiments.metrics import PRIMARY
from adweave.experiments.report import Change, Report, Section
from adweave.experiments.statistics import MIN_UNITS

WATCH_BELOW = 0.1
"""An always-valid chance below this is worth a word, though no alarm."""

UNIT_WORDS = {"visitor": "visitors", "view": "page views of readers without an id"}


def verdict(report: Report) -> str:
    """One to three sentences."""
    name = report.experiment.name
    if not report.sections:
        found = "no reader has been in it yet"
        if report.experiment.status == "draft":
            found += "; it is a draft, and only a running experiment changes pages"
        if report.bot_views:
            found += f". Page views by bots and automated browsers, left out: {report.bot_views:,}"
        return f"{name}: {found}."
    if not report.sound:
        broken = [section for section in report.sections if not section.split.test.sound]
        return (
            f"{name}: the split is broken: {'; '.join(map(split_in_words, broken))}. "
            "The groups differ in more than their layout, so no difference below can be believed. "
            "Find out which readers are missing before anything else."
        )
    seen = [_seen(section) for section in report.sections]
    doubt = any(section.split.test.p_value < WATCH_BELOW for section in report.sections)
    split = "The split is sound so far, but watch it." if doubt else "The split is sound."
    return f"{name}: {'; '.join(seen)}. {split}"


def split_in_words(section: Section) -> str:
    """What was found of one section's split, without a full stop."""
    test = section.split.test
    if test.sound:
        came = f"{section.units:,} {UNIT_WORDS[section.unit]}"
        if test.p_value < WATCH_BELOW:
            return (
                f"sound so far, but watch it: {came} came in less evenly than configured "
                f"(chance at any time {_chance(test.p_value)}; the alarm is at {test.alpha:g})"
            )
        return f"sound: {came} came in as configured"
    worst = max(
        range(len(test.counts)),
        key=lambda arm: abs(test.counts[arm] / section.units - test.expected[arm]),
    )
    since = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime((section.split.alarm_ms or 0) / 1000))
    return (
        f"{section.variants[worst].name} got {test.counts[worst] / section.units:.2%} of "
        f"{section.units:,} {UNIT_WORDS[section.unit]} where {test.expected[worst]:.2%} are "
        f"configured (chance at any time {_chance(test.p_value)}; sure since {since})"
    )


def _seen(section: Section) -> str:
    who = f"over {section.units:,} {UNIT_WORDS[section.unit]},"
    control = section.variants[0].name
    least = min(variant.units for variant in section.variants)
    if least < MIN_UNITS:
        return f"{who} too few to say anything: each variant needs {MIN_UNITS} and one has {least}"
    changes = {
        variant.name: comparison.relative if comparison else None
        for variant in section.variants[1:]
        for comparison in [section.comparison(PRIMARY, variant.name)]
    }
    shown = [_shows(name, change, control) for name, change in changes.items()]
    return f"{who} {'; '.join(shown)}"


def _shows(name: str, change: Change | None, control: str) -> str:
    if change is None or change.always_valid is None:
        return f"{name} cannot be compared with {control}: {PRIMARY.title} do not vary"
    low, high = change.always_valid.low, change.always_valid.high
    if low <= 0 <= high:
        return (
            f"no difference in {PRIMARY.title} is sure yet: {name} is between {abs(low):.1%} below "
            f"and {high:.1%} above {control} (95 %, whenever you look)"
        )
    near, far = sorted((abs(low), abs(high)))
    return (
        f"{name} shows {abs(change.value):.1%} {'more' if change.value > 0 else 'fewer'} "
        f"{PRIMARY.title} than {control} ({near:.1%} to {far:.1%}; 95 %, whenever you look)"
    )


def _chance(p_value: float) -> str:
    return f"{p_value:.2g}" if p_value >= 1e-6 else "below 0.000001"
