"""How many units it takes, and what can be seen with those there are.

Pure arithmetic. A change is *relative* to the control; `noise` is the standard deviation of one
unit's influence on the metric, relative to the metric: the standard error of the difference
between equal groups of n units in all is 2 noise / sqrt(n) of the control where nothing changes.
A variant that makes more of all that its units do has (1 + effect) times the control's error.

Source of the fixed-horizon size: any text, such as van Belle, "Statistical rules of thumb",
chapter 2: n = 4 noise^2 (z_alpha + z_power)^2 / effect^2, here with the errors at the effect. For
the always-valid interval z_alpha is its boundary at n, so n is found by search: the size at
which one look sees the change with that power. Looks before it can only end the experiment
sooner. Simulations hold these to within 3 points of power.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from adweave.experiments.statistics import TIGHTEST_AT, boundary

POWER = 0.8
"""The usual convention (Cohen 1988): four real changes of five are seen."""

MOST_UNITS = 10**12


def detectable(
    noise: float,
    units: float,
    *,
    alpha: float = 0.05,
    always_valid: bool = True,
    tightest_at: int = TIGHTEST_AT,
    shares: tuple[float, float] = (0.5, 0.5),
) -> float:
    """The smallest relative change seen with `POWER` when `units` are in, all variants together.

    `shares` are those of the control and of the variant compared with it. Infinite with so few
    units that no change can be told.
    """
    compared = max(units * sum(shares), 1.0)
    z = (
        boundary(max(2, round(compared)), alpha, tightest_at)
        if always_valid
        else NormalDist().inv_cdf(1 - alpha / 2)
    )
    # effect^2 = of_control + (1 + effect)^2 of_variant, solved for the effect.
    of_control, of_variant = (
        ((z + NormalDist().inv_cdf(POWER)) * noise) ** 2 / (share * max(units, 1.0))
        for share in shares
    )
    if of_variant >= 1:
        return math.inf
    root = math.sqrt(of_variant + of_control * (1 - of_variant))
    return (of_variant + root) / (1 - of_variant)


def needed(
    noise: float,
    effect: float,
    *,
    alpha: float = 0.05,
    always_valid: bool = True,
    tightest_at: int = TIGHTEST_AT,
    shares: tuple[float, float] = (0.5, 0.5),
) -> int | None:
    """Units, all variants together, at which `effect` is seen with `POWER`; None: never.

    `effect` is a relative change above 0.
    """

    def is_enough(units: int) -> bool:
        seen = detectable(
            noise, units, alpha=alpha, always_valid=always_valid,
            tightest_at=tightest_at, shares=shares,
        )  # fmt: skip
        return seen <= effect

    if not is_enough(MOST_UNITS):
        return None
    low, high = 1, MOST_UNITS
    while low < high:
        middle = (low + high) // 2
        if is_enough(middle):
            high = middle
        else:
            low = middle + 1
    return low
