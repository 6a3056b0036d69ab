"""Which texts a tag gets, and how a site's own stand before them."""

from __future__ import annotations

from adweave.labels import texts_for


def test_a_region_falls_back_to_its_language() -> None:
    assert texts_for("de-AT") == texts_for("de")


def test_portuguese_outside_brazil_is_european() -> None:
    assert texts_for("pt").lang == "pt-BR"
    assert texts_for("pt-AO").lang == "pt-PT"


def test_a_language_without_texts_gets_those_of_the_default() -> None:
    assert texts_for("la", default="fi").label == "Mainos"


def test_a_default_without_texts_gets_english() -> None:
    assert texts_for("la", default="nonsense").lang == "en"


def test_a_site_s_own_text_stands_before_the_catalogue_s_key_by_key() -> None:
    texts = texts_for("de", {"de": {"label": "Werbung"}})
    assert texts.label == "Werbung"
    assert texts.skip == "Anzeige überspringen"


def test_own_texts_of_the_language_serve_its_regions() -> None:
    assert texts_for("pt-PT", {"pt": {"label": "PUB"}}).label == "PUB"
    assert texts_for("pt-PT", {"pt": {"label": "PUB"}}).lang == "pt-PT"


def test_the_more_exact_of_the_own_texts_wins() -> None:
    own = {"en": {"label": "Ad", "skip": "Skip"}, "en_gb": {"label": "Advert"}}
    british = texts_for("en-GB", own)
    assert (british.label, british.skip, british.lang) == ("Advert", "Skip", "en-GB")
    assert texts_for("en-US", own).label == "Ad"


def test_own_texts_for_one_script_or_country_stay_there() -> None:
    own = {
        "zh-Hans": {"label": "推广"},
        "pt-BR": {"label": "Anúncio"},
        "sr-Cyrl": {"label": "Реклама"},
    }
    assert texts_for("zh-TW", own).label == "廣告"
    assert texts_for("pt-PT", own).label == "Publicidade"
    assert texts_for("sr-Latn", own).label == "Oglas"


def test_own_texts_for_traditional_chinese_serve_taiwan() -> None:
    assert texts_for("zh-TW", {"zh-Hant": {"label": "贊助"}}).label == "贊助"


def test_a_site_can_add_a_language() -> None:
    kurdish = {
        "label": "ڕیکلام",
        "loading": "ڕیکلام بار دەکرێت",
        "skip": "ڕیکلامەکە تێپەڕێنە",
        "report": "ئەم ڕیکلامە ڕاپۆرت بکە",
        "notice": "لێدوانەکان پێش بڵاوکردنەوە دەپشکنرێن.",
    }
    texts = texts_for("ckb-IQ", {"ckb": kurdish})
    assert (texts.label, texts.lang, texts.dir) == ("ڕیکلام", "ckb", "rtl")


def test_a_language_added_by_half_is_not_used() -> None:
    assert texts_for("ckb", {"ckb": {"label": "ڕیکلام"}}).lang == "en"
