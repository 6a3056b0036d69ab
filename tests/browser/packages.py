"""Real libraries from npm, installed on first use into the ignored `npm/node_modules`."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "npm"
_LIMIT_S = 300
_MADE = {"node_modules", ".next", ".astro", "dist", "next-env.d.ts", "tsconfig.json"}


def installed(folder: Path = FOLDER) -> Path:
    """`node_modules` of a folder with a package.json; skipped without npm, but failed in CI."""
    reason = _trouble(folder)
    if not reason:
        return folder / "node_modules"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@functools.cache
def _trouble(folder: Path) -> str:
    mark = folder / "node_modules" / ".package-lock.json"
    if mark.exists() and mark.stat().st_mtime >= (folder / "package.json").stat().st_mtime:
        return ""
    if shutil.which("npm") is None:
        return "npm is not here: apt-get install npm"
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_LIMIT_S)
    if done.returncode:
        return f"npm install failed: {done.stderr.strip()[-300:]}"
    mark.touch()
    return ""


@functools.cache
def bundled(entry: str, global_name: str = "") -> bytes:
    """A script of `npm/` with all that it imports, as one file for a browser."""
    modules = installed()
    command = [
        str(modules / ".bin" / "esbuild"),
        entry,
        "--bundle",
        "--format=iife",
        "--log-level=error",
        *([f"--global-name={global_name}"] if global_name else []),
    ]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, timeout=_LIMIT_S)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def built(folder: Path, program: str, result: str) -> Path:
    """`result` of a site in `folder`, by its own `program build`; anew when its sources changed."""
    modules = installed(folder)
    made = folder / result
    newest = max(
        path.stat().st_mtime
        for path in folder.rglob("*")
        if path.is_file() and not _MADE & set(path.parts)
    )
    if not made.exists() or made.stat().st_mtime < newest:
        done = subprocess.run(
            [str(modules / ".bin" / program), "build"],
            cwd=folder,
            env={**os.environ, "NEXT_TELEMETRY_DISABLED": "1", "ASTRO_TELEMETRY_DISABLED": "1"},
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        made.touch()
    return made
