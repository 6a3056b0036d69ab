"""Sizes: against the textbook, against each other, and against made-up experiments."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from adweave.experiments.planning import POWER, detectable, needed
from adweave.experiments.statistics import Estimate, always_valid_interval


def test_a_fixed_size_is_the_textbooks() -> None:
    """van Belle's rule of thumb, 16 / (effect / noise)^2 in each group, is this rounded up."""
    normal = NormalDist()
    by_hand = 4 * (normal.inv_cdf(0.975) + normal.inv_cdf(POWER)) ** 2 / 0.1**2
    assert needed(1.0, 0.1, always_valid=False) == math.ceil(by_hand * 1.1**2)
    assert by_hand / 2 == pytest.approx(16 / 0.1**2, rel=0.02)


@pytest.mark.parametrize("always_valid", [True, False])
@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.8, 0.2), (0.4, 0.3)])
def test_what_is_needed_is_where_the_effect_becomes_detectable(always_valid, shares) -> None:
    size = needed(2.0, 0.05, always_valid=always_valid, shares=shares)
    assert size is not None
    kept = {"always_valid": always_valid, "shares": shares}
    assert detectable(2.0, size, **kept) <= 0.05 < detectable(2.0, size - 2, **kept)


def test_with_a_handful_of_units_nothing_can_be_told() -> None:
    assert detectable(2.0, 4) == math.inf


def test_looking_at_any_time_costs_units() -> None:
    fixed, anytime = (needed(1.0, 0.05, always_valid=each) for each in (False, True))
    assert fixed is not None
    assert anytime is not None
    assert 1.3 * fixed < anytime < 2.5 * fixed


def test_the_planned_size_has_the_power_that_it_promises() -> None:
    """5 000 made-up experiments, looked at once at the planned size."""
    size = needed(1.0, 0.05)
    assert size is not None
    rng = np.random.default_rng(3)
    variance = 4 * 1.05**2 / size
    drawn = rng.normal(0.05, math.sqrt(variance), 5_000)
    seen = [always_valid_interval(Estimate(float(one), variance, size)).low > 0 for one in drawn]
    assert np.mean(seen) == pytest.approx(POWER, abs=0.03)
