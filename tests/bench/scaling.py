"""How time and memory grow: hostile pages, and real ones repeated to ten times their bytes."""

from __future__ import annotations

import asyncio
import gc
import re
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial

import click
import turbohtml

from adweave.http import Engine, PageHead, PagePassed
from adweave.page import broken_insertions, outline_of, read_page
from tests.quality.weavers import Desk, get

from .confined import Spent, confined
from .hostile import HOSTILE
from .pages import Sample, largest, samples
from .planning import Planner
from .serving import woven_app
from .timing import Call, side_by_side

_UTF_8 = "text/html; charset=utf-8"
_LIMIT_S = 60.0
_MEMORY_BYTES = 4_000_000_000
_BODY = re.compile(rb"<body\b[^>]*>(.*)</body\s*>", re.IGNORECASE | re.DOTALL)


def hostile(size: int, only: str) -> None:
    """Hostile pages of `size` bytes: the engine alone, and the middleware just below its limit."""
    planner = Planner()
    below = min(size, planner.engine.max_body_bytes * 9 // 10)  # some makers overshoot
    click.echo(
        f"## Hostile pages of {size / 1e6:.1f} MB to the engine, of {below / 1e6:.1f} MB to the "
        f"middleware\n\n| page | engine, s of processor | peak, MB | it says | reader waits, s "
        "| others wait, s | reader gets |\n| --- | --- | --- | --- | --- | --- | --- |"
    )
    longest = slowest = stalled = 0.0
    for name, make in HOSTILE.items():
        if only not in name:
            continue
        alone = _confined(partial(_plan, planner.engine, planner.head, make(size)))
        served = _confined(partial(_serve, make(below)))
        waits, stall, status = served.said.split("|") if served.said else ("0", "0", served.ended)
        longest = max(longest, alone.seconds)
        slowest = max(slowest, float(waits))
        stalled = max(stalled, float(stall))
        click.echo(
            f"| {name.replace('<', '&lt;')} | {alone.seconds:.2f} | {alone.peak_bytes / 1e6:.0f} "
            f"| {alone.said or '**' + alone.ended + '**'} | {waits} | {stall} | {status} |"
        )
    click.echo(
        f"\nThe longest took {longest:.2f} s of processor in the engine (1 s wanted); no reader "
        f"waited longer than {slowest:.2f} s, none of another page longer than {stalled:.2f} s.\n"
    )


def _confined(call: Callable[[], str]) -> Spent:
    return confined(call, limit_s=_LIMIT_S, memory_bytes=_MEMORY_BYTES)


def _plan(engine: Engine, head: PageHead, body: bytes) -> str:
    try:
        plan = engine.plan(body, head)
    except PagePassed as passed:
        return passed.reason
    return f"{plan.slots} slots"


def _serve(body: bytes) -> str:
    """The first request for a page, through the middleware as it is shipped."""
    desk = Desk()
    desk.body, desk.content_type = body, _UTF_8
    return asyncio.run(_served(desk))


async def _served(desk: Desk) -> str:
    app = woven_app(desk)
    body = desk.body
    desk.body = b"<p>nothing to weave"
    await get(app, "/first")  # what is loaded at first use is loaded
    desk.body = body
    stall = 0.0

    async def watch() -> None:
        nonlocal stall
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            stall = max(stall, time.perf_counter() - before - 0.001)

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0.01)
    began = time.perf_counter()
    answer = await get(app, "/story")
    took = time.perf_counter() - began
    await asyncio.sleep(0.002)
    watching.cancel()
    status = answer.fields.get("adweave-status", "none").replace("|", "")
    return f"{took:.2f}|{stall:.2f}|{status}"


