"""What a reader sees of a slot before anything has been loaded into it, and without scripts."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from adweave.labels import texts_for
from tests.browser.newsstand import Article, Newsstand
from tests.browser.reading import DESKTOP, MOBILE, TABLET, OpenPage, reserved_px
from tests.configurations import layout, site

ONE_SLOT = {"inline": [2], "notice": [16]}


def generated(slot: Locator, pseudo: str, name: str = "content") -> str:
    """A property of the slot's generated content, as the browser computes it."""
    found = slot.evaluate(
        "(slot, [pseudo, name]) => getComputedStyle(slot, pseudo).getPropertyValue(name)",
        [pseudo, name],
    )
    assert isinstance(found, str)
    # What stands behind the stroke is for assistive technology.
    return found.partition(" / ")[0]


def box(slot: Locator) -> tuple[float, float]:
    found = slot.bounding_box()
    assert found is not None
    return found["width"], found["height"]


def open_without_loader(stand: Newsstand, page: Page, article: Article) -> Locator:
    """The page as it is while the loader is still on its way."""
    stand.publish("/a", article, site(layout()), ONE_SLOT)
    loader = next(path for path in stand.responses if path.startswith("/_adweave/loader-"))
    stand.responses[loader].gates[0] = threading.Event()
    page.goto("/a", wait_until="commit")
    slot = page.locator("ad-slot")
    slot.wait_for()
    return slot


@pytest.mark.parametrize("lang", ["en", "tr", "ar", "ja"])
@pytest.mark.parametrize("viewport", [MOBILE, DESKTOP], ids=["360", "1280"])
def test_label_placeholder_and_box_are_there_before_the_loader(
    stand: Newsstand, reader: OpenPage, lang: str, viewport: dict[str, int]
) -> None:
    texts = texts_for(lang)
    slot = open_without_loader(stand, reader(viewport), Article(lang=lang, dir=texts.dir))
    assert generated(slot, "::before") == f'"{texts.label}"'
    assert generated(slot, "::after") == f'"{texts.loading}"'
    assert slot.get_attribute("dir") == texts.dir
    assert slot.get_attribute("lang") == texts.lang
    assert generated(slot, "::before", "direction") == texts.dir
    assert box(slot)[1] == reserved_px(viewport)
    assert box(slot)[0] <= viewport["width"]


def test_a_slot_has_no_text_of_its_own(stand: Newsstand, reader: OpenPage) -> None:
    slot = open_without_loader(stand, reader(), Article())
    assert slot.evaluate("slot => slot.textContent") == ""
    assert slot.evaluate("slot => slot.innerText") == ""


def test_a_loading_slot_is_silent_to_assistive_technology(
    stand: Newsstand, reader: OpenPage
) -> None:
    slot = open_without_loader(stand, reader(), Article())
    assert texts_for("en").label not in slot.page.locator("body").aria_snapshot()


@pytest.mark.parametrize("viewport", [MOBILE, DESKTOP], ids=["360", "1280"])
def test_label_and_box_are_there_with_scripts_off(
    stand: Newsstand, reader: OpenPage, viewport: dict[str, int]
) -> None:
    stand.publish("/a", Article(), site(layout()), ONE_SLOT)
    page = reader(viewport, java_script_enabled=False)
    page.goto("/a")
    slot = page.locator("ad-slot")
    assert box(slot)[1] == reserved_px(viewport)
    assert generated(slot, "::before") == f'"{texts_for("en").label}"'
    # Nothing is loading, and nothing says so.
    assert generated(slot, "::after") == '""'
    assert not any(path.startswith("/_adweave/") for path in stand.requests)


def test_the_notice_is_shown_in_the_articles_language_and_is_no_text_node(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(lang="de"), site(layout()), ONE_SLOT)
    page = reader(java_script_enabled=False)
    page.goto("/a")
    notice = page.locator("ad-notice")
    assert generated(notice, "::before") == f'"{texts_for("de").notice}"'
    assert notice.evaluate("notice => notice.textContent") == ""
    assert box(notice)[1] > 24


def test_a_placeholder_breathes_only_where_motion_is_welcome(
    stand: Newsstand, reader: OpenPage
) -> None:
    moving = open_without_loader(stand, reader(reduced_motion="no-preference"), Article())
    assert generated(moving, "::after", "animation-name") == "adweave-breath"
    still = open_without_loader(stand, reader(reduced_motion="reduce"), Article())
    assert generated(still, "::after", "animation-name") == "none"


