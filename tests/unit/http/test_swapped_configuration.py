"""A configuration that changes while an answer is under way."""

from __future__ import annotations

from adweave.http import VERSION, Counts, Weaver
from tests import configurations
from tests.unit.review.pages import article

FIELDS = ((b"content-type", b"text/html; charset=utf-8"),)
BODY = article("20")


class Swapped:
    """Holds a site that can be exchanged."""

    def __init__(self, site: object) -> None:
        self.site = site


def site(most: int, generation: str):
    import dataclasses

    layout = configurations.layout(max=most).model_copy(update={"pages": ("/**",)})
    return dataclasses.replace(configurations.site(layout), generation=generation)


def test_a_plan_of_the_old_layout_is_never_kept_for_the_new_one() -> None:
    folder = Swapped(site(6, "aaaaaaaaaaaa"))
    weaver = Weaver(folder, version=VERSION, counts=Counts())
    decision = weaver.decide("/a", "x", (), 0.0)  # the request comes
    folder.site = site(1, "bbbbbbbbbbbb")  # the folder changes
    found = weaver.consider("GET", 200, FIELDS, "", decision)  # the upstream answers
    if not isinstance(found, str) and found is not None:
        weaver.weave_now(found, BODY)
    later = weaver.consider("GET", 200, FIELDS, "", weaver.decide("/a", "x", (), 0.0))
    woven = weaver.weave_now(later, BODY)
    assert woven.body.count(b'data-placement="inline"') <= 2
