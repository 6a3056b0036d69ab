"""The files of days: a day's events, and the day's sums, each with a note of what is in it.

A file is there whole or not at all, and carries the names of the segments that are in it, so that a
run that was killed can be made good by the next. Once a day's file is gone its sums stay, and what
comes for that day begins another edition of it (".2"). Knows DuckDB; nothing of which segments are
due and of what is too old.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adweave.events.segments import DAY_SUFFIX, daily_folder, day_files, days_folder
from adweave.events.sql import names, sums_of, text

if TYPE_CHECKING:
    import duckdb

logger = logging.getLogger("adweave.events")


@dataclass(slots=True)
class Day:
    """What a day's file says of itself."""

    merged: set[str] = field(default_factory=set)  # names of the segments that are in it
    doubles: int = 0
    torn: int = 0
    stamp: str = ""  # differs between any two states of the file

    def as_sql(self) -> str:
        """For the options of a COPY."""
        told = {
            "segments": sorted(self.merged), "doubles": self.doubles, "torn": self.torn,
            "stamp": self.stamp,
        }  # fmt: skip
        return f"KV_METADATA {{adweave: {text(json.dumps(told))}}}"


class Days:
    """The days of one state directory, for a run that has its lock.

    `broken`: how many files could not be read, and were put aside. Raises `duckdb.Error`.
    """

    def __init__(self, db: duckdb.DuckDBPyConnection, state: Path) -> None:
        self._db = db
        self._state = state
        self.broken = 0

    def open_for(self, day: date) -> tuple[Path, Day, set[str]]:
        """The file that takes a day's events, what it says, and what all editions have taken."""
        merged: set[str] = set()
        edition = 1
        while True:
            name = f"{day}{f'.{edition}' if edition > 1 else ''}{DAY_SUFFIX}"
            path, sums = days_folder(self._state) / name, daily_folder(self._state) / name
            known = self.read(path) or Day()
            told = self.read(sums)
            merged |= known.merged | (told.merged if told else set())
            if path.exists() or told is None:
                return path, known, merged
            edition += 1

    def files_of(self, day: date) -> list[Path]:
        """All editions of a day."""
        return [path for path in day_files(self._state) if day_of(path) == day]

    def read(self, path: Path) -> Day | None:
        """What a file says of itself; None where there is none. A broken one is put aside."""
        import duckdb

        if not path.exists():
            return None
        try:
            row = self._db.execute(
                f"SELECT value FROM parquet_kv_metadata({names([path])}) WHERE key = 'adweave'"
            ).fetchone()
        except duckdb.InvalidInputException as error:
            logger.warning("%s can't be read and is put aside: %s", path, error)
            path.replace(path.with_suffix(".broken"))
            self.broken += 1
            return None
        told: dict[str, Any] = json.loads(bytes(row[0])) if row else {}
        return Day(
            set(told.get("segments", ())),
            told.get("doubles", 0),
            told.get("torn", 0),
            told.get("stamp", ""),
        )

    def see_to_sums(self, path: Path) -> None:
        """Work a day's sums out, where they are not those of its file."""
        known = self.read(path)
        sums = daily_folder(self._state) / path.name
        told = self.read(sums)
        if known is None or (told is not None and told.stamp == known.stamp):
            return
        self.write(sums_of(path, day_of(path)), sums, known)

    def write(self, source: str, path: Path, told: Day) -> None:
        """A Parquet file that is there whole, or not at all, whatever happens."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".tmp")
        try:
            self._db.execute(
                f"COPY ({source}) TO {text(str(beside))}"
                f" (FORMAT parquet, COMPRESSION zstd, {told.as_sql()})"
            )
            sync(beside)
            os.replace(beside, path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        sync(path.parent)


def day_of(path: Path) -> date:
    """Of a day's file, or of a segment's beginning."""
    return date.fromisoformat(path.name[: 10 if path.suffix == DAY_SUFFIX else 8])


def sync(path: Path) -> None:
    """Have a file, or a folder's names, last over a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
