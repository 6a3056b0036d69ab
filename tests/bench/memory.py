"""What cached plans take: a fresh process fills a store, and its resident memory is read.

The plans are those of real pages, each made into many: at other offsets, in bytes of its own.
Many pages of one site share the pieces of their markup, and some do not. Whatever no other page
of the sample has is therefore made different in every plan, which is the worst that could be.
Only pages in languages that the sample has several of are taken: the words of a label are the
same on all pages of a language, and would else pass for one page's own.
"""

from __future__ import annotations

import multiprocessing
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from adweave.http import Engine, PageHead, PagePassed, PagePlan
from adweave.http.plans import pieces_of
from adweave.http.store import BoundedStore
from adweave.placements import load
from tests.quality.corpus import ROOT

from .pages import Sample, samples

_MB = 1e6
# Shorter pieces can't be made different in 100 000 ways.
_SHORTEST_OWN = 16
# Pages in one language that make the language's words no page's own.
_SAME_LANGUAGE = 8

Insertions = tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """One filled store."""

    plans: int
    markup_bytes: float  # what a plan inserts, mean
    own_bytes: float  # the part of it that no other page of the sample has, mean
    resident_bytes: int  # what the process grew by
    largest_bytes: int  # of any single plan, shared pieces left out


def memory(pages: int, plans: int = 100_000) -> None:
    """Print what `plans` cached plans take, without an experiment and with one."""
    found, origin = samples(pages)
    click.echo(f"## {plans} cached plans ({origin})\n")
    click.echo("| | inserts | of it no other page's | a plan takes | the largest | all |")
    click.echo("| --- | --- | --- | --- | --- | --- |")
    for name, runs in (("no experiment", False), ("an experiment, all slots of both", True)):
        with multiprocessing.get_context("spawn").Pool(1) as process:
            one: Memory = process.apply(filled, (found, plans, runs))
        click.echo(
            f"| {name} | {one.markup_bytes:.0f} B | {one.own_bytes:.0f} B "
            f"| {one.resident_bytes / one.plans:.0f} B | {one.largest_bytes} B "
            f"| {one.resident_bytes / _MB:.0f} MB |"
        )
    click.echo("\nAt most 2 KB each and 200 MB for all are wanted.\n")


def filled(pages: list[Sample], count: int, runs_experiment: bool) -> Memory:
    """Fill a store with `count` plans; to be called in a process of its own."""
    made = _plans(pages, runs_experiment)
    languages = Counter(plan.lang for plan in made)
    least = min(_SAME_LANGUAGE, max(languages.values()))
    plans = [(plan, plan.insertions) for plan in made if languages[plan.lang] >= least]
    users = Counter(p for _, insertions in plans for p in {*_pieces(insertions)})
    own = [
        [p for p in {*_pieces(insertions)} if users[p] == 1 and len(p) >= _SHORTEST_OWN]
        for _, insertions in plans
    ]
    chance = random.Random(7)
    store: BoundedStore[PagePlan] = BoundedStore(max_count=count, max_bytes=1 << 40)
    largest = 0
    before = _resident_bytes()
    for number in range(count):
        plan, insertions = plans[number % len(plans)]
        other = tuple(_varied(insertions, own[number % len(plans)], chance))
        made = PagePlan(other, plan.encoding, plan.slots, plan.layout, plan.lang)
        if len(plans) <= number < 2 * len(plans):  # the first ones bring what others share
            largest = max(largest, made.size_bytes)
        store.put(chance.randbytes(16), made, made.size_bytes)
    grown = _resident_bytes() - before
    return Memory(
        count,
        sum(len(markup) for _, insertions in plans for _, markup in insertions) / len(plans),
        sum(len(piece) for pieces in own for piece in pieces) / len(plans),
        grown,
        largest,
    )


def _plans(pages: list[Sample], runs_experiment: bool) -> list[PagePlan]:
    with tempfile.TemporaryDirectory() as folder:
        for file in (ROOT / "placements").rglob("*.*"):
            copy = Path(folder) / file.relative_to(ROOT / "placements")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
        if runs_experiment:
            experiment = Path(folder) / "experiments" / "density.toml"
            text = experiment.read_text(encoding="utf-8")
            experiment.write_text(text.replace('status = "draft"', 'status = "running"'))
        site = load(Path(folder)).site
    assert site is not None
    delivery = site.delivery_for("/story")
    assert delivery is not None
    engine, made = Engine(site, "bench"), []
    for page in pages:
        head = PageHead(page.content_type, None, (), None, delivery)
        try:
            made.append(engine.plan(page.body, head))
        except PagePassed:
            continue
    return made


def _varied(
    insertions: Insertions, own: list[bytes], chance: random.Random
) -> Iterator[tuple[int, bytes]]:
    moved = chance.randrange(1000)
    for offset, markup in insertions:
        # A copy: the renderer makes bytes of its own for every page.
        other = bytes(bytearray(markup))
        for piece in own:
            if piece in other:
                tail = chance.randbytes(_SHORTEST_OWN // 2 - 1).hex().encode("ascii") + b"}}"
                other = other.replace(piece, piece[: -len(tail)] + tail)
        yield offset + moved, other


def _pieces(insertions: Insertions) -> Iterator[bytes]:
    for _, markup in insertions:
        yield from pieces_of(markup)


def _resident_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024
