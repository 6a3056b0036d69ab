"""A placements folder's files as one thing: taken, put back, and called by a hash.

A state consists of `site.toml` and the files of four folders. Tests and notes for people are no
part of it and are never touched. Knows files and bytes; nothing of what is in them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adweave.placements.files import sync_folder, written_whole
from adweave.placements.reading import SITE_FILE, Files, is_hidden

STATE_FOLDERS = ("layouts", "experiments", "labels", "creatives")
_LARGEST_SAVED = 64_000_000


class HistoryFault(Exception):
    """A state can't be had or put back; the text says why and what to do."""

    reason = "history"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A folder's files: path -> content, and the links that lead nowhere good -> target."""

    files: Mapping[str, bytes]
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The generation of these files; links, which no valid state has, change it."""
        contents = dict(self.files)
        contents.update({path: f"link to {to}".encode() for path, to in self.links.items()})
        return Files(contents, frozenset(), ()).generation()


def present_state(folder: Path) -> Snapshot:
    """All files of a folder that a state consists of, sound or not."""
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    root = folder.resolve()
    for path in _paths(root):
        full = root / path
        try:
            leads_out = not full.resolve(strict=True).is_relative_to(root)
        except (OSError, RuntimeError):
            leads_out = True
        if full.is_symlink() and leads_out:
            links[path] = os.readlink(full)
        elif full.is_file():
            if full.stat().st_size > _LARGEST_SAVED:
                raise HistoryFault(
                    f"{path} has {full.stat().st_size} bytes, too many to keep; move it away first"
                )
            files[path] = full.read_bytes()
    return Snapshot(files, links)


def _paths(root: Path) -> Iterator[str]:
    if os.path.lexists(root / SITE_FILE):
        yield SITE_FILE
    for part in STATE_FOLDERS:
        if not os.path.lexists(root / part):
            continue
        if not (root / part).is_dir() or not (root / part).resolve().is_relative_to(root):
            raise HistoryFault(f"{part} is no folder inside {root}; move it away first")
        for name in sorted(os.listdir(root / part)):
            path = f"{part}/{name}"
            if is_part(path) and not (root / path).is_dir():
                yield path


def is_part(path: str) -> bool:
    """Whether a path (relative, with `/`) is one that a state may have."""
    part, slash, name = path.partition("/")
    if not slash:
        return path == SITE_FILE
    if part not in STATE_FOLDERS or not name or "/" in name or "\\" in name or is_hidden(name):
        return False
    lowered = name.casefold()
    if part == "creatives":
        return not lowered.endswith((".md", ".txt", ".rst"))
    return lowered.endswith(".toml")


def write_snapshot(folder: Path, snapshot: Snapshot) -> None:
    """Write a state's files into a folder; links are left out. Raises OSError."""
    for path, content in snapshot.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o644
        with contextlib.suppress(OSError):
            mode = target.stat().st_mode & 0o777
        written_whole(target, content, mode=mode)


def put_back(root: Path, present: Snapshot, wanted: Snapshot) -> tuple[str, ...]:
    """Make the folder's files those of `wanted`; says which changed. Done again: none."""
    changed = {p: c for p, c in wanted.files.items() if present.files.get(p) != c}
    write_snapshot(root, Snapshot(changed))
    gone = [path for path in (*present.files, *present.links) if path not in wanted.files]
    for path in gone:
        (root / path).unlink(missing_ok=True)
    for part in STATE_FOLDERS:
        sync_folder(root / part)
    return tuple(sorted([*changed, *gone]))
