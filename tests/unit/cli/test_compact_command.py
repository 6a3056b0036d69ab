"""`adweave compact`: what it says, its exit codes, and that `serve` has it run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from adweave.cli import main
from adweave.cli.upkeep import kept_up
from adweave.events import (
    Event,
    compact,
    days_folder,
    events_folder,
    held_still,
    line,
    segments,
)

SHIPPED = Path(__file__).resolve().parents[3] / "placements"


def segment(state: Path, count: int = 3) -> None:
    folder = events_folder(state)
    folder.mkdir(parents=True, exist_ok=True)
    view = "0123456789abcdef"
    events = (
        Event(f"{view}-{number}", "view", 1, 1_764_028_800_000, view, "view", view, "/")
        for number in range(count)
    )
    (folder / "20251125T000000Z-1-a.ndjson").write_bytes(b"".join(map(line, events)))


def run(state: Path, placements: Path = SHIPPED) -> tuple[int, str, str]:
    done = CliRunner().invoke(
        main, ["compact", "--placements", str(placements), "--state", str(state)]
    )
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def lasting(tmp_path: Path) -> Path:
    """The shipped placements, keeping events for as long as can be."""
    folder = tmp_path / "placements"
    shutil.copytree(SHIPPED, folder)
    settings = folder / "site.toml"
    text = settings.read_text().replace("retention_days = 90", "retention_days = 3_650")
    assert "3_650" in text
    settings.write_text(text)
    return folder


def test_it_says_what_it_did(tmp_path: Path, lasting: Path) -> None:
    segment(tmp_path)
    code, said, _ = run(tmp_path, lasting)
    assert code == 0
    first, second = said.splitlines()
    assert first == "1 files with 3 events packed; 0 copies dropped, 0 torn lines skipped."
    assert second.endswith(f"bytes in {events_folder(tmp_path)}; 0 files are being written.")
    assert run(tmp_path, lasting)[1].startswith("0 files")


def test_days_beyond_retention_are_said_to_go(tmp_path: Path, lasting: Path) -> None:
    segment(tmp_path)
    run(tmp_path, lasting)
    code, said, _ = run(tmp_path)
    assert code == 0
    assert "1 files were too old and are deleted; their sums stay." in said
    assert not segments(tmp_path)


def test_while_a_report_reads_nothing_is_touched_and_exit_is_3(
    tmp_path: Path, lasting: Path
) -> None:
    segment(tmp_path)
    with held_still(tmp_path):
        code, said, error = run(tmp_path, lasting)
    assert (code, said) == (3, "")
    assert error.startswith("Nothing is lost, but events were not compacted: ")
    assert "try again later" in error


def test_without_duckdb_it_says_how_to_get_it(
    tmp_path: Path, lasting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    segment(tmp_path)
    code, _, error = run(tmp_path, lasting)
    assert code == 3
    assert "pip install 'adweave[reports]'" in error
    assert len(segments(tmp_path)) == 1


def test_a_report_reads_compacted_days_and_new_segments_alike(
    tmp_path: Path, lasting: Path
) -> None:
    segment(tmp_path, 3)
    run(tmp_path, lasting)
    segment(tmp_path, 5)
    shown = CliRunner().invoke(
        main, ["report", "--placements", str(SHIPPED), "--state", str(tmp_path), "--json"]
    )
    assert shown.exit_code == 0, shown.output
    assert '"doubles": 3' in shown.stdout
    assert '"events": 8' in shown.stdout


async def upkeep(placements: Path, state: Path, goes_on: object) -> None:
    task = asyncio.create_task(kept_up(placements, state, every_s=0.05))
    while callable(goes_on) and goes_on():
        await asyncio.sleep(0.01)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def test_serve_has_closed_files_compacted(tmp_path: Path, lasting: Path) -> None:
    segment(tmp_path)
    day = days_folder(tmp_path) / "2025-11-25.parquet"
    asyncio.run(upkeep(lasting, tmp_path, lambda: segments(tmp_path) != [day]))
    assert compact(tmp_path, retention_days=3_650, max_bytes=10**12).segments == 0


def test_serve_says_once_why_files_are_not_compacted_and_goes_on(
    tmp_path: Path, lasting: Path, caplog: pytest.LogCaptureFixture
) -> None:
    segment(tmp_path)
    days_folder(tmp_path).write_text("a file where the folder should be")
    day = days_folder(tmp_path) / "2025-11-25.parquet"

    def goes_on() -> bool:
        if caplog.records and days_folder(tmp_path).is_file():
            days_folder(tmp_path).unlink()
        return segments(tmp_path) != [day]

    with caplog.at_level(logging.WARNING, "adweave.serve"):
        asyncio.run(upkeep(lasting, tmp_path, goes_on))
    assert len([r for r in caplog.records if r.name == "adweave.serve"]) == 1
    assert "were not compacted" in caplog.text
