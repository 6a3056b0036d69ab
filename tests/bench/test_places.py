"""That the figures on places and memory measure what they say."""

from __future__ import annotations

from adweave.layout.choosing import Track
from adweave.layout.planner import Planning
from tests.articles import article, inline, layout

from .memory import filled
from .pages import samples
from .places import Evenness, measured


def test_an_even_row_of_slots_has_no_variation_and_nothing_far() -> None:
    axis = [100.0 * n for n in range(20)]
    evenness = Evenness()
    evenness.add(Track(range(20), [(axis, 300.0)], axis), [1, 4, 7, 10])
    assert evenness.distances == [1, 1, 1]
    assert (evenness.variations, evenness.far) == ([0], 0)


def test_a_slot_that_stands_needlessly_far_is_counted() -> None:
    axis = [100.0 * n for n in range(20)]
    evenness = Evenness()
    evenness.add(Track(range(20), [(axis, 300.0)], axis), [1, 9, 12])
    assert (evenness.far, evenness.nearer, evenness.needless) == (1, 1, 1)
    evenness = Evenness()  # the gaps between do not fit
    evenness.add(Track([1, 9, 12], [(axis, 300.0)], axis), [1, 9, 12])
    assert (evenness.far, evenness.nearer, evenness.needless) == (1, 0, 0)


def test_each_viewport_by_itself_has_more_slots_than_one_set_for_all() -> None:
    planning = Planning(article("p" * 20), layout(inline(every="750px")))
    one, (mobile, desktop) = measured("one set for all", [planning])
    assert (one, mobile.slots, desktop.slots) == (5, 5, 5)
    many, (mobile, desktop) = measured("each by itself", [planning])
    assert (mobile.slots, desktop.slots) == (7, 5)
    few, (mobile, desktop) = measured("adweave", [planning])
    assert (mobile.slots, desktop.slots) == (7, 5)
    assert few <= many


def test_a_store_of_plans_is_filled_with_plans_of_real_pages() -> None:
    pages, _ = samples(3)
    figures = filled(pages, 50, runs_experiment=True)
    assert figures.plans == 50
    assert figures.markup_bytes > 3_000
    assert 0 < figures.largest_bytes < figures.markup_bytes
