"""Slots: plans become the bytes to insert, and the browser code that fills what they reserve.

Takes plans, the configuration and texts; gives `Insertion`s and, under `/_adweave/`, the
files that they ask for. What runs in the browser is built from `browser/` into `static/`.
"""

from adweave.slots.assets import creative_path
from adweave.slots.csp import UNRESTRICTED, Permissions, permissions
from adweave.slots.model import EVENTS_PATH, PREFIX, WIDE_FROM_PX, Asset, Insertion
from adweave.slots.render import SlotRenderer

__all__ = [
    "EVENTS_PATH",
    "PREFIX",
    "UNRESTRICTED",
    "WIDE_FROM_PX",
    "Asset",
    "Insertion",
    "Permissions",
    "SlotRenderer",
    "creative_path",
    "permissions",
]
