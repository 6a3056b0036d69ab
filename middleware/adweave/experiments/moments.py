"""How sums grew over the run: running totals at even steps, for intervals over time.

Reads the tables `views` and `units` that `tables` describes; works nothing out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adweave.experiments.metrics import Outcomes
from adweave.experiments.statistics import Sums
from adweave.experiments.tables import of_unit

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOMENTS = 40
"""Points of an interval over time, at most."""

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Moment:
    """The sums of some metrics as they were at a time, variants in order."""

    at_ms: int
    sums: dict[str, tuple[Sums, ...]]


def moments_of(
    db: DuckDBPyConnection, kind: str, arms: int, outcomes: Outcomes
) -> tuple[Moment, ...]:
    """Sums as they stood after even steps of the run: minutes of a short one, else whole hours.

    A unit that comes back changes its sums; what it adds to a sum of products at a time is
    the product after less the product before, so running totals of these are the sums.
    """
    row = db.execute("SELECT min(since), max(since) FROM units WHERE unit = $1", [kind]).fetchone()
    assert row is not None  # an aggregate without GROUP BY has exactly one row
    first, last = row
    step = HOUR_MS * max(1, -(-(last - first) // (MOMENTS * HOUR_MS)))
    for minutes in (10, 1):
        if last - first < MOMENTS * minutes * 60_000:
            step = minutes * 60_000
    metrics = [outcomes.primary, *(one.metric for one in outcomes.limits)]
    metrics = [m for m in dict.fromkeys(metrics) if kind in m.units and m.y != "bounced"]
    names = list(dict.fromkeys(n for m in metrics for n in (m.y, m.x) if n != "one"))
    columns = outcomes.columns
    sums = ", ".join(f"{of_unit(name, columns)}::DOUBLE AS {name}" for name in names)
    running = ", ".join(f"sum({name}) OVER w AS {name}" for name in names)
    before = ", ".join(f"coalesce(lag({name}) OVER w, 0) AS old_{name}" for name in names)
    pieces = ["count(*) FILTER (turn = 1)"]
    for metric in metrics:
        y, x = metric.y, metric.x
        old_x = f"old_{x}"
        if x == "one":
            x, old_x = "1", "(turn > 1)::INT"
        for a, b in (("y", ""), ("x", ""), ("y", "y"), ("x", "x"), ("x", "y")):
            new = {"y": y, "x": x, "": "1"}
            old = {"y": f"old_{y}", "x": old_x, "": "1"}
            pieces.append(f"sum({new[a]} * {new[b]} - {old[a]} * {old[b]})")
    rows = db.execute(
        f"""
        WITH steps AS (
            SELECT placed AS arm, uid, greatest(exposed - $2, 0) // $3 AS step, {sums}
            FROM views JOIN (
                SELECT uid, arm AS placed FROM units WHERE unit = $1 AND NOT crossed
            ) USING (uid)
            WHERE unit = $1 AND NOT earlier AND exposed IS NOT NULL
            GROUP BY placed, uid, step
        ),
        totals AS (
            SELECT arm, uid, step, {running} FROM steps
            WINDOW w AS (PARTITION BY uid ORDER BY step)
        ),
        changes AS (
            SELECT *, row_number() OVER w AS turn, {before} FROM totals
            WINDOW w AS (PARTITION BY uid ORDER BY step)
        )
        SELECT step, arm, {", ".join(pieces)} FROM changes GROUP BY step, arm ORDER BY step
        """,
        [kind, first, step],
    ).fetchall()
    width = 1 + 5 * len(metrics)
    totals = [[0.0] * width for _ in range(arms)]
    found = []
    for index, (at, arm, *more) in enumerate(rows):
        totals[arm] = [a + float(b) for a, b in zip(totals[arm], more, strict=True)]
        if index + 1 == len(rows) or rows[index + 1][0] != at:
            sums_then = {
                metric.key: tuple(
                    Sums(int(one[0]), *one[1 + 5 * place : 6 + 5 * place]) for one in totals
                )
                for place, metric in enumerate(metrics)
            }
            found.append(Moment(min(first + (at + 1) * step, last), sums_then))
    return tuple(found)
