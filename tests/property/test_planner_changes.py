"""What the planner says would turn a gap, tried: it does, and nothing smaller of its kind."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from adweave.layout import changes_for, plan_for
from adweave.page import VIEWPORTS
from adweave.placements import Distance
from tests.articles import article, inline, layout

letters = st.text(alphabet="pppppsshiea-", min_size=2, max_size=8)
px = st.integers(0, 1500)
NAMES = tuple(viewport.name for viewport in VIEWPORTS)


def taken(outline, wish):
    return {(slot.placement, slot.gap) for slot in plan_for(outline, wish).slots}


def with_value(wish, change, value):
    """The layout with the number that a change is about set to `value` instead."""
    if change.key in ("max", "min", "n"):
        value = int(value)
    owner = wish.placement_named(change.placement) if change.placement else wish
    old = getattr(owner, change.key)
    if change.viewport:
        distance = getattr(change.layout.placement_named(change.placement) or change.layout,
                           change.key).for_viewport(change.viewport)  # fmt: skip
        new = Distance(value, distance.unit) if isinstance(distance, Distance) else value
        base = old if old is not None else getattr(
            change.layout.placement_named(change.placement), change.key
        ).of(Distance(0, distance.unit))  # fmt: skip
        new = base.model_copy(update={change.viewport: new})
    else:
        new = Distance(value, old.unit) if isinstance(old, Distance) else value
    if not change.placement:
        return wish.model_copy(update={change.key: new})
    placements = tuple(
        p.model_copy(update={change.key: new}) if p.name == change.placement else p
        for p in wish.placement
    )
    return wish.model_copy(update={"placement": placements})


def number(text):
    """The number at the beginning of "690px", "0.4" or "6 blocks"."""
    return float(text.split(" ")[0].removesuffix("px")) if text is not None else 0.0


def values_between(change, step):
    """Every value from the one in force to the one proposed, both left out; at most 8 of them."""
    old, new = number(change.old), number(change.new)
    toward = step if new > old else -step
    count = round(abs(new - old) / step) - 1
    nearest_to_new = [round(new - toward * n, 6) for n in range(1, min(count, 4) + 1)]
    nearest_to_old = [round(old + toward * n, 6) for n in range(1, min(count, 4) + 1)]
    return [*nearest_to_new, *nearest_to_old]


def assert_each_change_is_the_smallest(outline, wish):
    now = taken(outline, wish)
    changes = changes_for(outline, wish)
    for place, change in changes.items():
        assert change.puts == (place not in now)
        new = with_value(wish, change, number(change.new))
        assert taken(outline, new) == taken(outline, change.layout)
        assert (place in taken(outline, new)) == change.puts
        step = 0.01 if change.key == "max_density" or "screens" in change.new else 1
        for value in values_between(change, step):
            assert (place in taken(outline, with_value(wish, change, value))) != change.puts
    return changes


@settings(max_examples=15, deadline=None)
@given(letters, px, px, st.integers(0, 600), st.integers(0, 600), st.integers(1, 4))
def test_a_change_turns_its_gap_and_a_smaller_one_of_that_key_does_not(
    shape, mobile, desktop, top, bottom, most
):
    every = {"mobile": f"{mobile}px", "desktop": f"{desktop}px"}
    wish = layout(
        inline(every=every, max=most, first="150px"),
        from_top=f"{top}px",
        from_bottom=f"{bottom}px",
        above_image="200px",
        max_density=0.3,
    )
    assert_each_change_is_the_smallest(article(shape), wish)


@settings(max_examples=12, deadline=None)
@given(letters, st.integers(1, 30), st.integers(1, 4), st.integers(5, 30))
def test_changes_are_told_in_the_unit_that_the_layout_is_written_in(shape, tens, blocks, tenths):
    teaser = {"kind": "nth", "name": "teaser", "n": 2, "sizes": [[300, 50]], "fill": ["house"]}
    wish = layout(
        inline(
            every={"mobile": f"{tens * 10} words", "desktop": f"{blocks} blocks"},
            last=f"{tenths / 10} screens",
            max=2,
        ),
        teaser,
    )
    changes = assert_each_change_is_the_smallest(article(shape), wish)
    for change in changes.values():
        if change.key == "every":
            assert change.new.endswith({"mobile": "words", "desktop": "blocks"}[change.viewport])
        if change.key == "last":
            assert change.new.endswith("screens")


@settings(max_examples=15, deadline=None)
@given(letters, px)
def test_of_all_single_changes_of_every_none_is_smaller_than_the_one_that_is_told(shape, every):
    """By force: every whole number of px in between, at either viewport."""
    outline, wish = article(shape), layout(inline(every=f"{every}px"))
    now, changes = taken(outline, wish), changes_for(outline, wish)
    for place in {("inline", gap) for gap in range(len(outline.gaps))}:
        change = changes.get(place)
        reach = change.share if change is not None else 0.2
        for name in NAMES:
            for value in range(max(50, int(every * (1 - reach)) + 1), every):
                if (every - value) / every >= reach - 1e-9 or (every - value) > 40:
                    continue
                distances = wish.placement[0].every.model_copy(update={name: Distance(value, "px")})
                inlined = wish.placement[0].model_copy(update={"every": distances})
                tried = wish.model_copy(update={"placement": (inlined,)})
                assert (place in taken(outline, tried)) == (place in now)
