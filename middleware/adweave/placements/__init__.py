"""Placements: a folder of TOML files -> a validated `Site`, or every mistake with its line.

`load` reads a folder once; `Live` keeps the last good state of one that people edit. Knows TOML
and errors; nothing of HTML, HTTP or how slots are chosen.
"""

from adweave.placements.asked import cookies_of
from adweave.placements.authors import git, present_user
from adweave.placements.checks import BETTER_ADS_DENSITY
from adweave.placements.deciding import Decision, Off
from adweave.placements.demand import (
    ADAPTERS,
    AdSense,
    Bid,
    Demand,
    Gpt,
    Iframe,
    PlacementAdSense,
    PlacementGpt,
    PlacementIframe,
    PlacementPrebid,
    Prebid,
    Refresh,
)
from adweave.placements.edits import literal_of, text_literal, with_key, without_key
from adweave.placements.expectations import (
    Expectation,
    Expectations,
    Expected,
    Range,
    ReadTests,
    read_tests,
)
from adweave.placements.experiments import Experiment, Variant
from adweave.placements.files import written_whole
from adweave.placements.globs import glob_fault
from adweave.placements.history import Entry, History, Rollback
from adweave.placements.layouts import Layout, Placement
from adweave.placements.live import Live, good_site, load_snapshot, version_of
from adweave.placements.loading import Loaded, load
from adweave.placements.outcomes import EVENT_KINDS, METRICS, Guardrail, OwnMetric
from adweave.placements.political import Political
from adweave.placements.problems import PlacementsError, Problem
from adweave.placements.schemas import SCHEMAS_FOLDER, json_text, schema_files, schemas
from adweave.placements.settings import Consent, Events, Limits, Region, Settings
from adweave.placements.shipped import example_files
from adweave.placements.site import Assigned, Creative, Delivery, Site
from adweave.placements.snapshots import HistoryFault, Snapshot, present_state, write_snapshot
from adweave.placements.switch import Since, Switch, read_switch, switch_file, write_switch
from adweave.placements.targeting import Aimed, Facts, aimed, page_decides, without
from adweave.placements.values import Distance, PerViewport, Size, nearest

__all__ = [
    "ADAPTERS",
    "BETTER_ADS_DENSITY",
    "EVENT_KINDS",
    "METRICS",
    "SCHEMAS_FOLDER",
    "AdSense",
    "Aimed",
    "Assigned",
    "Bid",
    "Consent",
    "Creative",
    "Decision",
    "Delivery",
    "Demand",
    "Distance",
    "Entry",
    "Events",
    "Expectation",
    "Expectations",
    "Expected",
    "Experiment",
    "Facts",
    "Gpt",
    "Guardrail",
    "History",
    "HistoryFault",
    "Iframe",
    "Layout",
    "Limits",
    "Live",
    "Loaded",
    "Off",
    "OwnMetric",
    "PerViewport",
    "Placement",
    "PlacementAdSense",
    "PlacementGpt",
    "PlacementIframe",
    "PlacementPrebid",
    "PlacementsError",
    "Political",
    "Prebid",
    "Problem",
    "Range",
    "ReadTests",
    "Refresh",
    "Region",
    "Rollback",
    "Settings",
    "Since",
    "Site",
    "Size",
    "Snapshot",
    "Switch",
    "Variant",
    "aimed",
    "cookies_of",
    "example_files",
    "git",
    "glob_fault",
    "good_site",
    "json_text",
    "literal_of",
    "load",
    "load_snapshot",
    "nearest",
    "page_decides",
    "present_state",
    "present_user",
    "read_switch",
    "read_tests",
    "schema_files",
    "schemas",
    "switch_file",
    "text_literal",
    "version_of",
    "with_key",
    "without",
    "without_key",
    "write_snapshot",
    "write_switch",
    "written_whole",
]
