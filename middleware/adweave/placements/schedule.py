"""Schedules: when something is on, in a place's own time, and until when that holds.

A schedule has a start and an end, days of the week and hours of the day, all in one IANA time
zone. `Clock` makes windows of it, stretches of real time, so that daylight saving is nobody's
problem any more: an hour that is skipped is not there, one that comes twice is on both times.

Pure: the time is told, in seconds since 1970. Knows nothing of what is scheduled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as time_of_day
from functools import lru_cache
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StrictStr, model_validator
from pydantic.json_schema import WithJsonSchema

from adweave.placements.base import Model
from adweave.placements.values import hint, kind_of, nearest, one_of, refusal

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = re.compile(r"\s*(\d{1,2}):(\d{2})\s*[-\u2013]\s*(\d{1,2}):(\d{2})\s*", re.ASCII)
_MINUTES_A_DAY = 24 * 60
_DAY_S = 86_400.0
# A schedule is laid out so many days ahead; no pattern of a week needs more.
_DAYS_AHEAD = 9
_EVER = (float("-inf"), float("inf"))


class Hours(NamedTuple):
    """A stretch of the day in minutes from midnight; it may end on the day after."""

    start: int
    end: int

    def __str__(self) -> str:
        shown = self.end if self.end <= _MINUTES_A_DAY else self.end - _MINUTES_A_DAY
        return f"{_clock(self.start)}-{_clock(shown)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _read_hours(value: object) -> object:
    if isinstance(value, Hours):
        return value
    if not isinstance(value, str):
        raise refusal(f'is {kind_of(value)}; write hours such as "06:00-22:30"', "wrong-type")
    match = _HOURS.fullmatch(value)
    if match is None:
        raise refusal('is no stretch of hours; write it as "06:00-22:30"')
    first_hour, first_minute, last_hour, last_minute = map(int, match.groups())
    start, end = first_hour * 60 + first_minute, last_hour * 60 + last_minute
    if first_minute > 59 or last_minute > 59 or start >= _MINUTES_A_DAY or end > _MINUTES_A_DAY:
        raise refusal('has a time that no clock shows; times are "00:00" to "24:00"')
    if start == end:
        raise refusal('has no length; the whole day is "00:00-24:00"')
    return Hours(start, end if end > start else end + _MINUTES_A_DAY)


def _read_day(value: object) -> object:
    if isinstance(value, str) and value.casefold() in _LONG_DAYS:
        raise refusal(f'is not short; write "{value.casefold()[:3]}"', "unknown-value")
    if value not in DAYS:
        guess = hint(value, DAYS) if isinstance(value, str) else ""
        raise refusal(f"is no day; days are {one_of(DAYS, last='and')}{guess}", "unknown-value")
    return value


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def known_zone(name: str) -> str:
    """`name` where it is an IANA time zone; raises a refusal otherwise."""
    if name not in _zones():
        known = tuple(sorted(_zones()))
        cities = {zone.rpartition("/")[2].casefold(): zone for zone in known if "/" in zone}
        guess = cities.get(name.casefold().replace(" ", "_")) or nearest(name, known)
        guess = guess or cities.get(nearest(name, tuple(cities)) or "")
        meant = "" if guess is None else f'; did you mean "{guess}"?'
        raise refusal(
            f'is no time zone; write its IANA name, such as "Europe/Istanbul"{meant}',
            "unknown-value",
        )
    return name


def _read_moment(value: object) -> object:
    if isinstance(value, date):  # a datetime is one, too
        return value
    if isinstance(value, str):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            raise refusal(f"is a text; write the date without quotes: {value}", "wrong-type")
    raise refusal(
        f"is {kind_of(value)}; write a date or a date with a time: 2026-03-01 or "
        "2026-03-01T06:00:00",
        "wrong-type",
    )


_MOMENT_SCHEMA = {
    "description": "A TOML date or date with time, without quotes.",
    "examples": ["2026-03-01", "2026-03-01T06:00:00"],
    # Editors hand TOML's dates to a schema as texts.
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}",
}

Zone = Annotated[StrictStr, AfterValidator(known_zone)]
"""An IANA time zone, such as "Europe/Istanbul"."""
Moment = Annotated[date | datetime, BeforeValidator(_read_moment), WithJsonSchema(_MOMENT_SCHEMA)]
"""A day, or a moment; without an offset, in the schedule's zone."""
Day = Annotated[
    str, BeforeValidator(_read_day), WithJsonSchema({"type": "string", "enum": list(DAYS)})
]
HoursOfDay = Annotated[
    Hours,
    BeforeValidator(_read_hours),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\s*\d{1,2}:\d{2}\s*[-\u2013]\s*\d{1,2}:\d{2}\s*$",
            "examples": ["06:00-22:30", "22:00-02:00"],
        }
    ),
]


