"""Every metric is in the documentation, and what it counts is what happened."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from adweave.http.counts import Snapshot, added_up

from .wire import HTML, always, article, in_front_of, response

ROOT = Path(__file__).resolve().parents[3]
NAME = re.compile(r'"(adweave_[a-z_]+)"')


def test_every_metric_is_documented_and_every_documented_one_exists() -> None:
    sources = (ROOT / "middleware" / "adweave").rglob("*.py")
    known = {name for source in sources for name in NAME.findall(source.read_text("utf-8"))}
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text("utf-8")
    documented = set(re.findall(r"`(adweave_[a-z_]+)", page))
    assert known - documented == set()
    assert documented - known == set()


def test_answers_are_counted_by_class_and_their_time_is_summed_up() -> None:
    with in_front_of(always(response(article(), HTML))) as (gateway, upstream):
        for _ in range(3):
            gateway.get()
        upstream.refuse()
        counts = gateway.weaver.counts
        assert counts.value("adweave_answers_total", "class", "2xx") == 3
        waited = counts.value("adweave_upstream_seconds_total")
        assert 0 < waited <= counts.value("adweave_answer_seconds_total")


def test_the_time_of_each_stage_is_counted() -> None:
    body = gzip.compress(article())
    answer = response(body, HTML, "Content-Encoding: gzip")
    with in_front_of(always(answer)) as (gateway, _):
        for _ in range(3):
            gateway.get("/a/page", "Accept-Encoding: gzip")
        values = gateway.weaver.counts.values
        runs = {
            stage: count
            for (name, _, stage), count in values.items()
            if name == "adweave_stage_runs_total"
        }
        assert runs == {"fetch": 3, "body": 3, "inflate": 1, "plan": 1, "splice": 1, "compress": 1}
        assert all(values["adweave_stage_seconds_total", "stage", stage] > 0 for stage in runs)
        page = (ROOT / "docs" / "reference" / "metrics.md").read_text("utf-8")
        assert all(f"| `{stage}` |" in page for stage in runs)
        assert 'adweave_stage_runs_total{stage="plan"} 1' in gateway.weaver.counts.as_text()


def test_what_holds_in_every_worker_is_told_as_one() -> None:
    worker = Snapshot(gauges={"adweave_switched_off": 1, "adweave_plans": 3})
    assert added_up([worker, worker]).gauges == {"adweave_switched_off": 1, "adweave_plans": 6}


def test_an_upstream_that_is_gone_counts_as_our_5xx() -> None:
    with in_front_of(always(b"")) as (gateway, upstream):
        upstream.refuse()
        assert gateway.get().status == 502
        assert gateway.weaver.counts.value("adweave_answers_total", "class", "5xx") == 1
