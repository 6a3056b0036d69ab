"""Several workers: killed, hung, replaced and reloaded under load, and no reader notices."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.http.wire import (
    HTML,
    Client,
    RawUpstream,
    Unanswered,
    always,
    article,
    response,
)

from .test_processes import command

PAGE = article()
PATIENCE_S = 60.0


class Served:
    """A supervisor with workers, its ports and what it logged."""

    def __init__(self, process: subprocess.Popen[str], port: int, admin: int) -> None:
        self.process = process
        self.port = port
        self.admin = admin
        self.log: list[str] = []

    @property
    def workers(self) -> set[int]:
        """Process ids of the workers."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return {int(number) for number in found.split()}

    def metric(self, name: str) -> float:
        with Client(self.admin) as client:
            text = client.get("/metrics").body.decode()
        found = re.search(rf"^{re.escape(name)} ([0-9.e+]+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0


def until(is_so: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < ends, what
        time.sleep(0.02)


@contextlib.contextmanager
def workers(upstream: RawUpstream, folder: Path, *options: str) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        admin = free.getsockname()[1]
    arguments = command(
        f"http://127.0.0.1:{upstream.port}", folder, "--admin", f"127.0.0.1:{admin}",
        *(options or ("--workers", "2")),
    )  # fmt: skip
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert ", 2 workers" in line
        served = Served(process, int(line.split(" -> ")[0].rpartition(":")[2]), admin)
        reader = threading.Thread(
            target=lambda: served.log.extend(process.stderr or ()), daemon=True
        )
        reader.start()
        try:
            yield served
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
            reader.join(PATIENCE_S)


class Load:
    """Readers who ask without a pause, on connections that they keep.

    As HTTP has it (RFC 9112, 9.3.1), they ask once more where a connection that they kept is
    closed without a byte of an answer: on a busy machine a reader may be slower than the time
    for which a worker that goes keeps its connections.
    """

    def __init__(self, port: int, readers: int = 4) -> None:
        self.answers = 0
        self.failures: list[str] = []
        self._port = port
        self._goes_on = True
        self._threads = [threading.Thread(target=self._read) for _ in range(readers)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._goes_on = False
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def more(self, count: int) -> None:
        """Wait for so many answers from now on."""
        wanted = self.answers + count
        until(lambda: self.answers >= wanted or bool(self.failures), "no answers come")

    def _read(self) -> None:
        client = Client(self._port)
        is_kept = False
        try:
            while self._goes_on and not self.failures:
                try:
                    answer = client.get("/a")
                except (Unanswered, BrokenPipeError):
                    if not is_kept:
                        raise
                    client.socket.close()
                    client, is_kept = Client(self._port), False
                    continue
                is_kept = True
                whole = answer.is_whole and answer.status == 200
                if not whole or b"Budget agreed" not in answer.body:
                    self.failures.append(f"{answer.status}, whole: {answer.is_whole}")
                self.answers += 1
                if answer.value(b"connection") == b"close":
                    client.socket.close()
                    client, is_kept = Client(self._port), False
        except Exception as error:
            self.failures.append(repr(error))
        finally:
            client.socket.close()


@pytest.fixture
def upstream() -> Iterator[RawUpstream]:
    made = RawUpstream(always(response(PAGE, HTML, 'ETag: "abc"')))
    yield made
    made.close()


def test_no_request_is_lost_over_20_reloads_and_3_graceful_restarts(
    upstream: RawUpstream, tmp_path: Path
) -> None:
    with workers(upstream, tmp_path) as served, Load(served.port) as load:
        layout = tmp_path / "placements" / "layouts" / "article.toml"
        good = layout.read_text()
        for number in range(20):
            layout.write_text(f"# {number}\n{good}")
            load.more(20)
        for _ in range(3):
            before = served.workers
            served.process.send_signal(signal.SIGHUP)
            until(lambda: not served.workers & before, "workers are not replaced")  # noqa: B023
            until(lambda: len(served.workers) == 2, "two workers")
            load.more(20)
        assert load.failures == []
        assert served.metric("adweave_worker_deaths_total") == 0
    assert served.process.returncode == 0


def test_a_worker_that_is_killed_is_replaced(upstream: RawUpstream, tmp_path: Path) -> None:
    with workers(upstream, tmp_path) as served:
        before = served.workers
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        until(lambda: len(served.workers) == 2 and served.workers != before, "no other worker")
        until(lambda: served.metric("adweave_workers") == 2, "the other worker is not ready")
        assert served.metric("adweave_worker_deaths_total") == 1
        for _ in range(20):
            with Client(served.port) as client:
                assert "woven" in client.get("/a").verdict, "".join(served.log)


def test_what_one_worker_planned_the_others_know(upstream: RawUpstream, tmp_path: Path) -> None:
    with workers(upstream, tmp_path) as served:
        with Client(served.port) as client:
            assert "plan=miss" in client.get("/a").verdict
        until(lambda: served.metric("adweave_plans") == 2, "the plan is not told")
        for _ in range(30):
            with Client(served.port) as client:
                assert "plan=hit" in client.get("/a").verdict
        until(lambda: served.metric('adweave_plans_total{plan="hit"}') >= 30, "counters add up")
        assert served.metric('adweave_plans_total{plan="miss"}') == 1


def test_counters_do_not_fall_when_workers_go(upstream: RawUpstream, tmp_path: Path) -> None:
    with workers(upstream, tmp_path) as served:
        for _ in range(10):
            with Client(served.port) as client:
                client.get("/a")
        until(lambda: served.metric("adweave_requests_total") == 10, "ten requests")
        before = served.workers
        served.process.send_signal(signal.SIGHUP)
        until(lambda: not served.workers & before, "workers are not replaced")
        assert served.metric("adweave_requests_total") == 10


def test_workers_end_when_their_supervisor_is_killed(upstream: RawUpstream, tmp_path: Path) -> None:
    with workers(upstream, tmp_path) as served:
        pids = served.workers
        served.process.kill()
        until(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in pids), "workers stay")


def test_a_start_that_fails_ends_with_the_workers_word(tmp_path: Path) -> None:
    arguments = command("http://127.0.0.1:1", tmp_path, "--workers", "2")
    (tmp_path / "placements" / "site.toml").write_text("nonsense = ")
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "nonsense" in done.stderr
