"""Places outside the article on every page of the corpus: banners, rails, feet, fronts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from adweave.http import PagePassed
from adweave.http.engine import Engine, Findings, PageHead
from adweave.page import weave
from adweave.placements import load
from tests.quality.corpus import corpus_root, pages_of
from tests.quality.judge.decoding import text_of
from tests.quality.judge.insertions import integrity_faults
from tests.quality.judge.purity import trafilatura_text

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(600)]

_SIZES = "sizes = [[320, 100]]\n"


def _selector(name: str, selector: str, place: str) -> str:
    return (
        f'[[placement]]\nname = "{name}"\nkind = "selector"\nselector = "{selector}"\n'
        f'place = "{place}"\nany_page = true\nmax = 3\n{_SIZES}'
    )


_LAYOUT = (
    'pages = ["/**"]\nmin_length = "0 words"\n'
    + _selector("top", "header, #header, .header", "before")
    + _selector("rail", "aside, .sidebar, #sidebar", "first-child")
    + _selector("end", "aside, .sidebar, main", "last-child")
    + _selector("foot", "footer, #footer, .footer", "after")
    + f'[[placement]]\nname = "sticky"\nkind = "sticky"\nany_page = true\n{_SIZES}'
    + f'[[placement]]\nname = "front"\nkind = "listing"\nn = 3\n{_SIZES}'
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder: Path = tmp_path_factory.mktemp("placements")
    for name, text in {
        "layouts/article.toml": _LAYOUT,
        "creatives/house-320x100.html": "<!doctype html><title>House</title>",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return Engine(load(folder).site_or_raise(), "test")


def test_slots_outside_the_article_leave_every_page_whole(engine: Engine) -> None:
    root = corpus_root()
    if root is None:
        pytest.skip("no page corpus: put it beside the repository as ../shared/corpus")
    decision = engine.decide("/a", "", (), 0.0)
    assert decision.delivery is not None
    faults: dict[str, list[str]] = {}
    passes: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    other_words: list[str] = []
    woven_pages = 0
    for page in pages_of(root):
        body = page.body(root)
        found = Findings()
        head = PageHead(page.content_type, None, (), None, decision.delivery, decision)
        try:
            plan = engine.plan(body, head, found)
        except PagePassed as passed:
            passes[passed.reason] += 1
            continue
        finally:
            rules.update(verdict.rule or "taken" for verdict in found.anchors)
        woven_pages += 1
        woven = weave(body, plan.insertions, plan.encoding)
        if wrong := integrity_faults(body, woven, page.encoding):
            faults[page.id] = wrong
        before = trafilatura_text(text_of(body, page.encoding))
        if before != trafilatura_text(text_of(woven, page.encoding)):
            other_words.append(page.id)
    assert not faults
    assert not passes["error"] + passes["parity"], passes
    assert woven_pages > 200
    # The self-check is the last word; what can be told from the tree should rarely need it.
    assert rules["breaks-tree"] <= 0.02 * rules["taken"], rules
    assert len(other_words) <= 0.02 * woven_pages, other_words
