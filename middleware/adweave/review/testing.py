"""A folder's own tests run: what was expected of pages against what they get.

Measures slots on the outline, as the planner does. Knows nothing of how tests are written down
and how results are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import pairwise

from adweave.layout import Plan, Slot, measures_of
from adweave.page import VIEWPORTS, Outline
from adweave.placements import Expectation, Layout, Site
from adweave.review.explanation import Explanation, explanation_of
from adweave.review.lint import line_of, lint_page
from adweave.review.page import Page, Reader
from adweave.review.trial import Trial

_SENTENCE = (
    "The council met on Tuesday evening and agreed, after a long debate, on the budget for the "
    "library, the bridge and the price of parking in the old town. "
)


def sample_page(path: str | None) -> Page:
    """An ordinary article of some 1 500 words, for what depends on the path alone."""
    paragraphs = f"<p>{_SENTENCE * 3}</p>\n" * 18
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A sample</title>'
        f"</head><body><article><h1>A sample</h1>\n{paragraphs}</article></body></html>"
    )
    fields = ((b"content-type", b"text/html; charset=utf-8"),)
    return Page("(an ordinary article)", path or "/article", body.encode(), fields)


@dataclass(frozen=True, slots=True)
class Result:
    """An expectation held against one page. It holds where there are no `failures`."""

    expectation: Expectation
    page: str
    failures: tuple[str, ...]
    explanation: Explanation | None = None

    @property
    def holds(self) -> bool:
        """Whether the page is as expected."""
        return not self.failures


def run_expectation(
    expectation: Expectation, pages: Sequence[Callable[[], Page]], site: Site
) -> Iterator[Result]:
    """Try each page; without any, the sample."""
    for read in pages or [lambda: sample_page(expectation.path)]:
        yield _judged(expectation, read(), site)


def _judged(expectation: Expectation, page: Page, site: Site) -> Result:
    at = expectation.at
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    reader = Reader(
        expectation.host or "",
        tuple(
            (name.lower().encode("latin-1"), value.encode("utf-8"))
            for name, value in expectation.request.items()
        ),
        None if at is None else at.timestamp(),
    )
    outcome = Trial(site).run(page, reader=reader)
    failures: list[str] = []
    if expectation.reason is not None and outcome.reason != expectation.reason:
        found = f"is passed: {outcome.reason}" if outcome.reason else "is woven"
        failures.append(f'reason is to be "{expectation.reason}", the page {found}')
    if expectation.layout is not None:
        names = [layout.name for layout in outcome.delivery.layouts] if outcome.delivery else []
        if expectation.layout not in names:
            found = " and ".join(f'"{name}"' for name in names) or "none"
            failures.append(f'layout is to be "{expectation.layout}", the page gets {found}')
    if expectation.language is not None:
        language = outcome.findings.language
        tag = "unknown" if language is None else language.tag
        if tag.lower() != expectation.language.lower():
            failures.append(f"language is to be {expectation.language}, it is {tag}")
    outline = outcome.findings.outline
    plans = outcome.findings.plans if outcome.plan is not None else ()
    layouts = {} if outcome.delivery is None else {x.name: x for x in outcome.delivery.layouts}
    for viewport in expectation.viewports:
        if not plans:
            failures += _count_failures(expectation, viewport, (), None)
        for plan in plans:
            several = f' in layout "{plan.layout}"' if len(plans) > 1 else ""
            found_here = _failures(expectation, viewport, plan, layouts[plan.layout], outline)
            failures += [f"{failure}{several}" for failure in found_here]
    if expectation.lint:
        failures += _lint_failures(page, outcome.woven, layouts)
    if not failures:
        return Result(expectation, page.target, ())
    explanation = explanation_of(page, site, reader=reader)
    return Result(expectation, page.target, tuple(dict.fromkeys(failures)), explanation)


def _failures(
    expectation: Expectation, viewport: str, plan: Plan, layout: Layout, outline: Outline | None
) -> Iterator[str]:
    shown = [slot for slot in plan.slots if viewport in slot.viewports]
    yield from _count_failures(expectation, viewport, shown, layout)
    if outline is not None:
        # Slots elsewhere on the page, and in the window, are at no height of the article.
        inside = [s for s in shown if 0 <= s.gap < len(outline.gaps) and not _is_notice(s, layout)]
        yield from _distance_failures(expectation, viewport, inside, outline)


def _is_notice(slot: Slot, layout: Layout | None) -> bool:
    placement = layout.placement_named(slot.placement) if layout is not None else None
    return placement is not None and not placement.is_ad


def _count_failures(
    expectation: Expectation, viewport: str, shown: Sequence[Slot], layout: Layout | None
) -> Iterator[str]:
    wanted = expectation.slots
    if wanted is not None:
        count = sum(not _is_notice(slot, layout) for slot in shown)
        if not wanted.holds(count):
            yield f"slots are to be {wanted} on {viewport}, there are {count or 'none'}"
    for name, each in expectation.placements.items():
        count = sum(slot.placement == name for slot in shown)
        if not each.holds(count):
            yield f'slots of "{name}" are to be {each} on {viewport}, there are {count or "none"}'


def _distance_failures(
    expectation: Expectation, viewport: str, slots: Sequence[Slot], outline: Outline
) -> Iterator[str]:
    v = next(i for i, known in enumerate(VIEWPORTS) if known.name == viewport)
    measures = measures_of(outline)
    tops = measures.px[v]
    gaps = sorted({slot.gap for slot in slots})

    def below(places: Sequence[int | None]) -> list[float | None]:
        """How far each slot is below the nearest of these places."""
        return [None if (at := places[gap]) is None else tops[gap] - tops[at] for gap in gaps]

    nearest: dict[str, tuple[str, list[float | None]]] = {
        "apart": (
            "between two slots",
            [tops[b] - tops[a] for a, b in pairwise(gaps)],
        ),
        "from_top": ("below the article's start", [tops[gap] for gap in gaps]),
        "from_bottom": ("above the article's end", [tops[-1] - tops[gap] for gap in gaps]),
        "below_heading": ("below a heading", below(measures.heading_above)),
        "below_image": ("below an image or embed", below(measures.media_above)),
        "above_image": (
            "above an image or embed",
            [None if far is None else -far for far in below(measures.media_below)],
        ),
    }
    for key, (where, distances) in nearest.items():
        wanted = getattr(expectation, key)
        have = min((d for d in distances if d is not None), default=None)
        if wanted is not None and have is not None and have < wanted.value:
            yield f"{wanted} are wanted {where} on {viewport}, there are {have:.0f}px"


def _lint_failures(page: Page, woven: bytes, layouts: dict[str, Layout]) -> Iterator[str]:
    done = page.with_plain(woven)
    for layout in list(layouts.values())[:1]:
        for finding in lint_page(done, layout).findings:
            yield f"the linter is to find nothing, it finds {line_of(page.target, finding)}"
