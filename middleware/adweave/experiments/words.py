"""A report's findings as sentences, the first thing that is read.

No sentence here says "winner": it says what was seen, how sure it is at any time, what it
costs the readers, and whether the split allows it to be believed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from adweave.experiments.changes import Changed
from adweave.experiments.comparing import Change, Comparison
from adweave.experiments.decision import Decision, Guarded
from adweave.experiments.metrics import Metric
from adweave.experiments.report import Heavy, Report, Section, Sensitivity
from adweave.experiments.shown import amount, between
from adweave.experiments.statistics import MIN_UNITS

WATCH_BELOW = 0.1
"""An always-valid chance below this is worth a word, though no alarm."""

UNIT_WORDS = {"visitor": "visitors", "view": "page views of readers without an id"}

_CLAUSES = {
    "scroll_depth": "readers scroll {amount} {word}",
    "time_on_page": "readers stay {amount} {shorter}",
    "bounce": "{amount} {word} visitors leave after one page",
    "views_per_visitor": "readers see {amount} {fewer} pages",
}
"""How a guardrail's change is told, by metric; for all others its title is used."""


def verdict(report: Report, changes: Sequence[Changed] = ()) -> str:
    """A few sentences: what was found, whether it can be shipped, whether it can be believed.

    `changes` are those while it ran.
    """
    name = report.experiment.name
    if not report.sections:
        found = "no reader has been in it yet" if report.gone is None else "no event of it is left"
        if report.experiment.status == "draft":
            found += "; it is a draft, and only a running experiment changes pages"
        if report.bot_views:
            found += f". Page views by bots and automated browsers, left out: {report.bot_views:,}"
        return f"{name}: {found}.{_gone(report)}"
    if not report.sound:
        broken = [section for section in report.sections if not section.split.test.sound]
        return (
            f"{name}: the split is broken: {'; '.join(map(split_in_words, broken))}. "
            "The groups differ in more than their layout, so no difference below can be believed. "
            f"{_cause(changes)}{_gone(report)}"
        )
    seen = [_seen(section, report.outcomes.primary) for section in report.sections]
    doubt = any(section.split.test.p_value < WATCH_BELOW for section in report.sections)
    split = "The split is sound so far, but watch it." if doubt else "The split is sound."
    uneven = [part for section in report.sections if (part := missing_in_words(section))]
    heavy = [
        heavy_in_words(one, section.unit)
        for section in report.sections
        for one in section.heavy
        if one.metric is report.outcomes.primary
    ]
    more = f" But {'; '.join([*uneven, *heavy])}." if uneven or heavy else ""
    return f"{name}: {'; '.join(seen)}. {split}{more}{_meddling(changes)}{_gone(report)}"


def _gone(report: Report) -> str:
    """What of the run is in nothing, as a further sentence; empty without."""
    if report.gone is None:
        return ""
    one = report.gone
    days = f"of {one.first}" if one.first == one.last else f"from {one.first} to {one.last}"
    return (
        f" But its events {days} are no longer kept ({one.page_views:,} page views): that part of "
        "the run is in no number here, and an alarm of that time would be gone as well."
    )


def _cause(changes: Sequence[Changed]) -> str:
    mixed = _all_of(one.mixed for one in changes)
    if mixed:
        return f"Changed while it ran: {mixed}. That alone can break a split; begin a copy instead."
    return "Find out which readers are missing before anything else."


def _meddling(changes: Sequence[Changed]) -> str:
    """What takes the ground from the answer, as further sentences; empty without."""
    text = ""
    if mixed := _all_of(one.mixed for one in changes):
        text += f" But this was changed while it ran: {mixed}; two experiments are mixed here."
    if deciding := _all_of(one.deciding for one in changes):
        text += f" But what decides was changed while it ran: {deciding}."
    return text


def _all_of(parts: Iterable[Sequence[str]]) -> str:
    return ", ".join(dict.fromkeys(one for part in parts for one in part))


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


def missing_in_words(section: Section) -> str:
    """Empty where variants do not surely differ in what never came, else a clause."""
    if not section.missing.uneven:
        return ""
    shares = dict(zip((v.name for v in section.variants), section.missing.reported, strict=True))
    control = section.variants[0].name
    told = ", ".join(f"{shares[name] or 0:.1%} in {name}" for name in section.missing.uneven)
    return (
        f"page views report their end unevenly ({shares[control] or 0:.1%} in {control}, {told}): "
        "what is said of scrolling, shifts and time is of other readers in each"
    )


def heavy_in_words(heavy: Heavy, unit: str) -> str:
    """A clause."""
    of = heavy.metric.title.partition(" per ")[0]
    one = "visitor" if unit == "visitor" else "page view"
    return (
        f"a single {one} has {_percent(heavy.share)} of all {of} in {heavy.variant}: forged, or so "
        "rare that no interval holds; `winsorise` cuts such"
    )


