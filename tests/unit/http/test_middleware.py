"""`AdweaveMiddleware` in Starlette apps, on a real server, read by a strict client."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from adweave import AdweaveMiddleware

from .test_weaving import HOME, without_ours
from .wire import SHIPPED, Answer, Client, article, running_app

PAGE = article()


def get(app: ASGIApp, target: str = "/", *fields: str, method: str = "GET") -> Answer:
    with running_app(app) as port, Client(port) as client:
        return client.get(target, *fields, method=method)


def woven(endpoint: object, folder: Path, *inner: Middleware, **options: object) -> Starlette:
    """An app with one endpoint for every path."""
    route = Route("/{path:path}", endpoint, methods=["GET", "HEAD", "POST", "PUT"])
    outer = Middleware(AdweaveMiddleware, placements=SHIPPED, state=folder, **options)
    return Starlette(routes=[route], middleware=[outer, *inner])


async def page(request: Request) -> Response:
    return HTMLResponse(PAGE, headers={"ETag": '"abc"'})


def test_a_page_is_woven_and_is_the_apps_without_the_insertions(tmp_path: Path) -> None:
    answer = get(woven(page, tmp_path))
    assert "woven; slots=" in answer.verdict
    assert without_ours(answer.body) == PAGE
    assert b"<ad-slot " in answer.body
    assert answer.value(b"content-length") == str(len(answer.body)).encode()


def test_a_page_that_streams_is_held_back_and_woven(tmp_path: Path) -> None:
    async def streamed(request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(PAGE), 500):
                yield PAGE[start : start + 500]

        return StreamingResponse(pieces(), media_type="text/html")

    answer = get(woven(streamed, tmp_path))
    assert without_ours(answer.body) == PAGE
    assert b"<ad-slot " in answer.body


def test_an_app_that_compresses_inside_is_woven_too(tmp_path: Path) -> None:
    app = woven(page, tmp_path, Middleware(GZipMiddleware))
    answer = get(app, "/", "Accept-Encoding: gzip")
    assert answer.value(b"content-encoding") == b"gzip"
    assert answer.value(b"vary") == b"Accept-Encoding"
    assert without_ours(gzip.decompress(answer.body)) == PAGE
    assert "woven" in answer.verdict


def test_compression_outside_works_as_well(tmp_path: Path) -> None:
    app = GZipMiddleware(woven(page, tmp_path))
    answer = get(app, "/", "Accept-Encoding: gzip")
    assert without_ours(gzip.decompress(answer.body)) == PAGE


def test_a_file_is_woven_and_no_part_of_it_is_sent(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(PAGE)

    async def file(request: Request) -> Response:
        return FileResponse(tmp_path / "page.html")

    with running_app(woven(file, tmp_path)) as port, Client(port) as client:
        answer = client.get()
        assert "woven" in answer.verdict
        assert answer.value(b"accept-ranges") is None
        tag = (answer.value(b"etag") or b"").decode()
        assert client.get("/", f"If-None-Match: {tag}").status in (200, 304)
        whole = client.get("/", "Range: bytes=0-9", f"If-Range: {tag}")
        assert (whole.status, whole.body) == (200, answer.body)
        part = client.get("/", "Range: bytes=0-9")
        assert (part.status, part.body, part.verdict) == (200, answer.body, client.get().verdict)


def test_conditions_are_answered(tmp_path: Path) -> None:
    async def conditional(request: Request) -> Response:
        if request.headers.get("if-none-match") == '"abc"':
            return Response(status_code=304, headers={"ETag": '"abc"'})
        return HTMLResponse(PAGE, headers={"ETag": '"abc"'})

    with running_app(woven(conditional, tmp_path)) as port, Client(port) as client:
        tag = (client.get().value(b"etag") or b"").decode()
        again = client.get("/", f"If-None-Match: {tag}")
        assert (again.status, again.value(b"etag")) == (304, tag.encode())
        assert client.get("/", 'If-None-Match: "abc"').status == 200


@pytest.mark.parametrize("gives_content", [True, False])
def test_head_says_what_get_would_or_less(tmp_path: Path, gives_content: bool) -> None:
    async def endpoint(request: Request) -> Response:
        if request.method == "HEAD" and not gives_content:
            return Response(headers={"content-type": "text/html", "content-length": "9"})
        return HTMLResponse(PAGE)

    with running_app(woven(endpoint, tmp_path)) as port, Client(port) as client:
        get_fields = {*client.get().fields, *client.get().fields}
        head = client.get(method="HEAD")
        names = {name for name, _ in head.fields}
        if gives_content:
            assert {f for f in head.fields if f[0] != b"date"} <= get_fields
            assert b"content-length" in names
        else:
            assert not names & {b"content-length", b"etag"}
            assert head.verdict == 'passed; reason="head"'


def test_what_is_no_page_is_handed_on_message_by_message(tmp_path: Path) -> None:
    seen: list[Message] = []
    pieces: list[Message] = [
        {"type": "http.response.start", "status": 200, "headers": [(b"X-A", b"1")]},
        {"type": "http.response.body", "body": b"a", "more_body": True},
        {"type": "http.response.body", "body": b"b"},
    ]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in pieces:
            await send(message)

    async def run() -> None:
        wrapped = AdweaveMiddleware(app, SHIPPED, state=tmp_path)
        await wrapped(scope_of("/a"), nothing, collect(seen))

    asyncio.run(run())
    assert all(one is other for one, other in zip(seen, pieces, strict=True))


def scope_of(path: str, **more: object) -> Scope:
    return {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [], "scheme": "http", **more,
    }  # fmt: skip


async def nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def collect(seen: list[Message]) -> Send:
    async def send(message: Message) -> None:
        seen.append(message)

    return send


def test_a_file_sent_by_path_is_passed(tmp_path: Path) -> None:
    seen: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.pathsend", "path": "/srv/page.html"})

    async def run() -> None:
        wrapped = AdweaveMiddleware(app, SHIPPED, state=tmp_path)
        await wrapped(scope_of("/a"), nothing, collect(seen))

    asyncio.run(run())
    assert [message["type"] for message in seen] == [
        "http.response.start", "http.response.pathsend",
    ]  # fmt: skip
    assert (b"adweave-status", b'passed; reason="streamed"') in seen[0]["headers"]


def test_websockets_and_unknown_scopes_pass(tmp_path: Path) -> None:
    got: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        got.append(scope["type"])

    async def run() -> None:
        wrapped = AdweaveMiddleware(app, SHIPPED, state=tmp_path)
        for kind in ("websocket", "lifespan", "something"):
            await wrapped({"type": kind}, nothing, collect([]))

    asyncio.run(run())
    assert got == ["websocket", "lifespan", "something"]
    assert WebSocket  # the type that apps get


def test_background_tasks_run_after_the_page_is_out(tmp_path: Path) -> None:
    ran = threading.Event()

    async def endpoint(request: Request) -> Response:
        return HTMLResponse(PAGE, background=BackgroundTask(ran.set))

    assert "woven" in get(woven(endpoint, tmp_path)).verdict
    assert ran.wait(5)


def test_an_app_that_fails_in_the_middle_of_a_page_gives_500(tmp_path: Path) -> None:
    async def endpoint(request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield PAGE[:2000]
            raise RuntimeError("the database is gone")

        return StreamingResponse(pieces(), media_type="text/html")

    answer = get(woven(endpoint, tmp_path))
    assert answer.status == 500
    assert b"Budget" not in answer.body


def test_a_page_that_is_never_ended_is_not_presented_as_whole(tmp_path: Path) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": PAGE[:2000], "more_body": True})

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await AdweaveMiddleware(app, SHIPPED, state=tmp_path)(scope, receive, send)

    answer = get(wrapped)
    assert not answer.is_whole
    assert answer.body == PAGE[:2000]
    assert answer.verdict == 'passed; reason="cut"'


def test_a_page_that_comes_slowly_is_let_go(tmp_path: Path) -> None:
    go_on = threading.Event()

    async def endpoint(request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield PAGE[:2000]
            await asyncio.to_thread(go_on.wait, 10)
            yield PAGE[2000:]

        return StreamingResponse(pieces(), media_type="text/html")

    with running_app(woven(endpoint, tmp_path, hold_s=0.05)) as port, Client(port) as client:
        client.socket.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        got = b""
        while PAGE[1900:2000] not in got:
            got += client.socket.recv(65536)
        assert b'passed; reason="slow"' in got
        go_on.set()
        while b"</html>" not in got:
            got += client.socket.recv(65536)


def test_large_pages_stream_on(tmp_path: Path) -> None:
    block = b"<p>" + b"long " * 20_000 + b"</p>"

    async def endpoint(request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield block

        return StreamingResponse(pieces(), media_type="text/html")

    answer = get(woven(endpoint, tmp_path))
    assert answer.verdict == 'passed; reason="too-large"'
    assert answer.body == block * 100


def test_adweaves_own_paths_are_answered_and_never_reach_the_app(tmp_path: Path) -> None:
    asked: list[str] = []

    async def endpoint(request: Request) -> Response:
        asked.append(request.url.path)
        return HTMLResponse(PAGE)

    with running_app(woven(endpoint, tmp_path)) as port, Client(port) as client:
        body = client.get("/a").body
        start = body.index(b"/_adweave/loader-")
        loader = body[start : body.index(b'"', start)].decode()
        assert client.get(loader).value(b"content-type") == b"text/javascript; charset=utf-8"
        assert client.get("/_adweave/nothing").status == 404
    assert asked == ["/a"]


def test_an_app_without_valid_placements_works_and_recovers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "placements"
    shutil.copytree(SHIPPED, folder)
    good = (folder / "layouts" / "article.toml").read_text()
    (folder / "layouts" / "article.toml").write_text(good.replace("every", "evry", 1))
    app = AdweaveMiddleware(Starlette(routes=[Route("/{path:path}", page)]), folder, state=tmp_path)
    with running_app(app) as port, Client(port) as client:
        answer = client.get()
        assert answer.body == PAGE
        assert answer.verdict == 'passed; reason="off"'
        assert "article.toml" in caplog.text
        (folder / "layouts" / "article.toml").write_text(good)
        ends = time.monotonic() + 10
        while "woven" not in client.get().verdict:
            assert time.monotonic() < ends


def test_nothing_is_read_or_started_before_the_first_request(tmp_path: Path) -> None:
    before = threading.active_count()
    AdweaveMiddleware(Starlette(), tmp_path / "not there", state=tmp_path / "state")
    assert threading.active_count() == before
    assert not (tmp_path / "state").exists()


def test_answers_that_are_no_articles_keep_every_field(tmp_path: Path) -> None:
    async def endpoint(request: Request) -> Response:
        response = HTMLResponse(HOME, headers={"X-A": "1"})
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    answer = get(woven(endpoint, tmp_path))
    assert answer.body == HOME
    assert [value[:1] for name, value in answer.fields if name == b"set-cookie"] == [b"a", b"b"]


def test_text_is_left_alone(tmp_path: Path) -> None:
    async def endpoint(request: Request) -> Response:
        return PlainTextResponse("hello")

    answer = get(woven(endpoint, tmp_path))
    assert answer.body == b"hello"
    assert answer.value(b"adweave-status") is None


def test_a_head_that_was_seen_before_is_judged_by_its_own_fields(tmp_path: Path) -> None:
    said = {"ETag": '"abc"'}

    async def endpoint(request: Request) -> Response:
        return HTMLResponse(PAGE, headers=said)

    with running_app(woven(endpoint, tmp_path)) as port, Client(port) as client:
        first = client.get()
        again = client.get()
        assert "plan=hit" in again.verdict
        assert client.get().fields == again.fields
        said["ETag"] = '"other"'
        changed = client.get()
        assert changed.body == first.body
        assert b"other" in (changed.value(b"etag") or b"")
        said["Cache-Control"] = "no-transform"
        assert client.get().verdict == 'passed; reason="no-transform"'
        del said["Cache-Control"]
        assert client.get().fields == changed.fields
        post = client.get(method="POST")
        assert post.body == first.body


def test_whoever_changes_the_fields_of_an_answer_changes_no_other_answer(tmp_path: Path) -> None:
    inner = woven(page, tmp_path)
    count = 0

    async def outside(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_a_number(message: Message) -> None:
            nonlocal count
            if message["type"] == "http.response.start":
                count += 1
                message["headers"].append((b"x-number", b"%d" % count))
            await send(message)

        await inner(scope, receive, with_a_number)

    with running_app(outside) as port, Client(port) as client:
        numbers = [client.get().value(b"x-number") for _ in range(4)]
    assert numbers == [b"1", b"2", b"3", b"4"]


def test_a_folder_that_changes_is_heeded_by_answers_that_were_seen(tmp_path: Path) -> None:
    folder = tmp_path / "placements"
    shutil.copytree(SHIPPED, folder)
    route = Route("/{path:path}", page)
    app = Starlette(
        routes=[route],
        middleware=[Middleware(AdweaveMiddleware, placements=folder, state=tmp_path)],
    )
    with running_app(app) as port, Client(port) as client:
        client.get()
        assert "plan=hit" in client.get().verdict
        layout = folder / "layouts" / "article.toml"
        layout.write_text(layout.read_text().replace('pages = ["/**"]', 'pages = ["/none/**"]'))
        ends = time.monotonic() + 20
        while "no-layout" not in client.get().verdict:
            assert time.monotonic() < ends


def test_fields_given_as_lists_are_answered_too(tmp_path: Path) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        fields = [[b"Content-Type", b"text/html"], [b"Content-Length", b"%d" % len(PAGE)]]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": PAGE})

    outer = AdweaveMiddleware(app, placements=SHIPPED, state=tmp_path)
    with running_app(outer) as port, Client(port) as client:
        assert "plan=miss" in client.get().verdict
        assert "plan=hit" in client.get().verdict


def test_pages_carry_marks_to_be_purged_by_where_that_is_wanted(tmp_path: Path) -> None:
    with running_app(woven(page, tmp_path, cache_tags=True)) as port, Client(port) as client:
        marks = [client.get().value(b"cache-tag") for _ in range(3)]
        assert len(set(marks)) == 1
        assert (marks[0] or b"").startswith(b"adweave,adweave-")
    assert get(woven(page, tmp_path)).value(b"cache-tag") is None


def test_parts_of_what_is_no_page_or_gets_no_slots_are_the_apps(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "page.html").write_bytes(PAGE)

    async def file(request: Request) -> Response:
        return FileResponse(tmp_path / request.path_params["path"].rpartition("/")[2])

    with running_app(woven(file, tmp_path)) as port, Client(port) as client:
        film = client.get("/film.mp4", "Range: bytes=5-9")
        assert (film.status, film.body) == (206, bytes(range(5, 10)))
        preview = client.get("/wp-admin/page.html", "Range: bytes=0-9")
        assert (preview.status, preview.body) == (206, PAGE[:10])


@pytest.mark.parametrize("inner", [[], [Middleware(GZipMiddleware)]])
def test_an_app_that_is_asked_anew_may_wait_for_its_reader(
    tmp_path: Path, inner: list[Middleware]
) -> None:
    """Starlette's streaming answers listen for the reader's leaving all the while."""

    async def endpoint(request: Request) -> Response:
        asked = request.headers.get("range")

        async def pieces() -> AsyncIterator[bytes]:
            yield PAGE[:10] if asked else PAGE

        headers = {"Content-Range": f"bytes 0-9/{len(PAGE)}"} if asked else {}
        return StreamingResponse(
            pieces(), 206 if asked else 200, media_type="text/html", headers=headers
        )

    with running_app(woven(endpoint, tmp_path, *inner)) as port, Client(port) as client:
        for _ in range(2):
            answer = client.get("/a", "Range: bytes=0-9")
            assert answer.status == 200
            assert without_ours(answer.body) == PAGE
