"""Events of several workers and machines: killed, compacted and restarted, each is there once."""

from __future__ import annotations

import html
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import duckdb
import pytest

from adweave.events import compact, days_folder, events_folder
from tests.unit.http.wire import HTML, Client, RawUpstream, always, article, response

from .test_processes import PROGRAM, serving
from .test_workers import until, workers

PAGE = response(article(), HTML)


@pytest.fixture(autouse=True)
def no_key_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADWEAVE_EVENTS_KEY", raising=False)


def token_and_generation(port: int) -> tuple[str, str]:
    with Client(port) as client:
        page = html.unescape(client.get().body.decode()).replace("\\/", "/")
    address = re.search(r"/_adweave/e\?k=([0-9a-f]{24})\W", page)
    generation = re.search(r'"gen":"(\w+)"', page)
    assert address is not None
    assert generation is not None
    return address[1], generation[1]


def send(port: int, number: int, token: str, generation: str) -> int:
    view = f"{number:016x}"
    now = int(time.time() * 1000)
    body = json.dumps(
        {
            "v": 1, "view": view, "unit": "view", "uid": view, "path": "/", "gen": generation,
            "events": [{"id": f"{view}-{each}", "kind": "view", "t": now} for each in range(3)],
        }
    ).encode()  # fmt: skip
    head = f"POST /_adweave/e?k={token} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    with Client(port) as client:
        return client.ask(head.encode() + body).status


def ids(state: Path) -> list[str]:
    found = duckdb.sql(f"SELECT id FROM read_parquet('{days_folder(state)}/*.parquet')").fetchall()
    return sorted(name for (name,) in found)


def expected(numbers: set[int]) -> list[str]:
    return sorted(f"{number:016x}-{each}" for number in numbers for each in range(3))


def test_workers_that_are_killed_keep_what_they_acknowledged_and_serve_compacts_it(
    tmp_path: Path,
) -> None:
    upstream = RawUpstream(always(PAGE))
    state = tmp_path / ".adweave"
    with workers(upstream, tmp_path) as served:
        token, generation = token_and_generation(served.port)
        for number in range(40):
            assert send(served.port, number, token, generation) == 204
        until(
            lambda: sum(
                path.read_bytes().count(b"\n") for path in events_folder(state).glob("*.ndjson")
            ) == 120,
            "events are not in the files",
        )  # fmt: skip
        killed = served.workers
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(served.workers - killed) >= 2, "workers are not replaced")
        until(lambda: send(served.port, 40, token, generation) == 204, "no worker answers")
    done = subprocess.run(
        [PROGRAM, "compact", "--placements", tmp_path / "placements"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert ids(state) == expected(set(range(41)))
    upstream.close()


def test_files_that_an_earlier_run_left_are_compacted_soon_after_the_start(tmp_path: Path) -> None:
    upstream = RawUpstream(always(PAGE))
    state = tmp_path / ".adweave"
    with serving(upstream, tmp_path) as (process, port, _):
        token, generation = token_and_generation(port)
        assert send(port, 1, token, generation) == 204
        until(lambda: any(events_folder(state).glob("*.ndjson")), "no file")
        until(
            lambda: all(p.read_bytes().count(b"\n") == 3 for p in events_folder(state).iterdir()),
            "events are not in the file",
        )
        process.kill()
    with workers(upstream, tmp_path) as served:
        until(lambda: any(days_folder(state).glob("*.parquet")), "nothing is compacted")
        until(lambda: not any(events_folder(state).glob("*.ndjson")), "the file stays")
        # The token of a page that was woven before is still good.
        assert send(served.port, 2, token, generation) == 204
        assert send(served.port, 3, "0" * 24, generation) == 403
    assert ids(state) == expected({1})
    upstream.close()


def test_two_machines_with_one_key_write_to_one_folder(tmp_path: Path) -> None:
    """Two gateways of their own on one state folder, as over a network file system."""
    upstream = RawUpstream(always(PAGE))
    state = tmp_path / ".adweave"
    with serving(upstream, tmp_path) as (_, one, _), serving(upstream, tmp_path) as (_, other, _):
        token, generation = token_and_generation(one)
        assert token_and_generation(other) == (token, generation)
        for number in range(10):
            assert send(one, number, token, generation) == 204
            assert send(other, number + 10, token, generation) == 204
            assert send(other, number, token, generation) == 204  # a copy, to the other machine
        until(
            lambda: sum(
                path.read_bytes().count(b"\n") for path in events_folder(state).glob("*.ndjson")
            ) == 90,
            "events are not in the files",
        )  # fmt: skip
        assert len(list(events_folder(state).glob("*.ndjson"))) == 2
    done = compact(state, retention_days=90, max_bytes=10**12)
    assert done.doubles == 30
    assert ids(state) == expected(set(range(20)))
    upstream.close()


def test_an_events_folder_that_cannot_be_made_stops_no_page_and_is_counted(tmp_path: Path) -> None:
    upstream = RawUpstream(always(PAGE))
    state = tmp_path / ".adweave"
    state.mkdir()
    (state / "events").write_text("a file where the folder should be")
    with workers(upstream, tmp_path) as served:
        token, generation = token_and_generation(served.port)
        assert send(served.port, 1, token, generation) == 204
        with Client(served.port) as client:
            assert "woven" in client.get().verdict
        until(lambda: served.metric("adweave_events_store_failures_total") > 0, "not counted")
        assert served.metric("adweave_events_queued") == 3
        (state / "events").unlink()
        until(lambda: served.metric("adweave_events_queued") == 0, "not written")
        assert served.metric("adweave_events_lost_total") == 0
    upstream.close()
