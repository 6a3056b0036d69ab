"""Assignment: GrowthBook's published cases, and what makes a split trustworthy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adweave.experiments import (
    assign,
    bucket_ranges,
    choose_variant,
    client_ranges,
    equal_weights,
    expected_shares,
    hash_unit,
    in_namespace,
    query_override,
)
from adweave.placements import Experiment, Variant

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "growthbook.json"


def split(*weights: float, traffic: float = 1.0, seed: str = "density") -> Experiment:
    variants = tuple(
        Variant(name=f"v{index}", layout="article", weight=weight)
        for index, weight in enumerate(weights)
    )
    return Experiment(name="density", variant=variants, traffic=traffic, seed=seed)


def cases(part: str) -> list[Any]:
    """One part of GrowthBook's cases; a single marked case where the file is absent."""
    if not VECTORS.exists():
        why = "GrowthBook's cases are read from ../shared/vectors/growthbook.json: not there"
        return [pytest.param(None, marks=pytest.mark.skip(reason=why))]
    listed = json.loads(VECTORS.read_text(encoding="utf-8"))[part]
    return [pytest.param(case, id=f"{part}-{index}") for index, case in enumerate(listed)]


@pytest.mark.parametrize("case", cases("hash"))
def test_hashes_are_growthbooks(case: Any) -> None:
    seed, value, version, expected = case
    assert hash_unit(seed, value, version) == expected


@pytest.mark.parametrize("case", cases("getBucketRange"))
def test_bucket_ranges_are_growthbooks(case: Any) -> None:
    _, arguments, expected = case
    got = bucket_ranges(*arguments)
    assert [bound for pair in got for bound in pair] == pytest.approx(
        [bound for pair in expected for bound in pair], abs=1e-12
    )


@pytest.mark.parametrize("case", cases("chooseVariation"))
def test_chosen_variants_are_growthbooks(case: Any) -> None:
    _, place, ranges, expected = case
    assert choose_variant(place, ranges) == (None if expected == -1 else expected)


@pytest.mark.parametrize("case", cases("getEqualWeights"))
def test_equal_weights_are_growthbooks(case: Any) -> None:
    count, expected = case
    assert equal_weights(count) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("case", cases("inNamespace"))
def test_namespaces_are_growthbooks(case: Any) -> None:
    _, unit, (name, low, high), expected = case
    assert in_namespace(unit, (name, low, high)) is expected


@pytest.mark.parametrize("case", cases("getQueryStringOverride"))
def test_query_overrides_are_growthbooks(case: Any) -> None:
    _, experiment, url, count, expected = case
    assert query_override(experiment, url, count) == expected


def test_a_unit_beyond_ascii_hashes_as_in_a_browser() -> None:
    """The numbers are Node's, from the same sum over `charCodeAt`."""
    assert hash_unit("", "ü", 1) == 0.987
    assert hash_unit("s", "\U0001f600", 1) == 0.001
    assert hash_unit("s", "日本\U0001f600", 2) == 0.5895


def test_a_query_index_of_thousands_of_digits_forces_nothing() -> None:
    assert query_override("x", "http://example.com?x=" + "9" * 5000, 2) is None


def test_an_empty_unit_is_in_no_experiment() -> None:
    assert assign(split(0.5, 0.5), "") is None


def test_an_unknown_hash_version_assigns_nobody() -> None:
    experiment = split(0.5, 0.5).model_copy(update={"hash_version": 3})
    assert assign(experiment, "someone") is None


def test_the_browser_is_given_the_ranges_that_assign_uses() -> None:
    experiment = split(0.2, 0.3, 0.5, traffic=0.2)
    ranges = client_ranges(experiment)
    assert json.loads(json.dumps(ranges)) == ranges
    for number in range(2_000):
        unit = f"{number:016x}"
        place = hash_unit("density", unit, 2)
        assert place is not None
        inside = [i for i, (low, high) in enumerate(ranges) if low <= place < high]
        assert (inside[0] if inside else None) == assign(experiment, unit)


def test_expected_shares_are_those_of_the_ranges() -> None:
    assert expected_shares(split(0.4, 0.6, traffic=0.1)) == pytest.approx([0.4, 0.6])
    assert expected_shares(split(0.25, 0.75, traffic=0.0)) == pytest.approx([0.25, 0.75])
    assert expected_shares(split(1.0, 3.0)) == pytest.approx([0.25, 0.75])


units = st.text(alphabet="0123456789abcdef", min_size=16, max_size=32)
shares = st.floats(0, 1, allow_nan=False)


@given(units, shares, shares)
def test_more_traffic_lets_units_in_and_moves_none(unit: str, one: float, other: float) -> None:
    less, more = sorted((one, other))
    before = assign(split(0.3, 0.3, 0.4, traffic=less), unit)
    after = assign(split(0.3, 0.3, 0.4, traffic=more), unit)
    assert before is None or before == after


@given(units, shares, shares)
def test_with_two_variants_only_units_that_must_move_do(
    unit: str, one: float, other: float
) -> None:
    """Those whose place lies between the old and the new boundary, and all in one direction."""
    before, after = assign(split(one, 1 - one), unit), assign(split(other, 1 - other), unit)
    place = hash_unit("density", unit, 2)
    assert place is not None
    moved = min(one, other) <= place < max(one, other)
    assert (before != after) is moved
    if moved:
        assert (before, after) == ((1, 0) if other > one else (0, 1))


@given(units, st.lists(st.integers(1, 50), min_size=2, max_size=6), st.integers(2, 6))
def test_a_unit_stays_where_its_variants_range_still_covers_it(
    unit: str, parts: list[int], factor: int
) -> None:
    weights = [part / sum(parts) for part in parts]
    changed = [parts[0] * factor, *parts[1:]]
    new_weights = [part / sum(changed) for part in changed]
    place = hash_unit("density", unit, 2)
    before = assign(split(*weights), unit)
    assert place is not None
    if before is None:  # the last range may end an ulp below 1
        return
    low, high = bucket_ranges(len(parts), 1.0, new_weights)[before]
    assert (assign(split(*new_weights), unit) == before) is (low <= place < high)


@pytest.mark.parametrize("version", [1, 2])
def test_units_fall_evenly_over_two_hundred_thousand_ids(version: int) -> None:
    """Chi-square over 100 cells; 149.4 is its 99.9 % point at 99 degrees of freedom."""
    cells, count = 100, 200_000
    seen = [0] * cells
    for number in range(count):
        place = hash_unit("uniformity", f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}", version)
        assert place is not None
        seen[int(place * cells + 1e-9)] += 1
    expected = count / cells
    assert sum((cell - expected) ** 2 / expected for cell in seen) < 149.4


def test_experiments_of_other_seeds_split_independently() -> None:
    """Chi-square of independence in a 2 x 2 table; 10.83 is its 99.9 % point."""
    first, second = split(0.5, 0.5, seed="density"), split(0.5, 0.5, seed="density-2")
    table = [[0, 0], [0, 0]]
    for number in range(50_000):
        unit = f"{number:032x}"
        one, other = assign(first, unit), assign(second, unit)
        assert one is not None
        assert other is not None
        table[one][other] += 1
    total = 50_000
    rows = [sum(row) for row in table]
    columns = [sum(column) for column in zip(*table, strict=True)]
    chi_square = sum(
        (table[i][j] - rows[i] * columns[j] / total) ** 2 / (rows[i] * columns[j] / total)
        for i in range(2)
        for j in range(2)
    )
    assert chi_square < 10.83
