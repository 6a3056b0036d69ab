"""Money that the ad server knows: a file keyed by date, placement and variant.

Such a file has sums of days and not of readers, so days are what the variance counts: each day
is one pair of variants, and what changes from day to day alike in both falls out. It holds for
all readers, visitors and page views without an id together, and stands apart from both. A look
is for one time set beforehand; there are too few days for more.

Days are those of UTC, as the events' are. `ImportFault` says what is wrong with a file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import NormalDist

from adweave.experiments.comparing import LEVEL
from adweave.experiments.reading import ReportsUnavailable
from adweave.experiments.statistics import Interval

COLUMNS = ("date", "placement", "variant", "revenue")
REPORT_COLUMNS = ("date", "key-values", "revenue")
"""Those of an ad server's report by key-values: `variant=dense`, as the `gpt` adapter sets them."""

_NO_VARIANT = "none"  # what the `gpt` adapter says for readers who are not in the experiment

LEAST_DAYS = 7
"""Days that both variants need before an interval is given: a week has all its days then."""

Day = tuple[date, str]
"""A day of a variant."""


class ImportFault(Exception):
    """The file can't be used; the text says why and what it should have."""


@dataclass(frozen=True, slots=True)
class Imported:
    """One variant beside the control, over the days that both have; money per page view.

    `change` is relative; None where the control earned nothing.
    """

    variant: str
    days: int
    control: float
    value: float
    change: float | None
    interval: Interval | None


def read_revenue(path: Path, variants: Sequence[str]) -> dict[Day, float]:
    """The file's money by day and variant, summed over placements.

    CSV with a head, or Parquet, with `COLUMNS` or `REPORT_COLUMNS`; further columns are passed
    over, and so are key-values of other keys. Raises `ImportFault` for what can't be used and
    `ReportsUnavailable` without DuckDB.
    """
    try:
        import duckdb
    except ImportError as error:
        raise ReportsUnavailable from error
    reader = "read_parquet($1)" if path.suffix == ".parquet" else "read_csv($1, header = true)"
    with duckdb.connect(":memory:") as db:
        try:
            table = db.execute(f"SELECT * FROM {reader} LIMIT 0", [str(path)])
            names = [column[0] for column in table.description]
            named = {_plain(name): '"' + name.replace('"', '""') + '"' for name in names}
            wanted = REPORT_COLUMNS if "key-values" in named else COLUMNS
            if missing := [name for name in wanted if name not in named]:
                raise ImportFault(
                    f"{path}: has no column {', '.join(missing)}; needed are {', '.join(COLUMNS)}"
                    f" or {', '.join(REPORT_COLUMNS)}"
                )
            day, money, variant, only = named["date"], named["revenue"], named.get("variant"), ""
            if wanted is REPORT_COLUMNS:
                pair = f"{named['key-values']}::VARCHAR"
                variant = f"trim(split_part({pair}, '=', 2))"
                only = (
                    f"WHERE trim(split_part({pair}, '=', 1)) = 'variant' "
                    f"AND {variant} <> '{_NO_VARIANT}'"
                )
            rows = db.execute(
                f"""
                SELECT {day}::DATE, {variant}::VARCHAR, sum({money}::DOUBLE),
                       bool_or({money}::DOUBLE < 0 OR NOT isfinite({money}::DOUBLE))
                FROM {reader} {only} GROUP BY ALL ORDER BY 1, 2
                """,
                [str(path)],
            ).fetchall()
        except duckdb.Error as error:
            raise ImportFault(f"{path}: {str(error).splitlines()[0]}") from error
    if not rows:
        raise ImportFault(f"{path}: has no row with a variant")
    found = {}
    for day, variant, money, is_odd in rows:
        if day is None or variant is None or money is None:
            raise ImportFault(f"{path}: a row lacks its date, variant or revenue")
        if variant not in variants:
            known = ", ".join(variants)
            raise ImportFault(f'{path}: {day}: no variant is named "{variant}"; there are: {known}')
        if is_odd:
            raise ImportFault(f"{path}: {day}, {variant}: revenue below 0, or no number")
        found[(day, str(variant))] = float(money)
    return found


def _plain(name: str) -> str:
    """A column's name as it is known here: reports write "Key-values", "key_values"."""
    return name.strip().lower().replace("_", "-").replace(" ", "-")


def imported(
    money: Mapping[Day, float], views: Mapping[Day, int], variants: Sequence[str]
) -> tuple[Imported, ...]:
    """Each variant but the first with the first.

    The quotient of two ratios clustered by day, by the delta method, with Student's t for the few
    days there are; as in `statistics`, with days for units, and paired.
    """
    control, *others = variants
    alpha = (1 - LEVEL) / max(1, len(others))
    found = []
    for name in others:
        days = sorted(
            day
            for day, variant in money
            if variant == name
            and (day, control) in money
            and views.get((day, name))
            and views.get((day, control))
        )
        if not days:
            continue
        y = [[money[(day, arm)] for day in days] for arm in (control, name)]
        x = [[views[(day, arm)] for day in days] for arm in (control, name)]
        before, after = (sum(a) / sum(b) for a, b in zip(y, x, strict=True))
        if not before:
            found.append(Imported(name, len(days), before, after, None, None))
            continue
        quotient = after / before
        means = [sum(one) / len(days) for one in x]
        influences = [
            (y[1][k] - after * x[1][k]) / (means[1] * before)
            - quotient * (y[0][k] - before * x[0][k]) / (means[0] * before)
            for k in range(len(days))
        ]
        interval = None
        if len(days) >= LEAST_DAYS:
            spread = sum(one * one for one in influences) / (len(days) * (len(days) - 1))
            half = student(1 - alpha / 2, len(days) - 1) * math.sqrt(spread)
            interval = Interval(quotient - 1 - half, quotient - 1 + half)
        found.append(Imported(name, len(days), before, after, quotient - 1, interval))
    return tuple(found)


def student(probability: float, freedom: int) -> float:
    """The quantile of Student's t, for 6 degrees of freedom and more, right to 0.001 there.

    Abramowitz and Stegun, "Handbook of mathematical functions", 26.7.5.
    """
    z = NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return float(z + sum(term / freedom**power for power, term in enumerate(terms, 1)))


def imported_in_words(one: Imported, control: str) -> str:
    """A sentence for the report."""
    days = "one day that both have" if one.days == 1 else f"{one.days} days that both have"
    over = f"Imported revenue, over the {days}, all readers together"
    values = (
        f"{one.value * 1000:.2f} per 1000 page views in {one.variant}, "
        f"{one.control * 1000:.2f} in {control}"
    )
    if one.change is None:
        return f"{over}: {values}."
    if one.interval is None:
        return f"{over}: {values} ({one.change * 100:+.1f} %; no interval below {LEAST_DAYS} days)."
    low, high = one.interval.low * 100, one.interval.high * 100
    return (
        f"{over}: {values} ({one.change * 100:+.1f} %, {low:+.1f} to {high:+.1f}, at one set look)."
    )
