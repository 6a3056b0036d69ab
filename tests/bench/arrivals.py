"""Requests that come when they are due, whether or not those before them are answered.

Readers do not wait for each other. A client that asks for the next page once it has the last one
leaves a slow server alone just when it is slow, and so misses what its readers wait. Here the times
are drawn beforehand, as of many independent readers (a Poisson process); a request that finds no
connection free waits for one, and counts from when it was due. What the load itself is late by is
told apart. To be run in a process of its own: `generator` gives one.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import random
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

PATIENCE_S = 30.0
_BLOCK = 1 << 20
_CHUNKED_END = b"\r\n0\r\n\r\n"


class WrongAnswer(Exception):
    """An answer that is not the one to be measured, or none."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of whom, how often, and what each answer must have to be a right one."""

    port: int
    request: bytes
    rate: float  # requests a second, mean
    seconds: float
    connections: int = 16
    seed: int = 1
    verdict: bytes = b""  # in the head of each answer
    least_bytes: int = 0  # of each answer's content

    def unchecked(self) -> Load:
        """The same, whatever the answers' heads say: before a server knows the page."""
        return replace(self, verdict=b"", least_bytes=0)


@dataclass(slots=True)
class Arrivals:
    """Times in seconds, one a request, in the order of the answers."""

    took_s: list[float] = field(default_factory=list)  # from when it was due to the last byte
    late_s: list[float] = field(default_factory=list)  # that it was sent later than it could be


class Connection:
    """One kept connection: at most one request under way, its answer read as it comes."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self._socket = socket.create_connection(("127.0.0.1", load.port), PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)
        self.number = self._socket.fileno()
        self.due = 0.0
        self.free_since = 0.0
        self._start()

    def _start(self) -> None:
        self._head = b""
        self._left: int | None = None  # None: chunked, or not known yet
        self._size = 0
        self._end = b""

    def ask(self, due: float) -> float:
        """Send a request that is due; by how much later than it could be."""
        self.due = due
        self._start()
        sent = time.perf_counter()
        self._socket.send(self.load.request)
        return sent - max(due, self.free_since)

    def read(self, room: memoryview) -> bool:
        """Take what has come; whether the answer is whole. Raises `WrongAnswer`."""
        try:
            count = self._socket.recv_into(room)
        except BlockingIOError:
            return False
        if not count:
            raise WrongAnswer("the server closed a connection in mid-answer")
        block = room[:count]
        if not self._size and self._left is None and not self._end:
            self._head += bytes(block)
            head, blank, rest = self._head.partition(b"\r\n\r\n")
            if not blank:
                return False
            self._read_head(head)
            block = memoryview(rest)
        self._size += len(block)
        if self._left is not None:
            self._left -= len(block)
            is_whole = self._left <= 0
        else:
            self._end = (self._end + bytes(block[-len(_CHUNKED_END) :]))[-len(_CHUNKED_END) :]
            is_whole = self._end == _CHUNKED_END
        if is_whole and self._size < self.load.least_bytes:
            raise WrongAnswer(f"{self._size} bytes are not the page: {self._head[:500]!r}")
        return is_whole

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _read_head(self, head: bytes) -> None:
        if head[9:12] != b"200" or self.load.verdict not in head:
            raise WrongAnswer(f"not the answer that is measured: {head.decode('latin-1')}")
        low = head.lower()
        at = low.find(b"\r\ncontent-length:")
        if at >= 0:
            self._left = int(low[at + 17 :].partition(b"\r\n")[0])
        elif b"\r\ntransfer-encoding: chunked" not in low:
            raise WrongAnswer(f"no length: {head.decode('latin-1')}")
        self._end = b"\r\n"  # of the head: an empty chunked answer ends right behind it


def arrivals(load: Load) -> Arrivals:
    """Let the requests of a load come, and wait for all answers."""
    chance = random.Random(load.seed)
    times = []
    at = 0.0
    while at < load.seconds:
        times.append(at)
        at += chance.expovariate(load.rate)
    room = memoryview(bytearray(_BLOCK))
    found = Arrivals()
    gc.collect()
    gc.disable()
    with contextlib.ExitStack() as stack:
        stack.callback(gc.enable)
        connections = {}
        # As readers do, who open a connection to ask for something. Only what comes then counts.
        for _ in range(load.connections):
            one = Connection(load.unchecked())
            stack.callback(one.close)
            connections[one.number] = one
            one.ask(time.perf_counter())
        _run([], connections, room, Arrivals(), waiting=connections.values())
        for one in connections.values():
            one.load = load
        _run(times, connections, room, found)
    return found


def _run(
    times: list[float],
    connections: dict[int, Connection],
    room: memoryview,
    found: Arrivals,
    waiting: Collection[Connection] = (),
) -> None:
    """Send what comes in `times` (s) and read all answers, of those that are `waiting`, too."""
    free = deque() if waiting else deque(connections.values())
    numbers = list(connections)
    clock = time.perf_counter
    began = clock() + 0.01
    coming = deque(began + at for at in times)
    while coming or len(free) < len(numbers):
        now = clock()
        while free and coming and coming[0] <= now:
            found.late_s.append(free[0].ask(coming.popleft()))
            free.popleft()
            now = clock()
        wait_s = PATIENCE_S
        if free and coming:
            wait_s = max(coming[0] - clock(), 0.0)
        ready, _, _ = select.select(numbers, (), (), wait_s)
        if not ready and wait_s == PATIENCE_S:
            raise WrongAnswer(f"no answer in {PATIENCE_S:.0f} s")
        for number in ready:
            one = connections[number]
            if one.read(room):
                one.free_since = clock()
                found.took_s.append(one.free_since - one.due)
                free.append(one)


Run = Callable[..., list[Arrivals]]
"""Lets loads come at the same time, each from a process of its own."""


@contextlib.contextmanager
def generator(most: int = 1) -> Iterator[Run]:
    """`arrivals` in processes of their own, `most` at once. Ends the command at a fault."""
    with multiprocessing.get_context("spawn").Pool(most) as processes:

        def run(*loads: Load) -> list[Arrivals]:
            try:
                return processes.map(arrivals, loads, chunksize=1)
            except WrongAnswer as wrong:
                raise SystemExit(str(wrong)) from wrong

        yield run


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of all are."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
