"""Slots are filled as the reader nears them, in sandboxed frames, with what fits."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from adweave.labels import texts_for
from adweave.slots import creative_path
from tests.browser.newsstand import Article, Newsstand
from tests.browser.reading import DESKTOP, MOBILE, OpenPage, scroll_to_end
from tests.configurations import creative, layout, picture, site


def test_nothing_is_asked_for_before_a_slot_is_near(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(40), site(layout()), {"inline": [36]})
    page = reader(MOBILE)
    page.goto("/a", wait_until="networkidle")
    # Reported after the page's slots are being watched, so a request would have come before.
    stand.wait_for(lambda s: bool(s.events("view")))
    assert stand.creative_requests == []
    assert [event["kind"] for event in stand.events()] == ["view"]


def test_a_slot_is_filled_before_the_reader_reaches_it(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(40), site(layout()), {"inline": [20]})
    page = reader(MOBILE)
    page.goto("/a", wait_until="networkidle")
    slot = page.locator("ad-slot")
    top = slot.evaluate("slot => slot.getBoundingClientRect().top")
    # Half a screen is the margin: 100 px outside it nothing happens, 100 px inside it does.
    page.evaluate("y => scrollTo(0, y)", top - 780 - 390 - 100)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert stand.creative_requests == []
    page.evaluate("y => scrollTo(0, y)", top - 780 - 390 + 100)
    stand.wait_for(lambda s: len(s.creative_requests) == 1)
    expect(slot).to_have_attribute("data-state", "filled")
    assert slot.evaluate("slot => slot.getBoundingClientRect().top > innerHeight")


def test_a_creative_runs_in_a_sandbox_without_scripts(stand: Newsstand, reader: OpenPage) -> None:
    curious = creative(
        "curious", 300, 250, "<!doctype html><script>document.title='ran'</script>curious"
    )
    stand.publish("/a", Article(), site(layout(), creatives=(curious,)), {"inline": [1]})
    page = reader(MOBILE)
    page.goto("/a")
    frame = page.locator("ad-slot > iframe")
    expect(page.locator("ad-slot")).to_have_attribute("data-state", "filled")
    assert frame.get_attribute("sandbox") == "allow-popups allow-popups-to-escape-sandbox"
    assert frame.get_attribute("src") == creative_path(curious)
    content = frame.element_handle().content_frame()
    assert content is not None
    assert content.title() != "ran"


def test_a_filled_slot_is_one_labelled_region(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(lang="de"), site(layout()), {"inline": [1]})
    page = reader()
    page.goto("/a")
    region = page.get_by_role("complementary", name=texts_for("de").label)
    expect(region).to_have_count(1)
    expect(region.locator("iframe")).to_have_attribute("title", texts_for("de").label)
    assert region.get_attribute("aria-hidden") is None


@pytest.mark.parametrize(
    ("viewport", "css", "shown"),
    [
        (MOBILE, "", (300, 250)),
        (DESKTOP, "article{max-width:1200px}", (970, 250)),
        (DESKTOP, "article{max-width:900px}", (728, 90)),
        # The leaderboard could be shrunk a little, but a rectangle fits as it is.
        (DESKTOP, "article{max-width:700px}", (300, 250)),
        # Nothing fits as it is.
        (MOBILE, "article{max-width:280px}", (280, 233)),
    ],
    ids=["360", "wide", "column", "narrow column", "narrowest"],
)
def test_the_creative_that_fits_the_column_is_shown(
    stand: Newsstand,
    reader: OpenPage,
    viewport: dict[str, int],
    css: str,
    shown: tuple[float, float],
) -> None:
    stand.publish("/a", Article(css=css), site(layout()), {"inline": [1]})
    page = reader(viewport)
    page.goto("/a")
    frame = page.locator("ad-slot > iframe")
    expect(page.locator("ad-slot")).to_have_attribute("data-state", "filled")
    found, slot = frame.bounding_box(), page.locator("ad-slot").bounding_box()
    assert found is not None
    assert slot is not None
    assert (found["width"], found["height"]) == pytest.approx(shown, abs=1)
    # In the middle of its box, and inside it.
    assert found["x"] + found["width"] / 2 == pytest.approx(slot["x"] + slot["width"] / 2, abs=1)
    assert found["y"] >= slot["y"] + 24 - 0.5
    assert found["y"] + found["height"] <= slot["y"] + slot["height"] + 0.5
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_slots_of_one_page_take_turns_with_the_creatives(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(), site(layout()), {"inline": [2, 6, 10, 14]})
    page = reader(MOBILE)
    page.goto("/a")
    scroll_to_end(page)
    expect(page.locator("ad-slot[data-state=filled]")).to_have_count(4)
    frames = page.locator("ad-slot > iframe").all()
    sources = [frame.get_attribute("src") for frame in frames]
    assert sources[0] == sources[2] != sources[1] == sources[3]


def test_rules_of_the_page_for_frames_do_not_reach_a_creative(
    stand: Newsstand, reader: OpenPage
) -> None:
    css = "iframe{width:100%!important;max-width:100%;height:auto;margin:40px;border:5px solid}"
    stand.publish("/a", Article(css=css), site(layout()), {"inline": [1]})
    page = reader(MOBILE)
    page.goto("/a")
    found = page.locator("ad-slot > iframe").bounding_box()
    assert found is not None
    assert (found["width"], found["height"]) == (300, 250)


def test_a_creative_that_is_an_image_is_shown_as_one(stand: Newsstand, reader: OpenPage) -> None:
    flyer = picture("flyer", 300, 250)
    stand.publish("/a", Article(), site(layout(), creatives=(flyer,)), {"inline": [1]})
    page = reader(MOBILE)
    page.goto("/a")
    expect(page.locator("ad-slot")).to_have_attribute("data-state", "filled")
    image = page.get_by_role("img", name="Advertisement")
    assert image.get_attribute("src") == creative_path(flyer)
    found = image.bounding_box()
    assert found is not None
    assert (found["width"], found["height"]) == (300, 250)
    stand.wait_for(lambda s: bool(s.events("render")))


def test_an_adapter_that_is_not_there_is_passed_over(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(), site(layout(fill=["gpt", "house"])), {"inline": [1]})
    page = reader()
    page.goto("/a")
    expect(page.locator("ad-slot")).to_have_attribute("data-state", "filled")


def test_nothing_is_filled_while_the_page_is_in_the_background(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(), site(layout()), {"inline": [1]})
    page = reader()
    # Headless tabs are all "visible"; what a browser says of a background tab is said for it.
    page.add_init_script(
        "Object.defineProperty(document, 'visibilityState', {get: () => window.shown || 'hidden'})"
    )
    page.goto("/a", wait_until="networkidle")
    assert stand.creative_requests == []
    page.evaluate("window.shown = 'visible'; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("ad-slot")).to_have_attribute("data-state", "filled")


def test_no_error_reaches_the_console(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(), site(layout()), {"inline": [2, 8]})
    page = reader()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto("/a")
    scroll_to_end(page)
    expect(page.locator("ad-slot[data-state=filled]")).to_have_count(2)
    assert [text for text in said if "favicon" not in text and "404" not in text] == []
