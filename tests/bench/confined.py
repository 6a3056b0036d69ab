"""A function in a process of its own, with limits on time and memory: what is measured there may
hang, eat all memory or crash, and the bench goes on."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection


@dataclass(frozen=True, slots=True)
class Spent:
    """What a call took; `ended` is "" when it came to its end, else why not."""

    seconds: float
    peak_bytes: int  # resident memory above what the process began with
    said: str
    ended: str = ""


def confined(call: Callable[[], str], *, limit_s: float, memory_bytes: int) -> Spent:
    """Run `call` in a forked process; what it returns is `said`.

    `memory_bytes` bounds the address space above what is mapped now. Linux only: the child's
    peak is read from the kernel, in units of 1 024 bytes.
    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_report, args=(call, memory_bytes, theirs))
    child.start()
    theirs.close()
    try:
        if not ours.poll(limit_s):
            return Spent(limit_s, 0, "", f"killed after {limit_s:.0f} s")
        seconds, peak, said, ended = ours.recv()
        return Spent(seconds, peak, said, ended)
    except EOFError:
        child.join()
        return Spent(0.0, 0, "", f"the interpreter ended with {child.exitcode}")
    finally:
        child.kill()
        child.join()
        ours.close()


def _report(call: Callable[[], str], memory_bytes: int, answer: Connection) -> None:
    with open("/proc/self/statm") as statm:
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + memory_bytes,) * 2)
    before = _peak_bytes()
    began = time.perf_counter()
    said = ended = ""
    try:
        said = call()
    except BaseException as failure:
        ended = f"{type(failure).__name__}: {failure}"[:200]
    answer.send((time.perf_counter() - began, _peak_bytes() - before, said, ended))


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
