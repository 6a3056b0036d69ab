"""Compaction: days' files and their sums, for real files, real locks and real kills."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from adweave.events import (
    CompactionBusy,
    CompactionFailed,
    Event,
    SegmentStore,
    compact,
    compacting,
    daily_folder,
    days_folder,
    events_folder,
    has_work,
    held_still,
    line,
    segments,
)

DAY_MS = 86_400_000
FIRST = 20_417  # 2025-11-25
NOW_S = (FIRST + 3) * 86_400.0
ROOM = 10**12


def event(number: int, day: int = FIRST, **changed: Any) -> Event:
    view = f"{number // 4:016x}"
    at = day * DAY_MS + 1_000 * number
    known: dict[str, Any] = {
        "id": f"{view}-{number}", "kind": "view", "t": at, "received": at, "view": view,
        "unit": "view", "uid": view, "path": "/", "layout": "article", "lang": "en",
    }  # fmt: skip
    return Event(**{**known, **changed})


def segment(state: Path, events: Iterable[Event], name: str = "a", day: str = "20251125") -> Path:
    folder = events_folder(state)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{day}T000000Z-1-{name}.ndjson"
    path.write_bytes(b"".join(map(line, events)))
    return path


def run(state: Path, *, days: int = 90, room: int = ROOM, now_s: float = NOW_S) -> Any:
    return compact(state, retention_days=days, max_bytes=room, now_s=now_s)


def rows(folder: Path, what: str) -> list[tuple[Any, ...]]:
    if not any(folder.glob("*.parquet")):
        return []
    return duckdb.sql(f"SELECT {what} FROM read_parquet('{folder}/*.parquet')").fetchall()


def names(state: Path) -> list[str]:
    return [path.name for path in segments(state)]


def ids(state: Path) -> list[str]:
    return sorted(name for (name,) in rows(days_folder(state), "id"))


def counted(state: Path) -> int:
    return sum(count for (count,) in rows(daily_folder(state), "events"))


def told(state: Path, name: str) -> dict[str, Any]:
    path = days_folder(state) / name
    (row,) = duckdb.sql(
        f"SELECT value FROM parquet_kv_metadata('{path}') WHERE key = 'adweave'"
    ).fetchall()
    found: dict[str, Any] = json.loads(row[0])
    return found


def test_closed_segments_become_a_file_a_day_and_are_deleted(tmp_path: Path) -> None:
    events = [event(number) for number in range(10)]
    later = [event(number, FIRST + 1) for number in range(10, 14)]
    segment(tmp_path, events[:6] + later[:2])
    segment(tmp_path, events[6:] + later[2:], "b")
    done = run(tmp_path)
    assert (done.segments, done.events, done.doubles, done.torn) == (2, 14, 0, 0)
    assert names(tmp_path) == [
        "2025-11-25.parquet",
        "2025-11-26.parquet",
    ]
    assert ids(tmp_path) == sorted(one.id for one in events + later)
    assert counted(tmp_path) == 14


def test_every_field_of_an_event_is_kept(tmp_path: Path) -> None:
    whole = event(
        1, gen="g", exp="density", variant="dense", placement="inline", slot="inline-1",
        value=0.25, width=360, bot=True, qa=True, unknown=True,
    )  # fmt: skip
    segment(tmp_path, [whole])
    run(tmp_path)
    (row,) = rows(days_folder(tmp_path), ", ".join(Event.__slots__))
    assert row == tuple(getattr(whole, name) for name in Event.__slots__)


def test_copies_are_dropped_within_a_run_across_runs_and_over_midnight(tmp_path: Path) -> None:
    segment(tmp_path, [event(1), event(1), event(2)])
    assert run(tmp_path).doubles == 1
    segment(tmp_path, [event(2), event(3)], "b")
    segment(tmp_path, [event(1, FIRST + 1), event(4, FIRST + 1)], "c", "20251126")
    done = run(tmp_path)
    assert (done.events, done.doubles) == (2, 2)
    assert ids(tmp_path) == sorted(event(number).id for number in (1, 2, 3, 4))
    assert told(tmp_path, "2025-11-25.parquet")["doubles"] == 2


def test_torn_and_empty_segments_are_no_matter(tmp_path: Path) -> None:
    path = segment(tmp_path, [event(1)])
    path.write_bytes(path.read_bytes() + line(event(2))[:-20])
    segment(tmp_path, [], "b")
    done = run(tmp_path)
    assert (done.segments, done.events, done.torn) == (2, 1, 1)
    assert ids(tmp_path) == [event(1).id]


def test_many_segments_are_taken_a_few_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "BATCH", 3)
    monkeypatch.setattr(compacting, "BATCH_BYTES", 1_000)
    for number in range(0, 40, 4):
        segment(tmp_path, [event(number + each) for each in range(4)], f"{number:02}")
    segment(tmp_path, [event(number) for number in range(40, 60)], "large")
    done = run(tmp_path)
    assert (done.segments, done.events, done.doubles) == (11, 60, 0)
    assert counted(tmp_path) == len(ids(tmp_path)) == 60


def test_a_segment_that_is_written_to_stays(tmp_path: Path) -> None:
    store = SegmentStore(events_folder(tmp_path))
    store.append([event(1)])
    while not store.counts.written:
        os.sched_yield()
    done = run(tmp_path)
    assert (done.segments, done.open) == (0, 1)
    assert not has_work(tmp_path, NOW_S)
    store.close()
    assert has_work(tmp_path, NOW_S)
    assert run(tmp_path).events == 1
    assert not has_work(tmp_path, NOW_S)
    assert has_work(tmp_path, NOW_S + 2 * 86_400)  # for what grows old without new events


def test_a_segment_of_a_killed_process_is_closed(tmp_path: Path) -> None:
    child = child_of(
        """
        store = SegmentStore(events_folder(state))
        store.append([event(7)])
        while not store.counts.written:
            os.sched_yield()
        assert compact(state, retention_days=90, max_bytes=10**12).open == 1
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        tmp_path,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert run(tmp_path).events == 1


