"""Demand adapters: each by its own protocol, one after the other until one has an ad."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from adweave.placements import Site
from tests.browser.adserver import CREATIVE, AdServer, selling
from tests.browser.newsstand import Article, Newsstand, Response
from tests.browser.reading import MOBILE, OpenPage, shifts
from tests.configurations import experiment, layout, site


@pytest.fixture
def ads(stand: Newsstand) -> AdServer:
    return AdServer(stand)


def opened(
    stand: Newsstand,
    reader: OpenPage,
    configuration: Site,
    slots: dict[str, list[int]] | None = None,
    viewport: dict[str, int] = MOBILE,
) -> Page:
    stand.publish("/a", Article(), configuration, slots or {"inline": [1]})
    page = reader(viewport)
    page.goto("/a")
    return page


def filled(page: Page, count: int = 1) -> None:
    expect(page.locator("ad-slot[data-state=filled]")).to_have_count(count)
    assert shifts(page) == []


def faults(page: Page, name: str) -> list[str]:
    found = page.evaluate(f"window.{name}.faults")
    assert isinstance(found, list)
    return found


# -- iframe ----------------------------------------------------------------------------------


def test_an_iframe_gets_its_template_filled_in(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, selling("iframe"))
    filled(page)
    assert ads.asked["iframe"] == [{"p": "inline", "n": "1", "w": "300", "h": "250", "l": "en"}]
    frame = page.locator("ad-slot > iframe")
    tokens = "allow-scripts allow-popups allow-popups-to-escape-sandbox"
    assert frame.get_attribute("sandbox") == tokens
    assert frame.get_attribute("allow") == ""
    found = frame.bounding_box()
    assert found is not None
    assert (found["width"], found["height"]) == (300, 250)


def test_an_iframe_may_use_what_the_site_lets_it_and_no_more(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    ads.page = lambda words: (
        "<!doctype html><script>try { parent.document.title = 'taken' } catch {}"
        "try { localStorage.x = 1 } catch { document.title = 'alone' }</script>"
    )
    demand = {"iframe": {"sandbox": ["allow-scripts"], "allow": ["autoplay", "fullscreen"]}}
    page = opened(stand, reader, selling("iframe", demand=demand))
    filled(page)
    frame = page.locator("ad-slot > iframe")
    assert frame.get_attribute("allow") == "autoplay; fullscreen"
    content = frame.element_handle().content_frame()
    assert content is not None
    assert content.title() == "alone"
    assert page.title() == "Harbour"


def says(message: str) -> str:
    """A page that tells the page around it something, before it has loaded."""
    return f"<!doctype html><script>parent.postMessage({message}, '*')</script>"


def test_an_iframe_without_an_ad_says_so_and_the_next_is_asked(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    ads.page = lambda words: says("{adweave: 'no-fill'}")
    page = opened(stand, reader, selling("iframe", "house"))
    filled(page)
    frame = page.locator("ad-slot > iframe")
    assert str(frame.get_attribute("src")).startswith("/_adweave/c/")
    assert frame.count() == 1


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("{adweave: 'size', width: 320, height: 100}", (320, 100)),
        ("{adweave: 'size', width: 320, height: 600}", (300, 250)),
        ("{adweave: 'size', width: 290, height: 90}", (300, 250)),
        ("{adweave: 'size', width: '320', height: 100}", (300, 250)),
        ("{type: 'resize', width: 320, height: 100}", (300, 250)),
        ("null", (300, 250)),
    ],
    ids=["a size of the placement", "too high", "not agreed", "no number", "not ours", "nothing"],
)
def test_only_a_size_that_the_placement_has_and_the_box_holds_is_taken(
    stand: Newsstand, reader: OpenPage, ads: AdServer, message: str, expected: tuple[int, int]
) -> None:
    sizes = {"mobile": [[300, 250], [320, 100]], "desktop": [[728, 90]]}
    ads.page = lambda words: says(message)
    page = opened(stand, reader, selling("iframe", sizes=sizes))
    filled(page)
    found = page.locator("ad-slot > iframe").bounding_box()
    assert found is not None
    assert (found["width"], found["height"]) == expected


def test_a_size_that_another_window_says_is_not_heard(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    sizes = {"mobile": [[300, 250], [320, 100]], "desktop": [[728, 90]]}
    page = opened(stand, reader, selling("iframe", sizes=sizes))
    filled(page)
    page.evaluate("postMessage({adweave: 'size', width: 320, height: 100}, '*')")
    page.evaluate("new Promise(done => setTimeout(done))")
    found = page.locator("ad-slot > iframe").bounding_box()
    assert found is not None
    assert (found["width"], found["height"]) == (300, 250)


# -- the chain -------------------------------------------------------------------------------


def test_an_adapter_that_takes_too_long_is_given_up_and_what_it_brings_is_not_shown(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    gate = threading.Event()

    def late(path: str, body: bytes) -> Response:
        return Response([CREATIVE.encode()], gates={0: gate})

    stand.answers["/ads/serve"] = late
    page = opened(stand, reader, selling("iframe", "house", demand={"timeout_ms": 300}))
    filled(page)
    gate.set()
    frames = page.locator("ad-slot iframe")
    assert frames.count() == 1
    assert str(frames.get_attribute("src")).startswith("/_adweave/c/")


def test_a_script_that_cannot_be_had_is_a_no_fill(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    del stand.responses["/ads/gpt.js"]
    del stand.responses["/ads/adsbygoogle.js"]
    del stand.answers["/ads/prebid.js"]
    page = opened(stand, reader, selling("gpt", "adsense", "prebid", "house"))
    filled(page)
    assert str(page.locator("ad-slot iframe").get_attribute("src")).startswith("/_adweave/c/")


def test_the_last_resort_is_the_localized_notice_in_the_box(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    ads.gpt = lambda asked: None
    page = opened(stand, reader, selling("gpt", "notice"))
    filled(page)
    notice = page.locator("ad-slot > ad-notice")
    drawn = notice.evaluate("notice => getComputedStyle(notice, '::before').content")
    assert drawn == '"Comments are moderated before they appear."'
    assert page.locator("ad-slot").evaluate("slot => slot.innerText") == ""


def test_an_adapters_code_is_fetched_when_it_is_first_asked_and_once(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, selling("gpt", "house"), {"inline": [8, 9, 10]})
    stand.wait_for(lambda s: bool(s.events("view")))
    assert not [path for path in stand.requests if "gpt" in path]
    page.evaluate("document.querySelectorAll('ad-slot')[1].scrollIntoView()")
    filled(page, 3)
    assert len([path for path in stand.requests if path.startswith("/_adweave/gpt-")]) == 1
    assert stand.requests.count("/ads/gpt.js") == 1


def test_everybody_asked_in_vain_leaves_an_empty_slot_and_one_no_fill(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    ads.gpt, ads.adsense = lambda asked: None, lambda asked: False
    page = opened(stand, reader, selling("gpt", "adsense"))
    slot = page.locator("ad-slot")
    expect(slot).to_have_attribute("data-state", "empty")
    assert slot.evaluate("slot => slot.childElementCount") == 0
    stand.wait_for(lambda s: bool(s.events("no-fill")))
    assert len(stand.events("no-fill")) == 1
    assert shifts(page) == []


# -- Google Publisher Tag --------------------------------------------------------------------


def test_gpt_is_told_unit_sizes_placement_and_privacy(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    demand = {"gpt": {"targeting": {"site": ["news", "local"]}}}
    own = {"targeting": {"pos": "top"}}
    page = opened(stand, reader, selling("gpt", demand=demand, gpt=own))
    filled(page)
    (asked,) = ads.asked["gpt"]
    assert asked["iu"] == "/1234/news/inline"
    assert asked["sz"] == "300x250"
    assert asked["targeting"] == {"placement": ["inline"], "pos": ["top"]}
    assert asked["page"] == {"site": ["news", "local"]}
    assert asked["config"]["safe"] is True
    assert asked["config"]["frame"]["sandbox"] is True
    assert asked["config"]["collapse"] is False
    assert faults(page, "googletag") == []


def test_gpt_is_told_experiment_and_variant(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    base = selling("gpt")
    configuration = site(
        layout("article", fill=["gpt"]),
        layout("dense", fill=["gpt"]),
        experiment=experiment(),
        consent={"visitor_id": "assumed", "require": "none"},
        demand=base.settings.demand.model_dump(exclude_none=True),
    )
    stand.publish("/a", Article(), configuration, {"inline": [1]}, {"inline": [1]})
    page = reader(MOBILE)
    page.goto("/a")
    filled(page)
    targeting = ads.asked["gpt"][0]["targeting"]
    assert targeting["experiment"] == ["density"]
    variant = next(event["variant"] for event in waited(stand, "view"))
    assert targeting["variant"] == [variant]


def waited(stand: Newsstand, kind: str) -> list[dict[str, Any]]:
    stand.wait_for(lambda s: bool(s.events(kind)))
    return stand.events(kind)


def test_gpt_gets_a_size_mapping_and_only_sizes_that_the_column_holds(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    ads.gpt = lambda asked: [728, 90]
    configuration = selling("gpt")
    css = "article{max-width:800px}"
    stand.publish("/a", Article(css=css), configuration, {"inline": [1]})
    page = reader({"width": 1280, "height": 720})
    page.goto("/a")
    filled(page)
    assert ads.asked["gpt"][0]["sz"] == "728x90"
    assert faults(page, "googletag") == []


@pytest.mark.parametrize("name", ["gpt", "adsense", "iframe", "prebid"])
def test_a_desktops_narrow_column_is_sold_in_the_mobile_sizes(
    stand: Newsstand, reader: OpenPage, ads: AdServer, name: str
) -> None:
    narrow = Article(css="article{max-width:660px;margin:auto}")
    stand.publish("/a", narrow, selling(name), {"inline": [1]})
    page = reader({"width": 1280, "height": 720})
    page.goto("/a")
    filled(page)
    (asked,) = ads.asked[name]
    told = {
        "gpt": lambda: asked["sz"],
        "adsense": lambda: f"{asked['width']}x{asked['height']}",
        "iframe": lambda: f"{asked['w']}x{asked['h']}",
        "prebid": lambda: "x".join(str(asked["imp"][0]["banner"]["format"][0][k]) for k in "wh"),
    }
    assert told[name]() == "300x250"
    assert page.locator("ad-slot").evaluate("slot => slot.offsetHeight") == 250 + 24


def test_gpt_without_an_ad_hands_on_and_leaves_no_slot_behind(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    ads.gpt = lambda asked: None
    page = opened(stand, reader, selling("gpt", "adsense"))
    filled(page)
    assert page.locator("ad-slot > ins").count() == 1
    assert page.locator("ad-slot > div").count() == 0
    assert page.evaluate("googletag.destroyed") == 1
    assert page.evaluate("googletag.pubads().getSlots().length") == 0
    assert faults(page, "googletag") == []


def test_gpt_with_a_creative_larger_than_the_box_is_no_fill(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    ads.gpt = lambda asked: [300, 600]
    page = opened(stand, reader, selling("gpt", "house"))
    filled(page)
    assert page.locator("ad-slot > div").count() == 0


def test_gpts_own_word_that_an_ad_was_seen_counts_once(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, selling("gpt"))
    filled(page)
    page.evaluate("document.querySelector('ad-slot').scrollIntoView({block: 'center'})")
    waited(stand, "viewable")
    page.goto("about:blank")
    assert len(stand.events("viewable")) == 1


def test_gpt_that_was_on_the_page_before_is_used_as_it_is(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    stand.publish("/a", Article(), selling("gpt"), {"inline": [1]})
    page = reader(MOBILE)
    page.add_init_script(
        "window.googletag = {cmd: []}; googletag.cmd.push(() => { window.early = true })"
    )
    page.goto("/a")
    filled(page)
    assert page.evaluate("window.early") is True


# -- AdSense ---------------------------------------------------------------------------------


def test_adsense_gets_a_unit_of_the_largest_size_that_fits(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, selling("adsense", adsense={"slot": "99"}), {"inline": [1, 2]})
    filled(page, 2)
    asked = ads.asked["adsense"]
    assert len(asked) == 2
    assert asked[0] == {
        "client": "ca-pub-1234567890123456",
        "slot": "99",
        "width": 300,
        "height": 250,
        "npa": 0,
    }
    assert faults(page, "adsbygoogle") == []


def test_adsense_that_has_nothing_hands_on(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    ads.adsense = lambda asked: False
    page = opened(stand, reader, selling("adsense", "house"))
    filled(page)
    assert page.locator("ad-slot > ins").count() == 0


def test_a_slot_that_adsense_may_fill_has_one_of_the_labels_that_it_allows(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, selling("adsense", "house"))
    assert page.locator("ad-slot").get_attribute("data-label") == "Advertisements"


# -- Prebid ----------------------------------------------------------------------------------


def test_prebid_holds_an_auction_and_shows_the_winner_in_a_frame_of_ours(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    ads.bid = lambda impression: {
        "price": 2.5,
        "adm": "<script>try { top.document.title = 'taken' } catch { document.title = 'alone' }"
        "</script><b>bought at ${AUCTION_PRICE}</b>",
    }
    page = opened(stand, reader, selling("prebid", "house"))
    filled(page)
    (request,) = ads.asked["prebid"]
    (impression,) = request["imp"]
    assert impression["banner"]["format"] == [{"w": 300, "h": 250}]
    assert impression["ext"]["prebid"]["bidder"] == {"local": {"place": "inline"}}
    frame = page.locator("ad-slot iframe")
    assert str(frame.get_attribute("src")).startswith("/_adweave/creative-")
    assert "allow-same-origin" not in str(frame.get_attribute("sandbox"))
    inner = page.frame_locator("ad-slot iframe").frame_locator("iframe")
    expect(inner.locator("b")).to_have_text("bought at 2.5")
    assert page.title() == "Harbour"
    assert page.evaluate("pbjs.getAllWinningBids().length") == 1
    assert waited(stand, "render")[0]["value"] == 0.0025


HANDING_OVER = {"prebid": {"hand_over": True}}


def test_prebids_bids_reach_google_ad_manager_as_key_values_and_its_creative_shows_the_winner(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    ads.bid = lambda impression: {"price": 2.5, "adm": "<b>bought at ${AUCTION_PRICE}</b>"}
    configuration = selling(
        "prebid", "gpt", "house", demand=HANDING_OVER, gpt={"targeting": {"pos": "top"}}
    )
    page = opened(stand, reader, configuration, {"inline": [1, 2]})
    filled(page, 2)
    asked = ads.asked["gpt"]
    assert len(asked) == 2
    for each in asked:
        told = each["targeting"]
        assert told["hb_pb"] == ["2.50"]
        assert told["hb_bidder"] == ["local"]
        assert told["hb_size"] == ["300x250"]
        assert (told["placement"], told["pos"]) == (["inline"], ["top"])
    assert asked[0]["targeting"]["hb_adid"] != asked[1]["targeting"]["hb_adid"]
    frame = page.locator("ad-slot iframe").first
    assert "allow-same-origin" not in str(frame.get_attribute("sandbox"))
    inner = page.frame_locator("ad-slot iframe >> nth=0").frame_locator("iframe")
    expect(inner.locator("b")).to_have_text("bought at 2.5")
    page.wait_for_function("pbjs.getAllWinningBids().length == 2")
    assert faults(page, "googletag") == []
    assert shifts(page) == []


def test_google_ad_manager_is_asked_without_key_values_where_nobody_bids(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    ads.bid = lambda impression: None
    page = opened(stand, reader, selling("prebid", "gpt", demand=HANDING_OVER))
    filled(page)
    assert ads.asked["gpt"][0]["targeting"] == {"placement": ["inline"]}


def test_a_bid_under_the_floor_is_not_handed_over(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(
        stand, reader, selling("prebid", "gpt", demand=HANDING_OVER, prebid={"floor": 1.5})
    )
    filled(page)
    assert ads.asked["gpt"][0]["targeting"] == {"placement": ["inline"]}


def test_prebid_without_a_bid_hands_on(stand: Newsstand, reader: OpenPage, ads: AdServer) -> None:
    ads.bid = lambda impression: None
    page = opened(stand, reader, selling("prebid", "house"))
    filled(page)
    assert str(page.locator("ad-slot iframe").get_attribute("src")).startswith("/_adweave/c/")


@pytest.mark.parametrize(("floor", "is_sold"), [(2.0, True), (3.0, False)])
def test_a_bid_under_the_floor_is_no_fill(
    stand: Newsstand, reader: OpenPage, ads: AdServer, floor: float, is_sold: bool
) -> None:
    ads.bid = lambda impression: {"price": 2.5, "adm": CREATIVE}
    page = opened(stand, reader, selling("prebid", "house", prebid={"floor": floor}))
    filled(page)
    source = str(page.locator("ad-slot iframe").get_attribute("src"))
    assert source.startswith("/_adweave/creative-") == is_sold
    # The floor goes to the bidders as well.
    assert ads.asked["prebid"][0]["imp"][0]["bidfloor"] == floor


def test_a_bidder_that_is_silent_does_not_hold_up_the_chain(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    gate = threading.Event()
    stand.answers["/ads/openrtb2"] = lambda path, body: Response([b"{}"], gates={0: gate})
    page = opened(stand, reader, selling("prebid", "house", demand={"timeout_ms": 800}))
    filled(page)
    gate.set()
    assert str(page.locator("ad-slot iframe").get_attribute("src")).startswith("/_adweave/c/")


def test_a_winner_larger_than_the_box_is_not_shown(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    ads.bid = lambda impression: {"price": 9, "adm": CREATIVE, "w": 300, "h": 600}
    page = opened(stand, reader, selling("prebid", "house"))
    filled(page)
    assert str(page.locator("ad-slot iframe").get_attribute("src")).startswith("/_adweave/c/")


def test_who_is_behind_an_ad_is_told_in_the_articles_language(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    dsa = {"behalf": "Nordwind AG", "paid": "Agentur Süd", "adrender": 0}
    ads.bid = lambda impression: {"price": 2, "adm": CREATIVE, "ext": {"dsa": dsa}}
    stand.publish("/a", Article(lang="de"), selling("prebid"), {"inline": [1]})
    page = reader(MOBILE)
    page.goto("/a")
    filled(page)
    told = page.locator("ad-slot").get_attribute("data-disclosure")
    assert told == "Im Auftrag von Nordwind AG · Bezahlt von Agentur Süd"
