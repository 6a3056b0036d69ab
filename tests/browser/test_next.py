"""A real Next.js site behind the gateway: React takes over the whole document, head included."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.packages import built, installed
from tests.browser.reading import DESKTOP, MOBILE, scroll_to_end, shifts, woven_page
from tests.unit.http.wire import running_gateway

FOLDER = Path(__file__).parent / "next"
ENVIRONMENT = {**os.environ, "NEXT_TELEMETRY_DISABLED": "1"}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the gateway in front of it. Built on first use, and when it changed."""
    program = str(installed(FOLDER) / ".bin" / "next")
    built(FOLDER, "next", ".next/BUILD_ID")
    command = [program, "start", "--hostname", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(
        command, cwd=FOLDER, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
    ) as next_js:
        try:
            assert next_js.stdout is not None
            port, said = 0, ""
            for line in next_js.stdout:
                said += line
                found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
                port = int(found[1]) if found else port
                if "Ready" in line:
                    break
            assert port, said
            with running_gateway(port) as gateway:
                yield f"http://127.0.0.1:{gateway.port}"
        finally:
            next_js.terminate()


@pytest.mark.parametrize("viewport", [MOBILE, DESKTOP], ids=["360", "1280"])
def test_next_takes_over_without_a_word_and_slots_come_after_it(
    chromium: Browser, site: str, viewport: dict[str, int]
) -> None:
    page, complaints = woven_page(chromium, f"{site}/story/one", viewport)
    page.wait_for_function("document.documentElement.dataset.hydrated === 'yes'")
    expect(page.locator("ad-slot").first).to_be_attached()
    scroll_to_end(page)
    shown = page.locator("ad-slot").filter(visible=True)
    expect(shown.first).to_have_attribute("data-state", "filled")
    page.get_by_role("button", name="Likes: 0").click()
    expect(page.get_by_role("button", name="Likes: 1")).to_be_visible()
    assert [text for text in complaints if "Failed to load resource" not in text] == []
    assert shifts(page) == []
    page.context.close()


def test_another_story_within_the_page_gets_the_slots_of_its_own_plan(
    chromium: Browser, site: str
) -> None:
    page, complaints = woven_page(chromium, f"{site}/story/one", DESKTOP)
    page.wait_for_function("document.documentElement.dataset.hydrated === 'yes'")
    slots = page.locator("article ad-slot")
    expect(slots.first).to_be_attached()
    page.get_by_role("link", name="The other story").click()
    expect(page.locator("h1")).to_have_text("Story two")
    expect(slots.first).to_be_attached()
    # The first story's slots are gone; the second story is whole, with its own.
    beside = slots.evaluate_all("all => all.map(slot => slot.previousElementSibling.innerText)")
    assert all("of two." in text for text in beside)
    texts = page.locator("article p").all_inner_texts()
    assert len(texts) == 14
    assert all(f"Paragraph {n} of two." in text for n, text in enumerate(texts, 1))
    scroll_to_end(page)
    expect(slots.filter(visible=True).first).to_have_attribute("data-state", "filled")
    assert [text for text in complaints if "Failed to load resource" not in text] == []
    page.context.close()
