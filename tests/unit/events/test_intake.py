"""Intake: what is taken, what is not, and that each has a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adweave.events import KINDS, LOST, MAX_BYTES, REASONS, Accepted, Refused, intake, line

NOW = 1_764_000_000_000
VIEW = "0123456789abcdef"
KNOWN = {"density": ("control", "dense")}


def batch(*events: dict[str, Any], **changed: Any) -> dict[str, Any]:
    sent = list(events) or [{"id": f"{VIEW}-1", "kind": "view", "t": NOW}]
    whole: dict[str, Any] = {
        "v": 1,
        "view": VIEW,
        "unit": "visitor",
        "uid": "fedcba9876543210",
        "path": "/news/1",
        "lang": "en",
        "layout": "article",
        "gen": "abcdef012345",
        "exp": "density",
        "variant": "dense",
        "width": 360,
        "events": sent,
    }
    return {**whole, **changed}


def take(document: object, now_ms: int = NOW, **options: Any) -> Accepted | Refused:
    return intake(json.dumps(document).encode(), now_ms, KNOWN, **options)


def accepted(document: object, **options: Any) -> Accepted:
    result = take(document, **options)
    assert isinstance(result, Accepted), result
    return result


def event(**changed: Any) -> dict[str, Any]:
    return {"id": f"{VIEW}-7", "kind": "render", "t": NOW, **changed}


def test_a_whole_batch_becomes_flat_events() -> None:
    sent = event(placement="inline", slot="inline-1", value=0.5)
    result = accepted(batch(sent))
    assert json.loads(line(result.events[0])) == {
        "id": f"{VIEW}-7",
        "kind": "render",
        "t": NOW,
        "received": NOW,
        "view": VIEW,
        "unit": "visitor",
        "uid": "fedcba9876543210",
        "path": "/news/1",
        "lang": "en",
        "layout": "article",
        "gen": "abcdef012345",
        "exp": "density",
        "variant": "dense",
        "placement": "inline",
        "slot": "inline-1",
        "value": 0.5,
        "width": 360,
    }
    assert not result.dropped
    assert not result.stripped


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_event_is_taken(kind: str) -> None:
    assert len(accepted(batch(event(kind=kind))).events) == 1


def test_fields_of_a_newer_loader_are_ignored() -> None:
    result = accepted(batch(event(colour="red"), weather={"rain": True}))
    assert len(result.events) == 1


def test_an_unknown_kind_is_dropped_alone() -> None:
    result = accepted(batch(event(), event(id=f"{VIEW}-8", kind="teleport")))
    assert [one.kind for one in result.events] == ["render"]
    assert result.dropped == {"kind": 1}


def test_the_record_of_lost_events_cannot_be_sent() -> None:
    assert accepted(batch(event(kind=LOST, value=1e6))).dropped == {"kind": 1}


@pytest.mark.parametrize(
    ("ahead_ms", "reason"),
    [
        (5 * 60_000, None),
        (5 * 60_000 + 1, "future"),
        (-24 * 3_600_000, None),
        (-24 * 3_600_000 - 1, "old"),
    ],
)
def test_events_of_another_day_or_from_the_future_are_dropped(
    ahead_ms: int, reason: str | None
) -> None:
    result = accepted(batch(event(t=NOW + ahead_ms)))
    assert result.dropped == ({reason: 1} if reason else {})
    assert len(result.events) == (0 if reason else 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": ""},
        {"id": "a b"},
        {"id": "x" * 97},
        {"id": 7},
        {"kind": 7},
        {"t": "1764000000000"},
        {"t": 1.5},
        {"t": None},
        {"t": True},
        {"value": "0.5"},
        {"slot": ""},
        {"slot": "x" * 65},
    ],
    ids=repr,
)
def test_a_malformed_event_is_dropped_alone(changed: dict[str, Any]) -> None:
    result = accepted(batch(event(**changed), event()))
    assert result.dropped == {"event": 1}
    assert len(result.events) == 1


@pytest.mark.parametrize("item", [None, 1, "view", [], [[]]], ids=repr)
def test_what_is_no_object_is_no_event(item: object) -> None:
    assert accepted(batch() | {"events": [item]}).dropped == {"event": 1}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"v": 2}, "version"),
        ({"v": True}, "version"),
        ({"v": "1"}, "version"),
        ({"view": "short"}, "batch"),
        ({"view": "0123456789abcde\n"}, "batch"),
        ({"uid": "fedcba987654321"}, "batch"),
        ({"uid": "x" * 65}, "batch"),
        ({"unit": "reader"}, "batch"),
        ({"path": "news"}, "batch"),
        ({"path": None}, "batch"),
        ({"lang": "e\nn"}, "batch"),
        ({"width": 3.5}, "batch"),
        ({"events": {}}, "batch"),
        ({"events": []}, "count"),
        ({"events": [event()] * 101}, "count"),
    ],
    ids=repr,
)
def test_a_malformed_batch_is_refused_with_its_reason(changed: dict[str, Any], reason: str) -> None:
    assert take(batch() | changed) == Refused(reason)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "size"),
        (b"[" * MAX_BYTES, "json"),
        (b" " * (MAX_BYTES + 1), "size"),
        (b"5" * 5_000_000, "size"),
        (b"{", "json"),
        (b"\xff\xfe", "json"),
        (b"null", "batch"),
        (b"[]", "batch"),
        (b"{}", "version"),
        (json.dumps(batch()).encode()[:-1], "json"),
        (json.dumps(batch()).encode().replace(b"360", b"NaN"), "json"),
        (json.dumps(batch()).encode().replace(b"360", b"1e999"), "batch"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_bytes_that_are_no_batch_are_refused_with_their_reason(raw: bytes, reason: str) -> None:
    assert intake(raw, NOW, KNOWN) == Refused(reason)


@pytest.mark.parametrize(
    ("kind", "possible", "impossible"),
    [
        ("render", 999.5, 1e6),
        ("render", 0, -0.01),
        ("in-view", 3_600, 1e6),
        ("scroll", 1, 1.01),
        ("shift", 3.5, -1),
        ("click", 1e6, 1e10),
    ],
)
def test_a_value_that_its_kind_cannot_have_is_dropped_and_counted(
    kind: str, possible: float, impossible: float
) -> None:
    """A forged price of a million would outweigh all readers of a variant."""
    result = accepted(batch(event(kind=kind, value=possible), event(kind=kind, value=impossible)))
    assert [one.value for one in result.events] == [possible]
    assert result.dropped == {"event": 1}


def test_an_infinite_value_is_no_value() -> None:
    raw = json.dumps(batch(event(value=0.25))).encode().replace(b"0.25", b"1e999")
    result = intake(raw, NOW, KNOWN)
    assert isinstance(result, Accepted)
    assert result.dropped == {"event": 1}


def test_an_unknown_experiment_is_taken_off_and_counted() -> None:
    result = accepted(batch(event(), event(id=f"{VIEW}-8"), exp="forged", variant="dense"))
    assert [(one.exp, one.variant, one.unknown) for one in result.events] == [
        (None, None, True)
    ] * 2
    assert result.stripped == {"unknown-experiment": 2}


@pytest.mark.parametrize("changed", [{"variant": "forged"}, {"exp": None}], ids=repr)
def test_an_unknown_variant_is_taken_off_and_counted(changed: dict[str, Any]) -> None:
    result = accepted(batch() | changed)
    assert (result.events[0].exp, result.events[0].variant) == (None, None)
    assert result.stripped == {"unknown-variant": 1}


def test_a_unit_outside_the_experiment_keeps_the_experiment_without_a_variant() -> None:
    result = accepted(batch(variant=None))
    assert (result.events[0].exp, result.events[0].variant) == ("density", None)
    assert not result.stripped


def test_no_reader_can_displace_another_readers_event() -> None:
    """Stores drop doubles by id, so an id always carries its page view."""
    forged = accepted(batch(event(id="ffffffffffffffff-1"), view="a" * 16))
    assert forged.events[0].id == f"{'a' * 16}-ffffffffffffffff-1"


def test_bots_are_marked_and_kept() -> None:
    assert accepted(batch(), bot=True).events[0].bot


def test_a_long_path_is_cut_and_not_refused() -> None:
    assert len(accepted(batch(path="/" + "x" * 4000)).events[0].path) == 1024


def test_a_stored_line_leaves_out_what_is_absent() -> None:
    stored = json.loads(line(accepted(batch(exp=None, variant=None), bot=True).events[0]))
    assert stored["bot"] is True
    assert not {"exp", "variant", "slot", "value", "unknown"} & stored.keys()


def test_a_stored_line_is_one_line_of_ascii() -> None:
    stored = line(
        accepted(batch(event(slot="\u2028\n\u00fc"), path="/haber/\u015fehir\r\n")).events[0]
    )
    assert stored.isascii()
    assert stored.count(b"\n") == 1
    assert json.loads(stored)["path"] == "/haber/\u015fehir\r\n"


def test_every_reason_has_a_sentence() -> None:
    assert all(sentence[0].islower() or sentence[0].isdigit() for sentence in REASONS.values())


@given(
    st.binary(max_size=400)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from([*batch(), *event(), "x"]), inner, max_size=6)
        ),
        max_leaves=20,
    ).map(lambda document: json.dumps(document).encode())
)
def test_nothing_sent_raises(raw: bytes) -> None:
    result = intake(raw, NOW, KNOWN)
    reasons = (
        {result.reason} if isinstance(result, Refused) else {*result.dropped, *result.stripped}
    )
    assert reasons <= REASONS.keys()


@given(
    st.sampled_from(sorted(batch())), st.none() | st.integers() | st.text() | st.lists(st.none())
)
def test_no_field_of_any_form_raises(name: str, value: object) -> None:
    result = take(batch() | {name: value})
    if isinstance(result, Accepted):
        for one in result.events:
            json.loads(line(one))
