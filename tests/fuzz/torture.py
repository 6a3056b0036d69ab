"""Small pages that a tree builder has to think about, made by rules of our own.

Each is a short article with one or more fragments in it, before it, around it or after it. The
fragments are of the kinds that the tree-construction tests of HTML parsers are made of: what is
put before tables, opened again, closed unasked, ignored, moved, or read as text. A seed and a
number always give the same page. Knows nothing of the engine.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .sentences import SENTENCES

_DOCTYPES = (
    *("<!doctype html>\n",) * 5,
    "",  # quirks: a table does not close a paragraph
    '<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">\n',
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n',
    "<!doctype html SYSTEM 'about:legacy-compat'>\n",
    "<!-- first --><!doctype html>\n",
    "<!doctype>\n",
    "<p>early<!doctype html>\n",
)
_FORMATTING = (
    *("a", "b", "big", "code", "em", "font", "i", "nobr"),
    *("s", "small", "strike", "strong", "tt", "u"),
)
_BLOCKS = ("p", "div", "section", "center", "address", "main", "article", "x-part", "dialog")
_RAW = ("title", "textarea", "style", "xmp", "iframe", "noembed", "noframes", "script")
_CLOSED_UNASKED = ("p", "li", "dd", "dt", "option", "optgroup", "rp", "rt", "tr", "td", "h2")
_NOT_IN_BODY = ("head", "tbody", "tr", "td", "col", "caption", "frame", "html", "body")
_IN_TABLES = (
    *("<tbody>", "<tr>", "<td>", "<th>", "</td>", "</tr>", "</tbody>", "<thead>", "</table>"),
    *("<caption>a ferry", "<colgroup><col>", "<col>", "text ", "<b>", "</b>", "<p>", "</p>"),
    *("<a href=x>", "<input type=hidden>", "<input>", "<form>", "</form>", "<!--c-->", "<nobr>"),
    *("<select><option>x", "<template><td>x</template>", "<style>a{}</style>", "<div>", "<i>"),
    *("<script>0</script>", "<table>", "<hr>", "<br>", "&nbsp;", " ", "\n", "<li>x", "<h2>y"),
    "<svg><desc><td>",
)
_HEADING = "<h2>Of tides</h2>"


@dataclass(frozen=True, slots=True)
class Torture:
    """A page with what its fragments are."""

    text: str
    recipe: str


def torture_page(seed: int, number: int) -> Torture:
    """Page `number` of `seed`."""
    chance = random.Random(f"torture:{seed}:{number}")
    sentence = chance.choice(SENTENCES)
    words = " ".join([sentence] * (2 if len(sentence) > 70 else 4))
    blocks = [_paragraph(chance, words) for _ in range(chance.randint(6, 8))]
    names = chance.sample(list(FRAGMENTS), chance.choice((1, 1, 1, 2)))
    recipe = []
    before, after = "", ""
    head = "<meta charset=utf-8><title>Ferry</title>"
    for name in names:
        start, end = FRAGMENTS[name](chance)
        place = chance.choice(
            ("amid", "amid", "amid", "across", "within", "before", "around", "after", "head")
        )
        recipe.append(f"{name} {place}")
        first = chance.randrange(1, len(blocks) - 1)
        match place:
            case "amid":
                blocks.insert(first, start + end)
            case "across":  # what it opens is closed some paragraphs later, or in one
                last = min(first + chance.randint(0, 3), len(blocks) - 1)
                blocks[first] = start + blocks[first]
                blocks[last] = _amid(chance, blocks[last], end)
            case "within":
                blocks[first] = _amid(chance, blocks[first], start + end)
            case "before":
                before += start + end
            case "around":
                before, after = before + start, end + after
            case "after":
                after += start + end
            case _:
                head += start + end
    wrapper = chance.choice(("main", "article", "div", "div", ""))
    flow = "\n".join(blocks)
    if wrapper:
        flow = f"<{wrapper}>\n<h1>Ferry</h1>\n{flow}\n</{wrapper}>"
    doctype = chance.choice(_DOCTYPES)
    page = (
        f"{doctype}<html lang=en><head>{head}</head>\n<body>{before}\n{flow}\n{after}"
        "<footer>Printed by hand</footer></body></html>\n"
    )
    return Torture(page, ", ".join(recipe))


def _paragraph(chance: random.Random, words: str) -> str:
    match chance.randrange(8):
        case 0:
            return f"<p>{words}"
        case 1:
            return f"<div>{words}</div>"
        case 2:
            return f"<div><p>{words}</p></div>"
        case 3:
            return f"{words}<br><br>"
        case _:
            return f"<p>{words}</p>"


def _amid(chance: random.Random, block: str, fragment: str) -> str:
    """The fragment somewhere in the block's text, mostly between two words."""
    at = chance.randrange(len(block) + 1)
    edge = block.find(" ", at)
    at = edge if edge != -1 and "<" not in block[at:edge] else len(block)
    return block[:at] + fragment + block[at:]


