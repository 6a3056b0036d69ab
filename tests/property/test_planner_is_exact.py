"""The planner against brute force on small articles: every choice of gaps there is, tried.

The brute force knows the rules (which gaps fit, how far apart two slots must be) and the words
of the objective, and nothing of chains.
"""

from __future__ import annotations

from itertools import combinations, pairwise, product

from hypothesis import given, settings
from hypothesis import strategies as st

from adweave.layout import plan_for
from adweave.layout.choosing import chosen_gaps, unevenness, windows_of
from adweave.layout.measure import measures_of
from adweave.layout.planner import Planning
from adweave.layout.rules import apart_rulers, flow_rows, slot_rows
from adweave.page import VIEWPORTS
from tests.articles import article, inline, layout

letters = st.text(alphabet="ppppsshiea-", min_size=1, max_size=11)
few_letters = st.text(alphabet="pppsshia-", min_size=1, max_size=8)
many_letters = st.text(alphabet="pppppsshi-", min_size=8, max_size=60)
px = st.integers(0, 1500)
NAMES = tuple(viewport.name for viewport in VIEWPORTS)


def wanted(every_mobile, every_desktop, top, bottom, **keys):
    every = {"mobile": f"{every_mobile}px", "desktop": f"{every_desktop}px"}
    distances = {"from_top": f"{top}px", "from_bottom": f"{bottom}px"}
    return layout(inline(every=every, **keys), max_density=1.0, **distances)


def shown_at(plan, viewport):
    return [slot.gap for slot in plan.slots if viewport in slot.viewports]


def fitting(outline, wish, viewport, placement=0, taken=()):
    """The gaps that keep every rule of one gap alone."""
    measures = measures_of(outline)
    rows = [
        *flow_rows(measures, wish, wish.placement[placement]),
        *slot_rows(measures, wish.placement[placement], viewport, taken),
    ]
    here = [row for row in rows if row.ruler.viewport in ("", NAMES[viewport])]
    return [
        gap
        for gap in range(len(outline.gaps))
        if all(check is None or check.holds for check in (row.check(gap) for row in here))
    ]


def are_apart(outline, wish, viewport, placement=0):
    rulers = apart_rulers("every", wish.placement[placement], measures_of(outline), viewport)
    return lambda chosen: all(r.holds(a, b) for a, b in pairwise(chosen) for r in rulers)


def all_choices(fit, apart):
    return [
        chosen
        for size in range(len(fit) + 1)
        for chosen in combinations(fit, size)
        if apart(chosen)
    ]


def unhurried_choices(fit, apart):
    """The largest choices that were on the way to the largest of every shorter article, too.

    Wherever the article could end with one slot more than if it ended just before, the slots
    above that place and one at it are as many as any choice could hold. The last slot stands at
    the last such place.
    """
    choices = all_choices(fit, apart)
    most = {end: max(len([g for g in c if g <= end]) for c in choices) for end in fit}
    steps = [g for n, g in enumerate(fit) if most[g] > (most[fit[n - 1]] if n else 0)]
    return [
        chosen
        for chosen in choices
        if len(chosen) == len(steps)
        and chosen[-1:] == tuple(steps[-1:])
        and all(
            (*above, step) in choices and len(above) + 1 == most[step]
            for step in steps
            for above in [tuple(g for g in chosen if g < step)]
        )
    ]


