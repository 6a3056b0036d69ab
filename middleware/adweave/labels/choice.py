"""The language of an article's labels: what the page declares, unless its text denies it.

Order: the nearest `lang` around the article's text, `<html lang>`,
`Content-Language`, then the text itself, then the site's default. A template's language is
often wrong (7 % of the corpus' articles), so the text is always read; but it prevails only
where it is long, clear and in another language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from adweave.labels.detection import Reading, agrees, confirms
from adweave.labels.tags import Direction, Tag, direction_of, lookup, parse_tag
from adweave.labels.texts import LANGUAGES, Overrides

Source = Literal["article", "html", "header", "detected", "default"]


@dataclass(frozen=True, slots=True)
class Language:
    """The language chosen for an article's labels.

    `tag` is an entry of the catalogue or of the site's overrides, `dir` its direction,
    `source` what decided, and `declared` what the page itself said first (as it said it),
    or None.
    """

    tag: str
    dir: Direction
    source: Source
    declared: str | None


def choose_language(
    *,
    article_lang: str | None,
    html_lang: str | None,
    content_language: str | None,
    text: str,
    default: str,
    overrides: Overrides | None = None,
) -> Language:
    """The language that the labels of an article are to be in.

    `text` is a sample of the article's own text (2000 characters are enough, none will do);
    `default` the site's language, for pages that neither say nor show theirs, and for
    languages without texts. `overrides` are the site's own texts, whose languages count as
    known. Never fails: nonsense in a declaration is none.
    """
    available = (*(overrides or ()), *LANGUAGES)
    declarations = list(_declarations(article_lang, html_lang, content_language))
    declared = declarations[0][2] if declarations else None
    if declarations and confirms(text, declarations[0][1]):
        entry = lookup(declarations[0][1], available)
        if entry is not None:
            return _language(entry, declarations[0][0], declared)
    reading = Reading(text)
    detected = reading.language()
    for source, tag, _ in declarations:
        if detected is not None and reading.denies(tag, detected):
            continue
        entry = lookup(reading.as_written(tag), available)
        if entry is not None:
            return _language(entry, source, declared)
        break  # a language that nothing denies and for which there are no texts
    else:
        if detected is not None and (detected.is_sure or not declarations):
            entry = lookup(detected.tag, available)
            if entry is not None:
                return _language(entry, "detected", declared)
    fallback = parse_tag(default) or Tag("en")
    return _language(lookup(fallback, available) or "en", "default", declared)


def language_around(text: str, page: Language, overrides: Overrides | None = None) -> Language:
    """The language of a slot that stands amid `text`, on a page whose labels are in `page`.

    That of the page, unless the text around the slot is long and clear enough to be in another
    for which there are texts: a translation below the original, an interview in two languages.
    """
    tag = parse_tag(page.tag)
    if tag is None or agrees(text, tag.language):
        return page
    reading = Reading(text)
    detected = reading.language()
    if detected is None or not reading.denies(tag, detected):
        return page
    entry = lookup(detected.tag, (*(overrides or ()), *LANGUAGES))
    return page if entry is None else _language(entry, "detected", page.declared)


def _declarations(
    article_lang: str | None, html_lang: str | None, content_language: str | None
) -> Iterable[tuple[Source, Tag, str]]:
    several: tuple[tuple[Source, str | None], ...] = (
        ("article", article_lang),
        ("html", html_lang),
        # A list there names the audiences' languages: the text picks, else the first.
        *(("header", part) for part in (content_language or "").split(",")),
    )
    for source, raw in several:
        tag = parse_tag(raw)
        if tag is not None and raw is not None:
            yield source, tag, raw


def _language(entry: str, source: Source, declared: str | None) -> Language:
    tag = parse_tag(entry)
    assert tag is not None
    return Language(str(tag), direction_of(tag), source, declared)