# -- fragments: what opens something, and what may close it ------------------------------------

Fragment = Callable[[random.Random], tuple[str, str]]


def _table(chance: random.Random) -> tuple[str, str]:
    opened = "".join(chance.choice(_IN_TABLES) for _ in range(chance.randint(0, 5)))
    ends = ("</table>", "", "</tr></table>", "</td>", "</caption>")
    return f"<table>{opened}", chance.choice(ends)


def _misnested(chance: random.Random) -> tuple[str, str]:
    names = [chance.choice(_FORMATTING) for _ in range(chance.randint(1, 5))]
    opened = "".join(f"<{name}{chance.choice(('', '', ' class=x', ' href=y'))}>" for name in names)
    if chance.random() < 0.4:
        opened += f"<{chance.choice(_BLOCKS)}>"
    closed = chance.sample(names, len(names))
    if chance.random() < 0.5:
        closed = closed[: len(closed) // 2]
    return opened, "x".join(f"</{name}>" for name in closed)


def _alike(chance: random.Random) -> tuple[str, str]:
    """Only three formatting elements of a kind are opened again, only one <a> or <nobr>."""
    name = chance.choice(_FORMATTING)
    count = chance.randint(2, 6)
    return f"<{name}>" * count + "x", f"</{name}>" * chance.randint(0, count)


def _adopted(chance: random.Random) -> tuple[str, str]:
    name, other = chance.sample(_FORMATTING, 2)
    block = chance.choice(_BLOCKS)
    return f"<{name}>1<{block}>2<{other}>3", f"</{name}>4</{block}>5</{other}>"


def _foreign(chance: random.Random) -> tuple[str, str]:
    opened, closed = chance.choice(
        (
            ("<svg>", "</svg>"),
            ("<svg/>", ""),
            ("<svg><g>", "</g></svg>"),
            ("<svg><title>", "</title></svg>"),
            ("<svg><desc>", "</desc></svg>"),
            ("<svg><foreignObject>", "</foreignObject></svg>"),
            ("<svg><style><!--</style>", "--></style></svg>"),
            ("<svg><script>", "</script></svg>"),
            ("<svg><a>", "</a></svg>"),
            ("<math>", "</math>"),
            ("<math><mi>", "</mi></math>"),
            ("<math><mtext><mglyph>", "</mtext></math>"),
            ("<math><annotation-xml>", "</annotation-xml></math>"),
            ("<math><annotation-xml encoding=text/html>", "</annotation-xml></math>"),
            ("<math><annotation-xml><svg><desc>", "</svg></math>"),
        )
    )
    inner = chance.choice(
        (
            *(
                "",
                "x",
                "<p>out",
                "<font color=red>out",
                "<font>in",
                "</p>",
                "</br>",
                "<b>",
                "<div>",
            ),
            *("<![CDATA[ <p> ]]>", "<table><tr><td>", "<br>", "<svg>", "<math>", "<li>", "<h2>"),
            *("<template>", "<select>", "<frameset>", "</body>", "<path/>", "<image/>", "\0"),
        )
    )
    return opened + inner, closed if chance.random() < 0.7 else ""


def _template(chance: random.Random) -> tuple[str, str]:
    inner = chance.choice(
        (
            *("", "x", "<tr><td>x", "<td>x", "<col>", "<p>", "<b>", "<template>", "<body>", "</p>"),
            *(
                "<select><template>",
                "<table><template>",
                "<script>0</script>",
                "<frameset>",
                "<tr>",
            ),
            *("<template><b></template>", "</template><b>", "<svg><template>", "<li>"),
        )
    )
    return f"<template>{inner}", chance.choice(("</template>", "</template>", ""))


def _select(chance: random.Random) -> tuple[str, str]:
    inner = chance.choice(
        (
            *(
                "",
                "<option>x",
                "<optgroup label=x><option>y",
                "<option>x<optgroup>y<hr>",
                "<select>",
            ),
            *(
                "<input>",
                "<textarea>",
                "<table>",
                "<tr>",
                "<b>x",
                "<div>x",
                "<template>x</template>",
            ),
            *("<script>0</script>", "<svg>", "<button>", "<selectedcontent>", "<keygen>", "<p>x"),
        )
    )
    return f"<select>{inner}", chance.choice(("</select>", "</select>", "</option></select>", ""))


def _raw(chance: random.Random) -> tuple[str, str]:
    name = chance.choice(_RAW)
    inner = chance.choice(("x", "<p>", "<!--", "<!-- <p> -->", f"</{name[:-1]}>", "&lt;", "<b>"))
    closed = chance.choice((f"</{name}>", f"</{name}>", f"</{name} >", f"</{name.upper()}/x>", ""))
    return f"<{name}>{inner}", closed


def _script(chance: random.Random) -> tuple[str, str]:
    inner = chance.choice(
        (
            *(
                "<!--",
                "<!--x-->",
                "<!--<script>",
                "<!--<script></script>",
                "<!--<script>--></script>",
            ),
            *(
                "'<!--<script '",
                "<!--<scr",
                "<!----!>",
                "<!--<script>x</script>--></script>",
                "</scr",
            ),
        )
    )
    return f"<script>{inner}", chance.choice(("</script>", "</script>", "--></script>", ""))


def _noscript(chance: random.Random) -> tuple[str, str]:
    inner = chance.choice(
        (
            *("", "<img src=x>", "<p>x</p>", "<p>x", "<!--", "<!-- </noscript> -->", "<b>", "</p>"),
            *("<style>a{}</style>", "<noscript>", "<div>", "<iframe src=x></iframe>", "<a href=x>"),
            *("<table><tr><td>", "</body>", "<link rel=x>", "<meta name=x>", "<script>", "<title>"),
        )
    )
    return f"<noscript>{inner}", chance.choice(("</noscript>", "</noscript>", ""))


def _comment(chance: random.Random) -> tuple[str, str]:
    return chance.choice(
        (
            ("<!--[if IE]>", "<![endif]-->"),
            ("<!--[if !IE]><!-->", "<!--<![endif]-->"),
            ("<![if !IE]>", "<![endif]>"),
            ("<!--", "-->"),
            ("<!-->", "-->"),
            ("<!--->", ""),
            ("<!--x--!>", ""),
            ("<!--x--", ">"),
            ("<!--[if lt IE 9]><p>old</p>", "<![endif]-->"),
            ("<!bogus>", "</ bogus>"),
            ("<?php echo '<p>' ?>", ""),
            ("<![CDATA[", "]]>"),
        )
    )


def _unasked(chance: random.Random) -> tuple[str, str]:
    """Elements that the next of their kind closes."""
    names = [chance.choice(_CLOSED_UNASKED) for _ in range(chance.randint(1, 4))]
    closed = "".join(f"</{name}>" for name in names if chance.random() < 0.4)
    return "x".join(f"<{name}>" for name in names), closed


def _list(chance: random.Random) -> tuple[str, str]:
    name = chance.choice(("ul", "ol", "dl", "menu", "dir"))
    item = "dd" if name == "dl" else "li"
    inner = chance.choice(("x", "<p>x", f"<div><{item}>x", f"x<{item}>y", "<b>x", "<h2>x", "<ul>x"))
    return f"<{name}><{item}>{inner}", chance.choice((f"</{item}></{name}>", f"</{name}>", ""))


def _form(chance: random.Random) -> tuple[str, str]:
    return chance.choice(
        (
            ("<form>", "</form>"),
            ("<form><form>", "</form></form>"),
            ("<form><div>", "</form></div>"),
            ("<form><table><form>", "</table></form>"),
            ("<button>", "</button>"),
            ("<button><p><button>", "</p></button>"),
            ("<form><p>", "</form>"),
            ("<isindex prompt=x>", ""),
            ("<fieldset><legend>x<p>", "</fieldset>"),
            ("<label><input>", "</label>"),
        )
    )


def _document(chance: random.Random) -> tuple[str, str]:
    """Tags of the document's own frame where they have no business."""
    return chance.choice(
        (
            ("</body>", ""),
            ("</html>", ""),
            ("</body></html>", "<p>late"),
            ("</body> <!--c-->", ""),
            ("<body class=x>", "</body>"),
            ("<html lang=tr>", "</html>"),
            ("<head><title>again</title>", "</head>"),
            ("</head>", ""),
            ("<frameset><frame>", "</frameset>"),
            ("<noframes><p>x", "</noframes>"),
            ("<title>again</title>", ""),
            ("<meta name=x>", "<link rel=y>"),
            ("<base href=x>", ""),
            (f"<{chance.choice(_NOT_IN_BODY)}>", ""),
            (f"</{chance.choice(_NOT_IN_BODY)}>", ""),
        )
    )


def _odd(chance: random.Random) -> tuple[str, str]:
    """Tags with rules of their own."""
    return chance.choice(
        (
            ("</p>", ""),
            ("</br>", ""),
            ("<image src=x>", ""),
            ("<hr>", "</hr>"),
            ("<br/>", "</br>"),
            ("<p/>", ""),
            ("<div/>", "</div>"),
            ("<keygen>", "<menuitem>x"),
            ("<marquee>", "</marquee>"),
            ("<object><p>", "</object>"),
            ("<applet>", "</p></applet>"),
            ("<ruby>a<rp>(<rt>b", "<rtc>c</ruby>"),
            ("<details><summary>x", "</details>"),
            ("<search>", "</search>"),
            ("<hgroup><h1>", "</h2></hgroup>"),
            ("<h2>x<h3>y", "</h2>"),
            ("<pre>\n\n", "</pre>"),
            ("<listing>\n", "</listing>"),
            ("<plaintext>", "</plaintext>"),
            ("<figure><figcaption>x", "</figure>"),
            ("<embed>", "<wbr>"),
            ("<video><source>", "</video>"),
            ("<area>", "<param>"),
            ("<nav><p>x", "</nav>"),
            (_HEADING, _HEADING),
        )
    )


def _broken(chance: random.Random) -> tuple[str, str]:
    """Tags that are not finished, and what is no tag."""
    return chance.choice(
        (
            ("<p title='", "'>"),
            ('<p title="x', '">'),
            ("<p a=b=c d", ">"),
            ("<p <b>", "</p </b>"),
            ("< p>", "</ p>"),
            ("<", ">"),
            ("</", ">"),
            ("</>", ""),
            ("<p / id=x / y>", ""),
            ("<p id=a id=b>", ""),
            ("\0", "<p\0>"),
            ("&", "&am;"),
            ("&notit;&#0;&#x110000;&#x80;", "&#xD800;"),
            ("\r\n\r", "\x0c"),
            ("<a<b>", "</a<b>"),
            ("<p>\ufeff", "\u2028"),
        )
    )


FRAGMENTS: Mapping[str, Fragment] = {
    "table": _table,
    "misnested": _misnested,
    "alike": _alike,
    "adopted": _adopted,
    "foreign": _foreign,
    "template": _template,
    "select": _select,
    "raw": _raw,
    "script": _script,
    "noscript": _noscript,
    "comment": _comment,
    "unasked": _unasked,
    "list": _list,
    "form": _form,
    "document": _document,
    "odd": _odd,
    "broken": _broken,
}
