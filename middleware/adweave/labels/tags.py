"""Language tags as pages really carry them, and RFC 4647 lookup among those that we have.

A tag is read by BCP 47 (RFC 5646) as far as language, script and region go: variants and
extensions say nothing about an ad's label. What people write instead (`en_US`, `iw`, `jp`,
`sr@latin`) is understood where it can mean one thing only; the rest is no tag at all.

Knows no texts and detects nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Direction = Literal["ltr", "rtl"]

# Codes that mean a language of the catalogue under another name: withdrawn by the IANA
# registry (iw, in, ji, mo, tl, sh), ISO 639-2/3 where the two-letter code is due, macro
# languages and close kin whose readers read it (gsw, prs, cnr), and the country codes that
# pages use by mistake, where no language has that code (jp, gr, cz, dk, ua, vn, cn).
_ALIASES = """
    iw:he in:id ji:yi mo:ro tl:fil no:nb tgl:fil jp:ja gr:el cz:cs dk:da ua:uk vn:vi cn:zh
    gsw:de prs:fa arb:ar cmn:zh ekk:et lvs:lv zsm:ms als:sq azj:az uzn:uz khk:mn npi:ne ory:or
    eng:en deu:de ger:de fra:fr fre:fr spa:es ita:it por:pt nld:nl dut:nl swe:sv dan:da nor:nb
    nob:nb nno:nn fin:fi isl:is ice:is est:et lav:lv lit:lt pol:pl ces:cs cze:cs slk:sk slo:sk
    slv:sl hrv:hr bos:bs srp:sr mkd:mk mac:mk bul:bg ron:ro rum:ro hun:hu ell:el gre:el tur:tr
    aze:az sqi:sq alb:sq rus:ru ukr:uk bel:be kat:ka geo:ka hye:hy arm:hy kaz:kk uzb:uz mon:mn
    ara:ar fas:fa per:fa pes:fa urd:ur heb:he hin:hi ben:bn mar:mr guj:gu pan:pa ori:or tam:ta
    tel:te kan:kn mal:ml sin:si nep:ne tha:th lao:lo khm:km mya:my bur:my vie:vi ind:id msa:ms
    may:ms jpn:ja kor:ko zho:zh chi:zh amh:am swa:sw afr:af zul:zu xho:xh cat:ca eus:eu baq:eu
    glg:gl gle:ga cym:cy wel:cy ltz:lb yid:yi
"""

# Languages that are another one in a script or region of their own.
_TAG_ALIASES: dict[str, tuple[str, str | None]] = {
    "sh": ("sr", "Latn"),  # CLDR: sh is sr-Latn
    "hbs": ("sr", "Latn"),
    "cnr": ("sr", "Latn"),  # Montenegrin
    "yue": ("zh", "Hant"),
}

# CLDR's likely subtags, for languages that are written in more than one script.
_TRADITIONAL_REGIONS = frozenset({"TW", "HK", "MO"})
_LATIN_SERBIAN_REGIONS = frozenset({"ME", "RO", "TR"})

# Windows' names (zh-CHS, zh-CHT) and the extended language of Cantonese (zh-yue).
_CHINESE_SCRIPTS = {"chs": "Hans", "cht": "Hant", "yue": "Hant"}

# "Not a language": undetermined, multiple, no linguistic content, uncoded, and the
# placeholders that templates leave behind.
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis", "root", "default", "none", "null", "xx"})

# Scripts written right to left that a label or an article can be in.
RIGHT_TO_LEFT_SCRIPTS = frozenset({"Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg"})

_RIGHT_TO_LEFT_LANGUAGES = frozenset(
    {"ar", "fa", "ur", "he", "yi", "ps", "sd", "ug", "ckb", "dv", "syr", "ks", "azb", "nqo"}
)

_SUBTAG = re.compile(r"[A-Za-z0-9]+")
_ALIAS = re.compile(r"(\w+):(\w+)")
_LANGUAGE_ALIASES: dict[str, str] = dict(_ALIAS.findall(_ALIASES))


@dataclass(frozen=True, slots=True)
class Tag:
    """A language with script and region where they are said or (script) implied.

    `language` is in lower case, `script` titled ("Hant"), `region` in capitals ("TW", "419").
    """

    language: str
    script: str | None = None
    region: str | None = None

    def __str__(self) -> str:
        """The tag in BCP 47's own form and case."""
        return "-".join(part for part in (self.language, self.script, self.region) if part)


