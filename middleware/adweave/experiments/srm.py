"""Is the split what was configured? A test that may be looked at at any time.

Pure arithmetic on counts. The test is a Bayes factor of "some other split" over "the
configured split", a martingale under the latter: by Ville's inequality it exceeds 1/alpha
at any time whatever with probability alpha at most, so each new visitor may be a look.

Source: Lindon, Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022,
with a Dirichlet prior centred on the configured shares. Ours is the weighted mean over
several priors, wide to narrow, and over what breaks splits most: one variant that loses some
of its units (Wald's likelihood ratio, "Sequential Analysis", 1947). A mean of martingales is one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ALPHA = 0.01
"""At most this share of sound experiments ever raises the alarm."""

PRIORS = ((0.05, 10.0), (0.1, 200.0), (0.1, 2_500.0), (0.05, 20_000.0))
"""Weight and concentration (pseudo-counts) of each prior: one for each scale of faults, from gross
ones within some dozen visitors to a tenth of a point of share at millions."""

LOSSES = ((0.2, 0.009), (0.5, 0.016))
"""Weight, and the share of its own units that one variant loses, whichever it is. They see half a
point of share at 200 000 in 9 runs of 10, where a narrow prior of their weight sees it in 8, and
are later by less than a tenth at losses of 5 % and more."""


@dataclass(frozen=True, slots=True)
class SplitTest:
    """`p_value` is always valid: it never rises, whenever it is looked at.

    `alarm_at` is the index of the first checkpoint with an alarm, None without one.
    """

    counts: tuple[int, ...]
    expected: tuple[float, ...]
    p_value: float
    alpha: float
    alarm_at: int | None

    @property
    def sound(self) -> bool:
        """No alarm so far."""
        return self.alarm_at is None


def log_evidence(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Natural logarithm of the Bayes factor against `shares` (positive, sum 1).

    Infinite where a variant of share 0 has a unit.
    """
    if any(count > 0 and share <= 0 for count, share in zip(counts, shares, strict=True)):
        return math.inf
    pairs = [(count, share) for count, share in zip(counts, shares, strict=True) if share > 0]
    expected = sum(count * math.log(share) for count, share in pairs)
    terms = [
        math.log(weight) + _log_marginal(pairs, concentration) - expected
        for weight, concentration in PRIORS
    ]
    total = sum(counts)
    terms += [
        math.log(weight / len(pairs))
        + count * math.log1p(-loss)
        - total * math.log1p(-share * loss)
        for weight, loss in LOSSES
        for count, share in pairs
    ]
    top = max(terms)
    return top + math.log(sum(math.exp(term - top) for term in terms))


def _log_marginal(pairs: Sequence[tuple[int, float]], concentration: float) -> float:
    """Log probability of the counts' sequence under a Dirichlet-multinomial."""
    total = sum(count for count, _ in pairs)
    rising = sum(
        math.lgamma(concentration * share + count) - math.lgamma(concentration * share)
        for count, share in pairs
    )
    return rising - math.lgamma(concentration + total) + math.lgamma(concentration)


def sequential_test(
    checkpoints: Iterable[Sequence[int]], shares: Sequence[float], alpha: float = ALPHA
) -> SplitTest:
    """Tests cumulative counts in the order of time; the last ones are the present.

    Looking at some times only keeps the error rate and loses a little power. An alarm
    stays: units taken in while the split was broken are still in the counts.
    """
    counts: tuple[int, ...] = (0,) * len(shares)
    highest = 0.0
    alarm_at = None
    for index, row in enumerate(checkpoints):
        counts = tuple(row)
        highest = max(highest, log_evidence(counts, shares))
        if alarm_at is None and highest >= -math.log(alpha):
            alarm_at = index
    return SplitTest(counts, tuple(shares), math.exp(-highest), alpha, alarm_at)
