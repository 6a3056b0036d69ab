from __future__ import annotations

from adweave.layout import plan_for, verdicts_for
from tests.articles import article, inline, layout


def gaps(outline, wanted, **keys):
    return [slot.gap for slot in plan_for(outline, wanted, **keys).slots]


def failed_rules(outline, wanted, gap):
    (verdict,) = [v for v in verdicts_for(outline, wanted) if v.gap == gap]
    assert not verdict.is_taken
    return [check.rule for check in verdict.failed]


def test_a_slot_comes_as_early_as_the_distance_allows_and_then_every_distance():
    # Gaps lie 300 px apart on mobile and 200 px on desktop.
    assert gaps(article("p" * 9), layout(inline(every="600px"))) == [1, 4, 7]


def test_each_viewport_keeps_its_own_distance():
    by_viewport = {"mobile": "600px", "desktop": "300px"}
    assert gaps(article("p" * 9), layout(inline(every=by_viewport))) == [1, 3, 5, 7, 9]


def test_screens_words_and_blocks_are_distances_too():
    nine = article("p" * 9)
    assert gaps(nine, layout(inline(every="1 screens"))) == [1, 5, 9]  # 780 and 720 px
    assert gaps(nine, layout(inline(every="180 words"))) == [1, 4, 7]
    assert gaps(nine, layout(inline(every="2 blocks"))) == [1, 3, 5, 7, 9]


def test_no_slot_right_below_a_heading():
    outline = article("phpppp")
    assert gaps(outline, layout(inline(every="1 blocks"))) == [1, 3, 4, 5, 6]
    assert failed_rules(outline, layout(inline(every="1 blocks")), 2)[0] == "touches-heading"


def test_the_distance_below_a_heading_counts_text_not_paragraphs():
    outline = article("phsspp")
    wanted = layout(inline(every="1 blocks"), below_heading="100px")
    assert gaps(outline, wanted) == [1, 5, 6]
    assert failed_rules(outline, wanted, 3) == ["below-heading", "below-heading"]


def test_no_slot_touches_an_image_even_with_a_rule_between():
    assert gaps(article("ppi-pp"), layout(inline(every="1 blocks"))) == [1, 5, 6]


def test_no_slot_touches_an_embed():
    assert gaps(article("ppepp"), layout(inline(every="1 blocks"))) == [1, 4, 5]


def test_slots_keep_away_from_the_page_s_own_ads():
    outline = article("ppppapppp")
    wanted = layout(inline(every="1 blocks"), from_own_ads="300px")
    assert gaps(outline, wanted) == [1, 2, 7, 8, 9]
    assert failed_rules(outline, wanted, 3)[0] == "own-ad-below"


def test_no_slot_touches_an_ad_of_the_page_s_own():
    assert gaps(article("ppapp"), layout(inline(every="1 blocks"))) == [1, 4, 5]


def test_the_page_s_own_ads_count_towards_the_density():
    # 1480 px of mobile article with 280 px of ads in it: 30 % leave room for 234 px of ours.
    small = inline(every="1 blocks", sizes=[[300, 60]])
    density = {"mobile": 0.3, "desktop": 0.9}
    assert len(gaps(article("ppapp"), layout(small, max_density=density))) == 2
    assert len(gaps(article("pppp"), layout(small, max_density=density))) == 4


def test_where_no_gap_suits_every_viewport_each_gets_one_of_its_own():
    # 900 px on mobile, 600 px on desktop: 300 px off both ends leave a gap on mobile only.
    wanted = layout(inline(every="300px"), from_top="310px", from_bottom="290px")
    (slot,) = plan_for(article("ppp"), wanted).slots
    assert (slot.gap, slot.viewports) == (2, ("mobile",))


def test_a_gap_that_suits_every_viewport_shows_at_all():
    assert {s.viewports for s in plan_for(article("ppp"), layout(inline())).slots} == {
        ("mobile", "desktop")
    }


def test_no_slot_before_the_first_paragraph():
    assert gaps(article("h--pp"), layout(inline(every="1 blocks"))) == [4, 5]
    assert gaps(article("hiei"), layout(inline(every="1 blocks"))) == []


def test_distances_from_top_and_bottom_are_kept():
    wanted = layout(inline(every="1 blocks"), from_top="700px", from_bottom="500px")
    assert gaps(article("p" * 9), wanted) == [4, 5, 6]


def test_max_stops_and_is_named_in_the_verdict():
    wanted = layout(inline(every="1 blocks", max=2))
    assert gaps(article("pppp"), wanted) == [1, 2]
    assert failed_rules(article("pppp"), wanted, 4) == ["max"]


def test_min_leaves_the_page_without_rather_than_with_too_few():
    wanted = layout(inline(every="600px", min=3))
    assert gaps(article("pppp"), wanted) == []
    assert failed_rules(article("pppp"), wanted, 1) == ["min"]


def test_ads_fill_no_more_of_the_article_than_the_density_allows():
    # 1200 px of mobile article, 30 %: 514 px of ads with the ads counted in, 274 px each.
    big = inline(every="1 blocks", sizes=[[300, 250]])
    density = {"mobile": 0.3, "desktop": 0.9}
    assert gaps(article("pppp"), layout(big, max_density=density)) == [1]
    assert failed_rules(article("pppp"), layout(big, max_density=density), 3) == ["density"]


def test_a_faulty_gap_is_never_taken_and_says_why():
    outline = article("pppp", {2: "inside-link"})
    assert gaps(outline, layout(inline(every="1 blocks"))) == [1, 3, 4]
    (verdict,) = [v for v in verdicts_for(outline, layout(inline())) if v.gap == 2]
    assert "inside-link" in {check.detail for check in verdict.failed}


def test_gaps_that_broke_the_tree_are_left_out():
    assert gaps(article("pppp"), layout(inline(every="1 blocks")), without={1, 3}) == [2, 4]


def test_fixed_places_are_taken_first_and_keep_their_distance():
    fixed = {"kind": "nth", "name": "teaser", "n": 3, "sizes": [[300, 50]], "fill": ["house"]}
    assert gaps(article("p" * 9), layout(inline(every="600px"), fixed)) == [3, 6, 9]


def test_a_notice_stands_after_the_article_and_is_no_ad():
    notice = {"kind": "notice", "name": "policy"}
    assert gaps(article("ppp"), layout(inline(every="1 blocks"), notice)) == [1, 2, 3, 3]


def test_a_disabled_placement_asks_for_nothing():
    assert gaps(article("ppp"), layout(inline(enabled=False))) == []


def test_an_article_that_is_too_short_says_so_with_its_numbers():
    plan = plan_for(article("pp"), layout(inline(), min_length="200 words"))
    assert (plan.slots, plan.reason) == ((), "too-short")
    assert plan.detail == "the article has 120 words, the layout asks for 200 words"
