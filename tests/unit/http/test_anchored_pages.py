"""Pages woven outside their article: banners, sticky ads, fronts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adweave.http import PagePassed
from adweave.http.engine import Engine, Findings, PageHead
from adweave.page import weave
from adweave.placements import load

SIZES = "sizes = { mobile = [[320, 100]], desktop = [[728, 90]] }\n"
BANNER = f'[[placement]]\nname = "top"\nkind = "selector"\nselector = "header.site"\n{SIZES}'
STICKY = f'[[placement]]\nname = "foot"\nkind = "sticky"\n{SIZES}'
FRONT = f'[[placement]]\nname = "front"\nkind = "listing"\nn = 4\n{SIZES}'
INLINE = f'[[placement]]\nname = "inline"\nkind = "inline"\n{SIZES}'
TEXT = "The council met on Tuesday and agreed on the budget for next year, after a long debate. "


def article(paragraphs: int = 14) -> bytes:
    text = "".join(f"<p>{TEXT * 5}</p>" for _ in range(paragraphs))
    return (
        "<!doctype html><html lang=en><head><title>Budget</title></head><body>"
        f"<header class=site>Küste</header><article><h1>Budget</h1>{text}</article></body></html>"
    ).encode()


def front(script: str = "") -> bytes:
    cards = "\n".join(
        f"<div class=card><h3><a href=/{n}>What happened on day {n} of the fair</a></h3></div>"
        for n in range(13)
    )
    return (
        "<!doctype html><html lang=de><head><title>Nachrichten</title></head><body>"
        f"<header class=site>Küste</header><main id=__next>{cards}</main>{script}</body></html>"
    ).encode()


@pytest.fixture
def engine_of(tmp_path: Path):
    def made(placements: str, **files: str) -> Engine:
        for name, text in {
            "layouts/article.toml": f'pages = ["/**"]\n{placements}',
            "creatives/house-320x100.html": "<!doctype html><title>House</title>",
            **files,
        }.items():
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return Engine(load(tmp_path).site_or_raise(), "test")

    return made


def woven(engine: Engine, body: bytes, findings: Findings | None = None) -> str:
    """The woven page, after a look that nothing but insertions was done."""
    decision = engine.decide("/a", "", [], 0.0)
    head = PageHead("text/html; charset=utf-8", None, (), None, decision.delivery, decision)
    plan = engine.plan(body, head, findings)
    text = weave(body, plan.insertions, plan.encoding).decode()
    bare = re.sub(r"<ad-slot [^>]*></ad-slot>|<!--adweave:\d+-->", "", text)
    bare = re.sub(r"<(style|script) data-adweave.*?</\1>|<script async .*?</script>", "", bare)
    assert bare == body.decode()
    return text


def reason_of(engine: Engine, body: bytes) -> str:
    with pytest.raises(PagePassed) as caught:
        woven(engine, body)
    return caught.value.reason


SLOT = r'<ad-slot data-placement="{}" [^>]*></ad-slot>'


def test_a_banner_stands_before_the_sites_header(engine_of):
    text = woven(engine_of(INLINE + BANNER), article())
    assert re.search(SLOT.format("top") + "<header class=site>", text)
    assert text.count('data-placement="inline"') > 1


def test_a_banner_alone_is_enough(engine_of):
    text = woven(engine_of(BANNER + 'place = "after"\n'), article())
    assert re.search("</header>" + SLOT.format("top"), text)


def test_pages_without_an_article_get_no_banner_unless_it_is_for_any_page(engine_of):
    assert reason_of(engine_of(INLINE + BANNER), front()) == "no-article"
    text = woven(engine_of(INLINE + BANNER + "any_page = true\n"), front())
    assert re.search(SLOT.format("top") + "<header class=site>", text)


def test_short_articles_get_no_banner(engine_of):
    short = article(2).replace(b"budget", b"plan")
    assert reason_of(engine_of(INLINE + BANNER), short) == "too-short"


def test_a_sticky_ad_stands_at_the_pages_end_and_says_what_it_is(engine_of):
    text = woven(engine_of(STICKY), article())
    found = re.search(SLOT.format("foot") + "</body>", text)
    assert found
    assert 'data-kind="sticky"' in found.group()


def test_a_front_gets_slots_between_its_cards(engine_of):
    findings = Findings()
    text = woven(engine_of(INLINE + FRONT), front(), findings)
    assert [int(n) for n in re.findall(r'data-placement="front" data-n="(\d)"', text)] == [1, 2, 3]
    between = "</div>" + SLOT.format("front") + "\n<div class=card>"
    assert len(re.findall(between, text)) == 3
    assert [v.rule for v in findings.anchors] == ["step", "step", "step", ""] * 3
    assert 'lang="de"' in text


def test_a_front_that_react_takes_over_gets_comments(engine_of):
    text = woven(engine_of(FRONT), front("<script src=/_next/static/a.js></script>"))
    assert text.count("</div><!--adweave:") == 3
    assert "<ad-slot" not in text


def test_an_article_gets_nothing_of_a_listing(engine_of):
    assert reason_of(engine_of(FRONT), article()) == "no-gap"


def test_an_experiment_between_two_banners_is_markers(engine_of):
    engine = engine_of(
        BANNER,
        **{
            "layouts/other.toml": BANNER + 'place = "after"\n',
            "experiments/place.toml": 'status = "running"\n'
            '[[variant]]\nname = "control"\nlayout = "article"\nweight = 1\n'
            '[[variant]]\nname = "after"\nlayout = "other"\nweight = 1\n',
        },
    )
    text = woven(engine, article())
    assert "<!--adweave:1--><header class=site>" in text
    assert "</header><!--adweave:2-->" in text


def test_a_place_that_would_change_the_tree_is_given_up(engine_of):
    """An unclosed element is opened again for what follows it: a slot would get a copy."""
    body = article().replace(b"<header", b"<p><b>Home</p><header")
    findings = Findings()
    with pytest.raises(PagePassed, match="no-gap"):
        woven(engine_of(BANNER), body, findings)
    assert [verdict.rule for verdict in findings.anchors] == ["breaks-tree"]
