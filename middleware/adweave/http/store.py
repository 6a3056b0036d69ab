"""What is kept in memory about pages, and for how long: least recently used goes first.

Safe between threads. Knows sizes and nothing of what is kept.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")


class BoundedStore(Generic[V]):
    """Key -> value, bounded by count and by the sum of the sizes that `put` is told (bytes)."""

    def __init__(self, *, max_count: int, max_bytes: int) -> None:
        self.max_count = max_count
        self.max_bytes = max_bytes
        self.size_bytes = 0
        self.evictions = 0
        """How many had to go for others so far."""
        self._lock = threading.Lock()
        self._entries: OrderedDict[bytes, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: bytes) -> V | None:
        """The value, which counts as used now, or None."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        with contextlib.suppress(KeyError):  # another thread has just let it go
            self._entries.move_to_end(key)
        return entry[0]

    def drop(self, key: bytes) -> None:
        """Let one go, if it is there."""
        with self._lock:
            entry = self._entries.pop(key, None)
            if entry is not None:
                self.size_bytes -= entry[1]

    def limit(self, max_bytes: int) -> None:
        """Set the bound in bytes; what no longer fits goes."""
        with self._lock:
            self.max_bytes = max_bytes
            self._make_room()

    def put(self, key: bytes, value: V, size_bytes: int) -> None:
        """Keep a value if it can fit at all; others go to make room for it."""
        with self._lock:
            old = self._entries.pop(key, None)
            if old is not None:
                self.size_bytes -= old[1]
            if size_bytes > self.max_bytes or self.max_count < 1:
                return
            self._entries[key] = (value, size_bytes)
            self.size_bytes += size_bytes
            self._make_room()

    def _make_room(self) -> None:
        while self._entries and (
            self.size_bytes > self.max_bytes or len(self._entries) > self.max_count
        ):
            _, (_, freed) = self._entries.popitem(last=False)
            self.size_bytes -= freed
            self.evictions += 1
