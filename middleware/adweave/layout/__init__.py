"""Outline x layout -> plan: which gaps get a slot, and why the others do not.

Takes an `Outline` from `page` and a `Layout` from `placements`; gives a `Plan`, and for people
the `Verdict` on every gap. Pure: no clock, no I/O, same input, same output.
"""

from adweave.layout.anchored import AnchorVerdict, with_anchored
from adweave.layout.changes import Change, changes_for
from adweave.layout.measure import Measures, measures_of
from adweave.layout.model import LABEL_HEIGHT_PX, Check, Plan, Slot, Verdict
from adweave.layout.planner import length_of, plan_for, slot_height_px
from adweave.layout.verdicts import verdicts_for

__all__ = [
    "LABEL_HEIGHT_PX",
    "AnchorVerdict",
    "Change",
    "Check",
    "Measures",
    "Plan",
    "Slot",
    "Verdict",
    "changes_for",
    "length_of",
    "measures_of",
    "plan_for",
    "slot_height_px",
    "verdicts_for",
    "with_anchored",
]
