"""What a worker takes with its stores full: plans and pages of as many distinct articles.

A real `adweave serve` stands before a site of distinct articles, and each is asked for once; then
some are asked for again, as readers do. Resident memory is the kernel's count of the process, what
is stored is the gateway's own.
"""

from __future__ import annotations

import contextlib
import random
import re
import shutil
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .gateway import Getter, free_ports, gateway_before, metrics, placements_with, rss_bytes
from .stories import Stories, StorySite

PLANS = 10_000
STORE_BYTES = 64_000_000
AT_MOST_BYTES = 120_000_000
_READERS = 4
_AGAIN = 0.3
_TRIES = 20
_MOSTLY = 0.95  # a paragraph put in at the wrong place may cost a page its slots
_BUSY = (b"deadline", b"busy")  # the plan is there the next time
_VERDICT = re.compile(rb"(?i)\r\nadweave-status: (woven|passed);.*?(?:reason|plan)=\"?([a-z-]+)")
_LIMITS = {"max_plans": PLANS, "max_page_store_bytes": STORE_BYTES}


_HELD = (  # row, what is counted, its size
    ("plans", "adweave_plans", "adweave_plans_bytes"),
    ("pages", "adweave_page_store_pages", "adweave_page_store_bytes"),
    ("answers with validators", "adweave_held_answers", "adweave_held_bytes"),
    ("pages known by their tags", "adweave_known_pages", "adweave_known_bytes"),
)


@dataclass(frozen=True, slots=True)
class Resident:
    """A worker's resident bytes at its start and full, and what it says it holds then."""

    began: int
    full: int
    files: int  # of it programs and libraries, which processes share
    stored: dict[str, float]
    answers: Counter[str]


def report(count: int = PLANS) -> str:
    """The table, in Markdown."""
    stories = Stories(200)
    found = filled(stories, count)
    stored = found.stored
    rows = [
        ("at its start", found.began),
        (f"after {count:,} articles, and some of them again", found.full),
        ("of it programs and libraries, which workers share", found.files),
        *((f"of it {name} ({stored[number]:,.0f})", stored[size]) for name, number, size in _HELD),
    ]
    lines = [
        f"## A worker's memory ({count:,} distinct articles made of {len(stories)} "
        f"{stories.origin}, a page store of {STORE_BYTES / 1e6:.0f} MB)\n",
        "| | MB |",
        "| --- | --- |",
        *(f"| {name} | {size / 1e6:.1f} |" for name, size in rows),
        f"\nAt most {AT_MOST_BYTES / 1e6:.0f} MB are wanted. Answers: "
        + ", ".join(f"{number:,} {what}" for what, number in found.answers.most_common())
        + ".\n",
    ]
    return "\n".join(lines)


def filled(stories: Stories, count: int) -> Resident:
    """Start a gateway, have it weave `count` articles, ask for some again, and look."""
    folder = Path(tempfile.mkdtemp(prefix="adweave-bench-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        placements_with(folder, _LIMITS)
        site = StorySite(stories, b"Cache-Control: public, max-age=0")
        stack.callback(site.close)
        (admin,) = free_ports(1)
        port, process = stack.enter_context(
            gateway_before(folder, site.port, "--admin", f"127.0.0.1:{admin}")
        )
        began = rss_bytes(process.pid)
        answers: Counter[str] = Counter()
        again = random.Random(5).sample(range(count), int(count * _AGAIN))
        for numbers in (list(range(count)), again):
            with ThreadPoolExecutor(_READERS) as pool:
                parts = (numbers[start::_READERS] for start in range(_READERS))
                for found in pool.map(partial(_read, port), parts):
                    answers += found
        stored = metrics(admin)
        woven = answers["woven (miss)"] + answers["woven (hit)"]
        if stored["adweave_plans"] != count or woven < _MOSTLY * (count + len(again)):
            raise SystemExit(f"{stored['adweave_plans']:.0f} plans of {count} pages: {answers}")
        full, files = rss_bytes(process.pid), rss_bytes(process.pid, "RssFile")
        return Resident(began, full, files, stored, answers)


def _read(port: int, numbers: list[int]) -> Counter[str]:
    """Ask for articles on one connection, every second one compressed, until each has its plan."""
    getter = Getter(port, "/")
    answers: Counter[str] = Counter()
    for number in numbers:
        coding = ("identity", "gzip")[number % 2]
        getter.turn_to(f"/story/{number}", f"Accept-Encoding: {coding}")
        for _ in range(_TRIES):
            size = getter.get()
            verdict = _VERDICT.search(getter.head)
            if getter.status != 200 or not size or verdict is None:
                raise SystemExit(f"/story/{number}: {getter.head.decode('latin-1')}")
            answers[f"{verdict[1].decode()} ({verdict[2].decode()})"] += 1
            if verdict[2] not in _BUSY:
                break
    getter.close()
    return answers
