"""Many cases in a few processes; a crash of the interpreter is found and named, too."""

from __future__ import annotations

import functools
import multiprocessing
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field

from tests.quality.corpus import corpus_root, pages_of

from .cases import Case, case_of, own_page

# Larger pages cost html5lib's time and find nothing that smaller ones do not.
_LARGEST = 40_000
_BATCH = 100


@dataclass(slots=True)
class Failure:
    """A case that failed, or that two parsers disagree on: enough to run it again."""

    seed: int
    number: int
    recipe: str
    fault: str
    voice: str
    pair: tuple[str, str] | None = None


@dataclass(slots=True)
class Summary:
    """What came of a run."""

    cases: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    disputes: list[Failure] = field(default_factory=list)


@functools.cache
def pool_of(seed: int) -> tuple[tuple[bytes, str], ...]:
    """Pages to mutate: the corpus' smaller ones where it is, and always some of our own."""
    chance = random.Random(f"{seed}:pool")
    pages = [(own_page(chance).encode(), "text/html; charset=utf-8") for _ in range(60)]
    root = corpus_root()
    if root is not None:
        for page in pages_of(root):
            body = page.body(root)
            if len(body) <= _LARGEST:
                pages.append((body, page.content_type))
    return tuple(pages)


def numbered_case(seed: int, number: int) -> Case:
    """One case with its pool."""
    return case_of(seed, number, pool_of(seed))


def run(seed: int, cases: int, *, processes: int = 2) -> Summary:
    """Run cases 0 to `cases` - 1 of a seed."""
    summary = Summary()
    starts = range(0, cases, _BATCH)
    batches = [(seed, start, min(start + _BATCH, cases)) for start in starts]
    for counts, failures in _batched(batches, processes):
        summary.cases += sum(counts.values())
        summary.verdicts += counts
        summary.failures += [one for one in failures if one.pair is None]
        summary.disputes += [one for one in failures if one.pair is not None]
    return summary


def _batched(
    batches: list[tuple[int, int, int]], processes: int
) -> Iterator[tuple[Counter[str], list[Failure]]]:
    context = multiprocessing.get_context("spawn")
    waiting = list(batches)
    while waiting:
        with ProcessPoolExecutor(processes, mp_context=context) as pool:
            futures = [(batch, pool.submit(_run_batch, *batch)) for batch in waiting]
            waiting = []
            for batch, future in futures:
                try:
                    yield future.result()
                except BrokenProcessPool:
                    waiting.append(batch)
        if waiting:
            yield from _suspects(waiting[:processes], context)
            waiting = waiting[processes:]


def _suspects(
    batches: list[tuple[int, int, int]], context: multiprocessing.context.SpawnContext
) -> Iterator[tuple[Counter[str], list[Failure]]]:
    """Batches that may have crashed the interpreter, each case in a process of its own."""
    for seed, start, end in batches:
        for number in range(start, end):
            with ProcessPoolExecutor(1, mp_context=context) as alone:
                try:
                    yield alone.submit(_run_batch, seed, number, number + 1).result()
                except BrokenProcessPool:
                    recipe = numbered_case(seed, number).recipe
                    crash = Failure(seed, number, recipe, "the interpreter crashed", "")
                    yield Counter({"fault": 1}), [crash]


def _run_batch(seed: int, start: int, end: int) -> tuple[Counter[str], list[Failure]]:
    from .check import check

    counts: Counter[str] = Counter()
    failures = []
    for number in range(start, end):
        case = numbered_case(seed, number)
        outcome = check(case.body, case.content_type)
        counts[outcome.verdict] += 1
        if outcome.fault:
            said = (outcome.fault, outcome.voice, outcome.pair)
            failures.append(Failure(seed, number, case.recipe, *said))
    return counts, failures
