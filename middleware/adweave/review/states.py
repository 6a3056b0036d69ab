"""Two states to compare: a folder, a git revision of it, or a state of the history.

Each is opened as a folder of files; what has to be unpacked lies in a temporary one for as long
as it is looked at. Knows where states are kept; nothing of pages.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from adweave.placements import History, HistoryFault, Problem, Site, load, write_snapshot

_ID = re.compile(r"[0-9a-fA-F]{4,12}")
_PATIENCE_S = 30
_LARGEST_SHOWN = 200_000


class NoState(Exception):
    """What was named is no state, or not a valid one; `problems` say what is wrong in it."""

    def __init__(self, text: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(text)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class State:
    """A state that is open: its `files` are in `folder`. `label` calls it for people.

    Notes that lie in the folder and are not read are not among the files.
    """

    label: str
    folder: Path
    site: Site
    files: tuple[str, ...]


@contextlib.contextmanager
def opened(name: str, placements: Path, state: Path) -> Iterator[State]:
    """The state called `name`. Raises `NoState`.

    A folder of that name, else a state of the history in `state` whose id begins so, else a
    revision of the git repository that `placements` is in (`HEAD~1`, a branch, a commit).
    """
    if Path(name).is_dir():
        yield _checked(name, Path(name))
        return
    with tempfile.TemporaryDirectory(prefix="adweave-") as unpacked:
        folder = Path(unpacked)
        yield _checked(_unpack(name, placements, state, folder), folder)


def _unpack(name: str, placements: Path, state: Path, folder: Path) -> str:
    """Unpack a state of the history or of git; says what it is."""
    fault: HistoryFault | None = None
    if _ID.fullmatch(name):
        history = History(state)
        try:
            ident = history.find(name)
            write_snapshot(folder, history.snapshot(ident))
        except HistoryFault as no_state:
            fault = no_state
        else:
            return f"state {ident}"
    archive = _git_archive(name, placements)
    if isinstance(archive, str):
        hint = f" ({fault})" if fault is not None else ""
        raise NoState(
            f'"{name}" is no folder, no state of the history{hint} and no git revision ({archive})'
        )
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return f"revision {name}"


def _git_archive(revision: str, placements: Path) -> bytes | str:
    """The folder's files at a revision as a tar, or why there are none."""
    if revision.startswith("-"):
        return "a revision does not begin with -"
    inside = placements if placements.is_dir() else placements.absolute().parent
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(inside), "archive", "--format=tar"]
    try:
        done = subprocess.run(
            [*command, revision, "."], capture_output=True, timeout=_PATIENCE_S, check=False
        )
    except FileNotFoundError:
        return "there is no git"
    except subprocess.TimeoutExpired:
        return "git took too long"
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return (said[-1] if said else "git failed").removeprefix("fatal: ")
    return done.stdout


def _checked(label: str, folder: Path) -> State:
    loaded = load(folder)
    if loaded.site is None:
        raise NoState(f"{label} is not valid", loaded.errors)
    return State(label, folder, loaded.site, loaded.files)


def changed_files(old: State, new: State) -> Mapping[str, list[str]]:
    """Path -> the lines of a unified diff, for each file that differs; binary files have none."""
    before, after = _texts(old), _texts(new)
    changed: dict[str, list[str]] = {}
    for path in sorted({*before, *after}):
        one, other = before.get(path), after.get(path)
        if one == other:
            continue
        changed[path] = _lines(path, one, other)
    return changed


def _lines(path: str, one: bytes | None, other: bytes | None) -> list[str]:
    try:
        before, after = ((content or b"").decode("utf-8").splitlines() for content in (one, other))
    except UnicodeDecodeError:
        return []
    if max(len(content or b"") for content in (one, other)) > _LARGEST_SHOWN:
        return []
    from_name, to_name = ("/dev/null" if content is None else path for content in (one, other))
    return list(difflib.unified_diff(before, after, from_name, to_name, lineterm=""))


def _texts(state: State) -> dict[str, bytes]:
    return {path: (state.folder / path).read_bytes() for path in state.files}
