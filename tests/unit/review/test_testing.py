"""What tests of a folder say of pages: counts, distances, and slots outside the article."""

from __future__ import annotations

from pathlib import Path

import pytest

from adweave.placements import Expectation, Site, load
from adweave.review import run_expectation

from .pages import article, page

INLINE = '[[placement]]\nname = "inline"\nkind = "inline"\nsizes = [[300, 250]]\n'
ELSEWHERE = (
    '[[placement]]\nname = "top"\nkind = "selector"\nselector = "header"\nplace = "after"\n'
    'sizes = [[300, 250]]\n[[placement]]\nname = "bar"\nkind = "sticky"\nsizes = [[300, 50]]\n'
    '[[placement]]\nname = "end"\nkind = "after"\nsizes = [[300, 250]]\n'
)


def failures(site: Site, **wanted: object) -> tuple[str, ...]:
    expectation = Expectation.model_validate({"name": "it holds", **wanted})
    (result,) = run_expectation(expectation, [lambda: page(article("12"))], site)
    return result.failures


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts/article.toml").write_text(f'pages = ["/**"]\n{INLINE}{ELSEWHERE}')
    return load(tmp_path).site_or_raise()


def test_slots_outside_the_article_count_and_have_no_distances(site: Site) -> None:
    assert failures(site, placements={"top": 1, "bar": 1, "end": 1}) == ()
    assert failures(site, from_top="200px", apart="300px") == ()


def test_a_failure_says_what_was_wanted_and_what_there_is(site: Site) -> None:
    assert failures(site, viewport="mobile", slots=0) == (
        "slots are to be none on mobile, there are 6",
    )
    (found,) = failures(site, viewport="mobile", from_top="5000px")
    assert found.startswith("5000px are wanted below the article's start on mobile, there are ")
    assert failures(site, reason="too-short") == ('reason is to be "too-short", the page is woven',)
