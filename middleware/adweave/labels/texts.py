"""The catalogue: an ad's label, placeholder and links, and the comment notice, by language.

One file a language in `catalogue/`, in the form of a site's own `labels/LANG.toml`, read
when its language is first asked for. A site's overrides stand before it, key by key, along
the whole lookup chain: `labels/pt.toml` serves pt-BR and pt-PT, `labels/en-GB.toml` only
British pages.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import cast

from adweave.labels.tags import Direction, Tag, direction_of, exact_chain, lookup, parse_tag

Overrides = Mapping[str, Mapping[str, str]]

# The names in catalogue/, spelt out so that importing this lists no folder; a test compares.
_NAMES = """
    af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu he hi hr hu hy
    id is it ja ka kk km kn ko lb lo lt lv mk ml mn mr ms mt my nb ne nl nn or pa pl pt-BR pt-PT ro
    ru si sk sl sq sr-Cyrl sr-Latn sv sw ta te th tr uk ur uz vi xh zh-Hans zh-Hant zu
"""
LANGUAGES: tuple[str, ...] = tuple(_NAMES.split())

KEYS: tuple[str, ...] = ("label", "loading", "skip", "report", "notice")
"""What every language has; one of a site's own that lacks one of these is not used."""

PARTS: tuple[str, ...] = ("close", "adsense", "behalf", "paid", "political")
"""What only some slots say. A language without one says it in English: a disclosure that the
law asks for (EU 2022/2065, article 26; EU 2024/900, article 11) is better so than left out."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What a slot and a notice say, in one language.

    `label` heads the slot ("Advertisement"); `loading` is the placeholder; `skip` and `report`
    are the texts of a link and a button; `notice` is the comment policy. `lang` is the BCP 47
    tag of these texts (which the slot carries), `dir` is their direction.

    `close` is the text of a button; `adsense` heads slots that AdSense may fill, as its policies
    know two labels only; `behalf` and `paid` tell who is behind an ad, with `{name}` for the
    name, and `political` stands for `label` over political ads.
    """

    label: str
    loading: str
    skip: str
    report: str
    notice: str
    lang: str
    dir: Direction
    close: str
    adsense: str
    behalf: str
    paid: str
    political: str


@cache
def _built_in(language: str) -> Mapping[str, str]:
    source = files("adweave.labels").joinpath("catalogue", f"{language}.toml")
    return cast("dict[str, str]", tomllib.loads(source.read_text(encoding="utf-8")))


def texts_for(tag: str, overrides: Overrides | None = None, *, default: str = "en") -> Texts:
    """The texts for `tag` (any BCP 47 tag), with a site's own where it has them.

    `overrides` maps a tag to some or all of `KEYS`; keys that it does not have come from less
    exact overrides of the same language, then from the catalogue. A language that neither
    knows gives those of `default`, and a `default` that is unknown too, English: `lang` then
    says which they are.
    """
    own = overrides or {}
    for wanted in (tag, default, "en"):
        parsed = parse_tag(wanted)
        if parsed is not None and (found := _found(parsed, own)) is not None:
            return found
    raise LookupError("the catalogue has no English")  # pragma: no cover


def _found(tag: Tag, overrides: Overrides) -> Texts | None:
    built_in = lookup(tag, LANGUAGES)
    own = _own_entries(tag, built_in, overrides)
    merged: dict[str, str] = dict(_built_in(built_in)) if built_in else {}
    for entry in reversed(own):
        merged.update(overrides[entry])
    if any(not merged.get(key) for key in KEYS):
        return None  # a language of the site's own that lacks texts: half of it would be no help
    english = _built_in("en")
    lang = str(parse_tag(max((*own[:1], built_in or ""), key=len)) or tag)
    return Texts(
        **{key: merged[key] for key in KEYS},
        **{key: merged.get(key) or english[key] for key in PARTS},
        lang=lang,
        dir=direction_of(parse_tag(lang) or tag),
    )


def _own_entries(tag: Tag, built_in: str | None, overrides: Overrides) -> list[str]:
    """The overrides that hold for `tag`, most exact first.

    Only those that its own subtags lead to, and that of the catalogue's entry: what a site
    writes for pt-BR is not meant for Portugal, nor its zh-Hans for Taiwan.
    """
    by_lower = {entry.replace("_", "-").lower(): entry for entry in overrides}
    wanted = (*exact_chain(tag), (built_in or "").lower(), tag.language)
    return [by_lower[entry] for entry in dict.fromkeys(wanted) if entry in by_lower]
