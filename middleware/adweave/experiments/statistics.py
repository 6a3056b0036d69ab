"""Estimates and intervals from per-variant sums.

Pure arithmetic on sufficient statistics: knows nothing of events, files or words. Each
metric is a ratio of two per-unit counts (viewable slots over rendered slots, page views
over visitors); a unit is what was randomised, so units, and not page views or slots, are
what the variances count.

Where a covariate from before the experiment is known, the part of the difference that it
predicts is taken out (CUPED); it can't be caused by the layouts.

Two intervals stand beside each other. The fixed-horizon one holds for a look at one time
that was set before the start. The always-valid one holds at all times at once, so that
looking daily and stopping when one likes is safe; it is wider for that. Both are
large-sample statements, and take units as they are by now: one that returns later grows,
alike in each variant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

TIGHTEST_AT = 10_000
"""Units at which the always-valid interval is tuned to be narrowest: 3.0 standard errors, against
3.9 at 1 000 units, 3.2 at 100 000 and 1.96 for the fixed horizon. Set beforehand: chosen by the
data, the interval would no longer be valid."""

MIN_UNITS = 100
"""Units a variant must have before intervals are given: all are large-sample statements."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What a ratio needs to be known of one variant: over its units, y above and x below.

    `c` is the covariate: what y was before the experiment, 0 throughout where nothing is known.
    """

    n: int
    y: float
    x: float
    yy: float
    xx: float
    xy: float
    c: float = 0.0
    cc: float = 0.0
    cy: float = 0.0
    cx: float = 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value, the variance of its sampling error, and the number of units behind it."""

    value: float
    variance: float
    n: int


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends, in the estimate's own measure."""

    low: float
    high: float


def ratio(sums: Sums) -> Estimate | None:
    """Sum of y over sum of x, its variance clustered by unit; None where x is 0 throughout.

    One unit alone has variance 0, which callers take as not known.

    Delta method: var = sum (y - R x)^2 / (n (n - 1) xbar^2). Source: Deng, Knoblich, Lu,
    "Applying the delta method in metric analytics", KDD 2018, section 3.
    """
    if sums.x == 0:
        return None
    value = sums.y / sums.x
    if sums.n < 2:
        return Estimate(value, 0.0, sums.n)
    residual = sums.yy - 2 * value * sums.xy + value * value * sums.xx
    mean = sums.x / sums.n
    return Estimate(value, max(residual, 0.0) / (sums.n * (sums.n - 1) * mean * mean), sums.n)


def adjusted(arms: Sequence[Sums]) -> list[Estimate | None]:
    """The ratios of all variants, less what their covariates predict.

    R_arm - theta (mean c of arm - mean c of all) / mean x of arm, with theta the least-squares
    slope, within variants, of the ratio's influence y - R x on c: one for all variants, so that
    equal layouts stay equal. Variances are those of the residuals. Source: Deng, Xu, Kohavi,
    Walker, "Improving the sensitivity of online controlled experiments by utilizing
    pre-experiment data", WSDM 2013, sections 3.2 and 3.3; for ratios its appendix B. That
    regression-adjusted influence functions keep the sequences below valid: Waudby-Smith et al.,
    section 3. The mean of c over all variants is the same constant in each, so its own error
    cancels in differences.
    """
    plain = [ratio(arm) for arm in arms]
    spread = sum(_about(arm.cc, arm.c, arm.c, arm.n) for arm in arms if arm.n)
    total = sum(arm.n for arm in arms)
    if spread <= 0:
        return plain
    theta = sum(_influence_slope(arm, one) for arm, one in zip(arms, plain, strict=True)) / spread
    everywhere = sum(arm.c for arm in arms) / total
    return [
        None if one is None else _less_predicted(arm, one, theta, everywhere)
        for arm, one in zip(arms, plain, strict=True)
    ]


def _about(products: float, a: float, b: float, n: int) -> float:
    """Sum of products about the means."""
    return products - a * b / n


def _influence_slope(arm: Sums, plain: Estimate | None) -> float:
    if plain is None:
        return 0.0
    with_y = _about(arm.cy, arm.c, arm.y, arm.n)
    return with_y - plain.value * _about(arm.cx, arm.c, arm.x, arm.n)


def _less_predicted(arm: Sums, plain: Estimate, theta: float, everywhere: float) -> Estimate:
    mean = arm.x / arm.n
    value = plain.value - theta * (arm.c / arm.n - everywhere) / mean
    if arm.n < 2:
        return Estimate(value, 0.0, arm.n)
    explained = 2 * theta * _influence_slope(arm, plain)
    explained -= theta * theta * _about(arm.cc, arm.c, arm.c, arm.n)
    variance = plain.variance - explained / (arm.n * (arm.n - 1) * mean * mean)
    return Estimate(value, max(variance, 0.0), arm.n)


def difference(variant: Estimate, control: Estimate) -> Estimate:
    """Variant less control; the groups are independent, so variances add."""
    return Estimate(
        variant.value - control.value,
        variant.variance + control.variance,
        variant.n + control.n,
    )


