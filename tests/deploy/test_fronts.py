"""The files of deploy/, with the servers that they are for: nginx, Caddy, Varnish, systemd."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.sync.client import connect

from adweave.http import Server, bound_socket
from tests.unit.http.wire import Client, article, running_gateway

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
PAGE = article()
PATIENCE_S = 30.0


async def _page(request: Request) -> Response:
    fields = {"ETag": '"abc"', "Cache-Control": "public, max-age=60", "X-From": "cms"}
    return HTMLResponse(PAGE, headers=fields)


async def _seen(request: Request) -> Response:
    return JSONResponse(dict(request.headers), headers={"Cache-Control": "no-store"})


async def _echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("cms: " + await websocket.receive_text())
    await websocket.close()


CMS = Starlette(
    routes=[Route("/seen", _seen), WebSocketRoute("/echo", _echo), Route("/{path:path}", _page)]
)


@contextlib.contextmanager
def _cms() -> Iterator[int]:
    """The CMS on a server that knows WebSocket; its port."""
    listening = bound_socket("127.0.0.1", 0)
    ready = threading.Event()
    config = uvicorn.Config(CMS, log_config=None, access_log=False, ws="websockets-sansio")
    server = Server(config, ready.set)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE_S)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)


@dataclass
class Front:
    """A server in front of a gateway in front of a CMS."""

    port: int
    gateway: int
    stop_gateway: Callable[[], None]

    def client(self) -> Client:
        return Client(self.port)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _nginx(folder: Path, text: str) -> list[str]:
    (folder / "site.conf").write_text(text)
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in
        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )  # fmt: skip
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/log; "
        f"events {{}} http {{ access_log off; {paths} include {folder}/site.conf; }}"
    )
    return ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "log")]


def _caddy(folder: Path, text: str) -> list[str]:
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + text)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def _varnish(folder: Path, text: str, port: int) -> list[str]:
    (folder / "site.vcl").write_text(text)
    return [
        "varnishd", "-F", "-n", str(folder / "varnish"), "-a", f"127.0.0.1:{port}",
        "-f", str(folder / "site.vcl"), "-s", "malloc,32m", "-j", "none",
    ]  # fmt: skip


FILES = {"nginx": "nginx.conf", "caddy": "Caddyfile", "varnish": "varnish.vcl"}
PROGRAMS = {"nginx": "nginx", "caddy": "caddy", "varnish": "varnishd"}


@pytest.fixture(params=list(FILES))
def front(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Front]:
    name: str = request.param
    if shutil.which(PROGRAMS[name]) is None:
        pytest.skip(f"{PROGRAMS[name]} is not installed: apt-get install {name}")
    with _cms() as cms, contextlib.ExitStack() as stack:
        behind = contextlib.ExitStack()
        stack.enter_context(behind)
        gateway = behind.enter_context(running_gateway(cms)).port
        port = _free_port()
        text = (DEPLOY / FILES[name]).read_text()
        for old, new in {
            "127.0.0.1:8000": f"127.0.0.1:{gateway}",
            "127.0.0.1:8080": f"127.0.0.1:{cms}",
            '"8000"': f'"{gateway}"',
            '"8080"': f'"{cms}"',
            "listen 80;": f"listen 127.0.0.1:{port};",
            ":80 {": f"http://:{port} {{",
        }.items():
            text = text.replace(old, new)
        if name == "varnish":
            command = _varnish(tmp_path, text, port)
        else:
            command = (_nginx if name == "nginx" else _caddy)(tmp_path, text)
        with (tmp_path / "out").open("w") as out:
            process = subprocess.Popen(
                command,
                stdout=out,
                stderr=out,
                env={"HOME": str(tmp_path), "PATH": "/usr/sbin:/usr/bin:/bin"},
            )
            stack.callback(_ended, process)
            _wait_for(port, process, tmp_path / "out")
            yield Front(port, gateway, behind.close)


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(PATIENCE_S)


def _wait_for(port: int, process: subprocess.Popen[bytes], out: Path) -> None:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        assert process.poll() is None, out.read_text()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise AssertionError(out.read_text())


def test_pages_are_woven_and_the_same_as_without_it(front: Front) -> None:
    with front.client() as client, Client(front.gateway) as direct:
        answers = [client.get("/a") for _ in range(3)]
        assert {answer.body for answer in answers} == {direct.get("/a").body}
        assert all("woven" in answer.verdict for answer in answers)
        tag = (answers[0].value(b"etag") or b"").decode()
        assert client.get("/a", f"If-None-Match: {tag}").status == 304
        assert client.get("/_adweave/nothing").status == 404


def test_the_cms_learns_who_asks_for_what(front: Front) -> None:
    with front.client() as client:
        seen = client.ask(b"GET /seen HTTP/1.1\r\nHost: news.example\r\n\r\n").body.decode()
    assert '"host":"news.example"' in seen
    assert (
        '"x-forwarded-for":"127.0.0.1, 127.0.0.1"' in seen or '"x-forwarded-for":"127.0.0.1' in seen
    )


def test_a_websocket_goes_through(front: Front) -> None:
    with connect(f"ws://127.0.0.1:{front.port}/echo") as websocket:
        websocket.send("hello")
        assert websocket.recv() == "cms: hello"


def test_readers_get_the_plain_page_when_adweave_is_down(front: Front) -> None:
    front.stop_gateway()
    ends = time.monotonic() + PATIENCE_S
    while True:
        with front.client() as client:
            answer = client.get("/b")
        if answer.status == 200 or time.monotonic() > ends:
            break
    assert (answer.status, answer.body) == (200, PAGE)


def test_varnish_keeps_woven_pages(front: Front) -> None:
    with front.client() as client:
        if b"varnish" not in (client.get("/a").value(b"via") or b""):
            return  # the others keep nothing
        again = client.get("/a")
        assert len((again.value(b"x-varnish") or b"").split()) == 2  # a hit names its origin
        assert "woven" in again.verdict


def test_a_purge_by_tag_takes_all_pages_out_of_varnish_and_nothing_else(front: Front) -> None:
    def is_hit() -> bool:
        return len((client.get("/a").value(b"x-varnish") or b"").split()) == 2

    def purge(tag: str) -> None:
        lines = ["PURGE / HTTP/1.1", "Host: news.example", f"Surrogate-Key: {tag}", "", ""]
        assert client.ask("\r\n".join(lines).encode()).status == 200

    with front.client() as client:
        answer = client.get("/a")
        if b"varnish" not in (answer.value(b"via") or b""):
            return  # the others keep nothing
        generation = (answer.value(b"surrogate-key") or b"").decode().split()[1]
        assert generation.startswith("adweave-")
        for tag in ("adweave", generation):
            assert is_hit()
            purge("another-tag")
            assert is_hit()
            purge(tag)
            assert not is_hit()


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    program = tmp_path / "adweave"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / "adweave.service"
    unit.write_text(
        (DEPLOY / "adweave.service").read_text().replace("/opt/adweave/bin/adweave", str(program))
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
