"""Review: what a configuration does to pages, before it does it.

Takes pages and placements; gives explanations, findings of the linter, differences between two
configurations, and results of a folder's own tests, all as data and as pages to look at. Knows
nothing of commands, and changes nothing.
"""

from adweave.review.explanation import Explanation, LayoutExplanation, explanation_of
from adweave.review.page import ANYBODY, Page, Reader
from adweave.review.reading import NotRead, Target, is_url, read_page_at, targets_of
from adweave.review.testing import Result, run_expectation, sample_page
from adweave.review.trial import NotAPage, Outcome, Trial, woven

__all__ = [
    "ANYBODY",
    "Explanation",
    "LayoutExplanation",
    "NotAPage",
    "NotRead",
    "Outcome",
    "Page",
    "Reader",
    "Result",
    "Target",
    "Trial",
    "explanation_of",
    "is_url",
    "read_page_at",
    "run_expectation",
    "sample_page",
    "targets_of",
    "woven",
]
