"""Estimated heights."""

from __future__ import annotations

import pytest

from adweave.page import heights
from adweave.page.tree import Element, parse


def element(markup: str) -> Element:
    found = parse(markup, located=False).select_one("body > *")
    assert found is not None
    return found


def test_text_is_taller_on_a_narrow_screen() -> None:
    mobile, desktop = heights.text_heights(600, 0)
    assert mobile > 1.8 * desktop
    assert mobile == pytest.approx(490, rel=0.15)


def test_wide_characters_take_twice_the_room() -> None:
    assert heights.text_heights(0, 400)[0] > 1.8 * heights.text_heights(400, 0)[0]


@pytest.mark.parametrize(
    ("markup", "mobile", "desktop"),
    [
        ("<img width=1200 height=800>", 328 / 1.5, 680 / 1.5),
        ("<img width=300 height=300>", 300, 300),
        ('<img style="width: 600px; height:300px">', 164, 300),
        ("<img>", 328 / 1.5, 680 / 1.5),
        ("<img width=100% height=auto>", 328 / 1.5, 680 / 1.5),
    ],
)
def test_a_picture_keeps_its_ratio_in_the_column(
    markup: str, mobile: float, desktop: float
) -> None:
    found = heights.image_heights(element(markup), 0)
    assert found == pytest.approx((mobile + 18, desktop + 18))


def test_a_player_has_the_ratio_of_a_screen() -> None:
    assert heights.embed_heights("//video", None)[0] == pytest.approx(328 * 9 / 16 + 18)


def test_a_post_is_taller_than_a_podcast() -> None:
    post = heights.embed_heights("twitter-tweet", None)
    podcast = heights.embed_heights("https://open.spotify.com/x", None)
    assert post[0] > 2 * podcast[0]
