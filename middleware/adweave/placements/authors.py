"""Who changed the folder: the git author where it is a clean work tree, else a user's name.

Answers are for people who read a history; nothing is decided by them.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

try:
    import pwd
except ImportError:  # not on Windows
    pwd = None  # type: ignore[assignment]

_GIT_PATIENCE_S = 3
# A work tree's own configuration must not make git run programs.
_HARMLESS = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")


def author_of(folder: Path, files: Iterable[str]) -> str:
    """The author of the folder's present state.

    In a git work tree without changes here: the last commit's author, with its short hash. Else
    the owner of the file (of `files`, relative to the folder) that changed last.
    """
    return _git_author(folder) or _owner(folder, files)


def present_user() -> str:
    """The user who runs this command, also behind sudo."""
    behind = os.environ.get("SUDO_USER")
    if behind:
        return behind
    if pwd is not None:
        return _user_name(os.getuid())
    return os.environ.get("USERNAME", "")


def _owner(folder: Path, files: Iterable[str]) -> str:
    newest: tuple[int, int] | None = None
    for file in files:
        try:
            status = (folder / file).stat()
        except OSError:
            continue
        if newest is None or status.st_mtime_ns > newest[0]:
            newest = (status.st_mtime_ns, status.st_uid)
    return _user_name(newest[1]) if newest is not None and pwd is not None else ""


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _git_author(folder: Path) -> str:
    if git(folder, "status", "--porcelain", "--", ".") != "":
        return ""  # changed since, or no work tree
    return (git(folder, "log", "-1", "--format=%an <%ae> (%h)", "--", ".") or "").strip()


def git(folder: Path, *arguments: str) -> str | None:
    """What git says inside `folder`; None where there is no git, no work tree, or no answer."""
    try:
        done = subprocess.run(
            ["git", *_HARMLESS, "-C", str(folder), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_PATIENCE_S,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
