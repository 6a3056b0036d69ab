"""Markup made to be slow: pages of any size, each an article with one hostile thing in it.

Every maker takes a size in bytes and gives a page of about that size. The counts that the names
speak of are those of 5 MB, the size that the figures are for. Knows nothing of the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

FIVE_MB: Final = 5_000_000

_TEXT: Final = (
    "The ferry left before the tide had made up its mind, and the captain, who had read the "
    "tables twice, did not look back at the quay or at the donkey on it."
)
_START: Final = (
    "<!doctype html>\n<html lang=en><head><meta charset=utf-8><title>Ferry</title></head>\n<body>\n"
)
_ARTICLE: Final = (
    "<main><article><h1>The ferry</h1>\n"
    + "".join(f"<p>{n}. {_TEXT} {_TEXT}</p>\n" for n in range(12))
    + "</article></main>\n"
)
_END: Final = "</body></html>\n"

Maker = Callable[[int], bytes]


def _page(hostile: str, *, before: bool = False) -> bytes:
    parts = (hostile, _ARTICLE) if before else (_ARTICLE, hostile)
    return (_START + "".join(parts) + _END).encode()


def _filled(size: int, piece: str, count: int) -> str:
    """`count` pieces at 5 MB, fewer below it; text makes up what they leave."""
    wanted = max(round(count * size / FIVE_MB), 1)
    room = max(size // wanted - len(piece), 0)
    return (piece + "x" * room) * wanted


def _nested(piece: str, count: int) -> Maker:
    return lambda size: _page(_filled(size, piece, count))


def _around(piece: str, count: int) -> Maker:
    """The hostile thing comes first: the article stands inside of what it leaves open."""
    return lambda size: _page(_filled(size, piece, count), before=True)


def _in_article(pieces: Callable[[int], str]) -> Maker:
    def make(size: int) -> bytes:
        head, tail = _ARTICLE.split("</article>")
        return (_START + head + pieces(size) + "</article>" + tail + _END).encode()

    return make


def _numbered(template: str) -> Callable[[int], str]:
    """As many copies as fit, each with its number, so that no two are alike."""

    def pieces(size: int) -> str:
        count = max(size // (len(template) + 6), 1)
        return "".join(template.replace("#", str(n)) for n in range(count))

    return pieces


def _tags(template: str) -> Callable[[int], str]:
    """95 000 tags at 5 MB, close together, and text for the rest."""

    def pieces(size: int) -> str:
        count = max(round(95_000 * size / FIVE_MB) // template.count("<"), 1)
        text = template * count
        return text + "x" * max(size - len(text), 0)

    return pieces


def _repeated(template: str) -> Callable[[int], str]:
    return lambda size: template * max(size // len(template), 1)


def _attribute(size: int) -> bytes:
    share = max(size // 5, 1)
    return _page("".join(f'<div title="{"y" * share}"></div>' for _ in range(5)), before=True)


def _attributes(size: int) -> bytes:
    count = max(round(10_000 * size / FIVE_MB), 1)
    value = "z" * max(size // count - 12, 1)
    return _page("<p " + " ".join(f"a{n}={value}" for n in range(count)) + ">" + _TEXT + "</p>")


def _one_text(size: int) -> str:
    return "<p>" + (_TEXT + " ") * (size // (len(_TEXT) + 1)) + "</p>"


def _breaks(size: int) -> str:
    return _filled(size, "<br>", 100_000)


def _rows(size: int) -> str:
    return "<table>" * max(round(2_000 * size / FIVE_MB), 1) + "".join(
        "<tr><td>x" for _ in range(size // 10)
    )


HOSTILE: Mapping[str, Maker] = {
    "100 000 nested <div>": _nested("<div>", 100_000),
    "100 000 nested <div> around the article": _around("<div>", 100_000),
    "as many nested <div> as fit": _nested("<div>", 1_000_000),
    "100 000 nested <span>": _nested("<span>", 100_000),
    "100 000 nested <blockquote>": _nested("<blockquote>", 100_000),
    "100 000 siblings <i></i>": _nested("<i></i>", 100_000),
    "as many <p> as fit": _in_article(_repeated("<p>a")),
    "paragraphs of one sentence": _in_article(_numbered(f"<p>#. {_TEXT}</p>\n")),
    "<div> paragraphs of one sentence": _in_article(_numbered(f"<div>#. {_TEXT}</div>\n")),
    "five attributes of 1 MB": _attribute,
    "10 000 attributes on an element": _attributes,
    "50 000 unclosed formatting elements": _in_article(
        lambda size: _filled(size, "<p>x<b>", 50_000)
    ),
    "50 000 unclosed formatting elements, all different": _in_article(
        _numbered("<p>x<b id=#>" + "x" * 82)
    ),
    "50 000 unclosed <a>, all different": _in_article(_numbered("<p>x<a href=#>" + "x" * 80)),
    "formatting elements that cross": _in_article(_repeated("<b><i>x</b>y</i>")),
    "formatting elements that cross <p>": _in_article(_repeated("<b><p>x</b>y</p>")),
    "10 000 headings": _in_article(lambda size: _filled(size, "<h2>Of a ferry</h2>", 10_000)),
    "headings and nothing else": _in_article(_numbered("<h2>Of ferry #</h2>")),
    "100 000 <br>": _in_article(_breaks),
    "<br><br> between sentences": _in_article(_numbered(f"#. {_TEXT}<br><br>")),
    "100 000 <a>": _in_article(lambda size: _filled(size, "<a href=/x>y</a> ", 100_000)),
    "as many <a> as fit": _in_article(_repeated("<a href=/x>y</a>")),
    "tables in tables": _nested("<table><tr><td>", 100_000),
    "tables in tables without cells": _nested("<table>", 100_000),
    "2 000 tables in tables, rows in the last": _in_article(_rows),
    "text in a table's markup": _in_article(
        lambda size: "<table>" + _repeated("x<tr>y<td>z")(size)
    ),
    "one text node": _in_article(_one_text),
    "one text node without a space": _in_article(lambda size: "<p>" + "x" * size + "</p>"),
    "50 000 comments": _in_article(lambda size: _filled(size, "<!--c-->", 50_000)),
    "as many comments as fit": _in_article(_repeated("<!---->")),
    "one comment that never ends": lambda size: _page("<!--" + "x- -" * (size // 4)),
    "100 000 list items": _in_article(lambda size: "<ul>" + _filled(size, "<li>x", 100_000)),
    "lists in lists": _nested("<ul><li>", 100_000),
    "100 000 <option>": _in_article(lambda size: "<select>" + _filled(size, "<option>", 100_000)),
    "templates in templates": _nested("<template>", 100_000),
    "drawings in drawings": _nested("<svg><g><foreignObject>", 50_000),
    "formulas in formulas": _nested("<math><mi><svg>", 50_000),
    "<noscript> beside every paragraph": _in_article(
        _numbered(f"<noscript><img src=#></noscript><p>{_TEXT}</p>")
    ),
    "100 000 <form> and <button>": _nested("<form><button>", 100_000),
    "pictures between sentences": _in_article(_numbered(f"<p>{_TEXT}</p><img src=# width=600>")),
    "end tags that fit nothing": _in_article(_repeated("</b></i></x></p>")),
    "100 000 character references": _in_article(lambda size: _filled(size, "&notit;&#0;", 100_000)),
    "ampersands": _in_article(_repeated("&")),
    "less-than signs": _in_article(_repeated("<")),
    "scripts of <!--": _nested("<script><!--<script></script>", 100_000),
    "JSON-LD, nested": lambda size: _page(
        '<script type="application/ld+json">' + "[" * (size // 2) + "]" * (size // 2) + "</script>"
    ),
    "<meta> without end": lambda size: _page(_repeated('<meta name="author" content="x">')(size)),
    "<html> with an attribute, again and again": lambda size: _page(_numbered("<html a#=b>")(size)),
    "as many attributes on an element as fit": lambda size: _page(
        "<p " + _numbered(" a#")(size) + ">" + _TEXT + "</p>"
    ),
    "as many classes on an element as fit": lambda size: _page(
        '<div class="' + _numbered(" c#")(size) + '"><p>' + _TEXT + "</p></div>", before=True
    ),
    "<body> with an attribute, again and again": lambda size: _page(_numbered("<body a#=b>")(size)),
    "NUL bytes in the text": _in_article(lambda size: "<p>" + "x\0yz and so on " * (size // 14)),
    "our names in the text": _in_article(_repeated("&lt;!--adweave: data-adweave ")),
    "95 000 tags of <p>": _in_article(_tags("<p>a")),
    "95 000 tags of <p> with words": _in_article(_tags("<p>The ferry left before noon.</p>")),
    "95 000 tags of headings": _in_article(_tags("<h2>Of a ferry</h2>")),
    "95 000 tags of lists of linked headings": _in_article(
        _tags("<div>" + "<h3><a href=/x>Of a ferry</a></h3>" * 4 + "</div>")
    ),
    "95 000 tags of <br>": _in_article(_tags("The ferry left before noon.<br><br>")),
    "95 000 tags of <a>": _in_article(_tags("<a href=/x>y</a>")),
    "95 000 tags of list items": _in_article(lambda size: "<ul>" + _tags("<li>x")(size)),
    "95 000 tags of <div> in wrappers": _in_article(
        _tags("<div><div><div>The ferry left.</div></div></div>")
    ),
    "95 000 tags of formatting that crosses": _in_article(_tags("<b><i>x</b>y</i>")),
    "95 000 tags of formatting that crosses <p>": _in_article(_tags("<b><p>x</b>y</p>")),
    "95 000 tags of unclosed formatting": _in_article(_tags("<p>x<b>")),
    "95 000 tags of text in a table's markup": _in_article(
        lambda size: "<table>" + _tags("x<tr>y<td>z")(size)
    ),
    "95 000 tags of tables": _in_article(_tags("<table>")),
    "95 000 tags of cells": _in_article(lambda size: "<table>" + _tags("<tr><td>x")(size)),
    "95 000 tags of nested <span>": _in_article(_tags("<span>")),
    "95 000 tags of pictures": _in_article(_tags("<p>The ferry.</p><img src=a.jpg width=600>")),
    "95 000 tags of <noscript>": _in_article(_tags("<noscript><img src=x></noscript><p>x</p>")),
    "95 000 tags of quotes": _in_article(_tags("<blockquote><p>x</p></blockquote>")),
    "95 000 tags of sections": _in_article(
        _tags("<section><h2>x</h2><p>The ferry left before noon.</p></section>")
    ),
    "95 000 tags of drawings": _in_article(_tags("<svg><path d=x /></svg>")),
    "95 000 tags of wrappers before the article": lambda size: _page(
        _tags("<div></div>")(size), before=True
    ),
    "<x-y> paragraphs, each in a wrapper": _in_article(
        _numbered(f"<div><x-y><div>#. {_TEXT}</div></x-y></div>")
    ),
}
