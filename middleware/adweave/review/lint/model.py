"""What the linter says: its rules, each with its source, and findings with a place and a fix.

Plain data. Knows neither HTML nor how anything was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

BETTER_ADS = "Better Ads Standards (Coalition for Better Ads)"
GUARDIAN = "distances of the Guardian's spacefinder"


class Level(StrEnum):
    """How bad a finding is; the words are SARIF's."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that the linter looks for. `source` says who asks for it, `url` where."""

    id: str
    level: Level
    summary: str
    source: str
    fix: str
    url: str = ""


_ALL = (
    Rule(
        "density", Level.ERROR,
        "Ads take more of the main content's height than 30 % on mobile or 50 % on desktop.",
        BETTER_ADS, "take an ad out, or put more text between ads",
        "https://www.betterads.org/standards/",
    ),
    Rule(
        "first-100px", Level.WARNING,
        "An ad begins in the first 100 px of the page.",
        "adweave's own: the first 100 px belong to the page",
        "put it below the page's head, or below the first paragraphs",
    ),
    Rule(
        "from-top", Level.WARNING,
        "An ad stands nearer to the article's start than the layout allows.",
        GUARDIAN, "move it further down",
    ),
    Rule(
        "from-bottom", Level.WARNING,
        "An ad stands nearer to the article's end than the layout allows.",
        GUARDIAN, "move it further up, or behind the article",
    ),
    Rule(
        "too-close", Level.WARNING,
        "Two ads stand nearer to each other than the layout's `every`.",
        GUARDIAN, "move one of them, or take it out",
    ),
    Rule(
        "near-ad", Level.ERROR,
        "Two ads with no text in between.",
        "AdSense programme policies; adweave's own: no two slots without text in between",
        "take one of them out",
        "https://support.google.com/adsense/answer/1346295",
    ),
    Rule(
        "near-heading", Level.WARNING,
        "An ad right below a heading, where the reader expects the text.",
        GUARDIAN, "move it behind the first paragraph that follows the heading",
    ),
    Rule(
        "near-image", Level.WARNING,
        "An ad beside an image or embed, which may be taken for a part of it.",
        f"{GUARDIAN}; AdSense programme policies: no ads next to images",
        "put a paragraph in between",
        "https://support.google.com/adsense/answer/1346295",
    ),
    Rule(
        "out-of-view", Level.WARNING,
        "More than three ads are loaded while they are out of view.",
        "Publisher Ads Audits for Lighthouse: few ads loaded outside the viewport",
        "load them as the reader nears: lazy_margin, enableLazyLoad or loading=\"lazy\"",
    ),
    Rule(
        "no-reserve", Level.WARNING,
        "No height is reserved for an ad: the page jumps when it loads.",
        "Core Web Vitals: cumulative layout shift; Google Publisher Tag: minimise layout shift",
        "give its container a min-height of its tallest size, for each viewport",
        "https://developers.google.com/publisher-tag/guides/minimize-layout-shift",
    ),
    Rule(
        "no-label", Level.WARNING,
        "An ad does not say that it is one.",
        "Directive 2005/29/EC, annex I, no. 11; ICC Advertising Code, article 7",
        "label it, in a CSS ::before with attr(data-label) so that the label is no page text",
    ),
    Rule(
        "wrong-label", Level.WARNING,
        "An ad's label is in another language than the article.",
        "adweave's own: labels follow the article and not the template",
        "use the article's language for the label",
    ),
    Rule(
        "ad-text", Level.WARNING,
        "Text in an ad's container is a part of the page to scrapers and screen readers.",
        "adweave's own: labels and placeholders are never page text",
        "show it by CSS ::before with content: attr(data-label), or take it out",
    ),
)  # fmt: skip
RULES: dict[str, Rule] = {rule.id: rule for rule in _ALL}


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a page breaks, at one place.

    `viewport` is empty where the finding holds for all. `offset` is in bytes; `line` and `col`
    count from 1, columns in characters. `ad` names the ad as people find it in the markup.
    """

    rule: str
    viewport: str
    offset: int
    line: int
    col: int
    message: str
    fix: str
    ad: str = ""

    @property
    def level(self) -> Level:
        """The rule's level."""
        return RULES[self.rule].level


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the main content's height ads take at a viewport; heights in px."""

    viewport: str
    ads: int
    ads_px: float
    content_px: float

    @property
    def value(self) -> float:
        """0 to 1."""
        return self.ads_px / self.content_px if self.content_px else 0.0


@dataclass(frozen=True, slots=True)
class LintReport:
    """What the linter found in one page.

    `passed` says why the page could not be looked at (its ads' places are then unknown).
    `vendors` counts the ads by who sells them; `is_measured` whether a browser laid it out.
    """

    target: str
    findings: tuple[Finding, ...]
    shares: tuple[Share, ...] = ()
    vendors: tuple[tuple[str, int], ...] = ()
    note: str = ""
    passed: str | None = None
    is_measured: bool = False

    @property
    def breaks_better_ads(self) -> bool:
        """Whether the page's ads take more room than the Better Ads Standards allow."""
        return any(finding.rule == "density" for finding in self.findings)
