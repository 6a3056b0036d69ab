"""`adweave history` and `adweave rollback`: what was in force, and the way back to it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from adweave.cli.ends import give_up, refuse
from adweave.cli.selection import placements_option, state_folder, state_option
from adweave.placements import (
    Entry,
    History,
    HistoryFault,
    Snapshot,
    load,
    load_snapshot,
    present_state,
    present_user,
    write_snapshot,
)

_MANY = 20
_SHOWN_FILES = 3


@click.command()
@placements_option
@state_option
@click.option(
    "-n",
    "count",
    type=click.IntRange(min=1),
    default=_MANY,
    show_default=True,
    help="So many entries, the newest first.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object: in_force, folder, entries; all of them.",
)
def history(placements: Path, state: Path | None, count: int, as_json: bool) -> None:
    """What was in force, when, and by whom; the newest first.

    A running `adweave serve` keeps every state of the folder that it accepts. The entry in force
    is marked with *. `adweave diff ID ID` shows what two states differ in, `adweave rollback ID`
    puts one back.

    Exit codes: 0, or 2 where there is no history yet.
    """
    found = History(state_folder(state, placements))
    entries = _entries(found)
    now = _present(placements)
    in_force = next((entry for entry in reversed(entries) if entry.was_in_force), None)
    files = _files_of_all(found, entries)
    if as_json:
        document = {
            "in_force": in_force.id if in_force else None,
            "folder": now,
            "entries": [
                {**asdict(entry), "changed": _changed(entries, index, files)}
                for index, entry in reversed(list(enumerate(entries)))
            ],
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for index in range(len(entries) - 1, max(-1, len(entries) - 1 - count), -1):
        entry = entries[index]
        mark = "*" if entry is in_force else " "
        click.echo(_line(mark, entry))
        about = entry.note or _summary(_changed(entries, index, files))
        for line in textwrap.wrap(about, 64):
            click.echo(f"    {line}")
    if len(entries) > count:
        click.echo(f"... and {len(entries) - count} before; -n shows more.")
    click.echo(_present_sentence(placements, now, in_force))


@click.command()
@click.argument("ident", metavar="ID")
@placements_option
@state_option
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the state's files into this new folder instead, even a broken state's.",
)
def rollback(ident: str, placements: Path, state: Path | None, to: Path | None) -> None:
    """Put the folder's files back to the state ID of `adweave history`.

    The files as they are now are kept first, even when they are not valid, and the last line
    says how to return to them. A running `adweave serve` follows within a second. The beginning
    of an id is enough.

    Exit codes: 0 done, 2 there is no such state or it is not valid, 3 it can't be written.
    """
    found = History(state_folder(state, placements))
    _entries(found)
    try:
        ident = found.find(ident)
        snapshot = found.snapshot(ident)
        if to is not None:
            _write_to(to, ident, snapshot)
            return
        _refuse_broken(ident, snapshot)
        done = found.roll_back(placements, ident, author=present_user())
    except HistoryFault as fault:
        refuse(f"{fault}.")
    except OSError as error:
        give_up(
            f"{error.filename} can't be written: {error.strerror}. Nothing was changed; run this "
            "as a user who may write there."
        )
    if done.saved is None:
        click.echo(f"{placements} is at {ident} already; nothing was changed.")
        return
    for path in done.changed:
        click.echo(f"{'put back' if path in snapshot.files else 'took out'} {placements / path}")
    click.echo(
        f"{placements} is at {ident}. `adweave rollback {done.saved}` undoes this."
        if _is_valid(found, done.saved)
        else f"{placements} is at {ident}. What was there before is not valid; "
        f"`adweave rollback {done.saved} --to DIR` writes it elsewhere."
    )


def _entries(history: History) -> Sequence[Entry]:
    """All entries, the oldest first; ends with 2 where there is none."""
    entries = history.entries()
    if not entries:
        refuse(f"There is no history in {history.folder} yet; `adweave serve` begins it.")
    return entries


def _is_valid(history: History, ident: str) -> bool:
    return load_snapshot(history.snapshot(ident)).site is not None


def _refuse_broken(ident: str, snapshot: Snapshot) -> None:
    """End with 2 for a state that this version can't use."""
    loaded = load_snapshot(snapshot)
    if loaded.site is not None:
        return
    for problem in loaded.errors:
        click.echo(str(problem), err=True)
    raise HistoryFault(f"state {ident} is not valid; --to DIR writes it elsewhere to be mended")


def _write_to(folder: Path, ident: str, snapshot: Snapshot) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise HistoryFault(f"{folder} is not empty; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    write_snapshot(folder, snapshot)
    for path, target in snapshot.links.items():
        click.echo(f"{path} was a link to {target}; it is left out.")
    click.echo(f"wrote the {len(snapshot.files)} files of {ident} into {folder}")


def _present(placements: Path) -> str | None:
    """The id of the folder as it is now; None where there is none."""
    try:
        present = present_state(placements)
    except (HistoryFault, OSError):
        return None
    return present.id if present.files or present.links else None


def _present_sentence(placements: Path, now: str | None, in_force: Entry | None) -> str:
    if now is not None and in_force is not None and now == in_force.id:
        return f"{placements} is the state in force."
    loaded = load(placements)
    if loaded.site is None:
        count = len(loaded.errors)
        return (
            f"{placements} is not in force: it has {count} {'error' if count == 1 else 'errors'}. "
            f"`adweave check {placements}` shows them."
        )
    return f"{placements} differs from it and was not in force yet."


def _files_of_all(history: History, entries: Sequence[Entry]) -> dict[str, Mapping[str, str]]:
    """Which content each file of each kept state has, as hashes."""
    files: dict[str, Mapping[str, str]] = {}
    for entry in entries:
        if entry.id not in files:
            try:
                files[entry.id] = history.hashes(entry.id)
            except HistoryFault:
                files[entry.id] = {}
    return files


def _changed(
    entries: Sequence[Entry], index: int, files: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """The paths that differ from the entry before."""
    new = files[entries[index].id]
    old = files[entries[index - 1].id] if index else {}
    return sorted(path for path in {*new, *old} if new.get(path) != old.get(path))


def _summary(paths: Sequence[str]) -> str:
    if not paths:
        return "the same files as before"
    shown = ", ".join(paths[:_SHOWN_FILES])
    rest = len(paths) - _SHOWN_FILES
    return f"{shown} and {rest} more" if rest > 0 else shown


def _line(mark: str, entry: Entry) -> str:
    kinds = {"accepted": "", "rollback": "  rolled back", "saved": "  kept, not in force"}
    author = f"  {entry.author}" if entry.author else ""
    return f"{mark} {entry.id}  {_local(entry.time)}{author}{kinds[entry.kind]}"


def _local(time: str) -> str:
    """A time in the reader's own zone, to the minute."""
    try:
        return datetime.fromisoformat(time).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return time
