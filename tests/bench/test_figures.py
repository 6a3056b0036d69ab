"""The groups that measure a gateway from outside, each as small as can be: they run and tell."""

from __future__ import annotations

import shutil

import pytest

from tests.bench import latency, misses, workers
from tests.bench.__main__ import idle
from tests.bench.resident import filled
from tests.bench.stories import Stories

pytestmark = pytest.mark.skipif(
    shutil.which("nginx") is None, reason="needs nginx: apt-get install nginx-light"
)


def test_waiting_is_measured_for_both_servers_on_the_same_requests() -> None:
    told = latency.report(rounds=1, seconds=0.1)
    assert "| gateway, half its own load |" in told
    assert "| nginx, the same requests |" in told


def test_two_workers_are_measured_beside_one() -> None:
    told = workers.report(rounds=1, seconds=0.1)
    assert "| one worker |" in told
    assert "| two workers |" in told


def test_a_miss_costs_both_gateways_something() -> None:
    taken = misses.costs(Stories(2), rounds=1, requests=2)
    assert [len(values) for values in taken.values()] == [1, 1]
    assert all(value > 0 for values in taken.values() for value in values)


def test_a_worker_keeps_a_plan_for_each_article() -> None:
    found = filled(Stories(2), 4)
    assert found.stored["adweave_plans"] == 4
    assert found.full > found.began > 0


def test_connections_that_wait_stay_open(capsys: pytest.CaptureFixture[str]) -> None:
    idle(20)
    assert "120 of 120 open" in capsys.readouterr().out


def test_articles_of_a_site_are_distinct_and_the_same_each_time() -> None:
    stories = Stories(2)
    pages = [stories.page(number) for number in range(6)]
    assert len(set(pages)) == 6
    assert pages == [Stories(2).page(number) for number in range(6)]
