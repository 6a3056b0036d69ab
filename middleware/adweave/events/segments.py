"""Names and places of segment files, for those who write and those who read them."""

from __future__ import annotations

import time
from pathlib import Path

SUFFIX = ".ndjson"


def events_folder(state: Path) -> Path:
    """Where the segments stand in a state directory."""
    return state / "events"


def segment_name(now_s: float, pid: int, salt: str) -> str:
    """A name that sorts by time and that no other process or start can have."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now_s))
    return f"{stamp}-{pid}-{salt}{SUFFIX}"


def segments(state: Path) -> list[Path]:
    """All segments of a state directory, oldest first; empty where there is none."""
    return sorted(events_folder(state).glob(f"*{SUFFIX}"))