class Schedule(Model):
    """`schedule`: when it is on. All that is written must hold at once."""

    time_zone: Zone | None = Field(
        default=None,
        description='IANA name of the zone that the times are in: `"Europe/Istanbul"`. Without '
        "it, `time_zone` of `site.toml`.",
    )
    start: Moment | None = Field(
        default=None, description="From then on: a date, or a date with a time."
    )
    end: Moment | None = Field(
        default=None, description="Until then: a date (that day is the last), or with a time."
    )
    days: tuple[Day, ...] = Field(default=(), description='Only on these: `["mon", "tue"]`.')
    hours: tuple[HoursOfDay, ...] = Field(
        default=(),
        description='Only in these hours: `["06:00-09:30", "22:00-02:00"]`. What goes over '
        "midnight belongs to the day that it begins on.",
    )

    @model_validator(mode="after")
    def _ends_after_start(self) -> Schedule:
        if self.start is not None and self.end is not None:
            zone: tzinfo = ZoneInfo(self.time_zone) if self.time_zone else UTC
            if end_of(self.end, zone) <= start_of(self.start, zone):
                raise refusal("ends before it starts; it would never be on", "never")
        return self


def start_of(moment: date, zone: tzinfo) -> float:
    """The first second of a moment or day, in seconds since 1970."""
    if isinstance(moment, datetime):
        return _second(moment, zone, fold=0)
    return _second(datetime.combine(moment, time_of_day()), zone, fold=0)


def end_of(moment: date, zone: tzinfo) -> float:
    """Just past a moment's second, or past the end of a day, in seconds since 1970."""
    if isinstance(moment, datetime):
        return _second(moment, zone, fold=1)
    if moment == date.max:  # how some write "for ever"; no day comes after it
        return _EVER[1]
    return _second(datetime.combine(moment + timedelta(days=1), time_of_day()), zone, fold=0)


def _second(moment: datetime, zone: tzinfo, *, fold: int) -> float:
    """Of a time that comes twice, `fold` says which; one that is skipped counts as much later."""
    if moment.tzinfo is not None:
        return moment.timestamp()
    return moment.replace(tzinfo=zone, fold=fold).timestamp()


class Clock:
    """A schedule made ready to be asked, from any thread.

    `at(now)` tells whether it is on, and until when that stays so: seconds since 1970, or None
    for ever.
    """

    def __init__(self, schedule: Schedule, default_zone: str) -> None:
        self._zone = ZoneInfo(schedule.time_zone or default_zone)
        self._start = _EVER[0]
        self._end = _EVER[1]
        if schedule.start is not None:
            self._start = start_of(schedule.start, self._zone)
        if schedule.end is not None:
            self._end = end_of(schedule.end, self._zone)
        self._days = frozenset(DAYS.index(day) for day in schedule.days) or frozenset(range(7))
        self._hours = schedule.hours or (Hours(0, _MINUTES_A_DAY),)
        self._is_plain = not schedule.days and not schedule.hours
        self._known = (0.0, 0.0, False)  # from, until (excluded), whether it is on

    def at(self, now: float) -> tuple[bool, float | None]:
        """Whether it is on at `now`, and the time from which that may be different."""
        since, until, is_on = self._known
        if not since <= now < until:
            since, until, is_on = self._known = self._state(now)
        return is_on, None if until == _EVER[1] else until

    def _state(self, now: float) -> tuple[float, float, bool]:
        if now < self._start:
            return _EVER[0], self._start, False
        if now >= self._end:
            return self._end, _EVER[1], False
        if self._is_plain:
            return self._start, self._end, True
        for opens, closes in self._windows(now):
            if now < opens:
                return now, min(opens, self._end), False
            if now < closes:
                return now, min(closes, self._end), True
        return now, min(now + _DAYS_AHEAD * _DAY_S, self._end), False

    def _windows(self, now: float) -> list[tuple[float, float]]:
        """The stretches from `now` on in which the place's clock shows what is wanted, joined."""
        found: list[tuple[float, float]] = []
        for since, until, offset in _offsets(self._zone, now, now + _DAYS_AHEAD * _DAY_S):
            # What began yesterday may go over midnight.
            day = datetime.fromtimestamp(since + offset, UTC).date() - timedelta(days=1)
            midnight = datetime.combine(day, time_of_day(), UTC).timestamp() - offset
            while midnight < until:
                if day.weekday() in self._days:
                    found += [
                        (max(midnight + start * 60, since), min(midnight + end * 60, until))
                        for start, end in self._hours
                        if midnight + end * 60 > since and midnight + start * 60 < until
                    ]
                day += timedelta(days=1)
                midnight += _DAY_S
        joined: list[tuple[float, float]] = []
        for opens, closes in sorted(found):
            if joined and opens <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(joined[-1][1], closes)
            else:
                joined.append((opens, closes))
        return joined


def _offsets(zone: ZoneInfo, since: float, until: float) -> Iterator[tuple[float, float, float]]:
    """Stretches of time in which the zone's clocks are `offset` seconds ahead of UTC."""
    at, offset = since, _offset(zone, since)
    step = since
    while step < until:
        later = min(step + _DAY_S, until)
        if _offset(zone, later) != offset:
            low, high = step, later
            while high - low > 1:
                middle = float(int((low + high) / 2))
                low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
            yield at, high, offset
            at, offset = high, _offset(zone, high)
        step = later
    yield at, until, offset


def _offset(zone: ZoneInfo, second: float) -> float:
    found = datetime.fromtimestamp(second, zone).utcoffset()
    return found.total_seconds() if found is not None else 0.0
