"""Nothing is remembered about a reader before they allow it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.newsstand import Article, Newsstand
from tests.browser.reading import OpenPage
from tests.configurations import layout, site

# A consent platform's interface as TCF 2.2 describes it; the test says what the reader answers.
PLATFORM = """
window.answers = [];
window.__tcfapi = (command, version, callback) => {
  if (command !== "addEventListener" || version !== 2) return callback(null, false);
  window.answers.push(callback);
  callback({eventStatus: "cmpuishown", purpose: {consents: {}}}, true);
};
window.answer = (consents) => window.answers.forEach(
  (callback) => callback({eventStatus: "useractioncomplete", purpose: {consents}}, true));
"""
GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true})"


def visit(stand: Newsstand, page: Page, policy: str, path: str = "/a") -> None:
    configuration = site(layout(), consent={"visitor_id": policy})
    stand.publish(path, Article(), configuration, {"inline": [1]})
    page.goto(path, wait_until="networkidle")


def stored(page: Page) -> str | None:
    found = page.evaluate("localStorage.getItem('adweave.id')")
    assert found is None or isinstance(found, str)
    return found


def unit_of_last_view(stand: Newsstand, path: str) -> tuple[str, str]:
    stand.wait_for(lambda s: any(event["path"] == path for event in s.events("view")))
    event = next(event for event in stand.events("view") if event["path"] == path)
    return event["unit"], event["uid"]


def test_assumed_consent_makes_an_id_for_the_first_events(
    stand: Newsstand, reader: OpenPage
) -> None:
    page = reader()
    visit(stand, page, "assumed")
    unit, uid = unit_of_last_view(stand, "/a")
    assert (unit, uid) == ("visitor", stored(page))
    assert len(uid) == 32


def test_the_storage_is_left_alone_while_a_page_loads(stand: Newsstand, reader: OpenPage) -> None:
    page = reader()
    page.add_init_script(
        "const real = Storage.prototype.getItem; window.looks = [];"
        "Storage.prototype.getItem = function (key) {"
        " window.looks.push(performance.now()); return real.call(this, key); };"
    )
    visit(stand, page, "assumed")
    unit_of_last_view(stand, "/a")
    first = page.evaluate("looks[0]")
    assert first > page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")


def test_tcf_consent_to_storage_makes_an_id_for_the_next_view(
    stand: Newsstand, reader: OpenPage
) -> None:
    page = reader()
    page.add_init_script(PLATFORM)
    visit(stand, page, "tcf")
    page.wait_for_function("answers.length == 1")
    assert unit_of_last_view(stand, "/a")[0] == "view"
    assert stored(page) is None
    page.evaluate("answer({1: true})")
    made = stored(page)
    assert made is not None
    visit(stand, page, "tcf", "/b")
    assert unit_of_last_view(stand, "/b") == ("visitor", made)


def test_consent_to_other_purposes_makes_no_id(stand: Newsstand, reader: OpenPage) -> None:
    page = reader()
    page.add_init_script(PLATFORM)
    visit(stand, page, "tcf")
    page.wait_for_function("answers.length == 1")
    page.evaluate("answer({2: true, 3: true})")
    assert stored(page) is None


def test_withdrawn_consent_takes_the_id_away(stand: Newsstand, reader: OpenPage) -> None:
    page = reader()
    page.add_init_script(PLATFORM)
    visit(stand, page, "tcf")
    page.wait_for_function("answers.length == 1")
    page.evaluate("answer({1: true})")
    assert stored(page) is not None
    page.evaluate("answer({1: false})")
    assert stored(page) is None


def test_a_platform_that_comes_late_is_still_heard(stand: Newsstand, reader: OpenPage) -> None:
    page = reader()
    page.add_init_script(f"document.addEventListener('DOMContentLoaded', () => {{{PLATFORM}}})")
    visit(stand, page, "tcf")
    page.wait_for_function("answers.length == 1")


def test_without_a_platform_nothing_is_stored(stand: Newsstand, reader: OpenPage) -> None:
    page = reader()
    visit(stand, page, "tcf")
    assert stored(page) is None
    assert unit_of_last_view(stand, "/a")[0] == "view"


@pytest.mark.parametrize("policy", ["assumed", "tcf", "never"])
def test_global_privacy_control_overrides_every_policy(
    stand: Newsstand, reader: OpenPage, policy: str
) -> None:
    page = reader()
    page.add_init_script(PLATFORM)
    visit(stand, page, "assumed", "/before")
    assert unit_of_last_view(stand, "/before") == ("visitor", stored(page))
    page.add_init_script(GPC)
    visit(stand, page, policy)
    page.evaluate("answer({1: true})")
    assert unit_of_last_view(stand, "/a")[0] == "view"
    assert stored(page) is None


def test_never_means_never_and_forgets(stand: Newsstand, reader: OpenPage) -> None:
    page = reader()
    visit(stand, page, "assumed", "/before")
    assert unit_of_last_view(stand, "/before") == ("visitor", stored(page))
    visit(stand, page, "never")
    assert unit_of_last_view(stand, "/a")[0] == "view"
    assert stored(page) is None
