"""The newsroom's stories, read from `articles/`, and what its templates say around them.

An article is a file: lines of `key: value`, an empty line, then the body as HTML, in whatever
markup its template is built on. Knows nothing of HTTP, and nothing of ads.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FOLDER = files("adweave.demo")

# In the order of the front page. The second stands for the case that adweave was begun for: an
# English article on a Turkish-built template, which says nothing of its own language.
_ORDER = (
    "city-trees",
    "library-night",
    "vapur",
    "nachtzug",
    "khubz",
    "migdalor",
    "asaichi",
    "lao-qiao",
    "bawdi",
)
_RIGHT_TO_LEFT = frozenset({"ar", "he"})
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Story:
    """One article. `lang` is what it is written in, `template_lang` what its page declares.

    `body` is HTML, all other texts are plain. `comments` are (name, text), oldest first.
    """

    slug: str
    lang: str
    template_lang: str
    template: str
    section: str
    title: str
    lead: str
    author: str
    published: str
    image: str
    alt: str
    caption: str
    body: str
    comments: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        """Where its page is."""
        return f"/{self.template_lang.partition('-')[0]}/{self.slug}"

    @property
    def dir(self) -> str:
        """The direction of its page."""
        return "rtl" if self.template_lang in _RIGHT_TO_LEFT else "ltr"

    @property
    def text_dir(self) -> str:
        """The direction of its own text."""
        return "rtl" if self.lang in _RIGHT_TO_LEFT else "ltr"

    @property
    def words(self) -> str:
        """All that can be searched, in lower case and without markup."""
        return " ".join((self.title, self.lead, self.author, _TAG.sub(" ", self.body))).lower()


@dataclass(frozen=True, slots=True)
class Interface:
    """A template's own words in one language: menu, search, comments, footer."""

    sections: tuple[str, ...]
    search: str
    by: str
    comments: str
    name: str
    comment: str
    send: str
    more: str
    contents: str
    found: str
    nothing: str
    foot: str


@cache
def stories() -> dict[str, Story]:
    """All stories by path, in the front page's order."""
    read = (_story(slug) for slug in _ORDER)
    return {story.path: story for story in read}


@cache
def interfaces() -> dict[str, Interface]:
    """What templates say, by language."""
    source = tomllib.loads(FOLDER.joinpath("interface.toml").read_text(encoding="utf-8"))
    return {
        lang: Interface(**{**texts, "sections": tuple(texts["sections"])})
        for lang, texts in source.items()
    }


def _story(slug: str) -> Story:
    source = FOLDER.joinpath("articles", f"{slug}.html").read_text(encoding="utf-8")
    head, _, body = source.partition("\n\n")
    fields: dict[str, str] = {}
    comments: list[tuple[str, str]] = []
    for line in head.splitlines():
        key, _, value = line.partition(": ")
        if key == "comment":
            name, _, text = value.partition(" | ")
            comments.append((name, text))
        else:
            fields[key] = value
    fields.setdefault("template_lang", fields["lang"])
    return Story(slug=slug, body=body.strip(), comments=tuple(comments), **fields)
