"""Several worker processes behind one listening socket, and who looks after them.

All workers accept from one socket that the supervisor keeps open: a worker that ends or dies
takes no waiting connection with it, as it would with a socket of its own (`SO_REUSEPORT`), and
what is refused by none is answered by some.

- A worker that dies, or says nothing for `SILENT_S` seconds, is replaced.
- `restart` replaces all, one after the other, each ended only once its successor answers. They
  are new processes of the program as it is on the disk now: so it is upgraded.
- What one worker has planned is told to the others (`channel`), so that a page is planned once.
- Counters of workers are added up, of those that are gone too: a sum never falls.
- Workers whose supervisor is gone end by themselves, after the answers under way.

Knows processes and signals, nothing of HTTP and pages.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from .channel import Channel
from .counts import Snapshot, added_up

log = logging.getLogger("adweave.serve")

# A worker tells of itself every second; one that is silent for so long hangs.
SILENT_S: Final = 30.0
_LOOK_EVERY_S: Final = 1.0
_READY_WITHIN_S: Final = 60.0
# One that dies at once, again and again, is started ever more slowly.
_FIRST_WAIT_S: Final = 0.1
_LONGEST_WAIT_S: Final = 5.0
_LIVED_S: Final = 10.0

Start = Callable[[socket.socket], Awaitable[asyncio.subprocess.Process]]
"""Starts a worker that has this end of a channel; the caller closes it then."""


class StartFailed(Exception):
    """A worker ended before it was ready; `code` is its exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"a worker ended with code {code} before it was ready")
        self.code = code


