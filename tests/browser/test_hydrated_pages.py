"""Pages that React takes over: woven by markers, and hydrated by React itself, from npm."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from adweave import AdweaveMiddleware
from tests.browser.reading import DESKTOP, MOBILE, WATCH_SHIFTS, scroll_to_end, shifts
from tests.browser.serving import served

PLACEMENTS = Path(__file__).parents[2] / "placements"
REACT = Path(__file__).parent / "react"
SCRIPTS = {
    "react.js": REACT / "node_modules/react/umd/react.development.js",
    "react-dom.js": REACT / "node_modules/react-dom/umd/react-dom.development.js",
}
SENTENCE = "The ferry leaves the old harbour at seven and the crew counts the crates twice. "
PARAGRAPHS = [f"Paragraph {number}. {SENTENCE * 5}".strip() for number in range(1, 15)]

# The development build says aloud what it finds other than it would have made it.
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page of React's</title></head><body>
<div id="__next"><main><article><h1>News</h1>{paragraphs}</article></main></div>
<script src="/react.js"></script><script src="/react-dom.js"></script>
<script>
const h = React.createElement;
const texts = Array.from(document.querySelectorAll("article p"), (p) => p.textContent);
function Story() {{
  const [likes, like] = React.useState(0);
  React.useEffect(() => {{ document.documentElement.dataset.hydrated = "yes"; }}, []);
  const shown = {{ onClick: () => like(likes + 1), "data-likes": likes || undefined }};
  return h("main", null, h("article", shown, h("h1", null, "News"),
     texts.map((text, n) => h("p", {{ key: n }}, text))));
}}
setTimeout(() => ReactDOM.hydrateRoot(document.getElementById("__next"), h(Story)), {delay});
</script></body></html>
"""


def installed() -> str:
    """Why React can't be had; empty where it can, installing it if need be."""
    if all(script.is_file() for script in SCRIPTS.values()):
        return ""
    if shutil.which("npm") is None:
        return "npm is not installed: apt-get install npm"
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"]
    done = subprocess.run(command, cwd=REACT, capture_output=True, text=True, timeout=240)
    return "" if done.returncode == 0 else f"npm install failed: {done.stderr[-200:]}"


async def story(request: Request) -> HTMLResponse:
    paragraphs = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    return HTMLResponse(PAGE.format(paragraphs=paragraphs, delay=request.path_params["delay"]))


async def script(request: Request) -> Response:
    found = SCRIPTS.get(request.path_params["name"])
    return FileResponse(found) if found else Response(status_code=204)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a woven app whose pages React takes over."""
    reason = installed()
    if reason:
        pytest.skip(f"React is needed: {reason}")
    routes = [Route("/story/{delay:int}", story), Route("/{name}", script)]
    state = tmp_path_factory.mktemp("state")
    app = AdweaveMiddleware(Starlette(routes=routes), PLACEMENTS, state=state)
    with served(app) as address:
        yield address


def opened(chromium: Browser, url: str, viewport: dict[str, int]) -> tuple[Page, list[str]]:
    """The page and what its console complains of, filled as it is read."""
    context = chromium.new_context(viewport=viewport)
    context.add_init_script(WATCH_SHIFTS)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    answer = page.goto(url)
    assert answer is not None
    assert answer.headers["adweave-status"].startswith("woven; slots=")
    return page, complaints


@pytest.mark.browser
@pytest.mark.parametrize("delay", [0, 1500])
@pytest.mark.parametrize("viewport", [MOBILE, DESKTOP], ids=["360", "1280"])
def test_react_finds_its_page_unchanged_and_slots_come_after_it(
    chromium: Browser, site: str, viewport: dict[str, int], delay: int
) -> None:
    page, complaints = opened(chromium, f"{site}/story/{delay}", viewport)
    page.wait_for_function("document.documentElement.dataset.hydrated === 'yes'")
    expect(page.locator("ad-slot").first).to_be_attached()
    assert complaints == []
    scroll_to_end(page)
    shown = page.locator("ad-slot").filter(visible=True)
    expect(shown.first).to_have_attribute("data-state", "filled")
    assert shifts(page) == []


@pytest.mark.browser
def test_slots_stay_when_react_draws_its_page_again(chromium: Browser, site: str) -> None:
    page, complaints = opened(chromium, f"{site}/story/0", DESKTOP)
    expect(page.locator("ad-slot").first).to_be_attached()
    count = page.locator("ad-slot").count()
    page.locator("article h1").click()
    expect(page.locator("article")).to_have_attribute("data-likes", "1")
    assert page.locator("ad-slot").count() == count
    assert complaints == []


@pytest.mark.browser
def test_before_react_has_taken_over_there_are_only_comments(chromium: Browser, site: str) -> None:
    page, _ = opened(chromium, f"{site}/story/1500", DESKTOP)
    page.wait_for_load_state("load")
    assert page.evaluate("document.documentElement.dataset.hydrated") is None
    assert page.locator("ad-slot").count() == 0
    assert "<!--adweave:1-->" in page.content()
