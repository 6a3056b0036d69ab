"""`adweave report` on millions of events: what it takes of the processor and of time.

`python -m tests.bench reports`. The events are made with DuckDB from hashes of row numbers, so the
same readers come on every machine, in the form of the store's segments: two weeks of an experiment
of two layouts, readers with 2.5 page views each and ten events a page view. The report is the
command itself in a process of its own: from the segments, and from the days' files that
`adweave compact` makes of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from adweave.events import events_folder

DAYS = 14
EVENTS = 10_000_000
EVENTS_A_VIEW = 10
VIEWS_A_VISITOR = 2.5
LIMIT_S = 300
"""A report that takes longer is ended; so is a compaction."""

_SITE = {
    "site.toml": "",
    "layouts/article.toml": 'pages = ["/**"]\n[[placement]]\nname = "inline"\nkind = "inline"\n'
    'first = "200px"\nevery = "750px"\nmax = 3\nsizes = [[300, 250]]\nfill = ["house"]\n',
    "layouts/dense.toml": 'pages = ["/**"]\n[[placement]]\nname = "inline"\nkind = "inline"\n'
    'first = "200px"\nevery = "500px"\nmax = 5\nsizes = [[300, 250]]\nfill = ["house"]\n',
    "experiments/density.toml": 'status = "running"\ntraffic = 1.0\nseed = "density"\n'
    '[[variant]]\nname = "control"\nlayout = "article"\nweight = 0.5\n'
    '[[variant]]\nname = "dense"\nlayout = "dense"\nweight = 0.5\n',
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process: seconds of all its threads, seconds by the clock, and memory at most."""

    processor_s: float
    wall_s: float
    peak_mb: float


def write_folder(folder: Path) -> None:
    """A placements folder whose experiment the events are of."""
    for name, text in _SITE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def write_events(state: Path, events: int) -> int:
    """Segments of `events` events, one a day and worker; returns their bytes."""
    folder = events_folder(state)
    folder.mkdir(parents=True, exist_ok=True)
    views = events // EVENTS_A_VIEW
    first = datetime.now(UTC).date() - timedelta(days=DAYS)
    with duckdb.connect(":memory:") as db:
        for day in range(DAYS):
            for worker in range(2):
                at = first + timedelta(days=day)
                path = folder / f"{at:%Y%m%d}T000000Z-{worker}-bench.ndjson"
                part = (day * 2 + worker, DAYS * 2)
                began = (at - date(1970, 1, 1)).days * 86_400_000
                db.execute(
                    f"COPY ({_lines(views, began, part)}) TO '{path}' "
                    "(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')"
                )
    return sum(path.stat().st_size for path in folder.iterdir())