def best_by_force(outline, wish):
    """For each viewport its gaps: the best of all pairs of unhurried choices by the objective.

    Fewest places first; then slot by slot, in the order in which their windows (the gaps where
    the same slot stands in any unhurried choice) end: shared before alone, pause before none,
    evener before less even, earlier before later.
    """
    planning = Planning(outline, wish)
    tracks = []
    for v in range(len(NAMES)):
        fit, apart = fitting(outline, wish, v), are_apart(outline, wish, v)
        choices = unhurried_choices(fit, apart)
        windows = [sorted(set(gaps)) for gaps in zip(*choices, strict=True)]
        starts = [window[0] for window in windows]
        rulers = apart_rulers("every", wish.placement[0], measures_of(outline), v)
        axis = rulers[0].axis if len(rulers) > 1 else measures_of(outline).px[v]
        tracks.append((choices, windows, [*starts[1:], None], axis))

    def cost(pair):
        places = {}
        for v, chosen in enumerate(pair):
            for n, gap in enumerate(chosen):
                places.setdefault(gap, []).append((v, n))
        order = []
        for gap, users in places.items():
            spans = [
                (tracks[v][3], pair[v][n - 1], tracks[v][2][n])
                for v, n in users
                if n > 0 and tracks[v][2][n] is not None
            ]
            ends = min((tracks[v][1][n][-1], v) for v, n in users)
            order.append(
                (ends, (-len(users), not planning.is_pause(gap), unevenness(gap, spans), gap))
            )
        return len(places), [price for _, price in sorted(order)]

    pairs = product(*(choices for choices, *_ in tracks))
    return [list(chosen) for chosen in min(pairs, key=cost)]


@settings(max_examples=300, deadline=None)
@given(few_letters, px, px, st.integers(0, 700), st.integers(0, 700))
def test_the_plan_is_the_best_of_all_by_the_whole_objective(shape, mobile, desktop, top, bottom):
    outline, wish = article(shape), wanted(mobile, desktop, top, bottom)
    plan = plan_for(outline, wish)
    assert [shown_at(plan, name) for name in NAMES] == best_by_force(outline, wish)


@settings(max_examples=150, deadline=None)
@given(few_letters, st.integers(0, 9), st.integers(0, 9))
def test_so_it_is_where_distances_are_counted_in_words_or_blocks(shape, tens, blocks):
    outline = article(shape)
    every = {"mobile": f"{tens * 10} words", "desktop": f"{blocks} blocks"}
    wish = layout(inline(every=every), max_density=1.0)
    plan = plan_for(outline, wish)
    assert [shown_at(plan, name) for name in NAMES] == best_by_force(outline, wish)


@settings(max_examples=300, deadline=None)
@given(letters, px, px, px, px)
def test_each_viewport_gets_as_many_slots_as_its_rules_allow(shape, mobile, desktop, top, bottom):
    outline, wish = article(shape), wanted(mobile, desktop, top, bottom)
    plan = plan_for(outline, wish)
    for v, name in enumerate(NAMES):
        fit, apart = fitting(outline, wish, v), are_apart(outline, wish, v)
        shown = shown_at(plan, name)
        assert set(shown) <= set(fit)
        assert apart(shown)
        assert len(shown) == max(len(chosen) for chosen in all_choices(fit, apart))


@settings(max_examples=200, deadline=None)
@given(few_letters, few_letters, px, px, px)
def test_a_second_placement_gets_as_many_as_the_first_one_s_slots_leave(
    shape, more, mobile, desktop, other
):
    outline = article(shape + more)
    every = {"mobile": f"{mobile}px", "desktop": f"{desktop}px"}
    first = inline(name="first", every=every, max=2, priority=1)
    wish = layout(inline(name="second", every=f"{other}px"), first, max_density=1.0)
    plan = plan_for(outline, wish)
    alone = plan_for(outline, layout(first, max_density=1.0))
    for v, name in enumerate(NAMES):
        own = [s.gap for s in plan.slots if s.placement == "first" and name in s.viewports]
        assert own == shown_at(alone, name)
        fit, apart = fitting(outline, wish, v, 0, own), are_apart(outline, wish, v, 0)
        rest = [s.gap for s in plan.slots if s.placement == "second" and name in s.viewports]
        assert len(rest) == max(len(chosen) for chosen in all_choices(fit, apart))


@settings(max_examples=300, deadline=None)
@given(letters, px, px, px, px, st.integers(0, 900))
def test_a_smaller_distance_never_yields_fewer_slots(shape, mobile, desktop, top, bottom, less):
    outline = article(shape)
    wide = plan_for(outline, wanted(mobile, desktop, top, bottom))
    distances = (max(0, distance - less) for distance in (mobile, desktop, top, bottom))
    narrow = plan_for(outline, wanted(*distances))
    for name in NAMES:
        assert len(shown_at(narrow, name)) >= len(shown_at(wide, name))


