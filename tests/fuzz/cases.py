"""The cases: a seed and a number always give the same page.

Five kinds: mutations of real or own pages, generated markup, small pages that a tree builder has
to think about, pages in spliced or lying encodings, and pages cut anywhere. Knows nothing of the
engine.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from .sentences import SENTENCES
from .torture import torture_page

# Python codec -> the label that a server would send.
ENCODINGS = {
    "utf-8": "utf-8",
    "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
    "cp1252": "windows-1252",
    "cp1254": "windows-1254",
    "cp1256": "windows-1256",
    "cp1250": "windows-1250",
    "cp1251": "windows-1251",
    "cp1255": "windows-1255",
    "koi8_r": "koi8-r",
    "koi8_u": "koi8-u",
    "iso8859_2": "iso-8859-2",
    "iso8859_15": "iso-8859-15",
    "iso8859_7": "iso-8859-7",
    "shift_jis": "shift_jis",
    "euc_jp": "euc-jp",
    "iso2022_jp": "iso-2022-jp",
    "gb18030": "gb18030",
    "gbk": "gbk",
    "big5": "big5",
    "euc_kr": "euc-kr",
    "cp874": "windows-874",
}

_BLOCKS = ("p", "div", "section", "article", "center", "address", "main", "span", "x-part")
_INLINES = ("b", "i", "a", "em", "strong", "font", "nobr", "u", "span", "code", "small")
_NASTY = (
    *("<table>", "<tr>", "<td>", "</table>", "<caption>", "<colgroup><col>", "<tbody>"),
    *("<select>", "<option>", "<optgroup>", "</select>", "<template>", "</template>"),
    *("<svg>", "<svg><title>", "<svg><foreignObject>", "<math><mi>", "<math><annotation-xml>"),
    *("</svg>", "</math>", "<frameset>", "<noframes>", "</noframes>", "<plaintext>", "<xmp>"),
    *("<noscript>", "</noscript>", "<iframe>", "</iframe>", "<textarea>", "</textarea>"),
    *("<!--", "-->", "--!>", "<!-->", "<![CDATA[", "]]>", "<?php ?>", "<!doctype html>", "</>"),
    *("<script>", "<script><!--<script>", "</script>", "<style>", "</style>", "<title>"),
    *("<b>", "<a href=x>", "</b>", "</a>", "<nobr>", "<i><b>", "</i>", "</p>", "<p>", "</div>"),
    *("<body class=x>", "<html lang=tr>", "</body>", "</html>", "<head>", "</head>"),
    *("<li>", "<ul>", "</ul>", "<dd>", "<dl>", "<button>", "</button>", "<form>", "</form>"),
    *("<h1>", "</h2>", "<br>", "</br>", "<hr>", "<img src=x>", "<image>", "<input type=hidden>"),
    *(
        "&",
        "&am",
        "&#0;",
        "&#x110000;",
        "&notit;",
        "\x00",
        "\x0c",
        "\r",
        "\r\n",
        "\x1b$B",
        "\x1b(B",
    ),
    *("<p title='", '<p title="', "<p a=b=c ", "<p/>", "<div / id=x>", "<ad-slot>", "</ad-slot>"),
    *("<meta charset=utf-16>", "<meta charset=shift_jis>", "<base href=x>", "<!--[if IE]>"),
    *("<ruby>", "<rt>", "<rp>", "<marquee>", "<object>", "<applet>", "<details>", "<dialog open>"),
    *("<![endif]-->", "<article hidden>", "<p data-adweave>", "<!--adweave:1-->", "<blockquote>"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """One page to try, and how it came about."""

    body: bytes
    content_type: str | None
    recipe: str


def case_of(seed: int, number: int, pool: Sequence[tuple[bytes, str]]) -> Case:
    """Case `number` of `seed`. `pool` are pages to mutate, with their Content-Type."""
    # A string seed: stable across Python versions, unlike the hash of a tuple.
    chance = random.Random(f"{seed}:{number}")
    kinds = ("mutation", "markup", "torture", "encoding", "cut")
    kind = chance.choices(kinds, (5, 3, 3, 2, 1))[0]
    if kind == "torture":
        page = torture_page(seed, number)
        return Case(page.text.encode(), "text/html; charset=utf-8", f"torture: {page.recipe}")
    if kind == "markup" or not pool:
        return Case(_markup(chance).encode(), "text/html; charset=utf-8", "markup")
    if kind == "encoding":
        return _encoding(chance)
    body, content_type = chance.choice(pool)
    if kind == "cut":
        return Case(body[: chance.randrange(len(body) + 1)], content_type, "cut")
    return Case(_mutated(chance, body, pool), content_type, "mutation")


def own_page(chance: random.Random) -> str:
    """A sound article page of our own sentences, in one of several templates."""
    sentence = chance.choice(SENTENCES)
    paragraphs = [" ".join([sentence] * chance.randint(1, 5)) for _ in range(chance.randint(3, 16))]
    style = chance.choice(("p", "div", "br", "wrapped", "unclosed"))
    if style == "br":
        flow = "<div>" + "<br><br>\n".join(paragraphs) + "</div>"
    elif style == "wrapped":
        flow = "\n".join(f"<div class=w><p>{text}</p></div>" for text in paragraphs)
    elif style == "unclosed":
        flow = "<p>" + "\n<p>".join(paragraphs)
    else:
        flow = "\n".join(f"<{style}>{text}</{style}>" for text in paragraphs)
    around = chance.choice(
        ("<main>{}</main>", "<article>{}</article>", "<table><tr><td>{}</td></tr></table>", "{}")
    )
    return (
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8><title>Ferry</title></head>\n"
        f"<body><nav><a href=/>Home</a></nav>{around.format('<h1>Ferry</h1>' + flow)}"
        "<footer>Printed by hand</footer></body></html>\n"
    )


def _markup(chance: random.Random) -> str:
    """Tags as a drunk typesetter would set them, around enough text to look like an article."""
    parts = ["<!doctype html>"] if chance.random() < 0.7 else []
    sentence = chance.choice(SENTENCES)
    opened: list[str] = []
    for _ in range(chance.randint(5, 60)):
        roll = chance.random()
        if roll < 0.35:
            name = chance.choice(_BLOCKS if chance.random() < 0.7 else _INLINES)
            opened.append(name)
            parts.append(f"<{name}>")
        elif roll < 0.55 and opened:
            # Mostly the right end tag, at times one that misnests.
            at = -1 if chance.random() < 0.7 else chance.randrange(len(opened))
            parts.append(f"</{opened.pop(at)}>")
        elif roll < 0.9:
            parts.append(" ".join([sentence] * chance.randint(1, 6)))
        else:
            parts.append(chance.choice(_NASTY))
    return "".join(parts)


def _encoding(chance: random.Random) -> Case:
    """A page in one charset that is declared rightly, wrongly or not at all, or in two."""
    page = own_page(chance)
    codec = chance.choice(list(ENCODINGS))
    label = ENCODINGS[codec]
    declared = label if chance.random() < 0.7 else chance.choice(list(ENCODINGS.values()))
    page = page.replace("charset=utf-8", f"charset={declared}")
    body = page.encode(codec, "xmlcharrefreplace")
    recipe = f"encoding {codec}, declared {declared}"
    if chance.random() < 0.3:
        other = chance.choice(list(ENCODINGS))
        at = chance.randrange(len(body) + 1)
        body = body[:at] + own_page(chance).encode(other, "xmlcharrefreplace")[at:]
        recipe += f", spliced with {other}"
    if chance.random() < 0.2:
        body = chance.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) + body
        recipe += ", marked"
    says_header = chance.random() < 0.5
    return Case(body, f"text/html; charset={declared}" if says_header else "text/html", recipe)


def _mutated(chance: random.Random, body: bytes, pool: Sequence[tuple[bytes, str]]) -> bytes:
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(body) + 1)
        size = min(len(body) - at, int(chance.expovariate(1 / 80)))
        match chance.randrange(8):
            case 0:
                body = body[:at] + body[at + size :]
            case 1:
                body = body[: at + size] + body[at : at + size] + body[at + size :]
            case 2 | 3 | 4:
                at = _near_tag(chance, body, at)
                body = body[:at] + chance.choice(_NASTY).encode() + body[at:]
            case 5:
                body = body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
            case 6:
                other, _ = chance.choice(pool)
                start = chance.randrange(len(other) + 1)
                body = body[:at] + other[start : start + 20 * size] + body[at:]
            case _:
                body = body[:at] + body[at : at + size].swapcase() + body[at + size :]
    return body


def _near_tag(chance: random.Random, body: bytes, at: int) -> int:
    """Markup does most harm at a tag's edge: go there mostly."""
    if chance.random() < 0.2:
        return at
    edge = body.find(b"<" if chance.random() < 0.5 else b">", at)
    return at if edge == -1 else edge + (body[edge] == ord(">"))
