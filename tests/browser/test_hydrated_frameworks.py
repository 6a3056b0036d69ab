"""Pages that Vue and Svelte take over: not a byte in what they compare, slots once they have it.

Rendered by the frameworks themselves on first use (`npm/hydrated/build.mjs`), and hydrated by
their development builds, which say aloud what they find other than they would have made it.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from adweave import AdweaveMiddleware
from adweave.events import segments
from tests.browser.packages import FOLDER, installed
from tests.browser.reading import DESKTOP, MOBILE, frames, scroll_to_end, shifts, woven_page
from tests.browser.serving import served

PLACEMENTS = Path(__file__).parents[2] / "placements"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title></head><body>
<div id="app">{body}</div>
<script type="module" src="/{script}.js"></script></body></html>
"""
# What a page's address begins with: the rendered page, and the script that takes it over. With
# "late" in it that script waits, with "async" the article's own code comes later.
KINDS = {
    "vue": ("vue", "vue"),
    "vue-late": ("vue", "vue"),
    "vue-async": ("vue-async", "vue"),
    "vue-async-production": ("vue-async", "vue-production"),
    "svelte": ("svelte", "svelte"),
    "svelte-late": ("svelte", "svelte"),
}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app keeps what its pages report."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, state: Path) -> Iterator[str]:
    """The address of a woven app whose pages are rendered by the frameworks."""
    installed()
    made = tmp_path_factory.mktemp("hydrated")
    command = ["node", "hydrated/build.mjs", str(made)]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr

    async def story(request: Request) -> HTMLResponse:
        rendered, script = KINDS[request.path_params["kind"]]
        body = (made / f"{rendered}-{request.path_params['name']}.html").read_text()
        # Svelte makes a policy of its own; without one nobody may parse a text.
        policy = {"Content-Security-Policy": "require-trusted-types-for 'script'"}
        if script != "svelte":
            policy = {}
        return HTMLResponse(PAGE.format(body=body, script=script), headers=policy)

    async def script(request: Request) -> Response:
        file = made / request.path_params["name"]
        return FileResponse(file) if file.is_file() else Response(status_code=204)

    routes = [Route("/{kind}/story/{name}", story), Route("/{name}", script)]
    with served(AdweaveMiddleware(Starlette(routes=routes), PLACEMENTS, state=state)) as address:
        yield address


@pytest.mark.parametrize(
    ("kind", "viewport"),
    [*((kind, MOBILE) for kind in KINDS), ("vue", DESKTOP), ("svelte", DESKTOP)],
    ids=[*KINDS, "vue, 1280 px", "svelte, 1280 px"],
)
def test_a_framework_finds_its_page_unchanged_and_slots_come_after_it(
    chromium: Browser, site: str, kind: str, viewport: dict[str, int]
) -> None:
    page, complaints = woven_page(chromium, f"{site}/{kind}/story/one", viewport)
    slots = page.locator("article ad-slot")
    expect(slots.first).to_be_attached()
    assert page.evaluate("document.documentElement.dataset.hydrated") == "yes"
    scroll_to_end(page)
    expect(slots.filter(visible=True).first).to_have_attribute("data-state", "filled")
    count = slots.count()
    page.get_by_role("button", name="Likes: 0").click()
    expect(page.get_by_role("button", name="Likes: 1")).to_be_visible()
    assert slots.count() == count
    assert complaints == []
    assert shifts(page) == []
    page.context.close()


@pytest.mark.parametrize("kind", ["vue-late", "svelte-late"])
def test_until_it_has_taken_over_nothing_of_ours_is_in_its_root(
    chromium: Browser, site: str, kind: str
) -> None:
    page, _ = woven_page(chromium, f"{site}/{kind}/story/one", DESKTOP)
    page.wait_for_load_state("load")
    assert page.evaluate("document.documentElement.dataset.hydrated") is None
    assert "adweave" not in page.locator("#app").inner_html()
    assert page.locator("ad-slot").count() == 0
    page.context.close()


