"""Pages to look at: the page itself in a frame, with blocks, gaps, slots and distances on top.

One HTML file that needs nothing else: styles, script and the page are in it. The page's own
scripts do not run (the frame is sandboxed, and a policy bars them), its frames and forms stay
empty; style sheets and images come from where the page has them. Each block has an attribute and
each gap an empty element, so that the script can measure where they really are.
"""

from __future__ import annotations

import codecs
import html
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files

from adweave.layout import Slot, Verdict, measures_of, slot_height_px
from adweave.page import VIEWPORTS, Outline, Source, start_of, weave
from adweave.placements import Layout
from adweave.review.explanation import Explanation, LayoutExplanation
from adweave.review.sentences import ANCHOR_RULES, sentence_of

Facts = dict[str, object]

_NOTICE_PX = 48  # two lines and the space around them
_BLOCK_TAG = re.compile(rb"<[A-Za-z][^\s/>]*")
_HEAD_TAG = re.compile(rb"<head(?:\s[^>]*)?>", re.IGNORECASE)
_POLICY = (
    "script-src 'none'; frame-src 'none'; object-src 'none'; connect-src 'none'; form-action 'none'"
)


def explanation_page(explanation: Explanation) -> str:
    """An explanation as a page: the layouts can be chosen, and the viewport."""
    found = explanation.findings
    source, outline = found.source, found.outline
    facts: Facts = {
        "blocks": block_facts(outline),
        "total": explanation.passed_detail,
        "sides": [{"layouts": [_layout_facts(explanation, each) for each in explanation.layouts]}],
    }
    return document(
        title=explanation.target,
        note=explanation.note or (outline.evidence.reason if outline is not None else ""),
        pages=[
            (
                explanation.target,
                facts,
                framed(
                    source,
                    outline,
                    _places(explanation),
                    body=explanation.body,
                    origin=explanation.origin,
                    target=explanation.target,
                ),
            )
        ],
        layouts=[each.layout for each in explanation.layouts],
        stages=[""],
    )


def block_facts(outline: Outline | None) -> list[Facts]:
    """The blocks, for the script."""
    return [
        {
            "kind": block.kind.value,
            "words": round(block.words),
            "px": _per_viewport(block.heights_px),
        }
        for block in (outline.blocks if outline is not None else ())
    ]


def slot_facts(slot: Slot, layout: Layout, state: str = "") -> Facts:
    """One slot, for the script; `state` says what became of it in a comparison."""
    placement = layout.placement_named(slot.placement)
    is_ad = placement is not None and placement.is_ad
    heights = [
        slot_height_px(placement, v) if placement is not None and is_ad else _NOTICE_PX
        for v in range(len(VIEWPORTS))
    ]
    suffix = f" {state}" if state else ""
    return {
        "gap": str(slot.gap),
        "on": list(slot.viewports),
        "ad": is_ad,
        "text": f"{slot.placement} {slot.index}{suffix}",
        "px": _per_viewport(heights),
        "state": state,
    }


def framed(
    source: Source | None,
    outline: Outline | None,
    places: Iterable[tuple[int, int]],
    *,
    body: bytes,
    origin: str,
    target: str,
) -> str:
    """The page's markup for a frame: marked, and barred from doing anything.

    `places` are (gap, byte offset) at which something may be put.
    """
    if source is None or outline is None:
        return html_text(source.body if source is not None else body, "utf-8")
    inserted: list[tuple[int, bytes]] = []
    for gap, offset in places:
        inserted.append((offset, f'<adweave-gap data-g="{gap}"></adweave-gap>'.encode()))
    for number, block in enumerate(outline.blocks):
        match = _BLOCK_TAG.match(source.body, block.start)
        if match is not None:
            inserted.append((match.end(), f' data-adweave-b="{number}"'.encode()))
    start = _head_start(source)
    if start is not None:
        head = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        if origin and source.tree.select_one("base[href]") is None:
            head += f'<base href="{html.escape(target)}" target="_blank">'
        inserted.append((start, head.encode("ascii", "xmlcharrefreplace")))
    return html_text(weave(source.body, inserted, source.encoding), source.encoding)


def html_text(body: bytes, encoding: str) -> str:
    """A page's bytes as text; what cannot be decoded is shown as such."""
    try:
        codecs.lookup(encoding)
    except LookupError:
        encoding = "latin-1"
    return body.decode(encoding, "replace").removeprefix("\ufeff")