def test_an_idle_segment_is_closed_when_it_is_old(tmp_path: Path) -> None:
    store = SegmentStore(events_folder(tmp_path), segment_age_s=0.05)
    store.append([event(1)])
    while not has_work(tmp_path, NOW_S):
        os.sched_yield()
    store.append([event(2)])
    store.close()
    run(tmp_path)
    assert ids(tmp_path) == sorted([event(1).id, event(2).id])


KILLED_AT = 12


@pytest.mark.parametrize("step", range(KILLED_AT))
def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(tmp_path: Path, step: int) -> None:
    """The child kills itself at its n-th change of the disk: a sync, a rename, a deletion."""
    old = [event(number) for number in range(8)]
    segment(tmp_path, old)
    run(tmp_path)
    new = [event(number) for number in range(6, 16)]
    late = [event(number, FIRST + 1) for number in range(16, 20)]
    segment(tmp_path, new[:5] + late, "b")
    segment(tmp_path, new[5:], "c")
    child = child_of(
        f"""
        left = [{step}]

        def dying(real):
            def called(*arguments, **named):
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1
                return real(*arguments, **named)
            return called

        os.replace, os.fsync = dying(os.replace), dying(os.fsync)
        Path.unlink = dying(Path.unlink)
        compact(state, retention_days=90, max_bytes=10**12, now_s={NOW_S})
        print("alive")
        """,
        tmp_path,
    )
    assert child.returncode == -signal.SIGKILL, child.stdout + child.stderr
    again = run(tmp_path)
    assert ids(tmp_path) == sorted({one.id for one in old + new + late})
    assert counted(tmp_path) == len(ids(tmp_path)) == 20
    assert told(tmp_path, "2025-11-25.parquet")["doubles"] == 2
    assert again.torn == 0
    assert not list(tmp_path.rglob("*.ndjson"))
    assert run(tmp_path).segments == 0


def test_the_kills_above_cover_a_whole_run(tmp_path: Path) -> None:
    segment(tmp_path, [event(1)])
    run(tmp_path)
    segment(tmp_path, [event(2), event(3, FIRST + 1)], "b")
    segment(tmp_path, [event(4)], "c")
    child = child_of(
        f"""
        steps = [0]

        def counting(real):
            def called(*arguments, **named):
                steps[0] += 1
                return real(*arguments, **named)
            return called

        os.replace, os.fsync = counting(os.replace), counting(os.fsync)
        Path.unlink = counting(Path.unlink)
        compact(state, retention_days=90, max_bytes=10**12, now_s={NOW_S})
        print(steps[0])
        """,
        tmp_path,
    )
    assert int(child.stdout) >= KILLED_AT, child.stderr


