"""What one event is, and how it stands in a segment file.

Knows nothing of browsers' batches (intake does) nor of files (store does).
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass

KINDS = frozenset(
    {
        "view",  # once a page view, experiment or not
        "exposure",  # once a page view on which an experiment ran
        "request",  # a slot asked for a fill
        "fill",
        "no-fill",
        "render",  # a slot was shown to the layout: the denominator of the viewable rate
        "viewable",  # MRC: 50 % of the pixels for 1 s
        "in-view",  # value: seconds in view since the last such event of the slot
        "click",
        "shift",  # layout shift caused by a slot; value: the shift's score
        "scroll",  # value: deepest point read, as a share of the page without its ads
        "error",  # the loader, or a slot, failed; it is counted, its text is not sent
    }
)
"""Kinds that a browser may send."""

LOST = "lost"
"""Kind of the record that a store itself writes after it had to drop events; value: how many."""

AHEAD = "ahead"
"""Kind of the record of batches that came from pages loaded ahead of a visit; value: how many."""

REFUSED = "refused"
"""Kind of the record of batches that came from an address over the limit or without a token of
ours; value: how many."""


@dataclass(frozen=True, slots=True)
class Event:
    """One checked event, flat. Times are milliseconds since 1970 (UTC)."""

    id: str
    kind: str
    t: int  # by the reader's clock
    received: int  # by ours
    view: str
    unit: str  # "visitor" or "view"
    uid: str
    path: str
    lang: str | None = None
    layout: str | None = None
    gen: str | None = None
    exp: str | None = None
    variant: str | None = None  # None with an experiment: the unit is not in it
    placement: str | None = None
    slot: str | None = None
    value: float | None = None
    width: int | None = None  # of the viewport, CSS px
    bot: bool = False
    qa: bool = False  # a tester's link chose the variant
    unknown: bool = False  # it named an experiment or variant that we do not have


def record(kind: str, count: int = 1) -> Event:
    """A note of ours among the events: so many of that kind, `LOST`, `AHEAD` or `REFUSED`, now."""
    now_ms = time.time_ns() // 1_000_000
    return Event(
        id=f"{kind}-{secrets.token_hex(8)}",
        kind=kind,
        t=now_ms,
        received=now_ms,
        view="",
        unit="",
        uid="",
        path="",
        value=count,
    )


def line(event: Event) -> bytes:
    """The event as one NDJSON line, ASCII, with its newline.

    What is None or False is left out: half of a line would be the names of absent things.
    """
    record = {
        name: value
        for name in Event.__slots__
        if (value := getattr(event, name)) is not None and value is not False
    }
    return json.dumps(record, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"
