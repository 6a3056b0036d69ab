"""Answers that depend on their request: by gateway and middleware, and what caches are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from adweave import AdweaveMiddleware
from adweave.http.folder import FollowedFolder
from adweave.placements import Site, load
from adweave.placements.switch import Since, Switch, write_switch

from .wire import HTML, Client, Wire, always, article, in_front_of, response, running_app

PAGE = article()
SLOT = '[[placement]]\nname = "inline"\nkind = "inline"\nsizes = [[300, 250]]\n'
FILES = {
    "site.toml": "",
    "layouts/article.toml": f'pages = ["/**"]\n{SLOT}every = "300px"\n',
    "layouts/beta.toml": f'pages = ["/**"]\npriority = 1\n{SLOT}max = 1\n'
    "[target]\ncookies = { beta = true }\n",
}
RAW = response(PAGE, HTML, 'ETag: "abc"', "Cache-Control: public, max-age=60")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    placements = tmp_path / "placements"
    for name, text in FILES.items():
        target = placements / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return placements


@pytest.fixture
def site(folder: Path) -> Site:
    return load(folder).site_or_raise()


@pytest.fixture(params=["gateway", "middleware"])
def client(request: pytest.FixtureRequest, folder: Path, site: Site) -> Iterator[Client]:
    if request.param == "gateway":
        with in_front_of(always(RAW), site=site) as (gateway, _), gateway.client() as client:
            yield client
        return

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        fields = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"etag", b'"abc"'),
            (b"cache-control", b"public, max-age=60"),
            (b"content-length", b"%d" % len(PAGE)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": PAGE})

    woven = AdweaveMiddleware(app, placements=folder, state=folder.parent / "state")
    with running_app(woven) as port, Client(port) as client:
        yield client


def test_two_outcomes_of_one_address_never_share_a_page_or_a_tag(client: Client) -> None:
    first = [client.get("/a"), client.get("/a", "Cookie: beta=1")]
    again = [client.get("/a"), client.get("/a", "Cookie: beta=1")]
    plain, beta = again
    assert 'layout="article"; plan=hit' in plain.verdict
    assert 'layout="beta"; plan=hit' in beta.verdict
    assert [each.body for each in first] == [plain.body, beta.body]
    assert beta.body.count(b"<ad-slot ") < plain.body.count(b"<ad-slot ")
    assert plain.value(b"etag") != beta.value(b"etag")


def test_caches_are_told_what_the_answer_depends_on(client: Client) -> None:
    for cookie in ("", "Cookie: beta=1"):
        for _ in range(2):
            answer = client.get("/a", *([cookie] if cookie else []))
            assert (answer.value(b"vary") or b"").endswith(b"cookie")
            assert answer.value(b"cache-control") == b"private, max-age=60"


def test_a_tag_of_another_outcome_is_not_taken_for_this_one(client: Client) -> None:
    tag = (client.get("/a").value(b"etag") or b"").decode()
    again = client.get("/a", f"If-None-Match: {tag}", "Cookie: beta=1")
    assert again.status == 200
    assert 'layout="beta"' in again.verdict


def test_a_304_tells_caches_the_same(site: Site) -> None:
    unchanged = response(b"", 'ETag: "abc"', status="304 Not Modified")

    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            wire.send(unchanged if request.value(b"if-none-match") else RAW)

    with in_front_of(script, site=site) as (gateway, _), gateway.client() as client:
        tag = (client.get("/a").value(b"etag") or b"").decode()
        again = client.get("/a", f"If-None-Match: {tag}")
        assert again.status == 304
        assert b"cookie" in (again.value(b"vary") or b"")
        assert b"private" in (again.value(b"cache-control") or b"")


def test_a_304_of_an_image_is_left_to_caches_as_it_came(folder: Path, site: Site) -> None:
    def script(wire: Wire) -> None:
        while wire.request() is not None:
            wire.send(response(b"", 'ETag: "abc"', status="304 Not Modified"))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 304, "headers": [(b"etag", b'"abc"')]})
        await send({"type": "http.response.body", "body": b""})

    asked = ("/a.png", 'If-None-Match: "abc"', "Accept: image/avif,image/*,*/*;q=0.8")
    with in_front_of(script, site=site) as (gateway, _), gateway.client() as client:
        answers = [client.get(*asked)]
    woven = AdweaveMiddleware(app, placements=folder, state=folder.parent / "state")
    with running_app(woven) as port, Client(port) as client:
        answers.append(client.get(*asked))
    for answer in answers:
        assert answer.status == 304
        assert (answer.value(b"vary"), answer.value(b"cache-control")) == (None, None)


def test_an_error_page_is_left_to_caches_as_it_came(folder: Path, site: Site) -> None:
    cached = "Cache-Control: public, max-age=60"
    missing = response(b"<p>Not here.", HTML, cached, status="404 Not Found")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        fields = [(b"content-type", b"text/html"), (b"cache-control", b"public, max-age=60")]
        await send({"type": "http.response.start", "status": 404, "headers": fields})
        await send({"type": "http.response.body", "body": b"<p>Not here."})

    with in_front_of(always(missing), site=site) as (gateway, _), gateway.client() as client:
        answers = [client.get("/a")]
    woven = AdweaveMiddleware(app, placements=folder, state=folder.parent / "state")
    with running_app(woven) as port, Client(port) as client:
        answers.append(client.get("/a"))
    for answer in answers:
        assert answer.verdict == 'passed; reason="status"'
        assert answer.value(b"cache-control") == b"public, max-age=60"
        assert answer.value(b"vary") is None


def test_the_kill_switch_passes_pages_and_says_so(site: Site) -> None:
    off = replace(site, switch=Switch(paths={"/live/**": Since("", "")}))
    with in_front_of(always(RAW), site=off) as (gateway, _), gateway.client() as client:
        answer = client.get("/live/a")
        assert (answer.body, answer.verdict) == (PAGE, 'passed; reason="switched-off"')
        assert "woven" in client.get("/a").verdict
        gateway.configuration.site = replace(site, switch=Switch(all=Since("", "")))
        assert client.get("/a").verdict == 'passed; reason="switched-off"'
        gateway.configuration.site = site
        assert "woven" in client.get("/a").verdict


def test_a_followed_folder_heeds_the_switch_of_its_state(folder: Path) -> None:
    state = folder.parent / "state"
    write_switch(state, Switch(all=Since("", "")))
    followed = FollowedFolder(folder, state)
    try:
        assert followed.site is not None
        assert followed.site.switch.is_all
    finally:
        followed.close()


def test_a_broken_folder_goes_on_with_the_last_good_state(folder: Path) -> None:
    state = folder.parent / "state"
    first = FollowedFolder(folder, state)
    good = first.site
    first.close()
    assert good is not None
    (folder / "layouts" / "article.toml").write_text("nonsense = ")
    again = FollowedFolder(folder, state)
    try:
        assert again.site is not None
        assert again.site.generation == good.generation
        assert again.refused
    finally:
        again.close()
