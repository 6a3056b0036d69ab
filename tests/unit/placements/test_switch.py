"""The kill switch: what it says, where it lies, and that whoever follows the folder heeds it."""

from __future__ import annotations

import os
import queue

import pytest

from adweave.placements import Live, Since, Switch, read_switch, switch_file, write_switch

LONG_S = 20
NOW = Since("2026-03-01T08:00:00Z", "ada")


def test_nothing_is_off_where_there_is_no_switch(tmp_path):
    switch = read_switch(tmp_path / "state")
    assert not switch
    assert switch.key == ""
    assert switch.sentences() == []
    assert not switch.stops("/news/a")


def test_what_is_written_is_read(tmp_path):
    switch = Switch().with_off("inline", NOW).with_off("/live/**", NOW)
    write_switch(tmp_path, switch)
    assert read_switch(tmp_path) == switch
    assert switch.sentences() == [
        'placement "inline" is off since 2026-03-01T08:00:00Z by ada',
        "pages at /live/** are off since 2026-03-01T08:00:00Z by ada",
    ]


def test_a_glob_stops_its_pages_and_no_others():
    switch = Switch().with_off("/live/**", NOW)
    assert switch.stops("/live/2026/match")
    assert switch.stops("/live")
    assert not switch.stops("/news/live")


def test_everything_off_stops_every_page_and_outlives_what_was_off_by_name():
    switch = Switch().with_off("inline", NOW).with_off(None, NOW)
    assert switch.stops("/any")
    assert switch.with_on("inline").is_all
    assert not switch.with_on(None)


def test_the_first_to_turn_something_off_stays_named():
    later = Since("2026-03-02T08:00:00Z", "bob")
    assert Switch().with_off("inline", NOW).with_off("inline", later).placements["inline"] == NOW


def test_equal_switches_have_equal_keys_whatever_the_order():
    one = Switch().with_off("a", NOW).with_off("b", NOW)
    other = Switch().with_off("b", NOW).with_off("a", Since())
    assert one.key == other.key != ""


@pytest.mark.parametrize("text", ["", "off", "[]", '{"all": 1}', '{"paths": ["/x"]}', "[" * 9999])
def test_a_switch_that_makes_no_sense_turns_everything_off(tmp_path, text):
    switch_file(tmp_path).write_text(text)
    switch = read_switch(tmp_path)
    assert switch.is_all
    assert "is no switch file" in switch.sentences()[0]


def test_a_switch_that_cannot_be_read_turns_everything_off(tmp_path):
    switch_file(tmp_path).mkdir()
    assert read_switch(tmp_path).is_all


def test_who_follows_the_folder_heeds_the_switch_both_ways(write, tmp_path):
    changes: queue.Queue = queue.Queue()
    with Live(write({}), state=tmp_path, on_change=changes.put) as live:
        whole = live.site
        write_switch(tmp_path, Switch().with_off("inline", NOW))
        site = changes.get(timeout=LONG_S)
        assert site is live.site
        assert not site.layouts["article"].placement_named("inline").enabled
        assert site.generation == whole.generation
        write_switch(tmp_path, Switch().with_off(None, NOW))
        assert changes.get(timeout=LONG_S).switch.stops("/")
        write_switch(tmp_path, Switch())
        assert changes.get(timeout=LONG_S) is whole


def test_a_switch_holds_after_a_restart(write, tmp_path):
    write_switch(tmp_path, Switch().with_off(None, NOW))
    with Live(write({}), state=tmp_path) as live:
        assert live.site.switch.is_all


def test_a_switch_holds_over_a_change_of_the_folder(write, tmp_path):
    write_switch(tmp_path, Switch().with_off("inline", NOW))
    changes: queue.Queue = queue.Queue()
    with Live(write({}), state=tmp_path, on_change=changes.put):
        write({"site.toml": 'default_language = "de"\n'})
        site = changes.get(timeout=LONG_S)
        assert site.settings.default_language == "de"
        assert not site.layouts["article"].placement_named("inline").enabled


def test_a_switch_that_is_deleted_is_on_again(write, tmp_path):
    write_switch(tmp_path, Switch().with_off(None, NOW))
    changes: queue.Queue = queue.Queue()
    with Live(write({}), state=tmp_path, on_change=changes.put):
        os.unlink(switch_file(tmp_path))
        assert not changes.get(timeout=LONG_S).switch
