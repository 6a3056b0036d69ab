"""`/_adweave/qa`: a tester's link, on a real socket."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.types import Message

from adweave import AdweaveMiddleware
from adweave.cli.experiment import experiment as experiment_command
from adweave.events import Forced, signed_link
from adweave.http.trying import try_variant
from adweave.placements import Layout
from tests.configurations import experiment, layout, site

from .wire import (
    HTML,
    SHIPPED,
    Answer,
    Client,
    RunningGateway,
    always,
    article,
    in_front_of,
    response,
    running_app,
)

KEY = b"a key of more than sixteen bytes"
PAGE = response(article(), HTML)


def on_all_pages() -> Layout:
    return layout().model_copy(update={"pages": ("/**",)})


RUNNING = site(on_all_pages(), layout("dense"), experiment=experiment())


@pytest.fixture(scope="module")
def gateway() -> Iterator[RunningGateway]:
    with in_front_of(always(PAGE), site=RUNNING, page_key=KEY) as (running, _):
        yield running


def link(
    name: str = "density", variant: str = "dense", lasts_s: int = 7_200, key: bytes = KEY
) -> str:
    return signed_link(key, Forced(name, variant, int(time.time()) + lasts_s))


def opened(gateway: RunningGateway, signed: str, to: str = "/a/page?x=1&y=%C3%BC") -> Answer:
    return gateway.get(f"/_adweave/qa?link={signed}&to={quote(to, safe='')}")


def test_a_link_sets_a_cookie_for_an_hour_and_leads_to_its_page(gateway: RunningGateway) -> None:
    signed = link()
    answer = opened(gateway, signed)
    assert answer.status == 303
    assert answer.value(b"location") == b"/a/page?x=1&y=%C3%BC"
    assert answer.value(b"cache-control") == b"no-store"
    cookie = f"adweave-qa={signed}; Path=/; Max-Age=3600; SameSite=Lax"
    assert answer.value(b"set-cookie") == cookie.encode()
    assert b"you see dense, and are not counted" in answer.body


def test_the_cookie_ends_with_the_link(gateway: RunningGateway) -> None:
    cookie = opened(gateway, link(lasts_s=100)).value(b"set-cookie") or b""
    assert 90 <= int(cookie.split(b"Max-Age=")[1].split(b";")[0]) <= 100


@pytest.mark.parametrize(
    ("signed", "status", "words"),
    [
        (lambda: link(key=b"somebody else's key, as long as ours"), 403, "not made by this site"),
        (lambda: link()[:-1], 403, "not made by this site"),
        (lambda: link().replace(".dense.", ".control."), 403, "not made by this site"),
        (lambda: link(lasts_s=-1), 410, "expired"),
        (lambda: link(name="other"), 404, 'no experiment "other"'),
        (lambda: link(variant="dens"), 404, 'density has no variant "dens"'),
        (lambda: quote("\x00\n\ud83d", errors="surrogatepass"), 403, "not made by this site"),
    ],
)
def test_a_link_that_does_not_hold_is_answered_in_words_and_changes_nothing(
    gateway: RunningGateway, signed, status, words
) -> None:  # type: ignore[no-untyped-def]
    answer = opened(gateway, signed())
    assert answer.status == status
    assert words in answer.body.decode()
    assert answer.value(b"set-cookie") is None
    assert answer.value(b"location") is None
    assert answer.value(b"cache-control") == b"no-store"


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "\\/evil.example",
        "javascript:alert(1)", "/a\r\nSet-Cookie: x=1", "/a b", "/ü", "/\t/evil.example",
    ],
)  # fmt: skip
def test_a_link_leads_to_no_other_site(gateway: RunningGateway, to: str) -> None:
    answer = opened(gateway, link(), to)
    assert answer.status == 400
    assert answer.value(b"location") is None
    assert answer.value(b"set-cookie") is None


def test_without_a_link_what_one_began_ends(gateway: RunningGateway) -> None:
    answer = gateway.get("/_adweave/qa")
    assert answer.status == 200
    assert answer.value(b"set-cookie") == b"adweave-qa=; Path=/; Max-Age=0; SameSite=Lax"


def test_an_experiment_that_does_not_run_is_said_to_be_in_no_page() -> None:
    stopped = site(on_all_pages(), layout("dense"), experiment=experiment(status="stopped"))
    with in_front_of(always(PAGE), site=stopped, page_key=KEY) as (gateway, _):
        answer = opened(gateway, link())
    assert answer.status == 409
    assert b"density is stopped" in answer.body


def test_without_a_key_no_link_is_followed() -> None:
    with in_front_of(always(PAGE), site=RUNNING) as (gateway, _):
        assert opened(gateway, link()).status == 503


def test_pages_have_the_same_bytes_with_and_without_the_cookie(gateway: RunningGateway) -> None:
    plain = gateway.get()
    tester = gateway.get("/a/page", f"Cookie: adweave-qa={link()}")
    assert plain.verdict.startswith("woven")
    assert tester.body == plain.body


def test_over_tls_the_cookie_stays_on_tls() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "scheme": "https", "query_string": f"link={link()}".encode()}
    asyncio.run(try_variant(scope, send, KEY, RUNNING))
    fields = dict(sent[0]["headers"])
    assert fields[b"set-cookie"].endswith(b"; SameSite=Lax; Secure")
    assert fields[b"location"] == b"/"


def test_an_app_with_the_middleware_answers_links_that_the_command_made(tmp_path: Path) -> None:
    folder = tmp_path / "placements"
    shutil.copytree(SHIPPED, folder)
    told = ["density", "--placements", str(folder)]
    started = CliRunner().invoke(experiment_command, ["start", *told])
    assert started.exit_code == 0, started.output
    app = AdweaveMiddleware(Starlette(), placements=folder)
    with running_app(app) as port, Client(port) as client:
        url = f"http://127.0.0.1:{port}/news/a"
        made = CliRunner().invoke(experiment_command, ["link", told[0], "dense", url, *told[1:]])
        assert made.exit_code == 0, made.output
        answer = client.get(made.stdout.strip().removeprefix(f"http://127.0.0.1:{port}"))
    assert answer.status == 303
    assert answer.value(b"location") == b"/news/a"
