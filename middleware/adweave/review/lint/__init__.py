"""The linter: ads of any page, judged by where they stand and how they are marked.

`model` has the rules; `ads` finds the ads, `flow` lays the article out by estimates or `browser`
does it for real, `checks` judges, `reports` writes for machines.
"""

from adweave.review.lint.browser import NoBrowser, lens
from adweave.review.lint.lint import DEFAULT_LAYOUT, Measure, lint_page
from adweave.review.lint.model import RULES, Finding, Level, LintReport, Share
from adweave.review.lint.reports import as_junit, as_object, as_sarif, line_of

__all__ = [
    "DEFAULT_LAYOUT",
    "RULES",
    "Finding",
    "Level",
    "LintReport",
    "Measure",
    "NoBrowser",
    "Share",
    "as_junit",
    "as_object",
    "as_sarif",
    "lens",
    "line_of",
    "lint_page",
]
