from __future__ import annotations

import pytest

from adweave.slots.style import Box, box_of, stylesheet
from tests.configurations import layout


def test_a_box_is_as_high_as_the_tallest_size_of_each_viewport() -> None:
    sizes = {"mobile": [[320, 50], [300, 250]], "desktop": [[728, 90]]}
    assert box_of(layout(sizes=sizes).placement[0]) == Box(250, 90)


@pytest.mark.parametrize(
    ("box", "rule"),
    [
        (Box(250, 250), 'ad-slot[data-box="250-250"]{--adweave-height:250px}'),
        (
            Box(250, 90),
            'ad-slot[data-box="250-90"]{--adweave-height:250px}'
            '@media (min-width:768px){ad-slot[data-box="250-90"]{--adweave-height:90px}}',
        ),
        (
            Box(0, 90),
            '@media not all and (min-width:768px){ad-slot[data-box="0-90"]{display:none!important}}'
            '@media (min-width:768px){ad-slot[data-box="0-90"]{--adweave-height:90px}}',
        ),
        (
            Box(250, 0),
            'ad-slot[data-box="250-0"]{--adweave-height:250px}'
            '@media (min-width:768px){ad-slot[data-box="250-0"]{display:none!important}}',
        ),
    ],
)
def test_the_rule_of_a_box(box: Box, rule: str) -> None:
    assert box.rule == rule


def test_a_stylesheet_has_each_box_once_and_always_in_the_same_order() -> None:
    first, second = Box(250, 90), Box(100, 90)
    sheet = stylesheet([first, second, first])
    assert sheet == stylesheet([second, first])
    assert sheet.count(first.rule) == 1
    assert sheet.isascii()


def test_a_sticky_box_is_hidden_where_it_would_take_more_than_30_percent_of_the_window() -> None:
    rule = Box(100, 90).sticky_rule
    hidden = '{ad-slot[data-kind="sticky"][data-box="100-90"]{display:none!important}}'
    assert rule == (
        f"@media (max-width:767.98px) and (max-height:413px){hidden}"
        f"@media (min-width:768px) and (max-height:379px){hidden}"
    )
    assert (100 + 24) / 413 > 0.3 >= (100 + 24) / 414
    assert rule not in stylesheet([Box(100, 90)])
    assert stylesheet([Box(100, 90)], [Box(100, 90)]).endswith(rule)
    assert Box(0, 90).sticky_rule.count("@media") == 1