def test_only_one_run_at_a_time_and_none_while_a_report_reads(tmp_path: Path) -> None:
    segment(tmp_path, [event(1)])
    with held_still(tmp_path):
        with held_still(tmp_path), pytest.raises(CompactionBusy, match="another run or a report"):
            run(tmp_path)
        assert len(list(tmp_path.rglob("*.ndjson"))) == 1
    with open(events_folder(tmp_path) / "lock", "rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(CompactionBusy):
            run(tmp_path)
    assert run(tmp_path).events == 1


def test_many_runs_of_many_processes_beside_a_writer_keep_each_event_once(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent("""
            store = SegmentStore(events_folder(state), segment_bytes=4_000)
            for number in range(3_000):
                store.append([event(number)])
                if number % 20 == 0:
                    while store.counts.queued:
                        os.sched_yield()
            store.close()
        """), str(tmp_path)],
    )  # fmt: skip
    runs = 0
    while writer.poll() is None or runs < 3:
        children = [
            subprocess.Popen(
                [sys.executable, "-c", PREAMBLE + BUSY_OR_DONE, str(tmp_path)],
            )
            for _ in range(2)
        ]
        if runs % 2:
            children[0].kill()
        for child in children:
            child.wait()
        runs += 1
    assert writer.returncode == 0
    run(tmp_path)
    assert ids(tmp_path) == sorted(event(number).id for number in range(3_000))
    assert counted(tmp_path) == 3_000


def test_old_days_go_and_their_sums_stay(tmp_path: Path) -> None:
    segment(tmp_path, [event(number, FIRST) for number in range(5)])
    segment(tmp_path, [event(number, FIRST + 2) for number in range(5, 8)], "b", "20251127")
    run(tmp_path)
    done = run(tmp_path, days=2)
    assert (done.expired, done.cut) == (1, 0)
    assert names(tmp_path) == ["2025-11-27.parquet"]
    assert counted(tmp_path) == 8


def test_events_that_come_after_their_day_has_gone_are_added_to_its_sums(tmp_path: Path) -> None:
    path = segment(tmp_path, [event(number) for number in range(5)])
    copy = path.read_bytes()
    run(tmp_path)
    assert run(tmp_path, days=1).expired == 1
    segment(tmp_path, [event(number) for number in range(5, 9)], "late")
    path.write_bytes(copy)  # and one that was merged already comes back with a backup
    run(tmp_path, days=1)
    assert not segments(tmp_path)
    assert counted(tmp_path) == 9
    assert sorted(each.name for each in daily_folder(tmp_path).iterdir()) == [
        "2025-11-25.2.parquet", "2025-11-25.parquet",
    ]  # fmt: skip


def test_the_oldest_days_go_when_there_is_no_room(tmp_path: Path) -> None:
    for day in range(3):
        events = [event(number, FIRST + day, id=f"{day}-{number}") for number in range(2_000)]
        segment(tmp_path, events, str(day), f"2025112{5 + day}")
    full = run(tmp_path).bytes_now
    done = run(tmp_path, room=full - 1)
    assert done.cut == 1
    assert done.bytes_now < full
    assert names(tmp_path) == [
        "2025-11-26.parquet",
        "2025-11-27.parquet",
    ]
    assert run(tmp_path, room=1).bytes_now == 0
    assert counted(tmp_path) == 6_000


def test_a_days_sums_tell_what_was_asked_and_seen(tmp_path: Path) -> None:
    slot = {"placement": "inline", "slot": "inline-1", "exp": "density", "variant": "dense"}
    segment(
        tmp_path,
        [
            event(1), event(2), event(4, kind="in-view", value=1.5, **slot),
            event(5, kind="in-view", value=2.0, **slot), event(8, bot=True),
        ],
    )  # fmt: skip
    run(tmp_path)
    what = "kind, variant, placement, bot, events, value, views, units, day"
    day = datetime.fromtimestamp(FIRST * 86_400, UTC).date()
    assert sorted(rows(daily_folder(tmp_path), what), key=repr) == sorted(
        [
            ("view", None, None, False, 2, None, 1, 1, day),
            ("view", None, None, True, 1, None, 1, 1, day),
            ("in-view", "dense", "inline", False, 2, 3.5, 1, 1, day),
        ],
        key=repr,
    )


