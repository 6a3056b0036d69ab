"""The linter: a page in, a report out. With or without a browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from adweave.http import CodingDoubt
from adweave.labels import choose_language
from adweave.page import PageDoubt, Source, outline_of, read_page
from adweave.placements import Layout
from adweave.review.lint.checks import Bounds, findings_of, shares_of
from adweave.review.lint.flow import Scene, bared_of, scene_of
from adweave.review.lint.model import Finding, LintReport
from adweave.review.page import Page

# What a browser lays out; see `browser.measured`.
Measure = Callable[[Page, Scene], Scene]

DEFAULT_LAYOUT = Layout(name="defaults")


def lint_page(
    page: Page,
    layout: Layout = DEFAULT_LAYOUT,
    *,
    ignored: Collection[str] = (),
    measure: Measure | None = None,
) -> LintReport:
    """Judge one page by a layout's distances. Never raises for what is in the page.

    `ignored` are rules to leave out; `measure` lays the page out in a browser.
    """
    kind = page.field(b"content-type")
    if kind is not None and "html" not in kind.lower():
        return LintReport(page.target, (), passed="not-html")
    try:
        body = page.plain
        source = read_page(body, page.field(b"content-type"), complete=page.is_whole)
        scene = scene_of(source, article_selector=layout.article)
    except PageDoubt as doubt:
        return LintReport(page.target, (), passed=doubt.reason)
    except CodingDoubt as doubt:
        return LintReport(page.target, (), passed=doubt.reason)
    if measure is not None:
        scene = measure(replace(page, body=body), scene)
    language = _language(page, scene)
    found = (f for f in findings_of(scene, Bounds(layout), language) if f.rule not in ignored)
    note = ""
    if not scene.outline.evidence.found:
        note = f"{scene.outline.evidence.reason}: ads in the article can't be judged"
    return LintReport(
        page.target,
        tuple(sorted(_placed(source, _merged(found)), key=_order)),
        shares_of(scene),
        tuple(sorted(Counter(ad.vendor for ad in scene.ads if any(ad.shown)).items())),
        note,
        is_measured=measure is not None,
    )


def _language(page: Page, scene: Scene) -> str:
    """The article's language, "" where nothing tells."""
    outline = scene.outline
    if not outline.text:
        bare = bared_of(scene.source).source
        outline = outline_of(bare)
    chosen = choose_language(
        article_lang=outline.article_lang,
        html_lang=outline.html_lang,
        content_language=page.field(b"content-language"),
        text=outline.text,
        default="und",
        overrides={},
    )
    return "" if chosen.source == "default" else chosen.tag


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that differ in the viewport alone, with the same words, become one."""
    kept: dict[tuple[str, int, str], Finding] = {}
    for finding in findings:
        key = (finding.rule, finding.offset, finding.message)
        known = kept.get(key)
        kept[key] = finding if known is None else replace(known, viewport="")
    return list(kept.values())


def _placed(source: Source, findings: Iterable[Finding]) -> Iterable[Finding]:
    """Findings with line and column."""
    body, encoding = source.body, source.encoding
    for finding in findings:
        line, col = line_col(body, finding.offset, encoding)
        yield replace(finding, line=line, col=col)


def line_col(body: bytes, offset: int, encoding: str) -> tuple[int, int]:
    """A byte offset as a line and a column in characters, both from 1."""
    before = body[:offset]
    if encoding.lower().startswith("utf-16"):
        text = before.decode(encoding, "replace")
        return text.count("\n") + 1, len(text) - text.rfind("\n")
    start = before.rfind(b"\n") + 1
    try:
        col = len(before[start:].decode(encoding, "replace"))
    except LookupError:
        col = offset - start
    return before.count(b"\n") + 1, col + 1


def _order(finding: Finding) -> tuple[int, str, str]:
    return (finding.offset, finding.rule, finding.viewport)
