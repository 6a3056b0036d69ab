"""Slots in articles as sites style them: in the column, in their own proportions, and filled.

Each design is one that the style or the loader once got wrong.
"""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.adserver import CREATIVE, selling
from tests.browser.newsstand import WORDS, Article, Gaps, Newsstand, Response
from tests.browser.reading import DESKTOP, MOBILE, OpenPage, frames, shifts
from tests.configurations import layout, site

SLOTS: Gaps = {"inline": [2, 7, 12]}
ALWAYS_NEAR = "100 screens"


def edges(element: Locator) -> tuple[float, float]:
    """Where it begins and ends from left to right, in px."""
    found = element.bounding_box()
    assert found is not None
    return found["x"], found["x"] + found["width"]


def filled(page: Page, count: int = 3) -> Locator:
    """The slots, all of them filled."""
    expect(page.locator("ad-slot[data-state=filled]")).to_have_count(count)
    return page.locator("ad-slot")


@pytest.mark.parametrize("viewport", [MOBILE, DESKTOP], ids=["360", "1280"])
@pytest.mark.parametrize(
    "css",
    [
        "article{padding:0 16px}article>*{max-width:65ch;margin-left:auto;margin-right:auto}",
        "main{max-width:50rem;margin:auto}article>*{margin:0 20px 1em}",
        "article{display:grid;grid-template:none/1fr min(65ch,100%) 1fr}article>*{grid-column:2}",
        "article{padding:0 16px}article>*{max-width:60%;margin-left:10%}",
    ],
    ids=["ch", "side margins", "grid", "percent"],
)
def test_a_slot_is_as_wide_as_the_paragraph_above_it(
    stand: Newsstand, reader: OpenPage, css: str, viewport: dict[str, int]
) -> None:
    stand.publish("/a", Article(css=css), site(layout()), SLOTS)
    page = reader(viewport)
    page.goto("/a")
    assert edges(page.locator("ad-slot").first) == pytest.approx(edges(page.locator("#p1")), abs=1)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


@pytest.mark.parametrize(
    ("column", "creative"), [(1000, (970, 250)), (800, (728, 90)), (660, (300, 250))]
)
@pytest.mark.parametrize("holder", ["article", "article>*"], ids=["article", "its children"])
@pytest.mark.parametrize("keys", [{}, {"label_style": "below"}], ids=["above", "below"])
def test_the_box_is_as_high_as_the_largest_creative_that_the_column_holds(
    stand: Newsstand,
    reader: OpenPage,
    holder: str,
    column: int,
    creative: tuple[int, int],
    keys: dict[str, str],
) -> None:
    css = f"{holder}{{max-width:{column}px;margin-left:auto;margin-right:auto}}"
    configuration = site(layout(lazy_margin=ALWAYS_NEAR, **keys))
    stand.publish("/a", Article(css=css), configuration, SLOTS)
    loader = next(path for path in stand.responses if path.startswith("/_adweave/loader-"))
    gate = stand.responses[loader].gates[0] = threading.Event()
    page = reader(DESKTOP)
    page.goto("/a", wait_until="commit")
    slot = page.locator("ad-slot").first
    slot.wait_for()
    reserved = slot.bounding_box()
    assert reserved is not None
    assert (reserved["width"], reserved["height"]) == (column, creative[1] + 24)
    gate.set()
    filled(page)
    frame = slot.locator("iframe").bounding_box()
    assert frame is not None
    assert (frame["width"], frame["height"]) == creative
    assert frame["x"] + creative[0] / 2 == pytest.approx(reserved["x"] + column / 2, abs=1)
    assert frame["y"] - reserved["y"] == (0 if keys else 24)
    assert slot.bounding_box() == reserved
    assert shifts(page) == []


def test_margins_in_em_are_those_of_the_articles_type(stand: Newsstand, reader: OpenPage) -> None:
    css = "article>*{margin:0}article>*+*{margin-top:1.5em}"
    stand.publish("/a", Article(css=css), site(layout()), SLOTS)
    page = reader(DESKTOP)
    page.goto("/a")
    slot = page.locator("ad-slot").first
    above, below = slot.evaluate(
        "slot => [getComputedStyle(slot).marginTop,"
        " getComputedStyle(slot.nextElementSibling).marginTop]"
    )
    assert above == below == "27px"
    assert slot.evaluate("slot => getComputedStyle(slot, '::before').fontSize") == "12px"
    assert slot.evaluate("slot => getComputedStyle(slot, '::after').fontSize") == "12px"


