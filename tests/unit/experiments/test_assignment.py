"""Assignment: GrowthBook's published cases, and what makes a split trustworthy."""

from __future__ import annotations

import json
from datetime import datetime
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
    client_terms,
    equal_weights,
    expected_shares,
    gates_of,
    hash_unit,
    traffic_at,
)
from adweave.experiments.assignment import Gate
from adweave.placements import Experiment, Settings, Variant
from adweave.placements.partaking import Namespace

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "growthbook.json"


def split(*weights: float, traffic: float = 1.0, seed: str = "density") -> Experiment:
    variants = tuple(
        Variant(name=f"v{index}", layout="article", weight=weight)
        for index, weight in enumerate(weights)
    )
    return Experiment(name="density", variant=variants, traffic=traffic, seed=seed)


def is_let_in(gate: Gate, unit: str) -> bool:
    seed, version, low, high = gate
    place = hash_unit(seed, unit, version)
    return place is not None and low <= place < high


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
    namespace = Namespace.model_construct(name=name, range=(low, high))
    (gate,) = gates_of(split(0.5, 0.5).model_copy(update={"namespace": namespace}), Settings())
    assert is_let_in(gate, unit) is expected


def test_a_unit_beyond_ascii_hashes_as_in_a_browser() -> None:
    """The numbers are Node's, from the same sum over `charCodeAt`."""
    assert hash_unit("", "ü", 1) == 0.987
    assert hash_unit("s", "\U0001f600", 1) == 0.001
    assert hash_unit("s", "日本\U0001f600", 2) == 0.5895


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


HELD_OUT = Settings.model_validate({"experiments": {"holdout": 0.1}})
IDS = [f"{number:032x}" for number in range(20_000)]


def sharing(name: str, low: float, high: float, seed: str) -> Experiment:
    keys = {"namespace": {"name": name, "range": [low, high]}, "seed": seed}
    return Experiment.model_validate({**split(0.5, 0.5).model_dump(), **keys})


def ramped(*steps: tuple[str, float]) -> Experiment:
    ramp = [{"at": datetime.fromisoformat(at), "traffic": traffic} for at, traffic in steps]
    whole = split(0.5, 0.3, 0.2).model_dump(exclude={"traffic"})
    return Experiment.model_validate({**whole, "ramp": ramp})


def test_experiments_of_one_namespace_share_no_visitor_and_take_in_all_of_them() -> None:
    one, other = sharing("pages", 0, 0.4, "one"), sharing("pages", 0.4, 1, "other")
    taken = [(assign(one, unit) is not None, assign(other, unit) is not None) for unit in IDS]
    assert all(first != second for first, second in taken)
    assert sum(first for first, _ in taken) / len(IDS) == pytest.approx(0.4, abs=0.02)


def test_a_namespaces_gate_is_growthbooks() -> None:
    for unit in IDS[:500]:
        for low, high in ((0.0, 0.25), (0.25, 1.0)):
            is_in = is_let_in(("__pages", 1, low, high), unit)
            assert (assign(sharing("pages", low, high, "x"), unit) is not None) is is_in


def test_who_is_held_out_is_in_no_experiment_and_others_stay_where_they_are() -> None:
    experiments = [split(0.5, 0.5, seed=seed) for seed in ("one", "other", "third")]
    held = {unit for unit in IDS if assign(experiments[0], unit, HELD_OUT) is None}
    assert len(held) / len(IDS) == pytest.approx(0.1, abs=0.01)
    for experiment in experiments:
        for unit in IDS[:4_000]:
            inside = assign(experiment, unit, HELD_OUT)
            assert inside == (None if unit in held else assign(experiment, unit))


def test_variants_stay_even_among_those_who_are_not_held_out() -> None:
    found = [assign(split(0.5, 0.5), unit, HELD_OUT) for unit in IDS]
    assert found.count(0) / (found.count(0) + found.count(1)) == pytest.approx(0.5, abs=0.01)


def test_a_larger_holdout_takes_units_out_and_lets_none_in() -> None:
    more = Settings.model_validate({"experiments": {"holdout": 0.2}})
    for unit in IDS[:4_000]:
        if assign(split(0.5, 0.5), unit, HELD_OUT) is None:
            assert assign(split(0.5, 0.5), unit, more) is None


def test_a_ramp_lets_in_so_many_at_each_step_and_moves_none() -> None:
    experiment = ramped(("2026-03-02", 0.05), ("2026-03-04 09:00", 0.3), ("2026-03-09", 1.0))
    moments = ("2026-03-01T23:59", "2026-03-02T00:00", "2026-03-04T09:00", "2026-03-09T00:00")
    times = [datetime.fromisoformat(f"{each}+00:00").timestamp() for each in moments]
    site = Settings()
    assert [traffic_at(experiment, site, now) for now in times] == [0.0, 0.05, 0.3, 1.0]
    for unit in IDS[:4_000]:
        found = [assign(experiment, unit, site, now) for now in times]
        assert found[0] is None
        entered = [each for each in found if each is not None]
        assert len(set(entered)) == 1
        assert found[-len(entered) :] == entered
    for now, share in zip(times, (0.0, 0.05, 0.3, 1.0), strict=True):
        inside = sum(assign(experiment, unit, site, now) is not None for unit in IDS)
        assert inside / len(IDS) == pytest.approx(share, abs=0.02)


def test_a_ramps_dates_are_in_the_sites_time_zone() -> None:
    experiment = ramped(("2026-03-02", 0.5))
    istanbul = Settings(time_zone="Europe/Istanbul")
    midnight = datetime.fromisoformat("2026-03-02T00:00+03:00").timestamp()
    assert traffic_at(experiment, istanbul, midnight - 1) == 0.0
    assert traffic_at(experiment, istanbul, midnight) == 0.5
    assert traffic_at(experiment, Settings(), midnight) == 0.0


def test_the_browser_is_told_the_gates_and_steps_that_assign_uses() -> None:
    experiment = ramped(("2026-03-02", 0.5))
    shared = sharing("pages", 0, 0.4, "x")
    assert client_terms(split(0.5, 0.5), Settings()) == {}
    assert client_terms(shared, HELD_OUT)["gates"] == gates_of(shared, HELD_OUT)
    assert json.loads(json.dumps(client_terms(experiment, Settings()))) == {
        "ramp": [[1_772_409_600_000, [[0.0, 0.25], [0.5, 0.65], [0.8, 0.9]]]]
    }
    assert client_ranges(experiment) == [[0.0, 0.0], [0.5, 0.5], [0.8, 0.8]]
