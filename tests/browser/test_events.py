"""What the loader reports: every event once, in the form that the intake takes."""

from __future__ import annotations

import json
import time

import pytest
from playwright.sync_api import Page, expect

from adweave.events import Accepted, intake
from tests.browser.newsstand import Article, Newsstand
from tests.browser.reading import DESKTOP, MOBILE, OpenPage, frames, scroll_to_end
from tests.configurations import creative, layout, site


def leave(page: Page) -> None:
    """Goes to another page, which is when a page sends what it has left."""
    page.goto("about:blank")


def kinds(stand: Newsstand) -> list[str]:
    return [event["kind"] for event in stand.events()]


def test_a_page_view_tells_its_story_in_events_that_the_intake_accepts(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/news/a", Article(lang="de"), site(layout()), {"inline": [1, 12]})
    page = reader(MOBILE)
    page.goto("/news/a")
    stand.wait_for(lambda s: bool(s.events("viewable")))
    leave(page)
    stand.wait_for(lambda s: bool(s.events("scroll")))

    assert kinds(stand)[:5] == ["view", "request", "fill", "render", "viewable"]
    assert sorted(kinds(stand)[5:]) == ["in-view", "scroll", "shift"]
    for batch in stand.batches:
        accepted = intake(json.dumps(batch).encode(), int(time.time() * 1000), {})
        assert isinstance(accepted, Accepted)
        assert len(accepted.events) == len(batch["events"])
        assert not accepted.dropped
        assert not accepted.stripped

    (render,) = stand.events("render")
    assert (render["placement"], render["slot"]) == ("inline", "inline-1")
    assert (render["path"], render["lang"], render["layout"]) == ("/news/a", "de", "article")
    assert (render["width"], render["exp"], render["gen"]) == (360, None, "0123456789ab")
    ids = [event["id"] for event in stand.events()]
    view = stand.batches[0]["view"]
    assert ids == [f"{view}-{n}" for n in range(1, len(ids) + 1)]
    assert abs(render["t"] - time.time() * 1000) < 60_000


def test_a_creative_scrolled_past_in_less_than_a_second_is_not_viewable(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(30), site(layout()), {"inline": [15]})
    page = reader(MOBILE)
    page.goto("/a")
    scroll_to_end(page, 780)
    expect(page.locator("ad-slot")).to_have_attribute("data-state", "filled")
    # The end of the page is a screen away; nothing is due any more.
    stand.wait_for(lambda s: bool(s.events("render")))
    leave(page)
    stand.wait_for(lambda s: bool(s.events("scroll")))
    assert "viewable" not in kinds(stand)


@pytest.mark.parametrize(
    ("size", "is_enough"), [((970, 250), True), ((300, 250), False)], ids=["large", "small"]
)
def test_40_percent_of_a_creative_is_viewable_only_from_242_500_px2(
    stand: Newsstand, reader: OpenPage, size: tuple[int, int], is_enough: bool
) -> None:
    sizes = {"mobile": [list(size)], "desktop": [list(size)]}
    configuration = site(layout(sizes=sizes), creatives=(creative("shown", *size),))
    wide = Article(css="article{max-width:1200px}")
    stand.publish("/a", wide, configuration, {"inline": [12]})
    page = reader(DESKTOP)
    page.goto("/a")
    slot = page.locator("ad-slot")
    top = slot.evaluate("slot => slot.getBoundingClientRect().top")
    page.evaluate("y => scrollTo(0, y)", top + 24 + 0.4 * 250 - 720)
    expect(slot).to_have_attribute("data-state", "filled")
    if not is_enough:
        stand.wait_for(lambda s: bool(s.events("render")))
        (render,) = stand.events("render")
        page.wait_for_function("since => Date.now() > since + 1500", arg=render["t"])
        moved_at = page.evaluate("scrollBy(0, 35), Date.now()")
    stand.wait_for(lambda s: bool(s.events("viewable")))
    if not is_enough:
        (viewable,) = stand.events("viewable")
        assert viewable["t"] >= moved_at


def test_no_fill_is_reported(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(), site(layout(), creatives=()), {"inline": [1]})
    page = reader()
    page.goto("/a")
    stand.wait_for(lambda s: bool(s.events("no-fill")))
    assert kinds(stand) == ["view", "request", "no-fill"]


def test_a_click_into_a_creative_is_counted(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(), site(layout()), {"inline": [1]})
    page = reader()
    page.goto("/a")
    expect(page.locator("ad-slot")).to_have_attribute("data-state", "filled")
    page.locator("ad-slot > iframe").click()
    leave(page)
    stand.wait_for(lambda s: bool(s.events("click")))
    (click,) = stand.events("click")
    assert click["slot"] == "inline-1"


def test_tabbing_into_a_creative_is_no_click(stand: Newsstand, reader: OpenPage) -> None:
    linked = creative("linked", 300, 250, "<!doctype html><a href=/x>a link</a>")
    stand.publish("/a", Article(), site(layout(), creatives=(linked,)), {"inline": [1]})
    page = reader(MOBILE)
    page.goto("/a")
    expect(page.locator("ad-slot")).to_have_attribute("data-state", "filled")
    page.keyboard.press("Tab")  # the link past the ad
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.localName") == "iframe"
    leave(page)
    stand.wait_for(lambda s: bool(s.events("scroll")))
    assert "click" not in kinds(stand)


def test_how_far_a_page_was_read_is_reported_at_its_end(stand: Newsstand, reader: OpenPage) -> None:
    for path in ("/top", "/end"):
        stand.publish(path, Article(), site(layout()), {"inline": [1]})
    page = reader(MOBILE)
    page.goto("/top")
    page.goto("/end")
    scroll_to_end(page, 500)
    page.evaluate("scrollTo(0, 0)")
    leave(page)
    stand.wait_for(lambda s: len(s.events("scroll")) == 2)
    depth = {event["path"]: event["value"] for event in stand.events("scroll")}
    assert depth["/end"] == 1
    assert 0 < depth["/top"] < 0.3
    assert [event["value"] for event in stand.events("shift")] == [0, 0]


@pytest.mark.parametrize("paragraph", [8, 15])
def test_how_far_a_page_was_read_does_not_depend_on_how_many_ads_are_in_it(
    stand: Newsstand, reader: OpenPage, paragraph: int
) -> None:
    plain = {"inline": [16]}
    for path, slots in (("/few", plain), ("/many", {"inline": [2, 5, 7, 9, 12, 16]})):
        stand.publish(path, Article(), site(layout(lazy_margin="100 screens")), slots)
    page = reader(MOBILE)
    for path in ("/few", "/many"):
        page.goto(path)
        expect(page.locator("ad-slot[data-state=filled]").last).to_be_attached()
        page.locator(f"#p{paragraph}").evaluate("p => p.scrollIntoView({block: 'end'})")
        frames(page)
    leave(page)
    stand.wait_for(lambda s: len(s.events("scroll")) == 2)
    few, many = (event["value"] for event in stand.events("scroll"))
    # Six boxes are a third of the page; what is left are their margins.
    assert many == pytest.approx(few, abs=0.02)
    assert 0.4 < few < 1


def test_a_page_left_before_the_loader_found_a_pause_reports_as_well(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(), site(layout()), {"inline": [1]})
    page = reader(MOBILE)
    page.add_init_script("window.requestIdleCallback = () => 0")
    page.goto("/a")
    leave(page)
    stand.wait_for(lambda s: bool(s.events("view")))
    assert sorted(kinds(stand)) == ["scroll", "shift", "view"]


def test_a_shift_of_the_page_itself_is_reported(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(), site(layout()), {"inline": [1]})
    page = reader(MOBILE)
    page.goto("/a")
    page.evaluate("document.querySelector('#p0').style.marginTop = '120px'")
    page.wait_for_function("window.shifts.length > 0")
    leave(page)
    stand.wait_for(lambda s: bool(s.events("shift")))
    assert stand.events("shift")[0]["value"] > 0


def test_nothing_is_sent_where_events_are_switched_off(stand: Newsstand, reader: OpenPage) -> None:
    quiet = site(layout(), events={"enabled": False})
    stand.publish("/a", Article(), quiet, {"inline": [1]})
    page = reader()
    page.goto("/a")
    expect(page.locator("ad-slot")).to_have_attribute("data-state", "filled")
    leave(page)
    page.goto("/a")
    assert stand.batches == []


def test_a_page_that_comes_back_from_the_cache_goes_on_as_the_same_view(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(), site(layout()), {"inline": [1]})
    page = reader()
    page.goto("/a")
    expect(page.locator("ad-slot")).to_have_attribute("data-state", "filled")
    # What the browser does with a page that it puts away and takes out again.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    stand.wait_for(lambda s: bool(s.events("scroll")))
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    scroll_to_end(page)
    leave(page)
    stand.wait_for(lambda s: len(s.events("scroll")) == 2)
    assert len({batch["view"] for batch in stand.batches}) == 1
    assert len(stand.events("view")) == 1
    assert stand.events("scroll")[1]["value"] == 1
