"""Who gets which variant: the same buckets as GrowthBook's SDKs.

Pure functions of their arguments: no clock, no randomness, no I/O, nothing of HTTP or of
pages. The browser's head script does the same sums from `client_ranges`, so what is
computed here for a unit is what that unit's reader sees.

Theory of operation: seed and unit are hashed to a number in [0, 1); each variant owns a
half-open range of those numbers; a number in no range is not in the experiment. Ranges
start where the weights put them and are cut short by the traffic share, so raising the
traffic lets units in and never moves one from a variant to another.

Source of every rule: GrowthBook, "Build your own SDK", specification 0.7.1, whose
published cases are this module's tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from adweave.placements import Experiment

Range = tuple[float, float]
"""A half-open interval of hash values, [from, to)."""

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
    GrowthBook does; our loader warns of such a file before it gets here.
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


def in_namespace(unit: str, namespace: tuple[str, float, float]) -> bool:
    """Whether the unit falls in the namespace's part [from, to).

    Experiments that share a namespace's name and have disjoint parts exclude each other
    (GrowthBook, `inNamespace`: always hash version 1, seed "__" and the name).
    """
    name, low, high = namespace
    return low <= _hash_v1(f"__{name}", unit) < high


def query_override(experiment: str, url: str, count: int) -> int | None:
    """The variant's index forced by `?EXPERIMENT=INDEX` in the URL; None where none is.

    Only a plain decimal index below `count` forces anything (GrowthBook,
    `getQueryStringOverride`).
    """
    for pair in urlsplit(url).query.split("&"):
        key, _, value = pair.partition("=")
        if key == experiment:
            plain = value.isascii() and value.isdigit() and len(value) < 6
            return int(value) if plain and int(value) < count else None
    return None


def client_ranges(experiment: Experiment) -> list[list[float]]:
    """`[from, to]` of each variant in order: what the browser's head script is given.

    It hashes the unit with the experiment's seed and hash version and takes the first
    range with `from <= place < to`.
    """
    return [[low, high] for low, high in _ranges(experiment, experiment.traffic)]


def expected_shares(experiment: Experiment) -> list[float]:
    """The share of the experiment's units that each variant is meant to get; sums to 1.

    From the ranges, not from the weights: these may have been replaced.
    """
    widths = [high - low for low, high in _ranges(experiment, 1.0)]
    total = math.fsum(widths)
    return [width / total for width in widths]


def assign(experiment: Experiment, unit: str) -> int | None:
    """Index of the variant that `unit` gets; None: it is not in the experiment.

    An empty unit is in no experiment (GrowthBook skips an empty hash attribute). The
    experiment's status is not looked at: that is the caller's decision.
    """
    if not unit:
        return None
    place = hash_unit(experiment.seed, unit, experiment.hash_version)
    if place is None:
        return None
    return choose_variant(place, _ranges(experiment, experiment.traffic))


def _ranges(experiment: Experiment, coverage: float) -> list[Range]:
    return bucket_ranges(len(experiment.variants), coverage, experiment.weights)
