from __future__ import annotations

import pytest

from adweave.slots.style import Box, box_of, stylesheet
from tests.configurations import layout


@pytest.mark.parametrize(
    ("mobile", "desktop", "box"),
    [
        ([[300, 250]], [[300, 250]], Box(250, 250)),
        # A desktop's column that is too narrow for 728 px takes the lower of the mobile sizes.
        ([[320, 50], [300, 250]], [[728, 90]], Box(250, 90, (), ((320, 50), (728, 90)))),
        ([[320, 50], [300, 100]], [[300, 100]], Box(100, 100)),
        ([[300, 250]], [[728, 90], [970, 250]], Box(250, 250, (), ((728, 90), (970, 250)))),
        ([[320, 50], [336, 280]], [[300, 250]], Box(280, 250, ((300, 250), (320, 50), (336, 280)))),
        # A mobile size that is higher than all of the desktop's is not taken there.
        ([[300, 600]], [[728, 90], [970, 250]], Box(600, 250, (), ((728, 90), (970, 250)))),
    ],
)
def test_a_box_is_as_high_as_the_tallest_size_that_the_column_holds(
    mobile: list[list[int]], desktop: list[list[int]], box: Box
) -> None:
    sizes = {"mobile": mobile, "desktop": desktop}
    assert box_of(layout(sizes=sizes).placement[0]) == box


def test_a_height_that_is_said_outright_is_that_of_all_columns() -> None:
    sizes = {"mobile": [[300, 250]], "desktop": [[728, 90], [970, 250]]}
    reserve = {"mobile": "250px", "desktop": "280px"}
    assert box_of(layout(sizes=sizes, reserve=reserve).placement[0]) == Box(250, 280)


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
        (
            Box(250, 250, (), ((728, 90), (970, 250))),
            'ad-slot[data-box="250-250,90@728,250@970"]{--adweave-height:250px}'
            "@media (min-width:768px)"
            '{ad-slot[data-box="250-250,90@728,250@970"]{--adweave-height:250px}'
            "@container (min-width:728px)"
            '{ad-slot[data-box="250-250,90@728,250@970"]:after{--adweave-height:90px}}'
            "@container (min-width:970px)"
            '{ad-slot[data-box="250-250,90@728,250@970"]:after{--adweave-height:250px}}}',
        ),
        (
            Box(280, 250, ((320, 50),)),
            "@media not all and (min-width:768px)"
            '{ad-slot[data-box="280,50@320-250"]{--adweave-height:280px}'
            "@container (min-width:320px)"
            '{ad-slot[data-box="280,50@320-250"]:after{--adweave-height:50px}}}'
            '@media (min-width:768px){ad-slot[data-box="280,50@320-250"]{--adweave-height:250px}}',
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
