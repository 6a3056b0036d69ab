"""The folder's files as bytes: what is there, what is in the way, and nothing from outside.

Follows symbolic links only to targets inside the folder (as Kubernetes mounts have them), opens
regular files only, and reads no more than a limit. Knows the folder's layout and nothing of
what the files mean.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from adweave.placements.base import is_language_tag, is_plain_name
from adweave.placements.problems import Problem, Severity, file_problem
from adweave.placements.values import hint

# A layout is some 2 KB; a house creative with its pictures inlined some 100 KB.
LARGEST_FILE = 1_000_000

FOLDERS = ("layouts", "experiments", "labels", "creatives", "tests")
_TOML_FOLDERS = ("layouts", "experiments", "labels")
SITE_FILE = "site.toml"
_KNOWN = (SITE_FILE, *FOLDERS)
_FOR_EDITORS = "schemas"  # not the site's, and never read
_TEXTS = (".md", ".txt", ".rst")
_NO_NOTE = ("license", "readme", "codeowners", "makefile")


@dataclass(frozen=True, slots=True)
class Files:
    """Contents by path relative to the folder (with `/`), and what could not be read.

    `unreadable` are the paths of files that are there but have no contents here.
    """

    contents: dict[str, bytes]
    unreadable: frozenset[str]
    problems: tuple[Problem, ...]

    def generation(self) -> str:
        """12 hex digits of a hash over names and contents."""
        digest = hashlib.sha256()
        for path, content in sorted(self.contents.items()):
            for part in (path.encode("utf-8", "surrogateescape"), content):
                digest.update(len(part).to_bytes(8, "big"))
                digest.update(part)
        return digest.hexdigest()[:12]

    def inside(self, folder: str) -> list[str]:
        """The paths with contents directly inside `folder`, ordered by name."""
        return sorted(path for path in self.contents if path.startswith(f"{folder}/"))


def read_files(folder: Path) -> Files:
    """Read every file of a placements folder that means something. Never raises OSError."""
    reader = _Reader(folder)
    reader.read()
    return Files(
        reader.contents, frozenset(reader.unreadable), tuple(sorted(reader.problems, key=str))
    )


class _Reader:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.contents: dict[str, bytes] = {}
        self.unreadable: set[str] = set()
        self.problems: list[Problem] = []

    def note(self, file: str, code: str, message: str, severity: Severity = "error") -> None:
        self.problems.append(file_problem(file, code, message, severity))

    def read(self) -> None:
        try:
            self.root = self.folder.resolve(strict=True)
            entries = sorted(os.listdir(self.root))
        except NotADirectoryError:
            self.note(str(self.folder), "no-folder", "is a file; give the folder that holds "
                      "site.toml and layouts/")  # fmt: skip
            return
        except (OSError, RuntimeError) as error:
            self.note(str(self.folder), "no-folder", _folder_sentence(error, self.folder))
            return
        for name in entries:
            if is_hidden(name):
                continue
            if name == SITE_FILE:
                self.take(name)
            elif name in FOLDERS:
                self.read_folder(name)
            elif name != _FOR_EDITORS and not _is_note(name):
                self.note(name, "unknown-file", _unknown_sentence(name), "warning")

    def read_folder(self, name: str) -> None:
        if not self.is_inside(name):
            return
        try:
            entries = sorted(os.listdir(self.root / name))
        except NotADirectoryError:
            self.note(name, "not-a-folder", f"is a file; {name}/ must be a folder")
            return
        except OSError as error:
            self.note(name, "unreadable", f"cannot be read: {_reason(error)}")
            return
        if name == "tests":  # read by `adweave test`, not by pages
            return
        for entry in entries:
            path = f"{name}/{entry}"
            if is_hidden(entry) or _is_note(entry):
                continue
            if name in _TOML_FOLDERS:
                self.take_toml(path, entry, name)
            else:
                self.take(path)

    def take_toml(self, path: str, entry: str, folder: str) -> None:
        stem, dot, ending = entry.rpartition(".")
        if ending.casefold() != "toml" or not dot:
            if (self.root / path).is_dir():
                message = f"is a folder; {folder}/ has no folders inside, so it is not read"
            else:
                message = f"is not read; files in {folder}/ are called NAME.toml"
            self.note(path, "unknown-file", message, "warning")
            return
        if folder == "labels":
            if not is_language_tag(stem):
                self.note(path, "bad-name", f'"{stem}" is no language tag; call the file after '
                          'one, such as "labels/en.toml" or "labels/pt-BR.toml"')  # fmt: skip
                return
        elif not is_plain_name(stem) or ending != "toml":
            self.note(
                path, "bad-name",
                f'"{entry}" is not a plain name; use a to z, 0 to 9, - and _, a letter or digit '
                "first, at most 40 characters, then .toml",
            )  # fmt: skip
            self.unreadable.add(path)
            return
        self.take(path)

    def is_inside(self, path: str) -> bool:
        """Whether `path` leads to something inside the folder; says so where it does not."""
        full = self.root / path
        try:
            target = full.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            if isinstance(error, FileNotFoundError) and full.is_symlink():
                message = f"is a link to {os.readlink(full)}, which is not there"
            else:
                message = f"cannot be read: {_reason(error)}"
            self.note(path, "unreadable", message)
            self.unreadable.add(path)
            return False
        if not target.is_relative_to(self.root):
            self.note(
                path, "outside", f"is a link out of the folder, to {target}; links may lead to "
                "files inside it only",
            )  # fmt: skip
            self.unreadable.add(path)
            return False
        return True

    def take(self, path: str) -> None:
        if not self.is_inside(path):
            return
        try:
            content = contents_of(self.root / path)
        except OSError as error:
            self.note(path, "unreadable", f"cannot be read: {_reason(error)}")
            self.unreadable.add(path)
            return
        if isinstance(content, str):
            self.note(path, "unreadable", content)
            self.unreadable.add(path)
        else:
            self.contents[path] = content


def contents_of(path: Path) -> bytes | str:
    """The bytes of a regular file, or a sentence that says why it is not read.

    Raises OSError where it can't be opened or read.
    """
    # O_NONBLOCK: opening a pipe must not wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            return "is a folder; a file is expected here"
        if not stat.S_ISREG(status.st_mode):
            return "is no regular file"
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            return f"has {max(status.st_size, len(content))} bytes; at most {LARGEST_FILE} are read"
        return content
    finally:
        os.close(descriptor)


def is_hidden(name: str) -> bool:
    """Whether a name is an editor's or system's own: swap files, backups, `.git`."""
    return name.startswith((".", "#")) or name.endswith(("~", ".swp", ".swx", ".tmp", ".bak"))


def _is_note(name: str) -> bool:
    """Whether a file is for people only."""
    lowered = name.casefold()
    return lowered.endswith(_TEXTS) or lowered in _NO_NOTE


def _reason(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "no permission; let the user that runs adweave read it"
    if isinstance(error, FileNotFoundError):
        return "it vanished while it was read"
    if isinstance(error, OSError) and error.strerror and error.errno != errno.ELOOP:
        return error.strerror[:1].lower() + error.strerror[1:]
    return "its links lead in a circle"  # RuntimeError before Python 3.13, ELOOP since


def _folder_sentence(error: Exception, folder: Path) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no such folder; `adweave init {folder}` writes one to start from"
    return f"cannot be read: {_reason(error)}"


def _unknown_sentence(name: str) -> str:
    folders = ", ".join(f"{folder}/" for folder in FOLDERS)
    return f"is not read; the folder holds {SITE_FILE} and {folders}{hint(name, _KNOWN)}"
