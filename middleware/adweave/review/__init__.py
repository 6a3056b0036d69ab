"""Review: what a configuration does to pages, before it does it.

Takes pages and placements; gives explanations, findings of the linter, differences between two
configurations, and results of a folder's own tests, all as data and as pages to look at. Knows
nothing of commands, and changes nothing.
"""

from adweave.review.explanation import Explanation, LayoutExplanation, explanation_of
from adweave.review.page import Page
from adweave.review.trial import NotAPage, Outcome, Trial, woven

__all__ = [
    "Explanation",
    "LayoutExplanation",
    "NotAPage",
    "Outcome",
    "Page",
    "Trial",
    "explanation_of",
    "woven",
]
