"""`adweave compact`: stored events into one file a day, and an end for those that are too old."""

from __future__ import annotations

from pathlib import Path

import click

from adweave.cli.ends import give_up
from adweave.cli.selection import (
    placements_option,
    site_in_force_or_exit,
    state_folder,
    state_option,
)
from adweave.events import Compacted, CompactionBusy, CompactionFailed, events_folder
from adweave.events import compact as run


@click.command()
@placements_option
@state_option
def compact(placements: Path, state: Path | None) -> None:
    """Pack stored events, a file a day, and delete what is too old.

    `adweave serve` does this by itself every 15 minutes. `retention_days` and `max_disk_bytes` in
    site.toml say what is kept; each day's sums stay. May be ended at any time.

    Exit codes: 0 done, 2 wrong input, 3 it could not be done: DuckDB is not installed, a report is
    reading, or the disk is full.
    """
    kept = state_folder(state, placements)
    # What is in force counts: a folder that is broken now keeps no event beyond its time.
    limits = site_in_force_or_exit(placements, kept).settings.events
    try:
        done = run(kept, retention_days=limits.retention_days, max_bytes=limits.max_disk_bytes)
    except (CompactionBusy, CompactionFailed) as error:
        give_up(f"Nothing is lost, but events were not compacted: {error}")
    click.echo("\n".join(_lines(done, events_folder(kept))))
    if not done.has_duckdb:
        give_up(
            "Events stay as they are: DuckDB is not installed.\n"
            "Install it: pip install 'adweave[reports]'"
        )


def _lines(done: Compacted, folder: Path) -> list[str]:
    lines = [
        f"{done.segments:,} files with {done.events:,} events packed; "
        f"{done.doubles:,} copies dropped, {done.torn:,} torn lines skipped.",
        f"{done.bytes_now:,} bytes in {folder}; {done.open:,} files are being written.",
    ]
    if done.expired:
        lines.append(f"{done.expired:,} files were too old and are deleted; their sums stay.")
    if done.cut:
        lines.append(
            f"{done.cut:,} files are deleted before their time: "
            "max_disk_bytes in site.toml allows no more."
        )
    if done.broken:
        lines.append(f"{done.broken:,} files can't be read and are put aside as *.broken.")
    return lines
