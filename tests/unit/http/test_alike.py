"""Pages that are never sent twice alike: planned twice, and then no more."""

from __future__ import annotations

import gzip
import itertools
import re
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from adweave import AdweaveMiddleware
from adweave.http.codings import coding_of, decoded
from adweave.placements import Site
from tests.configurations import experiment, layout, site

from .wire import (
    HTML,
    Client,
    RunningGateway,
    Wire,
    article,
    in_front_of,
    response,
    running_app,
    shipped_site,
)

TOKEN = b"c2Vzc2lvbi10b2tlbi0wMDAw"
PAGE = (
    article()
    .replace(b"</head>", b'<meta name="csrf-token" content="%b"></head>' % TOKEN)
    .replace(b"</body>", b"<script>var id = 'req-%b';</script></body>" % TOKEN)
)
OURS = re.compile(
    rb"<ad-slot .*?</ad-slot>|<(style|script)\b[^>]* data-adweave[ =>].*?</\1>|<!--adweave:.*?-->",
    re.DOTALL,
)


def rendered(number: int, page: bytes = PAGE) -> bytes:
    return page.replace(TOKEN, b"dG9rZW4t%06d%b" % (number, b"x" * (number % 5)))


def rendering(*fields: str, page: bytes = PAGE) -> object:
    """A script that gives each request the page with another token."""
    numbers = itertools.count()

    def script(wire: Wire) -> None:
        while wire.request() is not None:
            wire.send(response(rendered(next(numbers), page), HTML, *fields))

    return script


def plans(gateway: RunningGateway, what: str) -> int:
    return int(gateway.weaver.counts.value("adweave_plans_total", "plan", what))


def greeting(names: list[bytes]) -> object:
    """A script that gives one request after the other the page for a reader with that greeting."""
    numbered = enumerate(names)

    def script(wire: Wire) -> None:
        while wire.request() is not None:
            wire.send(response(greeted(*next(numbered)), HTML))

    return script


def greeted(number: int, name: bytes) -> bytes:
    return rendered(number, PAGE.replace(b"<h1>", b"%b<h1>" % name))


def test_a_page_with_another_token_each_time_is_planned_twice_and_no_more() -> None:
    with in_front_of(rendering()) as (gateway, _), gateway.client() as client:
        answers = [client.get("/a") for _ in range(8)]
        assert [plans(gateway, what) for what in ("miss", "alike", "hit")] == [2, 6, 0]
    for number, answer in enumerate(answers):
        assert answer.verdict.startswith("woven"), answer.verdict
        assert OURS.sub(b"", answer.body) == rendered(number)
    assert ["plan=hit" in answer.verdict for answer in answers] == [False] * 2 + [True] * 6
    # The same gaps, whatever the token's length.
    gaps = {re.sub(rb"dG9rZW4t\d+x*", b"", answer.body) for answer in answers}
    assert len(gaps) == 1


def test_readers_of_several_kinds_who_come_in_turns_keep_their_plans() -> None:
    """Who is logged in is greeted by name: no token, so such a page has a plan of its own."""
    names = [b"", b"<p>Hello Ann</p>", b"", b"<p>Hello Bob</p>"] * 4
    with in_front_of(greeting(names)) as (gateway, _), gateway.client() as client:
        answers = [client.get("/a") for _ in names]
        # Of each kind one is planned, and of the first a second, as nothing is kept of it before.
        assert [plans(gateway, what) for what in ("miss", "alike")] == [4, 12]
    for number, (name, answer) in enumerate(zip(names, answers, strict=True)):
        assert OURS.sub(b"", answer.body) == greeted(number, name)


def test_what_readers_of_many_names_get_does_not_push_out_what_most_get() -> None:
    names = [word for n in range(12) for word in (b"", b"<p>Hello %b</p>" % bytes([65 + n] * 3))]
    with in_front_of(greeting(names)) as (gateway, _), gateway.client() as client:
        for _ in names:
            assert client.get("/a").verdict.startswith("woven")
        assert [plans(gateway, what) for what in ("miss", "alike")] == [14, 10]


def test_each_address_has_renderings_of_its_own() -> None:
    with in_front_of(rendering()) as (gateway, _), gateway.client() as client:
        for path in ("/a", "/b", "/a?page=2") * 3:
            assert client.get(path).verdict.startswith("woven")
        assert [plans(gateway, what) for what in ("miss", "alike")] == [6, 3]


def test_a_page_that_is_compressed_and_never_alike_is_woven_alike() -> None:
    numbers = itertools.count()

    def script(wire: Wire) -> None:
        while wire.request() is not None:
            packed = gzip.compress(rendered(next(numbers)), 6, mtime=0)
            wire.send(response(packed, HTML, "Content-Encoding: gzip"))

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        answers = [client.get("/a", "Accept-Encoding: gzip") for _ in range(4)]
        assert plans(gateway, "alike") == 2
    for number, answer in enumerate(answers):
        coding = coding_of(answer.value(b"content-encoding"))
        assert coding == "gzip"
        assert OURS.sub(b"", decoded(answer.body, coding, 10_000_000)) == rendered(number)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Budget agreed", b"Budget refused"),  # another headline
        (b"<h1>", b"<h1><b>"),  # another tree
        (b"<html lang", b"<html data-adweave-off lang"),
        (b'content="' + TOKEN, b'content="off" x="' + TOKEN),
        (TOKEN, b"notadigitatall"),
    ],
)
def test_any_other_difference_has_the_page_planned(old: bytes, new: bytes) -> None:
    edited = PAGE.replace(old, new, 1)
    assert edited != PAGE
    pages = iter([rendered(0), rendered(1), rendered(2), rendered(3, edited)])

    def script(wire: Wire) -> None:
        while wire.request() is not None:
            wire.send(response(next(pages), HTML))

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        for _ in range(4):
            answer = client.get("/a")
        assert [plans(gateway, what) for what in ("miss", "alike")] == [3, 1]
        assert OURS.sub(b"", answer.body) == rendered(3, edited)


