"""Pages that nobody has asked for before: the gateway beside itself, weaving with beautifulsoup4.

Both stand before one site of distinct articles and are asked for the same ones, each once, in
turns. What counts is the processor time of the whole process, so what both need for HTTP is in
both.
"""

from __future__ import annotations

import contextlib
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from .gateway import Getter, gateway_before, placements_with, precise_cpu_s
from .soup_gateway import LAYOUT
from .stories import Stories, StorySite

AT_MOST = 0.25
_PAGES = 20
_USUAL_BYTES = 113_000
# The rival is to have the time it needs.
_LIMITS = {"deadline_ms": 20_000}
_WARMING = 3
_OURS, _SOUP = "adweave", "beautifulsoup4+lxml"
_VERDICTS = {_OURS: b"plan=miss", _SOUP: b'layout="%b"; plan=miss' % LAYOUT.encode()}


def report(rounds: int = 9, requests: int = 20) -> str:
    """The table, in Markdown."""
    stories = Stories(_PAGES, nearest_bytes=_USUAL_BYTES)
    taken = costs(stories, rounds, requests)
    size = statistics.median(len(stories.page(number)) for number in range(len(stories)))
    ratio = statistics.median(a / b for a, b in zip(taken[_OURS], taken[_SOUP], strict=True))
    rows = (
        (name, statistics.median(taken[name]) * 1e3, bounds)
        for name, bounds in ((_OURS, f"{ratio:.3f}x | {AT_MOST:.2f}x"), (_SOUP, "1.000x |"))
    )
    lines = [
        f"## A plan miss, identity ({rounds} x {requests} distinct articles made of "
        f"{len(stories)} {stories.origin}, median {size / 1000:.0f} KB)\n",
        "| the gateway, weaving with | ms of processor a request | to beautifulsoup4+lxml "
        "| at most |",
        "| --- | --- | --- | --- |",
        *(f"| {name} | {ms:.2f} | {bounds} |" for name, ms, bounds in rows),
        f"\nEach of the {2 * rounds * requests:,} answers was a page woven for that request.\n",
    ]
    return "\n".join(lines)


def costs(stories: Stories, rounds: int, requests: int) -> dict[str, list[float]]:
    """Seconds of processor a request by gateway, one value a round."""
    folder = Path(tempfile.mkdtemp(prefix="adweave-bench-"))
    programs = {_OURS: (), _SOUP: (sys.executable, "-m", "tests.bench.soup_gateway")}
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        placements_with(folder, _LIMITS)
        site = StorySite(stories)
        stack.callback(site.close)
        sides = {}
        for name, program in programs.items():
            port, process = stack.enter_context(gateway_before(folder, site.port, program=program))
            getter = Getter(port, "/")
            stack.callback(getter.close)
            sides[name] = (getter, process.pid)
        taken: dict[str, list[float]] = {name: [] for name in sides}
        numbers = iter(range(_WARMING + rounds * requests))
        for turn in [[next(numbers) for _ in range(_WARMING)]] + [
            [next(numbers) for _ in range(requests)] for _ in range(rounds)
        ]:
            for name, (getter, pid) in sides.items():
                began = precise_cpu_s(pid)
                for number in turn:
                    _ask(getter, number, _VERDICTS[name])
                taken[name].append((precise_cpu_s(pid) - began) / len(turn))
    return {name: values[1:] for name, values in taken.items()}


def _ask(getter: Getter, number: int, verdict: bytes) -> None:
    getter.turn_to(f"/story/{number}", "Accept-Encoding: identity")
    size = getter.get()
    if getter.status != 200 or verdict not in getter.head or not size:
        raise SystemExit(f"/story/{number}: {getter.head.decode('latin-1')}")
