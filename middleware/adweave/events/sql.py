"""The SQL of compaction: lines of segments as rows, and a day's sums. For DuckDB.

Text only; knows nothing of connections and of when what is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

COLUMNS: Final = {
    "id": "VARCHAR", "kind": "VARCHAR", "t": "BIGINT", "received": "BIGINT", "view": "VARCHAR",
    "unit": "VARCHAR", "uid": "VARCHAR", "path": "VARCHAR", "lang": "VARCHAR",
    "layout": "VARCHAR", "gen": "VARCHAR", "exp": "VARCHAR", "variant": "VARCHAR",
    "placement": "VARCHAR", "slot": "VARCHAR", "value": "DOUBLE", "width": "INTEGER",
    "bot": "BOOLEAN", "qa": "BOOLEAN", "unknown": "BOOLEAN",
}  # fmt: skip

MAX_GROUPS: Final = 2_000
"""Layouts, languages and placements together that a day's sums tell apart; the busiest. The names
come from browsers, so there must be an end to them; the others' sums stand under `OTHERS`."""
OTHERS: Final = "(other)"


def incoming(paths: Sequence[Path]) -> str:
    """SQL that makes `incoming`: the lines of segments; a torn one is a row without an id."""
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in COLUMNS.items())
    whole = "id IS NOT NULL AND received IS NOT NULL AND kind IS NOT NULL"
    rest = ", ".join(name for name in COLUMNS if name != "id")
    return f"""
        CREATE OR REPLACE TEMP TABLE incoming AS
        SELECT CASE WHEN {whole} THEN id END AS id, {rest},
               parse_filename(filename) AS segment
        FROM read_json({names(paths)}, format = 'newline_delimited', ignore_errors = true,
                       filename = true, columns = {{{columns}}})
    """


def sums_of(path: Path, day: date) -> str:
    """SQL for a day's sums. `views` and `units` are distinct ones, and don't add up over rows."""
    told = ("layout", "lang", "placement")
    known = ", ".join(
        f"CASE WHEN place <= {MAX_GROUPS} THEN e.{name} ELSE '{OTHERS}' END AS {name}"
        for name in told
    )
    same = " AND ".join(f"e.{name} IS NOT DISTINCT FROM g.{name}" for name in told)
    return f"""
        WITH e AS ({days_of([path])}),
        g AS (
            SELECT layout, lang, placement,
                   row_number() OVER (ORDER BY count(*) DESC, layout, lang, placement) AS place
            FROM e GROUP BY layout, lang, placement
        ),
        told AS (
            SELECT kind, exp, variant, unit, {known}, coalesce(bot, false) AS bot,
                   coalesce(qa, false) AS qa, coalesce(unknown, false) AS unknown, value, view, uid
            FROM e JOIN g ON {same}
        )
        SELECT DATE '{day}' AS day, kind, exp, variant, unit, layout, lang, placement, bot, qa,
               unknown, count(*) AS events, sum(value) AS value,
               count(DISTINCT view) AS views, count(DISTINCT uid) AS units
        FROM told GROUP BY ALL ORDER BY ALL
    """


def days_of(paths: Sequence[Path]) -> str:
    """SQL of the events in days' files; columns that an older file lacks are NULL."""
    empty = ", ".join(f"NULL::{kind} AS {name}" for name, kind in COLUMNS.items())
    return (
        f"SELECT {', '.join(COLUMNS)} FROM (SELECT {empty} WHERE false UNION ALL BY NAME"
        f" SELECT * FROM read_parquet({names(paths)}))"
    )


def text(value: str) -> str:
    """As an SQL string."""
    return "'" + value.replace("'", "''") + "'"


def names(paths: Sequence[Path]) -> str:
    """As an SQL list of strings that DuckDB takes as names and not as patterns."""
    return f"[{', '.join(map(_name, paths))}]"


def _name(path: Path) -> str:
    return text("".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path)))
