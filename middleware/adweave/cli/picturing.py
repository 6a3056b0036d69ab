"""What the layouts of an experiment's variants do with a page, for the pictures of its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from adweave.experiments import Arranged
from adweave.placements import Delivery, Experiment, Site
from adweave.review import NotAPage, Page, Trial

_SENTENCES: Final = (
    "The harbour office opened the new quay on Tuesday, two years later than it had planned. ",
    "Ferries from the islands will use it from the first of next month. ",
    "Those who live beside it ask who pays for the noise, and the council has no answer yet. ",
)
_PICTURE: Final = '<figure><img src="/quay.jpg" width="1200" height="800" alt=""></figure>\n'


def typical_article() -> Page:
    """Some 1 000 words with two pictures, three headings and a list: what is usual in the news."""
    paragraphs = [
        f"<p>{''.join(_SENTENCES[: 2 + number % 2])}{_SENTENCES[number % 3]}</p>\n"
        for number in range(18)
    ]
    for at, heading in ((14, "What comes next"), (9, "Who pays"), (4, "A long wait")):
        paragraphs.insert(at, f"<h2>{heading}</h2>\n")
    paragraphs.insert(13, "<ul><li>A second berth</li><li>A lift</li><li>A clock</li></ul>\n")
    paragraphs.insert(10, _PICTURE)
    paragraphs.insert(1, _PICTURE)
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The quay</title>'
        f"</head><body><article><h1>The quay is open</h1>\n{''.join(paragraphs)}</article></body>"
        "</html>"
    )
    fields = ((b"content-type", b"text/html; charset=utf-8"),)
    return Page("a typical article", "/article", body.encode(), fields)


def arranged(site: Site, experiment: Experiment, page: Page) -> Sequence[Arranged]:
    """Each variant's layout, tried on the page, whatever path and readers it is meant for."""
    trial = Trial(replace(site, experiments={}))
    found = []
    for variant in experiment.variants:
        layout = site.layouts[variant.layout]
        try:
            outcome = trial.run(page, Delivery((layout,)))
        except NotAPage as fault:
            found.append(Arranged(variant.name, layout, None, None, f"{fault}."))
            continue
        plans = outcome.findings.plans
        plan = plans[0] if outcome.plan is not None and plans else None
        why = outcome.detail or (plans[0].detail if plans else "")
        found.append(Arranged(variant.name, layout, outcome.findings.outline, plan, f"{why}."))
    return found
