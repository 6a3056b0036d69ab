"""An explanation as text and as JSON: blocks, gaps, and the verdict on each.

Takes finished data (outline, layout, plan, verdicts) and gives text for 80 columns or plain
objects for `json`. Knows nothing of files, URLs or how the data was made.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from dataclasses import dataclass
from typing import TypedDict

from adweave.labels import Language
from adweave.layout import Check, Plan, Verdict
from adweave.page import VIEWPORTS, Outline

WIDTH = 80

# What each rule means to a reader of the explanation; {need} and {have} carry their units.
RULES: dict[str, str] = {
    "from-top": "{need} below the article's start needed, {have} there",
    "first": "the placement starts at {need}, this is at {have}",
    "from-bottom": "{need} above the article's end needed, {have} there",
    "last": "the placement ends {need} before the end, this is at {have}",
    "below-heading": "{need} below a heading needed, {have} there",
    "above-image": "{need} above an image or embed needed, {have} there",
    "below-image": "{need} below an image or embed needed, {have} there",
    "own-ad-above": "{need} below the page's own ad needed, {have} there",
    "own-ad-below": "{need} above the page's own ad needed, {have} there",
    "slot-above": "{need} below another placement's slot needed, {have} there",
    "slot-below": "{need} above another placement's slot needed, {have} there",
    "every": "{need} between slots needed, {have} there",
    "touches-slot": "no text between this place and a slot or an ad",
    "touches-heading": "right below a heading",
    "touches-media": "no text between this place and an image or embed",
    "before-first-paragraph": "before the article's first paragraph",
    "fault": "not a place for an element: {detail}",
    "max": "the placement's max of {have} is used up",
    "min": "only {have} would fit, the placement's min is {need}",
    "density": "ads would fill too much of the article: {have} fit",
    "nth": "the article ends after {have}",
}


class CheckObject(TypedDict):
    """One rule at one gap, as JSON."""

    rule: str
    viewport: str | None
    unit: str
    required: float
    actual: float
    holds: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything known about one page under one layout."""

    target: str
    encoding: str
    size: int  # bytes
    outline: Outline
    language: Language | None
    plan: Plan
    verdicts: tuple[Verdict, ...]
    note: str = ""  # what else a reader should know, for example the experiment's part in it


def as_text(explanation: Explanation) -> str:
    """The explanation for people, at most 80 columns wide, without a final newline."""
    lines = [*_head(explanation), ""]
    if explanation.outline.blocks and explanation.verdicts:
        lines += [*_table(explanation), ""]
    lines.append(_total(explanation))
    return "\n".join(lines)


def as_object(explanation: Explanation) -> dict[str, object]:
    """The explanation as JSON-ready objects; offsets in bytes, heights and positions in px."""
    outline = explanation.outline
    by_gap = _by_gap(explanation.verdicts)
    tops = _tops(outline)
    language = explanation.language
    return {
        "target": explanation.target,
        "encoding": explanation.encoding,
        "bytes": explanation.size,
        "layout": explanation.plan.layout,
        "article": {
            "found": outline.evidence.found,
            "reason": outline.evidence.reason,
            "text_chars": round(outline.evidence.text_chars),
            "words": round(outline.words),
            "facts": dict(outline.evidence.facts),
        },
        "language": None
        if language is None
        else {"tag": language.tag, "dir": language.dir, "source": language.source},
        "opt_out": outline.opt_out,
        "hydrated": outline.hydrated,
        "blocks": [
            {
                "kind": block.kind.value,
                "start": block.start,
                "end": block.end,
                "words": round(block.words, 1),
                "height_px": _per_viewport(block.heights_px),
                "excerpt": block.excerpt,
            }
            for block in outline.blocks
        ],
        "gaps": [
            {
                "gap": index,
                "offset": gap.offset,
                "top_px": _per_viewport(tops[index]),
                "fault": gap.fault,
                "verdicts": [
                    {
                        "placement": verdict.placement,
                        "taken": verdict.is_taken,
                        "checks": [_check_object(check) for check in verdict.checks],
                    }
                    for verdict in by_gap.get(index, ())
                ],
            }
            for index, gap in enumerate(outline.gaps)
        ],
        "slots": [
            {"placement": s.placement, "n": s.index, "gap": s.gap, "offset": s.offset}
            for s in explanation.plan.slots
        ],
        "reason": explanation.plan.reason,
        "detail": explanation.plan.detail,
        "note": explanation.note,
    }


