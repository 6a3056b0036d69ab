"""Shippable or not: what is surely better, and what a guardrail lets pass."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from adweave.events import Event
from adweave.experiments import report_on, verdict
from adweave.experiments.comparing import Change, Comparison
from adweave.experiments.decision import decide
from adweave.experiments.metrics import METRICS, PRIMARY, Limit, named
from adweave.experiments.statistics import Interval
from adweave.experiments.words import decision_in_words
from adweave.placements import Guardrail

from .test_report import SLOT, crowd, experiment, page_view, segment

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
    bounds = one.always_valid or Interval(value, value)
    return Comparison(metric, "dense", one, None if absolute else one, bounds=bounds)


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


def test_a_guardrail_that_page_views_cannot_tell_stays_open_among_them(tmp_path: Path) -> None:
    """Page views have no bounces: what their section cannot show to be kept must not ship."""
    events = crowd(random.Random(1), 4_000, {"control": 0.3, "dense": 0.6}, unit="view")
    asked = experiment().model_copy(update={"guardrail": (Guardrail(metric="bounce", margin=0.1),)})
    (section,) = report_on([segment(tmp_path, events)], asked).sections
    (decision,) = section.decisions
    assert decision.direction == "better"
    assert [one.state for one in decision.guarded] == ["open"]
    assert decision.outcome == "undecided"


def beside(control: float, dense: float, count: int = 2_000) -> Iterator[Event]:
    """Visitors, such a share of whom meets an error; nothing else differs."""
    for number in range(count):
        arm = number % 2
        is_hit = number // 2 < (control, dense)[arm] * count / 2
        kinds = (*SLOT, "error") if is_hit else SLOT
        yield from page_view(f"{number:032x}", ("control", "dense")[arm], *kinds)


@pytest.mark.parametrize(
    ("control", "dense", "state"),
    [
        (0.001, 0.0, "open"),  # one error of a thousand is not surely more than none
        (0.0, 0.001, "open"),
        (0.05, 0.0, "kept"),
        (0.0, 0.05, "broken"),  # no error before: any for sure is past 10 % of none
        (0.0, 0.0, "kept"),
    ],
)
def test_beside_nothing_at_all_a_guardrail_asks_for_any_sure_difference(
    tmp_path: Path, control: float, dense: float, state: str
) -> None:
    limit = Guardrail(metric="loader_errors", margin=0.1)
    asked = experiment().model_copy(update={"guardrail": (limit,)})
    report = report_on([segment(tmp_path, beside(control, dense))], asked)
    (decision,) = report.sections[0].decisions
    assert [one.state for one in decision.guarded] == [state]


def test_a_change_from_nothing_is_told_in_the_metrics_own_measure(tmp_path: Path) -> None:
    """Slots where there were none are no per cent of anything."""
    events = crowd(random.Random(2), 2_000, {"control": 0.0, "dense": 0.5})
    said = verdict(report_on([segment(tmp_path, events)], experiment()))
    found = re.search(
        r"dense is (\S+) above control in viewable slots per page view \((\S+) to (\S+); 95 %", said
    )
    assert found is not None, said
    value, low, high = map(float, found.groups())
    assert value == pytest.approx(1.5, abs=0.1)
    assert low < value < high
    events = crowd(random.Random(2), 2_000, {"control": 0.5, "dense": 0.0})
    said = verdict(report_on([segment(tmp_path, events)], experiment()))
    assert "not shippable" in said
    assert re.search(r"dense is 1\.\d\d below control in viewable slots per page view", said)


def test_margins_are_told_in_the_measure_of_the_values_beside_them() -> None:
    for key, margin, told in (
        ("scroll_depth", 0.02, "2 points"),
        ("loader_errors", 0.001, "1"),
        ("layout_shift", 0.01, "0.01"),
    ):
        metric = named(METRICS, key)
        assert metric is not None
        assert Limit(metric, margin, relative=False).in_words() == told
        assert Limit(metric, 0.02, relative=True).in_words() == "2 %"
