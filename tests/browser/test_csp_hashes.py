"""Pages whose policy names scripts by hash alone: ours are let in by theirs, from the header on."""

from __future__ import annotations

import base64
import hashlib
import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from adweave import AdweaveMiddleware
from tests.browser.reading import DESKTOP, WATCH_SHIFTS, scroll_to_end, shifts
from tests.browser.serving import served

PLACEMENTS = Path(__file__).parents[2] / "placements"
OWN = "document.documentElement.dataset.own = 'ran'"
HASH = f"'sha256-{base64.b64encode(hashlib.sha256(OWN.encode()).digest()).decode()}'"
SENTENCE = "The ferry leaves the old harbour at seven and the crew counts the crates twice. "
ARTICLE = "".join(f"<p>Paragraph {n}. {SENTENCE * 5}</p>" for n in range(1, 15))
PAGE = (
    "<!doctype html><html lang=en><head><meta charset=utf-8>{head}<title>News</title>"
    "<link rel=icon href=data:,></head><body><main><article><h1>News</h1>{article}</article></main>"
    "<script>{own}</script></body></html>"
)
# Name -> the values of Content-Security-Policy fields.
LET_IN = {
    "hashes": [f"script-src {HASH}; object-src 'none'"],
    "hashes, styles of the site": [f"default-src 'self'; script-src {HASH}; img-src 'self' data:"],
    "hashes and strict-dynamic": [f"script-src {HASH} 'strict-dynamic'; base-uri 'none'"],
    "two policies": [f"script-src {HASH}", f"script-src 'self' {HASH}"],
    "two in one field": [
        f"script-src {HASH}, default-src 'self'; script-src {HASH}; img-src data:"
    ],
    "trusted types": [
        f"script-src {HASH}; require-trusted-types-for 'script'; trusted-types 'none'"
    ],
    "trusted types and strict-dynamic": [
        f"script-src {HASH} 'strict-dynamic'; require-trusted-types-for 'script'"
    ],
}
KEPT_OUT = {
    "a policy of hashes in the page": ([], f"script-src {HASH}"),
    "one of two policies": ([f"script-src {HASH}", "script-src 'none'"], ""),
    "styles by hash": ([f"script-src {HASH}; style-src {HASH}"], ""),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a woven app whose pages have the policies that their address names."""

    async def page(request: Request) -> Response:
        name = request.path_params["name"]
        fields, meta = (LET_IN[name], "") if name in LET_IN else KEPT_OUT[name]
        head = f'<meta http-equiv=content-security-policy content="{meta}">' if meta else ""
        tag = '"page-1"'
        if request.headers.get("if-none-match", "").startswith('"page-1'):
            answer = Response(status_code=304, headers={"ETag": tag})
        else:
            body = PAGE.format(head=head, article=ARTICLE, own=OWN)
            answer = HTMLResponse(body, headers={"ETag": tag, "Cache-Control": "no-cache"})
        for value in fields:
            answer.headers.append("Content-Security-Policy", value)
        answer.headers.append("Content-Security-Policy-Report-Only", f"script-src {HASH}")
        return answer

    app = Starlette(routes=[Route("/{name}", page)])
    state = tmp_path_factory.mktemp("state")
    with served(AdweaveMiddleware(app, PLACEMENTS, state=state)) as address:
        yield address


@pytest.mark.parametrize("name", LET_IN)
def test_slots_fill_under_a_policy_of_hashes_and_the_pages_own_script_runs(
    chromium: Browser, site: str, name: str
) -> None:
    page = chromium.new_context(viewport=DESKTOP).new_page()
    page.add_init_script(WATCH_SHIFTS)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    answer = page.goto(f"{site}/{name}")
    assert answer is not None
    assert answer.headers["adweave-status"].startswith("woven; slots=")
    assert page.evaluate("document.documentElement.dataset.own") == "ran"
    scroll_to_end(page)
    shown = page.locator("ad-slot").filter(visible=True)
    expect(shown.first).to_have_attribute("data-state", "filled")
    assert shifts(page) == []
    # What only reports is not ours to change: it says that our script is not on its list.
    enforced = [text for text in said if "violates" in text and "eport" not in text]
    assert enforced == []
    page.context.close()


@pytest.mark.parametrize("name", KEPT_OUT)
def test_where_hashes_cannot_work_the_page_is_passed_as_it_came(
    chromium: Browser, site: str, name: str
) -> None:
    page = chromium.new_context().new_page()
    answer = page.goto(f"{site}/{name}")
    assert answer is not None
    assert answer.headers["adweave-status"].startswith('passed; reason="csp"')
    fields = [each["value"] for each in answer.headers_array()
              if each["name"].lower() == "content-security-policy"]  # fmt: skip
    assert fields == KEPT_OUT[name][0]
    page.context.close()


def test_an_answer_that_a_page_is_still_the_same_says_the_same_policy(site: str) -> None:
    address = urlsplit(site)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    connection.request("GET", "/hashes")
    first = connection.getresponse()
    first.read()
    tag = first.headers["ETag"]
    connection.request("GET", "/hashes", headers={"If-None-Match": tag})
    second = connection.getresponse()
    second.read()
    assert second.status == 304
    assert second.headers["ETag"] == tag
    policy = second.headers["Content-Security-Policy"]
    assert policy == first.headers["Content-Security-Policy"]
    assert policy.count("'sha256-") == 3
    connection.close()
