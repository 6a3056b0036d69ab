"""A configuration that changes while an answer is under way."""

from __future__ import annotations

import asyncio
import dataclasses

from adweave.http import VERSION, Candidate, Counts, Weaver
from adweave.placements import Decision, Site
from tests import configurations
from tests.unit.review.pages import article

FIELDS = ((b"content-type", b"text/html; charset=utf-8"),)
BODY = article("20")
INLINE = b'data-placement="inline"'


class Swapped:
    """Holds a site that can be exchanged."""

    def __init__(self, site: Site) -> None:
        self.site = site


def site(most: int, generation: str) -> Site:
    layout = configurations.layout(max=most).model_copy(update={"pages": ("/**",)})
    return dataclasses.replace(configurations.site(layout), generation=generation)


def woven_by(weaver: Weaver, decision: Decision) -> bytes:
    found = weaver.consider("GET", 200, FIELDS, "", decision)
    assert isinstance(found, Candidate)
    outcome = asyncio.run(weaver.weave(found, BODY))
    assert outcome.is_woven
    return outcome.body


def test_a_plan_of_the_old_layout_is_never_kept_for_the_new_one() -> None:
    folder = Swapped(site(6, "aaaaaaaaaaaa"))
    weaver = Weaver(folder, version=VERSION, counts=Counts())
    asked_before = weaver.decide("/a", "x", (), 0.0)  # the request comes
    folder.site = site(1, "bbbbbbbbbbbb")  # the folder changes
    before = woven_by(weaver, asked_before)  # the upstream answers
    after = woven_by(weaver, weaver.decide("/a", "x", (), 0.0))
    # One slot at each viewport, which may be at two places.
    assert 1 <= after.count(INLINE) <= 2 < before.count(INLINE)