def sensitivity_in_words(found: Sensitivity) -> str:
    """What can be seen, and how long the wanted effect will take, as a sentence."""
    text = "What came in so far is too little to see any change."
    if found.detectable < 1:
        text = f"With what came in so far, a change of {_percent(found.detectable)} would be seen."
    if found.wanted is None:
        return text
    if found.needed is None or found.days_left is None:
        return f"{text} One of {_percent(found.wanted)} cannot be seen with any number of them."
    if found.days_left == 0:
        return f"{text} That is enough for the {_percent(found.wanted)} that are worth finding."
    days = found.days_left
    left = "less than a day" if days < 1 else f"about {days:,.0f} more days"
    return (
        f"{text} One of {_percent(found.wanted)}, the least that is worth finding, takes "
        f"{found.needed:,} in all: {left} at the rate so far."
    )


def decision_in_words(decision: Decision, primary: Metric, control: str) -> str:
    """A variant's decision, without a full stop."""
    main = _main(decision, primary, control)
    if decision.primary is None or decision.primary.shown.always_valid is None:
        return main
    broken = [one for one in decision.guarded if one.state == "broken"]
    opened = [one for one in decision.guarded if one.state == "open"]
    costs = [f"{_clause(one)}, past your margin of {one.limit.in_words()}" for one in broken]
    if costs:
        joint = " and " if decision.direction == "worse" else ", but "
        main += f"{joint}{' and '.join(costs)}"
    if decision.outcome == "not shippable":
        return f"{main}: not shippable"
    if decision.outcome == "shippable":
        held = " and ".join(dict.fromkeys(one.limit.metric.title for one in decision.guarded))
        kept = f", and {held} kept within {'its margin' if ' and ' not in held else 'margins'}"
        return f"{main}{kept if held else ''}: shippable"
    if decision.direction == "unsure":
        return main
    if opened:
        main += f"; not yet ruled out: {', '.join(_open(one) for one in opened)}"
    return f"{main}: not decided yet"


def _seen(section: Section, primary: Metric) -> str:
    who = f"over {section.units:,} {UNIT_WORDS[section.unit]},"
    control = section.variants[0].name
    least = min(variant.units for variant in section.variants)
    if least < MIN_UNITS:
        return f"{who} too few to say anything: each variant needs {MIN_UNITS} and one has {least}"
    if section.unit not in primary.units:
        return f"{who} nothing can be said of {primary.title}: only visitors have them"
    told = [decision_in_words(one, primary, control) for one in section.decisions]
    return f"{who} {'; '.join(told)}"


def _main(decision: Decision, primary: Metric, control: str) -> str:
    name = decision.variant
    if decision.primary is None or _is_nothing(decision.primary):
        return f"{name} cannot be compared with {control}: no {primary.title} came in"
    change = decision.primary.shown
    if change.always_valid is None:
        return f"{name} cannot be compared with {control}: {primary.title} do not vary"
    low, high = change.always_valid.low, change.always_valid.high
    absolute = None if decision.primary.is_relative else primary
    if decision.direction == "unsure":
        return (
            f"no difference in {primary.title} is sure yet: {name} is between "
            f"{_side(low, absolute)} and {_side(high, absolute)} {control} "
            "(95 %, whenever you look)"
        )
    near, far = sorted((abs(low), abs(high)))
    if absolute is not None:  # one of the two has nothing at all: no per cent of that
        return (
            f"{name} is {_side(change.value, absolute)} {control} in {primary.title} "
            f"({amount(absolute, near)} to {amount(absolute, far)}; 95 %, whenever you look)"
        )
    return (
        f"{name} {primary.changed(change.value)} than {control} "
        f"({near * 100:.1f} to {far * 100:.1f}; 95 %, whenever you look)"
    )


def _is_nothing(comparison: Comparison) -> bool:
    """Whether both variants have 0 throughout."""
    return comparison.relative is None and not comparison.absolute.value


def _clause(guarded: Guarded) -> str:
    change, metric = guarded.change, guarded.limit.metric
    assert change is not None  # a guardrail without a value is open
    if not guarded.is_relative:
        way = "higher" if change.value > 0 else "lower"
        return f"{metric.title} is {amount(metric, change.value)} {way}"
    less = change.value < 0
    template = _CLAUSES.get(metric.key, "{title} is {amount} {lower}")
    return template.format(
        amount=_percent(abs(change.value)),
        title=metric.title,
        word="less" if less else "more",
        shorter="shorter" if less else "longer",
        fewer="fewer" if less else "more",
        lower="lower" if less else "higher",
    )


def _open(guarded: Guarded) -> str:
    title, margin = guarded.limit.metric.title, guarded.limit.in_words()
    if guarded.change is None:
        return f"{title}, of which nothing is known here"
    spread = _spread(guarded.change, None if guarded.is_relative else guarded.limit.metric)
    return f"{title} past your margin of {margin}{spread}"


def _spread(change: Change, metric: Metric | None) -> str:
    if change.always_valid is None:
        return ""
    if metric is not None:
        return f" ({between(metric, change.always_valid)})"
    low, high = change.always_valid.low, change.always_valid.high
    return f" ({low * 100:+.1f} to {high * 100:+.1f} %)"


def _side(value: float, metric: Metric | None = None) -> str:
    """So much below or above; without a metric, the value is relative."""
    much = _percent(abs(value)) if metric is None else amount(metric, value)
    return f"{much} {'below' if value < 0 else 'above'}"


def _percent(value: float) -> str:
    return f"{value * 100:.1f} %"


def _chance(p_value: float) -> str:
    return f"{p_value:.2g}" if p_value >= 1e-6 else "below 0.000001"
