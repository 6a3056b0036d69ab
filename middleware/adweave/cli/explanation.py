"""An explanation as text and as JSON: blocks, gaps, and the verdict on each.

Takes finished data (outline, layout, plan, verdicts) and gives text for 80 columns or plain
objects for `json`. Knows nothing of files, URLs or how the data was made.
"""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from unicodedata import east_asian_width

from adweave.layout import Change, Slot, Verdict, measures_of
from adweave.page import VIEWPORTS, Outline
from adweave.review import ANCHOR_RULES, Explanation, LayoutExplanation, sentence_of

WIDTH = 80

_SOURCES = {
    "article": "declared around the article",
    "html": "declared by <html lang>",
    "header": "declared by Content-Language",
    "detected": "found from the article's text",
    "default": "the site's default",
}


def as_text(explanation: Explanation) -> str:
    """The explanation for people, at most 80 columns wide, without a final newline."""
    lines = _head(explanation)
    outline = explanation.findings.outline
    for each in explanation.layouts:
        lines += ["", *_wrapped(f'layout "{each.layout}": {_total(each)}')]
        if outline is not None and each.verdicts:
            lines += ["", *_table(outline, each)]
    lines += _elsewhere(explanation)
    if explanation.passed is not None:
        lines += ["", *_wrapped(f"passed ({explanation.passed}): {explanation.passed_detail}")]
    return "\n".join(lines)


def as_object(explanation: Explanation) -> dict[str, object]:
    """The explanation as JSON-ready objects; offsets in bytes, heights and positions in px."""
    found = explanation.findings
    language = found.language
    return {
        "target": explanation.target,
        "bytes": explanation.size,
        "encoding": None if found.source is None else found.source.encoding,
        "woven": explanation.has_slots,
        "reason": explanation.passed,
        "detail": explanation.passed_detail or None,
        "note": explanation.note or None,
        "language": None
        if language is None
        else {"tag": language.tag, "dir": language.dir, "source": language.source},
        **({} if found.outline is None else _outline_object(found.outline)),
        "layouts": [
            {
                "layout": each.layout,
                "reason": each.plan.reason if each.plan else explanation.passed,
                "slots": [_slot_object(slot) for slot in (each.plan.slots if each.plan else ())],
                "verdicts": [
                    {
                        **_verdict_object(verdict),
                        "change": _change_object(
                            each.changes.get((verdict.placement, verdict.gap))
                        ),
                    }
                    for verdict in each.verdicts
                ],
            }
            for each in explanation.layouts
        ],
        "elsewhere": [
            {
                "placement": verdict.placement,
                "at": verdict.anchor.name,
                "offset": verdict.anchor.offset,
                "taken": verdict.is_taken,
                "rule": verdict.rule or None,
            }
            for verdict in found.anchors
        ],
        "left_out": [
            {"layout": layout, "placement": placement or None, "why": why}
            for (layout, placement), why in sorted(explanation.left_out.items())
        ],
    }


def _change_object(change: Change | None) -> dict[str, object] | None:
    """The smallest change that turns a gap; `path` is where its value stands in the layout."""
    if change is None:
        return None
    return {
        "puts_slot": change.puts,
        "path": list(change.path),
        "old": change.old,
        "new": change.new,
    }


def _outline_object(outline: Outline) -> dict[str, object]:
    tops = list(zip(*measures_of(outline).px, strict=True))
    return {
        "article": {
            "found": outline.evidence.found,
            "reason": outline.evidence.reason,
            "text_chars": round(outline.evidence.text_chars),
            "words": round(outline.words),
            "facts": dict(outline.evidence.facts),
        },
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
            {"offset": gap.offset, "top_px": _per_viewport(top), "fault": gap.fault}
            for gap, top in zip(outline.gaps, tops, strict=False)
        ],
    }


def _slot_object(slot: Slot) -> dict[str, object]:
    return {
        "placement": slot.placement,
        "n": slot.index,
        "gap": slot.gap,
        "offset": slot.offset,
        "viewports": list(slot.viewports),
    }


def _verdict_object(verdict: Verdict) -> dict[str, object]:
    return {
        "gap": verdict.gap,
        "placement": verdict.placement,
        "taken": verdict.is_taken,
        "checks": [
            {
                "rule": check.rule,
                "viewport": check.viewport or None,
                "unit": check.unit or None,
                "required": round(check.required, 1),
                "actual": round(check.actual, 1),
                "holds": check.holds,
                "detail": check.detail or None,
            }
            for check in verdict.checks
        ],
    }


