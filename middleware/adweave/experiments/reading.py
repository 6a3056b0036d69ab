"""Segment files -> per-variant sums, with DuckDB.

All that is counted is counted here, in SQL; what it means is `statistics` and `report`. One
scan over the files, events of one id taken once, bots left out; then page views, then
units, then sums. A unit belongs to the variant of its first exposure. Units that were
exposed to more than one variant are in the split's test but in no estimate.

DuckDB is an extra: `ReportsUnavailable` says how to get it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from adweave.experiments.metrics import COUNTS, METRICS
from adweave.experiments.statistics import Sums

if TYPE_CHECKING:
    pass

CHECKPOINTS = 500
"""Looks at the split over the run so far; below as many units, one a unit."""

LOST = "lost"
"""Kind of the record in which a store says how many events it had to drop."""

_COLUMNS = {
    "id": "VARCHAR",
    "kind": "VARCHAR",
    "received": "BIGINT",
    "view": "VARCHAR",
    "unit": "VARCHAR",
    "uid": "VARCHAR",
    "layout": "VARCHAR",
    "exp": "VARCHAR",
    "variant": "VARCHAR",
    "value": "DOUBLE",
    "bot": "BOOLEAN",
    "unknown": "BOOLEAN",
}

_KIND_COUNTS = {
    "requests": "request",
    "fills": "fill",
    "no_fills": "no-fill",
    "rendered": "render",
    "viewable": "viewable",
    "clicks": "click",
}


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
    lost: int  # dropped by a store that could not write, as it says itself


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Units per variant that had come in by a time (milliseconds since 1970)."""

    at_ms: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The units of one kind in one variant, without those that crossed over."""

    units: int
    counts: dict[str, int]
    sums: dict[str, Sums]  # by metric key


@dataclass(frozen=True, slots=True)
class UnitReading:
    """What was read for one kind of unit, variants in the experiment's order."""

    groups: tuple[Group, ...]
    checkpoints: tuple[Checkpoint, ...]
    crossovers: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Traffic of one layout, experiments or not."""

    name: str
    counts: dict[str, int]


class Reading:
    """An open look at a set of segment files. Events that come in later are not seen."""

    def __init__(self, paths: Sequence[Path]) -> None:
        try:
            import duckdb
        except ImportError as error:
            raise ReportsUnavailable from error
        self._spill = TemporaryDirectory(prefix="adweave-report-")  # what does not fit in memory
        self._db = duckdb.connect(":memory:")
        self._db.execute("SET preserve_insertion_order = false")
        self._db.execute("SET temp_directory = $1", [self._spill.name])
        self._db.execute(_load(paths))

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()
        self._spill.cleanup()

    def health(self) -> Health:
        """Of all the files, whatever the experiment."""
        row = self._one(
            f"""
            SELECT coalesce(sum(copies) FILTER (kind IS NOT NULL AND kind != '{LOST}'), 0),
                   coalesce(sum(copies) FILTER (kind IS NULL), 0),
                   coalesce(sum(copies - 1) FILTER (kind IS NOT NULL), 0),
                   count(*) FILTER (bot),
                   count(*) FILTER (unknown),
                   coalesce(sum(value) FILTER (kind = '{LOST}'), 0)
            FROM events
            """
        )
        return Health(*(int(value) for value in row))

    def span_ms(self, experiment: str | None) -> tuple[int, int] | None:
        """Times of the first and last event that counts; None without one."""
        first, last = self._one(
            f"""
            SELECT min(received), max(received) FROM events
            WHERE {_COUNTS_IN} AND ($1 IS NULL OR exp = $1)
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

    def layouts(self) -> list[Layout]:
        """Traffic by layout, the busiest first."""
        rows = self._db.execute(
            f"""
            SELECT coalesce(layout, '(none)'), count(DISTINCT view), {_kind_counts()}
            FROM events WHERE {_COUNTS_IN} GROUP BY 1 ORDER BY 2 DESC, 1
            """
        ).fetchall()
        return [
            Layout(str(name), dict(zip(COUNTS, map(int, counts), strict=True)))
            for name, *counts in rows
        ]

    def units(self, experiment: str, variants: Sequence[str]) -> dict[str, UnitReading]:
        """By kind of unit ("visitor", "view"), those kinds only that have a unit."""
        self._db.execute(_unit_table(), [experiment, list(variants)])
        kinds = [kind for (kind,) in self._db.execute("SELECT DISTINCT unit FROM units").fetchall()]
        return {
            kind: UnitReading(
                groups=self._groups(kind, len(variants)),
                checkpoints=tuple(self._checkpoints(kind, len(variants))),
                crossovers=int(
                    self._one("SELECT count(*) FROM units WHERE unit = $1 AND crossed", kind)[0]
                ),
            )
            for kind in sorted(kinds, reverse=True)
        }

    def _groups(self, kind: str, count: int) -> tuple[Group, ...]:
        pieces = ["count(*)", *(f"coalesce(sum({name}), 0)" for name in COUNTS)]
        for metric in METRICS:
            y, x = metric.y, metric.x
            products = (y, x, f"{y} * {y}", f"{x} * {x}", f"{y} * {x}")
            pieces += [f"coalesce(sum(({product})::DOUBLE), 0)" for product in products]
        rows = self._db.execute(
            f"""
            SELECT arm, {", ".join(pieces)} FROM units
            WHERE unit = $1 AND NOT crossed GROUP BY arm
            """,
            [kind],
        ).fetchall()
        by_arm = {int(arm): rest for arm, *rest in rows}
        empty = [0] * len(pieces)
        return tuple(_group(by_arm.get(arm, empty)) for arm in range(count))

    def _checkpoints(self, kind: str, count: int) -> Iterable[Checkpoint]:
        arms = ", ".join(f"count(*) FILTER (arm = {arm})" for arm in range(count))
        rows = self._db.execute(
            f"""
            WITH ranked AS (
                SELECT arm, since,
                       (row_number() OVER (ORDER BY since, uid) - 1) * {CHECKPOINTS}
                           // greatest(count(*) OVER (), {CHECKPOINTS}) AS step
                FROM units WHERE unit = $1
            )
            SELECT step, max(since), {arms}
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

    def _one(self, sql: str, *parameters: object) -> tuple[int, ...]:
        row = self._db.execute(sql, list(parameters)).fetchone()
        assert row is not None  # an aggregate without GROUP BY has exactly one row
        return tuple(row)


_COUNTS_IN = f"kind IS NOT NULL AND kind != '{LOST}' AND NOT bot"


def _kind_counts() -> str:
    return ", ".join(
        f"count(*) FILTER (kind = '{kind}') AS {name}" for name, kind in _KIND_COUNTS.items()
    )


def _load(paths: Sequence[Path]) -> str:
    """SQL that makes `events`: each id once, and torn lines as one row without a kind.

    A line that does not parse comes as a row of NULLs. `any_value` passes over NULLs, but
    the copies of an event are equal, so it can't mix two of them.
    """
    kept = ", ".join(
        f"any_value({name}) AS {name}"
        for name in _COLUMNS
        if name not in ("id", "received", "bot", "unknown")
    )
    return f"""
        CREATE TEMP TABLE events AS
        SELECT count(*) AS copies, min(received) AS received,
               coalesce(bool_or(bot), false) AS bot,
               coalesce(bool_or(unknown), false) AS unknown, {kept}
        FROM {_source(paths)} GROUP BY id
    """


def _source(paths: Sequence[Path]) -> str:
    if not paths:
        empty = ", ".join(f"NULL::{kind} AS {name}" for name, kind in _COLUMNS.items())
        return f"(SELECT {empty} WHERE false)"
    names = ", ".join(_quoted(path) for path in paths)
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in _COLUMNS.items())
    return (
        f"read_json([{names}], format = 'newline_delimited',"
        f" ignore_errors = true, columns = {{{columns}}})"
    )


def _quoted(path: Path) -> str:
    """As an SQL string that DuckDB takes as a name and not as a pattern."""
    literal = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))
    return "'" + literal.replace("'", "''") + "'"


def _unit_table() -> str:
    """SQL that makes `units` ($1: the experiment, $2: its variants' names).

    Page views first: a view has one variant, and of scroll and shift its last value, which
    is its largest, since both only grow while a page is open.
    """
    counts = ", ".join(f"sum({name})::BIGINT AS {name}" for name in _KIND_COUNTS)
    return f"""
        CREATE OR REPLACE TEMP TABLE units AS
        WITH arms AS (
            SELECT unnest($2::VARCHAR[]) AS variant, unnest(range(len($2::VARCHAR[]))) AS arm
        ),
        views AS (
            SELECT unit, uid, view, arg_min(arm, received) AS arm,
                   min(received) FILTER (kind = 'exposure') AS exposed,
                   max(value) FILTER (kind = 'scroll') AS scroll,
                   max(value) FILTER (kind = 'shift') AS shift,
                   {_kind_counts()}
            FROM events JOIN arms USING (variant)
            WHERE {_COUNTS_IN} AND exp = $1
            GROUP BY unit, uid, view
        )
        SELECT unit, uid,
               arg_min(arm, exposed) AS arm,
               min(exposed) AS since,
               min(arm) FILTER (exposed IS NOT NULL)
                   != max(arm) FILTER (exposed IS NOT NULL) AS crossed,
               count(*) AS page_views,
               {counts},
               coalesce(sum(scroll), 0) AS scroll, count(scroll) AS scroll_views,
               coalesce(sum(shift), 0) AS shift, count(shift) AS shift_views,
               1 AS one
        FROM views GROUP BY unit, uid
        HAVING since IS NOT NULL
    """


def _group(row: Sequence[int | float]) -> Group:
    units, *rest = row
    counts = dict(zip(COUNTS, (int(value) for value in rest), strict=False))
    products = rest[len(COUNTS) :]
    sums = {}
    for position, metric in enumerate(METRICS):
        y, x, yy, xx, xy = map(float, products[5 * position : 5 * position + 5])
        sums[metric.key] = Sums(int(units), y, x, yy, xx, xy)
    return Group(int(units), counts, sums)
