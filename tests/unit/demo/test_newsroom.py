"""The newsroom by itself: a plain site that the gateway can be tried on."""

from __future__ import annotations

import re

import pytest

from adweave.demo import newsroom
from adweave.demo.stories import FOLDER, Story, interfaces, stories
from adweave.labels import choose_language
from adweave.page import outline_of, read_page
from tests.unit.demo.asking import ask

STORIES = list(stories().values())
FOUNDING = "/tr/library-night"


def by_slug(story: Story) -> str:
    return story.slug


def test_there_are_eight_languages_and_four_builds() -> None:
    assert len(STORIES) >= 8
    assert {story.lang for story in STORIES} == set(interfaces())
    assert {story.template for story in STORIES} == {"feature", "wrapped", "classic", "chapters"}


@pytest.mark.parametrize("story", STORIES, ids=by_slug)
def test_each_article_is_as_long_as_an_article(story: Story) -> None:
    outline = outline_of(read_page(ask(newsroom(), story.path).body, "text/html; charset=utf-8"))
    assert outline.evidence.found
    assert 450 <= outline.words <= 1000


@pytest.mark.parametrize("story", STORIES, ids=by_slug)
def test_a_page_declares_its_template_s_language_and_direction(story: Story) -> None:
    page = ask(newsroom(), story.path).text
    assert f'<html lang="{story.template_lang}" dir="{story.dir}">' in page
    assert story.dir == ("rtl" if story.lang in {"ar", "he"} else "ltr")


@pytest.mark.parametrize("story", STORIES, ids=by_slug)
def test_an_article_s_language_is_found(story: Story) -> None:
    outline = outline_of(read_page(ask(newsroom(), story.path).body, "text/html; charset=utf-8"))
    language = choose_language(
        article_lang=outline.article_lang,
        html_lang=outline.html_lang,
        content_language=None,
        text=outline.text,
        default="cy",
    )
    assert language.tag == story.lang


def test_the_founding_case_is_an_english_article_that_says_turkish() -> None:
    story = stories()[FOUNDING]
    page = ask(newsroom(), FOUNDING).text
    assert story.lang == "en"
    assert '<html lang="tr"' in page
    assert 'lang="en"' not in page.partition('class="story-text"')[2].partition("rail")[0]


@pytest.mark.parametrize("story", STORIES, ids=by_slug)
def test_no_page_asks_another_host_for_anything(story: Story) -> None:
    page = ask(newsroom(), story.path).text
    fetched = re.findall(r'(?:src|href|action)="([^"]*)"', page)
    assert fetched
    assert all(address.startswith(("/", "#")) for address in fetched)


def test_all_pictures_and_the_style_sheet_are_there() -> None:
    app = newsroom()
    addresses = {
        address
        for path in ("/", *stories())
        for address in re.findall(r'"(/static/[^"]*)"', ask(app, path).text)
    }
    assert len(addresses) >= 10
    for address in addresses:
        answer = ask(app, address)
        expected = "text/css" if address.endswith(".css") else "image/svg+xml"
        assert answer.status == 200
        assert answer.fields["content-type"].startswith(expected)


def test_every_picture_says_its_size_and_has_a_text() -> None:
    app = newsroom()
    for path in stories():
        pictures = re.findall(r"<img [^>]*>", ask(app, path).text)
        assert pictures, path
        for picture in pictures:
            assert re.search(r' width="\d+" height="\d+" alt="[^"]+"', picture)


def test_the_front_page_is_a_listing_without_an_article() -> None:
    answer = ask(newsroom(), "/")
    assert all(story.path in answer.text for story in STORIES)
    assert not outline_of(read_page(answer.body, "text/html; charset=utf-8")).evidence.found


@pytest.mark.parametrize("path", ["/", FOUNDING, "/search?q=bread", "/api/stories.json"])
def test_an_entity_tag_comes_back_as_not_modified(path: str) -> None:
    app = newsroom()
    first = ask(app, path)
    again = ask(app, path, fields={"If-None-Match": first.fields["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert again.fields["etag"] == first.fields["etag"]
    assert ask(app, path, fields={"If-None-Match": '"other"'}).status == 200


def test_a_comment_is_shown_escaped_and_changes_the_entity_tag() -> None:
    app = newsroom()
    before = ask(app, FOUNDING).fields["etag"]
    sent = ask(app, f"{FOUNDING}/comments", method="POST", body=b"name=Ada&text=%3Cb%3Ehello")
    assert (sent.status, sent.fields["location"]) == (303, f"{FOUNDING}#comments")
    after = ask(app, FOUNDING)
    assert "&lt;b&gt;hello" in after.text
    assert after.fields["etag"] != before


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"{FOUNDING}/comments", b"name=Ada", 400),
        (f"{FOUNDING}/comments", b"name=Ada&text=" + b"x" * 20_000, 413),
        ("/tr/none/comments", b"name=Ada&text=hello", 404),
    ],
)
def test_a_bad_comment_is_refused(path: str, body: bytes, status: int) -> None:
    assert ask(newsroom(), path, method="POST", body=body).status == status


def test_only_so_many_comments_are_kept() -> None:
    app = newsroom()
    for number in range(60):
        ask(app, f"{FOUNDING}/comments", method="POST", body=b"name=A&text=number%d" % number)
    page = ask(app, FOUNDING).text
    assert "number59" in page
    assert "number9<" not in page


def test_search_finds_stories_by_words_and_escapes_what_was_asked() -> None:
    app = newsroom()
    assert "/ja/asaichi" in ask(app, "/search?q=%E6%9C%9D%E5%B8%82").text
    nothing = ask(app, "/search?q=%3Cscript%3E").text
    assert "<script>" not in nothing
    assert interfaces()["en"].nothing in nothing


def test_there_is_a_redirect_json_and_a_page_for_what_is_missing() -> None:
    app = newsroom()
    latest = ask(app, "/latest")
    assert latest.status == 302
    assert ask(app, latest.fields["location"]).status == 200
    assert ask(app, "/api/stories.json").fields["content-type"] == "application/json"
    for missing in ("/nope", "/en/nope", "/static/nope.svg", "/static/..%2Fstories.py"):
        assert ask(app, missing).status == 404


def test_head_has_the_fields_of_get_and_no_body() -> None:
    app = newsroom()
    head, get = ask(app, FOUNDING, method="HEAD"), ask(app, FOUNDING)
    assert head.fields == get.fields


def test_all_articles_in_the_folder_are_told() -> None:
    stored = {entry.name.removesuffix(".html") for entry in FOLDER.joinpath("articles").iterdir()}
    assert stored == {story.slug for story in STORIES}
