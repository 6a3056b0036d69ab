"""The statistics keep their promises: 2 000 made-up experiments with a look a day.

Bounds are the promises themselves; where a share is estimated, plus three standard errors.
"""

from __future__ import annotations

import functools
import math

import pytest
from click.testing import CliRunner

from tests.bench.experiments import (
    Looked,
    World,
    alarms,
    experiments,
    main,
    missed_ends,
    one_look_power,
    power,
    rates,
    world_noise,
    wrongly_kept,
)

RUNS = 2_000
UNITS = 5_600


@functools.cache
def null() -> list[Looked]:
    return experiments(World(UNITS), RUNS, 1)


def error(share: float, runs: int = RUNS) -> float:
    return 3 * math.sqrt(share * (1 - share) / runs)


@pytest.mark.parametrize("which", ["plain", "adjusted"])
def test_at_most_five_of_a_hundred_tests_of_nothing_are_called_different(which: str) -> None:
    plain = [one.plain for one in null()]
    found = rates([getattr(one, which) for one in null()], plain)
    assert found.peeking_always <= 0.05
    assert found.last_always >= 0.95
    assert found.last_fixed >= 0.95 - error(0.05)


def test_looking_daily_at_fixed_intervals_fools_many_times_as_often() -> None:
    plain = [one.plain for one in null()]
    assert rates(plain, plain).peeking_fixed > 0.15


def test_earlier_visits_make_the_intervals_narrower() -> None:
    plain = [one.plain for one in null()]
    adjusted = [one.adjusted for one in null()]
    assert rates(adjusted, plain).width < 0.95 * rates(plain, plain).width


@pytest.mark.parametrize("always_valid", [True, False])
def test_power_is_within_three_points_of_theory(always_valid: bool) -> None:
    """At the look that was planned; an earlier look at an always-valid interval finds more."""
    seen = power(14_000, 1_000, world_noise(), 2, always_valid=always_valid)
    assert seen.one_look == pytest.approx(seen.theory, abs=0.03 + error(0.8, 1_000) / 3)
    assert seen.any_look >= seen.one_look


def test_harm_as_large_as_the_margin_is_seldom_called_kept() -> None:
    assert wrongly_kept(UNITS, 500, 0.1, 4) <= 0.025


def test_a_sound_split_cries_in_one_run_of_a_hundred_at_most() -> None:
    assert alarms((0.5, 0.5), 200_000, 300, 5) <= 0.01


def test_no_test_sees_a_hundredth_of_one_variant_lost_among_200_000() -> None:
    """Not ours, and not the best one that looks once: which is why last reports are watched,
    where a loss of the same size shows at once."""
    shares = (1 / 1.99, 0.99 / 1.99)
    assert one_look_power(shares, 200_000) == pytest.approx(0.37, abs=0.01)
    assert 0.05 < alarms(shares, 200_000, 200, 6) < 0.37
    assert missed_ends(200_000, 0.01, 50, 7) == 1.0


def test_a_hundredth_of_all_lost_from_one_variant_is_caught_among_200_000() -> None:
    assert alarms((0.505, 0.495), 200_000, 200, 8) > 0.8


def test_the_tables_are_printed() -> None:
    result = CliRunner().invoke(main, ["--runs", "40"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "| called different at some look | at most 5 % |" in result.output
