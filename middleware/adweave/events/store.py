"""Where checked events are kept: the protocol, and files on this machine.

`SegmentStore` appends to a file of its own process (NDJSON, one event a line), so workers
need no lock between them and nothing has to be installed.

Theory of operation: `append` only puts events into a bounded queue and returns. A writer
thread takes what has come in within 20 ms and writes it, so a killed process loses no more
than that. A second thread has the file synced at least every 0.5 s, so a machine that loses
power loses no more than that, and however long a sync takes, writing goes on. A file is locked
for as long as it is written to: what is not locked is complete, also after a kill. What cannot be
written is tried again each second; when the queue is full, or the files that nobody has compacted
take too much room, further events are dropped and counted, and a record of kind "lost" says how
many as soon as the file can be written again. No failure ever reaches a page.

Knows nothing of HTTP and nothing of what events mean.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from adweave.events.model import LOST, Event, line, record
from adweave.events.segments import SUFFIX, segment_name, try_lock

logger = logging.getLogger("adweave.events")

LINGER_S = 0.02
"""Events that come in within this time are written at once: fewer wake-ups for busy sites."""
SYNC_S = 0.4
"""A written event is synced this much later at most, plus the sync's own time: under 0.5 s."""
RETRY_S = 1.0
LOOK_S = 10.0
"""So often the room that uncompacted files take is looked at, while events come."""
LOG_EVERY_S = 60.0
CLOSE_S = 5.0
BATCH = 5_000


class EventStore(Protocol):
    """What the intake needs of a store."""

    def append(self, events: Sequence[Event]) -> int:
        """Takes events without waiting for any disk; returns how many it took. Never raises."""

    def close(self) -> None:
        """Writes what was taken, as far as that can be done. Later appends are refused."""


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """Events since the process began: `taken` = `written` + `queued` + `lost`."""

    taken: int
    written: int
    queued: int
    dropped: int  # not taken: the queue was full, or the store closed
    lost: int  # taken, and unwritable to the end
    failures: int  # writes or syncs that failed


