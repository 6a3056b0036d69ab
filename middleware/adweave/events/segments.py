"""Names and places of event files, for those who write and those who read them.

    events/20261125T093000Z-4711-0a1b2c3d.ndjson   segments: what workers write
    events/days/2026-11-25.parquet                 a day's events, doubles dropped
    events/daily/2026-11-25.parquet                the day's sums, kept for ever
    events/lock                                    held by who compacts, shared by who reads

A segment is locked (`flock`) by its writer for as long as it is open. The system lets go of the
lock when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

SUFFIX = ".ndjson"
DAY_SUFFIX = ".parquet"

_NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


def events_folder(state: Path) -> Path:
    """Where the segments stand in a state directory."""
    return state / "events"


def days_folder(state: Path) -> Path:
    """Where compacted events stand, a Parquet file a day."""
    return events_folder(state) / "days"


def daily_folder(state: Path) -> Path:
    """Where the days' sums stand, a Parquet file a day."""
    return events_folder(state) / "daily"


def segment_name(now_s: float, pid: int, salt: str) -> str:
    """A name that sorts by time and that no other process, start or machine can have."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now_s))
    return f"{stamp}-{pid}-{salt}{SUFFIX}"


def segment_files(state: Path) -> list[Path]:
    """What workers wrote and is not compacted, oldest first; empty where there is none."""
    return sorted(events_folder(state).glob(f"*{SUFFIX}"))


def day_files(state: Path) -> list[Path]:
    """The files of compacted days, the oldest first."""
    return sorted(days_folder(state).glob(f"*{DAY_SUFFIX}"))


def segments(state: Path) -> list[Path]:
    """Every file with events, the oldest first: compacted days, then what workers wrote.

    After a run that was killed some events are in two of them: readers drop copies by id.
    """
    return day_files(state) + segment_files(state)


def sums_without_days(state: Path) -> list[Path]:
    """The sums of days whose events are gone, the oldest first."""
    kept = {path.name for path in day_files(state)}
    return sorted(
        path for path in daily_folder(state).glob(f"*{DAY_SUFFIX}") if path.name not in kept
    )


def try_lock(descriptor: int) -> bool | None:
    """Lock an open file without waiting: False where another has it.

    None where the file system has no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return None
        raise
    return True


@contextlib.contextmanager
def held_still(state: Path) -> Iterator[None]:
    """While this is open no file is compacted or deleted. Waits for a run that is under way.

    Where the lock can't be had (no events yet, or a state that may only be read) it does nothing.
    """
    try:
        descriptor = os.open(events_folder(state) / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)
