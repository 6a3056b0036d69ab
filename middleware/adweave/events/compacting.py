"""Closed segments -> one Parquet file a day, the days' sums, and an end for what is old.

Theory of operation. One run at a time, under a lock that reports share. A segment that its
writer has let go of is read, its events are added to the files of their days (UTC, by
`received`), and then it is deleted. A day's file carries the names of the segments that are in it
(`days`), so a run that was killed between the two steps is made good by the next: no event is lost,
none is counted twice. Copies of an event are dropped by id, against the two days before as well:
none is older than a day when it is taken in.

The sums of a day are worked out anew from its file whenever that changed, and stay when it is
deleted.

DuckDB is an extra. Without it segments stay as they are, and only age and room are seen to.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import shutil
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adweave.events.days import Days, day_of, sync
from adweave.events.segments import (
    DAY_SUFFIX,
    daily_folder,
    day_files,
    events_folder,
    segment_files,
    segments,
    try_lock,
)
from adweave.events.sql import COLUMNS, days_of, incoming, names, text

if TYPE_CHECKING:
    import duckdb

logger = logging.getLogger("adweave.events")

BATCH: Final = 200
BATCH_BYTES: Final = 128 * 1024 * 1024
"""So many segments are open, and in DuckDB, at a time; one larger than that alone."""
MEMORY: Final = "512MB"
"""Of DuckDB; more goes to the disk beside the events for as long as the run takes."""

_DAY_MS: Final = 86_400_000


class CompactionBusy(Exception):
    """Another run, or a report, has the files."""


class CompactionFailed(Exception):
    """The files can't be read or written; what was not compacted is as it was."""


@dataclass(slots=True)
class Compacted:
    """What one run did. `bytes_now` is what the events take on the disk after it."""

    segments: int = 0
    events: int = 0
    doubles: int = 0
    torn: int = 0  # lines that are no event: cut by a kill or a power failure
    expired: int = 0  # files older than the days that raw events are kept
    cut: int = 0  # files deleted before their time, for want of room
    broken: int = 0  # days' files that could not be read, and were put aside
    open: int = 0  # segments that are still written to
    bytes_now: int = 0
    has_duckdb: bool = True


def has_work(state: Path, now_s: float) -> bool:
    """Whether a run is due: a segment is closed, or the last run was a day ago. Cheap."""
    if importlib.util.find_spec("duckdb") is not None:
        with contextlib.closing(_closed(segment_files(state))) as found:
            if next(found, None) is not None:
                return True
    try:
        return now_s - (events_folder(state) / "lock").stat().st_mtime > 86_400
    except FileNotFoundError:  # there was none yet
        return any(now_s - path.stat().st_mtime > 86_400 for path in segments(state))


def compact(
    state: Path, *, retention_days: int, max_bytes: int, now_s: float | None = None
) -> Compacted:
    """One run. Raises `CompactionBusy` at once, or `CompactionFailed`; may be killed at any time.

    `max_bytes` bounds segments and days' files together, after the run; the oldest go first.
    """
    now_s = time.time() if now_s is None else now_s
    done = Compacted()
    if not events_folder(state).is_dir():
        return done
    try:
        with _alone(state):
            run = _Run(state, done)
            try:
                run.make_room(retention_days, max_bytes, now_s)
                run.merge()
                run.make_room(retention_days, max_bytes, now_s)
            finally:
                run.close()
            os.utime(events_folder(state) / "lock", (now_s, now_s))
    except OSError as error:
        raise CompactionFailed(f"{error.strerror or error}: {error.filename or state}") from error
    return done


@contextlib.contextmanager
def _alone(state: Path) -> Iterator[None]:
    path = events_folder(state) / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        if try_lock(descriptor) is not True:
            raise CompactionBusy(f"{path} is held by another run or a report; try again later.")
        yield
    finally:
        os.close(descriptor)