def test_names_made_up_by_browsers_do_not_make_the_sums_grow_without_end(tmp_path: Path) -> None:
    made_up = [event(number, layout=f"made-up-{number}") for number in range(5_000)]
    segment(tmp_path, [event(number, id=f"r-{number}") for number in range(50)] + made_up)
    run(tmp_path)
    found = rows(daily_folder(tmp_path), "layout, events")
    assert len(found) <= 2_001
    assert ("article", 50) in found
    assert sum(count for _, count in found) == 5_050


def test_a_broken_days_file_is_put_aside_and_its_sums_stay(tmp_path: Path) -> None:
    segment(tmp_path, [event(1)])
    run(tmp_path)
    (days_folder(tmp_path) / "2025-11-25.parquet").write_bytes(b"not a table")
    segment(tmp_path, [event(2)], "b")
    done = run(tmp_path)
    assert done.broken == 1
    assert (days_folder(tmp_path) / "2025-11-25.broken").exists()
    assert counted(tmp_path) == 2


def test_without_duckdb_old_segments_go_and_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    segment(tmp_path, [event(1)])
    segment(tmp_path, [event(2, FIRST + 2)], "b", "20251127")
    done = run(tmp_path, days=2)
    assert (done.has_duckdb, done.expired, done.segments) == (False, 1, 0)
    assert [path.name[:8] for path in segments(tmp_path)] == ["20251127"]
    assert run(tmp_path, room=1).cut == 1
    assert not segments(tmp_path)


def test_a_full_disk_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    """A limit on the file size stands for the disk."""
    segment(tmp_path, [event(number, path=f"/{os.urandom(40).hex()}") for number in range(3_000)])
    child = child_of(
        """
        import resource
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        try:
            compact(state, retention_days=90_000, max_bytes=10**12)
        except CompactionFailed as error:
            print("said", error)
        """,
        tmp_path,
    )
    assert child.stdout.startswith("said "), child.stderr
    assert not list(days_folder(tmp_path).glob("*"))
    assert run(tmp_path).events == 3_000
    assert len(ids(tmp_path)) == 3_000


def test_an_events_folder_that_is_none_is_said(tmp_path: Path) -> None:
    assert run(tmp_path).segments == 0
    segment(tmp_path, [event(1)])
    days_folder(tmp_path).write_text("a file where the folder should be")
    with pytest.raises(CompactionFailed):
        run(tmp_path)
    days_folder(tmp_path).unlink()
    assert run(tmp_path).events == 1


PREAMBLE = textwrap.dedent(
    f"""
    import os, signal, sys
    from pathlib import Path
    from adweave.events import (
        CompactionBusy, CompactionFailed, Event, SegmentStore, compact, events_folder,
    )

    state = Path(sys.argv[1])

    def event(number):
        view = f"{{number // 4:016x}}"
        at = {FIRST * DAY_MS} + 1_000 * number
        return Event(id=f"{{view}}-{{number}}", kind="view", t=at, received=at, view=view,
                     unit="view", uid=view, path="/", layout="article", lang="en")
    """
)
BUSY_OR_DONE = """
try:
    compact(state, retention_days=90_000, max_bytes=10**12)
except CompactionBusy:
    pass
"""


def child_of(code: str, state: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent(code), str(state)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_days_file_from_before_a_column_was_there_is_read_and_added_to(tmp_path: Path) -> None:
    segment(tmp_path, [event(1)])
    run(tmp_path)
    (path,) = days_folder(tmp_path).glob("*.parquet")
    with duckdb.connect() as db:
        told = db.execute(
            "SELECT decode(value) FROM parquet_kv_metadata($1) WHERE key = 'adweave'", [str(path)]
        ).fetchone()
        assert told is not None
        older = tmp_path / "older.parquet"
        quoted = told[0].replace("'", "''")
        db.execute(
            f"COPY (SELECT * EXCLUDE (qa) FROM read_parquet('{path}')) TO '{older}'"
            f" (FORMAT parquet, KV_METADATA {{adweave: '{quoted}'}})"
        )
        older.replace(path)
    segment(tmp_path, [event(2, qa=True)], name="later")
    run(tmp_path)
    assert sorted(rows(days_folder(tmp_path), "qa"), key=str) == [(None,), (True,)]
