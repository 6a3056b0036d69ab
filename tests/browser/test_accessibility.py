"""Slots for readers with a screen reader or a keyboard: axe, Chromium's tree, the focus."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from adweave.labels import texts_for
from tests.browser.adserver import AdServer, selling
from tests.browser.newsstand import Article, Newsstand, Response
from tests.browser.packages import installed
from tests.browser.reading import DESKTOP, MOBILE, OpenPage, scroll_to_end
from tests.configurations import creative, layout, site

LINKED = creative("linked", 300, 250, "<!doctype html><title>x</title><a href=/x>A link</a>")
# In a column for it: a wider one holds the leaderboard.
LINKS = Article(
    6,
    css="article{max-width:40rem}",
    body=lambda n: f"<p><a id=a{n} href=#a{n}>Link {n}</a> and text.</p>",
)
SLOTS = {"inline": [1, 3, 5], "notice": [16]}
ARTICLE = Article(css="article{max-width:46rem;margin:0 auto;padding:0 16px} a{color:#05c}")


@pytest.fixture
def ads(stand: Newsstand) -> AdServer:
    return AdServer(stand)


def found_by_axe(page: Page) -> set[tuple[str, str]]:
    """Each violation of axe's rules, best practices included: the rule and the element."""
    source = (installed() / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    if not page.evaluate("'axe' in window"):
        page.evaluate(source)
    results = page.evaluate(
        "axe.run(document, {resultTypes: ['violations', 'incomplete'], iframes: false})"
    )
    return {
        (each["id"], node["html"][:90]) for each in results["violations"] for node in each["nodes"]
    }


def plain(
    stand: Newsstand, reader: OpenPage, article: Article, **keys: Any
) -> set[tuple[str, str]]:
    stand.responses["/plain"] = Response(article.pieces())
    page = reader(**keys)
    page.goto("/plain")
    return found_by_axe(page)


def tree(page: Page) -> list[dict[str, Any]]:
    """What assistive technology is told: the nodes that are not ignored, with role and name."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [
        {
            "role": node["role"]["value"],
            "name": node.get("name", {}).get("value", ""),
            "id": node["nodeId"],
            "parent": node.get("parentId"),
        }
        for node in nodes
        if not node["ignored"]
    ]


def test_axe_sees_what_is_wrong(stand: Newsstand, reader: OpenPage) -> None:
    wrong = Article(1, body=lambda n: "<p><img src=x><button></button></p>")
    found = {rule for rule, _ in plain(stand, reader, wrong)}
    assert {"image-alt", "button-name"} <= found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("fill", ["house", "iframe", "gpt", "adsense", "prebid", "notice"])
def test_axe_finds_nothing_that_the_page_did_not_have_before(
    stand: Newsstand, reader: OpenPage, ads: AdServer, fill: str, scheme: str
) -> None:
    keys: dict[str, Any] = {"viewport": MOBILE, "color_scheme": scheme}
    before = plain(stand, reader, ARTICLE, **keys)
    stand.publish("/a", ARTICLE, selling(fill), SLOTS)
    page = reader(**keys)
    page.goto("/a")
    scroll_to_end(page)
    expect(page.locator("ad-slot[data-state=filled]")).to_have_count(3)
    assert found_by_axe(page) - before == set()


def test_axe_finds_nothing_while_slots_load_and_where_they_stay_empty(
    stand: Newsstand, reader: OpenPage
) -> None:
    before = plain(stand, reader, ARTICLE, viewport=MOBILE)
    stand.publish("/a", ARTICLE, site(layout(), creatives=()), SLOTS)
    page = reader(MOBILE)
    page.goto("/a")
    expect(page.locator("ad-slot").first).to_have_attribute("data-state", "empty")
    assert found_by_axe(page) - before == set()


def test_a_loading_slot_is_silent_and_a_filled_one_is_one_labelled_region(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", ARTICLE, site(layout(), creatives=(LINKED,)), {"inline": [1, 3]})
    gates = []
    for path, response in stand.responses.items():
        if path.startswith("/_adweave/c/"):
            response.gates[0] = threading.Event()
            gates.append(response.gates[0])
    page = reader(MOBILE)
    page.goto("/a", wait_until="commit")
    stand.wait_for(lambda s: bool(s.creative_requests))
    loading = tree(page)
    said = " ".join(node["name"] for node in loading)
    assert "dvertisement" not in said
    assert "loading" not in said
    assert not [node for node in loading if node["role"] in ("complementary", "Iframe")]

    for gate in gates:
        gate.set()
    expect(page.locator("ad-slot[data-state=filled]")).to_have_count(2)
    filled = tree(page)
    regions = [node for node in filled if node["role"] == "complementary"]
    assert [node["name"] for node in regions] == ["Advertisement", "Advertisement 2"]
    # The label is the region's name, and is not said a second time within it.
    texts = [node["name"] for node in filled if node["role"] == "StaticText"]
    assert not [text for text in texts if text.startswith("Advertisement")]
    frames = [node["name"] for node in filled if node["role"] == "Iframe"]
    assert frames == ["Advertisement", "Advertisement 2"]


@pytest.mark.parametrize("lang", ["de", "ar", "ja", "bn"])
def test_regions_are_named_in_the_articles_language_with_its_numerals(
    stand: Newsstand, reader: OpenPage, lang: str
) -> None:
    texts = texts_for(lang)
    stand.publish("/a", Article(lang=lang, dir=texts.dir), site(layout()), {"inline": [1, 2]})
    page = reader(MOBILE)
    page.goto("/a")
    expect(page.locator("ad-slot[data-state=filled]")).to_have_count(2)
    two = page.evaluate("lang => (2).toLocaleString(lang)", lang)
    names = [node["name"] for node in tree(page) if node["role"] == "complementary"]
    assert names == [texts.label, f"{texts.label} {two}"]


def test_by_keyboard_one_can_step_past_an_ad_into_what_follows_it(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", LINKS, site(layout(), creatives=(LINKED,)), {"inline": [1]})
    page = reader(DESKTOP)
    page.goto("/a")
    slot = page.locator("ad-slot")
    expect(slot).to_have_attribute("data-state", "filled")
    page.locator("#a0").focus()
    page.keyboard.press("Tab")
    focused = "document.activeElement.shadowRoot.activeElement"
    assert page.evaluate(f"{focused}.getAttribute('aria-label')") == "Skip advertisement"
    # It is seen while it has the focus, within the box, and says what it does.
    assert page.evaluate(f"getComputedStyle({focused}).clipPath") == "none"
    drawn = page.evaluate(f"getComputedStyle({focused}, '::before').content")
    assert drawn == '"Skip advertisement"'
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "a1"
    assert page.evaluate("window.shifts") == []


def test_who_does_not_skip_reaches_the_ad_and_then_what_follows(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", LINKS, site(layout(), creatives=(LINKED,)), {"inline": [1]})
    page = reader(DESKTOP)
    page.goto("/a")
    expect(page.locator("ad-slot")).to_have_attribute("data-state", "filled")
    page.locator("#a0").focus()
    for expected in ("AD-SLOT", "IFRAME"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.nodeName") == expected
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "a1"


def test_the_focus_stays_where_it_is_when_slots_are_filled_and_collapse(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    linked = Article(12, body=lambda n: f"<p><a id=a{n} href=#a{n}>Link {n}</a> and text.</p>")
    ads.gpt = lambda asked: None if asked["targeting"]["placement"] else [300, 250]
    stand.publish("/a", linked, selling("gpt"), {"inline": [2, 10]})
    page = reader(DESKTOP)
    page.goto("/a", wait_until="commit")
    page.locator("#a1").focus()
    expect(page.locator("ad-slot[data-state=empty]")).to_have_count(2)
    assert page.evaluate("document.activeElement.id") == "a1"


def test_a_sticky_slot_can_be_closed_by_keyboard(stand: Newsstand, reader: OpenPage) -> None:
    small = {"mobile": [[300, 250]], "desktop": [[728, 90]]}
    sticky = layout("article", {"name": "foot", "kind": "sticky", "sizes": small})
    stand.publish("/a", Article(), site(sticky), {"foot": [3]})
    page = reader(DESKTOP)
    page.goto("/a")
    slot = page.locator("ad-slot[data-kind=sticky]")
    expect(slot).to_have_attribute("data-state", "filled")
    found = slot.bounding_box()
    assert found is not None
    assert found["y"] + found["height"] == pytest.approx(720)
    assert found["height"] <= 0.3 * 720
    button = page.get_by_role("button", name="Close advertisement")
    button.focus()
    page.keyboard.press("Enter")
    expect(slot).to_be_hidden()
    assert page.evaluate("window.shifts") == []