@lru_cache(maxsize=1024)
def parse_tag(raw: str | None) -> Tag | None:
    """The language that `raw` names, or None where it names none.

    Tolerates underscores, blanks, any case, POSIX endings (`de_DE.UTF-8`, `sr@latin`),
    quality values and old codes. Empty, `x-default`, `und` and words such as "english"
    are None: then the text itself has to tell.
    """
    if not raw:
        return None
    plain, _, modifier = re.split("[;,]", raw)[0].strip().partition("@")
    subtags = _SUBTAG.findall(plain.split(".")[0])
    if not subtags:
        return None
    language = subtags[0].lower()
    if not (2 <= len(language) <= 3 and language.isalpha()) or language in _NO_LANGUAGE:
        return None
    script, region = _script_and_region(subtags[1:])
    if modifier.lower().startswith(("latin", "cyrillic")):
        script = "Latn" if modifier.lower().startswith("latin") else "Cyrl"
    if language in _TAG_ALIASES:
        language, implied = _TAG_ALIASES[language]
        script = script or implied
    language = _LANGUAGE_ALIASES.get(language, language)
    return Tag(language, script or _implied_script(language, region), region)


def _script_and_region(subtags: list[str]) -> tuple[str | None, str | None]:
    script = region = None
    for subtag in subtags:
        if len(subtag) == 1:  # an extension or private use begins: nothing for us behind it
            break
        if len(subtag) == 4 and subtag.isalpha() and script is None:
            script = subtag.title()
        elif region is None and (
            (len(subtag) == 2 and subtag.isalpha()) or (len(subtag) == 3 and subtag.isdigit())
        ):
            region = subtag.upper()
        elif subtag.lower() in _CHINESE_SCRIPTS:
            script = _CHINESE_SCRIPTS[subtag.lower()]
    return script, region


def _implied_script(language: str, region: str | None) -> str | None:
    if language == "zh":
        return "Hant" if region in _TRADITIONAL_REGIONS else "Hans" if region else None
    if language == "sr" and region in _LATIN_SERBIAN_REGIONS:
        return "Latn"
    return None


def exact_chain(tag: Tag) -> tuple[str, ...]:
    """`tag` in lower case, then less and less of it, down to but without the bare language."""
    language, script, region = tag.language, tag.script, tag.region
    chain = (
        f"{language}-{script}-{region}" if script and region else "",
        f"{language}-{region}" if region else "",
        f"{language}-{script}" if script else "",
    )
    return tuple(entry.lower() for entry in chain if entry)


def lookup_chain(tag: Tag) -> tuple[str, ...]:
    """The tags to try for `tag`, best first, in lower case.

    RFC 4647 section 3.4 (drop the last subtag again and again), with the script put in
    where a region implies it, and at the end what the bare language means: `pt` is `pt-BR`
    (and European outside Brazil), `sr` is `sr-Cyrl`, `zh` is `zh-Hans`, `nn` may fall back
    to `nb`.
    """
    usual = (entry.lower() for entry in _usual(tag.language, tag.region))
    chain = (*exact_chain(tag), tag.language, *usual, *_KIN.get(tag.language, ()))
    return tuple(dict.fromkeys(chain))


# Readers of the first read the second; only where the first is not to be had.
_KIN: dict[str, tuple[str, ...]] = {"nn": ("nb",), "nb": ("nn",)}


def _usual(language: str, region: str | None) -> tuple[str, ...]:
    if language == "pt":
        return ("pt-BR",) if region in {None, "BR", "US"} else ("pt-PT", "pt-BR")
    if language == "zh":
        return ("zh-Hans",)
    if language == "sr":
        return ("sr-Cyrl",)
    return ()


def lookup(tag: Tag, available: Collection[str]) -> str | None:
    """The entry of `available` that serves `tag` best (in the case it has there), or None."""
    by_lower = _by_lower(tuple(available))
    for candidate in lookup_chain(tag):
        if candidate in by_lower:
            return by_lower[candidate]
    return None


@lru_cache(maxsize=64)  # one for the catalogue and one for each site's overrides
def _by_lower(available: tuple[str, ...]) -> dict[str, str]:
    return {entry.replace("_", "-").lower(): entry for entry in available}


def direction_of(tag: Tag) -> Direction:
    """`"rtl"` or `"ltr"`: by the script where the tag says one, else by the language's usual."""
    if tag.script is not None:
        return "rtl" if tag.script in RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if tag.language in _RIGHT_TO_LEFT_LANGUAGES else "ltr"
