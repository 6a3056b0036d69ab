"""Every page of the corpus through the middleware: the promises that hold on real pages.

One pass weaves and judges all pages (some 30 s on two cores); the tests read its results.
"""

from __future__ import annotations

import pytest

from adweave.http import REASONS
from tests.quality.corpus import corpus_root, pages_of
from tests.quality.report import Figures, complaint, figures_of, is_long_article
from tests.quality.run import Result, run

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(600)]

# The bounds are the issue's: coverage and labels on the folder that `init` writes.
_COVERAGE = 0.85
_LABELS = 0.95

# Reasons that say something of adweave and nothing of the page.
_OWN_FAULTS = ("error", "off", "busy", "deadline")


@pytest.fixture(scope="module")
def results() -> list[Result]:
    root = corpus_root()
    if root is None:
        pytest.skip(
            "no page corpus: put it beside the repository as ../shared/corpus, "
            "or name its folder in ADWEAVE_CORPUS"
        )
    return list(run("adweave", pages_of(root), root))


@pytest.fixture(scope="module")
def figures(results: list[Result]) -> Figures:
    return figures_of(results)


def _named(results: list[Result]) -> str:
    """The pages at fault with what is wrong, for the failure's message."""
    return "\n".join(f"{result.page.id}: {complaint(result)}" for result in results[:20])


def test_every_page_is_answered(results: list[Result]) -> None:
    failed = [result for result in results if result.error]
    assert not failed, _named(failed)
    silent = [result.page.id for result in results if not result.status]
    assert not silent, f"no Adweave-Status on {silent[:20]}"


def test_no_page_meets_a_fault_of_our_own(results: list[Result]) -> None:
    assert set(_OWN_FAULTS) <= REASONS.keys()  # or this test could not fail
    faulty = [
        result
        for result in results
        if any(f'reason="{reason}"' in result.status for reason in _OWN_FAULTS)
    ]
    assert not faulty, [f"{result.page.id}: {result.status}" for result in faulty[:20]]


def test_the_status_counts_the_slots_that_are_there(results: list[Result]) -> None:
    wrong = [
        f"{result.page.id}: {result.status}"
        for result in results
        if result.verdict.is_woven
        and f"slots={len(result.verdict.slots)};" not in result.status + ";"
    ]
    assert not wrong, wrong[:20]


def test_a_page_asked_for_again_comes_from_the_plan_and_is_the_same(results: list[Result]) -> None:
    changed = [result.page.id for result in results if result.verdict.is_woven and not result.same]
    assert not changed, changed[:20]


def test_not_a_byte_of_any_page_is_changed(results: list[Result]) -> None:
    changed = [r for r in results if r.verdict.integrity or r.verdict.notes]
    assert not changed, _named(changed)


def test_every_tree_is_the_original_once_our_elements_are_out(results: list[Result]) -> None:
    changed = [result for result in results if result.verdict.parity]
    assert not changed, _named(changed)


def test_extractors_read_the_same_text_from_every_page(results: list[Result]) -> None:
    changed = [result for result in results if result.verdict.purity]
    assert not changed, _named(changed)


def test_most_long_articles_carry_a_slot(results: list[Result], figures: Figures) -> None:
    bare = [r for r in results if is_long_article(r) and not r.verdict.slots]
    assert figures.covered >= _COVERAGE * figures.articles, _named(bare)


def test_labels_are_in_the_articles_language(results: list[Result], figures: Figures) -> None:
    wrong = [result for result in results if result.verdict.labels]
    assert figures.labelled > 0
    assert figures.labels_right >= _LABELS * figures.labelled, _named(wrong)


def test_no_listing_carries_a_slot(results: list[Result]) -> None:
    listed = [r for r in results if r.page.facts.kind == "listing" and r.verdict.slots]
    assert not listed, _named(listed)
