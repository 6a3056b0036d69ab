"""Variants in the browser: the right slots, before they can be seen, and the same next time."""

from __future__ import annotations

import threading
import time
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from adweave.experiments import assign
from adweave.placements import Site
from tests.browser.newsstand import Article, Newsstand
from tests.browser.reading import MOBILE, OpenPage, scroll_to_end, shifts
from tests.configurations import experiment, layout, site

CONTROL = {"inline": [2, 10]}
DENSE = {"inline": [2, 6, 10]}
EXPERIMENT = experiment()


def split(**keys: Any) -> Site:
    return site(layout("article"), layout("dense"), experiment=experiment(**keys))


def id_in(variant: int) -> str:
    """A visitor id that the experiment puts into `variant`."""
    ids = (f"{n:032x}" for n in range(1000))
    return next(each for each in ids if assign(EXPERIMENT, each) == variant)


def remember(context: BrowserContext, visitor: str) -> None:
    context.add_init_script(f"localStorage.setItem('adweave.id', '{visitor}')")


def slots_of(page: Page) -> list[str]:
    found = page.eval_on_selector_all("ad-slot", "slots => slots.map(s => s.dataset.n)")
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(("variant", "slots"), [(0, ["1", "3"]), (1, ["1", "2", "3"])])
def test_a_reader_gets_the_slots_of_the_variant_that_the_server_would_assign(
    stand: Newsstand, reader: OpenPage, variant: int, slots: list[str]
) -> None:
    stand.publish("/a", Article(), split(), CONTROL, DENSE)
    page = reader(MOBILE)
    remember(page.context, id_in(variant))
    page.goto("/a")
    assert slots_of(page) == slots
    assert page.evaluate("window.adweave.variant") == variant
    stand.wait_for(lambda s: bool(s.events("exposure")))
    (exposure,) = stand.events("exposure")
    assert exposure["exp"] == "density"
    assert exposure["variant"] == EXPERIMENT.variants[variant].name
    assert exposure["layout"] == EXPERIMENT.variants[variant].layout
    assert exposure["unit"] == "visitor"
    assert exposure["uid"] == id_in(variant)


def test_a_slot_of_the_other_variant_leaves_no_element(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(), split(), CONTROL, DENSE)
    page = reader()
    remember(page.context, id_in(0))
    page.goto("/a")
    before = page.evaluate("document.querySelector('#p6').previousSibling.nodeName")
    assert before == "#comment"
    # So rules such as `p + p` see what they saw without us.
    assert page.locator("#p5 + #p6").count() == 1
    indent = page.locator("#p6").evaluate("p => getComputedStyle(p).textIndent")
    assert indent == page.locator("#p7").evaluate("p => getComputedStyle(p).textIndent") != "0px"


def test_on_a_slowly_streamed_page_slots_are_there_when_their_text_is_painted(
    stand: Newsstand, reader: OpenPage
) -> None:
    response = stand.publish("/a", Article(), split(), CONTROL, DENSE)
    for chunk in range(4, 10):
        response.gates[chunk] = threading.Event()
    page = reader({"width": 360, "height": 5000})
    remember(page.context, id_in(1))
    page.goto("/a", wait_until="commit")
    for chunk in range(4, 10):
        # Chunk k ends with paragraph k - 2; everything before it has been painted by now.
        page.locator(f"#p{chunk - 3}").wait_for()
        page.evaluate("new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))")
        seen = slots_of(page)
        assert seen == [n for n, gap in (("1", 2), ("2", 6), ("3", 10)) if gap <= chunk - 3]
        response.gates[chunk].set()
    page.wait_for_load_state()
    assert slots_of(page) == ["1", "2", "3"]
    assert shifts(page) == []


def test_slots_of_a_variant_are_filled_like_any_other(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(), split(), CONTROL, DENSE)
    page = reader(MOBILE)
    remember(page.context, id_in(1))
    page.goto("/a")
    scroll_to_end(page)
    expect(page.locator("ad-slot[data-state=filled]")).to_have_count(3)
    assert page.locator("ad-slot[data-n='2']").get_attribute("aria-label") == "Advertisement 2"
    assert shifts(page) == []


def test_a_visitor_keeps_the_variant_on_every_page_and_visit(
    stand: Newsstand, reader: OpenPage
) -> None:
    for path in ("/a", "/b", "/c", "/d", "/e", "/f"):
        stand.publish(path, Article(), split(), CONTROL, DENSE)
    first = reader()
    seen = set()
    for path in ("/a", "/b", "/c"):
        first.goto(path)
        seen.add((first.evaluate("adweave.uid"), first.evaluate("adweave.variant")))
    second = first.context.new_page()
    for path in ("/d", "/e", "/f"):
        second.goto(path)
        seen.add((second.evaluate("adweave.uid"), second.evaluate("adweave.variant")))
    assert len(seen) == 1
    ((visitor, variant),) = seen
    assert assign(EXPERIMENT, visitor) == variant


