"""No vendor is asked before the reader allows it: TCF with real strings, GPP, GPC, regions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.adserver import DEMAND, AdServer, selling
from tests.browser.newsstand import Article, Newsstand, Response
from tests.browser.packages import bundled
from tests.browser.reading import MOBILE, OpenPage

GOOGLE = [1, 2, 7, 9, 10]
EVERYTHING = list(range(1, 12))
GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true})"
# An interface as the IAB's GPP 1.1 describes it; the test says what its sections hold.
GPP = """
(() => {
  const listeners = [];
  let ping = {gppVersion: '1.1', cmpStatus: 'loading', signalStatus: 'not ready', cmpId: 31,
    sectionList: [], applicableSections: [], gppString: '', parsedSections: {}};
  window.__gpp = (command, heard, parameter) => {
    if (command === 'ping') return heard(ping, true);
    if (command !== 'addEventListener') return heard(null, false);
    listeners.push(heard);
    heard({eventName: 'listenerRegistered', listenerId: listeners.length, data: true,
      pingData: ping}, true);
  };
  window.answerGpp = (applicable, parsed) => {
    ping = {...ping, cmpStatus: 'loaded', signalStatus: 'ready', applicableSections: applicable,
      gppString: 'DBABLA~BVQqAAAAAgA.QA', parsedSections: parsed};
    listeners.forEach((heard, id) => heard({eventName: 'signalStatus', listenerId: id + 1,
      data: 'ready', pingData: ping}, true));
  };
})();
"""


@pytest.fixture
def ads(stand: Newsstand) -> AdServer:
    return AdServer(stand)


def opened(
    stand: Newsstand,
    reader: OpenPage,
    *,
    require: str = "auto",
    fill: tuple[str, ...] = ("gpt", "house"),
    script: str = "",
    answer: dict[str, Any] | None = None,
    wait_ms: int = 10_000,
    demand: dict[str, Any] | None = None,
    **consent: Any,
) -> Page:
    """A page with one slot in view; `answer` is what the reader said before it was loaded."""
    policy = {"visitor_id": "tcf", "require": require, "wait_ms": wait_ms, **consent}
    stand.publish("/a", Article(), selling(*fill, consent=policy, demand=demand), {"inline": [1]})
    page = reader(MOBILE)
    page.add_init_script(script)
    if answer is not None:
        page.add_init_script(f"platform.consent({_js(answer)})")
    page.goto("/a")
    return page


def _js(value: object) -> str:
    return json.dumps(value)


def platform() -> str:
    return bundled("consent.mjs", "platform").decode() + ";window.platform = platform"


def settled(page: Page) -> str:
    """Who filled the slot: the kind of the element in it."""
    expect(page.locator("ad-slot")).to_have_attribute("data-state", "filled")
    found = page.locator("ad-slot").evaluate("slot => slot.firstElementChild.localName")
    assert isinstance(found, str)
    return {"div": "vendor", "ins": "vendor", "iframe": "own"}[found]


def vendor_requests(stand: Newsstand) -> list[str]:
    return [path for path in stand.requests if path.startswith("/ads/")]


def stored(page: Page) -> int:
    found = page.evaluate("localStorage.length + document.cookie.length")
    assert isinstance(found, int)
    return found


# -- TCF -------------------------------------------------------------------------------------


def test_nothing_is_asked_or_stored_before_the_reader_answers_and_then_it_is(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, script=platform())
    page.wait_for_function("platform.asked() > 0")
    page.wait_for_load_state("networkidle")
    assert vendor_requests(stand) == []
    assert not [path for path in stand.requests if path.startswith("/_adweave/gpt-")]
    assert stored(page) == 0
    page.evaluate("platform.consent({purposes: [1,2,3,4,7,9,10], vendors: [755]})")
    assert settled(page) == "vendor"
    assert ads.asked["gpt"][0]["privacy"]["nonPersonalizedAds"] is False


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"purposes": EVERYTHING, "vendors": [755]}, "vendor"),
        ({"purposes": GOOGLE, "vendors": [755]}, "vendor"),
        ({"purposes": [1], "interests": [2, 7, 9, 10], "vendors": [755]}, "vendor"),
        ({"purposes": [], "vendors": []}, "own"),
        ({"purposes": EVERYTHING, "vendors": [52]}, "own"),
        ({"purposes": [2, 7, 9, 10], "vendors": [755]}, "own"),
        ({"purposes": [1, 2, 7, 9], "vendors": [755]}, "own"),
        # Storage needs consent; no interest is legitimate enough.
        ({"purposes": [2, 7, 9, 10], "interests": [1], "vendors": [755]}, "own"),
        ({"applies": False}, "vendor"),
        ({"purposes": EVERYTHING, "vendors": [755], "restrictions": {"2": {"755": 0}}}, "own"),
        (
            {
                "purposes": [1],
                "interests": [2, 7, 9, 10],
                "vendors": [755],
                "restrictions": {"2": {"755": 1}},
            },
            "own",
        ),
        (
            {"purposes": EVERYTHING, "vendors": [755], "restrictions": {"2": {"755": 2}}},
            "own",
        ),
    ],
    ids=[
        "all",
        "what it needs",
        "legitimate interests",
        "nothing",
        "another vendor",
        "no storage",
        "one purpose short",
        "interest in storage",
        "the law does not apply",
        "restricted: not allowed",
        "restricted: consent only",
        "restricted: interest only",
    ],
)
def test_a_vendor_is_asked_where_its_purposes_are_agreed_to_and_else_nobody_is(
    stand: Newsstand, reader: OpenPage, ads: AdServer, answer: dict[str, Any], expected: str
) -> None:
    page = opened(stand, reader, script=platform(), answer=answer)
    assert settled(page) == expected
    assert bool(vendor_requests(stand)) == (expected == "vendor")


def test_without_consent_to_profiles_a_vendor_is_asked_without_personal_data(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    answer = {"purposes": GOOGLE, "vendors": [755]}
    page = opened(stand, reader, script=platform(), answer=answer)
    assert settled(page) == "vendor"
    privacy = ads.asked["gpt"][0]["privacy"]
    assert privacy["nonPersonalizedAds"] is True
    assert privacy["limitedAds"] is False


def test_the_consent_string_goes_to_the_iframe_and_decodes_to_the_answer(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    demand = {"iframe": {"vendors": [52], "purposes": [1, 2]}}
    answer = {"purposes": [1, 2], "vendors": [52]}
    page = opened(stand, reader, fill=("iframe",), script=platform(), answer=answer, demand=demand)
    assert settled(page) == "own"
    (asked,) = ads.asked["iframe"]
    assert asked["c"] == page.evaluate(f"platform.encoded({_js(answer)})")


def test_prebid_gets_the_string_and_lets_its_own_module_hold_to_it(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    config = {**DEMAND["prebid"]["config"], "gvlMapping": {"local": 52}}
    demand = {"prebid": {"purposes": [1, 2], "vendors": [52], "config": config}}
    answer = {"purposes": EVERYTHING, "vendors": [52, 755]}
    page = opened(
        stand, reader, fill=("prebid", "house"), script=platform(), answer=answer, demand=demand
    )
    assert settled(page) == "vendor"
    (request,) = ads.asked["prebid"]
    assert request["regs"]["ext"]["gdpr"] == 1
    assert request["user"]["ext"]["consent"] == page.evaluate(f"platform.encoded({_js(answer)})")


def test_after_the_time_limit_the_next_that_needs_no_consent_is_taken(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, script=platform(), wait_ms=200)
    assert settled(page) == "own"
    assert vendor_requests(stand) == []
    assert stored(page) == 0


def test_a_page_without_a_platform_asks_no_vendor(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, wait_ms=200)
    assert settled(page) == "own"
    assert vendor_requests(stand) == []


def test_an_answer_after_the_limit_holds_for_the_slots_after_it(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    policy = {"visitor_id": "tcf", "wait_ms": 200}
    stand.publish("/a", Article(30), selling("gpt", "house", consent=policy), {"inline": [1, 25]})
    page = reader(MOBILE)
    page.add_init_script(platform())
    page.goto("/a")
    expect(page.locator("ad-slot").first).to_have_attribute("data-state", "filled")
    assert vendor_requests(stand) == []
    page.evaluate("platform.consent({purposes: [1,2,7,9,10], vendors: [755]})")
    page.locator("ad-slot").last.scroll_into_view_if_needed()
    expect(page.locator("ad-slot").last).to_have_attribute("data-state", "filled")
    assert len(ads.asked["gpt"]) == 1


def test_a_withdrawn_consent_holds_for_the_slots_after_it(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    stand.publish(
        "/a",
        Article(30),
        selling("gpt", "house", consent={"visitor_id": "tcf", "wait_ms": 10_000}),
        {"inline": [1, 25]},
    )
    page = reader(MOBILE)
    page.add_init_script(platform())
    page.add_init_script("platform.consent({purposes: [1,2,7,9,10], vendors: [755]})")
    page.goto("/a")
    expect(page.locator("ad-slot").first).to_have_attribute("data-state", "filled")
    page.evaluate("platform.consent({purposes: [], vendors: []})")
    page.locator("ad-slot").last.scroll_into_view_if_needed()
    expect(page.locator("ad-slot").last).to_have_attribute("data-state", "filled")
    assert len(ads.asked["gpt"]) == 1


def test_limited_ads_are_asked_for_where_consent_is_refused_and_the_site_wants_it(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    demand = {"gpt": {"limited_ads": True}}
    stand.publish("/b", Article(), selling("gpt", demand=demand), {"inline": [1]})
    page = reader(MOBILE)
    page.context.route(
        "https://pagead2.googlesyndication.com/tag/js/gpt.js",
        lambda route: route.fulfill(
            body=stand.responses["/ads/gpt.js"].chunks[0], content_type="text/javascript"
        ),
    )
    policy = {"visitor_id": "tcf", "wait_ms": 10_000}
    stand.publish(
        "/a", Article(), selling("gpt", "house", consent=policy, demand=demand), {"inline": [1]}
    )
    page.add_init_script(platform())
    page.add_init_script("platform.consent({purposes: [], vendors: []})")
    page.goto("/a")
    assert settled(page) == "vendor"
    assert ads.asked["gpt"][0]["privacy"]["limitedAds"] is True
    assert "/ads/gpt.js" not in stand.requests


# -- GPP and GPC -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("applicable", "sections", "expected", "is_personal"),
    [
        ([7], {"usnat": [{"SaleOptOut": 2, "SharingOptOut": 2, "Gpc": False}]}, "vendor", True),
        ([7], {"usnat": [{"SaleOptOut": 1, "SharingOptOut": 2}]}, "vendor", False),
        ([8], {"usca": {"SaleOptOut": 2, "SharingOptOut": 1}}, "vendor", False),
        ([7], {"usnat": [{"TargetedAdvertisingOptOut": 1}]}, "vendor", False),
        ([7], {"usnat": [{"SaleOptOut": 2}, {"Gpc": True}]}, "vendor", False),
        ([-1], {}, "vendor", True),
        # Europe's section needs the TCF's own interface.
        ([2], {"tcfeuv2": {}}, "own", None),
    ],
    ids=["nothing", "sale", "sharing", "targeting", "gpc", "no section applies", "europe"],
)
def test_gpp_opt_outs_make_requests_impersonal(
    stand: Newsstand,
    reader: OpenPage,
    ads: AdServer,
    applicable: list[int],
    sections: dict[str, Any],
    expected: str,
    is_personal: bool | None,
) -> None:
    page = opened(stand, reader, require="gpp", script=GPP)
    page.wait_for_load_state("networkidle")
    assert vendor_requests(stand) == []
    page.evaluate("([a, p]) => answerGpp(a, p)", [applicable, sections])
    assert settled(page) == expected
    if is_personal is not None:
        privacy = ads.asked["gpt"][0]["privacy"]
        assert privacy["restrictDataProcessing"] is not is_personal


def test_the_gpp_string_goes_to_the_iframe(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    demand = {"iframe": {"purposes": [2]}}
    script = GPP + "answerGpp([7], {usnat: [{SaleOptOut: 2}]})"
    page = opened(stand, reader, fill=("iframe",), script=script, demand=demand)
    assert settled(page) == "own"
    assert ads.asked["iframe"][0]["g"] == "DBABLA~BVQqAAAAAgA.QA"


@pytest.mark.parametrize("require", ["none", "gpc"])
def test_global_privacy_control_makes_everything_impersonal(
    stand: Newsstand, reader: OpenPage, ads: AdServer, require: str
) -> None:
    page = opened(stand, reader, require=require, script=GPC)
    assert settled(page) == "vendor"
    assert ads.asked["gpt"][0]["privacy"]["restrictDataProcessing"] is True
    assert stored(page) == 0


def test_global_privacy_control_reaches_prebids_bidders_and_adsense(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    ads.bid = lambda impression: None
    page = opened(stand, reader, require="gpc", script=GPC, fill=("prebid", "adsense"))
    assert settled(page) == "vendor"
    assert ads.asked["prebid"][0]["regs"]["ext"]["gpc"] == "1"
    assert ads.asked["adsense"][0]["npa"] == 1


# -- regions ---------------------------------------------------------------------------------

REGIONS = [
    {"name": "europe", "countries": ["DE", "FR"], "require": "tcf"},
    {"name": "america", "countries": ["US"], "require": "gpp"},
    {"name": "far", "countries": ["JP"], "require": "none"},
]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ('{"country": "JP"}', "vendor"),
        ('{"country": "DE"}', "own"),
        ('{"country": "US"}', "own"),
        ("{}", "own"),
        ("not json", "own"),
        ('{"country": "JP", "gpc": true}', "vendor"),
    ],
    ids=["japan", "germany", "america", "unknown", "no answer", "japan with gpc"],
)
def test_what_is_required_goes_by_the_readers_country(
    stand: Newsstand, reader: OpenPage, ads: AdServer, told: str, expected: str
) -> None:
    stand.responses["/_adweave/reader"] = Response([told.encode()], "application/json")
    page = opened(stand, reader, require="tcf", wait_ms=200, region=REGIONS)
    assert settled(page) == expected
    assert stand.requests.count("/_adweave/reader") == 1
    if expected == "vendor":
        is_impersonal = ads.asked["gpt"][0]["privacy"]["restrictDataProcessing"]
        assert is_impersonal == ("gpc" in told)


def test_nobody_asks_where_the_reader_is_without_rules_by_country(
    stand: Newsstand, reader: OpenPage, ads: AdServer
) -> None:
    page = opened(stand, reader, require="none")
    assert settled(page) == "vendor"
    assert "/_adweave/reader" not in stand.requests
