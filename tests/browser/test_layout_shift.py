"""Nothing jumps: the layout shift of a page with slots is exactly 0, whatever happens in them."""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import expect

from tests.browser.newsstand import Article, Newsstand
from tests.browser.reading import (
    DESKTOP,
    MOBILE,
    TABLET,
    OpenPage,
    frames,
    reserved_px,
    scroll_to_end,
    shifts,
)
from tests.configurations import creative, layout, site

WINDOWS = pytest.mark.parametrize("viewport", [MOBILE, TABLET, DESKTOP], ids=["360", "768", "1280"])
SLOTS = {"inline": [1, 4, 7, 10, 13], "notice": [16]}


def test_the_watch_sees_a_page_that_does_jump(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(), site(layout()), SLOTS)
    page = reader(MOBILE)
    page.goto("/a")
    frames(page)  # what was never drawn can't jump
    page.evaluate("document.querySelector('#p0').style.marginTop = '80px'")
    assert shifts(page)


@WINDOWS
@pytest.mark.parametrize("step", [120, 2000], ids=["slow", "fast"])
def test_reading_a_page_to_its_end_moves_nothing(
    stand: Newsstand, reader: OpenPage, viewport: dict[str, int], step: int
) -> None:
    stand.publish("/a", Article(), site(layout()), SLOTS)
    page = reader(viewport)
    page.goto("/a")
    scroll_to_end(page, step)
    # A fast reader may jump over a slot between two frames; it is asked for on the way back.
    for slot in page.locator("ad-slot").all():
        slot.scroll_into_view_if_needed()
        expect(slot).to_have_attribute("data-state", "filled")
    assert shifts(page) == []


@WINDOWS
def test_slots_without_a_creative_collapse_below_the_window_and_move_nothing(
    stand: Newsstand, reader: OpenPage, viewport: dict[str, int]
) -> None:
    nothing = site(layout(lazy_margin="1.5 screens"), creatives=())
    stand.publish("/a", Article(), nothing, SLOTS)
    page = reader(viewport)
    page.goto("/a")
    first, last = page.locator("ad-slot").first, page.locator("ad-slot").last
    # The first is in the window when it turns out empty, and keeps its box.
    expect(first).to_have_attribute("data-state", "empty")
    scroll_to_end(page, 150)
    expect(last).to_have_attribute("data-state", "empty")
    expect(last).to_be_hidden()
    assert first.evaluate("slot => slot.offsetHeight") == reserved_px(viewport)
    assert shifts(page) == []


def test_an_empty_slot_that_was_passed_collapses_once_it_lies_below_again(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(), site(layout(), creatives=()), {"inline": [12]})
    page = reader(MOBILE)
    page.goto("/a")
    slot = page.locator("ad-slot")
    top = slot.evaluate("slot => slot.getBoundingClientRect().top")
    page.evaluate("y => scrollTo(0, y)", top - 200)
    expect(slot).to_have_attribute("data-state", "empty")
    scroll_to_end(page, 200)
    assert slot.evaluate("slot => slot.offsetHeight") == 250 + 24
    page.evaluate("scrollTo(0, 0)")
    expect(slot).to_be_hidden()
    assert shifts(page) == []


def test_an_empty_slot_in_view_says_nothing_and_keeps_its_box(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(), site(layout(), creatives=()), {"inline": [1]})
    page = reader(MOBILE)
    page.goto("/a")
    slot = page.locator("ad-slot")
    expect(slot).to_have_attribute("data-state", "empty")
    assert slot.evaluate("slot => getComputedStyle(slot, '::after').content") == "none"
    assert slot.evaluate("slot => getComputedStyle(slot, '::before').visibility") == "hidden"
    assert slot.evaluate("slot => slot.offsetHeight") == 250 + 24
    assert shifts(page) == []


def test_a_creative_that_grows_stays_in_its_box(stand: Newsstand, reader: OpenPage) -> None:
    huge = creative("huge", 300, 250, "<!doctype html><div style='width:2000px;height:2000px'>x")
    stand.publish("/a", Article(), site(layout(), creatives=(huge,)), {"inline": [1]})
    page = reader(MOBILE)
    page.goto("/a")
    slot = page.locator("ad-slot")
    expect(slot).to_have_attribute("data-state", "filled")
    assert slot.evaluate("slot => slot.offsetHeight") == 250 + 24
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert shifts(page) == []


def test_a_filled_slot_keeps_its_height_when_the_window_turns(
    stand: Newsstand, reader: OpenPage
) -> None:
    both = layout(sizes={"mobile": [[300, 250]], "desktop": [[728, 90]]})
    stand.publish("/a", Article(), site(both), {"inline": [1, 12]})
    page = reader(MOBILE)
    page.goto("/a")
    filled, waiting = page.locator("ad-slot").first, page.locator("ad-slot").last
    expect(filled).to_have_attribute("data-state", "filled")
    page.set_viewport_size({"width": 780, "height": 360})
    assert filled.evaluate("slot => slot.offsetHeight") == 250 + 24
    assert waiting.evaluate("slot => slot.offsetHeight") == 90 + 24


def test_a_late_creative_moves_nothing(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(), site(layout()), {"inline": [1]})
    gates = []
    for path, response in stand.responses.items():
        if path.startswith("/_adweave/c/"):
            response.gates[0] = threading.Event()
            gates.append(response.gates[0])
    page = reader(MOBILE)
    page.goto("/a", wait_until="commit")
    slot = page.locator("ad-slot")
    stand.wait_for(lambda s: bool(s.creative_requests))
    # The placeholder stays until there is something to see.
    assert slot.get_attribute("data-state") is None
    page.evaluate("scrollTo(0, 100)")
    for gate in gates:
        gate.set()
    expect(slot).to_have_attribute("data-state", "filled")
    assert shifts(page) == []
