"""Shippable or not: what is surely better, and what a guardrail lets pass."""

from __future__ import annotations

import pytest

from adweave.experiments.comparing import Change, Comparison
from adweave.experiments.decision import decide
from adweave.experiments.metrics import METRICS, PRIMARY, Limit, named
from adweave.experiments.statistics import Interval
from adweave.experiments.words import decision_in_words

SCROLL = named(METRICS, "scroll_depth")
SHIFT = named(METRICS, "layout_shift")
assert SCROLL is not None
assert SHIFT is not None
LIMITS = (Limit(SCROLL, 0.02, True), Limit(SHIFT, 0.01, False))


def change(value: float, half: float | None) -> Change:
    interval = None if half is None else Interval(value - half, value + half)
    return Change(value, interval, interval, half is None)


def comparison(metric, value: float, half: float | None, *, absolute: bool = False) -> Comparison:
    one = change(value, half)
    return Comparison(metric, "dense", one, None if absolute else one)


def found(primary: tuple[float, float], scroll: tuple[float, float | None], shift=(0.0, 0.001)):
    return decide(
        "dense",
        [
            comparison(PRIMARY, *primary),
            comparison(SCROLL, *scroll),
            comparison(SHIFT, *shift, absolute=True),
        ],
        PRIMARY,
        LIMITS,
    )


@pytest.mark.parametrize(
    ("primary", "scroll", "shift", "outcome"),
    [
        ((0.041, 0.029), (0.0, 0.01), (0.0, 0.001), "shippable"),
        ((0.041, 0.029), (-0.03, 0.005), (0.0, 0.001), "not shippable"),
        ((0.041, 0.029), (-0.01, 0.02), (0.0, 0.001), "undecided"),
        ((0.041, 0.029), (-0.015, 0.004), (0.0, 0.001), "shippable"),  # less, within the margin
        ((0.041, 0.029), (0.05, 0.01), (0.03, 0.001), "not shippable"),
        ((0.041, 0.029), (0.05, 0.01), (0.0, None), "shippable"),  # all alike: nothing moved
        ((0.041, 0.029), (0.05, 0.01), (0.02, None), "not shippable"),
        ((0.01, 0.029), (0.0, 0.01), (0.0, 0.001), "undecided"),
        ((-0.041, 0.029), (0.0, 0.01), (0.0, 0.001), "not shippable"),
    ],
)
def test_a_variant_ships_only_when_surely_better_and_within_all_margins(
    primary, scroll, shift, outcome
) -> None:
    assert found(primary, scroll, shift).outcome == outcome


def test_a_guardrail_of_which_nothing_is_known_stays_open() -> None:
    decision = decide("dense", [comparison(PRIMARY, 0.1, 0.02)], PRIMARY, LIMITS)
    assert [one.state for one in decision.guarded] == ["open", "open"]
    assert decision.outcome == "undecided"


def test_the_verdict_names_the_gain_and_then_the_cost() -> None:
    assert decision_in_words(found((0.041, 0.029), (-0.03, 0.005)), PRIMARY, "control") == (
        "dense shows 4.1 % more viewable slots per page view than control (1.2 to 7.0; 95 %, "
        "whenever you look), but readers scroll 3.0 % less, past your margin of 2 %: not shippable"
    )


def test_the_verdict_says_what_is_not_ruled_out() -> None:
    said = decision_in_words(found((0.041, 0.029), (-0.01, 0.02)), PRIMARY, "control")
    assert "not yet ruled out: scroll depth past your margin of 2 % (-3.0 to +1.0 %)" in said
    assert said.endswith("not decided yet")


def test_while_the_gain_is_open_only_what_is_broken_is_told_beside_it() -> None:
    said = decision_in_words(found((0.01, 0.029), (-0.01, 0.02)), PRIMARY, "control")
    assert said == (
        "no difference in viewable slots per page view is sure yet: dense is between 1.9 % below "
        "and 3.9 % above control (95 %, whenever you look)"
    )
    said = decision_in_words(found((0.01, 0.029), (-0.03, 0.005)), PRIMARY, "control")
    assert said.endswith(", but readers scroll 3.0 % less, past your margin of 2 %: not shippable")


def test_a_metric_that_should_be_small_is_worse_when_it_grows() -> None:
    bounce = named(METRICS, "bounce")
    assert bounce is not None
    decision = decide("dense", [comparison(bounce, 0.1, 0.02)], bounce, ())
    assert (decision.direction, decision.outcome) == ("worse", "not shippable")
