"""Sizes: against the textbook, against each other, and against made-up experiments."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from adweave.events import Event, line
from adweave.experiments import outlook_for, outlook_in_words, report_on
from adweave.experiments.planning import POWER, detectable, needed
from adweave.experiments.statistics import Estimate, boundary, relative_bounds
from adweave.placements import Experiment, Settings, Variant


def test_a_fixed_size_is_the_textbooks() -> None:
    """van Belle's rule of thumb, 16 / (effect / noise)^2 in each group, is this rounded up."""
    normal = NormalDist()
    by_hand = 4 * (normal.inv_cdf(0.975) + normal.inv_cdf(POWER)) ** 2 / 0.1**2
    assert needed(1.0, 0.1, always_valid=False) == math.ceil(by_hand * (1 + 1.1**2) / 2)
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
    drawn = [
        [Estimate(one, mean**2 * 2 / size, size // 2) for one in rng.normal(mean, error, 5_000)]
        for mean in (1.0, 1.05)
        for error in [mean * math.sqrt(2 / size)]
    ]
    seen = [relative_bounds(b, a, boundary(size)).low > 0 for a, b in zip(*drawn, strict=True)]
    assert np.mean(seen) == pytest.approx(POWER, abs=0.03)


def test_the_outlook_is_what_the_experiment_then_finds(tmp_path: Path) -> None:
    """Traffic of one layout before, and the same readers dealt to two like layouts after."""
    asked = Experiment(
        name="density", minimum_effect=0.05,
        variant=tuple(Variant(name=n, layout=n, weight=1) for n in ("a", "b")),
    )  # fmt: skip
    rng = random.Random(5)
    events = []
    for number in range(2_000):
        seen = sum(rng.random() < 0.5 for _ in range(4))
        kinds = ["view", "exposure", *["render"] * 4, *["viewable"] * seen]
        events += [
            Event(id=f"{number}-{place}", kind=kind, t=number * 60_000, received=number * 60_000,
                  view=f"v{number}", unit="visitor", uid=f"u{number}", path="/",
                  layout="a", exp="density", variant="ab"[number % 2])
            for place, kind in enumerate(kinds)
        ]  # fmt: skip
    during, before = tmp_path / "during.ndjson", tmp_path / "before.ndjson"
    during.write_bytes(b"".join(map(line, events)))
    plain = [replace(one, exp=None, variant=None) for one in events if one.kind != "exposure"]
    before.write_bytes(b"".join(map(line, plain)))
    (outlook,) = outlook_for([before], asked)
    plan = report_on([during], asked).sections[0].sensitivity
    assert plan is not None
    assert plan.needed is not None
    assert outlook.seen == 2_000
    assert outlook.noise == pytest.approx(0.5, rel=0.05)  # binomial: sqrt(4 / 4) / 2
    assert outlook.needed == pytest.approx(plan.needed, rel=0.02)
    assert outlook.days_needed == pytest.approx(outlook.needed / 1_440, rel=0.01)
    assert "5 % takes" in outlook_in_words(outlook, asked)
    half = {"namespace": {"name": "pages", "range": [0.5, 1.0]}}
    smaller = Experiment.model_validate({**asked.model_dump(), **half})
    held = Settings.model_validate({"experiments": {"holdout": 0.2}})
    (fewer,) = outlook_for([before], smaller, held)
    assert fewer.per_day == pytest.approx(outlook.per_day * 0.4)
