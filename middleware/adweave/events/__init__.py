"""Events: a browser's batch -> checked events -> segment files.

Takes the bytes of `POST /_adweave/e`; gives `Accepted` or `Refused`, and stores what was
accepted so that no page ever waits for a disk. Knows nothing of HTTP, pages or statistics.
"""

from adweave.events.intake import MAX_BYTES, REASONS, Accepted, Refused, intake
from adweave.events.model import KINDS, LOST, Event, line
from adweave.events.segments import events_folder, segments
from adweave.events.store import EventStore, SegmentStore, StoreCounts

__all__ = [
    "KINDS",
    "LOST",
    "MAX_BYTES",
    "REASONS",
    "Accepted",
    "Event",
    "EventStore",
    "Refused",
    "SegmentStore",
    "StoreCounts",
    "events_folder",
    "intake",
    "line",
    "segments",
]
