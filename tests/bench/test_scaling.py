"""Hostile pages end, with a plan or a reason; what measures them survives what they might do.

How long they take is printed by `make bench`, not tested.
"""

from __future__ import annotations

import functools
import os
import signal
import time

import pytest
from click.testing import CliRunner

from adweave.http import REASONS, PagePassed
from tests.bench.__main__ import main
from tests.bench.confined import confined
from tests.bench.hostile import FIVE_MB, HOSTILE
from tests.bench.pages import largest
from tests.bench.planning import Planner
from tests.bench.scaling import repeated
from tests.quality.judge import integrity_faults

_SIZE = 250_000


@functools.cache
def _planner() -> Planner:
    return Planner()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_ends_with_a_plan_or_a_named_reason(name: str) -> None:
    body = HOSTILE[name](_SIZE)
    try:
        woven = _planner().woven(body, "text/html; charset=utf-8")
    except PagePassed as passed:
        if passed.reason not in REASONS or passed.reason == "error":
            raise
        return
    assert not integrity_faults(body, woven, "utf-8")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_has_about_the_size_that_is_asked_for(name: str) -> None:
    assert 0.6 * FIVE_MB < len(HOSTILE[name](FIVE_MB)) < 1.3 * FIVE_MB


def test_a_page_of_body_tags_is_refused_before_a_parser_sees_it() -> None:
    # Their attributes are merged one by one: 16 000 of them, 230 KB, once took 3 GB of memory.
    body = HOSTILE["<body> with an attribute, again and again"](_SIZE)

    def plan() -> str:
        try:
            _planner().woven(body, "text/html; charset=utf-8")
        except PagePassed as passed:
            return passed.reason
        return "woven"

    spent = confined(plan, limit_s=60, memory_bytes=1_000_000_000)
    assert (spent.said, spent.ended) == ("too-complex", "")


def test_what_hangs_crashes_or_eats_memory_is_named_and_goes_no_further() -> None:
    def hang() -> str:
        while True:
            time.sleep(1)

    def crash() -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return "alive"

    def eat() -> str:
        return str(len(bytearray(2_000_000_000)))

    assert "killed" in confined(hang, limit_s=0.2, memory_bytes=1 << 30).ended
    assert "ended with -9" in confined(crash, limit_s=60, memory_bytes=1 << 30).ended
    assert "MemoryError" in confined(eat, limit_s=60, memory_bytes=1 << 30).ended


def test_what_a_call_says_and_takes_is_brought_back() -> None:
    spent = confined(lambda: str(len(b"x" * 50_000_000)), limit_s=60, memory_bytes=1 << 30)
    assert (spent.said, spent.ended) == ("50000000", "")
    assert spent.peak_bytes > 40_000_000


def test_a_repeated_page_is_one_document_with_its_content_that_often() -> None:
    assert repeated(b"<html><BODY x><p>a</body ></html>", 3) == (
        b"<html><BODY x><p>a<p>a<p>a</body ></html>"
    )
    assert repeated(b"<p>a", 2) == b"<p>a"


def test_the_largest_pages_come_largest_first() -> None:
    sizes = [len(sample.body) for sample in largest(4)[0]]
    assert len(sizes) == 4
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(
    ("group", "said"),
    [
        (["self-check", "--pages", "6", "--rounds", "1"], "times the first parse"),
        (["linear", "--largest", "1", "--rounds", "1"], "memory, 2 to 20"),
        (["hostile", "--bytes", "60000", "--only", "10 000"], "no reader waited longer"),
    ],
)
def test_the_groups_of_the_bench_run(group: list[str], said: str) -> None:
    shown = CliRunner().invoke(main, group)
    assert shown.exit_code == 0, shown.output
    assert said in shown.output
