"""The gateway in front of Wagtail, and the middleware in it: readers see slots, editors nothing.

Each check compares the answer that is woven with Wagtail's own to the same request.
To look at it yourself: `python -m tests.cms.wagtail`.
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cms.wagtail.articles import ARTICLES, ENGLISH, Article
from tests.cms.wagtail.editing import Visitor, article_form, log_in
from tests.cms.wagtail.publish import picture
from tests.cms.wagtail.running import (
    Address,
    build,
    gateway,
    newspaper,
    newspaper_with_adweave,
)
from tests.quality.judge.insertions import (
    attributes_of,
    insertions_in,
    integrity_faults,
    units_of,
)

pytestmark = pytest.mark.cms

each_article = pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.language)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wagtail")
    build(folder)
    return folder


@pytest.fixture(scope="module", params=["gateway", "middleware"])
def plain_and_woven(
    request: pytest.FixtureRequest, built: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Address, Address]]:
    """One site, twice: Wagtail's own answers, and those with slots."""
    folder = tmp_path_factory.mktemp(request.param) / "site"
    shutil.copytree(built, folder)
    with newspaper(folder) as plain:
        around = gateway(plain, folder) if request.param == "gateway" else None
        with around or newspaper_with_adweave(folder) as woven:
            yield plain, woven


@pytest.fixture(scope="module")
def wagtail(plain_and_woven: tuple[Address, Address]) -> Address:
    return plain_and_woven[0]


@pytest.fixture(scope="module")
def woven(plain_and_woven: tuple[Address, Address]) -> Address:
    return plain_and_woven[1]


@pytest.fixture
def direct_reader(wagtail: Address) -> Visitor:
    return Visitor(wagtail)


@pytest.fixture
def reader(woven: Address) -> Visitor:
    return Visitor(woven)


@pytest.fixture(scope="module")
def editor(woven: Address) -> Visitor:
    """Logged in through the gateway."""
    visitor = Visitor(woven)
    assert log_in(visitor).status_code == 302
    return visitor


@pytest.fixture(scope="module")
def direct_editor(wagtail: Address, editor: Visitor) -> Visitor:
    """The same editor with the same session, asking Wagtail itself."""
    visitor = Visitor(wagtail)
    visitor.session.cookies.update(editor.session.cookies)
    return visitor


def address_of(article: Article) -> str:
    return f"/{article.language}/{article.slug}/"


def slots_of(body: bytes) -> list[dict[str, str]]:
    """The attributes of each slot, as a reader's browser has them."""
    return [
        {name: html.unescape(value) for name, value in attributes_of(one.markup).items()}
        for one in insertions_in(units_of(body, "utf-8"))
        if one.kind == "ad-slot"
    ]


@each_article
def test_an_article_has_slots_labelled_in_its_language(reader: Visitor, article: Article) -> None:
    answer = reader.get(address_of(article))

    slots = slots_of(answer.content)
    assert answer.status_code == 200
    assert slots, answer.headers.get("Adweave-Status")
    assert {slot["data-label"] for slot in slots} == {article.label}
    assert {slot["lang"] for slot in slots} == {article.language}
    assert {slot["dir"] for slot in slots} == {"rtl" if article.language == "ar" else "ltr"}
    assert answer.headers["Adweave-Status"].startswith(f"woven; slots={len(slots)};")


@each_article
def test_an_article_minus_its_slots_is_wagtails_own_answer(
    reader: Visitor, direct_reader: Visitor, article: Article
) -> None:
    ours = reader.get(address_of(article))
    theirs = direct_reader.get(address_of(article))

    assert integrity_faults(theirs.content, ours.content, "utf-8") == []
    assert ours.headers["Content-Type"] == theirs.headers["Content-Type"]
    assert ours.headers["Content-Language"] == theirs.headers["Content-Language"]


def test_a_front_page_and_search_results_are_wagtails_bytes(
    reader: Visitor, direct_reader: Visitor
) -> None:
    for path in ("/en/", "/de/", "/ar/", "/en/search/?q=ferry", "/de/search/?q=Schlosser"):
        ours = reader.get(path)
        assert ours.status_code == 200
        assert ours.content == direct_reader.get(path).content, path
        assert ours.headers["Adweave-Status"].startswith("passed")
    assert ENGLISH.title in reader.get("/en/search/?q=ferry").text


def test_a_page_that_is_not_there_is_the_sites_own_404(
    reader: Visitor, direct_reader: Visitor
) -> None:
    ours = reader.get("/en/no-such-page/")
    assert ours.status_code == 404
    assert "There is no such page in this newspaper" in ours.text
    assert ours.content == direct_reader.get("/en/no-such-page/").content


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/", 302, "/en/"),
        ("/en/the-last-ferry", 301, "/en/the-last-ferry/"),
        ("/en/old/the-last-ferry/", 301, "/en/the-last-ferry/"),
        ("/admin/", 302, "/admin/login/?next=/admin/"),
    ],
    ids=["to the language", "to the slash", "from an old address", "to the login"],
)
def test_a_redirect_stays_as_it_is(reader: Visitor, path: str, status: int, location: str) -> None:
    answer = reader.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (status, location)


