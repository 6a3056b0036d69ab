from __future__ import annotations

from adweave.layout import changes_for, plan_for, verdicts_for
from tests.articles import article, inline, layout

NINE = article("p" * 9)  # gaps lie 300 px apart on mobile, 200 px on desktop


def test_a_change_is_told_as_it_would_be_written():
    wanted = layout(inline(every={"mobile": "750px", "desktop": "5000px"}))
    change = changes_for(NINE, wanted)["inline", 3]
    assert str(change) == "every = 600px instead of 750px at mobile"
    assert change.path == ("placement", "inline", "every", "mobile")
    assert change.puts
    assert ("inline", 3) in {
        (slot.placement, slot.gap) for slot in plan_for(NINE, change.layout).slots
    }


def test_a_gap_that_max_leaves_out_is_told_the_max_that_would_not():
    wanted = layout(inline(every="1 blocks", max=4))
    assert str(changes_for(article("ppppp"), wanted)["inline", 5]) == "max = 5 instead of 4"


def test_a_slot_is_told_what_would_take_it_away():
    wanted = layout(inline(every="1 blocks", max=1), from_top={"mobile": "290px", "desktop": "0px"})
    change = changes_for(article("pp"), wanted)["inline", 1]
    assert not change.puts
    assert change.share > 0


def test_a_rule_of_the_layout_is_told_by_its_own_key():
    wanted = layout(inline(every="5000px"), from_top={"mobile": "310px", "desktop": "9000px"})
    change = changes_for(NINE, wanted)["inline", 1]
    assert str(change) == "from_top = 300px instead of 310px at mobile"
    assert change.path == ("from_top", "mobile")


def test_a_key_that_is_not_written_is_told_without_an_old_value():
    change = changes_for(article("pp"), layout(inline(every="9000px", max=1)))["inline", 2]
    assert (str(change), change.old) == ("first = 301px at mobile", None)


def test_a_page_that_is_too_short_is_told_how_long_it_is():
    wanted = layout(inline(every="300px"), min_length="200 words")
    changes = changes_for(article("ppp"), wanted)
    assert {str(change) for change in changes.values()} == {
        "min_length = 180 words instead of 200 words"
    }


def test_a_fixed_place_is_told_another_number():
    fixed = {"kind": "nth", "name": "teaser", "n": 2, "sizes": [[300, 50]], "fill": ["house"]}
    change = changes_for(article("pppp"), layout(fixed))["teaser", 3]
    assert str(change) == "n = 3 instead of 2"


def test_no_change_puts_a_slot_where_the_house_allows_none():
    outline = article("pippp", {4: "inside-link"})
    changes = changes_for(outline, layout(inline(every="300px")))
    refused = {
        verdict.gap
        for verdict in verdicts_for(outline, layout(inline(every="300px")))
        if {"fault", "touches-media", "before-first-paragraph"}
        & {check.rule for check in verdict.failed}
    }
    assert refused == {0, 1, 2, 4}
    assert not refused & {gap for _, gap in changes}
