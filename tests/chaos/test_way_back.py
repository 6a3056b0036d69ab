"""History, rollback and the kill switch on `adweave serve` as it is installed, with workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos.test_processes import PAGE, PROGRAM, serving
from tests.unit.http.wire import HTML, Answer, Client, RawUpstream, always, response

PATIENCE_S = 30.0
ASKED = 12  # connections: enough for each of two workers to be asked


@pytest.fixture
def upstream() -> Iterator[RawUpstream]:
    found = RawUpstream(always(response(PAGE, HTML, 'ETag: "one"')))
    yield found
    found.close()


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command about the folder, which must succeed."""
    options = ["--placements", str(folder / "placements"), "--state", str(folder / "state")]
    return subprocess.run(
        [str(PROGRAM), *arguments, *options], check=True, capture_output=True, text=True
    )


def answers(port: int, *fields: str) -> list[Answer]:
    """Answers on connections of their own, which the workers share."""
    found = []
    for _ in range(ASKED):
        with Client(port) as client:
            found.append(client.get("/a/page", *fields))
    return found


def until_all(port: int, holds: Callable[[Answer], bool], *fields: str) -> list[Answer]:
    """Ask until every answer holds; fails after a long time, not a short one."""
    ends = time.monotonic() + PATIENCE_S
    while True:
        found = answers(port, *fields)
        if all(map(holds, found)):
            return found
        assert time.monotonic() < ends, [answer.verdict for answer in found]


def is_woven(answer: Answer) -> bool:
    return answer.verdict.startswith("woven")


def is_the_upstreams(answer: Answer) -> bool:
    return answer.status == 200 and answer.body == PAGE


def is_switched_off(answer: Answer) -> bool:
    return answer.verdict == 'passed; reason="switched-off"'


def generations(folder: Path) -> list[str]:
    """The ids of the history, the newest first; none before there is one."""
    done = subprocess.run(
        [str(PROGRAM), "history", "--json", "--placements", str(folder / "placements"),
         "--state", str(folder / "state")],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    return [entry["id"] for entry in json.loads(done.stdout)["entries"]] if done.stdout else []


def test_the_kill_switch_reaches_every_worker_and_old_pages_are_not_served(
    tmp_path: Path, upstream: RawUpstream
) -> None:
    with serving(upstream, tmp_path, "--state", str(tmp_path / "state"), "--workers", "2") as (
        _, port, _,
    ):  # fmt: skip
        before = until_all(port, is_woven)[0]
        tag = dict(before.fields)[b"etag"].decode()
        run(tmp_path, "off")
        until_all(port, is_switched_off)
        # All of a round may have been one worker's: the other may still have to see the switch.
        until_all(port, is_the_upstreams, f"If-None-Match: {tag}")
        run(tmp_path, "on")
        again = until_all(port, is_woven)
        assert {answer.body for answer in again} == {before.body}


def test_one_placement_and_one_glob_can_be_off(tmp_path: Path, upstream: RawUpstream) -> None:
    with serving(upstream, tmp_path, "--state", str(tmp_path / "state")) as (_, port, _):
        until_all(port, is_woven)
        run(tmp_path, "off", "/a/**")
        until_all(port, is_switched_off)
        with Client(port) as client:
            assert is_woven(client.get("/b/page"))
        run(tmp_path, "on")
        run(tmp_path, "off", "inline")
        until_all(port, lambda answer: b'data-placement="inline"' not in answer.body)


def test_what_is_off_stays_off_after_a_restart(tmp_path: Path, upstream: RawUpstream) -> None:
    options = ("--state", str(tmp_path / "state"))
    with serving(upstream, tmp_path, *options) as (process, port, _):
        until_all(port, is_woven)
        run(tmp_path, "off")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    with serving(upstream, tmp_path, *options) as (_, port, _):
        assert all(map(is_switched_off, answers(port)))


def test_a_restart_with_a_broken_folder_goes_on_with_the_last_good_state(
    tmp_path: Path, upstream: RawUpstream
) -> None:
    options = ("--state", str(tmp_path / "state"))
    with serving(upstream, tmp_path, *options) as (process, port, _):
        before = until_all(port, is_woven)[0]
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    layout = tmp_path / "placements" / "layouts" / "article.toml"
    good = layout.read_text()
    layout.write_text("nonsense =")
    with serving(upstream, tmp_path, *options) as (_, port, _):
        assert {answer.body for answer in until_all(port, is_woven)} == {before.body}
        layout.write_text(good.replace("max = 6", "max = 1"))
        until_all(port, lambda answer: 0 < answer.body.count(b"<ad-slot ") <= 2)


def test_a_rollback_is_in_force_without_a_restart(tmp_path: Path, upstream: RawUpstream) -> None:
    with serving(upstream, tmp_path, "--state", str(tmp_path / "state")) as (_, port, _):
        before = until_all(port, is_woven)[0]
        layout = tmp_path / "placements" / "layouts" / "article.toml"
        layout.write_text(layout.read_text().replace("max = 6", "max = 1"))
        until_all(port, lambda answer: is_woven(answer) and answer.body != before.body)
        ends = time.monotonic() + PATIENCE_S
        while len(generations(tmp_path)) < 2:  # kept right after it is in force
            assert time.monotonic() < ends
        first = generations(tmp_path)[-1]
        run(tmp_path, "rollback", first)
        until_all(port, lambda answer: answer.body == before.body)
        assert generations(tmp_path)[0] == first


def test_health_and_metrics_say_what_is_off_and_refused(
    tmp_path: Path, upstream: RawUpstream
) -> None:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        admin = probe.getsockname()[1]
    options = ("--state", str(tmp_path / "state"), "--admin", f"127.0.0.1:{admin}")
    with serving(upstream, tmp_path, *options) as (_, port, _):
        until_all(port, is_woven)

        def said(path: str) -> str:
            with Client(admin) as client:
                return client.get(path).body.decode()

        run(tmp_path, "off", "/live/**")
        layout = tmp_path / "placements" / "layouts" / "article.toml"
        layout.write_text("nonsense =")
        ends = time.monotonic() + PATIENCE_S
        while "/live/**" not in said("/healthz") or "adweave_placements_refused 1" not in said(
            "/metrics"
        ):
            assert time.monotonic() < ends, said("/healthz") + said("/metrics")
        assert "adweave_switched_off 1" in said("/metrics")


def test_the_middleware_keeps_a_history_and_heeds_the_switch(tmp_path: Path) -> None:
    import shutil

    from adweave import AdweaveMiddleware
    from tests.unit.http.wire import SHIPPED

    shutil.copytree(SHIPPED, tmp_path / "placements")

    async def app(scope: object, receive: object, send: object) -> None:
        raise AssertionError("not asked")

    woven = AdweaveMiddleware(app, tmp_path / "placements", state=tmp_path / "state")
    engine = woven.weaver.engine
    assert engine is not None
    run(tmp_path, "off")
    ends = time.monotonic() + PATIENCE_S
    while woven.weaver.decide("/a", "x", (), 0.0).reason != "switched-off":
        assert time.monotonic() < ends
    assert os.path.exists(tmp_path / "state" / "switch.json")