def document(
    *,
    title: str,
    note: str,
    pages: Sequence[tuple[str, Facts, str]],
    layouts: Sequence[str],
    stages: Sequence[str],
) -> str:
    """The page around one or more frames of the same page; `stages` are their headings.

    `pages` are (name, facts, markup as `framed` gives it).
    """
    choice = _choice("layout", layouts) + _choice("page", [name for name, _, _ in pages])
    facts: Facts = {
        "viewports": [
            {"name": v.name, "width": v.width_px, "height": v.height_px} for v in VIEWPORTS
        ],
        "pages": [each for _, each, _ in pages],
    }
    bodies = "".join(
        f'<textarea id="page-{number}" hidden>{html.escape(markup, quote=False)}</textarea>\n'
        for number, (_, _, markup) in enumerate(pages)
    )
    windows = "".join(
        f'<label><input type="radio" name="viewport" value="{v.name}">'
        f"{v.name.capitalize()} {v.width_px}</label>"
        for v in VIEWPORTS
    )
    toggles = "".join(
        f'<label><input type="checkbox" data-shows="{name}">{name.capitalize()}</label>'
        for name in ("blocks", "distances", *(("refused",) if len(stages) == 1 else ()))
    )
    frames = "".join(
        f'<section class="stage">{f"<h2>{html.escape(name)}</h2>" if name else ""}'
        '<div class="port"><iframe sandbox="allow-same-origin" '
        f'title="{html.escape(name) or "The page"}"></iframe></div></section>'
        for name in stages
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)} - adweave</title>\n"
        f"<style>{_static('overlay.css')}</style>\n</head>\n<body>\n"
        f"<header><h1>{html.escape(title)} <small>{html.escape(note)}</small></h1>{choice}"
        f'<fieldset class="choice"><legend hidden>Window</legend>{windows}</fieldset>'
        f'<fieldset class="toggles"><legend hidden>Show</legend>{toggles}</fieldset></header>\n'
        f"<main>{frames}</main>\n"
        '<aside aria-label="Gaps"><p class="note"><strong data-total></strong></p><ol></ol></aside>'
        f'\n<script type="application/json" id="facts">{_json(facts)}</script>\n'
        f'<script type="text/plain" id="marks">{_static("marks.css")}</script>\n'
        f"{bodies}<script>{_static('overlay.js')}</script>\n</body>\n</html>\n"
    )


def live_script() -> str:
    """What makes a page show itself anew when `/version` answers otherwise."""
    return f"<script>{_static('live.js')}</script>\n"


def _choice(name: str, options: Sequence[str]) -> str:
    if len(options) < 2:
        return ""
    listed = "".join(f"<option>{html.escape(option)}</option>" for option in options)
    return f'<label>{name.capitalize()} <select name="{name}">{listed}</select></label>'


def _layout_facts(explanation: Explanation, each: LayoutExplanation) -> Facts:
    outline = explanation.findings.outline
    slots = each.plan.slots if each.plan is not None and explanation.passed is None else ()
    by_gap: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in each.verdicts:
        by_gap[verdict.gap].append(verdict)
    gaps: dict[str, Facts] = {}
    for said in explanation.findings.anchors:
        slot = next((s for s in slots if s.offset == said.anchor.offset
                     and s.placement == said.placement), None)  # fmt: skip
        if slot is not None:
            gaps[str(slot.gap)] = {"inside": False, "title": said.anchor.name}
        elif said.rule in ANCHOR_RULES:
            why = ANCHOR_RULES[said.rule]
            gaps[f"a{said.anchor.offset}"] = {
                "inside": False,
                "title": f"{said.placement}, {said.anchor.name}",
                "why": {v.name: [why] for v in VIEWPORTS},
            }
    tops = measures_of(outline).px if outline is not None else ()
    for gap in sorted(by_gap):
        gaps[str(gap)] = {
            "inside": True,
            "title": f"Gap {gap}",
            "top": _per_viewport(axis[gap] for axis in tops),
            "why": {v.name: _reasons(by_gap[gap], v.name) for v in VIEWPORTS},
            "changes": [
                f"{verdict.placement}: {'a slot' if change.puts else 'none'} with {change}"
                for verdict in by_gap[gap]
                if (change := each.changes.get((verdict.placement, gap))) is not None
            ],
        }
    return {
        "name": each.layout,
        "total": _total(explanation, each),
        "slots": [slot_facts(slot, each.placements) for slot in slots],
        "gaps": gaps,
    }


def _reasons(verdicts: Sequence[Verdict], viewport: str) -> list[str]:
    several = len(verdicts) > 1
    reasons = []
    for verdict in verdicts:
        for check in () if viewport in verdict.viewports else verdict.failed_at(viewport):
            sentence = sentence_of(check, names_viewport=False)
            reasons.append(f"{verdict.placement}: {sentence}" if several else sentence)
    return reasons


def _total(explanation: Explanation, each: LayoutExplanation) -> str:
    """What is to be said instead of the number of slots, or ""."""
    if explanation.passed is not None:
        return f"Passed ({explanation.passed}): {explanation.passed_detail}"
    if each.plan is not None and not each.plan.slots:
        return f'Layout "{each.layout}": no slot, {each.plan.detail}'
    return ""


def _places(explanation: Explanation) -> list[tuple[int, int]]:
    """Every gap at which an element may stand, and every slot outside the gaps."""
    outline, barred = explanation.findings.outline, explanation.findings.without
    if outline is None:
        return []
    places = {
        index: gap.offset
        for index, gap in enumerate(outline.gaps)
        if gap.fault is None and index not in barred
    }
    for each in explanation.layouts:
        for slot in each.plan.slots if each.plan is not None else ():
            places.setdefault(slot.gap, slot.offset)
    return sorted(places.items())


def _head_start(source: Source) -> int | None:
    """Just inside the head, before anything in it is read; None where no tag marks it."""
    head = source.tree.select_one("head")
    place = None if head is None else start_of(head)
    if place is None:
        return None
    offset = source.reading.byte_offsets({place})[place]
    match = None if offset is None else _HEAD_TAG.match(source.body, offset)
    return None if match is None else match.end()


def _per_viewport(values: Iterable[float]) -> Mapping[str, int]:
    return {v.name: round(value) for v, value in zip(VIEWPORTS, values, strict=True)}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _static(name: str) -> str:
    return files("adweave.review").joinpath("static", name).read_text(encoding="utf-8")
