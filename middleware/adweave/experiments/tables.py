"""SQL of the tables between events and sums: page views, units, and units by time.

Every name that gets into the text is a column of ours or a plain name that the placements
folder's models have checked; the rest are parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

from adweave.experiments.loading import AHEAD, LOST, REFUSED
from adweave.experiments.metrics import LONGEST_VIEW_S, Column

OURS = f"kind IN ('{LOST}', '{AHEAD}', '{REFUSED}')"
"""Which lines are no events, but notes of ours among them."""
COUNTED = f"NOT torn AND kind IS NOT NULL AND NOT {OURS} AND NOT bot AND NOT qa"
"""Which events count: those of readers, and not testers'."""


def of_view(column: Column) -> str:
    """A column of page views, from events grouped by view."""
    which = f"kind = '{column.kind}'"
    if column.placement is not None:
        which += f" AND placement = '{column.placement}'"
    if column.take == "count":
        return f"count(*) FILTER ({which}) AS {column.key}"
    if column.take == "sum":
        return f"coalesce(sum(value) FILTER ({which}), 0) AS {column.key}"
    return f"max(value) FILTER ({which}) AS {column.key}"


def view_table(columns: Sequence[Column]) -> str:
    """SQL that makes `views` ($1: the experiment, $2: its variants' names, $3: when it began).

    A view has one variant. Views before the beginning, of whatever layout, have none; they
    are the covariates of their readers. Where the beginning is NULL there are none of them.
    """
    return f"""
        CREATE OR REPLACE TEMP TABLE views AS
        WITH arms AS (
            SELECT unnest($2::VARCHAR[]) AS variant, unnest(range(len($2::VARCHAR[]))) AS arm
        )
        SELECT unit, uid, view,
               arg_min(arm, received) FILTER (exp = $1) AS arm,
               min(received) FILTER (kind = 'exposure' AND exp = $1) AS exposed,
               coalesce(bool_and(received < $3), false) AS earlier,
               any_value(lang) AS lang, any_value(device) AS device, any_value(section) AS section,
               least(greatest(max(t) FILTER (kind IN ('scroll', 'shift'))
                   - min(t) FILTER (kind = 'view'), 0) / 1000.0, {LONGEST_VIEW_S}) AS seconds,
               {", ".join(map(of_view, columns))}
        FROM events LEFT JOIN arms USING (variant)
        WHERE {COUNTED} AND ((exp = $1 AND arm IS NOT NULL) OR received < $3)
        GROUP BY unit, uid, view
    """


def unit_table(columns: Sequence[Column]) -> str:
    """SQL that makes `units` from `views`: each with its variant, sums, and sums before.

    `arm` is that of the first exposure; `crossed` says that there were exposures to another.
    Visitors alone have a past: a page view as unit is new by definition.
    """
    sums = []
    for pre, which in (("", "NOT earlier"), ("pre_", "earlier")):
        count = f"count(*) FILTER ({which})"
        sums += [
            f"{count} AS {pre}page_views",
            f"1 AS {pre}one" if not pre else f"least({count}, 1) AS {pre}one",
            f"({count} = 1)::INT AS {pre}bounced",
            f"coalesce(sum(seconds) FILTER ({which}), 0) AS {pre}seconds",
        ]
        for column in columns:
            total = f"coalesce(sum({column.key}) FILTER ({which}), 0)"
            sums.append(f"{total}::DOUBLE AS {pre}{column.key}")
            if column.take == "last":
                sums.append(f"count({column.key}) FILTER ({which}) AS {pre}{column.key}_views")
    return f"""
        CREATE OR REPLACE TEMP TABLE units AS
        SELECT unit, uid,
               arg_min(arm, exposed) AS arm,
               min(exposed) AS since,
               min(arm) FILTER (exposed IS NOT NULL)
                   != max(arm) FILTER (exposed IS NOT NULL) AS crossed,
               arg_min(lang, exposed) AS lang,
               arg_min(device, exposed) AS device,
               arg_min(section, exposed) AS section,
               {", ".join(sums)}
        FROM views GROUP BY unit, uid
        HAVING since IS NOT NULL
    """


def of_unit(name: str, columns: Sequence[Column]) -> str:
    """A unit's sum, as an expression over its page views: for sums by time."""
    last = {f"{column.key}_views": column.key for column in columns if column.take == "last"}
    if name == "page_views":
        return "count(*)"
    if name in last:
        return f"count({last[name]})"
    return f"coalesce(sum({name}), 0)"


def moment_sums(y: str, x: str, c: str) -> list[str]:
    """The ten sums of `Sums` but the first, in its order."""
    products = (
        y, x, f"{y} * {y}", f"{x} * {x}", f"{y} * {x}", c, f"{c} * {c}", f"{c} * {y}", f"{c} * {x}"
    )  # fmt: skip
    return [f"coalesce(sum(({product})::DOUBLE), 0)" for product in products]
