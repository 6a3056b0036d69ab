"""A real shared cache in front of aimed layouts: nobody is given what was made for another."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from adweave.experiments import assign
from adweave.placements import load
from tests.unit.http.wire import (
    HTML,
    PATIENCE_S,
    Answer,
    Client,
    always,
    article,
    in_front_of,
    response,
)

PAGE = article()
RAW = response(PAGE, HTML, 'ETag: "abc"', "Cache-Control: public, max-age=600, s-maxage=600")
SLOT = '[[placement]]\nname = "inline"\nkind = "inline"\nsizes = [[300, 250]]\n'
PLAIN = f'pages = ["/**"]\n{SLOT}'


class Ask:
    """Asks nginx for the page, on a connection of its own each time."""

    def __init__(self, port: int) -> None:
        self.port = port

    def __call__(self, *fields: str) -> Answer:
        with Client(self.port) as client:
            return client.get("/a", *fields)


@pytest.fixture
def cached(tmp_path: Path) -> Iterator[Callable[[dict[str, str]], Ask]]:
    """nginx with a cache, a gateway with a folder, and a CMS that lets everybody keep its page."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed: apt-get install nginx")
    with ExitStack() as stack:

        def started(files: dict[str, str]) -> Ask:
            folder = tmp_path / "placements"
            for name, text in {"layouts/article.toml": PLAIN, **files}.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(text)
            site = load(folder).site_or_raise()
            gateway, _ = stack.enter_context(in_front_of(always(RAW), site=site))
            port = _nginx(stack, tmp_path, gateway.port)

            return Ask(port)

        yield started


def _nginx(stack: ExitStack, folder: Path, gateway: int) -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;"
        f"events {{}} http {{ access_log off; {paths}"
        f"proxy_cache_path {folder}/cache keys_zone=pages:1m use_temp_path=off;"
        f"upstream gateway {{ server 127.0.0.1:{gateway}; keepalive 8; }}"
        f"server {{ listen 127.0.0.1:{port}; location / {{"
        "proxy_pass http://gateway; proxy_set_header Host $host; proxy_http_version 1.1;"
        'proxy_set_header Connection ""; proxy_cache pages;'
        "keepalive_requests 100000;add_header X-Cache $upstream_cache_status always; } } }"
    )
    process = subprocess.Popen(
        ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "log")]
    )

    def ended() -> None:
        process.terminate()
        process.wait(PATIENCE_S)

    stack.callback(ended)
    ends = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE_S).close()
        except ConnectionRefusedError:
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < ends, "nginx did not start"
            time.sleep(0.05)
        else:
            return port


def was_kept(answer: Answer) -> bool:
    return answer.value(b"x-cache") == b"HIT"


def test_without_conditions_the_cache_keeps_the_woven_page_for_all(cached):
    ask = cached({})
    first, again = ask("Cookie: a=1"), ask("Cookie: b=2")
    assert "woven" in first.verdict
    assert was_kept(again)
    assert again.body == first.body


def test_members_and_others_never_get_each_others_page(cached):
    ask = cached({"site.toml": "[members]\ncookies = { member = true }\n"})
    for _ in range(2):
        reader, member = ask(), ask("Cookie: member=1")
        assert "woven" in reader.verdict
        assert member.verdict == 'passed; reason="member"'
        assert member.body == PAGE
        assert not was_kept(reader)
        assert not was_kept(member)


def test_a_cache_that_heeds_vary_keeps_one_page_for_each_country(cached):
    ask = cached(
        {
            "site.toml": '[targeting]\ncountry_header = "X-Country"\n',
            "layouts/home.toml": f'pages = ["/**"]\npriority = 1\n{SLOT}max = 1\n'
            '[target]\ncountries = ["TR"]\n',
        }
    )
    first = {country: ask(f"X-Country: {country}") for country in ("TR", "DE")}
    again = {country: ask(f"X-Country: {country}") for country in ("TR", "DE")}
    assert 'layout="home"' in first["TR"].verdict
    assert 'layout="article"' in first["DE"].verdict
    for country, answer in again.items():
        assert was_kept(answer)
        assert answer.body == first[country].body
    assert first["TR"].body != first["DE"].body


def test_a_cache_does_not_keep_a_page_beyond_its_schedule(cached):
    ends = time.gmtime(time.time() + 4)
    ask = cached(
        {
            "layouts/soon.toml": f'pages = ["/**"]\npriority = 1\n{SLOT}max = 1\n'
            f"[schedule]\nend = {time.strftime('%Y-%m-%dT%H:%M:%SZ', ends)}\n",
        }
    )
    first = ask()
    limit = time.monotonic() + PATIENCE_S
    if 'layout="soon"' not in first.verdict:
        pytest.skip("this machine took seconds to start; the schedule was over before")
    assert b"max-age=600" not in (first.value(b"cache-control") or b"")
    while 'layout="article"' not in ask().verdict:
        assert time.monotonic() < limit, "the page of the past is still given out"
        time.sleep(0.2)


# Uneven weights: an even split could come about by a coin as well.
UNEVEN = """\
[[variant]]
name = "control"
layout = "article"
weight = 0.3
[[variant]]
name = "dense"
layout = "dense"
weight = 0.7
"""
SERVER_SIDE = f'status = "running"\nassign = "server"\n{UNEVEN}'


def test_variants_that_the_server_picks_are_never_mixed_by_a_cache(cached, tmp_path):
    ask = cached(
        {
            "layouts/article.toml": f"{PLAIN}max = 1\n",
            "layouts/dense.toml": f'{SLOT}max = 3\nevery = "300px"\n',
            "experiments/density.toml": SERVER_SIDE,
        }
    )
    site = load(tmp_path / "placements").site_or_raise()
    density = site.experiments["density"]
    now_s = time.time()
    visitors = []
    for number in range(10_000):
        unit = f"{number * 2_654_435_761:032x}"
        variant = assign(density, unit, site.settings, now_s)
        assert variant is not None
        visitors.append((unit, ("control", "dense")[variant]))

    # Eight ask at a time, and with each tenth somebody whom nobody knows.
    asking: list[tuple[str, tuple[str, ...]]] = []
    for number, (unit, name) in enumerate(visitors):
        asking.append((name, (f"Cookie: adweave-id={unit}",)))
        if number % 10 == 0:
            asking.append(("nobody", ()))
    seen = []
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(ask.port)) for _ in range(8)]
        for at in range(0, len(asking), len(clients)):
            together = list(zip(clients, asking[at : at + len(clients)], strict=False))
            for client, (_, fields) in together:
                lines = ["GET /a HTTP/1.1", "Host: news.example", *fields, "", ""]
                client.socket.sendall("\r\n".join(lines).encode())
            for client, (name, _) in together:
                answer = client.answer()
                seen.append((name, answer.body, was_kept(answer)))
    assert len(seen) == 11_000
    assert not any(kept for _, _, kept in seen)
    # One page for each variant and one for those who are in none, whoever came before.
    bodies: dict[str, set[bytes]] = {}
    for name, body, _ in seen:
        bodies.setdefault(name, set()).add(body)
    assert {name: len(found) for name, found in bodies.items()} == {
        "control": 1, "dense": 1, "nobody": 1,
    }  # fmt: skip
    slots = {name: found.pop().count(b"<ad-slot ") for name, found in bodies.items()}
    assert slots["control"] == slots["nobody"] < slots["dense"]
    # 0.3 of 10,000 is 3,000; five standard deviations are 229.
    assert abs(sum(name == "control" for _, name in visitors) - 3_000) < 229
