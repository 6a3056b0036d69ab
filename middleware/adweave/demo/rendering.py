"""Stories -> pages: templates filled in, every text escaped.

Four templates of different build, as sites have them: `feature` (semantic), `wrapped` (layers
of `<div>`), `classic` (`<br><br>` for paragraphs), `chapters` (sections with headings, lists
and a table). Knows nothing of HTTP, and nothing of ads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from string import Template

from adweave.demo.stories import FOLDER, Interface, Story, interfaces, stories

_CHAPTER = re.compile(r'<section id="([\w-]+)"><h2>(.*?)</h2>')
_WIDTH, _HEIGHT = 1200, 675  # of every story's opening picture


@cache
def _template(name: str) -> Template:
    return Template(FOLDER.joinpath("templates", f"{name}.html").read_text(encoding="utf-8"))


def article_page(story: Story, comments: Sequence[tuple[str, str]]) -> str:
    """The story's page with its comments below, all in the template's language."""
    words = interfaces()[story.template_lang]
    others = [other for other in stories().values() if other.path != story.path][:3]
    content = _template(story.template).substitute(
        section=escape(story.section),
        title=escape(story.title),
        lead=escape(story.lead),
        author=escape(story.author),
        published=escape(story.published),
        by=escape(words.by),
        image=_picture(story),
        caption=escape(story.caption),
        body=story.body,
        more=escape(words.more),
        more_links="".join(f"<li>{_link(other)}</li>" for other in others),
        contents_label=escape(words.contents, quote=True),
        contents="".join(
            f'<li><a href="#{anchor}">{heading}</a></li>'
            for anchor, heading in _CHAPTER.findall(story.body)
        ),
        comments=_comments(story, words, comments),
    )
    return _page(
        story.title,
        content,
        kind=story.template,
        lang=story.template_lang,
        direction=story.dir,
        description=story.lead,
    )


def front_page() -> str:
    """The listing of all stories."""
    cards = "".join(
        f'<div class="card{" lead" if number == 0 else ""}" lang="{story.lang}"'
        f' dir="{story.text_dir}">'
        f'<a href="{story.path}">{_picture(story)}<p class="kicker">{escape(story.section)}</p>'
        f"<h2>{escape(story.title)}</h2><p>{escape(story.lead)}</p></a></div>"
        for number, story in enumerate(stories().values())
    )
    content = f'<main class="front"><div class="front-grid">{cards}</div></main>'
    return _page("Front page", content, kind="home", description="Stories in eight languages")


def search_page(query: str) -> str:
    """The stories that have all words of `query`."""
    words = interfaces()["en"]
    wanted = query.lower().split()
    found = [
        story
        for story in stories().values()
        if wanted and all(word in story.words for word in wanted)
    ]
    listed = "".join(
        f'<li lang="{story.lang}">{_link(story)}<br>{escape(story.lead)}</li>' for story in found
    )
    shown = f"<ul>{listed}</ul>" if found else f"<p>{escape(words.nothing)}</p>"
    content = f'<main class="results"><h1>{escape(words.found)}</h1>{shown}</main>'
    return _page(words.search, content, kind="search", query=query)


def missing_page() -> str:
    """What is said where there is no page."""
    content = (
        '<main class="results"><h1>Not here</h1><p>There is no page at this address.</p></main>'
    )
    return _page("Not found", content, kind="missing")


def _page(
    title: str,
    content: str,
    *,
    kind: str,
    lang: str = "en",
    direction: str = "ltr",
    description: str = "",
    query: str = "",
) -> str:
    words = interfaces()[lang]
    return _template("page").substitute(
        lang=lang,
        dir=direction,
        title=escape(title),
        description=escape(description, quote=True),
        kind=kind,
        sections=_menu(words.sections),
        sections_label=escape(words.more, quote=True),
        search=escape(words.search, quote=True),
        query=escape(query, quote=True),
        content=content,
        foot=escape(words.foot),
    )


def _menu(names: Iterable[str]) -> str:
    return "".join(
        f'<a href="/search?q={escape(name, quote=True)}">{escape(name)}</a>' for name in names
    )


def _picture(story: Story) -> str:
    return (
        f'<img src="/static/{story.image}" width="{_WIDTH}" height="{_HEIGHT}"'
        f' alt="{escape(story.alt, quote=True)}">'
    )


def _link(story: Story) -> str:
    direction = "rtl" if story.lang in {"ar", "he"} else "ltr"
    return f'<a href="{story.path}" lang="{story.lang}" dir="{direction}">{escape(story.title)}</a>'


def _comments(story: Story, words: Interface, comments: Sequence[tuple[str, str]]) -> str:
    shown = "".join(
        f'<div class="comment"><span class="who">{escape(name)}</span><p>{escape(text)}</p></div>'
        for name, text in comments
    )
    return (
        f'<section class="comments" id="comments"><h2>{escape(words.comments)}</h2>{shown}'
        f'<form method="post" action="{story.path}/comments">'
        f'<label>{escape(words.name)}<input name="name" maxlength="60" required></label>'
        f'<label>{escape(words.comment)}<textarea name="text" rows="4" maxlength="1000" required>'
        f"</textarea></label><div><button>{escape(words.send)}</button></div></form></section>"
    )
