"""Which layout a path gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adweave.placements.globs import LONGEST_PATH, GlobTable


def matches(pattern: str, path: str) -> bool:
    return GlobTable([[pattern]]).best(path) is not None


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/**", "/"),
        ("/**", "/a/b/c"),
        ("/", "/"),
        ("/news/**", "/news"),
        ("/news/**", "/news/"),
        ("/news/**", "/news/2026/01/story.html"),
        ("/news/*", "/news/story"),
        ("/news/*", "/news/story/"),
        ("/news/*/", "/news/story"),
        ("/*/story", "/news/story"),
        ("/**/story", "/story"),
        ("/**/story", "/a/b/story"),
        ("/**/a/**/b", "/x/a/a/y/b"),
        ("/**/**/b", "/b"),
        ("/story-*.html", "/story-12.html"),
        ("/*a*b*c", "/xxaxxbxxc"),
        ("/a*a", "/aa"),
        ("/[x]+(y).z", "/[x]+(y).z"),
        ("/haber/gündem/*", "/haber/g%C3%BCndem/1"),
        ("/haber/g%C3%BCndem/*", "/haber/gündem/1"),
        ("/a b", "/a%20b"),
        ("/100%", "/100%25"),
        ("/a/*", "/a/b%2Fc"),
    ],
)
def test_a_pattern_matches(pattern, path):
    assert matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/", "/a"),
        ("/news", "/news/story"),
        ("/news/*", "/news"),
        ("/news/*", "/news/a/b"),
        ("/news/**", "/newspaper"),
        ("/*/story", "/story"),
        ("/*/story", "/a/b/story"),
        ("/a*a", "/a"),
        ("/*ab*ba*", "/aba"),
        ("/News", "/news"),
        ("/a.b", "/axb"),
        ("/a/*/c", "/a/b%2Fc"),
        ("/a/b", "/a//b"),
    ],
)
def test_a_pattern_does_not_match(pattern, path):
    assert not matches(pattern, path)


def test_an_exclamation_mark_takes_pages_out_whatever_the_order():
    for patterns in (["/**", "!/live/**"], ["!/live/**", "/**"]):
        table = GlobTable([patterns])
        assert table.best("/news/a") == 0
        assert table.best("/live") is None
        assert table.best("/live/a") is None


def test_what_one_layout_takes_out_another_may_want():
    table = GlobTable([["/**", "!/live/**"], ["/live/*"]])
    assert table.best("/a") == 0
    assert table.best("/live/a") == 1
    assert table.best("/live/a/b") is None


def test_the_lowest_rank_wins():
    assert GlobTable([["/a/*"], ["/**"], ["/a/b"]]).best("/a/b") == 0
    assert GlobTable([[], ["/**"], ["/a/b"]]).best("/a/b") == 1


def test_a_path_of_no_article_length_gets_no_layout():
    assert GlobTable([["/**"]]).best("/" + "a" * LONGEST_PATH) is None


def _reference(pattern: list[str], path: list[str]) -> bool:
    """The definition, written as it is said, without any thought of speed."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(_reference(pattern[1:], path[i:]) for i in range(len(path) + 1))
    return bool(path) and _step(pattern[0], path[0]) and _reference(pattern[1:], path[1:])


def _step(pattern: str, step: str) -> bool:
    if not pattern:
        return not step
    if pattern[0] == "*":
        return any(_step(pattern[1:], step[i:]) for i in range(len(step) + 1))
    return bool(step) and step[0] == pattern[0] and _step(pattern[1:], step[1:])


steps = st.lists(st.text("ab", min_size=1, max_size=4), max_size=5)
patterns = st.lists(
    st.just("**") | st.text("ab*", min_size=1, max_size=4).filter(lambda s: "**" not in s),
    max_size=5,
)


@given(st.lists(patterns, max_size=5), steps)
def test_the_tree_agrees_with_the_definition(many, path):
    table = GlobTable([["/" + "/".join(pattern)] for pattern in many])
    wanted = [rank for rank, pattern in enumerate(many) if _reference(pattern, path)]
    assert table.best("/" + "/".join(path)) == min(wanted, default=None)
