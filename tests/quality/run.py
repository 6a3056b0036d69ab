"""Weave and judge many pages in a few processes."""

from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .corpus import Page
from .judge import VOICES, Verdict, judge
from .weavers import WEAVERS, Weave

# Small pages travel in bundles, or the pool's own work outweighs theirs.
_BUNDLE = 8


@dataclass(frozen=True, slots=True)
class Result:
    """One page's verdict; `error` when weaving failed, `status` what adweave said of itself."""

    page: Page
    verdict: Verdict
    status: str = ""
    error: str = ""
    same: bool = True  # whether a second request got the same bytes


def run(
    weaver: str,
    pages: Iterable[Page],
    root: Path,
    *,
    processes: int = 2,
    voices: tuple[str, ...] = tuple(VOICES),
) -> Iterator[Result]:
    """Judge the pages, woven by the weaver of that name, in their order."""
    pages = list(pages)
    task = functools.partial(_one, weaver, root, voices)
    if processes == 1:
        yield from map(task, pages)
        return
    # spawn: the weaver's threads and loops must not be forked half-way.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield from pool.map(task, pages, chunksize=_BUNDLE)


def side_by_side(
    weavers: Sequence[str],
    pages: Iterable[Page],
    root: Path,
    *,
    processes: int = 2,
    voices: tuple[str, ...] = tuple(VOICES),
) -> dict[str, list[Result]]:
    """As `run`, for several weavers, page by page: what a page says unwoven is asked but once."""
    task = functools.partial(_each, tuple(weavers), root, voices)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        rows = list(pool.map(task, list(pages), chunksize=_BUNDLE))
    return {name: [row[at] for row in rows] for at, name in enumerate(weavers)}


def _each(
    weavers: tuple[str, ...], root: Path, voices: tuple[str, ...], page: Page
) -> tuple[Result, ...]:
    return tuple(_one(name, root, voices, page) for name in weavers)


@functools.cache
def weave_of(name: str) -> Weave:
    """The weaver of that name; one for each process."""
    return WEAVERS[name]()


def _one(weaver: str, root: Path, voices: tuple[str, ...], page: Page) -> Result:
    original = page.body(root)
    weave = weave_of(weaver)
    try:
        answer = weave(page, original)
        again = weave(page, original)
    except Exception as failure:
        return Result(page, Verdict(), error=f"{type(failure).__name__}: {failure}")
    verdict = judge(
        original,
        answer.body,
        page.content_type,
        page.facts,
        voices={name: VOICES[name] for name in voices},
    )
    status = answer.fields.get("adweave-status", "")
    return Result(page, verdict, status, same=again.body == answer.body)
