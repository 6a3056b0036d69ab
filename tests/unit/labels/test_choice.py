"""Which language an article's labels are in: declared, denied, detected, or the site's."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adweave.labels import LANGUAGES, Language, choose_language, language_around
from adweave.page import PageDoubt, outline_of, read_page
from tests.unit.labels.passages import ENTRIES, PASSAGES


def choose(
    text: str = "",
    *,
    article: str | None = None,
    html: str | None = None,
    header: str | None = None,
    default: str = "en",
    overrides: dict[str, dict[str, str]] | None = None,
) -> Language:
    return choose_language(
        article_lang=article,
        html_lang=html,
        content_language=header,
        text=text,
        default=default,
        overrides=overrides,
    )


def test_an_english_article_on_a_turkish_template_is_labelled_in_english() -> None:
    """The case that the project began with."""
    language = choose(PASSAGES["en"], html="tr")
    assert language == Language("en", "ltr", "detected", "tr")


@pytest.mark.parametrize("passage", PASSAGES)
def test_a_text_without_declaration_is_detected(passage: str) -> None:
    language = choose(PASSAGES[passage], default="cy")
    assert (language.tag, language.source) == (ENTRIES[passage], "detected")
    assert language.declared is None


@pytest.mark.parametrize("passage", PASSAGES)
def test_a_right_declaration_is_never_overridden(passage: str) -> None:
    language = choose(PASSAGES[passage], html=passage)
    assert (language.tag, language.source) == (ENTRIES[passage], "html")


@pytest.mark.parametrize("passage", sorted(PASSAGES.keys() - {"en"}))
def test_a_template_s_english_is_overridden_by_a_clear_text(passage: str) -> None:
    assert choose(PASSAGES[passage], html="en-US").tag == ENTRIES[passage]


@pytest.mark.parametrize(
    ("passage", "kin"),
    [
        ("hr", "bs"),
        ("sr-Latn", "bs"),
        ("id", "ms"),
        ("ms", "id"),
        ("nb", "nn"),
        ("nb", "da"),
        ("cs", "sk"),
    ],
)
def test_two_sentences_do_not_deny_a_language_s_kin(passage: str, kin: str) -> None:
    two_sentences = PASSAGES[passage][:180]
    assert choose(two_sentences, html=kin).tag == kin


@pytest.mark.parametrize(("passage", "kin"), [("da", "sv"), ("nl", "af"), ("gl", "es")])
def test_a_long_text_may_deny_even_kin(passage: str, kin: str) -> None:
    assert choose(PASSAGES[passage] * 2, html=kin).tag == passage


def test_a_short_text_denies_nothing() -> None:
    assert choose("Read more about this", html="tr").tag == "tr"


def test_names_in_latin_letters_deny_no_other_script() -> None:
    names = "Angela Merkel, Emmanuel Macron, Boris Johnson, Mark Rutte, Pedro Sánchez. " * 3
    assert choose(names, html="ru").source == "html"


def test_latin_boilerplate_around_a_text_does_not_hide_its_script() -> None:
    amid = "Watch later. Share. Copy link. Up next. Autoplay. " * 2 + PASSAGES["he"]
    assert choose(amid, html="en").tag == "he"


def test_placeholder_latin_leaves_the_declaration_alone() -> None:
    lorem = "Lorem ipsum dolor sit amet, consetetur sadipscing elitr, sed diam nonumy. " * 8
    assert choose(lorem, html="fi").tag == "fi"


def test_the_nearest_declaration_comes_first() -> None:
    language = choose(article="fr", html="en", header="de")
    assert (language.tag, language.source, language.declared) == ("fr", "article", "fr")
    assert choose(html="en", header="de").source == "html"
    assert choose(header="de").source == "header"


def test_a_denied_declaration_gives_way_to_the_next_that_is_not() -> None:
    language = choose(PASSAGES["de"], article="en", html="de-AT")
    assert (language.tag, language.source, language.declared) == ("de", "html", "en")


def test_of_several_content_languages_the_text_picks_one() -> None:
    assert choose(PASSAGES["fa"], header="en, fa").tag == "fa"
    assert choose("", header="en, fa").tag == "en"


@pytest.mark.parametrize("nonsense", ["", "x-default", "english", "{{ lang }}", "und"])
def test_a_nonsensical_declaration_is_none(nonsense: str) -> None:
    assert choose(PASSAGES["tr"], html=nonsense).tag == "tr"
    assert choose("", html=nonsense, default="fi").tag == "fi"


def test_a_language_without_texts_gets_the_site_s_and_says_so() -> None:
    language = choose("Gallia est omnis divisa in partes tres.", html="la", default="it")
    assert language == Language("it", "ltr", "default", "la")


def test_nothing_known_at_all_gives_the_site_s_default_and_english_for_nonsense() -> None:
    assert choose(default="he") == Language("he", "rtl", "default", None)
    assert choose(default="nonsense").tag == "en"


def test_languages_that_a_site_adds_can_be_chosen() -> None:
    assert choose(html="ckb-IQ", overrides={"ckb": {}}) == Language("ckb", "rtl", "html", "ckb-IQ")
    assert choose(html="en-GB", overrides={"en-GB": {}}).tag == "en-GB"


@pytest.mark.parametrize(
    ("declared", "passage", "chosen"),
    [
        ("sr", "sr-Latn", "sr-Latn"),
        ("sr", "sr-Cyrl", "sr-Cyrl"),
        ("sr-Cyrl", "sr-Latn", "sr-Latn"),
        ("zh", "zh-Hant", "zh-Hant"),
        ("zh-CN", "zh-Hant", "zh-Hant"),
        ("zh-TW", "zh-Hans", "zh-Hans"),
        ("ja", "zh-Hans", "zh-Hans"),
        ("zh", "ja", "ja"),
    ],
)
def test_the_text_decides_the_script(declared: str, passage: str, chosen: str) -> None:
    assert choose(PASSAGES[passage], html=declared).tag == chosen


def test_a_language_of_the_same_script_that_we_do_not_know_is_believed() -> None:
    """Yiddish is not in the catalogue: no Hebrew label for it, but the site's own language."""
    assert choose(PASSAGES["he"], html="yi", default="en").source == "default"