def _head(explanation: Explanation) -> list[str]:
    outline, language = explanation.outline, explanation.language
    lines = [f"{explanation.target}  ({explanation.encoding}, {explanation.size} bytes)"]
    found = "found" if outline.evidence.found else "not found"
    lines += _wrapped(f"article: {found}, {outline.evidence.reason}")
    if outline.evidence.found:
        lines += _wrapped(f"length: {outline.words:.0f} words in {len(outline.blocks)} blocks")
    if language is not None:
        declared = outline.article_lang or outline.html_lang
        says = f"; the page declares {declared}" if declared else "; the page declares none"
        lines += _wrapped(f"language: {language.tag} (from {language.source}{says})")
    lines += _wrapped(f'layout: "{explanation.plan.layout}"')
    if explanation.note:
        lines += _wrapped(explanation.note)
    return lines


def _table(explanation: Explanation) -> list[str]:
    outline = explanation.outline
    by_gap = _by_gap(explanation.verdicts)
    names = "".join(f"{viewport.name:>9}" for viewport in VIEWPORTS)
    lines = [f"  gap{names}   (px from the article's start)"]
    tops = _tops(outline)
    for index in range(len(outline.gaps)):
        place = "".join(f"{top:>9.0f}" for top in tops[index])
        for row, verdict in enumerate(by_gap.get(index, ())):
            left = f"{index:>5}{place}" if row == 0 else " " * (5 + len(place))
            lines += _verdict_lines(left, verdict)
        if index < len(outline.blocks):
            block = outline.blocks[index]
            words = f"{block.words:.0f} words" if block.words else ""
            text = f"{block.kind.value:<10}{words:>10}  {block.excerpt}"
            lines.append(_clipped(" " * 8 + text))
    return lines


def _verdict_lines(left: str, verdict: Verdict) -> list[str]:
    if verdict.is_taken:
        return [f"{left}  [x] {verdict.placement}"]
    failed = verdict.failed
    first = failed[0] if failed else None
    why = sentence_of(first) if first else "free"
    more = f" (+{len(failed) - 1} more)" if len(failed) > 1 else ""
    text = f"{left}   -  {verdict.placement}: {why}{more}"
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * (len(left) + 6)) or [text]


def sentence_of(check: Check) -> str:
    """One failed rule in words, with its numbers."""
    unit = {"px": " px"}.get(check.unit, f" {check.unit}")
    have, need = f"{check.actual:.0f}{unit}", f"{check.required:.0f}{unit}"
    text = RULES[check.rule].format(need=need, have=have, detail=check.detail)
    return f"{text} ({check.viewport})" if check.viewport else text


def _total(explanation: Explanation) -> str:
    plan = explanation.plan
    if not plan.slots:
        return "\n".join(_wrapped(f"no slot: {plan.detail} ({plan.reason})"))
    counts: dict[str, int] = defaultdict(int)
    for slot in plan.slots:
        counts[slot.placement] += 1
    parts = ", ".join(f"{count} {name}" for name, count in counts.items())
    noun = "slot" if len(plan.slots) == 1 else "slots"
    return f"{len(plan.slots)} {noun}: {parts}"


def _by_gap(verdicts: tuple[Verdict, ...]) -> dict[int, list[Verdict]]:
    by_gap: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        by_gap[verdict.gap].append(verdict)
    return by_gap


def _tops(outline: Outline) -> list[tuple[float, ...]]:
    """Each gap's distance from the article's start, per viewport."""
    tops = [tuple(0.0 for _ in VIEWPORTS)]
    for block in outline.blocks:
        tops.append(tuple(t + h for t, h in zip(tops[-1], block.heights_px, strict=True)))
    return tops


def _per_viewport(values: tuple[float, ...]) -> dict[str, int]:
    return {v.name: round(value) for v, value in zip(VIEWPORTS, values, strict=True)}


def _check_object(check: Check) -> CheckObject:
    return {
        "rule": check.rule,
        "viewport": check.viewport or None,
        "unit": check.unit,
        "required": round(check.required, 1),
        "actual": round(check.actual, 1),
        "holds": check.holds,
        "detail": check.detail,
    }


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ")


def _clipped(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"
