"""The case that adweave began with.

An English article on a site built in Turkish ended, in every scraper and screen reader, with
the Turkish for "ad is loading" twice and a comment policy. With adweave in front, no reader of
text may find a word of ours, and whoever sees the page finds English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trafilatura
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect
from readability import Document
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from adweave import AdweaveMiddleware
from adweave.labels import texts_for
from tests.browser.reading import DESKTOP, scroll_to_end
from tests.browser.serving import served
from tests.quality.node import reader_texts, trouble

PLACEMENTS = Path(__file__).parents[2] / "placements"
SENTENCES = (
    "The trees along the old avenue were planted the year the tram came. ",
    "Nobody had asked the people who lived there, and nobody thought it strange. ",
    "Now the council wants to know which of them may stay, and how long. ",
)
PARAGRAPHS = [f"{number}. " + "".join(SENTENCES) * 2 for number in range(1, 15)]
PAGE = (
    '<!doctype html><html lang="tr"><head><meta charset="utf-8"><title>Trees</title></head><body>'
    "<header><nav><a href=/>Ana sayfa</a> <a href=/spor>Spor</a></nav></header><main><article>"
    "<h1>Which trees may stay</h1>"
    + "".join(f"<p>{text.strip()}</p>" for text in PARAGRAPHS)
    + "</article></main><footer>Tüm hakları saklıdır.</footer></body></html>"
)
TURKISH, ENGLISH = texts_for("tr"), texts_for("en")
OURS = [
    *(TURKISH.label, TURKISH.loading, TURKISH.notice, TURKISH.skip),
    *(ENGLISH.label, ENGLISH.loading, ENGLISH.notice, ENGLISH.skip),
]


async def story(request: Request) -> HTMLResponse:
    return HTMLResponse(PAGE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The article with the shipped folder in front of it, its comment policy switched on."""
    folder = tmp_path_factory.mktemp("placements")
    for source in PLACEMENTS.rglob("*"):
        if source.is_file():
            copy = folder / source.relative_to(PLACEMENTS)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    layout = folder / "layouts" / "article.toml"
    text = layout.read_text(encoding="utf-8").replace("enabled = false", "enabled = true")
    layout.write_text(text, encoding="utf-8")
    app = Starlette(routes=[Route("/story", story)])
    with served(AdweaveMiddleware(app, folder, state=tmp_path_factory.mktemp("state"))) as address:
        yield address


@pytest.fixture(scope="module")
def woven(chromium: Browser, site: str) -> str:
    """The page's source as it leaves adweave."""
    context = chromium.new_context()
    answer = context.request.get(f"{site}/story")
    status = answer.headers["adweave-status"]
    text = answer.text()
    context.close()
    assert status.startswith("woven; slots=")
    assert 'lang="en"' in status
    assert "<ad-notice" in text
    return text


def soup_text(html: str) -> str:
    return BeautifulSoup(html, "lxml").get_text(" ", strip=True)


def body_text(html: str) -> str:
    """As a scraper does that keeps only what is in the body and drops scripts."""
    soup = BeautifulSoup(html, "html.parser")
    for element in soup(["script", "style"]):
        element.decompose()
    return soup.get_text(" ", strip=True)


def readability_lxml(html: str) -> str:
    return soup_text(Document(html).summary())


def mozilla_readability(html: str) -> str:
    reason = trouble()
    if reason:
        pytest.skip(reason)
    return reader_texts([html])[0] or ""


def trafilatura_text(html: str) -> str:
    return trafilatura.extract(html, include_comments=True, favor_recall=True) or ""


EXTRACTORS: dict[str, Callable[[str], str]] = {
    "trafilatura": trafilatura_text,
    "readability-lxml": readability_lxml,
    "BeautifulSoup": body_text,
    "Mozilla Readability": mozilla_readability,
}


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_an_english_article_does_not_end_in_turkish_placeholders_for_any_extractor(
    woven: str, extractor: str
) -> None:
    extract = EXTRACTORS[extractor]
    before, after = extract(PAGE), extract(woven)
    assert "Which trees may stay" in before or "planted the year" in before
    assert after == before
    assert not [text for text in OURS if text in after]


IN_THE_BROWSER = {
    "innerText": "document.body.innerText",
    "textContent": "document.querySelector('main').textContent",
    "selection": "(getSelection().selectAllChildren(document.body), getSelection().toString())",
    # As a reader view in the browser does: the text of each block that is mostly text.
    "distilled": "Array.from(document.querySelectorAll('article *')).filter((block) =>"
    " block.innerText && block.innerText.length > 40).map((block) => block.innerText).join('|')",
}


def opened(chromium: Browser, html: str | None, site: str) -> Page:
    page = chromium.new_context(viewport=DESKTOP).new_page()
    if html is None:
        page.goto(f"{site}/story")
        scroll_to_end(page)
        shown = page.locator("ad-slot").filter(visible=True)
        expect(shown.first).to_have_attribute("data-state", "filled")
    else:
        page.set_content(html)
    return page


@pytest.mark.parametrize("medium", ["screen", "print"])
@pytest.mark.parametrize("script", IN_THE_BROWSER)
def test_chromium_reads_the_same_text_with_filled_slots_as_without(
    chromium: Browser, site: str, script: str, medium: str
) -> None:
    texts = []
    for html in (PAGE, None):
        page = opened(chromium, html, site)
        page.emulate_media(media=medium)  # type: ignore[arg-type]
        texts.append(" ".join(page.evaluate(IN_THE_BROWSER[script]).split()))
        page.context.close()
    assert texts[0] == texts[1]
    assert not [text for text in OURS if text in texts[1]]


def test_whoever_sees_the_page_finds_english(chromium: Browser, site: str) -> None:
    page = opened(chromium, None, site)
    said = page.locator("body").aria_snapshot()
    assert TURKISH.label not in said
    assert said.count(f'complementary "{ENGLISH.label}') >= 1
    notice = page.locator("ad-notice")
    drawn = notice.evaluate("notice => getComputedStyle(notice, '::before').content")
    assert drawn == f'"{ENGLISH.notice}"'
    page.context.close()


def test_search_engines_are_told_not_to_quote_it(woven: str) -> None:
    ours = BeautifulSoup(woven, "lxml").select("ad-slot, ad-notice")
    assert len(ours) >= 2
    assert all(element.has_attr("data-nosnippet") for element in ours)
    assert {element["lang"] for element in ours} == {"en"}