def relative_difference(variant: Estimate, control: Estimate) -> Estimate | None:
    """(variant - control) / control; None where the control is 0 or below.

    The variance is the delta method's for the quotient of two independent estimates; same source
    as `ratio`. No interval should be made of it: see `relative_bounds`.
    """
    if control.value <= 0:
        return None
    quotient = variant.value / control.value
    variance = (variant.variance + quotient * quotient * control.variance) / control.value**2
    return Estimate(quotient - 1, variance, variant.n + control.n)


def relative_bounds(variant: Estimate, control: Estimate, errors: float) -> Interval:
    """All relative changes that lie within so many standard errors of what was seen.

    A change r is among them where variant - (1 + r) control is within `errors` of its standard
    errors of 0. So the interval leaves 0 out exactly where that of the difference does, and the
    change may be looked at whenever that may. The delta method's interval would not do: where an
    event is rare, its error shrinks with the variant's count, and one experiment of nothing in
    eight is called surely worse at some look.

    Where the control itself is not surely above 0 there is no upper end: it is infinite. Both are
    where the variant is surely above a control of 0. For quantities that are not negative.
    Source: Fieller, "Some problems in interval estimation", Journal of the Royal Statistical
    Society B 1954.
    """
    v, c = variant.value, control.value
    if c < 0:
        return Interval(-math.inf, math.inf)
    if not (v or c or variant.variance or control.variance):
        return Interval(0.0, 0.0)
    above = c * c - errors * errors * control.variance
    sure = v * v - errors * errors * variant.variance
    root = math.sqrt(max(v * v * c * c - above * sure, 0.0))
    if above > 0:
        return Interval((v * c - root) / above - 1, (v * c + root) / above - 1)
    if v <= 0 or sure <= 0:
        return Interval(-1.0 if v >= 0 else -math.inf, math.inf)
    if above < 0:
        return Interval((v * c - root) / above - 1, math.inf)
    return Interval(sure / (2 * v * c) - 1 if c else math.inf, math.inf)


def fixed_interval(estimate: Estimate, alpha: float = 0.05) -> Interval:
    """The normal interval of level 1 - `alpha`, for one look at a time set beforehand."""
    return _around(estimate, fixed_errors(alpha))


def fixed_errors(alpha: float = 0.05) -> float:
    """How many standard errors wide, to each side, the fixed interval is."""
    return NormalDist().inv_cdf(1 - alpha / 2)


def always_valid_interval(
    estimate: Estimate, alpha: float = 0.05, tightest_at: int = TIGHTEST_AT
) -> Interval:
    """The asymptotic confidence sequence of level 1 - `alpha` at this number of units.

    Half-width: standard error x `boundary`. It is Robbins' normal mixture for the estimate's
    influence function, n units in all. Source: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas,
    "Time-uniform central limit theory and asymptotic confidence sequences", Annals of
    Statistics 2024 (first 2021), theorem 2.2; the mixture itself is in Howard, Ramdas,
    McAuliffe, Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", 2021.
    """
    return _around(estimate, boundary(estimate.n, alpha, tightest_at))


def boundary(n: int, alpha: float = 0.05, tightest_at: int = TIGHTEST_AT) -> float:
    """How many standard errors wide, to each side, the sequence is at `n` units.

    sqrt(2 (n r^2 + 1) / (n r^2) log(sqrt(n r^2 + 1) / alpha)) with
    r^2 = (log(1 - 2 log alpha) - 2 log alpha) / `tightest_at`, from the appendix of the same.
    """
    scaled = n * _tuning(alpha) / tightest_at
    return math.sqrt(2 * (scaled + 1) / scaled * (0.5 * math.log1p(scaled) - math.log(alpha)))


def always_valid_p(estimate: Estimate, tightest_at: int = TIGHTEST_AT) -> float:
    """The chance, at any time whatever, of a value as far from 0 as this where 0 is true.

    The reciprocal of the mixture's e-value, exp(z^2 m / (2 (m + 1))) / sqrt(m + 1) with
    m = n r^2: the intervals above turned round, r tuned for 95 %. Source: as there; Ville's
    inequality makes the reciprocal a p-value. 1 where there is no variance.
    """
    if estimate.variance <= 0:
        return 1.0
    scaled = estimate.n * _tuning(0.05) / tightest_at
    z_2 = estimate.value**2 / estimate.variance
    log_e = z_2 * scaled / (2 * (scaled + 1)) - 0.5 * math.log1p(scaled)
    return min(1.0, math.exp(-log_e))


def holm(p_values: Sequence[float]) -> list[float]:
    """Each p-value adjusted for its company: below alpha, it stands at family-wise level alpha.

    Holm's step-down; needs nothing of how the metrics hang together, and here they do in every
    way (a fill less is a no-fill more), which Benjamini and Hochberg's procedure does not bear.
    Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
    of Statistics 1979.
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    found = [1.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - rank)))
        found[index] = highest
    return found


def _tuning(alpha: float) -> float:
    spread = -2 * math.log(alpha)
    return math.log1p(spread) + spread


def _around(estimate: Estimate, errors: float) -> Interval:
    half = errors * math.sqrt(estimate.variance)
    return Interval(estimate.value - half, estimate.value + half)
