"""The events that the report is measured with are sound, and it says the same from both kinds of
files."""

from __future__ import annotations

import json

from click.testing import CliRunner

from adweave.cli import main

from .reports import compact_cost, report_cost, write_events, write_folder


def test_a_report_says_the_same_from_segments_and_from_the_days_that_they_are_packed_into(tmp_path):
    placements, state = tmp_path / "placements", tmp_path / "state"
    write_folder(placements)
    write_events(state, 20_000)
    options = ["--placements", str(placements), "--state", str(state)]

    def told(*more: str) -> str:
        done = CliRunner().invoke(main, ["report", "density", *more, *options])
        assert done.exit_code == 0, done.output
        return done.stdout

    from_segments = told()
    assert report_cost(placements, state).processor_s > 0
    assert compact_cost(placements, state).processor_s > 0
    assert not list((state / "events").glob("*.ndjson"))
    assert told() == from_segments
    document = json.loads(told("--json"))
    assert document["events"]["events"] == 20_000
    assert document["sections"][0]["variants"][1]["rendered"] > 500
