"""The segment store: real files, real kills, real full disks."""

from __future__ import annotations

import json
import logging
import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adweave.events import CompactionBusy, Event, SegmentStore, compact, line, segments
from adweave.events import store as store_module


def event(number: int, path: str = "/") -> Event:
    return Event(
        id=f"0123456789abcdef-{number}",
        kind="view",
        t=1_764_000_000_000,
        received=1_764_000_000_000,
        view="0123456789abcdef",
        unit="view",
        uid="0123456789abcdef",
        path=path,
    )


def stored(state: Path) -> list[dict[str, Any]]:
    """Every line of every segment; none may be torn."""
    return [json.loads(one) for path in segments(state) for one in path.read_bytes().splitlines()]


def ids(state: Path) -> list[str]:
    return [record["id"] for record in stored(state)]


def until(condition: Callable[[], bool]) -> None:
    """Yields to the store's threads till the condition holds; the suite's time limit bounds it."""
    pause = threading.Event()
    while not condition():
        pause.wait(0.005)


@pytest.fixture
def store(tmp_path: Path) -> SegmentStore:
    return SegmentStore(tmp_path / "events")


def test_events_are_in_the_file_in_order_after_close(store: SegmentStore, tmp_path: Path) -> None:
    events = [event(number) for number in range(12_345)]
    for start in range(0, len(events), 100):
        assert store.append(events[start : start + 100]) == len(events[start : start + 100])
    store.close()
    assert ids(tmp_path) == [one.id for one in events]
    assert (store.counts.taken, store.counts.written, store.counts.queued) == (12_345, 12_345, 0)


def test_events_reach_the_file_without_a_close(store: SegmentStore, tmp_path: Path) -> None:
    store.append([event(1)])
    until(lambda: ids(tmp_path) == [event(1).id])
    store.close()


def test_no_file_is_made_before_the_first_event(store: SegmentStore, tmp_path: Path) -> None:
    store.close()
    assert not (tmp_path / "events").exists()


def test_a_written_event_is_synced_soon(
    store: SegmentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    store.append([event(1)])
    until(lambda: any(name.endswith(".ndjson") for name in synced))
    assert store_module.SYNC_S < 0.5
    store.close()


def test_a_sync_that_hangs_does_not_hold_up_writing(
    store: SegmentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, release = threading.Event(), threading.Event()
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if os.readlink(f"/proc/self/fd/{descriptor}").endswith(".ndjson"):
            hanging.set()
            release.wait()
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    store.append([event(1)])
    assert hanging.wait()
    store.append([event(2)])
    until(lambda: ids(tmp_path) == [event(1).id, event(2).id])
    release.set()
    store.close()


def test_segments_rotate_by_size(tmp_path: Path) -> None:
    size = len(line(event(10)))
    store = SegmentStore(tmp_path / "events", segment_bytes=3 * size)
    for number in range(10, 20):
        store.append([event(number)])
        until(lambda: store.counts.queued == 0)
    store.close()
    assert sorted(ids(tmp_path)) == sorted(event(number).id for number in range(10, 20))
    assert [path.stat().st_size <= 3 * size for path in segments(tmp_path)] == [True] * 4


def test_segments_rotate_by_age(tmp_path: Path) -> None:
    store = SegmentStore(tmp_path / "events", segment_age_s=0.0)
    for number in range(3):
        store.append([event(number)])
        until(lambda: store.counts.queued == 0)
    store.close()
    assert len(segments(tmp_path)) == 3


def test_over_the_limit_events_are_dropped_counted_and_told(tmp_path: Path) -> None:
    blocker = tmp_path / "events"
    blocker.write_text("a file where the folder should be")
    store = SegmentStore(blocker, queue_limit=10)
    assert store.append([event(number) for number in range(25)]) == 10
    assert store.counts.dropped == 15
    until(lambda: store.counts.failures > 0)
    blocker.unlink()
    until(lambda: store.counts.written == 10)
    store.close()
    told, *taken = stored(tmp_path)
    assert (told["kind"], told["value"]) == ("lost", 15)
    assert [one["id"] for one in taken] == [event(number).id for number in range(10)]


def test_a_folder_that_cannot_be_made_is_logged_once_and_raises_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "RETRY_S", 0.001)
    blocker = tmp_path / "events"
    blocker.write_text("")
    store = SegmentStore(blocker)
    with caplog.at_level(logging.WARNING, "adweave.events"):
        store.append([event(1)])
        until(lambda: store.counts.failures > 5)
        store.close()
    assert len(caplog.records) == 1
    assert "cannot write events" in caplog.text
    assert store.counts.lost == 1


def test_a_deleted_folder_is_made_again(store: SegmentStore, tmp_path: Path) -> None:
    store.append([event(1)])
    until(lambda: store.counts.written == 1)
    shutil.rmtree(tmp_path / "events")
    store.append([event(2)])
    until(lambda: store.counts.written == 2)
    store.close()
    assert ids(tmp_path) == [event(2).id]


def test_locks_of_another_program_on_all_files_hold_no_event_up(
    store: SegmentStore, tmp_path: Path
) -> None:
    store.append([event(1)])
    until(lambda: store.counts.written == 1)
    (tmp_path / "events" / "lock").touch()
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent("""
            import fcntl, sys
            held = [open(name, "r+b") for name in sys.argv[1:]]
            for file in held:
                fcntl.lockf(file, fcntl.LOCK_EX)
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass  # its writer's own lock
            print("held", flush=True)
            sys.stdin.read()
        """), *map(str, (tmp_path / "events").iterdir())],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert store.append([event(2)]) == 1
        until(lambda: store.counts.written == 2)
        assert ids(tmp_path) == [event(1).id, event(2).id]
        with pytest.raises(CompactionBusy):
            compact(tmp_path, retention_days=30, max_bytes=1 << 30)
    finally:
        holder.communicate("")
    store.close()
    assert (store.counts.lost, store.counts.dropped, store.counts.failures) == (0, 0, 0)


