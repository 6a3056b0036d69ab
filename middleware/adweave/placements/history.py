"""Every state of a placements folder that was in force, and the way back to one.

    STATE/history/
      log.ndjson       one line a state: when, who, what for; the newest last
      states/ID.json   which file has which content
      objects/HASH     contents, once each, named by their SHA-256

A state's id is its generation, as it stands in logs and on the health page. States that are not
valid are kept only when a rollback would otherwise lose them. Several processes may share a
state directory; they take turns by a lock file. What is old goes when there is too much of it;
the last good state never goes.

Rolling back writes files one by one, each whole. A note about it is written first, and whoever
follows the folder holds the same lock while it reads: a half-done rollback is never read, and
one that was cut short is finished by the next who looks.

Knows files and bytes; nothing of what is in them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from adweave.placements.files import held, written_whole
from adweave.placements.reading import is_hidden
from adweave.placements.snapshots import (
    HistoryFault,
    Snapshot,
    is_part,
    present_state,
    put_back,
)

Kind = Literal["accepted", "rollback", "saved"]

MOST_ENTRIES = 1_000
MOST_BYTES = 256_000_000
_ID = re.compile(r"[0-9a-f]{12}")
SHORTEST_PREFIX = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history. `time` is ISO 8601 in UTC; `note` says what a kind can't."""

    id: str
    time: str
    author: str
    kind: Kind
    note: str = ""

    @property
    def was_in_force(self) -> bool:
        """Whether it was a valid state that was used."""
        return self.kind != "saved"


@dataclass(frozen=True, slots=True)
class Rollback:
    """What a rollback did: the id that the files before it are kept by (None: there was nothing
    to do), and the paths that changed.
    """

    saved: str | None
    changed: tuple[str, ...]


