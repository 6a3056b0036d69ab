"""What `slots` hands on: bytes to insert, and files to serve. Plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adweave.page import Landmark

PREFIX = "/_adweave/"
"""All that is served on the site's own address lies under this path."""

EVENTS_PATH = PREFIX + "e"
"""Where the loader sends its events."""

READER_PATH = PREFIX + "reader"
"""Where the loader asks what the request tells of the reader: see `reader_answer`."""

QA_PATH = PREFIX + "qa"
"""Where a tester's link leads first; see `adweave.events.signed_link`."""

# From this window width on, a reader gets the desktop sizes: the narrowest tablet that is
# commonly held upright. 728 px leaderboards fit from here on.
WIDE_FROM_PX = 768


@dataclass(frozen=True, slots=True)
class Insertion:
    """ASCII `markup` to be put at byte `offset` of the page.

    `gap` is the outline's gap, None for the insertion into the head. `slots` counts the ad
    slots in it, those of all variants; a notice is none.
    """

    offset: int
    markup: bytes
    gap: int | None
    slots: int


@dataclass(frozen=True, slots=True)
class Takeover:
    """Who takes a page over, in whose markup no element of ours may be.

    `frameworks` is the outline's, `places` names places by their byte offset. `comments`:
    markers stand at the places, as who takes the page over passes over them.
    """

    frameworks: str
    comments: bool
    places: Mapping[int, Landmark]


@dataclass(frozen=True, slots=True)
class Asset:
    """A file to be served as it is. Its path contains a hash of `body`, so it never changes.

    `policy` is a Content-Security-Policy to serve it with, None where it needs none of its own.
    """

    body: bytes
    content_type: str
    policy: str | None = None
