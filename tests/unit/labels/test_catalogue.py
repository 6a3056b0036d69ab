"""The texts themselves: whole, in the right script, in composed form, short enough."""

from __future__ import annotations

import tomllib
import unicodedata
from importlib.resources import files

import pytest

from adweave.labels import LANGUAGES, texts_for
from adweave.labels.scripts import chinese_script, script_of
from adweave.labels.texts import KEYS, PARTS

FOLDER = files("adweave.labels").joinpath("catalogue")

SCRIPTS = {
    **dict.fromkeys(["ar", "fa", "ur"], "Arab"),
    **dict.fromkeys(["be", "bg", "kk", "mk", "mn", "ru", "sr-Cyrl", "uk"], "Cyrl"),
    **dict.fromkeys(["hi", "mr", "ne"], "Deva"),
    **{"am": "Ethi", "bn": "Beng", "el": "Grek", "gu": "Gujr", "he": "Hebr", "hy": "Armn"},
    **{"ka": "Geor", "km": "Khmr", "kn": "Knda", "ko": "Hang", "lo": "Laoo", "ml": "Mlym"},
    **{"my": "Mymr", "or": "Orya", "pa": "Guru", "si": "Sinh", "ta": "Taml", "te": "Telu"},
    **{"th": "Thai", "ja": "Kana", "zh-Hans": "Hani", "zh-Hant": "Hani"},
}

# Letters that tell a language of a shared script from its neighbour, and never stray there.
FOREIGN = {
    "fa": "يكىةإأ",
    "ur": "يكىةإأ",
    "ar": "یکہے",
    "uk": "ыэёъ",
    "be": "иъщ",
    "ru": "іїєў",
    "bg": "ыэёіјљњ",
    "mk": "ыэёійщъ",
    "sr-Cyrl": "ыэёійщъья",
    "ro": "şţ",
    "tr": "ə",
    "no": "äö",
    "nb": "äö",
    "da": "äö",
    "sv": "æø",
    "hr": "ěřů",
    "pl": "čšž",
}


def test_there_are_at_least_45_languages_and_each_has_its_file() -> None:
    stored = sorted(
        entry.name.removesuffix(".toml")
        for entry in FOLDER.iterdir()
        if entry.name.endswith(".toml")
    )
    assert stored == sorted(LANGUAGES)
    assert len(LANGUAGES) >= 45


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_five_texts_and_no_key_that_is_not_known(language: str) -> None:
    source = FOLDER.joinpath(f"{language}.toml").read_text(encoding="utf-8")
    own = set(tomllib.loads(source))
    assert set(KEYS) <= own <= {*KEYS, *PARTS}
    assert {"close", "adsense"} <= own


# Of the 24 languages of the European Union and the three of its neighbours in its single
# market: there the law asks for them.
UNION = [
    *("bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr", "hu", "it", "lt"),
    *("lv", "mt", "nl", "pl", "pt-PT", "ro", "sk", "sl", "sv", "nb", "nn", "is"),
]


@pytest.mark.parametrize("language", UNION)
def test_who_is_behind_an_ad_can_be_told_in_every_language_of_the_union(language: str) -> None:
    own = tomllib.loads(FOLDER.joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    for key in ("behalf", "paid"):
        assert own[key].count("{name}") == 1
    assert own["political"] != own["label"]


def test_what_a_language_does_not_say_of_the_law_it_says_in_english() -> None:
    assert texts_for("sw").political == texts_for("en").political == "Political advertisement"
    assert texts_for("sw").close != texts_for("en").close


@pytest.mark.parametrize("language", LANGUAGES)
def test_adsense_is_headed_by_the_many_where_a_language_has_a_plural(language: str) -> None:
    texts = texts_for(language)
    # Languages that tell one from many by other words than the noun's form, or where one word
    # names the trade as a whole.
    alike = {"hi", "id", "ja", "km", "ko", "lo", "ms", "pa", "th", "vi", "zh-Hans", "zh-Hant"}
    if language == "sq":
        assert (texts.label, texts.adsense) == ("Reklamë", "Reklama")
    elif language == "am":
        assert texts.adsense == "ማስታወቂያዎች"
    else:
        assert (texts.adsense == texts.label) == (language in alike)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_composed_trimmed_and_short(language: str) -> None:
    texts = texts_for(language)
    for key in (*KEYS, *PARTS):
        text = getattr(texts, key)
        assert text == unicodedata.normalize("NFC", text)
        assert text == " ".join(text.split())
        assert all(unicodedata.category(sign) not in {"Cc", "Co", "Cn"} for sign in text)
        assert '"' not in text
        assert "<" not in text
        assert "&" not in text
    assert len(texts.label) <= 24
    assert max(len(texts.loading), len(texts.skip), len(texts.report), len(texts.close)) <= 48
    assert max(len(texts.adsense), len(texts.political)) <= 32
    assert len(texts.notice) <= 90


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_five_texts_differ_from_each_other(language: str) -> None:
    texts = texts_for(language)
    assert len({texts.label, texts.loading, texts.skip, texts.report, texts.notice}) == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_in_the_language_s_own_script(language: str) -> None:
    texts = texts_for(language)
    allowed = {SCRIPTS.get(language, "Latn"), ""}
    if language == "ja":
        allowed.add("Hani")
    for key in (*KEYS, "close", "adsense"):
        assert {script_of(letter) for letter in getattr(texts, key)} <= allowed


@pytest.mark.parametrize(("language", "letters"), FOREIGN.items())
def test_no_letter_of_a_neighbour_strays_in(language: str, letters: str) -> None:
    if language not in LANGUAGES:
        return
    texts = texts_for(language)
    for key in (*KEYS, "close", "adsense"):
        assert not set(getattr(texts, key).lower()) & set(letters)


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_chinese_is_in_one_standard_only(language: str) -> None:
    from collections import Counter

    texts = texts_for(language)
    everything = "".join(getattr(texts, key) for key in KEYS)
    assert chinese_script(Counter(everything)) == language.removeprefix("zh-")


def test_languages_do_not_share_all_texts_with_a_neighbour() -> None:
    seen = {tuple(getattr(texts_for(tag), key) for key in KEYS) for tag in LANGUAGES}
    assert len(seen) == len(LANGUAGES)


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("en", "Advertisement"),
        ("de", "Anzeige"),
        ("fr", "Publicité"),
        ("tr", "Reklam"),
        ("ar", "إعلان"),
        ("he", "פרסומת"),
        ("hi", "विज्ञापन"),
        ("ja", "広告"),
        ("zh-Hans", "广告"),
        ("zh-Hant", "廣告"),
    ],
)
def test_the_label_is_what_publishers_there_write(language: str, label: str) -> None:
    assert texts_for(language).label == label


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_stays_in_the_language_of_the_label(language: str) -> None:
    texts = texts_for(language)
    assert texts.lang == language
    assert texts.dir == ("rtl" if language in {"ar", "fa", "he", "ur"} else "ltr")
