"""Reading language tags as they come, and finding the nearest that is there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adweave.labels import LANGUAGES
from adweave.labels.tags import Tag, direction_of, lookup, lookup_chain, parse_tag


@pytest.mark.parametrize(
    ("raw", "entry"),
    [
        ("en", "en"),
        ("en-US", "en"),
        ("en_US", "en"),
        (" EN-us ", "en"),
        ("de-DE-1996", "de"),
        ("de_DE.UTF-8", "de"),
        ("fr-CA, en", "fr"),
        ("en;q=0.8", "en"),
        ("en-u-ca-buddhist", "en"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh_HK", "zh-Hant"),
        ("zh-Hant-CN", "zh-Hant"),
        ("zh-CHT", "zh-Hant"),
        ("zh-yue", "zh-Hant"),
        ("yue", "zh-Hant"),
        ("cmn-Hans", "zh-Hans"),
        ("sr", "sr-Cyrl"),
        ("sr-RS", "sr-Cyrl"),
        ("sr-Latn-RS", "sr-Latn"),
        ("sr@latin", "sr-Latn"),
        ("sr-ME", "sr-Latn"),
        ("sh", "sr-Latn"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-PT"),
        ("pt-MZ", "pt-PT"),
        ("no", "nb"),
        ("nn-NO", "nn"),
        ("iw", "he"),
        ("iw-IL", "he"),
        ("in", "id"),
        ("tl", "fil"),
        ("mo", "ro"),
        ("ger", "de"),
        ("jpn", "ja"),
        ("jp", "ja"),
        ("gsw-CH", "de"),
        ("es-419", "es"),
    ],
)
def test_a_tag_finds_its_texts(raw: str, entry: str) -> None:
    tag = parse_tag(raw)
    assert tag is not None
    assert lookup(tag, LANGUAGES) == entry


@pytest.mark.parametrize(
    "raw",
    [None, "", " ", "x-default", "und", "mul", "zxx", "english", "{{lang}}", "-", "123", "é", "e"],
)
def test_nonsense_is_no_language(raw: str | None) -> None:
    assert parse_tag(raw) is None


def test_a_language_that_is_not_there_finds_nothing() -> None:
    assert lookup(Tag("la"), LANGUAGES) is None


def test_lookup_drops_subtags_from_the_end() -> None:
    chain = lookup_chain(Tag("zh", "Hant", "HK"))
    assert chain == ("zh-hant-hk", "zh-hk", "zh-hant", "zh", "zh-hans")


@pytest.mark.parametrize(
    ("raw", "direction"),
    [
        ("ar", "rtl"),
        ("ckb", "rtl"),
        ("yi", "rtl"),
        ("az", "ltr"),
        ("az-Arab", "rtl"),
        ("ar-Latn", "ltr"),
        ("en", "ltr"),
    ],
)
def test_direction_follows_the_script(raw: str, direction: str) -> None:
    tag = parse_tag(raw)
    assert tag is not None
    assert direction_of(tag) == direction


@given(st.text(max_size=20))
def test_any_text_is_a_tag_or_none_and_its_own_form_is_stable(raw: str) -> None:
    tag = parse_tag(raw)
    assert tag is None or parse_tag(str(tag)) == tag