def test_visitors_are_split_as_the_server_splits_them(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(), split(), CONTROL, DENSE)

    for _ in range(6):
        page = reader()
        page.goto("/a", wait_until="domcontentloaded")
        found = page.evaluate("window.adweave")
        assert found["unit"] == "visitor"
        assert found["variant"] == assign(EXPERIMENT, found["uid"])


def test_who_takes_part_by_ramp_namespace_and_holdout_is_whom_the_server_says(
    stand: Newsstand, reader: OpenPage
) -> None:
    ramp = [{"at": date(2025, 1, 1), "traffic": 0.6}, {"at": date(2999, 1, 1), "traffic": 1.0}]
    test = experiment(ramp=ramp, namespace={"name": "pages", "range": [0.0, 0.7]})
    configuration = site(
        layout("article"), layout("dense"), experiment=test, experiments={"holdout": 0.3}
    )
    stand.publish("/a", Article(), configuration, CONTROL, DENSE)
    found: set[int | None] = set()
    page = reader()
    page.goto("/a")
    for number in range(24):
        visitor = f"{number:032x}"
        page.evaluate("id => localStorage.setItem('adweave.id', id)", visitor)
        page.reload(wait_until="domcontentloaded")
        seen = page.evaluate("window.adweave.variant")
        expected = assign(test, visitor, configuration.settings, time.time())
        assert (None if seen < 0 else seen) == expected, visitor
        found.add(expected)
    assert found == {None, 0, 1}


def test_a_ramp_that_has_not_begun_lets_nobody_in(stand: Newsstand, reader: OpenPage) -> None:
    later = split(ramp=[{"at": date(2999, 1, 1), "traffic": 1.0}])
    stand.publish("/a", Article(), later, CONTROL, DENSE)
    page = reader()
    page.goto("/a")
    assert page.evaluate("window.adweave.variant") == -1
    assert slots_of(page) == ["1", "3"]


def test_a_reader_outside_the_traffic_sees_the_control_and_is_not_exposed(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(), split(traffic=0.0), CONTROL, {"inline": [4]})
    page = reader()
    page.goto("/a")
    assert page.eval_on_selector_all("ad-slot", "all => all.length") == 2
    stand.wait_for(lambda s: bool(s.events("view")))
    (view,) = stand.events("view")
    assert (view["exp"], view["variant"], view["layout"]) == ("density", None, "article")
    assert stand.events("exposure") == []


def test_pages_that_are_alike_in_all_variants_are_exposed_without_a_head_script(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(), split(), CONTROL, CONTROL)
    page = reader()
    remember(page.context, id_in(1))
    page.goto("/a")
    assert page.locator("head > script[data-adweave]").count() == 1
    stand.wait_for(lambda s: bool(s.events("exposure")))
    (exposure,) = stand.events("exposure")
    assert exposure["variant"] == "dense"


def test_a_head_script_that_could_not_run_means_no_variant_and_no_exposure(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(), split(), CONTROL, {"inline": [4, 8]})
    page = reader()
    page.add_init_script(
        "const real = crypto.getRandomValues.bind(crypto); let calls = 0;"
        "crypto.getRandomValues = (array) => { if (!calls++) throw new Error('no'); "
        "return real(array); }"
    )
    page.goto("/a")
    assert page.locator("ad-slot").count() == 0
    stand.wait_for(lambda s: bool(s.events("view")))
    (view,) = stand.events("view")
    assert (view["exp"], view["variant"]) == ("density", None)
    assert stand.events("exposure") == []


def test_without_storage_the_page_view_is_the_unit(stand: Newsstand, reader: OpenPage) -> None:
    stand.publish("/a", Article(), split(), CONTROL, DENSE)
    page = reader()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', "
        "{get() { throw new DOMException('denied', 'SecurityError'); }})"
    )
    page.goto("/a")
    stand.wait_for(lambda s: bool(s.events("exposure")))
    (exposure,) = stand.events("exposure")
    assert exposure["unit"] == "view"
    assert exposure["uid"] == exposure["view"]
    variant = assign(EXPERIMENT, exposure["uid"])
    assert variant is not None
    assert exposure["variant"] == EXPERIMENT.variants[variant].name


def test_an_experiment_on_page_views_ignores_the_visitor(
    stand: Newsstand, reader: OpenPage
) -> None:
    stand.publish("/a", Article(), split(unit="view"), CONTROL, DENSE)
    page = reader()
    remember(page.context, id_in(1))
    page.goto("/a")
    found = page.evaluate("window.adweave")
    assert found["unit"] == "view"
    assert found["uid"] == found["view"]
