"""A political ad says what the law asks for, in the article's language, and moves nothing."""

from __future__ import annotations

import pytest

from tests.browser.newsstand import Article, Newsstand
from tests.browser.reading import MOBILE, OpenPage
from tests.configurations import layout, site

POLITICAL = {
    "sponsor": "Green Wave",
    "controller": "Wave Holding",
    "paid": "Friends of the Sea",
    "process": "Harbour referendum, 7 June 2026",
    "targeting": "Shown to readers in Harbour",
    "notice": "/about-this-ad",
}
TOLD = {
    "en": (
        "Political advertisement",
        "On behalf of Green Wave (Wave Holding) \xb7 Paid for by Friends of the Sea",
    ),
    "tr": (
        "Siyasi reklam",
        "Reklam veren: Green Wave (Wave Holding) \xb7 \xd6deyen: Friends of the Sea",
    ),
}


@pytest.mark.parametrize("lang", sorted(TOLD))
def test_a_political_ad_says_who_is_behind_it_and_links_to_its_notice(
    stand: Newsstand, reader: OpenPage, lang: str
) -> None:
    configuration = site(layout(political=POLITICAL))
    stand.publish("/a", Article(lang=lang), configuration, {"inline": [1]})
    page = reader()
    page.goto("/a")
    page.wait_for_selector("ad-slot[data-state=filled]")
    label, told = TOLD[lang]
    told += " \xb7 Harbour referendum, 7 June 2026 \xb7 Shown to readers in Harbour"
    shown = page.evaluate(
        """() => {
          const slot = document.querySelector("ad-slot");
          const line = getComputedStyle(slot, "::before");
          const link = slot.shadowRoot.querySelector("[part~=about]");
          const creative = slot.querySelector("iframe, img").getBoundingClientRect();
          // The same text in a box that may grow: what it would need.
          const probe = document.createElement("div");
          probe.textContent = line.content.replaceAll('"', "");
          Object.assign(probe.style, {
            font: line.font, width: slot.clientWidth - 16 + "px", position: "absolute",
          });
          document.body.append(probe);
          return {
            label: slot.dataset.label, told: slot.dataset.disclosure,
            name: link.getAttribute("aria-label"), link: link.pathname,
            room: link.getBoundingClientRect().height, needed: probe.offsetHeight,
            isClear: creative.top >= link.getBoundingClientRect().bottom,
          };
        }"""
    )
    assert shown["label"] == label
    assert shown["told"] == told
    assert shown["name"] == f"{label} \xb7 {told}"
    assert shown["link"] == "/about-this-ad"
    assert 0 < shown["needed"] <= shown["room"]
    assert shown["isClear"]


def test_what_a_political_ad_says_is_there_before_any_script(
    stand: Newsstand, reader: OpenPage
) -> None:
    configuration = site(layout(political=POLITICAL))
    stand.publish("/a", Article(), configuration, {"inline": [1]})
    page = reader(MOBILE, java_script_enabled=False)
    page.goto("/a")
    slot = page.locator("ad-slot")
    assert slot.get_attribute("data-label") == "Political advertisement"
    assert "Green Wave" in str(slot.get_attribute("data-disclosure"))
    box = slot.bounding_box()
    assert box is not None
    assert box["height"] == 250 + 72
