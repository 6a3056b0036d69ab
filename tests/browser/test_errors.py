"""What fails in a browser is counted, without a word of what it was, and somebody else is asked."""

from __future__ import annotations

from tests.browser.adserver import AdServer, selling
from tests.browser.newsstand import Article, Newsstand
from tests.browser.reading import MOBILE, OpenPage


def errors(stand: Newsstand) -> list[str | None]:
    stand.wait_for(lambda s: bool(s.events("render")))
    return [event["slot"] for event in stand.events("error")]


def test_a_script_that_does_not_come_is_an_error_of_its_slot(
    stand: Newsstand, reader: OpenPage
) -> None:
    AdServer(stand)
    del stand.answers["/ads/prebid.js"]
    stand.publish("/a", Article(), selling("prebid", "house"), {"inline": [1]})
    reader(MOBILE).goto("/a")
    assert errors(stand) == ["inline-1"]


def test_no_bid_and_no_fill_are_no_errors(stand: Newsstand, reader: OpenPage) -> None:
    AdServer(stand).bid = lambda impression: None
    stand.publish("/a", Article(), selling("prebid", "house"), {"inline": [1]})
    reader(MOBILE).goto("/a")
    assert errors(stand) == []
