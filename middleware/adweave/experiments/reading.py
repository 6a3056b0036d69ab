"""Event files -> per-variant sums, with DuckDB.

All that is counted is counted here, in SQL; what it means is `statistics` and `report`. One
scan over the files, events of one id taken once, bots left out; then page views, then
units, then sums. A unit belongs to the variant of its first exposure. Units that were
exposed to more than one variant are in the split's test but in no estimate.

DuckDB is an extra: `ReportsUnavailable` says how to get it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from adweave.experiments.loading import AHEAD, LOST, REFUSED, left_out_of_days, load_events, sums_in
from adweave.experiments.metrics import COLUMNS, COUNTS, REPORTED, Metric, Outcomes
from adweave.experiments.moments import Moment, moments_of
from adweave.experiments.statistics import Sums
from adweave.experiments.tables import (
    COUNTED,
    OURS,
    moment_sums,
    of_view,
    unit_table,
    view_table,
)

CHECKPOINTS = 500
"""Looks at the split over the run so far; below as many units, one a unit."""

MOST_LAYOUTS = 50
"""Told apart, the busiest: the names come from browsers, so there must be an end to them."""
OTHERS = "(other)"

MOST_SEGMENTS = 6
"""Of each kind, the largest."""

DIMENSIONS = {"language": "lang", "device": "device", "section": "section"}


class ReportsUnavailable(Exception):
    """DuckDB is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "adweave report reads events with DuckDB, which is not installed.\n"
            "Install it: pip install 'adweave[reports]'"
        )


@dataclass(frozen=True, slots=True)
class Health:
    """What is in the files besides the events that count. All in events, but `torn` in lines."""

    events: int  # whole lines, doubles included
    torn: int  # lines that are no event: cut by a kill or a power failure
    doubles: int
    bots: int
    unknown: int  # named an experiment or variant that was not configured
    qa: int  # of testers who came by a signed link
    ahead: int  # batches, not events, of pages that were loaded ahead of a visit
    lost: int  # dropped by a store that could not write, as it says itself
    refused: int = 0  # batches: their address sent too many, or they had no token of ours


@dataclass(frozen=True, slots=True)
class Gone:
    """Days of a run whose events are no longer there, and the page views exposed in them."""

    first: date
    last: date
    page_views: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Units per variant that had come in by a time (milliseconds since 1970)."""

    at_ms: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The units of one kind in one variant, without those that crossed over.

    `largest`: what a single unit has at most, of metrics that add values up; by metric key.
    """

    units: int
    counts: dict[str, int]
    sums: dict[str, Sums]  # by metric key
    with_past: int = 0  # units that were seen before the experiment
    largest: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """A segment of the units: the primary metric's sums of each variant."""

    dimension: str
    name: str
    sums: tuple[Sums, ...]


@dataclass(frozen=True, slots=True)
class UnitReading:
    """What was read for one kind of unit, variants in the experiment's order.

    `caps`: where a metric's largest sums were cut, by its key.
    """

    groups: tuple[Group, ...]
    checkpoints: tuple[Checkpoint, ...]
    crossovers: int
    moments: tuple[Moment, ...] = ()
    parts: tuple[Part, ...] = ()
    caps: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LayoutTraffic:
    """Traffic of one layout, experiments or not."""

    name: str
    counts: dict[str, int]


