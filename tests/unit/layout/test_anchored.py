"""Which anchors get the slots of placements outside the article's gaps."""

from __future__ import annotations

from adweave.layout import Plan, plan_for, with_anchored
from adweave.page import Anchor
from tests.articles import article, inline, layout

SIZES = {"sizes": [[300, 100]], "fill": ["house"]}
EMPTY = Plan("test", (), "no-article", "no article: none")


def anchors(count: int, **faults: str) -> list[Anchor]:
    return [Anchor(100 + 10 * n, "div.x", faults.get(f"n{n}")) for n in range(count)]


def chosen(placements: list[dict], found: dict, plan: Plan = EMPTY, has_article: bool = False, **k):
    plan, verdicts = with_anchored(plan, layout(*placements), found, has_article=has_article, **k)
    return [(slot.placement, slot.offset) for slot in plan.slots], [v.rule for v in verdicts]


def banner(**keys) -> dict:
    return {"name": "top", "kind": "selector", "selector": "x", "any_page": True, **SIZES, **keys}


LISTING = {"name": "front", "kind": "listing", **SIZES}


def test_a_selector_takes_its_first_place_unless_max_says_more():
    assert chosen([banner()], {"top": anchors(3)}) == ([("top", 100)], ["", "max", "max"])
    assert chosen([banner(max=2)], {"top": anchors(3)}) == (
        [("top", 100), ("top", 110)],
        ["", "", "max"],
    )


def test_a_place_with_a_fault_is_passed_over():
    assert chosen([banner()], {"top": anchors(2, n0="inside-a")}) == (
        [("top", 110)],
        ["inside-a", ""],
    )


def test_a_place_that_broke_the_tree_is_passed_over():
    first = with_anchored(EMPTY, layout(banner()), {"top": anchors(2)}, has_article=False)[0]
    gaps = {slot.gap for slot in first.slots}
    assert all(gap < 0 for gap in gaps)
    assert chosen([banner()], {"top": anchors(2)}, without=gaps) == (
        [("top", 110)],
        ["breaks-tree", ""],
    )


def test_a_listing_takes_every_sixth_or_nth_place():
    assert chosen([LISTING], {"front": anchors(13)})[0] == [("front", 150), ("front", 210)]
    assert chosen([{**LISTING, "n": 4, "max": 2}], {"front": anchors(13)})[0] == [
        ("front", 130),
        ("front", 170),
    ]


def test_a_listing_is_for_pages_without_an_article():
    outline = article("pppppppp")
    plan = plan_for(outline, layout(inline()))
    assert chosen([LISTING], {"front": anchors(7)}, plan, True)[1] == ["page"] * 7


def test_a_listing_is_for_pages_without_an_article_unless_it_says_otherwise():
    cards = {"name": "cards", "kind": "listing", "n": 1, **SIZES}
    assert chosen([cards], {"cards": anchors(1)}, has_article=True) == ([], ["page"])
    anywhere = {**cards, "any_page": True}
    assert chosen([anywhere], {"cards": anchors(1)}, has_article=True)[0] == [("cards", 100)]
    assert chosen([anywhere], {"cards": anchors(1)}, has_article=False)[0] == [("cards", 100)]


def test_pages_without_an_article_get_only_what_is_for_any_page():
    assert chosen([banner(any_page=False)], {"top": anchors(1)}) == ([], ["page"])
    short = Plan("test", (), "too-short")
    assert chosen([banner(any_page=False)], {"top": anchors(1)}, short, True) == ([], ["page"])
    no_gap = Plan("test", (), "no-gap")
    assert chosen([banner(any_page=False)], {"top": anchors(1)}, no_gap, True)[0] == [("top", 100)]


def test_two_slots_never_stand_at_one_place_and_priority_chooses_first():
    two = [banner(), banner(name="other", priority=1)]
    found = {"top": anchors(2), "other": anchors(1)}
    assert chosen(two, found)[0] == [("other", 100), ("top", 110)]


def test_a_gap_that_the_article_took_is_no_place_for_another():
    outline = article("pppp")
    plan = plan_for(outline, layout(inline(max=1)))
    taken = plan.slots[0].offset
    found = {"top": [Anchor(taken, "p"), Anchor(taken + 1000, "p")]}
    assert chosen([banner()], found, plan, True)[0][0] == ("top", taken + 1000)


def test_an_empty_plan_keeps_its_reason_where_no_place_is_found():
    plan, _ = with_anchored(EMPTY, layout(banner()), {"top": ()}, has_article=False)
    assert plan is EMPTY


def test_slots_outside_the_article_are_numbered_in_the_pages_order():
    plan, _ = with_anchored(EMPTY, layout(LISTING), {"front": anchors(19)}, has_article=False)
    assert [(slot.index, slot.offset) for slot in plan.slots] == [(1, 150), (2, 210), (3, 270)]
    assert [slot.gap for slot in plan.slots] == sorted(slot.gap for slot in plan.slots)
    assert plan.reason is None


def test_the_planner_leaves_them_alone():
    plan = plan_for(article("pppppppp"), layout(banner(), inline(), LISTING))
    assert {slot.placement for slot in plan.slots} == {"inline"}
