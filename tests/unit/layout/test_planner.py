from __future__ import annotations

from adweave.layout import plan_for, verdicts_for
from tests.articles import article, inline, layout


def gaps(outline, wanted, at="mobile", **keys):
    """The gaps of the slots that show at a viewport."""
    return [slot.gap for slot in plan_for(outline, wanted, **keys).slots if at in slot.viewports]


def failed_rules(outline, wanted, gap):
    (verdict,) = [v for v in verdicts_for(outline, wanted) if v.gap == gap]
    assert not verdict.is_taken
    return [check.rule for check in verdict.failed]


def test_a_slot_comes_as_early_as_the_distance_allows_and_then_every_distance():
    # Gaps lie 300 px apart on mobile and 200 px on desktop.
    wanted = layout(inline(every="600px"))
    assert gaps(article("p" * 9), wanted) == [1, 3, 5, 7, 9]
    assert gaps(article("p" * 9), wanted, at="desktop") == [1, 4, 7]


def test_a_slot_that_one_viewport_has_no_use_for_is_off_there():
    wanted = layout(inline(every="600px"))
    shown = {slot.gap: slot.viewports for slot in plan_for(article("p" * 9), wanted).slots}
    both, mobile, desktop = ("mobile", "desktop"), ("mobile",), ("desktop",)
    assert shown == {1: both, 3: mobile, 4: desktop, 5: mobile, 7: both, 9: mobile}


def test_each_viewport_keeps_its_own_distance():
    wanted = layout(inline(every={"mobile": "600px", "desktop": "300px"}))
    assert gaps(article("p" * 9), wanted) == [1, 3, 5, 7, 9]
    assert gaps(article("p" * 9), wanted, at="desktop") == [1, 3, 5, 7, 9]


def test_screens_words_and_blocks_are_distances_too():
    nine = article("p" * 9)
    screens = layout(inline(every="1 screens"))  # 780 and 720 px
    assert gaps(nine, screens) == [1, 4, 7]
    assert gaps(nine, screens, at="desktop") == [1, 5, 9]
    assert gaps(nine, layout(inline(every="180 words"))) == [1, 4, 7]
    assert gaps(nine, layout(inline(every="2 blocks"))) == [1, 3, 5, 7, 9]


def test_no_slot_right_below_a_heading():
    outline = article("phpppp")
    assert gaps(outline, layout(inline(every="1 blocks"))) == [1, 3, 4, 5, 6]
    assert failed_rules(outline, layout(inline(every="1 blocks")), 2)[0] == "touches-heading"


def test_the_distance_below_a_heading_counts_text_not_paragraphs():
    outline = article("phsspp")
    wanted = layout(inline(every="1 blocks"), below_heading="100px")
    assert gaps(outline, wanted) == [1, 4, 5, 6]  # 120 px of text
    assert gaps(outline, wanted, at="desktop") == [1, 5, 6]  # 80 px are too few
    assert failed_rules(outline, wanted, 3) == ["below-heading", "below-heading"]


def test_no_slot_touches_an_image_even_with_a_rule_between():
    assert gaps(article("ppi-pp"), layout(inline(every="1 blocks"))) == [1, 5, 6]


def test_no_slot_touches_an_embed():
    assert gaps(article("ppepp"), layout(inline(every="1 blocks"))) == [1, 4, 5]


def test_slots_keep_away_from_the_page_s_own_ads():
    outline = article("ppppapppp")
    wanted = layout(inline(every="1 blocks"), from_own_ads="300px")
    assert gaps(outline, wanted) == [1, 2, 3, 6, 7, 8, 9]
    assert gaps(outline, wanted, at="desktop") == [1, 2, 7, 8, 9]
    assert set(failed_rules(outline, wanted, 4)) == {"touches-ad", "own-ad-below"}


def test_an_article_without_a_place_gets_the_nearest_miss_where_the_layout_relaxes():
    outline = article("pippi")  # 300 px of text above the second picture on mobile
    hard = inline(every="1 blocks")
    distances = {"above_image": "500px", "from_top": "0px", "from_bottom": "0px"}
    assert plan_for(outline, layout(hard, **distances)).slots == ()
    for relax_to, wanted in ((0.7, ()), (0.6, (3,)), (0.3, (3,))):
        soft = inline(every="1 blocks", relax_to=relax_to)
        assert tuple(gaps(outline, layout(soft, **distances))) == wanted
    shown = verdicts_for(outline, layout(inline(every="1 blocks", relax_to=0.6), **distances))
    taken = next(verdict for verdict in shown if verdict.is_taken)
    assert [check.rule for check in taken.failed if check.viewport == "mobile"] == ["above-image"]


