"""Starlette and FastAPI apps with `AdweaveMiddleware` among others, in any order.

Each app is there twice, with ours and without, behind the same server; an answer with ours is that
without, but for the insertions and the fields that go with them.
"""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import fastapi
import pytest
from brotli_asgi import BrotliMiddleware
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware as FastAPIGZip
from fastapi.staticfiles import StaticFiles as FastAPIStaticFiles
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from adweave import AdweaveMiddleware
from adweave.http import decoded

from .test_weaving import HOME, without_ours
from .wire import SHIPPED, Answer, Client, article, running_app

PAGE = article(12)
FRONT = HOME + b"<!-- long enough to be compressed -->" * 30
# What an answer with slots has of its own; all other fields are those without.
_OF_SLOTS = {b"content-length", b"etag", b"adweave-status", b"accept-ranges", b"last-modified"}

ran: queue.SimpleQueue[str] = queue.SimpleQueue()


async def _page(request: Request) -> Response:
    return HTMLResponse(PAGE, headers={"ETag": '"abc"', "Cache-Control": "max-age=60"})


async def _streamed(request: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(PAGE), 1500):
            yield PAGE[start : start + 1500]
            await asyncio.sleep(0)

    return StreamingResponse(pieces(), media_type="text/html")


async def _events(request: Request) -> Response:
    async def pieces() -> AsyncIterator[str]:
        for n in range(3):
            yield f"data: {n}\n\n"

    return StreamingResponse(pieces(), media_type="text/event-stream")


async def _visits(request: Request) -> Response:
    """A page for one reader, whose session it changes; empties what has no session."""
    if "session" in request.scope:
        request.session["visits"] = request.session.get("visits", 0) + 1
    return HTMLResponse(PAGE, headers={"Cache-Control": "private"})


async def _background(request: Request) -> Response:
    return HTMLResponse(PAGE, background=BackgroundTask(ran.put, request.headers["x-app"]))


async def _json(request: Request) -> Response:
    return JSONResponse({"html": PAGE.decode()})


async def _redirect(request: Request) -> Response:
    return RedirectResponse("/page", status_code=301)


async def _home(request: Request) -> Response:
    return HTMLResponse(FRONT)


_ENDPOINTS: dict[str, Callable[..., object]] = {
    "/page": _page, "/streamed": _streamed, "/events": _events, "/visits": _visits,
    "/background": _background, "/json": _json, "/redirect": _redirect, "/home": _home,
}  # fmt: skip


