"""The report, from real segment files: what is counted, what is left out, what is said."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from adweave.events import (
    AHEAD,
    REFUSED,
    Event,
    SegmentStore,
    compact,
    events_folder,
    line,
    record,
    segments,
    sums_without_days,
)
from adweave.experiments import (
    COUNTS,
    PRIMARY,
    Changed,
    Report,
    Section,
    health_sentences,
    report_document,
    report_on,
    steps_during,
    traffic_in,
    verdict,
)
from adweave.placements import Experiment, Settings, Variant

T0 = 1_764_000_000_000


def experiment(
    *weights: float, names: tuple[str, ...] = ("control", "dense", "third")
) -> Experiment:
    weights = weights or (0.5, 0.5)
    return Experiment(
        name="density",
        status="running",
        variant=tuple(
            Variant(name=name, layout=f"article-{name}", weight=weight)
            for name, weight in zip(names, weights, strict=False)
        ),
    )


_numbers = itertools.count()


def page_view(
    uid: str,
    variant: str | None,
    *kinds: str,
    unit: str = "visitor",
    exp: str | None = "density",
    at: int = T0,
    bot: bool = False,
    values: dict[str, float] | None = None,
    view: str | None = None,
) -> list[Event]:
    """The events of one page view; "view" and "exposure" come by themselves."""
    view = view or f"{next(_numbers):016x}"
    exposed = ["exposure"] if exp and variant else []
    return [
        Event(
            id=f"{view}-{number}",
            kind=kind,
            t=at,
            received=at,
            view=view,
            unit=unit,
            uid=uid,
            path="/",
            layout=f"article-{variant}",
            exp=exp,
            variant=variant,
            bot=bot,
            value=(values or {}).get(kind),
        )
        for number, kind in enumerate(["view", *exposed, *kinds])
    ]


def segment(folder: Path, events: Iterable[Event], name: str = "a") -> Path:
    path = folder / f"{name}.ndjson"
    path.write_bytes(b"".join(map(line, events)))
    return path


SLOT = ("request", "fill", "render", "viewable")


def crowd(
    rng: random.Random, count: int, rates: dict[str, float], start: int = 0, unit: str = "visitor"
) -> Iterator[Event]:
    """Visitors who take turns between the variants, with 1 to 4 page views of 3 slots each."""
    for number in range(count):
        variant = list(rates)[number % len(rates)]
        views = min(4, 1 + int(rng.expovariate(1.5))) if unit == "visitor" else 1
        for _ in range(views):
            kinds: list[str] = []
            for _ in range(3):
                kinds += ["request", "fill", "render"]
                kinds += ["viewable"] if rng.random() < rates[variant] else []
            yield from page_view(
                f"{unit}{start + number:016x}", variant, *kinds, unit=unit, at=T0 + number
            )


def only(report: Report) -> Section:
    (section,) = report.sections
    return section


def counts(report: Report) -> list[dict[str, int]]:
    return [{"units": v.units, **v.counts} for v in only(report).variants]


def test_each_variants_units_views_and_slots_are_counted(tmp_path: Path) -> None:
    events = [
        *page_view("a", "control", *SLOT, "request", "no-fill", "click"),
        *page_view("a", "control", "request", "fill", "render"),
        *page_view("b", "dense", *SLOT, *SLOT),
        *page_view("c", "dense"),
    ]
    result = report_on([segment(tmp_path, events)], experiment())
    zero = dict.fromkeys(COUNTS, 0)
    assert counts(result) == [
        {
            **zero,
            "units": 1,
            "page_views": 2,
            "requests": 3,
            "fills": 2,
            "no_fills": 1,
            "rendered": 2,
            "viewable": 1,
            "clicks": 1,
        },
        {
            **zero,
            "units": 2,
            "page_views": 2,
            "requests": 2,
            "fills": 2,
            "rendered": 2,
            "viewable": 2,
        },
    ]
    assert result.health.events == len(events)
    assert result.span_ms == (T0, T0)


def test_events_sent_twice_count_once_across_segments(tmp_path: Path) -> None:
    events = page_view("a", "control", *SLOT)
    paths = [
        segment(tmp_path, [*events, *events[:2]], "one"),
        segment(tmp_path, events[1:], "two"),
    ]
    result = report_on(paths, experiment())
    assert counts(result)[0]["viewable"] == 1
    assert result.health.doubles == 2 + len(events) - 1


def test_torn_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    whole = page_view("a", "control", *SLOT)
    first = segment(tmp_path, whole, "killed")
    first.write_bytes(first.read_bytes()[:-20])
    second = segment(tmp_path, page_view("b", "dense", *SLOT), "next")
    second.write_bytes(second.read_bytes() + b"\0" * 5000)
    result = report_on([first, second], experiment())
    assert result.health.torn == 2
    assert counts(result)[0]["viewable"] == 0
    assert counts(result)[1]["viewable"] == 1


def test_bots_are_left_out_and_counted(tmp_path: Path) -> None:
    bot = page_view("a", "control", *SLOT, bot=True)
    result = report_on([segment(tmp_path, bot)], experiment())
    assert not result.sections
    assert result.bot_views == 1
    assert result.health.bots == len(bot)
    assert "left out: 1" in verdict(result)


def test_testers_are_left_out_and_counted(tmp_path: Path) -> None:
    seen = page_view("a", "control", *SLOT)
    tested = [replace(event, qa=True) for event in page_view("b", "dense", *SLOT)]
    # The same person as a reader, before: a visit by a link is no part of it.
    also = [replace(event, qa=True) for event in page_view("a", "dense", *SLOT)]
    result = report_on([segment(tmp_path, [*seen, *tested, *also])], experiment())
    section = only(result)
    assert [variant.units for variant in section.variants] == [1, 0]
    assert section.crossovers == 0
    assert result.health.qa == len(tested) + len(also)
    (told, *_) = health_sentences(result)
    assert f"{result.health.qa} by testers with a signed link (QA left out)" in told


def test_a_ramps_steps_during_the_run_are_told(tmp_path: Path) -> None:
    ramp = [{"at": date(2025, 11, day), "traffic": share} for day, share in ((1, 0.1), (25, 0.5))]
    first = datetime(2025, 11, 24, 23, tzinfo=UTC).timestamp() * 1000
    ramped = Experiment.model_validate({**experiment().model_dump(), "ramp": ramp})
    span = (int(first), int(first) + 7_200_000)
    steps = steps_during(ramped, Settings(), span)
    assert [step.traffic for step in steps] == [0.5]
    assert steps_during(ramped, Settings(time_zone="Europe/Istanbul"), span) == ()
    result = report_on([segment(tmp_path, page_view("a", "control"))], ramped)
    told = list(health_sentences(result, (), steps))
    assert (
        "Traffic went up by the ramp: 50% from 2025-11-25 00:00 UTC. That lets readers in and "
        "moves none between variants." in told
    )
    assert report_document(result, (), steps)["ramp"] == [{"at": steps[0].at_ms, "traffic": 0.5}]


def test_what_was_changed_while_it_ran_is_told(tmp_path: Path) -> None:
    at_ms = int(datetime(2025, 11, 25, 9, 30, tzinfo=UTC).timestamp() * 1000)
    changed = Changed(at_ms, "ada", ("weights", "layout dense"))
    result = report_on([segment(tmp_path, page_view("a", "control"))], experiment())
    assert not [one for one in health_sentences(result) if "Changed while it ran" in one]
    assert (
        "Changed while it ran, 2025-11-25 09:30 UTC by ada: weights, layout dense. What came "
        "before and after is mixed here."
    ) in list(health_sentences(result, [changed]))
    (told,) = report_document(result, [changed])["changes"]
    assert told["author"] == "ada"


def test_the_verdict_says_that_the_ground_was_changed_under_it(tmp_path: Path) -> None:
    events = crowd(random.Random(2), 3_000, {"control": 0.5, "dense": 0.6})
    result = report_on([segment(tmp_path, events)], experiment())
    said = verdict(result, [Changed(T0, "ada", ("traffic",))])
    assert said == verdict(result)
    dealt = Changed(T0, "ada", ("weights", "traffic"))
    said = verdict(result, [dealt, dealt])
    assert said.endswith(
        "But this was changed while it ran: weights; two experiments are mixed here."
    )
    assert report_document(result, [dealt])["verdict"] == said
    judged = Changed(T0, "ada", ("primary", "units"))
    assert verdict(result, [judged]).endswith(
        "But what decides was changed while it ran: primary, units."
    )
    told = list(health_sentences(result, [judged]))
    assert any("primary, units. All is judged by what is written now" in one for one in told)
    assert not any("mixed here" in one for one in told)


def test_a_split_that_new_weights_broke_is_not_blamed_on_readers(tmp_path: Path) -> None:
    paths = [segment(tmp_path, crowd(random.Random(6), 2_000, {"control": 0.5, "dense": 0.5}))]
    result = report_on(paths, experiment(0.6, 0.4))
    assert "Find out which readers are missing" in verdict(result)
    said = verdict(result, [Changed(T0, "ada", ("weights",))])
    assert "Changed while it ran: weights. That alone can break a split" in said
    assert "missing" not in said


def test_visitors_and_page_views_never_meet_in_one_section(tmp_path: Path) -> None:
    events = [
        *page_view("same-id", "control", *SLOT),
        *page_view("same-id", "dense", *SLOT, unit="view"),
    ]
    result = report_on([segment(tmp_path, events)], experiment())
    assert [(s.unit, s.units, s.crossovers) for s in result.sections] == [
        ("visitor", 1, 0),
        ("view", 1, 0),
    ]


def test_units_that_saw_two_variants_are_left_out_of_estimates_and_counted(tmp_path: Path) -> None:
    events = [
        *page_view("a", "control", *SLOT, at=T0),
        *page_view("a", "dense", *SLOT, at=T0 + 1),
        *page_view("b", "dense", *SLOT, at=T0 + 2),
    ]
    section = only(report_on([segment(tmp_path, events)], experiment()))
    assert section.crossovers == 1
    assert [v.units for v in section.variants] == [0, 1]
    assert section.split.test.counts == (1, 1)  # by the first exposure


def test_units_outside_the_experiment_or_never_exposed_are_no_units(tmp_path: Path) -> None:
    unexposed = [e for e in page_view("c", "dense", *SLOT) if e.kind != "exposure"]
    events = [
        *page_view("a", None, *SLOT),
        *page_view("b", "control", exp="another"),
        *page_view("d", "retired", *SLOT),
        *unexposed,
    ]
    assert not report_on([segment(tmp_path, events)], experiment()).sections


def test_scroll_and_shift_are_each_page_views_last_value(tmp_path: Path) -> None:
    views = []
    for number in range(2):
        view = f"{number:016x}"
        views += page_view(
            "a", "control", "scroll", values={"scroll": 0.2 + number / 10}, view=view
        )
        late = page_view("a", "control", "scroll", values={"scroll": 0.6 + number / 10}, view=view)
        views += [replace(event, id=f"{event.id}-late") for event in late]
    metrics = only(report_on([segment(tmp_path, views)], experiment())).variants[0].metrics
    assert metrics["scroll_depth"].value == pytest.approx((0.6 + 0.7) / 2)
    assert "layout_shift" not in metrics


def test_a_folder_without_events_has_an_empty_report(tmp_path: Path) -> None:
    for paths in ([], [segment(tmp_path, [])]):
        result = report_on(paths, experiment())
        assert result.sound
        assert not result.sections
        assert result.span_ms is None
        assert verdict(result) == "density: no reader has been in it yet."


def test_paths_with_pattern_letters_are_read_as_names(tmp_path: Path) -> None:
    folder = tmp_path / "it's [a] *folder*?"
    folder.mkdir()
    (tmp_path / "it's a -folder-x").mkdir()
    path = segment(folder, page_view("a", "control"))
    assert only(report_on([path], experiment())).units == 1


def test_what_a_store_lost_is_in_the_health(tmp_path: Path) -> None:
    (tmp_path / "events").write_text("in the way")
    store = SegmentStore(tmp_path / "events", queue_limit=2)
    store.append(page_view("a", "control", *SLOT))
    (tmp_path / "events").unlink()
    store.close()
    result = report_on(segments(tmp_path), experiment())
    assert result.health.lost == 4
    assert result.health.events == 2


def test_batches_of_pages_loaded_ahead_of_a_visit_are_counted_and_count_for_nothing(
    tmp_path: Path,
) -> None:
    read = page_view("a", "control", *SLOT)
    result = report_on([segment(tmp_path, [*read, record(AHEAD), record(AHEAD)])], experiment())
    assert result.health.ahead == 2
    assert result.health.events == len(read)
    assert only(result).units == 1
    assert "2 batches of pages loaded ahead of a visit refused" in next(health_sentences(result))


def test_batches_refused_at_the_door_are_told_and_count_for_nothing(tmp_path: Path) -> None:
    read = page_view("a", "control", *SLOT)
    told = [record(REFUSED, 40), record(REFUSED, 2)]
    result = report_on([segment(tmp_path, [*read, *told])], experiment())
    assert (result.health.refused, result.health.events) == (42, len(read))
    assert only(result).units == 1
    assert "42 batches refused, of addresses over `rate_per_minute`" in next(
        health_sentences(result)
    )


def test_too_few_units_give_no_interval_and_say_so(tmp_path: Path) -> None:
    events = crowd(random.Random(1), 60, {"control": 0.5, "dense": 0.9})
    result = report_on([segment(tmp_path, events)], experiment())
    comparison = only(result).comparison(PRIMARY, "dense")
    assert comparison is not None
    assert comparison.absolute.fixed is None
    assert "too few to say anything: each variant needs 100 and one has 30" in verdict(result)


def test_a_clear_difference_is_named_with_its_interval(tmp_path: Path) -> None:
    events = crowd(random.Random(2), 3_000, {"control": 0.5, "dense": 0.6})
    result = report_on([segment(tmp_path, events)], experiment())
    comparison = only(result).comparison(PRIMARY, "dense")
    assert comparison is not None
    assert comparison.relative is not None
    always, fixed = comparison.relative.always_valid, comparison.relative.fixed
    assert always is not None
    assert fixed is not None
    assert always.low < fixed.low < 0.2 < fixed.high < always.high
    assert always.low > 0
    said = verdict(result)
    assert "% more viewable slots per page view than control" in said
    assert said.endswith("The split is sound.")
    assert "winner" not in said


def test_no_difference_is_called_unsure_and_not_equal(tmp_path: Path) -> None:
    events = crowd(random.Random(3), 2_000, {"control": 0.5, "dense": 0.5})
    said = verdict(report_on([segment(tmp_path, events)], experiment()))
    assert "no difference in viewable slots per page view is sure yet" in said


def test_three_variants_are_each_compared_with_wider_intervals(tmp_path: Path) -> None:
    rates = {"control": 0.5, "dense": 0.5, "third": 0.5}
    paths = [segment(tmp_path, crowd(random.Random(4), 3_000, rates))]
    three = only(report_on(paths, experiment(1, 1, 1)))
    assert {c.variant for c in three.comparisons} == {"dense", "third"}
    assert three.split.test.sound
    comparison = three.comparison(PRIMARY, "dense")
    assert comparison is not None
    fixed = comparison.absolute.fixed
    control, dense = (three.variants[k].metrics[PRIMARY.key].interval for k in (0, 1))
    assert fixed is not None
    assert control is not None
    assert dense is not None
    halves = [(interval.high - interval.low) / 2 for interval in (control, dense)]
    alone = (halves[0] ** 2 + halves[1] ** 2) ** 0.5
    assert (fixed.high - fixed.low) / 2 == pytest.approx(alone * 2.2414 / 1.96, rel=1e-3)


def test_a_broken_split_is_the_first_thing_said(tmp_path: Path) -> None:
    kept = (
        event
        for event in crowd(random.Random(5), 4_000, {"control": 0.5, "dense": 0.5})
        if not (event.variant == "dense" and int(event.uid[-3:], 16) % 5 == 1)
    )
    result = report_on([segment(tmp_path, kept)], experiment())
    assert not result.sound
    said = verdict(result)
    assert said.startswith("density: the split is broken:")
    assert "where 50.00% are configured" in said
    assert "more viewable" not in said


def test_a_weighted_split_is_held_against_its_weights(tmp_path: Path) -> None:
    paths = [segment(tmp_path, crowd(random.Random(6), 2_000, {"control": 0.5, "dense": 0.5}))]
    assert report_on(paths, experiment(0.5, 0.5)).sound
    assert not report_on(paths, experiment(0.6, 0.4)).sound


def test_metrics_that_do_not_vary_have_no_interval(tmp_path: Path) -> None:
    events = itertools.chain.from_iterable(
        page_view(f"u{n}", ("control", "dense")[n % 2], *SLOT) for n in range(400)
    )
    result = report_on([segment(tmp_path, events)], experiment())
    assert only(result).variants[0].metrics[PRIMARY.key].interval is None
    assert "do not vary" in verdict(result)


def test_the_document_is_json_and_carries_the_verdict(tmp_path: Path) -> None:
    events = crowd(random.Random(7), 500, {"control": 0.5, "dense": 0.6})
    result = report_on([segment(tmp_path, events)], experiment())
    document = json.loads(json.dumps(report_document(result), allow_nan=False))
    assert document["verdict"] == verdict(result)
    assert document["sound"] is True
    assert [v["name"] for v in document["sections"][0]["variants"]] == ["control", "dense"]
    assert document["sections"][0]["split"]["expected"] == [0.5, 0.5]


def test_traffic_is_by_layout_with_or_without_an_experiment(tmp_path: Path) -> None:
    events = [
        *page_view("a", "control", *SLOT),
        *page_view("b", "control", *SLOT, exp=None),
        *page_view("c", "dense", bot=True),
    ]
    result = traffic_in([segment(tmp_path, events)])
    assert [
        (layout.name, layout.counts["page_views"], layout.counts["viewable"])
        for layout in result.layouts
    ] == [("article-control", 2, 2)]


def test_layouts_made_up_by_browsers_neither_fill_the_report_nor_move_the_cursor(
    tmp_path: Path,
) -> None:
    events = []
    for number in range(80):
        name = f"\x1b[2Jforged-{number:02}"
        events += [replace(one, layout=name) for one in page_view(f"f{number}", "control")]
    for _ in range(2):
        events += [replace(one, layout="article") for one in page_view("a", "control", *SLOT)]
    found = traffic_in([segment(tmp_path, events)]).layouts
    assert (found[0].name, found[0].counts["rendered"]) == ("article", 2)
    assert (found[-1].name, found[-1].counts["page_views"]) == ("(other)", 31)
    assert len(found) == 51
    assert sum(one.counts["page_views"] for one in found) == 82
    assert all(one.name.isprintable() for one in found)
    assert found[1].name == "\N{REPLACEMENT CHARACTER}[2Jforged-00"


def test_a_run_whose_beginning_is_no_longer_kept_says_so(tmp_path: Path) -> None:
    """Else a report of what is left looks like one of the whole, and an alarm goes with its day."""
    day = 86_400_000
    first = [
        event
        for number in range(300)
        for event in page_view(f"a{number}", "control", *SLOT, at=T0 + number)
    ]
    last = [
        replace(event, received=event.received + 3 * day, t=event.t + 3 * day)
        for event in crowd(random.Random(8), 400, {"control": 0.5, "dense": 0.5})
    ]
    events_folder(tmp_path).mkdir()
    segment(events_folder(tmp_path), [*first, *last], "20251124T000000Z-1-a")
    whole = report_on(segments(tmp_path), experiment(), sums=sums_without_days(tmp_path))
    assert (whole.gone, whole.sound) == (None, False)
    now_s = T0 / 1000 + 4 * 86_400
    for days in (90, 2):
        compact(tmp_path, retention_days=days, max_bytes=10**9, now_s=now_s)
        result = report_on(segments(tmp_path), experiment(), sums=sums_without_days(tmp_path))
        assert (result.gone is None) == (days == 90)
    assert result.sound
    told = "But its events of 2025-11-24 are no longer kept (300 page views)"
    assert told in verdict(result)
    assert report_document(result)["gone"] == {
        "first": "2025-11-24", "last": "2025-11-24", "page_views": 300,
    }  # fmt: skip
    other = experiment().model_copy(update={"name": "other"})
    assert report_on(segments(tmp_path), other, sums=sums_without_days(tmp_path)).gone is None
    compact(tmp_path, retention_days=0, max_bytes=10**9, now_s=now_s + 86_400)
    result = report_on(segments(tmp_path), experiment(), sums=sums_without_days(tmp_path))
    assert verdict(result).startswith("density: no event of it is left. But its events from ")


def test_the_health_is_the_same_after_the_events_were_compacted(tmp_path: Path) -> None:
    """Copies and torn lines are gone from a day's file, and were there all the same."""
    folder = events_folder(tmp_path)
    folder.mkdir()
    read = [*page_view("a", "control", *SLOT), *page_view("b", "dense", bot=True)]
    path = segment(folder, [*read, *read[:3], record(AHEAD)], "20251124T000000Z-1-a")
    with path.open("ab") as file:
        file.write(line(read[0])[:40])
    segment(folder, read[2:5], "20251124T010000Z-1-b")
    before = report_on(segments(tmp_path), experiment())
    assert (before.health.doubles, before.health.torn, before.health.ahead) == (6, 1, 1)
    compact(tmp_path, retention_days=9_000, max_bytes=10**9)
    assert all(path.suffix == ".parquet" for path in segments(tmp_path))
    after = report_on(segments(tmp_path), experiment())
    assert after.health == before.health
    assert after.sections == before.sections
