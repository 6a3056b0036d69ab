"""Golden cases of commands: a folder has `command`, the files it is about, and `output.txt`.

The command runs inside a copy of its folder, so that nothing it writes stays. Written anew by
`make golden`; read the difference before you commit it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from pathlib import Path

from click.testing import CliRunner

from adweave.cli import main

HERE = Path(__file__).parent


def command_cases() -> list[Path]:
    """The folders of commands, by name."""
    return sorted(file.parent for file in HERE.glob("commands/*/command"))


def output_of(case: Path) -> str:
    """What the command prints, and its exit code."""
    line = (case / "command").read_text(encoding="utf-8").strip()
    words = shlex.split(line.removeprefix("adweave "))
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "case"
        shutil.copytree(case, copy)
        os.chdir(copy)
        try:
            done = CliRunner().invoke(main, words, env={"COLUMNS": "80"}, catch_exceptions=False)
        finally:
            os.chdir(before)
    return f"{done.stdout}{done.stderr}exit code {done.exit_code}\n"