def test_an_absolute_redirect_names_the_readers_host(reader: Visitor) -> None:
    answer = reader.get("/latest/")
    assert answer.status_code == 302
    assert re.match(r"http://news\.example/\w\w/[\w-]+/$", answer.headers["Location"])


def test_a_host_that_the_site_does_not_answer_to_is_refused_by_the_site(woven: Address) -> None:
    assert Visitor(woven, host="other.example").get("/en/").status_code == 400


def test_a_conditional_request_is_answered_with_304(reader: Visitor) -> None:
    first = reader.get(address_of(ENGLISH))
    validator = first.headers.get("ETag")
    assert validator, "Wagtail sends a validator (ConditionalGetMiddleware)"
    again = reader.get(address_of(ENGLISH), **{"If-None-Match": validator})
    assert (again.status_code, again.content) == (304, b"")


def test_a_page_that_django_compresses_is_the_same_page(
    reader: Visitor, direct_reader: Visitor
) -> None:
    path = address_of(ENGLISH)
    ours = reader.get(path, **{"Accept-Encoding": "gzip"})
    assert ours.headers["Content-Encoding"] == "gzip"
    assert slots_of(ours.content)
    assert integrity_faults(direct_reader.get(path).content, ours.content, "utf-8") == []


def test_a_page_that_django_compresses_is_planned_once(reader: Visitor) -> None:
    """Its GZipMiddleware writes a random file name into each answer, against BREACH."""
    for _ in range(2):
        answer = reader.get(address_of(ENGLISH), **{"Accept-Encoding": "gzip"})
    assert "plan=hit" in answer.headers["Adweave-Status"]


def test_a_head_request_has_the_headers_and_no_body(reader: Visitor) -> None:
    answer = reader.session.head(reader.server.url + address_of(ENGLISH), timeout=30)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.content == b""


def test_a_letter_is_posted_and_kept(reader: Visitor, editor: Visitor) -> None:
    path = "/en/letters/"
    answer = reader.post(
        path,
        {"csrfmiddlewaretoken": reader.token(path), "name": "Ada", "letter": "Çok güzel! 好"},
    )
    assert answer.status_code == 200
    assert "Thank you for your letter." in answer.text

    listed = editor.get("/admin/forms/").text
    submissions = re.search(r"/admin/forms/submissions/\d+/", listed)
    assert submissions, "Wagtail lists forms that have submissions"
    assert "Çok güzel! 好" in editor.get(submissions.group()).text


def test_a_form_without_its_token_is_refused(reader: Visitor) -> None:
    assert reader.post("/en/letters/", {"name": "Ada", "letter": "x"}).status_code == 403


def test_a_form_from_another_site_is_refused(reader: Visitor) -> None:
    token = reader.token("/en/letters/")
    reader.origin = "http://evil.example"
    answer = reader.post(
        "/en/letters/", {"csrfmiddlewaretoken": token, "name": "Ada", "letter": "x"}
    )
    assert answer.status_code == 403


def test_behind_tls_forms_and_redirects_are_https(woven: Address) -> None:
    """A proxy in front of the gateway ended TLS and says so; Wagtail is told."""
    visitor = Visitor(woven)
    visitor.origin = "https://news.example"
    visitor.session.headers["X-Forwarded-Proto"] = "https"
    path = "/de/letters/"
    answer = visitor.post(
        path, {"csrfmiddlewaretoken": visitor.token(path), "name": "Jo", "letter": "Moin"}
    )
    assert answer.status_code == 200
    location = visitor.get("/latest/").headers["Location"]
    assert location.startswith("https://news.example/")


def test_an_editor_logs_in_and_out(woven: Address) -> None:
    visitor = Visitor(woven)
    answer = log_in(visitor)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert visitor.session.cookies["sessionid"]
    assert visitor.get("/admin/").status_code == 200

    token = visitor.token("/admin/account/")
    answer = visitor.post("/admin/logout/", {"csrfmiddlewaretoken": token})
    assert answer.status_code == 302
    assert visitor.get("/admin/").status_code == 302


def test_a_wrong_password_is_told_by_wagtail(reader: Visitor) -> None:
    path = "/admin/login/"
    form = {"csrfmiddlewaretoken": reader.token(path), "username": "editor", "password": "no"}
    answer = reader.post(path, form)
    assert answer.status_code == 200
    assert "sessionid" not in reader.session.cookies


def test_admin_pages_are_passed_untouched(editor: Visitor, direct_editor: Visitor) -> None:
    for path in ("/admin/", "/admin/pages/", "/admin/images/", "/admin/reports/locked/"):
        ours = editor.get(path)
        assert ours.status_code == 200, path
        assert _without_tokens(ours.content) == _without_tokens(direct_editor.get(path).content)
        assert ours.headers["Adweave-Status"].startswith("passed"), path


