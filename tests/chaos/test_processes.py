"""Processes that are ended, killed or in the way: `adweave serve` as it is installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.unit.http.wire import (
    HTML,
    SHIPPED,
    Client,
    RawUpstream,
    Wire,
    always,
    article,
    once,
    response,
)

PROGRAM = Path(sys.executable).with_name("adweave")
PAGE = article()


def command(upstream: str, folder: Path, *options: str) -> list[str]:
    placements = folder / "placements"
    if not placements.exists():
        shutil.copytree(SHIPPED, placements)
    return [
        str(PROGRAM), "serve", "--upstream", upstream, "--placements", str(placements),
        "--port", "0", *options,
    ]  # fmt: skip


@contextlib.contextmanager
def serving(
    upstream: RawUpstream, folder: Path, *options: str
) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """The process, its port and its line."""
    with subprocess.Popen(
        command(f"http://127.0.0.1:{upstream.port}", folder, *options),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            port = int(line.split(" -> ")[0].rpartition(":")[2])
            yield process, port, line
        finally:
            process.kill()


def test_one_line_says_that_it_is_ready(tmp_path: Path) -> None:
    upstream = RawUpstream(always(response(PAGE, HTML)))
    with serving(upstream, tmp_path) as (process, port, line):
        assert line.startswith(f"adweave: http://127.0.0.1:{port} -> http://127.0.0.1:")
        assert "placements" in line
        assert "generation" in line
        with Client(port) as client:
            assert "woven" in client.get().verdict
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    upstream.close()


def test_answers_under_way_finish_after_sigterm(tmp_path: Path) -> None:
    go_on = threading.Event()

    def script(wire: Wire) -> None:
        wire.request()
        raw = response(PAGE, "Content-Type: text/plain")
        wire.send(raw[:1000])
        go_on.wait(20)
        wire.send(raw[1000:])

    upstream = RawUpstream(script)
    with serving(upstream, tmp_path) as (process, port, _), Client(port) as client:
        client.socket.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        got = client.socket.recv(65536)
        process.send_signal(signal.SIGTERM)
        refused = False
        ends = time.monotonic() + 10
        while not refused and time.monotonic() < ends:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                refused = True
        assert refused  # nothing new is taken
        go_on.set()
        while not got.endswith(PAGE[-50:]):
            block = client.socket.recv(65536)
            assert block
            got += block
        assert process.wait(20) == 0
    upstream.close()


def test_events_that_were_taken_in_are_written_at_the_end(tmp_path: Path) -> None:
    from tests.chaos.test_events import send, token_and_generation

    upstream = RawUpstream(always(response(PAGE, HTML)))
    with serving(upstream, tmp_path, "--state", str(tmp_path / "state")) as (process, port, _):
        token, generation = token_and_generation(port)
        assert send(port, 1, token, generation) == 204
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    written = list((tmp_path / "state" / "events").glob("*.ndjson"))
    assert len(written) == 1
    assert written[0].read_text().count("\n") == 3
    upstream.close()


def test_a_mended_folder_takes_effect_and_a_broken_one_does_not(tmp_path: Path) -> None:
    upstream = RawUpstream(always(response(PAGE, HTML)))
    with serving(upstream, tmp_path) as (_, port, _), Client(port) as client:
        first = client.get()
        layout = tmp_path / "placements" / "layouts" / "article.toml"
        good = layout.read_text()
        layout.write_text("nonsense = ")
        ends = time.monotonic() + 3
        while time.monotonic() < ends:
            assert client.get().body == first.body
        layout.write_text(good.replace('pages = ["/**"]', 'pages = ["/nowhere/**"]'))
        while "no-layout" not in client.get().verdict:
            assert time.monotonic() < ends + 10
    upstream.close()


def test_the_private_listener_shows_health_and_counters(tmp_path: Path) -> None:
    upstream = RawUpstream(always(response(PAGE, HTML)))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        admin = taken.getsockname()[1]
    with serving(upstream, tmp_path, "--admin", f"127.0.0.1:{admin}") as (_, port, _):
        with Client(port) as client:
            client.get()
            assert client.get("/healthz").status == 200  # the upstream's own
        with Client(admin) as private:
            health = private.get("/healthz")
            assert health.body.startswith(b"ok generation=")
            metrics = private.get("/metrics").body.decode()
            assert 'adweave_pages_total{result="woven"} 2' in metrics
            assert private.get("/_adweave/e").status == 404
    upstream.close()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAM), *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_port_in_use_is_one_clear_line_and_exit_3(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(*command("http://127.0.0.1:1", tmp_path)[1:-1], str(port))
    assert done.returncode == 3
    assert done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    assert f"can't listen on 127.0.0.1:{port}" in lines[0]


def test_an_upstream_that_is_no_url_is_said_so_and_exit_2(tmp_path: Path) -> None:
    for wrong, said in {
        "127.0.0.1:8000": "has no scheme",
        "ftp://a": 'scheme "ftp" is not http or https',
        "http://": "has no host",
        "http://a:b": "is not a URL",
        "http://a:0": "port 0",
        "http://u:p@a": "user name or password",
        "http://a/?q": "query or fragment",
    }.items():
        done = run(*command(wrong, tmp_path)[1:])
        assert done.returncode == 2, wrong
        assert said in done.stderr, wrong
        assert "Traceback" not in done.stderr


def test_other_wrong_options_are_said_so_and_exit_2(tmp_path: Path) -> None:
    for options, said in {
        ("--workers", "0"): "0 is not in the range",
        ("--admin", "9000"): "is not HOST:PORT",
        ("--upstream-host", "a b"): "is not a host name",
        ("--upstream-timeout", "0"): "0",
        ("--unknown",): "No such option",
    }.items():
        done = run(*command("http://127.0.0.1:1", tmp_path, *options)[1:])
        assert done.returncode == 2, options
        assert said in done.stderr, options


def test_a_folder_with_mistakes_ends_the_start_with_all_of_them(tmp_path: Path) -> None:
    arguments = command("http://127.0.0.1:1", tmp_path)[1:]
    layout = tmp_path / "placements" / "layouts" / "article.toml"
    layout.write_text('pages = ["/**"]\nevry = 1\nmin_lenght = "3 words"\n')
    done = run(*arguments)
    assert done.returncode == 2
    assert "evry" in done.stderr
    assert "min_lenght" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_upstream_that_is_killed_in_mid_page_cuts_the_page(tmp_path: Path) -> None:
    code = (
        "import os, socket\n"
        "s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)\n"
        "c, _ = s.accept(); c.recv(65536)\n"
        f"c.sendall({response(PAGE, HTML)[:3000]!r}); os.read(0, 1)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as cms:
        assert cms.stdout is not None
        upstream = int(cms.stdout.readline())
        link = RawUpstream(once(b""))
        link.port = upstream
        with serving(link, tmp_path) as (_, port, _), Client(port) as client:
            client.socket.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
            threading.Timer(0.3, lambda: os.kill(cms.pid, signal.SIGKILL)).start()
            answer = client.answer()
            assert not answer.is_whole
            assert answer.verdict == 'passed; reason="cut"'
            assert PAGE.startswith(answer.body)
        link.close()
