"""Metrics from real event files: money, time, own metrics, earlier visits, segments, courses."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from adweave.events import Event, line
from adweave.experiments import (
    METRICS,
    Section,
    changes_during,
    health_sentences,
    report_document,
    report_on,
    report_page,
    verdict,
)
from adweave.experiments.statistics import MIN_UNITS
from adweave.placements import Experiment, Guardrail, History, OwnMetric, Variant, present_state

T0 = 1_764_000_000_000
HOUR = 3_600_000


def experiment(**more: object) -> Experiment:
    return Experiment(
        name="density",
        status="running",
        variant=tuple(
            Variant(name=name, layout=f"article-{name}", weight=0.5)
            for name in ("control", "dense")
        ),
        **more,  # type: ignore[arg-type]
    )


def view(
    number: int,
    uid: str,
    variant: str | None,
    events: list[tuple[str, float | None]],
    **more: object,
) -> list[Event]:
    """One page view; "view" and "exposure" come by themselves; an event each second."""
    kinds = [("view", None), *([("exposure", None)] if variant else []), *events]
    at = int(more.pop("at", T0))  # type: ignore[call-overload]
    made = [
        Event(
            id=f"{number:016x}-{place}", kind=kind, t=at + 1000 * place, received=at + 1000 * place,
            view=f"{number:016x}", unit="visitor", uid=uid, path="/sport/a", lang="en", width=390,
            layout=f"article-{variant}", exp="density" if variant else None, variant=variant,
            value=value, gen="aaaaaaaaaaaa",
        )
        for place, (kind, value) in enumerate(kinds)
    ]  # fmt: skip
    return [replace(one, **more) for one in made]


def written(folder: Path, events: list[Event]) -> list[Path]:
    path = folder / "a.ndjson"
    path.write_bytes(b"".join(map(line, events)))
    return [path]


def only(paths: list[Path], asked: Experiment, *, detailed: bool = False) -> Section:
    (section,) = report_on(paths, asked, detailed=detailed).sections
    return section


def readers(
    count: int, seed: int, *, scroll: tuple[float, float] = (0.6, 0.6), gain: float = 0.0,
    earlier: bool = False, ends: tuple[float, float] = (0.95, 0.95),
) -> list[Event]:  # fmt: skip
    """Visitors with habits of their own, over 30 hours."""
    rng = random.Random(seed)
    events, number = [], 0
    for reader in range(count):
        arm = reader % 2
        habit = rng.betavariate(2, 2)
        rounds = ([(None, -50 * HOUR)] if earlier else []) + [(("control", "dense")[arm], 0)]
        for variant, start in rounds:
            for _ in range(1 + int(rng.expovariate(0.8))):
                number += 1
                kinds: list[tuple[str, float | None]] = []
                for _ in range(3):
                    chance = habit * (1 + gain * arm if variant else 1)
                    kinds += [("render", 0.002)]
                    kinds += [("viewable", None)] if rng.random() < chance else []
                if rng.random() < ends[arm]:
                    depth = min(1.0, max(0.0, rng.gauss(scroll[arm], 0.1)))
                    kinds += [("scroll", depth), ("shift", 0.0)]
                at = T0 + start + rng.randrange(30 * HOUR)
                lang = "tr" if reader % 5 == 0 else "en"
                events += view(number, f"{reader:032x}", variant, kinds, at=at, lang=lang)
    return events


def test_money_time_and_bounces_are_reckoned_per_page_view_and_visitor(tmp_path: Path) -> None:
    events = [
        *view(1, "a", "control", [("render", 0.004), ("render", 0.002), ("in-view", 3.5)]),
        *view(2, "a", "control", [("render", None), ("scroll", 0.5), ("error", None)]),
        *view(3, "b", "control", [("in-view", 2.5), ("scroll", 0.7)]),
    ]
    metrics = only(written(tmp_path, events), experiment()).variants[0].metrics
    values = {key: one.value for key, one in metrics.items()}
    assert values["revenue_per_view"] == pytest.approx(0.006 / 3)
    assert values["revenue_per_visitor"] == pytest.approx(0.006 / 2)
    assert values["time_in_view"] == pytest.approx(2.0)
    assert values["bounce"] == pytest.approx(0.5)
    assert values["time_on_page"] == pytest.approx((3 + 3) / 2)  # view to its last report
    assert values["loader_errors"] == pytest.approx(1 / 3)


def test_every_metric_is_what_it_is_called(tmp_path: Path) -> None:
    """Two visitors with three page views, by hand."""
    full = [("request", None), ("fill", None), ("render", 0.003), ("viewable", None)]
    events = [
        *view(1, "a", "control", [*full, ("click", None), ("in-view", 4.0), ("scroll", 0.9),
                                  ("shift", 0.02)]),
        *view(2, "a", "control", [*full, *full, ("request", None), ("no-fill", None),
                                  ("scroll", 0.3), ("shift", 0.0), ("scroll", 0.6)]),
        *view(3, "b", "control", [("request", None), ("fill", None), ("render", 0.001),
                                  ("error", None)]),
    ]  # fmt: skip
    asked = experiment(primary="revenue_per_view")
    found = only(written(tmp_path, events), asked).variants[0].metrics
    assert {key: one.value for key, one in found.items()} == pytest.approx(
        {
            "revenue_per_view": 0.01 / 3,
            "revenue_per_visitor": 0.01 / 2,
            "viewable_per_view": 3 / 3,
            "viewable_rate": 3 / 4,
            "slots_per_view": 4 / 3,
            "requests_per_view": 5 / 3,
            "fill_rate": 4 / 5,
            "time_in_view": 4 / 3,
            "click_rate": 1 / 3,
            "views_per_visitor": 3 / 2,
            "bounce": 1 / 2,
            "scroll_depth": (0.9 + 0.6) / 2,
            "time_on_page": (9 + 14) / 2,  # seconds from the first event to the last report
            "layout_shift": 0.02 / 2,
            "loader_errors": 1 / 3,
        }
    )
    assert set(found) == {metric.key for metric in METRICS}


def test_a_tab_left_open_counts_half_an_hour_at_most(tmp_path: Path) -> None:
    events = view(1, "a", "control", [("scroll", 0.5)])
    events[-1] = replace(events[-1], t=T0 + 9 * HOUR)
    metrics = only(written(tmp_path, events), experiment()).variants[0].metrics
    assert metrics["time_on_page"].value == 1800


def test_a_metric_of_the_sites_own_is_counted_where_it_says(tmp_path: Path) -> None:
    own = (
        OwnMetric(name="top-clicks", kind="click", placement="top", per="render"),
        OwnMetric(name="watched", kind="in-view", take="sum", per="visitor"),
    )
    events = [
        *view(1, "a", "control", [("render", None), ("click", None), ("in-view", 2.0)],
              placement="top"),
        *view(2, "a", "control", [("render", None), ("click", None)], placement="inline"),
        *view(3, "b", "control", [("render", None)], placement="top"),
    ]  # fmt: skip
    metrics = only(written(tmp_path, events), experiment(metric=own)).variants[0].metrics
    assert metrics["top-clicks"].value == pytest.approx(1 / 2)
    assert metrics["watched"].value == pytest.approx(2.0 / 2)


def test_winsorising_cuts_the_few_that_weigh_most_and_says_so(tmp_path: Path) -> None:
    events = []
    for reader in range(400):
        worth = 50.0 if reader == 7 else 1.0
        arm = ("control", "dense")[reader % 2]
        events += view(reader, f"{reader:032x}", arm, [("render", worth)])
    paths = written(tmp_path, events)
    asked = experiment(primary="revenue_per_visitor", winsorise=0.005)
    plain = only(paths, experiment(primary="revenue_per_visitor")).variants[1].metrics
    result = report_on(paths, asked)
    cut = result.sections[0].variants[1].metrics["revenue_per_visitor"].value
    assert plain["revenue_per_visitor"].value == pytest.approx((199 + 50) / 200)
    assert cut == pytest.approx(1.0)
    assert "Winsorised: revenue_per_visitor counts at most 1 a unit." in health_sentences(result)


def test_winsorising_cuts_nothing_where_few_have_anything(tmp_path: Path) -> None:
    events = []
    for reader in range(400):
        arm = ("control", "dense")[reader % 2]
        paid = [("render", 2.0 if reader < 8 else None)]
        events += view(reader, f"{reader:032x}", arm, paid)
    asked = experiment(primary="revenue_per_visitor", winsorise=0.05)
    section = only(written(tmp_path, events), asked)
    assert section.caps == {}
    assert section.variants[0].metrics["revenue_per_visitor"].value == pytest.approx(8 / 200)


def test_what_visitors_did_before_makes_intervals_narrower(tmp_path: Path) -> None:
    events = readers(1_200, 1, earlier=True)
    adjusted = only(written(tmp_path, events), experiment())
    plain = only(written(tmp_path, [one for one in events if one.exp]), experiment())
    assert (adjusted.with_past, plain.with_past) == (1_200, 0)
    widths = []
    for section in (adjusted, plain):
        (change,) = (c.absolute for c in section.comparisons if c.metric.key == "viewable_per_view")
        assert change.fixed is not None
        widths.append(change.fixed.high - change.fixed.low)
    assert widths[0] < 0.97 * widths[1]
    for key, one in plain.variants[0].metrics.items():  # values stay what they are
        assert adjusted.variants[0].metrics[key].value == pytest.approx(one.value)


def test_a_gain_that_costs_readers_too_much_is_not_shippable(tmp_path: Path) -> None:
    paths = written(tmp_path, readers(1_600, 2, scroll=(0.6, 0.55), gain=0.3))
    result = report_on(paths, experiment())
    said = verdict(result)
    assert "% more viewable slots per page view than control" in said
    assert ", but readers scroll " in said
    assert "% less, past your margin of 2 %: not shippable." in said
    (decision,) = result.sections[0].decisions
    assert [one.state for one in decision.guarded] == ["broken", "kept"]


def test_guardrails_are_those_of_the_file(tmp_path: Path) -> None:
    paths = written(tmp_path, readers(1_600, 2, scroll=(0.6, 0.55), gain=0.3))
    asked = experiment(guardrail=(Guardrail(metric="scroll_depth", margin=0.3),))
    assert report_on(paths, asked).sections[0].decisions[0].outcome == "shippable"


def test_page_views_that_report_their_end_unevenly_are_told(tmp_path: Path) -> None:
    paths = written(tmp_path, readers(1_600, 3, ends=(0.95, 0.8)))
    result = report_on(paths, experiment())
    assert result.sections[0].missing.uneven == ("dense",)
    assert "page views report their end unevenly" in verdict(result)
    even = report_on(written(tmp_path, readers(1_600, 3)), experiment())
    assert even.sections[0].missing.uneven == ()
    assert any("alike in all variants" in one for one in health_sentences(even))


def test_a_course_ends_where_the_whole_is(tmp_path: Path) -> None:
    section = only(written(tmp_path, readers(1_000, 4)), experiment(), detailed=True)
    courses = {one.metric.key: one for one in section.courses}
    assert set(courses) == {"viewable_per_view", "scroll_depth"}  # shift does not vary
    for key, course in courses.items():
        (whole,) = (c.relative for c in section.comparisons if c.metric.key == key)
        assert whole is not None
        last = course.points[-1].change
        assert last.value == pytest.approx(whole.value)
        assert last.always_valid is not None
        assert whole.always_valid is not None
        assert last.always_valid.low == pytest.approx(whole.always_valid.low)
        times = [point.at_ms for point in course.points]
        assert times == sorted(times)
        assert len(times) > 5


def test_segments_make_up_the_whole_and_are_wider(tmp_path: Path) -> None:
    section = only(written(tmp_path, readers(1_500, 5)), experiment(), detailed=True)
    by_language = [one for one in section.segments if one.dimension == "language"]
    assert [(one.name, one.units) for one in by_language] == [("en", 1_200), ("tr", 300)]
    assert {one.dimension for one in section.segments} == {"language", "device", "section"}
    assert {one.name for one in section.segments if one.dimension == "device"} == {"phone"}
    whole = next(c.relative for c in section.comparisons if c.metric.key == "viewable_per_view")
    phone = next(one for one in section.segments if one.name == "phone")
    assert whole is not None
    assert whole.always_valid is not None
    assert phone.change.always_valid is not None
    assert phone.change.always_valid.low < whole.always_valid.low


def test_days_left_count_down_to_the_effect_worth_finding(tmp_path: Path) -> None:
    paths = written(tmp_path, readers(1_000, 6))
    far = only(paths, experiment(minimum_effect=0.01)).sensitivity
    near = only(paths, experiment(minimum_effect=0.9)).sensitivity
    none = only(paths, experiment()).sensitivity
    assert far is not None
    assert far.needed is not None
    assert far.days_left is not None
    assert far.days_left == pytest.approx((far.needed - 1_000) / 1_000 * 30 / 24, rel=0.1)
    assert near is not None
    assert near.days_left == 0
    assert none is not None
    assert none.needed is None


def test_parquet_files_are_read_like_segments(tmp_path: Path) -> None:
    events = readers(300, 7)
    (path,) = written(tmp_path, events)
    table = tmp_path / "2025-11-24.parquet"
    duckdb.sql(f"COPY (SELECT * FROM read_json('{path}')) TO '{table}'")
    as_lines, as_table = only([path], experiment()), only([table], experiment())
    both = report_on([path, table], experiment())
    counts = [[(v.units, v.counts) for v in one.variants] for one in (as_lines, as_table)]
    assert counts[0] == counts[1]
    assert [(v.units, v.counts) for v in both.sections[0].variants] == counts[0]
    assert both.health.doubles == len(events)


def test_the_page_is_whole_in_itself_and_has_its_plots(tmp_path: Path) -> None:
    result = report_on(
        written(tmp_path, readers(1_000, 8, earlier=True)), experiment(), detailed=True
    )
    page = report_page(result)
    for outside in ("http:", "https:", "<script", "<link", "url("):
        assert outside not in page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert page.count("<svg") == 4  # two courses, the split, the segments
    assert verdict(result).split(";")[0] in page
    assert "Not for picking" in page
    assert "nan" not in page


def test_names_in_the_page_are_escaped(tmp_path: Path) -> None:
    own = (OwnMetric(name="odd", title="<b>&", kind="click"),)
    events = readers(MIN_UNITS, 9)
    page = report_page(report_on(written(tmp_path, events), experiment(metric=own)))
    assert "&lt;b&gt;&amp;" in page
    assert "<b>&" not in page


def test_an_empty_report_has_a_page_too() -> None:
    page = report_page(report_on([], experiment(), detailed=True))
    assert "no reader has been in it yet" in page


def test_the_document_has_decisions_courses_and_segments(tmp_path: Path) -> None:
    result = report_on(written(tmp_path, readers(600, 10)), experiment(), detailed=True)
    document = report_document(result)
    (section,) = document["sections"]  # type: ignore[misc]
    assert section["decisions"][0]["guardrails"][0]["metric"] == "scroll_depth"  # type: ignore
    assert section["over_time"]  # type: ignore
    assert section["segments"]  # type: ignore


TOML = """status = "running"
[[variant]]
name = "control"
layout = "article"
weight = {weight}
[[variant]]
name = "dense"
layout = "dense"
weight = 0.5
"""


def test_weights_changed_while_it_ran_are_told(tmp_path: Path) -> None:
    folder, history = tmp_path / "placements", History(tmp_path / "state")
    (folder / "experiments").mkdir(parents=True)
    for weight in (0.5, 0.3):
        text = TOML.format(weight=weight)
        (folder / "experiments" / "density.toml").write_text(text)
        history.record(present_state(folder), author="ada")
    forever = (0, 2**43)
    (changed,) = changes_during(history, "density", forever)
    assert (changed.author, changed.what) == ("ada", ("weights",))
    assert changes_during(history, "density", (0, 1)) == ()
    assert changes_during(history, "another", forever) == ()
    told = list(health_sentences(report_on([], experiment()), [changed]))
    assert any("by ada: weights." in one for one in told)


def test_a_single_unit_that_outweighs_the_others_is_told_first(tmp_path: Path) -> None:
    """One forged price must not make a variant look rich in silence."""
    events = []
    for reader in range(400):
        worth = 9_000.0 if reader == 7 else 1.0
        arm = ("control", "dense")[reader % 2]
        events += view(reader, f"{reader:032x}", arm, [("render", worth)])
    paths = written(tmp_path, events)
    result = report_on(paths, experiment(primary="revenue_per_visitor"))
    assert "But a single visitor has 97.8 % of all revenue in dense" in verdict(result)
    assert [(one.metric.key, one.variant) for one in result.sections[0].heavy] == [
        ("revenue_per_view", "dense"),
        ("revenue_per_visitor", "dense"),
    ]
    told = report_document(result)["sections"][0]["heavy"][0]  # type: ignore[index,call-overload]
    assert told == {
        "metric": "revenue_per_view",
        "variant": "dense",
        "share": pytest.approx(9_000 / 9_199),
    }
    other = report_on(paths, experiment())
    assert "single visitor" not in verdict(other)
    assert any("A single visitor has 97.8 %" in one for one in health_sentences(other))
    cut = report_on(paths, experiment(primary="revenue_per_visitor", winsorise=0.005))
    assert cut.sections[0].heavy == ()


def test_readers_whose_sums_are_alike_weigh_nothing_in_particular(tmp_path: Path) -> None:
    assert only(written(tmp_path, readers(1_200, 3)), experiment()).heavy == ()


def test_a_deciding_metric_of_which_nothing_came_in_is_called_so(tmp_path: Path) -> None:
    asked = experiment(primary="revenue_per_view")
    plain = [replace(one, value=None) for one in readers(400, 5)]
    assert "no revenue per 1000 page views came in" in verdict(
        report_on(written(tmp_path, plain), asked)
    )
    as_views = [replace(one, unit="view", uid=one.view) for one in readers(400, 5)]
    asked = experiment(primary="views_per_visitor")
    assert "nothing can be said of page views per visitor: only visitors have them" in verdict(
        report_on(written(tmp_path, as_views), asked)
    )