def test_the_admins_scripts_and_styles_are_wagtails_bytes(
    editor: Visitor, direct_editor: Visitor
) -> None:
    page = editor.get("/admin/").text
    addresses = set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css|svg)[^"]*)"', page))
    assert len(addresses) > 5
    for path in addresses:
        path = html.unescape(path)
        assert editor.get(path).content == direct_editor.get(path).content, path


def test_an_image_is_uploaded_and_served_as_it_was(editor: Visitor, reader: Visitor) -> None:
    original = picture(7, (1600, 900)) + b"\0" * 3_000_000  # several reads long
    answer = editor.post(
        "/admin/images/add/",
        {"csrfmiddlewaretoken": editor.token("/admin/images/add/"), "title": "Seven", "tags": ""},
        file=("seven.png", original, "image/png"),
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/images/")

    served = reader.get("/media/original_images/seven.png")
    assert served.content == original
    assert served.headers["Content-Type"] == "image/png"


@each_article
def test_an_articles_images_are_wagtails_bytes(
    reader: Visitor, direct_reader: Visitor, article: Article
) -> None:
    sources = re.findall(r'src="(/media/[^"]+)"', reader.get(address_of(article)).text)
    assert sources
    for path in sources:
        ours = reader.get(path)
        assert ours.content.startswith(b"\x89PNG")
        assert ours.content == direct_reader.get(path).content


PARAGRAPHS = [
    f"Paragraph {n} of an article that an editor wrote through the gateway tells about the "
    "weather at sea, the price of rope and the people who still know how to splice it. "
    "It is long enough to be read in one breath and too short to be skipped on the way home."
    for n in range(1, 10)
]


def test_an_article_written_through_the_gateway_is_previewed_and_published(
    editor: Visitor, direct_editor: Visitor, reader: Visitor, direct_reader: Visitor
) -> None:
    parent = _page_number(editor, "/en/")
    add = f"/admin/pages/add/newsroom/articlepage/{parent}/"
    form = article_form(editor, add, "Rope and weather", "rope-and-weather", PARAGRAPHS)

    # The editor's preview: the form goes in by POST, the page comes back from the session.
    preview = f"{add}preview/"
    accepted = editor.post(preview, form)
    assert accepted.json() == {"is_valid": True, "is_available": True}
    shown = editor.get(f"{preview}?mode=")
    itself = direct_editor.get(f"{preview}?mode=")
    assert shown.status_code == 200
    assert PARAGRAPHS[8] in shown.text
    assert shown.headers["Adweave-Status"] == 'passed; reason="editing"'
    assert (
        integrity_faults(_without_tokens(itself.content), _without_tokens(shown.content), "utf-8")
        == []
    )
    assert reader.get("/en/rope-and-weather/").status_code == 404

    published = editor.post(add, form | {"action-publish": "action-publish"})
    assert published.status_code == 302
    assert published.headers["Location"] == f"/admin/pages/{parent}/"

    live = reader.get("/en/rope-and-weather/")
    assert slots_of(live.content), live.headers.get("Adweave-Status")
    original = direct_reader.get("/en/rope-and-weather/").content
    assert integrity_faults(original, live.content, "utf-8") == []


def test_a_draft_is_seen_by_its_editor_only(editor: Visitor, reader: Visitor) -> None:
    number = _page_number(editor, address_of(ENGLISH))
    edit = f"/admin/pages/{number}/edit/"
    form = article_form(editor, edit, "The ferry that stayed", ENGLISH.slug, PARAGRAPHS)
    saved = editor.post(edit, form)
    assert saved.status_code == 302

    draft = editor.get(f"/admin/pages/{number}/view_draft/")
    assert "The ferry that stayed" in draft.text
    assert draft.headers["Adweave-Status"] == 'passed; reason="editing"'
    live = reader.get(address_of(ENGLISH)).text
    assert ENGLISH.title in live
    assert "The ferry that stayed" not in live


def test_a_change_is_seen_at_once(editor: Visitor, reader: Visitor) -> None:
    """No stale plan or page: the very next request has the new text."""
    number = _page_number(editor, "/de/die-uhr-am-markt/")
    edit = f"/admin/pages/{number}/edit/"
    form = article_form(editor, edit, "Die Uhr geht vor", "die-uhr-am-markt", PARAGRAPHS[1:])
    assert "Die Uhr geht vor" not in reader.get("/de/die-uhr-am-markt/").text
    editor.post(edit, form | {"action-publish": "action-publish"})

    after = reader.get("/de/die-uhr-am-markt/")
    assert "Die Uhr geht vor" in after.text
    assert slots_of(after.content)


def _page_number(editor: Visitor, path: str) -> str:
    """The number of a page in the admin, from the userbar that its editor sees on it."""
    found = re.search(r"/admin/pages/(\d+)/edit/", editor.get(path).text)
    assert found, f"no userbar on {path}"
    return found.group(1)


def _without_tokens(body: bytes) -> bytes:
    """Without what Django draws anew for each answer: its CSRF tokens of 64 characters."""
    return re.sub(rb"\b[A-Za-z0-9]{64}\b", b"token", body)