def linear(count: int, rounds: int) -> None:
    """The corpus' largest pages with what is in their bodies several times over.

    Only pages that close what they open: others would nest ever deeper. Once to ten is what the
    promise speaks of; but a page has one article and much around it, and ten of them are ten
    articles with all that is around them in between, so that the article grows more than the page
    does. From two to twenty nothing grows but the page.
    """
    planner = Planner()
    found, origin = largest(4 * count)
    found = [one for one in found if _can_be_repeated(planner, one)][:count]
    # Memory first: what the timing leaves to the allocator would hide it.
    subjects, peaks = [], []
    for sample in found:
        bodies = {times: repeated(sample.body, times) for times in (1, 10, 2, 20)}
        head = planner.head_of(sample)
        calls = {
            str(times): partial(_plan, planner.engine, head, body) for times, body in bodies.items()
        }
        subjects.append(calls)
        peaks.append({name: _confined(call).peak_bytes / 1e6 for name, call in calls.items()})
    taken = [_processor_s(calls, rounds) for calls in subjects]
    click.echo(f"## Ten times the body ({len(found)} {origin})\n")
    click.echo("| page | KB | ms | 1 to 10, time | 2 to 20, time | MB at 2 | at 20 | memory |")
    click.echo("| --- | --- | --- | --- | --- | --- | --- | --- |")
    short, long, memory = [], [], []
    for sample, times, peak in zip(found, taken, peaks, strict=True):
        short.append(times["10"] / times["1"])
        long.append(times["20"] / times["2"])
        memory.append(peak["20"] / max(peak["2"], 0.1))
        click.echo(
            f"| {sample.name[:48]} | {len(sample.body) / 1000:.0f} | {times['1'] * 1e3:.1f} "
            f"| {short[-1]:.1f}x | {long[-1]:.1f}x | {peak['2']:.0f} | {peak['20']:.0f} "
            f"| {memory[-1]:.1f}x |"
        )
    click.echo("\n| for ten times the body (at most 11 wanted) | median | worst |")
    click.echo("| --- | --- | --- |")
    for name, ratios in (("time, 1 to 10", short), ("2 to 20", long), ("memory, 2 to 20", memory)):
        click.echo(f"| {name} | {statistics.median(ratios):.1f}x | {max(ratios):.1f}x |")
    click.echo("")


def _can_be_repeated(planner: Planner, sample: Sample) -> bool:
    """Whether the copies come to stand side by side, and twenty are within the limits on markup."""
    if _plan(planner.engine, planner.head_of(sample), repeated(sample.body, 20)) == "too-complex":
        return False
    children = [
        len(turbohtml.parse(repeated(sample.body, times).decode("latin-1")).select("body > *"))
        for times in (1, 2)
    ]
    return children[1] >= 2 * children[0] > 0


def repeated(body: bytes, times: int) -> bytes:
    """The page with its body's content repeated; as it is where it has no body tags."""
    found = _BODY.search(body)
    if found is None:
        return body
    return body[: found.start(1)] + found.group(1) * times + body[found.end(1) :]


def _processor_s(calls: Mapping[str, Call], rounds: int) -> dict[str, float]:
    """Median seconds of processor time, in turns: pages this large feel a busy machine most."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            gc.collect()
            began = time.process_time()
            call()
            taken[name].append(time.process_time() - began)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def self_check(pages: int, rounds: int) -> None:
    """The self-check of a plan against the first parse of the page."""
    planner = Planner()
    found, origin = samples(pages)
    subjects = []
    for sample in found:
        try:
            plan = planner.engine.plan(sample.body, planner.head_of(sample))
        except PagePassed:
            continue
        source = read_page(sample.body, sample.content_type)
        text = source.reading.text
        subjects.append(
            {
                _PARSE: partial(turbohtml.parse, text, source_locations=True),
                _READ: partial(read_page, sample.body, sample.content_type),
                _OUTLINE: partial(outline_of, source),
                _CHECK: partial(broken_insertions, source, plan.insertions),
            }
        )
    times = side_by_side(subjects, rounds=rounds)
    click.echo(f"## The self-check ({len(subjects)} {origin})\n")
    click.echo("| | ms, median page | to the first parse |\n| --- | --- | --- |")
    for name in times.of:
        click.echo(
            f"| {name} | {times.median(name) * 1000:.3f} | {times.ratio(name, _PARSE):.2f}x |"
        )
    click.echo(
        f"\nThe self-check costs {times.ratio(_CHECK, _PARSE):.2f} times the first parse "
        "(at most twice wanted).\n"
    )


_PARSE = "the first parse, with locations"
_READ = "reading: decode and parse"
_OUTLINE = "outline"
_CHECK = "self-check of the plan"
