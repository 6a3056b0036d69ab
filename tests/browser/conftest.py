"""A real Chromium, and a news site for it to read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.newsstand import Newsstand
from tests.browser.reading import DESKTOP, WATCH_SHIFTS, NewReader, OpenPage

CANDIDATES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO = "no Chromium found: apt-get install chromium (or set ADWEAVE_CHROMIUM to a browser's path)"
# A loaded machine must not fail a test; one that hangs may.
_PATIENCE_MS = 30_000
expect.set_options(timeout=_PATIENCE_MS)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks everything in this folder."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser to use. Where there is none: skipped by hand, failed in CI."""
    named = os.environ.get("ADWEAVE_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, CANDIDATES)), None)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(HOW_TO)
        pytest.skip(HOW_TO)
    return found


# Not for the whole session: while it is open, Playwright's event loop counts as running, and
# no other test could start one of its own.
@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def stand() -> Iterator[Newsstand]:
    stand = Newsstand()
    yield stand
    stand.close()


@pytest.fixture
def reader(chromium: Browser, stand: Newsstand) -> Iterator[OpenPage]:
    """Opens a window of a new reader; keywords are those of a Playwright context."""
    contexts = []

    def open_page(viewport: dict[str, int] | None = None, **keys: Any) -> Page:
        context = chromium.new_context(base_url=stand.origin, viewport=viewport or DESKTOP, **keys)
        contexts.append(context)
        if keys.get("java_script_enabled", True):
            context.add_init_script(WATCH_SHIFTS)
        context.set_default_timeout(_PATIENCE_MS)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def somebody(chromium: Browser) -> Iterator[NewReader]:
    """Gives a new reader, who keeps cookies and storage; keywords are Playwright's."""
    contexts = []

    def new(**keys: Any) -> BrowserContext:
        contexts.append(chromium.new_context(**keys))
        return contexts[-1]

    yield new
    for context in contexts:
        context.close()
