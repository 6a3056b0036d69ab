"""The report adds up what the judge says: each figure moves when its pages change."""

from __future__ import annotations

from tests.quality.corpus import Page
from tests.quality.judge import Facts, SlotVerdict, Verdict
from tests.quality.report import badness, complaint, figures_of, table
from tests.quality.run import Result

CLEAN = SlotVerdict((), True)
IN_LIST = SlotVerdict(("list",), True)
OUTSIDE = SlotVerdict((), False)


def result(
    *slots: SlotVerdict,
    kind: str = "article",
    words: int = 500,
    language: str = "en",
    error: str = "",
    **verdict: object,
) -> Result:
    facts = Facts(kind=kind, language=language, language_sure=True, body_words=words)
    page = Page("own/1", "pages/1", "own", "text/html", "utf-8", None, facts)
    verdict.setdefault("is_woven", bool(slots))
    return Result(page, Verdict(slots=slots, **verdict), error=error)  # type: ignore[arg-type]


def test_coverage_counts_long_articles_only() -> None:
    figures = figures_of(
        [
            result(CLEAN),
            result(CLEAN, IN_LIST),
            result(IN_LIST),
            result(),
            result(CLEAN, words=100),
            result(CLEAN, kind="listing"),
            result(CLEAN, kind="torture"),
        ]
    )
    assert (figures.articles, figures.covered) == (4, 3)
    assert (figures.one_clean, figures.all_clean) == (2, 1)


def test_slots_on_listings_and_other_pages_are_strays() -> None:
    figures = figures_of([result(CLEAN, CLEAN, kind="listing"), result(CLEAN, kind="other")])
    assert (figures.stray, figures.on_listings) == (3, 2)


def test_faults_are_counted_by_kind_and_by_slot() -> None:
    figures = figures_of([result(CLEAN, IN_LIST, SlotVerdict(("list", "link"), None))])
    assert (figures.slots, figures.faulty) == (3, 2)
    assert figures.faults == {"list": 2, "link": 1}


def test_inside_counts_only_slots_whose_truth_is_known() -> None:
    figures = figures_of([result(CLEAN, OUTSIDE, SlotVerdict((), None))])
    assert (figures.inside, figures.truth_slots) == (1, 2)


def test_labels_count_only_pages_whose_language_is_sure() -> None:
    figures = figures_of(
        [result(CLEAN, labels=()), result(CLEAN, labels=("lang is 'en'",)), result(CLEAN)]
    )
    assert (figures.labels_right, figures.labelled) == (1, 2)


def test_every_kind_of_breakage_is_counted_and_named() -> None:
    broken = result(
        CLEAN,
        integrity=("the page's own bytes differ",),
        parity="scripting off: /html",
        purity=("trafilatura",),
    )
    figures = figures_of([broken, result(error="IndexError: 3")])
    assert (figures.integrity, figures.parity, figures.impure, figures.errors) == (1, 1, 1, 1)
    for words in ("own bytes differ", "scripting off", "trafilatura"):
        assert words in complaint(broken)


def test_a_broken_page_is_worse_than_misplaced_slots() -> None:
    broken = result(CLEAN, integrity=("differs",))
    assert badness(broken) > badness(result(IN_LIST, IN_LIST, OUTSIDE)) > badness(result(CLEAN))
    assert badness(result(CLEAN)) == 0


def test_the_table_has_a_row_for_each_source_and_language_and_names_the_worst() -> None:
    text = table([result(CLEAN), result(IN_LIST, language="ja"), result(CLEAN, kind="torture")])
    assert "| source: own | 2 | 2 | 100.0 % | 50.0 % |" in text
    for row in (
        "language: Latin, English",
        "language: Chinese, Japanese",
        "all real pages",
        "torture",
    ):
        assert row in text
    assert "- `own/1`: slot 1 list" in text
