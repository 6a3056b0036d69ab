"""A function in a process of its own, with limits on time and memory: what is measured there may
hang, eat all memory or crash, and the bench goes on."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection


@dataclass(frozen=True, slots=True)
class Spent:
    """What a call took; `ended` is "" when it came to its end, else why not."""

    seconds: float  # of processor time, so that a busy machine says the same
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
    # What the parent has freed would be taken first, and no page of memory be seen to come.
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = _forget_the_peak()
    began = time.process_time()
    said = ended = ""
    try:
        said = call()
    except BaseException as failure:
        ended = f"{type(failure).__name__}: {failure}"[:200]
    answer.send((time.process_time() - began, _peak_bytes() - before, said, ended))


def _forget_the_peak() -> int:
    """Set the process's peak of resident memory to what is resident now; that many bytes."""
    with open("/proc/self/clear_refs", "w") as orders:
        orders.write("5")  # proc(5): reset the peak resident set size
    return _peak_bytes()


def _peak_bytes() -> int:
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
