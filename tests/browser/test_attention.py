"""What counts as seen, for how long, and when a slot gets another ad."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.adserver import CREATIVE, AdServer, selling
from tests.browser.newsstand import Article, Newsstand
from tests.browser.reading import DESKTOP, OpenPage

BEGIN = 1_800_000_000
"""Seconds since 1970 at which every page begins."""

FOCUS = "document.hasFocus = () => window.focused !== false"


@pytest.fixture
def ads(stand: Newsstand) -> AdServer:
    return AdServer(stand)


def opened(stand: Newsstand, reader: OpenPage, slots: list[int], **placement: Any) -> Page:
    """A page whose clock stands still unless the test moves it."""
    fill = placement.pop("fill", ("iframe",))
    sizes = {"mobile": [[300, 250]], "desktop": [[300, 250]]}
    configuration = selling(*fill, sizes=sizes, **placement)
    stand.publish("/a", Article(30), configuration, {"inline": slots})
    page = reader(DESKTOP)
    page.clock.install(time=BEGIN)
    page.clock.pause_at(BEGIN + 1)
    page.add_init_script(FOCUS)
    page.goto("/a")
    return page


def observed(page: Page) -> None:
    """Until the observers of the page have told what they see; frames go on without the clock."""
    for _ in range(2):
        page.evaluate(
            "new Promise(done => new IntersectionObserver((_, o) => { o.disconnect(); done() })"
            ".observe(document.querySelector('ad-slot')))"
        )


IS_SHOWN = """() => document.querySelector('ad-slot').dataset.state === 'filled'
  && !document.querySelector('ad-slot [data-pending]')
  && document.querySelectorAll('ad-slot iframe').length === 1"""


def filled(page: Page) -> None:
    """Moves the clock by as little as it takes the loader to fill the slot."""
    for _ in range(100):
        observed(page)
        if page.evaluate(IS_SHOWN):
            break
        page.clock.run_for(20)
    assert page.evaluate(IS_SHOWN)
    observed(page)


def reported(stand: Newsstand, page: Page, kind: str) -> list[dict[str, Any]]:
    """Events of a kind, once everything that the page knows has been sent."""
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    stand.wait_for(lambda s: bool(s.events("scroll")))
    return stand.events(kind)


def seconds(page: Page, count: float) -> None:
    page.clock.run_for(round(count * 1000))


@pytest.mark.parametrize(("after", "is_seen"), [(0.8, False), (1.1, True)])
def test_half_of_an_ad_for_a_second_is_seen(
    stand: Newsstand, reader: OpenPage, ads: AdServer, after: float, is_seen: bool
) -> None:
    page = opened(stand, reader, [1])
    filled(page)
    seconds(page, after)
    assert bool(reported(stand, page, "viewable")) == is_seen


@pytest.mark.parametrize(("after", "is_seen"), [(1.5, False), (2.1, True)])
def test_video_is_seen_after_two_seconds(
    stand: Newsstand, reader: OpenPage, ads: AdServer, after: float, is_seen: bool
) -> None:
    ads.page = lambda words: (
        "<!doctype html><script>parent.postMessage({adweave: 'video'}, '*')</script>"
    )
    page = opened(stand, reader, [1])
    filled(page)
    seconds(page, after)
    assert bool(reported(stand, page, "viewable")) == is_seen


def test_the_time_in_view_is_reported_and_what_was_reported_is_not_again(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, [1])
    filled(page)
    seconds(page, 4)
    (first,) = reported(stand, page, "in-view")
    assert first["value"] == pytest.approx(4, abs=0.3)
    seconds(page, 2)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    stand.wait_for(lambda s: len(s.events("in-view")) == 2)
    second = stand.events("in-view")[1]
    assert second["value"] == pytest.approx(2, abs=0.3)
    assert second["slot"] == "inline-1"


def test_time_in_a_hidden_tab_is_not_time_in_view(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, [1])
    filled(page)
    seconds(page, 2)
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {get: () => 'hidden'});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    seconds(page, 60)
    total = sum(event["value"] for event in reported(stand, page, "in-view"))
    assert total == pytest.approx(2, abs=0.3)


def test_an_ad_is_followed_by_another_when_it_was_looked_at_for_its_time(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, [1], refresh="40s")
    filled(page)
    seconds(page, 1.1)
    seconds(page, 38)
    assert len(ads.asked["iframe"]) == 1
    seconds(page, 3)
    stand.wait_for(lambda _: len(ads.asked["iframe"]) == 2)
    filled(page)
    assert len(reported(stand, page, "render")) == 2
    assert page.evaluate("window.shifts") == []


def test_no_ad_is_followed_sooner_than_thirty_seconds_after_it_was_seen(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, [1], refresh="5s")
    filled(page)
    seconds(page, 1.1)
    seconds(page, 28)
    assert len(ads.asked["iframe"]) == 1
    seconds(page, 3)
    stand.wait_for(lambda _: len(ads.asked["iframe"]) == 2)


def test_an_ad_that_is_out_of_view_or_of_focus_stays(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, [1], refresh="30s")
    filled(page)
    seconds(page, 1.1)
    page.evaluate("window.focused = false")
    seconds(page, 60)
    assert len(ads.asked["iframe"]) == 1
    page.evaluate("window.focused = true; scrollTo({top: 5000, behavior: 'instant'})")
    page.wait_for_function(
        "new Promise(done => new IntersectionObserver(([e]) => done(!e.isIntersecting))"
        ".observe(document.querySelector('ad-slot')))"
    )
    seconds(page, 60)
    assert len(ads.asked["iframe"]) == 1


def test_an_ad_that_the_reader_is_in_stays_and_keeps_the_focus(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    ads.page = lambda words: "<!doctype html><button autofocus>Play</button>"
    page = opened(stand, reader, [1], refresh="30s")
    filled(page)
    seconds(page, 1.1)
    page.locator("ad-slot > iframe").focus()
    seconds(page, 90)
    assert len(ads.asked["iframe"]) == 1
    assert page.evaluate("document.activeElement.localName") == "iframe"
    page.evaluate("document.activeElement.blur()")
    seconds(page, 2)
    stand.wait_for(lambda _: len(ads.asked["iframe"]) == 2)


def test_what_is_there_stays_where_nobody_has_another(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, [1], refresh="30s")
    filled(page)
    ads.page = lambda words: (
        "<!doctype html><script>parent.postMessage({adweave: 'no-fill'}, '*')</script>"
    )
    seconds(page, 1.1)
    seconds(page, 32)
    stand.wait_for(lambda _: len(ads.asked["iframe"]) == 2)
    filled(page)
    assert page.locator("ad-slot").get_attribute("data-state") == "filled"
    assert len(reported(stand, page, "no-fill")) == 1


def test_ads_follow_each_other_so_often_at_most(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, [1], refresh={"every": "30s", "max": 1})
    filled(page)
    seconds(page, 1.1)
    seconds(page, 33)
    stand.wait_for(lambda _: len(ads.asked["iframe"]) == 2)
    filled(page)
    seconds(page, 1.1)
    seconds(page, 90)
    assert len(ads.asked["iframe"]) == 2


def test_gpt_forgets_the_slot_of_an_ad_that_was_followed(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, [1], fill=("gpt",), refresh="30s")
    filled(page)
    seconds(page, 1.1)
    seconds(page, 33)
    stand.wait_for(lambda _: len(ads.asked.get("gpt", [])) == 2)
    page.wait_for_function("googletag.pubads().getSlots().length === 1", polling=50)
    assert page.evaluate("googletag.faults") == []
    assert CREATIVE in page.locator("ad-slot iframe").first.get_attribute("srcdoc")  # type: ignore[operator]
