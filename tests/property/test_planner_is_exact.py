"""The planner against brute force on small articles."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from adweave.layout import plan_for
from adweave.layout.measure import measures_of
from adweave.layout.rules import apart_rulers, flow_rows
from tests.articles import article, inline, layout

letters = st.text(alphabet="ppppsshiea-", min_size=1, max_size=11)
px = st.integers(0, 1500)


def wanted(every_mobile, every_desktop, top, bottom, maximum=99):
    every = {"mobile": f"{every_mobile}px", "desktop": f"{every_desktop}px"}
    return layout(inline(every=every, max=maximum), from_top=f"{top}px", from_bottom=f"{bottom}px")


def best_by_force(outline, wish, viewport=None):
    """Every subset of the gaps, tried: the largest that keeps all rules, the earliest of them.

    At one viewport only, where it is named.
    """
    placement = wish.placement[0]
    measures = measures_of(outline)
    rows = flow_rows(measures, wish, placement, [])
    apart = apart_rulers("every", placement, measures)
    if viewport is not None:
        rows = [row for row in rows if row.ruler.viewport in ("", viewport)]
    fit = [g for g in range(len(outline.gaps)) if all(row.holds(g) for row in rows)]
    for size in range(len(fit), 0, -1):
        for chosen in combinations(fit, size):
            pairs = list(pairwise(chosen))
            if all(ruler.holds(a, b) for a, b in pairs for ruler in apart):
                return list(chosen)
    return []


def shown_at(plan, viewport):
    return [slot.gap for slot in plan.slots if viewport in slot.viewports]


@settings(max_examples=300, deadline=None)
@given(letters, px, px, px, px)
def test_the_plan_is_the_earliest_of_the_largest(shape, mobile, desktop, top, bottom):
    outline, wish = article(shape), wanted(mobile, desktop, top, bottom)
    plan = plan_for(outline, wish)
    best = best_by_force(outline, wish)
    if best:
        assert [s.gap for s in plan.slots] == best
        assert all(s.viewports == ("mobile", "desktop") for s in plan.slots)
    else:
        for viewport in ("mobile", "desktop"):
            assert shown_at(plan, viewport) == best_by_force(outline, wish, viewport)[:1]


@settings(max_examples=300, deadline=None)
@given(letters, px, px, px, px, st.integers(0, 900))
def test_a_smaller_distance_never_yields_fewer_slots(shape, mobile, desktop, top, bottom, less):
    outline = article(shape)
    wide = plan_for(outline, wanted(mobile, desktop, top, bottom))
    narrow = plan_for(
        outline,
        wanted(
            max(0, mobile - less),
            max(0, desktop - less),
            max(0, top - less),
            max(0, bottom - less),
        ),
    )
    for viewport in ("mobile", "desktop"):
        assert len(shown_at(narrow, viewport)) >= len(shown_at(wide, viewport))


@settings(max_examples=300, deadline=None)
@given(letters, letters, px, px)
def test_text_added_at_the_end_moves_no_slot_above_it(shape, more, mobile, desktop):
    wish = wanted(mobile, desktop, 0, 0)
    before = [s.gap for s in plan_for(article(shape + "p"), wish).slots]
    after = [s.gap for s in plan_for(article(shape + "p" + more), wish).slots]
    inner = [gap for gap in before if gap <= len(shape)]
    # A picture or an ad right behind the old end may forbid its last gap; nothing else moves.
    kept = [gap for gap in after if gap <= len(shape)]
    assert kept[: len(inner) - 1] == inner[: len(inner) - 1]


@settings(max_examples=100, deadline=None)
@given(letters, px, px)
def test_the_same_article_gets_the_same_plan(shape, mobile, desktop):
    wish = wanted(mobile, desktop, 100, 100)
    assert plan_for(article(shape), wish) == plan_for(article(shape), wish)