@given(
    article=st.none() | st.text(max_size=12),
    html=st.none() | st.sampled_from(["en", "zh-TW", "sr", "ar"]) | st.text(max_size=8),
    header=st.none() | st.text(max_size=30),
    text=st.text(max_size=400),
)
def test_any_input_gives_a_language_that_has_texts(
    article: str | None, html: str | None, header: str | None, text: str
) -> None:
    language = choose(text, article=article, html=html, header=header)
    assert language.tag in LANGUAGES
    assert language == choose(text, article=article, html=html, header=header)


@pytest.mark.corpus
def test_at_least_99_percent_of_the_corpus_articles_get_their_own_language() -> None:
    root = Path(os.environ.get("ADWEAVE_CORPUS", Path(__file__).parents[4] / "shared" / "corpus"))
    if not (root / "index.json").is_file():
        pytest.skip(f"no page corpus at {root}")
    right, wrong = 0, []
    for record in json.loads((root / "index.json").read_text(encoding="utf-8")):
        if record["kind"] != "article" or not record["language_sure"]:
            continue
        body = gzip.decompress((root / record["file"]).read_bytes())
        try:
            outline = outline_of(read_page(body, record["content_type"]))
        except PageDoubt:
            continue
        if not outline.text:
            continue  # no article found: no label either
        language = choose(outline.text, article=outline.article_lang, html=outline.html_lang)
        if language.tag.partition("-")[0] == record["language"]:
            right += 1
        else:
            wrong.append((record["id"], record["language"], language))
    assert right >= 150
    assert right >= 0.99 * (right + len(wrong)), wrong


def chosen_around(text: str, page: str = "en") -> Language:
    base = Language(page, "ltr", "html", page)
    return language_around(text, base)


def test_a_slot_amid_another_language_speaks_that() -> None:
    found = chosen_around(PASSAGES["de"])
    assert (found.tag, found.source) == ("de", "detected")
    assert chosen_around(PASSAGES["ar"]).dir == "rtl"


def test_a_slot_amid_the_pages_own_language_stays_as_it_is() -> None:
    base = Language("de", "ltr", "html", "de")
    assert language_around(PASSAGES["de"], base) is base


@pytest.mark.parametrize("text", ["", "Il faut.", "— 1 2 3 —", "Merkel, Scholz, Merz"])
def test_a_few_words_around_a_slot_change_nothing(text: str) -> None:
    base = Language("en", "ltr", "html", "en")
    assert language_around(text, base) is base


def test_half_and_half_stays_with_the_page() -> None:
    half = PASSAGES["de"][:150] + PASSAGES["en"][:150]
    base = Language("en", "ltr", "html", "en")
    assert language_around(half, base) is base