def test_nothing_relaxes_where_one_place_keeps_all_distances():
    outline = article("pppp")
    wanted = layout(inline(every="900px", relax_to=0.1), from_top="300px", from_bottom="300px")
    assert gaps(outline, wanted) == gaps(
        outline, layout(inline(every="900px"), from_top="300px", from_bottom="300px")
    )


def test_what_no_slot_may_touch_is_never_relaxed():
    soft = inline(every="1 blocks", relax_to=0.01)
    assert gaps(article("pipi"), layout(soft)) == []
    assert gaps(article("hhp"), layout(soft, from_bottom="9999px")) == []


def test_no_slot_touches_links_to_other_stories():
    outline = article("pprpp")
    wanted = layout(inline(every="1 blocks"))
    assert gaps(outline, wanted) == [1, 4, 5]
    assert failed_rules(outline, wanted, 2) == ["touches-promotion"]
    assert failed_rules(outline, wanted, 3) == ["touches-promotion"]


def test_no_slot_touches_an_ad_of_the_page_s_own():
    assert gaps(article("ppapp"), layout(inline(every="1 blocks"))) == [1, 4, 5]


def test_the_page_s_own_ads_count_towards_the_density():
    # 1480 px of mobile article with 280 px of ads in it: 30 % leave room for 234 px of ours.
    small = inline(every="1 blocks", sizes=[[300, 60]])
    density = {"mobile": 0.3, "desktop": 0.9}
    assert len(gaps(article("ppapp"), layout(small, max_density=density))) == 2
    assert len(gaps(article("ppapp"), layout(small, max_density=density), at="desktop")) == 3
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
    assert gaps(article("p" * 9), wanted) == [3, 4, 5, 6, 7]
    assert gaps(article("p" * 9), wanted, at="desktop") == [4, 5, 6]


def test_where_it_costs_no_slot_a_slot_stands_between_full_paragraphs():
    # The picture leaves no gap before gap 5, whether the first slot stands at gap 1 or 2.
    assert gaps(article("sppippp"), layout(inline(every="800px"))) == [2, 5]
    assert gaps(article("ssssippp"), layout(inline(every="800px")))[0] == 1


def test_a_slot_shares_the_room_that_is_left_between_above_and_below():
    # The third slot could stand at gap 5, but a picture keeps the fourth off until gap 9.
    outline = article("p" * 7 + "i" + "p" * 3)
    assert gaps(outline, layout(inline(every="600px", first="300px"))) == [1, 3, 6, 9, 11]


def test_a_smaller_max_cuts_the_last_slots_off_and_moves_none():
    outline = article("psphppippspp" * 2)
    whole = gaps(outline, layout(inline(every="500px")))
    assert len(whole) > 3
    for most in range(1, len(whole)):
        assert gaps(outline, layout(inline(every="500px", max=most))) == whole[:most]


def test_a_verdict_lists_the_rules_that_are_met_too_at_each_viewport():
    outline = article("phpppippp")
    wanted = layout(inline(every="500px", first="100px"), below_heading="100px")
    for verdict in verdicts_for(outline, wanted):
        said = {(check.rule, check.viewport) for check in verdict.checks}
        assert {("first", "mobile"), ("first", "desktop")} <= said
        assert ("before-first-paragraph", "") in said
        if verdict.gap > 1:
            assert {("below-heading", "mobile"), ("below-heading", "desktop")} <= said
        others = [s for s in plan_for(outline, wanted).slots if s.gap != verdict.gap]
        for viewport in {name for slot in others for name in slot.viewports}:
            assert ("every", viewport) in said
        for viewport in verdict.viewports:
            assert verdict.failed_at(viewport) == ()


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
    assert gaps(article("pppp"), layout(big, max_density=density), at="desktop") == [1, 2, 3, 4]
    (third,) = [
        v for v in verdicts_for(article("pppp"), layout(big, max_density=density)) if v.gap == 3
    ]
    assert third.viewports == ("desktop",)
    assert [check.rule for check in third.failed_at("mobile")] == ["density"]
    assert third.failed_at("desktop") == ()


