"""The example folder that the package carries, as files: what `adweave init` writes.

In an installed package it lies beside this module; in a checkout it is `placements/` at the
repository's root, of which the package's copy is made.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from adweave.placements.reading import SITE_FILE, is_hidden


def example_files() -> dict[str, bytes]:
    """Contents by path relative to the folder, with `/`, ordered by path.

    Raises FileNotFoundError where neither place has the folder: a broken installation.
    """
    packaged = files("adweave.placements") / "example"
    checkout = Path(__file__).resolve().parents[3] / "placements"
    for folder in (packaged, checkout):
        if (folder / SITE_FILE).is_file():
            return dict(sorted(_files_below(folder, "")))
    raise FileNotFoundError(f"no example folder at {packaged} or {checkout}")


def _files_below(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found = []
    for entry in folder.iterdir():
        path = f"{prefix}{entry.name}"
        if is_hidden(entry.name):
            continue
        if entry.is_dir():
            found.extend(_files_below(entry, f"{path}/"))
        else:
            found.append((path, entry.read_bytes()))
    return found
