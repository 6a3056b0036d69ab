"""Whether a slot is labelled in the article's language, by a word list of our own.

The words are what newspapers of each language print above an advertisement; more than one
is right, since the catalogue's choice among them is a matter of house style.
"""

from __future__ import annotations

import html
from collections.abc import Mapping

# ISO 639-1 code -> words that label an advertisement, in small letters.
WORDS: Mapping[str, tuple[str, ...]] = {
    "ar": ("إعلان", "اعلان", "إعلانات"),
    "bg": ("реклама",),
    "bn": ("বিজ্ঞাপন",),
    "ca": ("publicitat", "anunci"),
    "cs": ("reklama", "inzerce"),
    "da": ("annonce", "reklame"),
    "de": ("anzeige", "werbung"),
    "el": ("διαφήμιση", "διαφημιση"),
    "en": ("advertisement", "advertising", "ad", "ads"),
    "es": ("publicidad", "anuncio"),
    "et": ("reklaam",),
    "fa": ("آگهی", "تبلیغات", "تبلیغ"),
    "fi": ("mainos", "ilmoitus"),
    "fr": ("publicité", "annonce"),
    "he": ("פרסומת", "מודעה"),
    "hi": ("विज्ञापन",),
    "hr": ("oglas", "reklama"),
    "hu": ("hirdetés", "reklám"),
    "hy": ("գովազդ",),
    "id": ("iklan",),
    "is": ("auglýsing",),
    "it": ("pubblicità", "annuncio"),
    "ja": ("広告",),
    "ka": ("რეკლამა",),
    "ko": ("광고",),
    "lt": ("reklama",),
    "lv": ("reklāma",),
    "ms": ("iklan",),
    "nl": ("advertentie", "reclame"),
    "no": ("annonse", "reklame"),
    "pl": ("reklama", "ogłoszenie"),
    "pt": ("publicidade", "anúncio"),
    "ro": ("publicitate", "reclamă"),
    "ru": ("реклама",),
    "sk": ("reklama", "inzercia"),
    "sl": ("oglas",),
    "sq": ("reklamë", "reklama"),
    "sr": ("оглас", "реклама", "oglas", "reklama"),
    "sv": ("annons", "reklam"),
    "ta": ("விளம்பரம்",),
    "th": ("โฆษณา",),
    "tr": ("reklam",),
    "uk": ("реклама",),
    "ur": ("اشتہار",),
    "vi": ("quảng cáo",),
    "xh": ("isibhengezo", "intengiso"),
    "zh": ("广告", "廣告"),
    "zu": ("isikhangiso", "isikhangisi"),
}
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "yi", "ps", "ckb", "sd", "ug"})
_SAME = {"nb": "no", "nn": "no", "iw": "he", "in": "id"}


def primary(tag: str | None) -> str:
    """The primary language of a tag; both kinds of Norwegian count as one."""
    code = (tag or "").replace("_", "-").split("-")[0].lower()
    return _SAME.get(code, code)


def label_faults(attributes: Mapping[str, str], language: str) -> list[str]:
    """What is wrong with a slot's attributes for an article in `language`; values unescaped."""
    wanted = primary(language)
    faults = []
    if primary(attributes.get("lang")) != wanted:
        faults.append(f"lang is {attributes.get('lang')!r}, the article is {language}")
    label = html.unescape(attributes.get("data-label", "")).strip().lower()
    if not label:
        faults.append("no label")
    elif wanted in WORDS and label not in WORDS[wanted]:
        faults.append(f"label {label!r} is not {language}")
    direction = "rtl" if wanted in RIGHT_TO_LEFT else "ltr"
    if attributes.get("dir", "ltr") != direction:
        faults.append(f"dir is {attributes.get('dir')!r}")
    return faults
