"""Event files -> one table, each event once, with DuckDB.

Segments (NDJSON) and Parquet files of the same columns are read alike. Ids are compared by
their 64-bit hashes, which costs a third of comparing texts; that any two of ten million
different ones meet has a chance of 3 in a million, and would cost one event.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LOST = "lost"
"""Kind of the record in which a store says how many events it had to drop."""
AHEAD = "ahead"
"""Kind of the record of batches that came from pages loaded ahead of a visit."""
REFUSED = "refused"
"""Kind of the record of batches over the limit of their address, or without a token of ours."""

_COLUMNS = {
    "id": "VARCHAR",
    "kind": "VARCHAR",
    "t": "BIGINT",
    "received": "BIGINT",
    "view": "VARCHAR",
    "unit": "VARCHAR",
    "uid": "VARCHAR",
    "path": "VARCHAR",
    "lang": "VARCHAR",
    "layout": "VARCHAR",
    "gen": "VARCHAR",
    "exp": "VARCHAR",
    "variant": "VARCHAR",
    "placement": "VARCHAR",
    "value": "DOUBLE",
    "width": "INTEGER",
    "bot": "BOOLEAN",
    "qa": "BOOLEAN",
    "unknown": "BOOLEAN",
}

WIDEST_PHONE_PX, WIDEST_TABLET_PX = 767, 1023
"""Classes of windows in segments: below the usual breakpoints of 768 and 1024 CSS px."""

_KEPT = f"""
    hash(id) AS key, id IS NULL AS torn, kind, t, received, hash(view) AS view, unit,
    hash(uid) AS uid, layout, gen, exp, variant, placement, value,
    coalesce(bot, false) AS bot, coalesce(qa, false) AS qa, coalesce(unknown, false) AS unknown,
    CASE WHEN kind = 'exposure' THEN lang END AS lang,
    CASE WHEN kind = 'exposure' THEN CASE WHEN width <= {WIDEST_PHONE_PX} THEN 'phone'
        WHEN width <= {WIDEST_TABLET_PX} THEN 'tablet' WHEN width IS NOT NULL THEN 'desktop' END
    END AS device,
    CASE WHEN kind = 'exposure' THEN
        CASE WHEN strpos(path[2:], '/') > 0 THEN split_part(path, '/', 2) ELSE '/' END
    END AS section
"""


def load_events(db: DuckDBPyConnection, paths: Sequence[Path]) -> int:
    """Makes the table `events`; returns how many doubles were left out of it.

    A line that does not parse is a row that is `torn` and has no kind.
    """
    db.execute(f"CREATE TEMP TABLE events AS SELECT {_KEPT} FROM {_source(paths)}")
    db.execute(
        "CREATE TEMP TABLE again AS SELECT key FROM events WHERE NOT torn"
        " GROUP BY key HAVING count(*) > 1"
    )
    deleted = db.execute(
        """
        DELETE FROM events WHERE rowid IN (
            SELECT place FROM (
                SELECT rowid AS place,
                       row_number() OVER (PARTITION BY key ORDER BY received, rowid) AS turn
                FROM events WHERE key IN (FROM again)
            ) WHERE turn > 1
        )
        """
    ).fetchone()
    return int(deleted[0]) if deleted else 0


def left_out_of_days(db: DuckDBPyConnection, paths: Sequence[Path]) -> tuple[int, int]:
    """Copies and torn lines that compacted days no longer have; they tell how many there were."""
    days = ", ".join(_quoted(path) for path in paths if path.suffix == ".parquet")
    if not days:
        return 0, 0
    told = db.execute(
        f"SELECT value FROM parquet_kv_metadata([{days}]) WHERE key = 'adweave'"
    ).fetchall()
    notes = [json.loads(bytes(value)) for (value,) in told]
    return sum(one.get("doubles", 0) for one in notes), sum(one.get("torn", 0) for one in notes)


def sums_in(paths: Sequence[Path]) -> str:
    """SQL of the rows of days' sums: what is left of days whose events are gone."""
    told = {"day": "DATE", "views": "BIGINT"}
    told |= {name: _COLUMNS[name] for name in ("kind", "exp", "variant", "bot", "qa")}
    empty = ", ".join(f"NULL::{kind} AS {name}" for name, kind in told.items())
    return (
        f"SELECT {', '.join(told)} FROM (SELECT {empty} WHERE false UNION ALL BY NAME SELECT *"
        f" FROM read_parquet([{', '.join(map(_quoted, paths))}], union_by_name = true))"
    )


def _source(paths: Sequence[Path]) -> str:
    parts = []
    tables = [path for path in paths if path.suffix == ".parquet"]
    lines = [path for path in paths if path.suffix != ".parquet"]
    names = ", ".join(_COLUMNS)
    empty = ", ".join(f"NULL::{kind} AS {name}" for name, kind in _COLUMNS.items())
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in _COLUMNS.items())
    if lines:
        parts.append(
            f"SELECT {names} FROM read_json([{', '.join(map(_quoted, lines))}],"
            f" format = 'newline_delimited', ignore_errors = true, columns = {{{columns}}})"
        )
    if tables:
        quoted = ", ".join(map(_quoted, tables))  # columns that a file lacks are NULL
        parts.append(
            f"SELECT {names} FROM (SELECT {empty} WHERE false UNION ALL BY NAME"
            f" SELECT * FROM read_parquet([{quoted}], union_by_name = true))"
        )
    if not parts:
        parts.append(f"SELECT {empty} WHERE false")
    return f"({' UNION ALL '.join(parts)})"


def _quoted(path: Path) -> str:
    """As an SQL string that DuckDB takes as a name and not as a pattern."""
    literal = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))
    return "'" + literal.replace("'", "''") + "'"