class History:
    """The history in a state directory, which need not be there yet.

    Methods raise `HistoryFault` for what is missing or damaged, and OSError where the directory
    can't be read or written.
    """

    def __init__(self, state: Path) -> None:
        self.folder = state / "history"
        self._log = self.folder / "log.ndjson"
        self._pending = self.folder / "pending.json"

    # -- reading ---------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """All entries, the oldest first. Lines that make no sense are left out."""
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [entry for line in lines if (entry := _entry_of(line)) is not None]

    def last_good(self) -> Entry | None:
        """The state that was put in force last."""
        return next((e for e in reversed(self.entries()) if e.was_in_force), None)

    def find(self, prefix: str) -> str:
        """The id that begins with `prefix`; says which there are where none or several do."""
        ids = {entry.id for entry in self.entries()}
        found = sorted(one for one in ids if one.startswith(prefix.lower()))
        if len(prefix) >= SHORTEST_PREFIX and len(found) == 1:
            return found[0]
        if not ids:
            raise HistoryFault("there is no history yet")
        if len(prefix) < SHORTEST_PREFIX:
            raise HistoryFault(f'"{prefix}" is too short; give {SHORTEST_PREFIX} digits or more')
        if found:
            raise HistoryFault(f'"{prefix}" is the beginning of {" and ".join(found)}; give more')
        raise HistoryFault(f'no state is called "{prefix}"; `adweave history` lists them')

    def snapshot(self, ident: str) -> Snapshot:
        """The files of a state, each checked against its hash."""
        manifest = self._manifest(ident)
        files = {}
        for path, digest in manifest["files"].items():
            try:
                content = (self.folder / "objects" / digest).read_bytes()
            except OSError as error:
                raise HistoryFault(f"{path} of state {ident} is lost: {error}") from None
            if hashlib.sha256(content).hexdigest() != digest:
                raise HistoryFault(f"{path} of state {ident} is damaged in {self.folder}")
            files[path] = content
        return Snapshot(files, manifest["links"])

    def hashes(self, ident: str) -> Mapping[str, str]:
        """Path -> SHA-256 of each file of a state."""
        return self._manifest(ident)["files"]

    def _manifest(self, ident: str) -> dict[str, dict[str, str]]:
        try:
            raw = (self.folder / "states" / f"{ident}.json").read_bytes()
            document = json.loads(raw)
            parts = {part: document[part] for part in ("files", "links")}
        except FileNotFoundError:
            raise HistoryFault(f"state {ident} is no longer kept") from None
        except (ValueError, KeyError, TypeError):
            raise HistoryFault(f"state {ident} is damaged in {self.folder}") from None
        for path in (*parts["files"], *parts["links"]):
            if not is_part(path):
                raise HistoryFault(f"state {ident} is damaged: {path} is no file of a folder")
        return parts

    # -- writing ---------------------------------------------------------------------------

    def record(
        self, snapshot: Snapshot, *, author: str, kind: Kind = "accepted", note: str = ""
    ) -> Entry | None:
        """Keep a state. None where it is the newest already: other processes saw it too."""
        self._make_folders()
        with held(self.folder / "lock"):
            return self._record(snapshot, author, kind, note)

    def _record(self, snapshot: Snapshot, author: str, kind: Kind, note: str) -> Entry | None:
        entries = self.entries()
        ident = snapshot.id
        newest = entries[-1] if entries else None
        is_known = newest is not None and newest.id == ident and newest.was_in_force
        if is_known and (kind == "saved" or kind == "accepted") and self._is_kept(ident):
            return None
        self._keep(snapshot, ident)
        entry = Entry(ident, _now(), author, kind, note)
        with self._log.open("ab") as log:
            # A line that a crash has torn must not swallow this one.
            if log.tell() and not self._log.read_bytes().endswith(b"\n"):
                log.write(b"\n")
            log.write(json.dumps(asdict(entry), ensure_ascii=False).encode("utf-8") + b"\n")
            log.flush()
            os.fsync(log.fileno())
        self._prune([*entries, entry])
        return entry

    def _make_folders(self) -> None:
        for part in ("states", "objects"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)

    def _is_kept(self, ident: str) -> bool:
        return (self.folder / "states" / f"{ident}.json").exists()

    def _keep(self, snapshot: Snapshot, ident: str) -> None:
        hashes = {}
        for path, content in snapshot.files.items():
            digest = hashes[path] = hashlib.sha256(content).hexdigest()
            place = self.folder / "objects" / digest
            try:
                is_there = place.stat().st_size == len(content)
            except OSError:
                is_there = False
            if not is_there:
                written_whole(place, content)
        manifest = {"v": 1, "files": hashes, "links": dict(snapshot.links)}
        text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
        written_whole(self.folder / "states" / f"{ident}.json", text.encode("utf-8"))

    def _prune(self, entries: Sequence[Entry]) -> None:
        """Drop the oldest entries while there are too many or they take too much room."""
        good = next((e.id for e in reversed(entries) if e.was_in_force), None)
        kept = list(entries[-MOST_ENTRIES:])
        sizes = {
            file.name: file.stat().st_size
            for file in (self.folder / "objects").iterdir()
            if not is_hidden(file.name)
        }
        if len(kept) == len(entries) and sum(sizes.values()) <= MOST_BYTES:
            return
        objects = {entry.id: self._objects_of(entry.id) for entry in kept}

        def room() -> int:
            wanted = {digest for e in kept for digest in objects[e.id]}
            return sum(sizes.get(digest, 0) for digest in wanted)

        while len(kept) > 1 and room() > MOST_BYTES:
            oldest = next((i for i, e in enumerate(kept[:-1]) if e.id != good), None)
            if oldest is None:
                break
            del kept[oldest]
        if good is not None and all(entry.id != good for entry in kept):
            kept.insert(0, next(e for e in reversed(entries) if e.id == good))
            objects[good] = self._objects_of(good)
        lines = [json.dumps(asdict(entry), ensure_ascii=False) + "\n" for entry in kept]
        written_whole(self._log, "".join(lines).encode("utf-8"))
        ids = {entry.id for entry in kept}
        wanted = {digest for e in kept for digest in objects[e.id]}
        for file in (self.folder / "states").iterdir():
            if file.suffix == ".json" and file.stem not in ids:
                file.unlink(missing_ok=True)
        for name in sizes:
            if name not in wanted:
                (self.folder / "objects" / name).unlink(missing_ok=True)

    def _objects_of(self, ident: str) -> frozenset[str]:
        try:
            return frozenset(self._manifest(ident)["files"].values())
        except HistoryFault:
            return frozenset()

    # -- the way back ----------------------------------------------------------------------

    def reading(self, folder: Path) -> AbstractContextManager[None]:
        """Hold this while reading `folder`: no rollback is under way then.

        One that was cut short is finished first. Where nothing was ever rolled back, there is
        nothing to wait for, and nothing is written.
        """
        return self._reading(folder) if self.folder.is_dir() else contextlib.nullcontext()

    @contextlib.contextmanager
    def _reading(self, folder: Path) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(held(self.folder / "turn"))
                self._finish(folder)
            except (OSError, HistoryFault):
                pass  # a state directory that can't be written has no rollbacks either
            yield

    def roll_back(self, folder: Path, ident: str, *, author: str) -> Rollback:
        """Put the files of a state back into `folder`; the present ones are kept first.

        A folder that is gone is made anew. Raises `HistoryFault` and leaves the folder as it is
        where the state is not whole, OSError where files can't be written.
        """
        snapshot = self.snapshot(ident)
        self._make_folders()
        folder.mkdir(parents=True, exist_ok=True)
        root = folder.resolve()
        with held(self.folder / "turn"):
            present = present_state(root)
            if present == snapshot:
                return Rollback(None, ())
            with held(self.folder / "lock"):
                if present.files or present.links:
                    self._record(present, author, "saved", f"before the rollback to {ident}")
                note = json.dumps({"folder": str(root), "id": ident})
                written_whole(self._pending, note.encode("utf-8"))
            try:
                changed = put_back(root, present, snapshot)
            except OSError:
                # Not to be finished by surprise later, when the folder may be another.
                with contextlib.suppress(OSError, HistoryFault):
                    put_back(root, present_state(root), present)
                self._pending.unlink(missing_ok=True)
                raise
            with held(self.folder / "lock"):
                self._record(snapshot, author, "rollback", "")
            self._pending.unlink(missing_ok=True)
        return Rollback(present.id, changed)

    def _finish(self, folder: Path) -> None:
        """Finish a rollback of this folder that was cut short, if there is one."""
        if not self._pending.exists():
            return
        root = folder.resolve()
        note = json.loads(self._pending.read_bytes())
        if note.get("folder") != str(root):
            return
        snapshot = self.snapshot(str(note["id"]))
        present = present_state(root)
        if present != snapshot:
            said = f"before the rollback to {note['id']} was finished"
            self.record(present, author="", kind="saved", note=said)
            put_back(root, present, snapshot)
        self.record(snapshot, author="", kind="rollback", note="finished after a crash")
        self._pending.unlink(missing_ok=True)


def _entry_of(line: str) -> Entry | None:
    try:
        document = json.loads(line)
        entry = Entry(
            **{key: str(document.get(key, "")) for key in ("id", "time", "author", "note")},
            kind=document["kind"],
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    is_sound = _ID.fullmatch(entry.id) and entry.kind in ("accepted", "rollback", "saved")
    return entry if is_sound else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
