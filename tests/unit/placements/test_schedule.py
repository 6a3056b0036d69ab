"""Schedules: days and hours as a place's own clocks show them."""

from __future__ import annotations

import random
import tomllib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from adweave.placements.schedule import DAYS, Clock, Schedule


def clock(toml: str, zone: str = "UTC") -> Clock:
    return Clock(Schedule.model_validate(tomllib.loads(toml)), zone)


def second(text: str, zone: str = "UTC", fold: int = 0) -> float:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone), fold=fold)
    return moment.timestamp()


def test_a_schedule_that_says_nothing_is_always_on():
    assert clock("").at(0) == (True, None)


def test_an_end_that_is_a_day_is_the_last_day():
    season = clock("start = 2026-03-01\nend = 2026-03-02", "Europe/Istanbul")
    last = second("2026-03-02T23:59:59", "Europe/Istanbul")
    assert season.at(last) == (True, last + 1)
    assert season.at(last + 1) == (False, None)


@pytest.mark.parametrize("end", ["9999-12-31", "9999-12-31T23:59:59"])
def test_the_last_day_of_all_is_for_ever(end):
    is_on, until = clock(f"end = {end}", "Pacific/Apia").at(second("2026-03-01"))
    assert is_on
    assert until is None or until > second("9999-12-30")


def test_the_first_day_of_all_is_long_ago():
    assert clock("start = 0001-01-01", "Asia/Tokyo").at(0) == (True, None)


def test_moments_with_an_offset_are_their_own():
    season = clock("start = 2026-03-01T06:00:00+02:00", "America/New_York")
    assert season.at(second("2026-03-01T03:59:59")) == (False, second("2026-03-01T04:00:00"))
    assert season.at(second("2026-03-01T04:00:00")) == (True, None)


def test_hours_over_midnight_belong_to_the_day_they_begin_on():
    night = clock('days = ["fri"]\nhours = ["22:00-02:00"]')
    friday, saturday = "2026-11-27", "2026-11-28"
    assert night.at(second(f"{friday}T01:00:00"))[0] is False
    assert night.at(second(f"{friday}T22:00:00")) == (True, second(f"{saturday}T02:00:00"))
    assert night.at(second(f"{saturday}T01:59:59")) == (True, second(f"{saturday}T02:00:00"))
    assert night.at(second(f"{saturday}T22:00:00"))[0] is False


def test_days_alone_are_whole_days():
    week = clock('days = ["mon", "tue", "wed", "thu", "fri"]', "Europe/Istanbul")
    monday = second("2026-11-23T00:00:00", "Europe/Istanbul")
    assert week.at(monday) == (True, monday + 5 * 86_400)
    assert week.at(monday - 1) == (False, monday)


def test_hours_that_touch_are_one_stretch():
    day = clock('hours = ["06:00-12:00", "12:00-18:00"]')
    assert day.at(second("2026-11-23T06:00:00")) == (True, second("2026-11-23T18:00:00"))


def test_an_hour_that_is_skipped_is_not_there():
    """Berlin's clocks went from 02:00 to 03:00 on 29 March 2026."""
    night = clock('hours = ["02:00-03:00"]', "Europe/Berlin")
    skipped = second("2026-03-29T00:30:00+00:00")
    assert night.at(skipped) == (False, second("2026-03-30T02:00:00", "Europe/Berlin"))


def test_an_hour_that_begins_in_what_is_skipped_begins_when_the_clock_goes_on():
    morning = clock('hours = ["02:30-05:00"]', "Europe/Berlin")
    jump = second("2026-03-29T01:00:00+00:00")
    assert morning.at(jump - 1)[0] is False
    assert morning.at(jump) == (True, second("2026-03-29T05:00:00", "Europe/Berlin"))


def test_an_hour_that_comes_twice_is_on_both_times():
    """Berlin's clocks went from 03:00 back to 02:00 on 25 October 2026."""
    night = clock('hours = ["02:00-02:30"]', "Europe/Berlin")
    first, again = (second("2026-10-25T02:00:00", "Europe/Berlin", fold) for fold in (0, 1))
    assert again - first == 3600
    assert night.at(first) == (True, first + 1800)
    assert night.at(first + 1800) == (False, again)
    assert night.at(again) == (True, again + 1800)


ZONES = ("Europe/Istanbul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
         "Asia/Kolkata", "Africa/Casablanca", "Pacific/Chatham")  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_around_a_change_is_what_the_clock_on_the_wall_says(zone):
    chance = random.Random(zone)
    for _ in range(25):
        days = chance.sample(DAYS, chance.randrange(8))
        hours = [(chance.randrange(1440), chance.randrange(1440)) for _ in range(2)]
        hours = [(a, b) for a, b in hours if a != b]
        shown = [f"{a // 60:02d}:{a % 60:02d}-{b // 60:02d}:{b % 60:02d}" for a, b in hours]
        asked = Clock(Schedule(time_zone=zone, days=days, hours=shown), "UTC")
        at = chance.choice([second("2026-03-27"), second("2026-10-23"), second("2026-04-03")])
        ends = at + 4 * 86_400
        while at < ends:
            is_on, until = asked.at(at)
            assert is_on == _on_the_wall(at, zone, days, hours)
            if until is not None:
                assert until > at
                assert _on_the_wall(until - 1, zone, days, hours) == is_on
            at += chance.randrange(60, 7_200)


def _on_the_wall(at: float, zone: str, days: list[str], hours: list[tuple[int, int]]) -> bool:
    local = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    today, yesterday = DAYS[local.weekday()], DAYS[(local - timedelta(days=1)).weekday()]
    for start, end in hours or [(0, 1440)]:
        end = end if end > start else end + 1440
        if (not days or today in days) and start <= minute < end:
            return True
        if (not days or yesterday in days) and start <= minute + 1440 < end:
            return True
    return False


def test_a_schedule_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValidationError, match="it would never be on"):
        Schedule.model_validate(tomllib.loads("start = 2026-03-02\nend = 2026-03-01"))
