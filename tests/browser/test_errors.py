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


def test_a_fault_of_the_loader_that_nothing_catches_is_an_error_of_the_page(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(), selling("house"), {"inline": [1]})
    page = reader(MOBILE)
    page.add_init_script("window.matchMedia = () => { throw new Error('not here') }")
    with page.expect_event("pageerror"):
        page.goto("/a")
    page.goto("about:blank")
    stand.wait_for(lambda s: bool(s.events("view")))
    assert [event["slot"] for event in stand.events("error")] == [None]


def test_a_fault_of_the_page_itself_is_none_of_ours(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(), selling("house"), {"inline": [1]})
    page = reader(MOBILE)
    page.goto("/a")
    page.evaluate("setTimeout(() => { throw new Error('the page') })")
    assert errors(stand) == []
    page.goto("about:blank")
    stand.wait_for(lambda s: bool(s.events("scroll")))
    assert stand.events("error") == []
