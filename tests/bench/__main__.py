"""`python -m tests.bench`: the figures, as ratios to what people use now."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial

import click
import turbohtml

from adweave.http import PagePassed

from .baselines import after_paragraphs_three_and_six, lxml_after_paragraphs_three_and_six
from .experiments import page as simulated_page
from .folders import folders
from .hostile import FIVE_MB
from .memory import memory
from .pages import Sample, samples, usual_page
from .places import places
from .planning import Planner
from .scaling import hostile, linear, self_check
from .timing import Call, side_by_side

_GROUPS = (
    "planning",
    "places",
    "folders",
    "memory",
    "self-check",
    "linear",
    "hostile",
    "hit",
    "sockets",
    "gateway",
    "misses",
    "latency",
    "workers",
    "worker-memory",
    "idle",
    "first-byte",
    "browser",
    "simulations",
    "reports",
)


@click.command()
@click.argument("groups", nargs=-1, type=click.Choice(_GROUPS))
@click.option("--pages", default=60, show_default=True, help="Pages to plan.")
@click.option("--rounds", default=5, show_default=True, help="Turns per page.")
@click.option("--largest", default=10, show_default=True, help="Large pages to repeat.")
@click.option("--bytes", "size", default=FIVE_MB, show_default=True, help="Of a hostile page.")
@click.option("--only", default="", help="Hostile pages whose name contains this.")
def main(
    groups: tuple[str, ...], pages: int, rounds: int, largest: int, size: int, only: str
) -> None:
    """Measure the named GROUPS (all of them by default) and print Markdown tables."""
    wanted = groups or _GROUPS
    runners: Mapping[str, Callable[[], None]] = {
        "planning": partial(planning, pages, rounds),
        "places": partial(places, pages, rounds),
        "folders": partial(folders, rounds),
        "memory": partial(memory, pages),
        "self-check": partial(self_check, pages, rounds),
        "linear": partial(linear, largest, rounds),
        "hostile": partial(hostile, size, only),
        "hit": hit,
        "sockets": sockets,
        "gateway": gateway,
        "misses": misses,
        "latency": latency,
        "workers": workers,
        "worker-memory": worker_memory,
        "idle": idle,
        "first-byte": first_byte,
        "browser": partial(browser, rounds),
        "simulations": simulations,
        "reports": reports,
    }
    for name in wanted:
        runners[name]()


def simulations() -> None:
    """Made-up experiments, judged by the code that reports use."""
    click.echo(simulated_page(2_000))


def reports() -> None:
    """`adweave report` on ten million events."""
    from .reports import EVENTS, reports

    click.echo(f"## A report on {EVENTS:,} events\n")
    click.echo(f"{reports()}\n")


def planning(pages: int, rounds: int) -> None:
    """A plan from bytes against parsing, inserting and writing with the rivals."""
    planner = Planner()
    # Pages that are passed cost a plan, too; but the rivals would weave them, so leave them out.
    found, origin = samples(pages)
    chosen = [one for one in found if _is_woven(planner, one)]
    times = side_by_side([_contestants(planner, one) for one in chosen], rounds=rounds)
    size = statistics.median(len(one.body) for one in chosen)
    click.echo(f"## Planning a page ({len(chosen)} {origin}, median {size / 1000:.0f} KB)\n")
    click.echo("| | ms, median page | to beautifulsoup4+lxml | to lxml.html |")
    click.echo("| --- | --- | --- | --- |")
    for name in times.of:
        click.echo(
            f"| {name} | {times.median(name) * 1000:.2f} | {times.ratio(name, _SOUP):.3f}x "
            f"| {times.ratio(name, _LXML):.2f}x |"
        )
    faster = 1 / times.ratio(_PLAN, _SOUP)
    outline = 1 / times.ratio(_OUTLINE, _SOUP)
    click.echo(
        f"\nA plan is {faster:.1f}x faster than beautifulsoup4+lxml (8x wanted) and takes "
        f"{times.ratio(_PLAN, _LXML):.2f}x lxml.html's time (at most 1.4x wanted); "
        f"an outline is {outline:.1f}x faster (12x wanted).\n"
    )


_PLAN = "adweave: parse, outline, plan, slots, self-check, splice"
_OUTLINE = "adweave: parse and outline"
_PARSE = "turbohtml: parse with locations"
_SOUP = "beautifulsoup4+lxml: parse, insert, write"
_LXML = "lxml.html: parse, insert, write"


def _is_woven(planner: Planner, sample: Sample) -> bool:
    try:
        return planner.woven(sample.body, sample.content_type) != sample.body
    except PagePassed:
        return False


def _contestants(planner: Planner, sample: Sample) -> dict[str, Call]:
    text = sample.body.decode("latin-1")
    return {
        _PLAN: partial(planner.woven, sample.body, sample.content_type),
        _OUTLINE: partial(planner.outline, sample),
        _PARSE: partial(turbohtml.parse, text, source_locations=True),
        _SOUP: partial(after_paragraphs_three_and_six, sample.body, sample.charset),
        _LXML: partial(lxml_after_paragraphs_three_and_six, sample.body, sample.charset),
    }


def hit() -> None:
    """A woven request from the cache against the bare app, over ASGI in one process."""
    from .serving import Caller, desk_with, woven_app

    loop = asyncio.new_event_loop()
    page = usual_page()
    bare = Caller(desk_with(page), loop)
    woven = Caller(woven_app(desk_with(page)), loop)
    body, status = woven.first()
    _, again = woven.first()
    if body == page.body or "plan=hit" not in again:
        click.echo(f"the usual page is not woven from the cache: {status!r}, then {again!r}")
        sys.exit(1)
    calls = {"bare": partial(bare.many, 200), "woven": partial(woven.many, 200)}
    times = side_by_side([calls], rounds=31)
    one, other = (times.median(name) / 200 * 1e6 for name in ("bare", "woven"))
    click.echo(f"## A plan hit, over ASGI in one process ({len(page.body) / 1000:.0f} KB)\n")
    click.echo("| | µs a request | to the bare app |\n| --- | --- | --- |")
    click.echo(f"| bare app | {one:.1f} | 1.00x |")
    click.echo(f"| with AdweaveMiddleware | {other:.1f} | {other / one:.2f}x |\n")
    click.echo(f"The bare app does next to nothing here: it is {other - one:.1f} µs that count.\n")
    loop.close()


def browser(rounds: int) -> None:
    """What the browser code costs a reader while a page loads."""
    from .loading import SLOWDOWN, loading

    click.echo(f"## The main thread at load, processor slowed down {SLOWDOWN} times\n")
    click.echo(f"{loading(rounds)}\n")


def sockets(requests: int = 200, rounds: int = 41) -> None:
    """The same over sockets: uvicorn with uvloop and httptools, one keep-alive connection.

    Bare and woven take turns; the ratio is the median of the rounds' own ratios, so that a busy
    machine disturbs both sides of each alike.
    """
    from .gateway import precise_cpu_s
    from .serving import Connection, apart, served

    wall: dict[str, list[float]] = {"bare": [], "woven": []}
    processor: dict[str, list[float]] = {"bare": [], "woven": []}
    with (
        served("bare") as (bare_port, bare_pid),
        served("woven") as (woven_port, woven_pid),
        apart([bare_pid, woven_pid]),
    ):
        sides = {
            "bare": (Connection(bare_port), bare_pid),
            "woven": (Connection(woven_port), woven_pid),
        }
        sizes = {name: [side.get() for _ in range(50)][-1] for name, (side, _) in sides.items()}
        for _ in range(rounds):
            for name, (connection, pid) in sides.items():
                spent, began = precise_cpu_s(pid), time.perf_counter()
                for _ in range(requests):
                    connection.get()
                wall[name].append((time.perf_counter() - began) / requests)
                processor[name].append((precise_cpu_s(pid) - spent) / requests)
        for connection, _ in sides.values():
            connection.close()
    click.echo("## A plan hit over sockets (uvicorn, one keep-alive connection)\n")
    click.echo("| | bytes | µs a request | µs of processor | to the bare app |")
    click.echo("| --- | --- | --- | --- | --- |")
    for name, size in sizes.items():
        by_wall, by_processor = (
            statistics.median(a / b for a, b in zip(each[name], each["bare"], strict=True))
            for each in (wall, processor)
        )
        click.echo(
            f"| {name} | {size} | {statistics.median(wall[name]) * 1e6:.0f} "
            f"| {statistics.median(processor[name]) * 1e6:.0f} "
            f"| {by_wall:.2f}x, processor {by_processor:.2f}x |"
        )
    click.echo("\nAt most 1.3x of the bare app's processor time is wanted.\n")


def gateway(rounds: int = 9) -> None:
    """The gateway between nginx and nginx: processor time per request, case by case."""
    from .gateway import report

    click.echo(report(rounds))


def misses(rounds: int = 9, requests: int = 20) -> None:
    """Pages that were not asked for before, beside a gateway with beautifulsoup4+lxml inside."""
    from .misses import report

    click.echo(report(rounds, requests))


def latency(rounds: int = 9, seconds: float = 2.0) -> None:
    """What readers wait at half load, beside nginx."""
    from .latency import report

    click.echo(report(rounds, seconds))


def workers(rounds: int = 9, seconds: float = 2.0) -> None:
    """What a request costs two workers, beside one, and how they share the work."""
    from .workers import report

    click.echo(report(rounds, seconds))


def worker_memory(count: int = 10_000) -> None:
    """What a worker takes with its plans and page store full."""
    from .resident import report

    click.echo(report(count))


def idle(connections: int = 5_000) -> None:
    """What connections take that wait."""
    import uvloop

    from .soak import idle as waiting

    click.echo(f"## {connections:,} connections that wait\n")
    if uvloop.run(waiting(connections)):
        sys.exit(1)
    click.echo("\nAt most 100 MB for 5 000 of them are wanted.\n")


def first_byte(requests: int = 60) -> None:
    """Time to the first byte of a page that comes slowly, beside a bare nginx."""
    from .first_byte import report

    click.echo(report(requests))


if __name__ == "__main__":
    main()