class _Counted(BaseHTTPMiddleware):
    """What most people write: answers stream through it, whatever they were before."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["X-Counted"] = "1"
        return response


GZIP = Middleware(GZipMiddleware)
BROTLI = Middleware(BrotliMiddleware)
SESSIONS = Middleware(SessionMiddleware, secret_key="of a test")
CORS = Middleware(CORSMiddleware, allow_origins=["https://app.example"], allow_credentials=True)
BASE = Middleware(_Counted)
_NAMES = {
    GZipMiddleware: "gzip", BrotliMiddleware: "brotli", SessionMiddleware: "sessions",
    CORSMiddleware: "cors", _Counted: "base", AdweaveMiddleware: "adweave",
}  # fmt: skip


@dataclasses.dataclass
class Stack:
    """Middlewares from the outermost on; `ours` is at one place among them."""

    ours: Middleware
    order: tuple[Middleware, ...]

    @property
    def name(self) -> str:
        return " > ".join(_NAMES[each.cls] for each in self.order)  # type: ignore[index]

    @property
    def without(self) -> list[Middleware]:
        return [each for each in self.order if each is not self.ours]


def _stacks(state: Path) -> Iterator[Stack]:
    ours = Middleware(AdweaveMiddleware, placements=SHIPPED, state=state)
    for others in ((GZIP, SESSIONS, CORS), (BROTLI, GZIP), (BASE, BROTLI), (BASE, GZIP)):
        for order in itertools.permutations((ours, *others)):
            yield Stack(ours, order)


def _starlette(stack: Sequence[Middleware], static: Path) -> ASGIApp:
    routes = [Route(path, endpoint) for path, endpoint in _ENDPOINTS.items()]
    return Starlette(
        routes=[*routes, Mount("/static", StaticFiles(directory=static))], middleware=list(stack)
    )


def _fastapi(stack: Sequence[Middleware], static: Path) -> ASGIApp:
    app = FastAPI()

    @app.get("/items/{number}")
    async def item(number: int) -> dict[str, int]:
        return {"number": number}

    @app.get("/story/{slug}", response_class=fastapi.responses.HTMLResponse)
    def story(slug: str, tasks: fastapi.BackgroundTasks) -> str:  # a thread's, not the loop's
        tasks.add_task(ran.put, slug)
        return PAGE.decode()

    for path, endpoint in _ENDPOINTS.items():
        app.add_api_route(path, endpoint, response_model=None)
    app.mount("/static", FastAPIStaticFiles(directory=static))
    for each in reversed(stack):  # the last one added is the outermost
        app.add_middleware(each.cls, *each.args, **each.kwargs)  # type: ignore[arg-type]
    return app


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("static")
    (folder / "story.html").write_bytes(PAGE)
    (folder / "style.css").write_bytes(b"p{margin:0}" * 200)
    return folder


@dataclasses.dataclass
class Served:
    client: Client
    stacks: dict[str, Stack]

    def both(
        self, name: str, target: str, *fields: str, method: str = "GET"
    ) -> tuple[Answer, Answer]:
        """The answer of an app without ours, and with."""
        return (
            self.client.get(target, f"X-App: {name} bare", *fields, method=method),
            self.client.get(target, f"X-App: {name}", *fields, method=method),
        )


def _serving(
    made: Callable[[Sequence[Middleware], Path], ASGIApp], static: Path, stacks: list[Stack]
) -> Iterator[Served]:
    apps: dict[str, ASGIApp] = {}
    for stack in stacks:
        apps[stack.name] = made(stack.order, static)
        apps[f"{stack.name} bare"] = made(stack.without, static)

    async def chosen(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            name = dict(scope["headers"])[b"x-app"].decode()
            await apps[name](scope, receive, send)

    with running_app(chosen) as port, Client(port) as client:
        yield Served(client, {stack.name: stack for stack in stacks})


@pytest.fixture(scope="module")
def starlette(static: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from _serving(_starlette, static, list(_stacks(tmp_path_factory.mktemp("state"))))


@pytest.fixture(scope="module")
def fast(static: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    ours = Middleware(AdweaveMiddleware, placements=SHIPPED, state=tmp_path_factory.mktemp("fast"))
    others = (Middleware(FastAPIGZip), SESSIONS)
    stacks = [Stack(ours, order) for order in itertools.permutations((ours, *others))]
    yield from _serving(_fastapi, static, stacks)


def plain(answer: Answer) -> bytes:
    coding = (answer.value(b"content-encoding") or b"identity").decode()
    return decoded(answer.body, coding, 10_000_000)


def kept(answer: Answer) -> list[tuple[bytes, bytes]]:
    """The fields that ours has no hand in."""
    return sorted(
        (name, b"" if name in (b"set-cookie", b"date") else value)
        for name, value in answer.fields
        if name not in _OF_SLOTS | {b"transfer-encoding"}
    )


ASKED = ("Accept-Encoding: gzip, br", "Origin: https://app.example")


@pytest.mark.parametrize("target", ["/page", "/streamed", "/visits", "/static/story.html"])
def test_a_page_is_woven_wherever_in_the_stack_ours_is(starlette: Served, target: str) -> None:
    for name in starlette.stacks:
        bare, ours = starlette.both(name, target, *ASKED)
        assert "woven; slots=" in ours.verdict, name
        assert without_ours(plain(ours)) == plain(bare) == PAGE, name
        assert kept(ours) == kept(bare), name
        # Who compresses a body that was whole knows its length; one that streams may have none.
        assert ours.is_whole
        length = ours.value(b"content-length")
        assert length is None or int(length) == len(ours.body), name


@pytest.mark.parametrize("target", ["/events", "/json", "/redirect", "/static/style.css", "/none"])
def test_what_is_no_page_is_the_same_wherever_ours_is(starlette: Served, target: str) -> None:
    for name in starlette.stacks:
        bare, ours = starlette.both(name, target, *ASKED)
        assert (ours.status, plain(ours)) == (bare.status, plain(bare)), name
        assert kept(ours) == kept(bare), name
        assert ours.verdict == ""


def test_a_page_without_an_article_is_the_same_to_the_byte(starlette: Served) -> None:
    for name in starlette.stacks:
        bare, ours = starlette.both(name, "/home", "Accept-Encoding: br")
        assert plain(ours) == plain(bare) == FRONT
        assert kept(ours) == kept(bare), name
        assert ours.verdict.startswith("passed")


def test_preflights_are_answered_by_cors_wherever_ours_is(starlette: Served) -> None:
    fields = ("Origin: https://app.example", "Access-Control-Request-Method: GET")
    for name, stack in starlette.stacks.items():
        if CORS in stack.order:
            bare, ours = starlette.both(name, "/page", *fields, method="OPTIONS")
            assert (ours.status, ours.body, kept(ours)) == (200, bare.body, kept(bare))


def test_a_session_goes_on_over_woven_pages(starlette: Served) -> None:
    for name, stack in starlette.stacks.items():
        if SESSIONS not in stack.order:
            continue
        cookies = []
        cookie = "Cookie: none=1"
        for _ in range(3):
            answer = starlette.client.get("/visits", f"X-App: {name}", cookie)
            assert "woven" in answer.verdict
            set_to = (answer.value(b"set-cookie") or b"").partition(b";")[0].decode()
            cookie = f"Cookie: {set_to}"
            cookies.append(set_to)
        assert len(set(cookies)) == 3, name  # the count grew, as the session did


def test_background_tasks_run_once_for_each_page(starlette: Served) -> None:
    for name in starlette.stacks:
        assert "woven" in starlette.client.get("/background", f"X-App: {name}").verdict
        assert ran.get(timeout=20) == name
    assert ran.empty()


def test_a_page_that_is_there_already_is_not_sent_again(starlette: Served) -> None:
    for name in starlette.stacks:
        for coding in ("identity", "gzip", "br"):
            asked = ("/static/story.html", f"X-App: {name}", f"Accept-Encoding: {coding}")
            first = starlette.client.get(*asked)
            tag = (first.value(b"etag") or b"").decode()
            again = starlette.client.get(*asked, f"If-None-Match: {tag}")
            assert (again.status, again.body) == (304, b""), (name, coding)
            assert again.value(b"etag") == first.value(b"etag")


def test_head_promises_no_more_than_get_gives(starlette: Served) -> None:
    for name in starlette.stacks:
        got = starlette.client.get("/page", f"X-App: {name}")
        head = starlette.client.get("/page", f"X-App: {name}", method="HEAD")
        assert (head.status, head.body) == (200, b"")
        for wanted in (b"content-length", b"etag"):
            assert head.value(wanted) in (None, got.value(wanted)), name


def test_fastapi_apps_are_the_same_in_any_order(fast: Served) -> None:
    for name in fast.stacks:
        for target in ("/story/a", "/page", "/streamed", "/visits", "/static/story.html"):
            bare, ours = fast.both(name, target, "Accept-Encoding: gzip")
            assert "woven" in ours.verdict, (name, target)
            assert without_ours(plain(ours)) == plain(bare) == PAGE
            assert kept(ours) == kept(bare), (name, target)
        for target in ("/items/7", "/items/x", "/openapi.json", "/events", "/docs", "/none"):
            bare, ours = fast.both(name, target, "Accept-Encoding: gzip")
            assert (ours.status, plain(ours)) == (bare.status, plain(bare)), (name, target)
            assert kept(ours) == kept(bare), (name, target)


def test_fastapis_background_tasks_run_after_the_page(fast: Served) -> None:
    while not ran.empty():
        ran.get()
    for n, name in enumerate(fast.stacks):
        assert "woven" in fast.client.get(f"/story/{n}", f"X-App: {name}").verdict
        assert ran.get(timeout=20) == str(n)
    assert ran.empty()


# -- apps that know no lifespan ----------------------------------------------------------------


@pytest.mark.parametrize("raises", [True, False])
def test_an_app_without_lifespan_is_warmed_up_and_closed_all_the_same(
    tmp_path: Path, raises: bool
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if raises:
                raise ValueError("only HTTP is known here")
            return
        await HTMLResponse(PAGE)(scope, receive, send)

    ours = AdweaveMiddleware(app, SHIPPED, state=tmp_path)
    sent: list[str] = []
    asked = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, str]:
        return {"type": next(asked)}

    async def send(message: object) -> None:
        sent.append(message["type"])  # type: ignore[index]

    asyncio.run(ours({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_an_app_that_fails_to_start_fails_to_start(tmp_path: Path) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        raise RuntimeError("no database")

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    async def send(message: object) -> None:
        raise AssertionError(message)

    ours = AdweaveMiddleware(app, SHIPPED, state=tmp_path)
    with pytest.raises(RuntimeError, match="no database"):
        asyncio.run(ours({"type": "lifespan"}, receive, send))


def test_many_readers_at_once_get_each_their_own(tmp_path: Path) -> None:
    """Pages for one reader each, asked for at the same time, and held back at the same time."""

    async def endpoint(request: Request) -> Response:
        name = request.path_params["name"].encode()

        async def pieces() -> AsyncIterator[bytes]:
            yield PAGE[:900]
            await asyncio.sleep(0)
            yield PAGE[900:].replace(b"Item 3.", b"Reader %b." % name)

        return StreamingResponse(pieces(), media_type="text/html")

    app = Starlette(
        routes=[Route("/{name}", endpoint)],
        middleware=[Middleware(AdweaveMiddleware, placements=SHIPPED, state=tmp_path), GZIP],
    )
    faults: list[str] = []
    with running_app(app) as port:

        def read(n: int) -> None:
            with Client(port) as client:
                body = plain(client.get(f"/r{n}", "Accept-Encoding: gzip"))
            if b"Reader r%d." % n not in body or body.count(b"Reader ") != 1:
                faults.append(f"r{n}")

        readers = [threading.Thread(target=read, args=(n,)) for n in range(12)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(30)
    assert faults == []
