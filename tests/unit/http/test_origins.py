"""What names the upstream itself reaches the reader in the reader's terms; all else as it came."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from adweave.http import UpstreamUrl
from adweave.http.origins import Origins

from .wire import HTML, Wire, always, article, in_front_of, response

DATE = "Sat, 01 Jun 2024 12:00:00 GMT"


def mapped(
    name: str,
    value: str,
    *,
    url: str = "http://127.0.0.1:8000",
    host: str | None = "cms.internal",
    origin: str = "https://news.example",
) -> str:
    origins = Origins(UpstreamUrl.parse(url), host.encode() if host else None)
    field = (name.encode(), value.encode())
    [(kept, found)] = origins.mapped([field], origin)
    assert kept == field[0]
    return found.decode()


def test_a_redirect_to_the_host_that_the_upstream_was_given_leads_to_the_reader_s_host() -> None:
    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            host = (request.value(b"host") or b"").decode()
            wire.send(
                response(b"", f"Location: http://{host}/b?c=http://{host}/#d", status="302 Found")
            )

    with in_front_of(script, upstream_host="cms.internal") as (gateway, upstream):
        answer = gateway.get("/a")
        assert answer.status == 302
        assert answer.value(b"location") == b"http://news.example/b?c=http://cms.internal/#d"
        answer = gateway.get("/a", "X-Forwarded-Proto: https")
        assert (answer.value(b"location") or b"").startswith(b"https://news.example/b")
        assert upstream.requests[0].value(b"host") == b"cms.internal"


def test_a_redirect_to_the_upstream_s_own_address_leads_to_the_reader_s_host() -> None:
    def script(wire: Wire) -> None:
        port = wire.socket.getsockname()[1]
        while wire.request() is not None:
            wire.send(
                response(
                    b"",
                    f"Location: http://127.0.0.1:{port}/b",
                    "Set-Cookie: a=1; Domain=127.0.0.1",
                    f"Content-Location: //127.0.0.1:{port}/c",
                    status="301 Moved Permanently",
                )
            )

    with in_front_of(script) as (gateway, _):
        answer = gateway.get("/a")
        assert answer.value(b"location") == b"http://news.example/b"
        assert answer.value(b"content-location") == b"//news.example/c"
        assert answer.value(b"set-cookie") == b"a=1"


def test_a_woven_page_s_fields_are_mapped_too() -> None:
    raw = response(
        article(), HTML, "Content-Location: http://cms.internal/a.html",
        "Set-Cookie: a=1; Domain=cms.internal; Path=/", "Set-Cookie: b=2; Path=/",
        "Refresh: 300; url=http://cms.internal/a",
    )  # fmt: skip
    with in_front_of(always(raw), upstream_host="cms.internal") as (gateway, _):
        answer = gateway.get()
        assert answer.verdict.startswith("woven")
        assert answer.value(b"content-location") == b"http://news.example/a.html"
        assert answer.value(b"refresh") == b"300; url=http://news.example/a"
        cookies = [value for name, value in answer.fields if name == b"set-cookie"]
        assert cookies == [b"a=1; Path=/", b"b=2; Path=/"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://cms.internal/a", "https://news.example/a"),
        ("http://cms.internal", "https://news.example"),
        ("HTTP://CMS.Internal?q", "https://news.example?q"),
        ("http://cms.internal:80/a", "https://news.example/a"),
        ("https://cms.internal:443/a", "https://news.example/a"),
        ("http://cms.internal:8000/a", "https://news.example/a"),
        ("//cms.internal/a", "//news.example/a"),
        ("http://127.0.0.1:8000/a", "https://news.example/a"),
    ],
)
def test_an_address_of_the_upstream_s_own_becomes_the_reader_s(value: str, expected: str) -> None:
    assert mapped("location", value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "/a", "a", "", "?q=http://cms.internal/", "http:/a", "mailto:a@cms.internal",
        "http://other.example/", "http://cms.internal.example/", "http://x.cms.internal/",
        "http://cms.internal:9000/a", "http://127.0.0.1/a", "http://cms.internal@other.example/",
        "http://other.example\\@cms.internal/", "http://a:b@cms.internal/", "ftp://cms.internal/",
        "http://news.example/a", "https://news.example/a", "http://cms.internal:999999/",
    ],
)  # fmt: skip
def test_an_address_of_anybody_else_s_stays(value: str) -> None:
    assert mapped("location", value) == value
    assert mapped("link", "http://cms.internal/a") == "http://cms.internal/a"


def test_the_reader_s_own_host_stays_as_the_upstream_wrote_it() -> None:
    """An upgrade to https is not undone."""
    value = "https://news.example/a"
    assert mapped("location", value, host="news.example", origin="http://news.example") == value
    assert mapped("location", value, url="http://news.example", host=None) == value


def test_an_upstream_that_sends_the_reader_to_https_is_understood() -> None:
    found = mapped("location", "https://cms.internal/in", origin="http://news.example")
    assert found == "https://news.example/in"
    found = mapped(
        "location", "https://up.example/a", url="https://up.example", origin="http://news.example"
    )
    assert found == "http://news.example/a"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://127.0.0.1:8000/site/a", "https://news.example/a"),
        ("http://127.0.0.1:8000/site", "https://news.example"),
        ("http://127.0.0.1:8000/site?q", "https://news.example?q"),
        ("http://127.0.0.1:8000/sitemap", "http://127.0.0.1:8000/sitemap"),
        ("http://127.0.0.1:8000/other", "http://127.0.0.1:8000/other"),
    ],
)
def test_a_path_before_all_of_the_upstream_s_is_taken_off(value: str, expected: str) -> None:
    assert mapped("location", value, url="http://127.0.0.1:8000/site") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("5; url=http://cms.internal/a", "5; url=https://news.example/a"),
        ("0;URL='http://cms.internal/a'", "0;URL='https://news.example/a'"),
        ('0, "http://cms.internal"', '0, "https://news.example"'),
        ("5", "5"),
        ("5; url=/a?http://cms.internal/", "5; url=/a?http://cms.internal/"),
    ],
)
def test_the_address_in_refresh_is_found(value: str, expected: str) -> None:
    assert mapped("refresh", value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a=1; Domain=cms.internal; Secure", "a=1; Secure"),
        ("a=1;domain = .CMS.internal;Path=/", "a=1;Path=/"),
        ("a=Domain=cms.internal; Path=/", "a=Domain=cms.internal; Path=/"),
        ("a=1; Domain=other.example", "a=1; Domain=other.example"),
        ("a=1; Domain=news.example", "a=1; Domain=news.example"),
        ("domain=cms.internal", "domain=cms.internal"),
    ],
)
def test_a_cookie_for_the_upstream_s_host_becomes_the_reader_s(value: str, expected: str) -> None:
    assert mapped("set-cookie", value) == expected


def test_a_cookie_for_a_domain_that_is_the_reader_s_too_stays() -> None:
    value = "a=1; Domain=news.example"
    assert mapped("set-cookie", value, host="news.example", origin="https://www.news.example") == (
        value
    )


def test_behind_several_proxies_the_first_one_s_scheme_is_the_reader_s() -> None:
    origin = "https, http://news.example:8443"
    assert mapped("location", "http://cms.internal/", origin=origin) == "https://news.example:8443/"


def test_names_may_be_addresses_of_ipv6() -> None:
    found = mapped("location", "http://[::1]:8000/a", url="http://[::1]:8000", host=None)
    assert found == "https://news.example/a"


def test_an_answer_without_a_date_gets_one_woven_or_not() -> None:
    for body, fields in ((article(), [HTML]), (b"x", ["Content-Type: text/plain"])):
        with in_front_of(always(response(body, *fields))) as (gateway, _):
            date = gateway.get().value(b"date")
            assert date is not None
            parsedate_to_datetime(date.decode())


def test_a_date_that_came_stays() -> None:
    with in_front_of(always(response(article(), HTML, f"Date: {DATE}"))) as (gateway, _):
        assert gateway.get().value(b"date") == DATE.encode()