@pytest.mark.parametrize("kind", ["vue", "svelte"])
def test_another_story_shown_without_loading_a_page_gets_the_slots_of_its_own_plan(
    chromium: Browser, site: str, kind: str
) -> None:
    page, complaints = woven_page(chromium, f"{site}/{kind}/story/one", DESKTOP)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    slots = page.locator("article ad-slot")
    expect(slots.first).to_be_attached()
    first = slots.evaluate_all("all => all.map(slot => slot.previousElementSibling.innerText)")
    assert all("of one." in text for text in first)
    page.evaluate(
        "const own = new CSSStyleSheet(); own.replaceSync('h1 { color: rgb(1, 2, 3) }');"
        "document.adoptedStyleSheets = [own];"
        # As if the other story had boxes that this one has not.
        "document.querySelector('style[data-adweave]').append(' ')"
    )
    page.get_by_role("link", name="The other story").click()
    expect(page.locator("h1")).to_have_text("Story two")
    expect(slots.first).to_be_attached()
    frames(page)
    second = slots.evaluate_all("all => all.map(slot => slot.previousElementSibling.innerText)")
    assert [text.replace("of two.", "of one.") for text in second] == first
    assert page.locator("article p").count() == 14
    assert page.evaluate("document.adoptedStyleSheets.length") == 2
    expect(page.locator("h1")).to_have_css("color", "rgb(1, 2, 3)")  # by the page's own
    scroll_to_end(page)
    expect(slots.filter(visible=True).first).to_have_attribute("data-state", "filled")
    assert asked.count(f"{site}/{kind}/story/two") == 1
    assert complaints == []
    assert [shift for shift in shifts(page) if not shift["follows"]] == []
    page.go_back()
    expect(page.locator("h1")).to_have_text("Story one")
    page.evaluate("scrollTo(0, 0)")
    expect(slots.first).to_be_attached()
    assert "of one." in slots.first.evaluate("slot => slot.previousElementSibling.innerText")
    page.context.close()


def test_another_story_shown_without_loading_a_page_is_a_page_view_of_its_own(
    chromium: Browser, site: str, state: Path
) -> None:
    page, _ = woven_page(chromium, f"{site}/vue-async/story/one", DESKTOP)
    slots = page.locator("article ad-slot")
    expect(slots.first).to_be_attached()
    scroll_to_end(page)
    expect(slots.filter(visible=True).first).to_have_attribute("data-state", "filled")
    page.evaluate("history.replaceState({}, '', location.pathname + '/')")  # no other story
    page.evaluate("document.body.append(document.createElement('i'))")
    page.evaluate("history.replaceState({}, '', location.pathname.slice(0, -1))")
    page.evaluate("document.querySelector('body > i').remove()")
    page.get_by_role("link", name="The other story").click()
    expect(page.locator("h1")).to_have_text("Story two")
    page.evaluate("scrollTo(0, 0)")
    expect(slots.first).to_be_attached()
    page.goto("about:blank")
    page.context.close()

    ends = time.monotonic() + 30
    while True:
        lines = [json.loads(one) for path in segments(state) for one in path.open()]
        who = {event["uid"] for event in lines if event["path"] == "/vue-async/story/two"}
        mine = [event for event in lines if event["uid"] in who]
        read = {event["view"]: event["path"] for event in mine if event["kind"] == "scroll"}
        if len(read) == 2:
            break
        assert time.monotonic() < ends, mine
        time.sleep(0.05)
    assert sorted(read.values()) == ["/vue-async/story/one", "/vue-async/story/two"]
    kinds = {view: [event["kind"] for event in mine if event["view"] == view] for view in read}
    for view, path in read.items():
        assert {event["path"] for event in mine if event["view"] == view} == {path}
        assert kinds[view].count("view") == 1
    deepest = {read[e["view"]]: e["value"] for e in mine if e["kind"] == "scroll"}
    assert deepest["/vue-async/story/one"] == 1
    assert deepest["/vue-async/story/two"] < 1
    assert len({event["id"] for event in mine}) == len(mine)