def test_nothing_of_a_slot_is_printed(stand: Newsstand, reader: OpenPage) -> None:
    slot = open_without_loader(stand, reader(), Article())
    slot.page.emulate_media(media="print")
    assert not slot.is_visible()


def test_forced_colours_outline_the_box(stand: Newsstand, reader: OpenPage) -> None:
    slot = open_without_loader(stand, reader(forced_colors="active"), Article())
    assert slot.evaluate("slot => getComputedStyle(slot).outlineStyle") == "solid"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_box_takes_its_colours_from_the_page(
    stand: Newsstand, reader: OpenPage, scheme: str
) -> None:
    slot = open_without_loader(stand, reader(color_scheme=scheme), Article())
    ink = slot.page.locator("#p0").evaluate("p => getComputedStyle(p).color")
    assert generated(slot, "::before", "color") == ink


# Rules that sites have for the children of their articles, of all kinds that could move a box.
HOSTILE_CSS = """
article{max-width:40rem;margin:0 auto}
article > *{display:inline-block;height:auto;min-height:0;max-height:120px;padding:30px;
  border:9px solid;float:left}
main article > *{box-sizing:content-box;overflow:visible;line-height:3;font-size:40px}
"""


def test_rules_of_the_page_cannot_break_the_reserved_box(
    stand: Newsstand, reader: OpenPage
) -> None:
    slot = open_without_loader(stand, reader(MOBILE), Article(css=HOSTILE_CSS))
    assert box(slot)[1] == 250 + 24
    assert slot.evaluate("slot => slot.clientWidth") <= 360


@pytest.mark.parametrize(
    "css",
    [
        "article{display:grid;grid-template-columns:1fr 40rem 1fr}article>*{grid-column:2}",
        "article{display:flex;flex-direction:column;align-items:center}article>*{max-width:40rem}",
        "article{max-width:60rem}article>*{max-width:40rem;margin-left:auto;margin-right:auto}",
    ],
    ids=["grid", "flex", "constrained"],
)
def test_a_slot_keeps_to_the_column_of_the_text(
    stand: Newsstand, reader: OpenPage, css: str
) -> None:
    slot = open_without_loader(stand, reader(), Article(css=css))
    paragraph = slot.page.locator("#p0").bounding_box()
    found = slot.bounding_box()
    assert paragraph is not None
    assert found is not None
    assert found["x"] == pytest.approx(paragraph["x"], abs=1)
    assert found["width"] == pytest.approx(paragraph["width"], abs=1)
    assert found["height"] == 250 + 24


def test_the_box_is_as_high_as_the_tallest_size_of_the_window(
    stand: Newsstand, reader: OpenPage
) -> None:
    sizes = {"mobile": [[320, 50], [320, 100]], "desktop": [[728, 90]]}
    stand.publish("/a", Article(), site(layout(sizes=sizes)), ONE_SLOT)
    for viewport, height in ((MOBILE, 100), (TABLET, 90), (DESKTOP, 90)):
        page = reader(viewport)
        page.goto("/a")
        assert box(page.locator("ad-slot"))[1] == height + 24


@pytest.mark.parametrize("shown", ["mobile", "desktop"])
def test_a_slot_of_one_kind_of_window_takes_no_room_and_asks_for_nothing_in_the_other(
    stand: Newsstand, reader: OpenPage, shown: str
) -> None:
    stand.publish("/a", Article(), site(layout()), {"inline": [2]}, viewports=(shown,))
    for viewport, name in ((MOBILE, "mobile"), (DESKTOP, "desktop")):
        page = reader(viewport)
        page.goto("/a", wait_until="networkidle")
        slot = page.locator("ad-slot")
        if name == shown:
            assert box(slot)[1] == reserved_px(viewport)
            expect(slot).to_have_attribute("data-state", "filled")
        else:
            assert not slot.is_visible()
            assert slot.get_attribute("data-state") is None
    assert len(stand.creative_requests) == 1


