"""What is taken for another rendering of a page has its tree, whatever was changed in it."""

from __future__ import annotations

import random
import re

import pytest

from adweave.http import Engine, PageHead, PagePassed
from adweave.page import broken_insertions, is_even, places_in, read_page
from adweave.page.tree import Element, parse
from adweave.placements import load
from tests.fuzz.cases import own_page
from tests.quality.corpus import ROOT, corpus_root, pages_of

# What a tokenizer heeds, beside what words are made of.
NASTY = [
    *(bytes([each]) for each in b"<>/=\"'&#;!-? \nab0129zZ:.%"),
    b"<p>", b"</p>", b"<!--", b"-->", b"--", b"<script>", b"</script>", b"&lt;", b"&#60;", b"<b ",
    b"</b>", b"charset", b"utf-16le", b"windows-1251", b"12345678", b"a1b2c3d4e5", b"<table>",
    b"<svg>", b"<style>", b"</title>", b"<textarea>", b"nonce-1234567", b"x1234567/", b"noscript",
]  # fmt: skip
PLAIN = [bytes([each]) for each in b"ab0129zZ:.%/=-_"]
WORD = re.compile(rb"[A-Za-z0-9+/=_\-.:%~]{6,}")


def shape(body: bytes) -> list[list[tuple[str, int]]]:
    """Names and depths of all elements, for parsers with and without scripting."""
    shapes = []
    for scripting in (False, True):
        tree = parse(body.decode("utf-8", "replace"), located=False, scripting=scripting)
        elements = []
        for element in tree.select("*"):
            depth, at = 0, element.parent
            while isinstance(at, Element):
                depth, at = depth + 1, at.parent
            elements.append((element.tag, depth))
        shapes.append(elements)
    return shapes


def tokens(chance: random.Random) -> bytes:
    """Markup in which tokens stand wherever they can."""
    token = b"t0ken%07d" % chance.randrange(10**7)
    return chance.choice(
        [
            b'<input type=hidden name=csrf value="%b">' % token,
            b"<p data-id=%b>Text %b, and more &copy=%b</p>" % (token, token, token),
            b"<!-- served by %b -->" % token,
            b"<!--%b-->" % token,
            b"<script>var id='%b';</script>" % token,
            b"<script><!--\nvar id='%b';//--></script>" % token,
            b"<%b>in an element of that name</%b>" % (token, token),
            b"<svg><path d=%b/><g/></svg>" % token,
            b"<a href=/x?a=%b&b=%b>link</a>" % (token, token),
            b"<i class=%b>" % token,
            b"<textarea>%b</textarea><title>%b</title>" % (token, token),
        ]
    )


def edited(body: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 5))):
        words = list(WORD.finditer(body))
        near = chance.choice(words).span() if words and chance.random() < 0.8 else (0, len(body))
        begin = chance.randint(*near)
        end = min(begin + chance.choice((0, 1, 3, 8)), len(body))
        letters = NASTY if chance.random() < 0.3 else PLAIN
        new = b"".join(chance.choice(letters) for _ in range(chance.choice((0, 1, 2, 4))))
        body = body[:begin] + new + body[end:]
    return body


def test_whatever_is_taken_for_a_rendering_has_the_same_tree() -> None:
    chance = random.Random(20261125)
    alike = 0
    for _ in range(1_500):
        page = own_page(chance).encode()
        if b"</p>" not in page:
            continue
        at = page.rfind(b"</p>") + 4
        page = page[:at] + b"".join(tokens(chance) for _ in range(6)) + page[at:]
        known = None
        for _ in range(8):
            other = edited(page, chance)
            places = [page.index(b"<body"), at, len(page)]
            found = places_in(other, page, places, [b"<ad-slot></ad-slot>"])
            if found is None or other == page:
                continue
            alike += 1
            known = known or shape(page)
            if is_even(page):
                assert shape(other) == known, (page, other)
            assert other[found[0] :].startswith(b"<body")
            assert other[: found[1]].endswith(b"</p>")
            assert found[2] == len(other)
    assert alike > 100


@pytest.mark.corpus
def test_the_plans_of_real_pages_hold_for_their_renderings() -> None:
    root = corpus_root()
    if root is None:
        pytest.skip("no corpus beside the repository")
    site = load(ROOT / "placements").site_or_raise()
    delivery = site.delivery_for("/story")
    assert delivery is not None
    engine = Engine(site, "test")
    chance = random.Random(7)
    held = 0
    for page in pages_of(root):
        if page.encoding != "utf-8" or page.facts.kind == "torture":
            continue
        body = page.body(root)
        head = PageHead(page.content_type, None, (), None, delivery)
        try:
            plan = engine.plan(body, head)
        except PagePassed:
            continue
        words = [found for found in WORD.finditer(body) if re.search(rb"\d", found[0])]
        if not words or not is_even(body):
            continue
        chosen = sorted(chance.sample(words, min(len(words), 4)), key=lambda each: each.start())
        pieces, at = [], 0
        for word in chosen:
            pieces += [body[at : word.start()], b"t0ken%d" % chance.randrange(10**9)]
            at = word.end()
        other = b"".join([*pieces, body[at:]])
        insertions = sorted(plan.insertions)
        markup = [text for _, text in insertions]
        places = places_in(other, body, [place for place, _ in insertions], markup)
        if places is None:
            continue
        source = read_page(other, page.content_type)
        assert not broken_insertions(source, list(zip(places, markup, strict=True))), page.id
        held += 1
    assert held > 40
