"""Money from the ad server's file: read, refused, paired by day."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import duckdb
import numpy as np
import pytest

from adweave.events import Event, line
from adweave.experiments import ImportFault, read_revenue, report_document, report_on, report_page
from adweave.experiments.imported import imported, imported_in_words, student
from adweave.placements import Experiment, Variant

NAMES = ("control", "dense")
DAY = datetime.date(2025, 11, 25)


def days(count: int) -> list[datetime.date]:
    return [DAY + datetime.timedelta(days=number) for number in range(count)]


def written(folder: Path, text: str, name: str = "money.csv") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_sums_are_by_day_and_variant_over_placements(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "date,placement,variant,revenue,note\n2025-11-25,inline,control,1.5,x\n"
        "2025-11-25,after,control,2,y\n2025-11-26,inline,dense,4,z\n",
    )
    wanted = {(DAY, "control"): 3.5, (DAY + datetime.timedelta(days=1), "dense"): 4.0}
    assert read_revenue(path, NAMES) == wanted
    table = tmp_path / "money.parquet"
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{path}')) TO '{table}'")
    assert read_revenue(table, NAMES) == wanted


def test_a_report_by_key_values_counts_the_rows_that_name_a_variant(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Date,Key-values,Revenue\n2025-11-25,variant=control,1.5\n"
        "2025-11-25,placement=inline,9\n2025-11-25,variant=none,7\n"
        "2025-11-25,variant = control,0.5\n2025-11-26,variant=dense,4\n",
    )
    assert read_revenue(path, NAMES) == {
        (DAY, "control"): 2.0,
        (DAY + datetime.timedelta(days=1), "dense"): 4.0,
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,placement,variant,revenue\n", "has no row with a variant"),
        ("date,key-values,revenue\n2025-11-25,placement=inline,1\n", "has no row with a variant"),
        ("date,key-values,revenue\n2025-11-25,variant=contrl,1\n", 'variant is named "contrl"'),
        ("date,key-values\n2025-11-25,variant=control\n", "has no column revenue; needed are"),
        ("date,variant,revenue\n2025-11-25,control,1\n", "has no column placement; needed are"),
        ("date,placement,variant,revenue\n2025-11-25,a,contrl,1\n", 'variant is named "contrl"'),
        ("date,placement,variant,revenue\n2025-11-25,a,control,-1\n", "revenue below 0"),
        ("date,placement,variant,revenue\n2025-11-25,a,control,much\n", "money.csv: "),
        ("date,placement,variant,revenue\nsoon,a,control,1\n", "money.csv: "),
        ("date,placement,variant,revenue\n2025-11-25,a,control,\n", "lacks its date, variant or"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ImportFault, match=said):
        read_revenue(written(tmp_path, text), NAMES)


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(6, 2.4469), (10, 2.2281), (30, 2.0423), (100, 1.9840)]
)
def test_quantiles_are_those_of_the_tables(freedom: int, quantile: float) -> None:
    assert student(0.975, freedom) == pytest.approx(quantile, abs=0.001)


def test_a_day_good_for_both_is_no_noise() -> None:
    money, views = {}, {}
    for number, day in enumerate(days(14)):
        season = 1 + (number % 7)
        for name, worth in (("control", 1.0), ("dense", 1.1)):
            views[(day, name)] = 1_000
            money[(day, name)] = season * worth * (1 + 0.001 * (number % 3))
    (one,) = imported(money, views, NAMES)
    assert one.change == pytest.approx(0.1)
    assert one.interval is not None
    assert one.interval.high - one.interval.low < 0.001


def test_too_few_days_give_no_interval() -> None:
    money = {(day, name): 1.0 for day in days(6) for name in NAMES}
    (one,) = imported(money, dict.fromkeys(money, 10), NAMES)
    assert one.interval is None
    assert "no interval below 7 days" in imported_in_words(one, "control")


def test_days_without_both_are_left_out_and_nought_is_no_yardstick() -> None:
    money = {(DAY, "dense"): 5.0, (DAY, "control"): 0.0, (days(2)[1], "dense"): 9.0}
    (one,) = imported(money, dict.fromkeys(money, 10), NAMES)
    assert (one.days, one.change, one.value) == (1, None, 0.5)
    assert imported({}, {}, NAMES) == ()


def test_intervals_hold_the_truth_in_95_of_100_fortnights() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(1_000):
        money, views = {}, {}
        for day in days(14):
            season = rng.lognormal(0, 0.5)
            for name in NAMES:
                seen = int(rng.poisson(5_000))
                views[(day, name)] = seen
                money[(day, name)] = float(season * seen * rng.lognormal(0, 0.05))
        (one,) = imported(money, views, NAMES)
        assert one.interval is not None
        held += one.interval.low <= 0 <= one.interval.high
    assert held / 1_000 == pytest.approx(0.95, abs=0.025)


def test_the_report_has_it_apart_from_visitors_and_page_views(tmp_path: Path) -> None:
    asked = Experiment(
        name="density",
        variant=tuple(Variant(name=name, layout=name, weight=1) for name in NAMES),
    )
    at = 1_764_028_800_000  # 2025-11-25 00:00 UTC
    events = [
        Event(id=f"{n}-{kind}", kind=kind, t=at, received=at, view=f"v{n}", unit="visitor",
              uid=f"u{n}", path="/", layout="x", exp="density", variant=NAMES[n % 2])
        for n in range(8) for kind in ("view", "exposure")
    ]  # fmt: skip
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"".join(map(line, events)))
    money = {(DAY, "control"): 0.04, (DAY, "dense"): 0.06}
    report = report_on([path], asked, revenue=money)
    (one,) = report.imported
    assert (one.days, one.control, one.value) == (1, 0.01, 0.015)
    document = json.loads(json.dumps(report_document(report)))
    assert document["imported_revenue"][0]["change"] == pytest.approx(0.5)
    assert "Imported revenue, over the one day" in report_page(report)