@pytest.mark.parametrize(
    "css",
    [
        "article{zoom:1.25}",
        "article{transform:scale(1.1);transform-origin:0 0}",
        "@keyframes in{from{transform:scale(.5)}}article{animation:in 60s linear}",
    ],
    ids=["zoom", "scale", "entrance"],
)
def test_a_slot_that_is_filled_while_the_article_is_scaled_keeps_its_height(
    stand: Newsstand, reader: OpenPage, css: str
) -> None:
    stand.publish("/a", Article(css=css), site(layout(lazy_margin=ALWAYS_NEAR)), SLOTS)
    page = reader(MOBILE)
    page.goto("/a")
    for slot in filled(page).all():
        assert slot.evaluate("slot => getComputedStyle(slot).height") == "274px"
        # In a page that is zoomed the column is narrower than it looks.
        frame = edges(slot.locator("iframe"))
        start, end = edges(slot)
        assert start <= frame[0] + 1
        assert frame[1] <= end + 1
    assert shifts(page) == []


def test_rules_for_embedded_videos_do_not_put_the_ad_over_its_label(
    stand: Newsstand, reader: OpenPage
) -> None:
    css = "main article iframe{position:absolute;top:0;left:0;width:100%;height:100%}"
    stand.publish("/a", Article(css=css), site(layout(lazy_margin=ALWAYS_NEAR)), SLOTS)
    page = reader(MOBILE)
    page.goto("/a")
    slot = filled(page).first
    assert slot.locator("iframe").evaluate("frame => frame.offsetTop") >= 24


def test_a_notice_does_not_run_under_a_picture_that_the_text_flows_around(
    stand: Newsstand, reader: OpenPage
) -> None:
    picture = "<figure id=f style='float:left;width:200px;height:400px;margin:0'></figure>"
    article = Article(body=lambda n: (picture if n == 15 else "") + f"<p id=p{n}>{WORDS}</p>")
    stand.publish("/a", article, site(layout()), {"inline": [2], "notice": [16]})
    page = reader(DESKTOP)
    page.goto("/a")
    beside, notice = page.locator("#f").bounding_box(), page.locator("ad-notice").bounding_box()
    assert beside is not None
    assert notice is not None
    assert notice["y"] >= beside["y"] + beside["height"]


COLUMNS = Article(40, css="article{columns:2;column-gap:2rem}")


def test_an_empty_slot_stays_where_to_take_it_out_would_move_another_column(
    stand: Newsstand, reader: OpenPage
) -> None:
    nothing = CREATIVE + "<script>parent.postMessage({adweave: 'no-fill'}, '*')</script>"
    gate = threading.Event()
    answer = Response([nothing.encode()], gates={0: gate})
    stand.answers["/ads/serve"] = lambda path, body: answer
    sizes = {"mobile": [[300, 250]], "desktop": [[300, 250]]}
    configuration = selling("iframe", lazy_margin=ALWAYS_NEAR, sizes=sizes)
    stand.publish("/a", COLUMNS, configuration, {"inline": [2, 6, 10, 14]})
    page = reader(DESKTOP)
    page.goto("/a", wait_until="commit")
    expect(page.locator("ad-slot > iframe").first).to_be_attached()
    # The browser counts no shifts between columns, so they are looked for by hand.
    seen = (
        "Array.from(document.querySelectorAll('p'), p => Array.from(p.getClientRects(), "
        "({x, y, bottom}) => y < innerHeight && bottom > 0 && [x, y]))"
    )
    frames(page)
    before = page.evaluate(seen)
    gate.set()
    expect(page.locator("ad-slot[data-state=empty]")).to_have_count(4)
    frames(page)
    frames(page)
    assert page.evaluate(seen) == before


SCROLLER = Article(
    css="html,body{height:100%;overflow:hidden}main{height:100vh;overflow:auto}"
    "article{max-width:46rem;margin:0 auto;padding:0 16px}"
)


def test_an_ad_is_asked_for_as_far_ahead_in_an_article_that_scrolls_in_a_box_of_its_own(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", SCROLLER, site(layout(lazy_margin="1 screens")), {"inline": [7, 16]})
    page = reader(DESKTOP)
    page.goto("/a")
    near, far = page.locator("ad-slot").all()
    assert near.evaluate("slot => slot.getBoundingClientRect().top > innerHeight")
    expect(near).to_have_attribute("data-state", "filled")
    assert far.get_attribute("data-state") is None


def test_slots_of_an_article_that_a_script_puts_below_this_one_are_filled_once(
    stand: Newsstand, reader: OpenPage
) -> None:
    configuration = selling("iframe", lazy_margin=ALWAYS_NEAR)
    stand.publish("/a", Article(), configuration, SLOTS)
    asked: list[str] = []
    gate = threading.Event()

    def answer(path: str, _: bytes) -> Response:
        asked.append(path)
        return Response([CREATIVE.encode()], gates={0: gate})

    stand.answers["/ads/serve"] = answer
    page = reader(DESKTOP)
    page.goto("/a", wait_until="commit")
    page.wait_for_selector("footer")
    page.evaluate(
        """async () => {
          const text = await (await fetch("/a")).text();
          const next = new DOMParser().parseFromString(text, "text/html");
          const section = document.createElement("section");
          section.append(next.querySelector("article"));
          document.querySelector("main").append(section);
        }"""
    )
    stand.wait_for(lambda _: len(asked) >= 4)
    gate.set()
    filled(page, 6)
    assert len(asked) == 6
