"""The health of a report's data, as sentences."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from adweave.experiments.changes import Changed, Step
from adweave.experiments.reading import Health
from adweave.experiments.report import Report, Section
from adweave.experiments.words import heavy_in_words, missing_in_words


def health_sentences(
    report: Report, changes: Sequence[Changed] = (), steps: Sequence[Step] = ()
) -> Iterator[str]:
    """What was left out, what is missing, and what was changed meanwhile."""
    yield counts_sentence(report.health)
    if report.bot_views:
        yield f"Page views by bots and automated browsers, left out: {report.bot_views:,}."
    for section in report.sections:
        yield from _section(section)
    if steps:
        told = ", ".join(f"{step.traffic:.0%} from {_time(step.at_ms)}" for step in steps)
        yield (
            f"Traffic went up by the ramp: {told}. That lets readers in and moves none between "
            "variants."
        )
    for one in changes:
        text = f"Changed while it ran, {_time(one.at_ms)} by {one.author}: {', '.join(one.what)}."
        if len(one.what) > len(one.deciding):
            text += " What came before and after is mixed here."
        if one.deciding:
            text += " All is judged by what is written now; promised it was for what was before."
        yield text
    if len(report.generations) > 1 and not changes:
        yield (
            f"Readers met {len(report.generations)} states of the placements folder; "
            "the history knows of no change to this experiment or its layouts."
        )


def counts_sentence(health: Health) -> str:
    """The events, and those among them that count for nothing."""
    left_out = {
        "sent twice": health.doubles,
        "by bots": health.bots,
        "by testers with a signed link (QA left out)": health.qa,
        "naming an unknown experiment or variant": health.unknown,
        "lost by a store that could not write": health.lost,
    }
    found = [f"{count:,} {what}" for what, count in left_out.items() if count]
    text = f"Data: {health.events:,} events"
    text += f", of them {', '.join(found)}" if found else ""
    if health.ahead:
        batches = "batch" if health.ahead == 1 else "batches"
        text += f"; {health.ahead:,} {batches} of pages loaded ahead of a visit refused"
    if health.refused:
        batches = "batch" if health.refused == 1 else "batches"
        text += (
            f"; {health.refused:,} {batches} refused, of addresses over `rate_per_minute` or "
            "without a token of ours"
        )
    text += f"; {health.torn:,} torn lines skipped" if health.torn else ""
    return f"{text}."


def _time(at_ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at_ms / 1000))


def _section(section: Section) -> Iterator[str]:
    if section.crossovers:
        yield (
            f"{section.crossovers:,} saw more than one variant and are left out of all but the "
            "split: weights or seed were changed while it ran, or ids are shared."
        )
    uneven = missing_in_words(section)
    if uneven:
        yield f"{uneven[0].upper()}{uneven[1:]}."
    known = [share for share in section.missing.reported if share is not None]
    if not uneven and known:
        span = f"{min(known):.1%} to {max(known):.1%}"
        of = "of visitors" if section.unit == "visitor" else "of readers without an id"
        yield f"Page views {of} whose end was reported: {span}, alike in all variants."
    for heavy in section.heavy:
        told = heavy_in_words(heavy, section.unit)
        yield f"{told[0].upper()}{told[1:]}."
    if section.with_past:
        yield (
            f"Changes are adjusted by what {section.with_past:,} of {section.units:,} did before "
            "the experiment (CUPED); values are not."
        )
    for key, cap in section.caps.items():
        yield f"Winsorised: {key} counts at most {cap:g} a unit."
