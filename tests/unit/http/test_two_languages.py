"""A page in two languages: each slot speaks that of the text around it."""

from __future__ import annotations

import re

from adweave.http.engine import Engine, PageHead
from adweave.page import weave
from adweave.placements import Delivery
from tests.configurations import layout, site

ENGLISH = (
    "The ferry leaves the old harbour at seven and the crew counts the crates twice before "
    "they let anybody come on board, because nobody wants to be the one who forgot a crate. "
)
GERMAN = (
    "Die Fähre verlässt den alten Hafen um sieben, und die Mannschaft zählt die Kisten zweimal, "
    "bevor sie jemanden an Bord lässt, denn niemand will der sein, der eine vergessen hat. "
)


def woven(first: str, second: str, lang: str = "en") -> str:
    paragraphs = [f"<p>{n}. {first * 3}</p>" for n in range(14)]
    paragraphs += [f"<p>{n}. {second * 3}</p>" for n in range(14)]
    body = (
        f"<!doctype html><html lang={lang}><head><meta charset=utf-8><title>x</title></head><body>"
        f"<main><article><h1>Ferry</h1>{''.join(paragraphs)}</article></main></body></html>"
    ).encode()
    configuration = site(layout(max=12))
    engine = Engine(configuration, "1")
    delivery = Delivery(tuple(configuration.layouts.values()), None)
    plan = engine.plan(body, PageHead("text/html; charset=utf-8", None, (), None, delivery))
    return weave(body, plan.insertions, plan.encoding).decode()


def languages(page: str) -> list[str]:
    return re.findall(r'<ad-slot [^>]*? lang="(\w+)"', page)


def test_each_slot_speaks_the_language_around_it() -> None:
    found = languages(woven(ENGLISH, GERMAN))
    assert found[0] == "en"
    assert found[-1] == "de"
    # In the order of the page, with one change between them.
    assert found == sorted(found, key=["en", "de"].index)


def test_on_a_page_in_one_language_all_slots_speak_it() -> None:
    assert set(languages(woven(GERMAN, GERMAN, "de"))) == {"de"}
    assert set(languages(woven(ENGLISH, ENGLISH, "tr"))) == {"en"}