@settings(max_examples=500, deadline=None)
@given(
    st.text(alphabet="pppppsshi-", min_size=6, max_size=40),
    st.text(alphabet="ppsshia-", max_size=12),
    st.text(alphabet="ppsshia-", max_size=12),
    st.integers(100, 1500),
    st.integers(100, 1500),
    st.integers(0, 600),
)
def test_an_edit_moves_no_slot_well_above_it(shape, old, new, mobile, desktop, bottom):
    """Well above: between slot and edit come the next slot of each of its viewports, and below
    those, two more slots at every viewport. (In truth most slots are settled far sooner.)"""
    wish = wanted(mobile, desktop, 200, bottom)
    before, after = article(shape + old), article(shape + new)
    plan = plan_for(before, wish)
    then = {slot.gap: slot.viewports for slot in plan_for(after, wish).slots}
    untouched = len(shape) - 1
    for v in range(len(NAMES)):
        fits = set(fitting(before, wish, v)) ^ set(fitting(after, wish, v))
        untouched = min([untouched, *(gap - 1 for gap in fits)])
    for slot in plan.slots:
        nexts = [
            min((g for g in shown_at(plan, name) if g > slot.gap), default=untouched + 1)
            for name in slot.viewports
        ]
        below = [sum(max(nexts) < g <= untouched for g in shown_at(plan, name)) for name in NAMES]
        if all(count >= 2 for count in below):
            assert then.get(slot.gap) == slot.viewports


@settings(max_examples=500, deadline=None)
@given(
    st.text(alphabet="pppppsshi-", min_size=6, max_size=40),
    st.text(alphabet="ppsshia-", max_size=12),
    st.text(alphabet="ppsshia-", max_size=12),
    st.integers(100, 1500),
    st.integers(100, 1500),
)
def test_a_slot_is_settled_where_the_chain_goes_on_below_its_window(
    shape, old, new, mobile, desktop
):
    """The same as far down as can be said: for one viewport alone, and for both together."""
    wish = wanted(mobile, desktop, 200, 0)
    flows = [Planning(article(shape + end), wish) for end in (old, new)]
    before, after = ([*each.flow_of(wish.placement[0]).tracks] for each in flows)
    common = len(shape) - 1
    for one, other in zip(before, after, strict=True):
        differ = set(one.fitting) ^ set(other.fitting)
        common = min([common, *(gap - 1 for gap in differ)])
    pause = flows[0].is_pause

    for one, other in zip(before, after, strict=True):
        (then,), (now,) = chosen_gaps([one], pause), chosen_gaps([other], flows[1].is_pause)
        settled = [
            window.below is not None and window.below <= common for window in windows_of(one)
        ]
        assert now[: sum(settled)] == then[: sum(settled)]

    then, now = chosen_gaps(before, pause), chosen_gaps(after, flows[1].is_pause)
    windows = [windows_of(track) for track in before]
    ends = [[window.below for window in each] for each in windows]
    for v, gaps in enumerate(then):
        for n, gap in enumerate(gaps):
            below = ends[v][n]
            if below is None:
                continue
            # Of each other viewport: the first chain gap below that, which ends its last window
            # that this slot could have to do with.
            others = [
                min((end for end in each if end is not None and end > below), default=None)
                for w, each in enumerate(ends)
                if w != v
            ]
            if below <= common and all(end is not None and end <= common for end in others):
                assert now[v][n] == gap


@settings(max_examples=300, deadline=None)
@given(many_letters, st.integers(100, 1200), st.integers(100, 1200), st.integers(1, 9))
def test_a_limit_cuts_the_last_slots_off_and_moves_none(shape, mobile, desktop, most):
    outline = article(shape)
    plan = plan_for(outline, wanted(mobile, desktop, 0, 0))
    limited = plan_for(outline, wanted(mobile, desktop, 0, 0, max=most))
    for name in NAMES:
        assert shown_at(limited, name) == shown_at(plan, name)[:most]


@settings(max_examples=100, deadline=None)
@given(letters, px, px)
def test_the_same_article_gets_the_same_plan(shape, mobile, desktop):
    wish = wanted(mobile, desktop, 100, 100)
    assert plan_for(article(shape), wish) == plan_for(article(shape), wish)
