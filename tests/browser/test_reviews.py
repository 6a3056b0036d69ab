"""Explanations and comparisons as they are looked at, in Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from adweave.placements import load
from adweave.review import explanation_of, explanation_page
from tests.golden import SHIPPED
from tests.unit.review.pages import article, page

STYLE = "<style>body{margin:0 auto;width:300px;font:16px/20px serif}.ad{display:block}</style>"
BODY = article("8", "<h2>Next</h2>", "6", head=f"{STYLE}<script>document.title='ran'</script>")


@pytest.fixture
def shown(chromium: Browser, tmp_path: Path):
    """Open an explanation of BODY in a window so wide."""

    def open_(width: int):
        site = load(SHIPPED).site_or_raise()
        file = tmp_path / "page.html"
        name = "a-page-with-a-name-that-is-far-longer-than-a-phone-is-wide-" * 2
        explanation = explanation_of(page(BODY, f"{name}.html"), site)
        file.write_text(explanation_page(explanation), encoding="utf-8")
        tab = chromium.new_page(viewport={"width": width, "height": 800})
        faults: list[str] = []
        tab.on("pageerror", lambda error: faults.append(str(error)))
        opened.append((tab, faults))
        tab.goto(f"file://{file}")
        tab.frame_locator("iframe").locator("adweave-marks .slot").first.wait_for()
        return tab

    opened: list[tuple[Page, list[str]]] = []
    yield open_
    for tab, faults in opened:
        assert faults == []
        tab.close()


@pytest.mark.parametrize(("width", "viewport"), [(360, "mobile"), (1280, "desktop")])
def test_slots_are_drawn_where_they_take_their_room(shown, width: int, viewport: str) -> None:
    tab = shown(width)
    assert tab.locator("[name=viewport]:checked").input_value() == viewport
    frame = tab.frame_locator("iframe")
    slot = frame.locator("adweave-marks .slot").first.bounding_box()
    gaps = [gap.bounding_box() for gap in frame.locator("adweave-gap").all()]
    below = next(box for box in gaps if box is not None and box["height"] > 40)
    assert slot["y"] == pytest.approx(below["y"], abs=2)
    assert slot["height"] == pytest.approx(below["height"], abs=2)


def test_the_pages_own_script_does_not_run(shown) -> None:
    tab = shown(1280)
    assert tab.frames[1].evaluate("document.title") == "News"


def test_a_gap_in_the_list_leads_to_its_place(shown) -> None:
    tab = shown(1280)
    tab.locator("aside button.taken").last.click()
    chosen = tab.frame_locator("iframe").locator("adweave-marks .chosen")
    assert chosen.count() == 1
    chosen.wait_for(state="visible")
    assert tab.locator("aside [aria-current]").count() == 1


def test_nothing_of_the_drawing_is_wider_than_a_phone(shown) -> None:
    tab = shown(360)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