def test_a_closed_store_takes_nothing(store: SegmentStore) -> None:
    store.append([event(1)])
    store.close()
    store.close()
    assert store.append([event(2)]) == 0
    assert store.counts.dropped == 1


def test_many_threads_may_append(store: SegmentStore, tmp_path: Path) -> None:
    def work(first: int) -> None:
        for number in range(first, first + 500):
            store.append([event(number)])

    threads = [threading.Thread(target=work, args=(1000 * k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    expected = {event(1000 * k + number).id for k in range(8) for number in range(500)}
    assert len(ids(tmp_path)) == 4000
    assert set(ids(tmp_path)) == expected


def run_child(body: str, folder: Path, **options: Any) -> subprocess.Popen[str]:
    """A Python process with a store of its own and the event maker of this module."""
    prelude = f"""
        import os, sys, time
        from pathlib import Path
        from adweave.events import Event, SegmentStore
        def event(number, path="/"):
            return Event(id=f"0123456789abcdef-{{number}}", kind="view", t=1, received=1,
                         view="0123456789abcdef", unit="view", uid="0123456789abcdef", path=path)
        store = SegmentStore(Path({str(folder)!r}))
    """
    code = textwrap.dedent(prelude) + textwrap.dedent(body)
    return subprocess.Popen(
        [sys.executable, "-u", "-c", code], stdout=subprocess.PIPE, text=True, **options
    )


def test_kill_9_loses_no_event_acknowledged_half_a_second_before(tmp_path: Path) -> None:
    """The stated window is 0.5 s. The child says each event when it was taken; then it is killed
    in the middle of its work."""
    child = run_child(
        """
        number = 0
        while True:
            store.append([event(number)])
            print(number, time.monotonic(), flush=True)
            number += 1
        """,
        tmp_path / "events",
    )
    assert child.stdout is not None
    acknowledged: list[tuple[int, float]] = []
    while not acknowledged or acknowledged[-1][1] < acknowledged[0][1] + 1.5:
        number, at = child.stdout.readline().split()
        acknowledged.append((int(number), float(at)))
    killed = time.monotonic()
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()

    whole, torn = set(), 0
    for path in segments(tmp_path):
        for one in path.read_bytes().split(b"\n"):
            try:
                whole.add(json.loads(one)["id"]) if one else None
            except ValueError:
                torn += 1
    due = {event(number).id for number, at in acknowledged if at <= killed - 0.5}
    assert len(due) > 100
    assert due <= whole
    assert torn <= 1


def test_a_full_disk_stops_no_page_and_what_fits_is_whole(tmp_path: Path) -> None:
    """A limit on the file size stands for the disk: writes fail half-way, as on a full one."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    child = run_child(
        """
        for number in range(200):
            store.append([event(number, "/" + "x" * 200)] * 1)
            time.sleep(0.002)
        store.append([event(900 + k, "/" + "x" * 900) for k in range(30)])
        deadline = time.monotonic() + 20
        while not store.counts.failures and time.monotonic() < deadline:
            time.sleep(0.005)
        store.close()
        print(store.counts.taken, store.counts.written, store.counts.lost, store.counts.failures)
        """,
        tmp_path / "events",
        preexec_fn=limit,
    )
    out, _ = child.communicate()
    taken, written, lost, failures = map(int, out.split())
    assert child.returncode == 0
    assert taken == 230
    assert failures > 0
    assert lost == taken - written > 0
    assert len(stored(tmp_path)) == written
    assert all(path.stat().st_size for path in segments(tmp_path))


def test_each_forked_worker_has_a_segment_of_its_own(store: SegmentStore, tmp_path: Path) -> None:
    child = run_child(
        """
        store.append([event(1)])
        children = []
        for worker in range(2):
            pid = os.fork()
            if pid == 0:
                store.append([event(10 + worker)])
                store.close()
                os._exit(0)
            children.append(pid)
        for pid in children:
            os.waitpid(pid, 0)
        store.close()
        """,
        tmp_path / "events",
    )
    assert child.wait() == 0
    assert child.stdout is not None
    child.stdout.close()
    assert sorted(ids(tmp_path)) == sorted(event(number).id for number in (1, 10, 11))
    assert len(segments(tmp_path)) == 3


def test_a_process_that_ends_without_close_still_writes_all(tmp_path: Path) -> None:
    child = run_child("store.append([event(n) for n in range(3000)])", tmp_path / "events")
    assert child.wait() == 0
    assert child.stdout is not None
    child.stdout.close()
    assert len(ids(tmp_path)) == 3000


def test_uncompacted_files_take_no_more_room_than_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(store_module, "LOOK_S", 0.0)
    store = SegmentStore(tmp_path / "events", max_bytes=lambda: 1_000)
    number = 0
    while store.append([event(number)]):
        number += 1
        until(lambda: store.counts.queued == 0)
    assert store.counts.dropped == 1
    assert "take too much room" in caplog.text
    for path in segments(tmp_path):
        path.unlink()  # as when they are compacted
    until(lambda: store.append([event(900)]) == 1)
    store.close()
    told, *taken = stored(tmp_path)
    assert told["kind"] == "lost"
    assert told["value"] == store.counts.dropped
    assert [one["id"] for one in taken] == [event(900).id]