class Reading:
    """An open look at a set of event files. Events that come in later are not seen."""

    def __init__(self, paths: Sequence[Path]) -> None:
        try:
            import duckdb
        except ImportError as error:
            raise ReportsUnavailable from error
        self._spill = TemporaryDirectory(prefix="adweave-report-")  # what does not fit in memory
        self._db = duckdb.connect(":memory:")
        self._db.execute("SET preserve_insertion_order = false")
        self._db.execute("SET enable_progress_bar = false")
        self._db.execute("SET temp_directory = $1", [self._spill.name])
        doubles, self._torn = left_out_of_days(self._db, paths)
        self._doubles = doubles + load_events(self._db, paths)

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()
        self._spill.cleanup()

    def health(self) -> Health:
        """Of all the files, whatever the experiment."""
        events, torn, bots, unknown, qa, ahead, lost, refused = self._one(
            f"""
            SELECT count(*) FILTER (NOT torn AND NOT {OURS}), count(*) FILTER (torn),
                   count(*) FILTER (bot), count(*) FILTER (unknown),
                   count(*) FILTER (qa),
                   coalesce(sum(value) FILTER (kind = '{AHEAD}'), 0),
                   coalesce(sum(value) FILTER (kind = '{LOST}'), 0),
                   coalesce(sum(value) FILTER (kind = '{REFUSED}'), 0)
            FROM events
            """
        )
        return Health(
            int(events) + self._doubles, int(torn) + self._torn, self._doubles,
            int(bots), int(unknown), int(qa), int(ahead), int(lost), int(refused),
        )  # fmt: skip

    def span_ms(self, experiment: str | None) -> tuple[int, int] | None:
        """Times of the first and last event that counts; None without one."""
        first, last = self._one(
            f"""
            SELECT min(received), max(received) FROM events
            WHERE {COUNTED} AND ($1 IS NULL OR exp = $1)
            """,
            experiment,
        )
        return None if first is None else (int(first), int(last))

    def bot_views(self, experiment: str) -> int:
        """Page views of bots in the experiment, left out of everything else."""
        (count,) = self._one(
            "SELECT count(DISTINCT view) FROM events WHERE bot AND exp = $1", experiment
        )
        return int(count)

    def gone(self, sums: Sequence[Path], experiment: str) -> Gone | None:
        """What the sums of days without events know of the experiment; None: nothing."""
        if not sums:
            return None
        first, last, views = self._row(
            f"""
            SELECT min(day), max(day), sum(views) FROM ({sums_in(sums)})
            WHERE exp = $1 AND kind = 'exposure' AND variant IS NOT NULL
              AND NOT coalesce(bot, false) AND NOT coalesce(qa, false)
            """,
            experiment,
        )
        return None if first is None else Gone(first, last, int(views))

    def generations(self, experiment: str) -> list[tuple[str, int]]:
        """The configurations that readers in the experiment met, and when first, in order."""
        rows = self._db.execute(
            f"""
            SELECT gen, min(received) FROM events
            WHERE {COUNTED} AND exp = $1 AND kind = 'exposure' AND gen IS NOT NULL
            GROUP BY gen ORDER BY 2
            """,
            [experiment],
        ).fetchall()
        return [(str(gen), int(at)) for gen, at in rows]

    def views_by_day(self, experiment: str) -> dict[tuple[date, str], int]:
        """Page views that were exposed, by day (UTC) and variant."""
        rows = self._db.execute(
            f"""
            SELECT epoch_ms(received)::DATE, variant, count(DISTINCT view) FROM events
            WHERE {COUNTED} AND exp = $1 AND kind = 'exposure' AND variant IS NOT NULL
            GROUP BY ALL
            """,
            [experiment],
        ).fetchall()
        return {(day, str(variant)): int(count) for day, variant, count in rows}

    def layouts(self) -> list[LayoutTraffic]:
        """Traffic by layout, the busiest first; of `MOST_LAYOUTS`, then of all others together."""
        counts = ", ".join(of_view(column) for column in COLUMNS if column.key in COUNTS)
        rows = self._db.execute(
            f"""
            WITH named AS (
                SELECT *, coalesce(layout, '(none)') AS name FROM events WHERE {COUNTED}
            ),
            told AS (
                SELECT name, true AS is_told FROM named GROUP BY name
                ORDER BY count(DISTINCT view) DESC, name LIMIT {MOST_LAYOUTS}
            )
            SELECT CASE WHEN is_told THEN name ELSE '{OTHERS}' END, count(DISTINCT view), {counts}
            FROM named LEFT JOIN told USING (name)
            GROUP BY 1, is_told ORDER BY is_told IS NULL, 2 DESC, 1
            """
        ).fetchall()
        return [
            LayoutTraffic(_printable(name), dict(zip(COUNTS, map(int, counts), strict=True)))
            for name, *counts in rows
        ]

    def take_as_exposed(self, experiment: str, variant: str, layout: str) -> None:
        """From here on each page view of `layout` counts as exposed to that variant.

        For looking ahead: what an experiment on those pages would have to work with.
        """
        self._db.execute(
            f"""
            INSERT INTO events SELECT * REPLACE ('exposure' AS kind) FROM events
            WHERE {COUNTED} AND kind = 'view' AND layout = $1
            """,
            [layout],
        )
        self._db.execute(
            "UPDATE events SET exp = CASE WHEN layout = $3 THEN $1 END,"
            " variant = CASE WHEN layout = $3 THEN $2 END",
            [experiment, variant, layout],
        )

    def units(
        self,
        experiment: str,
        variants: Sequence[str],
        outcomes: Outcomes,
        *,
        winsorise: float = 0.0,
        detailed: bool = False,
        is_cut: bool = False,
    ) -> dict[str, UnitReading]:
        """By kind of unit ("visitor", "view"), those kinds only that have a unit.

        `detailed`: with intervals over time and segments. `is_cut`: the beginning of the run is
        gone, so nothing is known to have been before it.
        """
        (began,) = self._one(
            f"""
            SELECT min(received) FROM events
            WHERE {COUNTED} AND exp = $1 AND kind = 'exposure' AND list_contains($2, variant)
            """,
            experiment, list(variants),
        )  # fmt: skip
        if began is None:
            return {}
        self._outcomes = outcomes
        self._db.execute(
            view_table(outcomes.columns), [experiment, list(variants), None if is_cut else began]
        )
        self._db.execute(unit_table(outcomes.columns))
        kinds = [kind for (kind,) in self._db.execute("SELECT DISTINCT unit FROM units").fetchall()]
        return {
            kind: self._unit_reading(kind, len(variants), winsorise, detailed)
            for kind in sorted(kinds, reverse=True)
        }

    def _unit_reading(self, kind: str, arms: int, winsorise: float, detailed: bool) -> UnitReading:
        caps = self._caps(kind, winsorise)
        return UnitReading(
            groups=self._groups(kind, arms, caps),
            checkpoints=tuple(self._checkpoints(kind, arms)),
            crossovers=int(
                self._one("SELECT count(*) FROM units WHERE unit = $1 AND crossed", kind)[0]
            ),
            moments=moments_of(self._db, kind, arms, self._outcomes) if detailed else (),
            parts=tuple(self._parts(kind, arms, caps)) if detailed else (),
            caps=caps,
        )

    def _caps(self, kind: str, share: float) -> dict[str, float]:
        """The sum at which the top `share` of units is cut: one for all variants.

        None where fewer have anything: that would cut all to nothing.
        """
        metrics = [metric for metric in self._outcomes.metrics if metric.is_sum and share]
        if not metrics:
            return {}
        pieces = ", ".join(f"quantile_disc({metric.y}, {1 - share})" for metric in metrics)
        row = self._one(f"SELECT {pieces} FROM units WHERE unit = $1 AND NOT crossed", kind)
        return {metric.key: float(cap) for metric, cap in zip(metrics, row, strict=True) if cap}

    def _groups(self, kind: str, arms: int, caps: dict[str, float]) -> tuple[Group, ...]:
        metrics = (*self._outcomes.metrics, REPORTED)
        pieces = ["count(*)", "count(*) FILTER (pre_page_views > 0)"]
        pieces += [f"coalesce(sum({name}), 0)" for name in COUNTS]
        for metric in metrics:
            pieces += moment_sums(_y(metric, caps), metric.x, f"pre_{metric.y}")
        pieces += [f"coalesce(max({_y(one, caps)}), 0)" for one in metrics if one.is_sum]
        rows = self._db.execute(
            f"""
            SELECT arm, {", ".join(pieces)} FROM units
            WHERE unit = $1 AND NOT crossed GROUP BY arm
            """,
            [kind],
        ).fetchall()
        by_arm = {int(arm): rest for arm, *rest in rows}
        empty = [0] * len(pieces)
        return tuple(_group(by_arm.get(arm, empty), metrics) for arm in range(arms))

    def _checkpoints(self, kind: str, arms: int) -> Iterable[Checkpoint]:
        each = ", ".join(f"count(*) FILTER (arm = {arm})" for arm in range(arms))
        rows = self._db.execute(
            f"""
            WITH ranked AS (
                SELECT arm, since,
                       (row_number() OVER (ORDER BY since, uid) - 1) * {CHECKPOINTS}
                           // greatest(count(*) OVER (), {CHECKPOINTS}) AS step
                FROM units WHERE unit = $1
            )
            SELECT step, max(since), {each}
            FROM ranked GROUP BY step ORDER BY step
            """,
            [kind],
        ).fetchall()
        totals = accumulate(
            (tuple(map(int, counts)) for _, _, *counts in rows),
            lambda before, more: tuple(a + b for a, b in zip(before, more, strict=True)),
        )
        for (_, at, *_), counts in zip(rows, totals, strict=True):
            yield Checkpoint(int(at), counts)

    def _parts(self, kind: str, arms: int, caps: dict[str, float]) -> Iterable[Part]:
        primary = self._outcomes.primary
        if kind not in primary.units:
            return
        pieces = ", ".join(["count(*)", *moment_sums(_y(primary, caps), primary.x, "0")])
        for dimension, column in DIMENSIONS.items():
            rows = self._db.execute(
                f"""
                SELECT {column}, arm, {pieces} FROM units
                WHERE unit = $1 AND NOT crossed AND {column} IN (
                    SELECT {column} FROM units WHERE unit = $1 AND {column} IS NOT NULL
                    GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {MOST_SEGMENTS}
                )
                GROUP BY ALL ORDER BY 1, 2
                """,
                [kind],
            ).fetchall()
            by_name: dict[str, list[Sums]] = {}
            for name, arm, n, *sums in rows:
                found = by_name.setdefault(str(name), [Sums(0, 0, 0, 0, 0, 0)] * arms)
                found[int(arm)] = Sums(int(n), *map(float, sums))
            largest = sorted(by_name.items(), key=lambda one: -sum(sums.n for sums in one[1]))
            for name, of_arms in largest:
                yield Part(dimension, name, tuple(of_arms))

    def _one(self, sql: str, *parameters: object) -> tuple[int, ...]:
        return self._row(sql, *parameters)

    def _row(self, sql: str, *parameters: object) -> tuple[Any, ...]:
        row = self._db.execute(sql, list(parameters)).fetchone()
        assert row is not None  # an aggregate without GROUP BY has exactly one row
        return tuple(row)


def _printable(name: str) -> str:
    """Without what would move the cursor of the terminal that it is told on."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name
    )


def _y(metric: Metric, caps: dict[str, float]) -> str:
    cap = caps.get(metric.key)
    return metric.y if cap is None else f"least({metric.y}, {cap!r}::DOUBLE)"


def _group(row: Sequence[int | float], metrics: Sequence[Metric]) -> Group:
    units, with_past, *rest = row
    counts = dict(zip(COUNTS, (int(value) for value in rest), strict=False))
    products = rest[len(COUNTS) :]
    sums = {
        metric.key: Sums(int(units), *map(float, products[9 * place : 9 * place + 9]))
        for place, metric in enumerate(metrics)
    }
    adding_up = [metric.key for metric in metrics if metric.is_sum]
    largest = zip(adding_up, map(float, products[9 * len(metrics) :]), strict=True)
    return Group(int(units), counts, sums, int(with_past), dict(largest))