def test_where_the_page_decides_each_rendering_is_asked() -> None:
    asked = shipped_site()
    safety = asked.settings.safety.model_copy(update={"tags": ("grief",)})
    careful = Site(
        asked.generation,
        asked.settings.model_copy(update={"safety": safety}),
        asked.layouts, asked.experiments, asked.creatives, asked.label_overrides,
    )  # fmt: skip
    with in_front_of(rendering(), site=careful) as (gateway, _), gateway.client() as client:
        for _ in range(5):
            assert client.get("/a").verdict.startswith("woven")
        assert [plans(gateway, what) for what in ("miss", "alike")] == [5, 0]


def test_renderings_are_kept_for_readers_of_all_variants() -> None:
    both = site(
        layout(max=1).model_copy(update={"pages": ("/**",)}),
        layout("dense", max=3, every="300px"),
        experiment=experiment(assign="server", unit="view"),
    )
    with in_front_of(rendering(), site=both) as (gateway, _), gateway.client() as client:
        seen = {client.get("/a").verdict.partition(";")[2].partition(" plan")[0] for _ in range(40)}
        assert len(seen) == 2  # both variants
        assert [plans(gateway, what) for what in ("miss", "alike")] == [2, 38]


@pytest.mark.parametrize("writes", ["nonce='%b'", 'nonce="%b"', "nonce=%b"])
def test_a_nonce_for_each_answer_goes_on_what_is_put_in(writes: str) -> None:
    numbers = itertools.count()
    own = b"<script " + writes.encode() + b">var a;</script></body>"

    def nonce(number: int) -> bytes:
        return b"bm9uY2Ut%012d" % number

    def page(number: int) -> bytes:
        return rendered(number).replace(b"</body>", own % nonce(number))

    def script(wire: Wire) -> None:
        while wire.request() is not None:
            number = next(numbers)
            policy = f"script-src 'nonce-{nonce(number).decode()}' 'strict-dynamic'"
            wire.send(response(page(number), HTML, f"Content-Security-Policy: {policy}"))

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        answers = [client.get("/a") for _ in range(6)]
        assert [plans(gateway, what) for what in ("miss", "alike")] == [2, 4]
    for number, answer in enumerate(answers):
        assert OURS.sub(b"", answer.body) == page(number)
        (loader,) = re.findall(rb"<script async src=[^>]*loader[^>]*>", answer.body)
        assert b'nonce="%b"' % nonce(number) in loader
        assert answer.body.count(nonce(number - 1)) == 0


@pytest.mark.parametrize(
    "odd", ["ab", "with space 12345", 'quote"12345678', "a1b2c3d4' 'nonce-e5f6a7b8"]
)
def test_pages_of_an_odd_nonce_are_planned_each_time(odd: str) -> None:
    numbers = itertools.count()

    def script(wire: Wire) -> None:
        while wire.request() is not None:
            number = next(numbers)
            policy = f"script-src * 'nonce-{odd}{number}'"
            wire.send(response(rendered(number), HTML, f"Content-Security-Policy: {policy}"))

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        answers = [client.get("/a") for _ in range(4)]
        assert plans(gateway, "alike") == 0
    for number, answer in enumerate(answers):
        assert OURS.sub(b"", answer.body) == rendered(number)


def test_a_change_of_the_configuration_has_pages_planned_anew() -> None:
    with in_front_of(rendering()) as (gateway, _), gateway.client() as client:
        for _ in range(4):
            client.get("/a")
        assert plans(gateway, "alike") == 2
        gateway.configuration.site = site(layout(max=1).model_copy(update={"pages": ("/**",)}))
        answers = [client.get("/a") for _ in range(3)]
        assert plans(gateway, "alike") == 3
        assert plans(gateway, "miss") == 4
        assert len({len(OURS.findall(answer.body)) for answer in answers}) == 1


def test_what_is_kept_of_renderings_is_bounded() -> None:
    long = PAGE.replace(b"</body>", b"<!--%b--></body>" % (b" padding" * 40_000))
    with in_front_of(rendering(page=long)) as (gateway, _), gateway.client() as client:
        for number in range(60):
            client.get(f"/{number % 30}")
        gauges = gateway.weaver.gauges
        assert 0 < gauges["adweave_renderings_bytes"] <= gauges["adweave_cache_ceiling_bytes"] / 8


def test_the_middleware_does_so_too(tmp_path: Path) -> None:
    numbers = itertools.count()

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        fields = [(b"content-type", b"text/html; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": rendered(next(numbers))})

    placements = Path(__file__).parents[3] / "placements"
    wrapped = AdweaveMiddleware(page, placements, state=tmp_path)
    with running_app(wrapped) as port, Client(port) as client:
        answers = [client.get("/a") for _ in range(5)]
    assert ["plan=hit" in answer.verdict for answer in answers] == [False] * 2 + [True] * 3
    for number, answer in enumerate(answers):
        assert OURS.sub(b"", answer.body) == rendered(number)
