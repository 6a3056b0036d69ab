"""A beacon's bytes -> events that may be stored, or the reason why not.

Pure: the clock and the known experiments are arguments. Nothing a reader sends can raise
here, and nothing that is not stored goes uncounted.

What newer and older loaders send stays readable: unknown fields are ignored, an event of
an unknown kind is dropped alone, and only another version of the format as a whole is
refused. An event that names an experiment or variant which is not configured keeps its
place in the traffic but loses both names, so that no forged name gets into a report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import from_json

from adweave.events.model import KINDS, Event

MAX_BYTES = 16 * 1024
MAX_EVENTS = 100
MAX_PATH = 1024
"""Longer paths are cut, not refused: percent-encoded scripts make honest ones long."""
MAX_VALUE = 1e9
VALUES: Mapping[str, tuple[float, float]] = {
    "render": (0.0, 10_000.0),  # what one impression earned, in whatever currency
    "in-view": (0.0, 86_400.0),  # seconds; older events are refused
    "scroll": (0.0, 1.0),
    "shift": (0.0, 1_000.0),  # a sum of scores, none of which is above 1
}
"""Least and largest value of an event by its kind. One beyond them is no reader's, and a single one
would outweigh all of a report's others."""
FUTURE_MS = 5 * 60 * 1000
"""A reader's clock may be this much ahead of ours."""
AGE_MS = 24 * 60 * 60 * 1000
"""Older events are refused: a beacon that waited longer belongs to another day's report."""

REASONS: Mapping[str, str] = {
    "size": f"the batch is empty or has more than {MAX_BYTES} bytes",
    "json": "the batch is not JSON",
    "version": "the batch is of another version than 1",
    "batch": "a field of the batch is missing or of the wrong form",
    "count": f"the batch has no event or more than {MAX_EVENTS}",
    "event": "a field of the event is missing or of the wrong form",
    "kind": "the event is of a kind that is not known here",
    "future": "the event's time is more than 5 minutes ahead",
    "old": "the event is more than 1 day old",
    "double": "an event of the same id was taken shortly before",
    "store": "the store could not be written for so long that its queue was full",
    "rate": "the sender's address sent more batches than `rate_per_minute` allows",
    "prefetch": "the request says that the page was loaded ahead of a visit",
    "token": "the batch has not the token of a page of its generation",
    "unknown-experiment": "the event named an experiment that is not configured; taken without it",
    "unknown-variant": "the event named a variant that its experiment lacks; taken without it",
}
"""Reason -> sentence. The first five, `rate`, `prefetch` and `token` refuse a batch, the last two
only take the experiment off the event, the others drop an event."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Events to store. `dropped` and `stripped` count events by reason, see `REASONS`."""

    events: tuple[Event, ...]
    dropped: Mapping[str, int] = field(default_factory=dict)
    stripped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """No event of the batch can be used. `reason` is one of `REASONS`."""

    reason: str


_Id = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{16,64}$")]
_EventId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_.:-]{1,96}$")]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class _Batch(_Wire):
    view: _Id
    unit: Literal["visitor", "view"]
    uid: _Id
    path: Annotated[str, StringConstraints(pattern=r"^/")]
    lang: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,35}$")] | None = None
    layout: _Name | None = None
    gen: _Name | None = None
    exp: _Name | None = None
    variant: _Name | None = None
    width: Annotated[int, Field(ge=0, le=100_000)] | None = None
    qa: bool = False


class _Sent(_Wire):
    id: _EventId
    kind: str
    t: int
    placement: _Name | None = None
    slot: _Name | None = None
    value: Annotated[float, Field(ge=-MAX_VALUE, le=MAX_VALUE)] | None = None


def intake(
    raw: bytes,
    now_ms: int,
    experiments: Mapping[str, Collection[str]],
    *,
    bot: bool = False,
) -> Accepted | Refused:
    """Checks one batch as the loader sends it.

    `experiments` maps the name of each configured experiment, whatever its status, to its
    variants' names: pages that a cache still holds may name one that was stopped since.
    `bot` says that the request looked like a bot's.
    """
    if not 0 < len(raw) <= MAX_BYTES:
        return Refused("size")
    try:
        document = from_json(raw, allow_inf_nan=False)
    except ValueError:
        return Refused("json")
    if not isinstance(document, dict):
        return Refused("batch")
    if type(document.get("v")) is not int or document["v"] != 1:
        return Refused("version")
    sent = document.get("events")
    if not isinstance(sent, list):
        return Refused("batch")
    if not 0 < len(sent) <= MAX_EVENTS:
        return Refused("count")
    try:
        batch = _Batch.model_validate(document)
    except ValidationError:
        return Refused("batch")

    exp, variant, unknown = _experiment_of(batch, experiments)
    events: list[Event] = []
    dropped: Counter[str] = Counter()
    for item in sent:
        checked = _checked(item, now_ms)
        if isinstance(checked, str):
            dropped[checked] += 1
            continue
        events.append(
            Event(
                id=_unique_id(batch.view, checked.id),
                kind=checked.kind,
                t=checked.t,
                received=now_ms,
                view=batch.view,
                unit=batch.unit,
                uid=batch.uid,
                path=batch.path[:MAX_PATH],
                lang=batch.lang,
                layout=batch.layout,
                gen=batch.gen,
                exp=exp,
                variant=variant,
                placement=checked.placement,
                slot=checked.slot,
                value=checked.value,
                width=batch.width,
                bot=bot,
                qa=batch.qa,
                unknown=unknown is not None,
            )
        )
    stripped = {unknown: len(events)} if unknown and events else {}
    return Accepted(tuple(events), dict(dropped), stripped)


def _experiment_of(
    batch: _Batch, experiments: Mapping[str, Collection[str]]
) -> tuple[str | None, str | None, str | None]:
    """Experiment, variant, and the reason why they were taken off."""
    if batch.exp is None:
        return None, None, "unknown-variant" if batch.variant is not None else None
    variants = experiments.get(batch.exp)
    if variants is None:
        return None, None, "unknown-experiment"
    if batch.variant is not None and batch.variant not in variants:
        return None, None, "unknown-variant"
    return batch.exp, batch.variant, None


def _checked(item: object, now_ms: int) -> _Sent | str:
    """The event's own fields, or the reason to drop it."""
    try:
        sent = _Sent.model_validate(item)
    except ValidationError:
        return "event"
    if sent.kind not in KINDS:
        return "kind"
    low, high = VALUES.get(sent.kind, (-MAX_VALUE, MAX_VALUE))
    if sent.value is not None and not low <= sent.value <= high:
        return "event"
    if sent.t > now_ms + FUTURE_MS:
        return "future"
    if sent.t < now_ms - AGE_MS:
        return "old"
    return sent


def _unique_id(view: str, event_id: str) -> str:
    """An id no other page view can have: stores drop doubles by id, so a forged or short
    one must not be able to displace another reader's event."""
    return event_id if event_id.startswith(f"{view}-") else f"{view}-{event_id}"