def _lines(views: int, began_ms: int, part: tuple[int, int]) -> str:
    """SQL of the lines that one worker wrote on a day: as `line` writes events."""
    at, of = part
    first, last = views * at // of, views * (at + 1) // of
    visitors = max(1, round(views / VIEWS_A_VISITOR))
    seen = "CASE WHEN hash(i, 14) % 100 < 58 THEN 'viewable' ELSE 'error' END"
    kinds = f"""['view', 'exposure', 'request', 'fill', 'render', {seen}, 'in-view', 'request',
                 'scroll', 'shift']"""
    return f"""
        WITH v AS (
            SELECT i, lpad(format('{{:x}}', hash(i, 1)), 16, '0') AS view,
                   hash(i, 2) % {visitors} AS visitor,
                   {began_ms} + (hash(i, 3) % 86000000)::BIGINT AS t
            FROM range({first}, {last}) AS r(i)
        ),
        u AS (
            SELECT *, lpad(format('{{:x}}', hash(visitor, 4)), 16, '0')
                      || lpad(format('{{:x}}', hash(visitor, 5)), 16, '0') AS uid,
                   CASE WHEN hash(visitor, 6) % 2 = 0 THEN 'control' ELSE 'dense' END AS variant,
                   ['en', 'de', 'tr', 'ar'][1 + (hash(visitor, 7) % 4)::INT] AS lang,
                   ['/news/', '/sport/', '/culture/'][1 + (hash(i, 8) % 3)::INT] || 'story-'
                      || hash(i, 9) % 5000 AS path,
                   [360, 768, 1280][1 + (hash(visitor, 10) % 3)::INT] AS width
            FROM v
        ),
        e AS (
            SELECT *, unnest(range({EVENTS_A_VIEW})) AS n, unnest({kinds}) AS kind FROM u
        )
        SELECT '{{"id":"' || view || '-' || n || '","kind":"' || kind || '","t":' || (t + 900 * n)
            || ',"received":' || (t + 900 * n + 240) || ',"view":"' || view
            || '","unit":"visitor","uid":"' || uid || '","path":"' || path || '","lang":"' || lang
            || '","layout":"' || CASE variant WHEN 'control' THEN 'article' ELSE 'dense' END
            || '","gen":"0123456789ab","exp":"density","variant":"' || variant || '"'
            || CASE WHEN kind IN ('view', 'exposure', 'scroll', 'shift') THEN ''
               ELSE ',"placement":"inline","slot":"inline-' || (1 + n // 7) || '"' END
            || CASE kind WHEN 'render' THEN ',"value":' || (0.0005 + hash(i, 11) % 1000 / 200000.0)
               WHEN 'in-view' THEN ',"value":' || (hash(i, 12) % 300 / 10.0)
               WHEN 'scroll' THEN ',"value":' || (hash(i, 13) % 101 / 100.0)
               WHEN 'shift' THEN ',"value":0.0' ELSE '' END
            || ',"width":' || width || '}}'
        FROM e ORDER BY i, n
    """


def report_cost(placements: Path, state: Path, *more: str, threads: int = 2) -> Cost:
    """What `adweave report density` takes, as a command on `threads` processors."""
    return _cost(_command("report", "density", placements, state, more), threads)


def compact_cost(placements: Path, state: Path) -> Cost:
    """What `adweave compact` takes of all segments; it uses one processor."""
    return _cost(_command("compact", None, placements, state, ()), 1)


def _command(
    name: str, of: str | None, placements: Path, state: Path, more: Sequence[str]
) -> list[str]:
    command = [
        sys.executable,
        "-c",
        "from adweave.cli import main; main()",
        name,
        *([of] if of else []),
    ]
    return [*command, "--placements",
            str(placements), "--state", str(state), *more]  # fmt: skip


def _cost(command: Sequence[str], threads: int) -> Cost:
    allowed = sorted(os.sched_getaffinity(0))[:threads]
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, allowed),
    )
    timer = threading.Timer(LIMIT_S, process.kill)
    timer.start()
    try:
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
    finally:
        timer.cancel()
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {process.returncode}: {said.decode()}")
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def reports(events: int = EVENTS) -> str:
    """The figures as a Markdown table."""
    with TemporaryDirectory(prefix="adweave-bench-") as name:
        placements, state = Path(name) / "placements", Path(name) / "state"
        write_folder(placements)
        size = write_events(state, events)
        rows = [("segments", size, report_cost(placements, state))]
        packing = compact_cost(placements, state)
        packed = sum(path.stat().st_size for path in events_folder(state).glob("days/*"))
        page = str(Path(name) / "report.html")
        rows += [
            ("days' files", packed, report_cost(placements, state)),
            ("days' files, `--html`", packed, report_cost(placements, state, "--html", page)),
        ]
        lines = [
            "| from | MB | s of processor | s by the clock, 2 processors | MB of memory |",
            "| --- | --- | --- | --- | --- |",
            *(
                f"| {where} | {size / 1e6:,.0f} | {cost.processor_s:.1f} | {cost.wall_s:.1f} "
                f"| {cost.peak_mb:,.0f} |"
                for where, size, cost in rows
            ),
        ]
        return "\n".join(lines) + (
            f"\n\nPacking them (`adweave compact`, one processor): {packing.processor_s:.0f} s of "
            f"processor, {packing.peak_mb:,.0f} MB of memory."
        )
