"""Review: what a configuration does to pages, before it does it.

Takes pages and placements; gives explanations, findings of the linter, differences between two
configurations, and results of a folder's own tests, all as data and as pages to look at. Knows
nothing of commands, and changes nothing.
"""

from adweave.review.comparing import Comparison, PageChange, SlotChange, Totals, compared
from adweave.review.explanation import Explanation, LayoutExplanation, explanation_of
from adweave.review.languages import label_problems
from adweave.review.overlay import explanation_page, live_script
from adweave.review.page import Page, Reader
from adweave.review.reading import NotRead, Target, read_page_at, targets_of
from adweave.review.sentences import ANCHOR_RULES, RULES, sentence_of
from adweave.review.sidebyside import MOST_PAGES, Pair, comparison_page, where_of
from adweave.review.states import NoState, State, changed_files, opened
from adweave.review.testing import Result, run_expectation
from adweave.review.trial import NotAPage, Outcome, Trial, woven

__all__ = [
    "ANCHOR_RULES",
    "MOST_PAGES",
    "RULES",
    "Comparison",
    "Explanation",
    "LayoutExplanation",
    "NoState",
    "NotAPage",
    "NotRead",
    "Outcome",
    "Page",
    "PageChange",
    "Pair",
    "Reader",
    "Result",
    "SlotChange",
    "State",
    "Target",
    "Totals",
    "Trial",
    "changed_files",
    "compared",
    "comparison_page",
    "explanation_of",
    "explanation_page",
    "label_problems",
    "live_script",
    "opened",
    "read_page_at",
    "run_expectation",
    "sentence_of",
    "targets_of",
    "where_of",
    "woven",
]