def test_a_density_of_all_is_no_limit():
    fixed = {"kind": "nth", "name": "teaser", "n": 2, "sizes": [[300, 50]], "fill": ["house"]}
    wanted = layout(inline(every="1 blocks", sizes=[[300, 600]]), fixed, max_density=1.0)
    assert gaps(article("pppp"), wanted) == [1, 2, 3, 4]


def test_a_faulty_gap_is_never_taken_and_says_why():
    outline = article("pppp", {2: "inside-link"})
    assert gaps(outline, layout(inline(every="1 blocks"))) == [1, 3, 4]
    (verdict,) = [v for v in verdicts_for(outline, layout(inline())) if v.gap == 2]
    assert "inside-link" in {check.detail for check in verdict.failed}


def test_gaps_that_broke_the_tree_are_left_out():
    assert gaps(article("pppp"), layout(inline(every="1 blocks")), without={1, 3}) == [2, 4]


def test_fixed_places_are_taken_first_and_keep_their_distance():
    fixed = {"kind": "nth", "name": "teaser", "n": 3, "sizes": [[300, 50]], "fill": ["house"]}
    assert gaps(article("p" * 9), layout(inline(every="600px"), fixed)) == [1, 3, 5, 7, 9]
    assert gaps(article("p" * 9), layout(inline(every="600px"), fixed), at="desktop") == [3, 6, 9]


def test_of_two_placements_that_want_one_stretch_the_higher_chooses_first():
    few = inline(name="few", every="900px", max=2)
    many = inline(name="many", every="600px")
    nine = article("p" * 9)

    def places(*placements):
        slots = plan_for(nine, layout(*placements)).slots
        return [(slot.placement, slot.gap) for slot in slots if "mobile" in slot.viewports]

    assert places(many, few) == [("many", gap) for gap in (1, 3, 5, 7, 9)]
    assert places(few, many) == [("few", 1), ("few", 4), ("many", 6), ("many", 8)]
    first = few | {"priority": 1}
    assert places(many, first) == places(few, many)


def test_a_fixed_place_gives_way_to_a_higher_slot_that_is_too_near():
    fixed = {"kind": "nth", "name": "teaser", "n": 2, "sizes": [[300, 50]], "fill": ["house"]}
    first = inline(every="600px", priority=1)
    outline = article("p" * 9)
    assert gaps(outline, layout(first, fixed)) == [1, 3, 5, 7, 9]
    (teaser,) = [v for v in verdicts_for(outline, layout(first, fixed)) if v.placement == "teaser"]
    assert {check.rule for check in teaser.failed} == {"slot-above", "slot-below"}
    last = fixed | {"priority": 2}
    assert gaps(outline, layout(first, last)) == [2, 4, 6, 8]


def test_two_fixed_places_never_touch():
    ads = {"sizes": [[300, 50]], "fill": ["house"]}
    third = {"kind": "nth", "name": "third", "n": 3, **ads}
    after = {"kind": "after", "name": "end", **ads}
    names = {s.placement for s in plan_for(article("ppp"), layout(after, third)).slots}
    assert names == {"end"}
    names = {s.placement for s in plan_for(article("ppp"), layout(third, after)).slots}
    assert names == {"third"}


def test_a_fixed_place_in_the_article_needs_room_under_the_density():
    third = {"kind": "nth", "name": "third", "n": 2, "sizes": [[300, 600]], "fill": ["house"]}
    wanted = layout(third, max_density={"mobile": 0.3, "desktop": 0.9})
    (slot,) = plan_for(article("ppp"), wanted).slots
    assert slot.viewports == ("desktop",)
    (verdict,) = verdicts_for(article("ppp"), wanted)
    assert [check.rule for check in verdict.failed_at("mobile")] == ["density"]


def test_a_notice_stands_after_the_article_and_is_no_ad():
    notice = {"kind": "notice", "name": "policy"}
    assert gaps(article("ppp"), layout(inline(every="1 blocks"), notice)) == [1, 2, 3, 3]


def test_a_disabled_placement_asks_for_nothing():
    assert gaps(article("ppp"), layout(inline(enabled=False))) == []


def test_an_article_that_is_too_short_says_so_with_its_numbers():
    plan = plan_for(article("pp"), layout(inline(), min_length="200 words"))
    assert (plan.slots, plan.reason) == ((), "too-short")
    assert plan.detail == "the article has 120 words, the layout asks for 200 words"
