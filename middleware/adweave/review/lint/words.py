"""Words by which ads say that they are ads, and the languages they belong to."""

from __future__ import annotations

from functools import cache

from adweave.labels import LANGUAGES, texts_for

# What publishers write besides the catalogue's word: language subtags -> labels.
_FURTHER: dict[str, str] = {
    "en": "ad|ads|advert|adverts|advertisement|advertisements|advertising|advertorial|sponsored|"
    "sponsored content|sponsored links|promoted|paid content|partner content",
    "de": "anzeige|anzeigen|werbung|gesponsert|werbeanzeige",
    "fr": "publicité|publicite|pub|annonce|annonces|sponsorisé|contenu sponsorisé",
    "es": "publicidad|anuncio|anuncios|patrocinado|contenido patrocinado",
    "pt": "publicidade|anúncio|anuncio|patrocinado|pub|continua após a publicidade",
    "it": "pubblicità|pubblicita|annuncio|annunci|sponsorizzato",
    "nl": "advertentie|advertenties|reclame|gesponsord",
    "tr": "reklam|reklamlar|sponsorlu",
    "sv": "annons|annonser|reklam",
    "da": "annonce|annoncer|reklame",
    "nb": "annonse|annonser|reklame",
    "no": "annonse|annonser|reklame",
    "fi": "mainos|mainokset|ilmoitus",
    "pl": "reklama|reklamy|ogłoszenie|materiał sponsorowany",
    "cs": "reklama|inzerce|sponzorováno",
    "sk": "reklama|inzercia",
    "hu": "hirdetés|reklám",
    "ro": "publicitate|reclamă",
    "ru": "реклама",
    "uk": "реклама",
    "bg": "реклама",
    "el": "διαφήμιση",
    "ar": "إعلان|اعلان|إعلانات",
    "he": "פרסומת|מודעה",
    "fa": "آگهی|تبلیغات",
    "ja": "広告|スポンサーリンク|pr",
    "zh": "广告|廣告",
    "ko": "광고",
    "id": "iklan|advertisement",
    "vi": "quảng cáo",
    "th": "โฆษณา",
    "hi": "विज्ञापन",
}
_TRIMMED = " \t\n\r\f:.-–—|·•*()[]▼▲"
LONGEST_LABEL = 60


@cache
def _labels() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for tag in LANGUAGES:
        found.setdefault(texts_for(tag).label.casefold(), set()).add(_primary(tag))
    for language, labels in _FURTHER.items():
        for label in labels.split("|"):
            found.setdefault(label.casefold(), set()).add(language)
    return {label: frozenset(languages) for label, languages in found.items()}


def label_languages(text: str) -> frozenset[str] | None:
    """The languages (primary subtags) in which `text` labels an ad; None: it is no label."""
    if len(text) > LONGEST_LABEL:
        return None
    return _labels().get(" ".join(text.split()).strip(_TRIMMED).casefold())


def fits_language(languages: frozenset[str], tag: str) -> bool:
    """Whether a label of these languages suits an article in `tag`."""
    primary = _primary(tag)
    same = {"nb": "no", "nn": "no", "no": "nb"}
    return primary in languages or same.get(primary, primary) in languages


def _primary(tag: str) -> str:
    return tag.split("-")[0].lower()
