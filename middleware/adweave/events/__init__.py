"""Events: a browser's batch -> checked events -> segment files.

Takes the bytes of `POST /_adweave/e`; gives `Accepted` or `Refused`, and stores what was
accepted so that no page ever waits for a disk; later, `compact` makes days' files of it. Knows
nothing of HTTP, pages or statistics.
"""

from adweave.events.compacting import (
    Compacted,
    CompactionBusy,
    CompactionFailed,
    compact,
    has_work,
)
from adweave.events.desk import Desk, Sent, Terms
from adweave.events.intake import MAX_BYTES, REASONS, Accepted, Refused, intake
from adweave.events.links import (
    QA_COOKIE,
    SESSION_S,
    BadLink,
    Forced,
    forced_by,
    signed_link,
)
from adweave.events.model import AHEAD, KINDS, LOST, REFUSED, Event, line, record
from adweave.events.segments import (
    daily_folder,
    days_folder,
    events_folder,
    held_still,
    segments,
    sums_without_days,
)
from adweave.events.senders import crawlers
from adweave.events.store import EventStore, SegmentStore, StoreCounts
from adweave.events.tokens import KEY_VARIABLE, page_key, page_token

__all__ = [
    "AHEAD",
    "KEY_VARIABLE",
    "KINDS",
    "LOST",
    "MAX_BYTES",
    "QA_COOKIE",
    "REASONS",
    "REFUSED",
    "SESSION_S",
    "Accepted",
    "BadLink",
    "Compacted",
    "CompactionBusy",
    "CompactionFailed",
    "Desk",
    "Event",
    "EventStore",
    "Forced",
    "Refused",
    "SegmentStore",
    "Sent",
    "StoreCounts",
    "Terms",
    "compact",
    "crawlers",
    "daily_folder",
    "days_folder",
    "events_folder",
    "forced_by",
    "has_work",
    "held_still",
    "intake",
    "line",
    "page_key",
    "page_token",
    "record",
    "segments",
    "signed_link",
    "sums_without_days",
]