def _head(explanation: Explanation) -> list[str]:
    found = explanation.findings
    encoding = "" if found.source is None else f"{found.source.encoding}, "
    lines = _wrapped(f"{explanation.target} ({encoding}{explanation.size} bytes)")
    if found.outline is not None:
        lines += _wrapped(found.outline.evidence.reason)
        if found.outline.blocks:
            words, blocks = found.outline.words, len(found.outline.blocks)
            lines.append(f"length: {words:.0f} words in {blocks} blocks")
    if found.language is not None and found.outline is not None:
        declared = found.outline.article_lang or found.outline.html_lang
        says = f"the page declares {declared}" if declared else "the page declares none"
        source = _SOURCES[found.language.source]
        lines += _wrapped(f"language: {found.language.tag}, {source}; {says}")
    if explanation.note:
        lines += _wrapped(explanation.note)
    return lines


def _table(outline: Outline, each: LayoutExplanation) -> list[str]:
    by_gap: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in each.verdicts:
        by_gap[verdict.gap].append(verdict)
    names = "".join(f"{viewport.name:>9}" for viewport in VIEWPORTS)
    lines = [f"  gap{names}  (px below the article's start)"]
    tops = list(zip(*measures_of(outline).px, strict=True))
    for index in range(len(outline.gaps)):
        place = "".join(f"{top:>9.0f}" for top in tops[index])
        for row, verdict in enumerate(by_gap.get(index, ())):
            left = f"{index:>5}{place}" if row == 0 else " " * (5 + len(place))
            lines += _verdict_lines(left, verdict)
            change = each.changes.get((verdict.placement, index))
            if change is not None:
                lines += _change_lines(len(left), change)
        if index < len(outline.blocks):
            block = outline.blocks[index]
            words = f"{block.words:.0f} words" if block.words else ""
            lines.append(_clipped(f"        {block.kind.value:<10}{words:>10}  {block.excerpt}"))
    return lines


def _verdict_lines(left: str, verdict: Verdict) -> list[str]:
    if verdict.is_taken:
        only = "" if len(verdict.viewports) == len(VIEWPORTS) else f", {verdict.viewports[0]} only"
        near = [check for check in verdict.failed if check.viewport in verdict.viewports]
        but = f": the nearest there is ({sentence_of(near[0])})" if near else ""
        text = f"{left}  [x] {verdict.placement}{only}{but}"
        return textwrap.wrap(text, WIDTH, subsequent_indent=" " * (len(left) + 6))
    failed = verdict.failed
    more = f" (+{len(failed) - 1} more)" if len(failed) > 1 else ""
    text = f"{left}   -  {verdict.placement}: {sentence_of(failed[0])}{more}"
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * (len(left) + 6))


def _change_lines(indent: int, change: Change) -> list[str]:
    """The smallest change that turns a gap, below its verdict."""
    text = f"{'a slot' if change.puts else 'none'} with {change}"
    margin = " " * (indent + 6)
    return textwrap.wrap(text, WIDTH, initial_indent=margin, subsequent_indent=margin + "  ")


def _elsewhere(explanation: Explanation) -> list[str]:
    """Places outside the article's flow, and what is left out of the layouts and why."""
    lines: list[str] = []
    anchors = explanation.findings.anchors
    if anchors:
        lines += ["", "outside the article's text:"]
    for verdict in anchors:
        mark = "[x]" if verdict.is_taken else " - "
        why = "" if verdict.is_taken else f": {ANCHOR_RULES.get(verdict.rule, verdict.rule)}"
        lines += textwrap.wrap(
            f"{mark} {verdict.placement}, {verdict.anchor.name}{why}", WIDTH,
            initial_indent="  ", subsequent_indent="        ",
        )  # fmt: skip
    if explanation.left_out:
        lines += ["", "left out:"]
        for (layout, placement), why in sorted(explanation.left_out.items()):
            what = f'placement "{placement}" of "{layout}"' if placement else f'layout "{layout}"'
            lines += textwrap.wrap(f"{what}: {why}", WIDTH, initial_indent="  ",
                                   subsequent_indent="    ")  # fmt: skip
    return lines


def _total(each: LayoutExplanation) -> str:
    plan = each.plan
    if plan is None:
        return "not planned"
    if not plan.slots:
        return f"no slot, {plan.detail}"
    counts = Counter(slot.placement for slot in plan.slots)
    parts = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{len(plan.slots)} {'slot' if len(plan.slots) == 1 else 'slots'} ({parts})"


def _per_viewport(values: tuple[float, ...]) -> dict[str, int]:
    return {v.name: round(value) for v, value in zip(VIEWPORTS, values, strict=True)}


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ")


def _clipped(line: str) -> str:
    """The line cut to the page's width; East Asian wide characters take two columns."""
    columns = 0
    for index, character in enumerate(line):
        columns += 2 if east_asian_width(character) in "WF" else 1
        if columns > WIDTH:
            return line[: index - 1] + "…"
    return line
