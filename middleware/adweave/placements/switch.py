"""The kill switch: what is off whatever the placements folder says.

A small JSON file in the state directory, so that every process that follows the same state sees
it, and a restart does too. It is written whole or not at all. A file that is there and makes no
sense turns everything off: somebody wanted something off, and plain pages harm nobody.

Knows nothing of who reads it and how often.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from adweave.placements.files import written_whole
from adweave.placements.globs import GlobTable

SWITCH_FILE = "switch.json"
_ALL = "*"


@dataclass(frozen=True, slots=True)
class Since:
    """When something was turned off (ISO 8601, UTC) and by whom; empty where nobody knows."""

    time: str = ""
    author: str = ""

    def __str__(self) -> str:
        """ " since TIME by AUTHOR", as far as it is known."""
        return (f" since {self.time}" if self.time else "") + (
            f" by {self.author}" if self.author else ""
        )


@dataclass(frozen=True)
class Switch:
    """What is off: everything, placements by name, paths by glob. Falsy when nothing is.

    `fault` says why a switch file could not be read; everything is off then.
    """

    all: Since | None = None
    placements: Mapping[str, Since] = field(default_factory=dict)
    paths: Mapping[str, Since] = field(default_factory=dict)
    fault: str = ""
    _table: GlobTable = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_table", GlobTable([tuple(self.paths)]))

    def __bool__(self) -> bool:
        return self.is_all or bool(self.placements) or bool(self.paths)

    @property
    def is_all(self) -> bool:
        """Whether nothing at all is woven."""
        return self.all is not None or bool(self.fault)

    @property
    def key(self) -> str:
        """What pages depend on: equal where the same things are off, empty where nothing is."""
        if not self:
            return ""
        if self.is_all:
            return _ALL
        return json.dumps([sorted(self.placements), sorted(self.paths)], separators=(",", ":"))

    def stops(self, path: str) -> bool:
        """Whether a page at `path` (a request target's path) gets nothing."""
        if self.is_all:
            return True
        return bool(self.paths) and self._table.best(path) is not None

    def sentences(self) -> list[str]:
        """What is off, for people: one line each."""
        if self.fault:
            return [f"everything is off: {self.fault}"]
        lines = [] if self.all is None else [f"everything is off{self.all}"]
        lines += [
            f'placement "{name}" is off{since}' for name, since in sorted(self.placements.items())
        ]
        lines += [f"pages at {glob} are off{since}" for glob, since in sorted(self.paths.items())]
        return lines

    def with_off(self, what: str | None, since: Since) -> Switch:
        """This switch with one thing more off; None is everything, "/..." a glob of paths."""
        if what is None:
            return replace(self, all=self.all or since, fault="")
        if what.startswith("/"):
            return replace(self, paths={what: since, **self.paths}, fault="")
        return replace(self, placements={what: since, **self.placements}, fault="")

    def with_on(self, what: str | None) -> Switch:
        """This switch with one thing on again; None clears it."""
        if what is None:
            return Switch()
        paths = {glob: since for glob, since in self.paths.items() if glob != what}
        names = {name: since for name, since in self.placements.items() if name != what}
        return replace(self, paths=paths, placements=names)


def switch_file(state: Path) -> Path:
    """Where the switch of a state directory is."""
    return state / SWITCH_FILE


def read_switch(state: Path) -> Switch:
    """The switch as it stands now. Never raises; no file means that nothing is off."""
    try:
        raw = switch_file(state).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return Switch()
    except OSError as error:
        return Switch(fault=f"{switch_file(state)} can't be read: {error.strerror or error}")
    try:
        return _switch_of(json.loads(raw))
    except (ValueError, TypeError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return Switch(
            fault=f"{switch_file(state)} is no switch file ({reason}); `adweave on` writes it anew"
        )


def write_switch(state: Path, switch: Switch) -> None:
    """Put a switch in force. Raises OSError where the state directory can't be written."""
    entries = {
        "all": None if switch.all is None else _plain(switch.all),
        "placements": {name: _plain(since) for name, since in switch.placements.items()},
        "paths": {glob: _plain(since) for glob, since in switch.paths.items()},
    }
    text = json.dumps({"v": 1, **entries}, indent=2, ensure_ascii=False) + "\n"
    state.mkdir(parents=True, exist_ok=True)
    written_whole(switch_file(state), text.encode("utf-8"))


def trace_of_switch(state: Path) -> tuple[int, int, int] | None:
    """What changes when the switch does, for one system call; None where there is none."""
    try:
        status = os.stat(switch_file(state))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return (-1, 0, 0)
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def _plain(since: Since) -> dict[str, str]:
    return {"time": since.time, "author": since.author}


def _switch_of(document: object) -> Switch:
    if not isinstance(document, dict):
        raise TypeError("not an object")
    everything = document.get("all")
    return Switch(
        None if everything is None else _since(everything),
        _entries(document.get("placements")),
        _entries(document.get("paths")),
    )


def _entries(value: object) -> dict[str, Since]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError("what is off must be an object")
    return {str(name): _since(entry) for name, entry in value.items()}


def _since(value: object) -> Since:
    if not isinstance(value, dict):
        raise TypeError("no time and author")
    return Since(str(value.get("time", "")), str(value.get("author", "")))