class _Run:
    """One run, with the lock held."""

    def __init__(self, state: Path, done: Compacted) -> None:
        self._state = state
        self._done = done
        self._spill = events_folder(state) / ".spill"
        self._db: duckdb.DuckDBPyConnection | None = None
        self._days: Days | None = None
        try:
            import duckdb
        except ImportError:
            done.has_duckdb = False
            return
        self._db = duckdb.connect(":memory:")
        self._db.execute("SET threads = 1")  # it runs beside a gateway
        self._db.execute("SET preserve_insertion_order = false")
        self._db.execute(f"SET memory_limit = '{MEMORY}'")
        self._db.execute("SET temp_directory = $1", [str(self._spill)])
        self._days = Days(self._db, state)

    def close(self) -> None:
        """Let go of memory and of what was put on the disk for a while."""
        if self._db is not None:
            self._db.close()
        if self._days is not None:
            self._done.broken = self._days.broken
        shutil.rmtree(self._spill, ignore_errors=True)

    # Segments -> days.

    def merge(self) -> None:
        """Bring all closed segments into their days' files."""
        paths = segment_files(self._state)
        if self._db is None or self._days is None:
            return
        for some in _in_batches(paths):
            with contextlib.closing(_closed(some)) as found:
                closed = list(found)
                if closed:
                    self._merge_some(self._db, self._days, closed)
                self._done.open += len(some) - len(closed)
        for path in day_files(self._state):
            self._see_to_sums(self._days, path)

    def _merge_some(self, db: duckdb.DuckDBPyConnection, days: Days, paths: Sequence[Path]) -> None:
        import duckdb

        try:
            db.execute(incoming(paths))
            rows = db.execute(
                f"""
                SELECT received // {_DAY_MS} AS day, segment,
                       (SELECT count(*) FROM incoming t WHERE t.segment = i.segment
                        AND t.id IS NULL) AS torn
                FROM incoming i WHERE id IS NOT NULL GROUP BY day, segment ORDER BY day
                """
            ).fetchall()
            by_day: dict[int, dict[str, int]] = {}
            told: set[str] = set()
            for day, segment, torn in rows:
                # A torn line has no time: it counts for the first day of its segment.
                by_day.setdefault(day, {})[segment] = 0 if segment in told else torn
                told.add(segment)
            for day, torn_by_segment in by_day.items():
                of_day = date(1970, 1, 1) + timedelta(days=day)
                self._add_to_day(db, days, of_day, torn_by_segment)
        except duckdb.Error as error:
            raise CompactionFailed(str(error)) from error
        for path in paths:
            path.unlink(missing_ok=True)
        sync(events_folder(self._state))
        self._done.segments += len(paths)

    def _add_to_day(
        self,
        db: duckdb.DuckDBPyConnection,
        days: Days,
        day: date,
        torn_by_segment: dict[str, int],
    ) -> None:
        path, known, merged = days.open_for(day)
        new = set(torn_by_segment) - merged
        if not new:
            return
        old = days_of([path]) if path.exists() else None
        before = [near for gap in (1, 2) for near in days.files_of(day - timedelta(days=gap))]
        seen = [each for each in (*days.files_of(day), *before) if days.read(each)]
        absent = f"WHERE id NOT IN (SELECT id FROM read_parquet({names(seen)}))" if seen else ""
        first = _epoch_day(day) * _DAY_MS
        db.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE fresh AS
            SELECT * FROM (
                SELECT DISTINCT ON (id) {", ".join(COLUMNS)} FROM incoming
                WHERE id IS NOT NULL AND received >= {first} AND received < {first + _DAY_MS}
                  AND segment IN ({", ".join(map(text, sorted(new)))})
                ORDER BY id, received
            ) {absent}
            """
        )
        came = _one(
            db,
            f"""
            SELECT count(*) FROM incoming
            WHERE id IS NOT NULL AND received >= {first} AND received < {first + _DAY_MS}
              AND segment IN ({", ".join(map(text, sorted(new)))})
            """,
        )
        kept = _one(db, "SELECT count(*) FROM fresh")
        torn = sum(torn_by_segment[name] for name in new)
        known.merged |= new
        known.doubles += came - kept
        known.torn += torn
        known.stamp = os.urandom(8).hex()
        source = "SELECT * FROM fresh"
        if old is not None:
            source = f"{old} UNION ALL {source}"
        days.write(source, path, known)
        days.see_to_sums(path)
        self._done.events += kept
        self._done.doubles += came - kept
        self._done.torn += torn

    def _see_to_sums(self, days: Days, path: Path) -> None:
        import duckdb

        try:
            days.see_to_sums(path)
        except duckdb.Error as error:
            raise CompactionFailed(str(error)) from error

    # Age and room.

    def make_room(self, retention_days: int, max_bytes: int, now_s: float) -> None:
        """Delete what is too old, then the oldest while there is too much."""
        for path in day_files(self._state):
            if _is_old(path, retention_days, now_s) and self._forget(path):
                self._done.expired += 1
        if self._db is None:
            with contextlib.closing(_closed(segment_files(self._state))) as found:
                for path in found:
                    if _is_old(path, retention_days, now_s):
                        path.unlink(missing_ok=True)
                        self._done.expired += 1
        sizes = {
            path: path.stat().st_size
            for path in (*day_files(self._state), *segment_files(self._state))
        }  # fmt: skip
        total = sum(sizes.values())
        if total > max_bytes:
            with contextlib.closing(_closed(segment_files(self._state))) as found:
                closed = set(found)
                for path in sorted(sizes, key=_age_key):
                    is_day = path.suffix == DAY_SUFFIX
                    if total <= max_bytes or not (is_day or path in closed):
                        continue
                    # Segments become far smaller as a day's file: they go only without DuckDB.
                    if not is_day and self._db is not None:
                        continue
                    if is_day and not self._forget(path):
                        continue
                    path.unlink(missing_ok=True)
                    total -= sizes[path]
                    self._done.cut += 1
                    logger.warning("%s is deleted before its time: no room", path)
        self._done.bytes_now = total

    def _forget(self, path: Path) -> bool:
        """Delete a day's file, once its sums are safe."""
        if self._days is not None:
            self._see_to_sums(self._days, path)
        elif not (daily_folder(self._state) / path.name).exists():
            return False
        path.unlink(missing_ok=True)
        sync(path.parent)
        return True


def _closed(paths: Sequence[Path]) -> Generator[Path]:
    """Those that nobody writes to, each locked until the iterator is closed."""
    held: list[int] = []
    try:
        for path in paths:
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            held.append(descriptor)
            if try_lock(descriptor) is True:
                yield path
    finally:
        for descriptor in held:
            os.close(descriptor)


def _in_batches(paths: Sequence[Path]) -> Iterator[list[Path]]:
    batch: list[Path] = []
    size = 0
    for path in paths:
        try:
            more = path.stat().st_size
        except FileNotFoundError:
            continue
        if batch and (len(batch) >= BATCH or size + more > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += more
    if batch:
        yield batch


def _age_key(path: Path) -> tuple[date, str]:
    return day_of(path), path.name


def _is_old(path: Path, retention_days: int, now_s: float) -> bool:
    today = datetime.fromtimestamp(now_s, UTC).date()
    return day_of(path) < today - timedelta(days=retention_days)


def _epoch_day(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _one(db: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = db.execute(sql).fetchone()
    assert row is not None  # an aggregate without GROUP BY has exactly one row
    return int(row[0])
