"""Words in any script."""

from __future__ import annotations

import pytest

from adweave.page.words import weight_of, words_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("the ferry leaves", 3),
        ("Το πλοίο φεύγει", 3),
        ("東京タワー", 2.5),
        ("เรือออก", 3.5),
        ("東京 Tower", 2),
        ("서울의 봄", 2),
    ],
)
def test_two_characters_of_a_script_without_spaces_are_a_word(text: str, words: float) -> None:
    assert words_in(text) == words


def test_such_characters_weigh_more() -> None:
    assert weight_of("東京") == 5
    assert weight_of("ab") == 2
