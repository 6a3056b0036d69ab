"""Slots: plans become the bytes to insert, and the browser code that fills what they reserve.

Takes plans, the configuration and texts; gives `Insertion`s and, under `/_adweave/`, the
files that they ask for. What runs in the browser is built from `browser/` into `static/`.
"""

from adweave.slots.assets import creative_path
from adweave.slots.csp import UNRESTRICTED, Needs, Permissions, permissions, with_hashes
from adweave.slots.demand import needs
from adweave.slots.model import (
    EVENTS_PATH,
    PREFIX,
    QA_PATH,
    READER_PATH,
    WIDE_FROM_PX,
    Asset,
    Insertion,
    Takeover,
)
from adweave.slots.reader import reader_answer
from adweave.slots.render import SlotRenderer

__all__ = [
    "EVENTS_PATH",
    "PREFIX",
    "QA_PATH",
    "READER_PATH",
    "UNRESTRICTED",
    "WIDE_FROM_PX",
    "Asset",
    "Insertion",
    "Needs",
    "Permissions",
    "SlotRenderer",
    "Takeover",
    "creative_path",
    "needs",
    "permissions",
    "reader_answer",
    "with_hashes",
]
