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

Ask = Callable[..., Answer]


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

            def ask(*fields: str) -> Answer:
                with Client(port) as client:
                    return client.get("/a", *fields)

            return ask

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
        f"server {{ listen 127.0.0.1:{port}; location / {{"
        f"proxy_pass http://127.0.0.1:{gateway}; proxy_http_version 1.1;"
        'proxy_set_header Connection ""; proxy_cache pages;'
        "add_header X-Cache $upstream_cache_status always; } } }"
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