def test_a_slot_that_shows_once_the_window_is_wide_enough_is_filled_then(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(), site(layout()), {"inline": [2]}, viewports=("desktop",))
    page = reader(MOBILE)
    page.goto("/a", wait_until="networkidle")
    page.set_viewport_size(DESKTOP)
    expect(page.locator("ad-slot")).to_have_attribute("data-state", "filled")
    assert box(page.locator("ad-slot"))[1] == reserved_px(DESKTOP)


def test_an_ad_blocker_that_hides_slots_leaves_no_hole_and_nothing_jumps(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(), site(layout()), {"inline": [2, 4]})
    page = reader(MOBILE)
    # As an extension does: before the page's own styles, and stronger than any of them.
    page.add_init_script(
        "const sheet = new CSSStyleSheet();"
        "sheet.replaceSync('html ad-slot[data-placement] { display: none !important }');"
        "document.adoptedStyleSheets = [sheet];"
    )
    page.goto("/a", wait_until="networkidle")
    assert page.locator("ad-slot").filter(visible=True).count() == 0
    above, below = (page.locator(f"#p{n}").bounding_box() for n in (1, 2))
    assert above is not None
    assert below is not None
    assert below["y"] - above["y"] - above["height"] == pytest.approx(18, abs=1)
    assert stand.creative_requests == []
    assert page.evaluate("window.shifts") == []


def test_a_blocked_loader_leaves_box_label_and_placeholder(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(), site(layout()), ONE_SLOT)
    page = reader(MOBILE)
    page.route("**/_adweave/loader-*", lambda route: route.abort())
    page.goto("/a", wait_until="networkidle")
    slot = page.locator("ad-slot")
    assert box(slot)[1] == 250 + 24
    assert generated(slot, "::before") == f'"{texts_for("en").label}"'
    assert page.evaluate("window.shifts") == []


def test_a_label_below_takes_the_same_room_under_the_ad(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(), site(layout(label_style="below")), {"inline": [1]})
    page = reader(MOBILE)
    page.goto("/a")
    slot = page.locator("ad-slot")
    expect(slot).to_have_attribute("data-state", "filled")
    frame = slot.locator("iframe").bounding_box()
    found = slot.bounding_box()
    assert frame is not None
    assert found is not None
    assert found["height"] == 250 + 24
    assert frame["y"] == pytest.approx(found["y"], abs=1)
    assert page.evaluate("window.shifts") == []


def test_a_site_fits_slots_to_its_design_by_properties_and_parts(
    stand: Newsstand, reader: OpenPage
) -> None:
    css = (
        "article{--adweave-background:rgb(1,2,3);--adweave-color:rgb(4,5,6);"
        "--adweave-font:Georgia;--adweave-radius:7px;--adweave-label-case:none;"
        "--adweave-label-opacity:1}ad-slot::part(skip){color:rgb(7,8,9)}"
    )
    stand.publish("/a", Article(css=css), site(layout()), {"inline": [1]})
    page = reader(MOBILE)
    page.goto("/a")
    slot = page.locator("ad-slot")
    expect(slot).to_have_attribute("data-state", "filled")
    style = slot.evaluate(
        "s => { const c = getComputedStyle(s); return [c.backgroundColor, c.color,"
        " c.borderRadius] }"
    )
    assert style == ["rgb(1, 2, 3)", "rgb(4, 5, 6)", "7px"]
    assert generated(slot, "::before", "font-family") == "Georgia"
    assert generated(slot, "::before", "text-transform") == "none"
    assert generated(slot, "::before", "opacity") == "1"
    part = slot.evaluate("s => getComputedStyle(s.shadowRoot.querySelector('[part=skip]')).color")
    assert part == "rgb(7, 8, 9)"
    assert box(slot)[1] == 250 + 24


def test_every_property_that_is_documented_is_in_the_style_and_the_reverse() -> None:
    root = Path(__file__).parents[2]
    css = (root / "browser" / "src" / "slot.css").read_text(encoding="utf-8")
    page = (root / "docs" / "how-to" / "style-slots.md").read_text(encoding="utf-8")
    used = set(re.findall(r"var\((--adweave-[\w-]+)", css)) - {"--adweave-height"}
    assert used == set(re.findall(r"\| `(--adweave-[\w-]+)`", page))
    styled = set(re.findall(r"::part\((\w+)\)", css)) - {"end"}
    assert styled == {"skip", "close", "about"}
    assert all(f"::part({part})" in page or f"`{part}`" in page for part in styled)