class SegmentStore:
    """Appends to segment files in `folder`, which is made when the first event comes.

    A segment is closed at `segment_bytes` or after `segment_age_s`, then a new one begins. Where
    all segments of the folder together have more than `max_bytes()`, nothing is taken.
    Safe to make before workers are forked: threads and file belong to the process that
    appends.
    """

    def __init__(
        self,
        folder: Path,
        *,
        queue_limit: int = 50_000,
        segment_bytes: int = 64 * 1024 * 1024,
        segment_age_s: float = 3600.0,
        max_bytes: Callable[[], int] | None = None,
    ) -> None:
        self._folder = folder
        self._queue_limit = queue_limit
        self._segment_bytes = segment_bytes
        self._segment_age_s = segment_age_s
        self._max_bytes = max_bytes
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._wake = threading.Condition()
        self._queue: deque[Event] = deque()
        self._closing = threading.Event()
        self._dirty = threading.Event()
        self._all_written = threading.Event()
        self._segments_lock = threading.Lock()
        self._segment: _Segment | None = None
        self._ended: list[_Segment] = []
        self._threads: list[threading.Thread] = []
        self._taken = self._written = self._dropped = self._lost = self._failures = 0
        self._in_hand = 0
        self._drops_told = 0
        self._is_full = False
        self._next_look = 0.0
        self._logged: dict[str, float] = {}

    @property
    def counts(self) -> StoreCounts:
        """A consistent snapshot."""
        with self._wake:
            return StoreCounts(
                taken=self._taken,
                written=self._written,
                queued=len(self._queue) + self._in_hand,
                dropped=self._dropped,
                lost=self._lost,
                failures=self._failures,
            )

    def append(self, events: Sequence[Event]) -> int:
        """Queues events, in order, as far as there is room; returns how many."""
        if os.getpid() != self._pid:
            self._begin()  # a fork: the parent's threads are not here, and its queue is its own
        with self._wake:
            room = self._queue_limit - len(self._queue) - self._in_hand
            refuses = self._closing.is_set() or self._is_full
            count = 0 if refuses else max(0, min(len(events), room))
            self._queue.extend(events[:count])
            self._taken += count
            self._dropped += len(events) - count
            if count and not self._threads:
                self._start()
            self._wake.notify()
        if self._is_full:
            self._dirty.set()  # to look again, though nothing is written
        if count < len(events) and not self._closing.is_set():
            what = "files take too much room" if self._is_full else "queue is full"
            self._log("full", f"event {what}: dropping events", None)
        return count

    def close(self) -> None:
        """Writes and syncs what is queued; waits `CLOSE_S` at most for a disk that hangs."""
        if os.getpid() != self._pid:
            return
        with self._wake:
            self._closing.set()
            self._wake.notify()
        for thread in self._threads:
            thread.join(CLOSE_S)
        atexit.unregister(self.close)

    def _start(self) -> None:
        atexit.register(self.close)
        for target in (self._write_forever, self._sync_forever):
            thread = threading.Thread(target=target, name="adweave-events", daemon=True)
            self._threads.append(thread)
            thread.start()

    # The writer thread: makes segments and writes to them.

    def _write_forever(self) -> None:
        while batch := self._next_batch():
            written = self._write_or_wait(batch)
            with self._wake:
                self._in_hand = 0
                if written:
                    self._written += len(batch)
                else:
                    self._lost += len(batch)
        self._end_segment()
        self._all_written.set()
        self._dirty.set()

    def _next_batch(self) -> list[Event]:
        """Waits for events; empty when the store is closing and nothing is left."""
        with self._wake:
            while not self._queue and not self._closing.is_set():
                if not self._wake.wait(self._rest_s()):
                    self._end_segment()  # nothing came for long: let it be compacted
                    self._dirty.set()
        self._closing.wait(LINGER_S)
        with self._wake:
            self._in_hand = min(len(self._queue), BATCH)
            return [self._queue.popleft() for _ in range(self._in_hand)]

    def _rest_s(self) -> float | None:
        """Seconds until the open segment is to be closed; None without one."""
        if self._segment is None:
            return None
        return max(0.0, self._segment.began + self._segment_age_s - time.monotonic())

    def _write_or_wait(self, batch: list[Event]) -> bool:
        """Writes the batch, again each second while that fails; False: closing, and it failed."""
        payload = b"".join(map(line, batch))
        while True:
            drops = self._dropped - self._drops_told
            told = line(record(LOST, drops)) if drops else b""
            last = self._closing.is_set()
            try:
                self._write(told + payload)
            except OSError as error:
                self._fail("write", error)
                if last:
                    return False
                self._closing.wait(RETRY_S)
            else:
                self._drops_told += drops
                self._dirty.set()
                return True

    def _write(self, payload: bytes) -> None:
        segment = self._segment
        if segment is not None and (
            segment.size + len(payload) > self._segment_bytes
            or time.monotonic() - segment.began > self._segment_age_s
            or segment.is_unlinked()
        ):
            self._end_segment()
            segment = None
        if segment is None:
            segment = self._segment = _Segment.create(self._folder)
        try:
            segment.write(payload)
        except OSError:
            segment.take_back()
            self._end_segment()
            raise

    def _end_segment(self) -> None:
        with self._segments_lock:
            if self._segment is not None:
                self._ended.append(self._segment)
            self._segment = None

    # The syncing thread: syncs segments, and alone closes them.

    def _sync_forever(self) -> None:
        is_last = False
        while not is_last:
            self._dirty.wait()
            self._closing.wait(SYNC_S)
            is_last = self._all_written.is_set()
            self._dirty.clear()
            with self._segments_lock:
                ended, self._ended = self._ended, []
                current = [self._segment] if self._segment is not None else []
            for segment in ended + current:
                try:
                    segment.sync()
                except OSError as error:
                    self._fail("sync", error)
            for segment in ended:
                segment.close()
            self._look()

    def _look(self) -> None:
        """See whether there is still room."""
        now = time.monotonic()
        if self._max_bytes is None or now < self._next_look:
            return
        self._next_look = now + LOOK_S
        taken = 0
        try:
            for path in self._folder.glob(f"*{SUFFIX}"):
                with contextlib.suppress(FileNotFoundError):  # compacted just now
                    taken += path.stat().st_size
        except OSError as error:
            self._fail("measure", error)
        self._is_full = taken > self._max_bytes()

    def _fail(self, what: str, error: OSError) -> None:
        with self._wake:
            self._failures += 1
        self._log(what, f"cannot {what} events in {self._folder}", error)

    def _log(self, kind: str, message: str, error: OSError | None) -> None:
        """Once a minute for each kind: a full disk must not be filled further by its log."""
        now = time.monotonic()
        if now - self._logged.get(kind, -LOG_EVERY_S) >= LOG_EVERY_S:
            self._logged[kind] = now
            logger.warning("%s%s", message, f": {error}" if error else "")


class _Segment:
    """One open segment file."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._is_entered = False
        self.size = 0
        self.began = time.monotonic()

    @classmethod
    def create(cls, folder: Path) -> _Segment:
        folder.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        while True:
            path = folder / segment_name(time.time(), os.getpid(), secrets.token_hex(4))
            descriptor = os.open(path, flags, 0o640)
            if try_lock(descriptor) is not False and os.fstat(descriptor).st_nlink:
                return cls(path, descriptor)
            os.close(descriptor)  # taken for a left one before it could be locked

    def write(self, payload: bytes) -> None:
        """All of the payload, or an `OSError`; then it must be taken back."""
        view = memoryview(payload)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self.size += len(payload)

    def take_back(self) -> None:
        """Takes off what a failed write left, so that its retry elsewhere makes no doubles and
        no torn line; the file too, where nothing else is in it. Best effort: readers bear both.
        """
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, self.size)
        if self.size == 0:
            with contextlib.suppress(OSError):
                self._path.unlink()

    def is_unlinked(self) -> bool:
        """Whether the file was deleted under us: what is written to it would be lost."""
        return os.fstat(self._descriptor).st_nlink == 0

    def sync(self) -> None:
        """Makes the file last, and its name: else it may be gone after a power cut."""
        os.fsync(self._descriptor)
        if not self._is_entered and not self.is_unlinked():
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
            self._is_entered = True

    def close(self) -> None:
        os.close(self._descriptor)