class _Worker:
    """One process, from its start to its end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.channel: Channel | None = None
        self.ready = asyncio.Event()
        self.is_on_trial = False  # whoever started it sees to its failure
        self.is_ending = False
        self.began = time.monotonic()
        self.heard = self.began
        self.snapshot = Snapshot()

    def end(self) -> None:
        """Ask it to finish its answers and go; a second time: at once."""
        self.is_ending = True
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)


class Supervisor:
    """Keeps `count` workers running. `grace_s`: how long one may take to end."""

    def __init__(
        self, count: int, start: Start, *, grace_s: float, silent_s: float = SILENT_S
    ) -> None:
        self._count = count
        self._start = start
        self._grace_s = grace_s
        self._silent_s = silent_s
        self._secret = secrets.randbits(64)
        self._workers: list[_Worker] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._gone = Snapshot()
        self._restarting = asyncio.Lock()
        self._deaths = 0

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Start all, call `on_ready`, and keep them until `stop`. Raises `StartFailed`."""
        try:
            started = [await self._started(on_trial=True) for _ in range(self._count)]
            for worker in started:
                await self._until_ready(worker)
            on_ready()
            while not self._stopping.is_set():
                self._look()
                try:
                    async with asyncio.timeout(_LOOK_EVERY_S):
                        await self._stopping.wait()
                except TimeoutError:
                    continue
        finally:
            self._stopping.set()
            await self._end_all()

    def stop(self) -> None:
        """End, after the answers under way; called again: at once."""
        if self._stopping.is_set():
            for worker in self._workers:
                worker.end()
        self._stopping.set()

    def restart(self) -> None:
        """Replace all workers, one after the other, without a request lost."""
        self._do(self._restarted())

    def snapshot(self) -> Snapshot:
        """What all workers counted, those that are gone too."""
        found = added_up([*(worker.snapshot for worker in self._workers), self._gone])
        alive = sum(worker.ready.is_set() for worker in self._workers)
        counters = {**found.counters, ("adweave_worker_deaths_total", "", ""): self._deaths}
        gauges = {**found.gauges, "adweave_workers": alive}
        return Snapshot(counters, gauges, found.generation, found.off)

    # -- one worker --------------------------------------------------------------------------

    async def _started(self, *, on_trial: bool = False) -> _Worker:
        ours, theirs = socket.socketpair()
        with theirs:
            process = await self._start(theirs)
        worker = _Worker(process)
        worker.is_on_trial = on_trial
        self._workers.append(worker)

        def on_message(message: Any) -> None:
            self._on_message(worker, message)

        worker.channel = await Channel.over(ours, on_message, lambda: None)
        worker.channel.tell(("secret", self._secret))
        self._do(self._watched(worker))
        return worker

    async def _until_ready(self, worker: _Worker) -> None:
        """Raises `StartFailed`."""
        ready = asyncio.ensure_future(worker.ready.wait())
        ended = asyncio.ensure_future(worker.process.wait())
        try:
            await asyncio.wait(
                {ready, ended}, timeout=_READY_WITHIN_S, return_when=asyncio.FIRST_COMPLETED
            )
            if ready.done():
                worker.is_on_trial = False
            else:
                if not ended.done():
                    log.error("worker %d was not ready in time", worker.process.pid)
                    worker.process.kill()
                raise StartFailed(await ended)
        finally:
            ready.cancel()
            ended.cancel()

    async def _watched(self, worker: _Worker) -> None:
        """Wait for a worker's end and replace it, unless it was wanted."""
        code = await worker.process.wait()
        self._workers.remove(worker)
        if worker.channel is not None:
            worker.channel.close()
        # What it has now is nothing: gauges go with it.
        kept = Snapshot(worker.snapshot.counters)
        self._gone = added_up([self._gone, kept])
        if worker.is_ending or worker.is_on_trial or self._stopping.is_set():
            return
        self._deaths += 1
        log.error("worker %d died (code %d); starting another", worker.process.pid, code)
        wait_s = 0.0 if time.monotonic() - worker.began > _LIVED_S else self._next_wait_s()
        while not self._stopping.is_set():
            await asyncio.sleep(wait_s)
            try:
                await self._started()
                return
            except OSError as error:
                log.error("a worker can't be started: %s", error)
                wait_s = _LONGEST_WAIT_S

    def _next_wait_s(self) -> float:
        return min(_FIRST_WAIT_S * float(2 ** min(self._deaths, 10)), _LONGEST_WAIT_S)

    def _on_message(self, worker: _Worker, message: Any) -> None:
        worker.heard = time.monotonic()
        kind = message[0]
        if kind == "ready":
            worker.ready.set()
        elif kind == "snapshot":
            worker.snapshot = Snapshot(*message[1])
        elif kind == "plan":
            for other in self._workers:
                if other is not worker and other.channel is not None:
                    other.channel.hint(message)

    def _look(self) -> None:
        """End what hangs: its successor is started once it is dead."""
        now = time.monotonic()
        for worker in self._workers:
            if worker.ready.is_set() and now - worker.heard > self._silent_s:
                log.error(
                    "worker %d has said nothing for %.0f s; it is ended",
                    worker.process.pid,
                    now - worker.heard,
                )
                worker.heard = now
                worker.process.kill()

    # -- all of them -------------------------------------------------------------------------

    async def _restarted(self) -> None:
        async with self._restarting:
            for old in list(self._workers):
                if self._stopping.is_set() or old.is_ending:
                    continue
                try:
                    new = await self._started(on_trial=True)
                    await self._until_ready(new)
                except (StartFailed, OSError) as error:
                    log.error("restart given up, the old workers stay: %s", error)
                    return
                log.info("worker %d takes over from %d", new.process.pid, old.process.pid)
                await self._ended(old)

    async def _ended(self, worker: _Worker) -> None:
        worker.end()
        try:
            async with asyncio.timeout(self._grace_s):
                await worker.process.wait()
        except TimeoutError:
            log.error("worker %d did not end in time; it is killed", worker.process.pid)
            worker.process.kill()
            await worker.process.wait()

    async def _end_all(self) -> None:
        while self._workers:
            await asyncio.gather(*(self._ended(worker) for worker in list(self._workers)))
            await asyncio.sleep(0)
        for task in list(self._tasks):
            task.cancel()

    def _do(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
