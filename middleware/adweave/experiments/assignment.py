"""Who gets which variant: the same buckets as GrowthBook's SDKs.

Pure functions of their arguments: no clock, no randomness, no I/O, nothing of HTTP or of
pages. The browser's head script does the same sums from `client_terms`, so what is
computed here for a unit is what that unit's reader sees.

Theory of operation: seed and unit are hashed to a number in [0, 1); each variant owns a
half-open range of those numbers; a number in no range is not in the experiment. Ranges
start where the weights put them and are cut short by the traffic share, so raising the
traffic lets units in and never moves one from a variant to another. A ramp is the same at
several times: pages carry all of its steps, and the reader's clock says which holds, so that
no page in a cache is ever of the wrong step. Before all that, a unit must pass the gates:
other hashes of it, which keep it out of all experiments (the holdout) or of this one (its
namespace), whatever its variant would be.

Source of every rule: GrowthBook, "Build your own SDK", specification 0.7.1, whose
published cases are this module's tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from adweave.placements import Experiment, Settings

Range = tuple[float, float]
"""A half-open interval of hash values, [from, to)."""

Gate = tuple[str, int, float, float]
"""Seed, hash version, from, to: a unit whose hash is outside [from, to) takes no part."""

HOLDOUT_SEED: Final = "adweave-holdout"
"""One for all experiments and sites: who is held out of one is held out of all."""

FNV_OFFSET_BASIS = 0x811C9DC5
FNV_PRIME = 0x01000193
UINT32_MASK = 0xFFFFFFFF

WEIGHT_SUM_TOLERANCE = 0.01
"""Weights whose sum is further than this from 1 are replaced by equal ones (GrowthBook)."""


def fnv1a_32(text: str) -> int:
    """FNV-1a, 32 bits, over UTF-16 code units (`charCodeAt`), as in a browser.

    Source: Fowler, Noll, Vo; RFC 9923. For ASCII, and units of ours are hexadecimal, this
    equals the hash over bytes.
    """
    value = FNV_OFFSET_BASIS
    encoded = text.encode("utf-16-le", "surrogatepass")
    for low, high in zip(encoded[::2], encoded[1::2], strict=True):
        value = ((value ^ (low | high << 8)) * FNV_PRIME) & UINT32_MASK
    return value


def _hash_v1(seed: str, value: str) -> float:
    return fnv1a_32(value + seed) % 1000 / 1000


def _hash_v2(seed: str, value: str) -> float:
    return fnv1a_32(str(fnv1a_32(seed + value))) % 10000 / 10000


_HASHES: dict[int, Callable[[str, str], float]] = {1: _hash_v1, 2: _hash_v2}


def hash_unit(seed: str, value: str, version: int) -> float | None:
    """The unit's place in [0, 1); None where the version is unknown.

    Version 1 has steps of 1/1000 and a bias between experiments of like seeds; version 2
    has steps of 1/10000 and hashes twice against it (GrowthBook, `hash`).
    """
    hashed = _HASHES.get(version)
    return hashed(seed, value) if hashed else None


def equal_weights(count: int) -> list[float]:
    """`count` shares that sum to 1; none where `count` is below 1."""
    return [1 / count] * count if count > 0 else []


def bucket_ranges(
    count: int, coverage: float = 1.0, weights: Sequence[float] | None = None
) -> list[Range]:
    """The range of each of `count` variants.

    `coverage` is clamped to [0, 1]. Weights that are absent, of another number, or whose
    sum is off 1 by more than `WEIGHT_SUM_TOLERANCE` are replaced by equal ones: what
    GrowthBook does. Those of an `Experiment` sum to 1.
    """
    coverage = min(max(coverage, 0.0), 1.0)
    shares = equal_weights(count) if weights is None else list(weights)
    if len(shares) != count or abs(sum(shares) - 1) > WEIGHT_SUM_TOLERANCE:
        shares = equal_weights(count)
    ranges: list[Range] = []
    start = 0.0
    for share in shares:
        ranges.append((start, start + coverage * share))
        start += share
    return ranges


def choose_variant(place: float, ranges: Sequence[Range]) -> int | None:
    """Index of the first range that holds `place`; None where none does."""
    for index, (low, high) in enumerate(ranges):
        if low <= place < high:
            return index
    return None


def client_ranges(experiment: Experiment) -> list[list[float]]:
    """`[from, to]` of each variant in order: what the browser's head script is given.

    It hashes the unit with the experiment's seed and hash version and takes the first
    range with `from <= place < to`. With a ramp, these hold before its first step.
    """
    return [[low, high] for low, high in _ranges(experiment, _first_traffic(experiment))]


def client_terms(experiment: Experiment, settings: Settings) -> dict[str, object]:
    """What besides the ranges the browser is told of who takes part, where there is any.

    `gates` as `gates_of`; `ramp`: the ranges that hold from a time on, in ms since 1970.
    """
    terms: dict[str, object] = {}
    gates = gates_of(experiment, settings)
    if gates:
        terms["gates"] = gates
    if experiment.ramp:
        terms["ramp"] = [
            [round(step.since_s(settings.time_zone) * 1000), _ranges(experiment, step.traffic)]
            for step in experiment.ramp
        ]
    return terms


def gates_of(experiment: Experiment, settings: Settings) -> list[Gate]:
    """What a unit must pass: the site's holdout, and the experiment's namespace.

    A namespace's hash is GrowthBook's (`inNamespace`: always version 1, seed "__" and the name): of
    experiments with one name, those with disjoint parts exclude each other. The holdout's is
    version 2, which is independent of all others whatever their seeds.
    """
    gates: list[Gate] = []
    if settings.experiments.holdout:
        gates.append((HOLDOUT_SEED, 2, settings.experiments.holdout, 1.0))
    if experiment.namespace is not None:
        gates.append((f"__{experiment.namespace.name}", 1, *experiment.namespace.range))
    return gates


def traffic_at(experiment: Experiment, settings: Settings, now_s: float) -> float:
    """The share of readers who take part at a time, in seconds since 1970; gates not counted."""
    reached = [step for step in experiment.ramp if step.since_s(settings.time_zone) <= now_s]
    return reached[-1].traffic if reached else _first_traffic(experiment)


def share_taking_part(experiment: Experiment, settings: Settings) -> float:
    """The share of readers who take part in the end: the last traffic, and all gates passed."""
    share = traffic_at(experiment, settings, math.inf)
    for _, _, low, high in gates_of(experiment, settings):
        share *= high - low
    return share


def expected_shares(experiment: Experiment) -> list[float]:
    """The share of the experiment's units that each variant is meant to get; sums to 1.

    From the ranges, not from the weights: these may have been replaced. The traffic, a ramp and
    gates make all ranges narrower alike, and so change no share.
    """
    widths = [high - low for low, high in _ranges(experiment, 1.0)]
    total = math.fsum(widths)
    return [width / total for width in widths]


def assign(
    experiment: Experiment, unit: str, settings: Settings | None = None, now_s: float = math.inf
) -> int | None:
    """Index of the variant that `unit` gets; None: it is not in the experiment.

    `settings` are the site's, for holdout and time zone. `now_s` is in seconds since 1970; without
    it, a ramp's last step holds. An empty unit is in no experiment (GrowthBook skips an empty hash
    attribute). The experiment's status is not looked at: that is the caller's decision.
    """
    if not unit:
        return None
    site = settings or _unset()
    for seed, version, low, high in gates_of(experiment, site):
        place = hash_unit(seed, unit, version)
        if place is None or not low <= place < high:
            return None
    place = hash_unit(experiment.seed, unit, experiment.hash_version)
    if place is None:
        return None
    return choose_variant(place, _ranges(experiment, traffic_at(experiment, site, now_s)))


@lru_cache(maxsize=1)
def _unset() -> Settings:
    return Settings()


def _first_traffic(experiment: Experiment) -> float:
    return 0.0 if experiment.ramp else experiment.traffic


def _ranges(experiment: Experiment, coverage: float) -> list[Range]:
    return bucket_ranges(len(experiment.variants), coverage, experiment.weights)
