"""The planner's rules in words that people use."""

from __future__ import annotations

from adweave.layout import Check

# What each rule means to a reader of the explanation; {need} and {have} carry their units.
RULES: dict[str, str] = {
    "from-top": "{need} below the article's start needed, {have} there",
    "first": "the placement starts at {need}, this is at {have}",
    "from-bottom": "{need} above the article's end needed, {have} there",
    "last": "the placement ends {need} before the end, this is at {have}",
    "below-heading": "{need} below a heading needed, {have} there",
    "above-image": "{need} above an image or embed needed, {have} there",
    "below-image": "{need} below an image or embed needed, {have} there",
    "own-ad-above": "{need} below the page's own ad needed, {have} there",
    "own-ad-below": "{need} above the page's own ad needed, {have} there",
    "slot-above": "{need} below another placement's slot needed, {have} there",
    "slot-below": "{need} above another placement's slot needed, {have} there",
    "every": "{need} between slots needed, {have} there",
    "touches-slot": "no text between this place and a slot or an ad",
    "touches-heading": "right below a heading",
    "touches-media": "no text between this place and an image or embed",
    "before-first-paragraph": "before the article's first paragraph",
    "fault": "not a place for an element: {detail}",
    "max": "the placement's max of {have} is used up",
    "min": "only {have} would fit, the placement's min is {need}",
    "density": "ads would fill too much of the article: {have} fit",
    "nth": "the article ends after {have}",
    "touches-ad": "no text between this place and an ad of the page's own",
    "touches-promotion": "no text between this place and links to other stories, or a form",
}

# Why nothing stands at a place outside the gaps; other rules there are faults of the place.
ANCHOR_RULES: dict[str, str] = {
    "breaks-tree": "an element there would change the page's tree",
    "touches-slot": "right beside another slot",
    "max": "the placement's max is used up",
    "step": "not the n-th of the listing",
    "page": "not for a page like this",
}


def sentence_of(check: Check, *, names_viewport: bool = True) -> str:
    """One failed rule in words, with its numbers."""
    unit = {"px": " px"}.get(check.unit, f" {check.unit}")
    have, need = f"{check.actual:.0f}{unit}", f"{check.required:.0f}{unit}"
    text = RULES[check.rule].format(need=need, have=have, detail=check.detail)
    return f"{text} ({check.viewport})" if check.viewport and names_viewport else text
