"""Supervisor and channel, with small real processes for workers."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

import pytest

from adweave.http import Channel, StartFailed, Supervisor
from adweave.http.channel import MAX_FRAME_BYTES
from adweave.http.counts import Snapshot, added_up, as_text

# A worker that says it is ready, and that it is alive as often as it is told to.
WORKER = """
import marshal, signal, socket, sys, time
channel = socket.socket(fileno=int(sys.argv[1]))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
def tell(value):
    frame = marshal.dumps(value)
    channel.sendall(len(frame).to_bytes(4, "big") + frame)
tell(("ready",))
tell(("snapshot", ({("a_total", "", ""): 5}, {"b": 2.0}, "gen", "")))
channel.recv(100)
for _ in range(int(sys.argv[2])):
    time.sleep(0.05)
    tell(("snapshot", ({("a_total", "", ""): 5}, {"b": 2.0}, "gen", "")))
time.sleep(600)
"""


def starter(code: str, *arguments: str) -> Any:
    started: list[asyncio.subprocess.Process] = []

    async def start(theirs: socket.socket) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, str(theirs.fileno()), *arguments,
            pass_fds=(theirs.fileno(),),
        )  # fmt: skip
        started.append(process)
        return process

    return start, started


async def ran(supervisor: Supervisor, meanwhile: Any) -> None:
    ready = asyncio.Event()
    running = asyncio.ensure_future(supervisor.run(ready.set))
    async with asyncio.timeout(60):
        await asyncio.wait(
            [running, asyncio.ensure_future(ready.wait())], return_when=asyncio.FIRST_COMPLETED
        )
        if ready.is_set():
            await meanwhile()
            supervisor.stop()
        await running


def test_a_worker_that_hangs_is_ended_and_replaced() -> None:
    start, started = starter(WORKER, "0")

    async def main() -> None:
        supervisor = Supervisor(1, start, grace_s=5, silent_s=0.5)

        async def meanwhile() -> None:
            assert await started[0].wait() == -9
            while len(started) < 2:
                await asyncio.sleep(0.01)
            # Those of the dead and the living; its gauges are gone with it.
            while supervisor.snapshot().counters["a_total", "", ""] != 10:
                await asyncio.sleep(0.01)
            assert supervisor.snapshot().gauges["b"] == 2
            assert supervisor.snapshot().counters["adweave_worker_deaths_total", "", ""] >= 1

        await ran(supervisor, meanwhile)
        assert all(process.returncode is not None for process in started)

    asyncio.run(main())


def test_a_worker_that_ends_before_it_is_ready_ends_the_start() -> None:
    start, _ = starter("import sys; sys.exit(2)")

    async def main() -> None:
        supervisor = Supervisor(2, start, grace_s=5)
        with pytest.raises(StartFailed) as failure:
            await ran(supervisor, None)
        assert failure.value.code == 2

    asyncio.run(main())


def test_a_restart_whose_new_worker_fails_leaves_the_old_ones() -> None:
    start, started = starter(WORKER, "1000")

    async def main() -> None:
        is_broken = False

        async def sometimes(theirs: socket.socket) -> asyncio.subprocess.Process:
            if is_broken:
                raise OSError("no more processes")
            process: asyncio.subprocess.Process = await start(theirs)
            return process

        supervisor = Supervisor(2, sometimes, grace_s=5)

        async def meanwhile() -> None:
            nonlocal is_broken
            is_broken = True
            supervisor.restart()
            for _ in range(20):
                await asyncio.sleep(0)
            assert [process.returncode for process in started] == [None, None]
            is_broken = False
            supervisor.restart()
            await asyncio.gather(*(process.wait() for process in started[:2]))
            assert supervisor.snapshot().gauges["adweave_workers"] == 2

        await ran(supervisor, meanwhile)

    asyncio.run(main())


def test_values_come_whole_however_they_are_cut() -> None:
    async def main() -> None:
        ours, theirs = socket.socketpair()
        got: list[Any] = []
        all_there = asyncio.Event()

        def on_message(value: Any) -> None:
            got.append(value)
            if len(got) == 3:
                all_there.set()

        ended = asyncio.Event()
        channel = await Channel.over(ours, on_message, ended.set)
        other = await Channel.over(theirs, lambda _: None, lambda: None)
        sent = [("plan", b"k" * 16, "no-article"), ("big", b"x" * 300_000), ("after",)]
        for value in sent:
            other.tell(value)
        async with asyncio.timeout(20):
            await all_there.wait()
            assert got == sent
            other.close()
            await ended.wait()
        channel.tell(("nobody", "hears"))

    asyncio.run(main())


def test_hints_are_dropped_where_nobody_reads_and_frames_are_bounded() -> None:
    async def main() -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            channel = await Channel.over(ours, lambda _: None, lambda: None)
            for _ in range(40):
                channel.hint(("plan", b"x" * 1_000_000))
            transport = channel._transport
            assert transport is not None
            assert transport.get_write_buffer_size() < 12_000_000
            transport.abort()
        with pytest.raises(ValueError, match="a frame of"):
            channel.data_received((MAX_FRAME_BYTES + 1).to_bytes(4, "big"))

    asyncio.run(main())


def test_snapshots_add_up() -> None:
    one = Snapshot({("a", "x", "1"): 2, ("b", "", ""): 0.25}, {"g": 1}, "", "")
    other = Snapshot({("a", "x", "1"): 3}, {"g": 4, "h": 1}, "gen", "all")
    both = added_up([one, other])
    assert (both.generation, both.off) == ("gen", "all")
    assert as_text(both.counters, both.gauges) == (
        '# TYPE a counter\na{x="1"} 5\n# TYPE b counter\nb 0.25\n'
        "# TYPE g gauge\ng 5\n# TYPE h gauge\nh 1\n"
    )
