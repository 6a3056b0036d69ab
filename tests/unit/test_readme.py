"""Every command in the README and the docs is run here, and prints what the page shows.

The two that are whole programs of their own (`make demo`, `make test`) have tests of their own:
the demo is started and asked for a page, and `make test` is what runs this.
"""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import click
import pytest

from adweave.cli import main
from tests.readership import write_readership
from tests.transcripts import Command, commands_of, first_missing, shell_in

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
HOW_TO = sorted((ROOT / "docs/how-to").glob("*.md"))
OF_THEIR_OWN = ("make ", "git ")


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) < 200


def test_the_readmes_commands_do_what_it_shows_in_a_fresh_clone(tmp_path: Path) -> None:
    """What they meet there: the shipped placements, the docs, and the environment of `make`."""
    for folder in ("docs", "placements"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    activate = tmp_path / ".venv/bin/activate"
    activate.parent.mkdir(parents=True)
    activate.write_text(f'PATH="{Path(sys.executable).parent}:$PATH"\n', encoding="utf-8")

    commands = commands_of(README.read_text(encoding="utf-8"))
    assert len(commands) > 5
    with shell_in(tmp_path) as shell:
        for command in commands:
            if command.line.startswith("adweave report"):
                write_readership(shell.folder / "placements", shell.folder / ".adweave")
            if not command.line.startswith(OF_THEIR_OWN):
                shell.run(command)
    assert shell.folder == tmp_path / "site"


def test_the_tutorials_commands_do_what_it_shows(tmp_path: Path) -> None:
    text = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    with shell_in(tmp_path) as shell:
        for command in commands_of(text.replace('"$ADWEAVE/', f'"{ROOT}/')):
            shell.run(command)


@pytest.mark.parametrize("page", [README, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_targets_of_make_that_a_page_names_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z][a-z-]*)", page.read_text(encoding="utf-8")):
        if f"`make {target}" in page.read_text() or f"$ make {target}" in page.read_text():
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


@pytest.mark.parametrize("page", HOW_TO, ids=lambda page: page.name)
def test_commands_in_the_how_tos_exist_with_their_options(page: Path) -> None:
    assert isinstance(main, click.Group)
    text = page.read_text(encoding="utf-8")
    lines = re.findall(r"^adweave .+$|`(adweave .+?)`", text, re.MULTILINE)
    for line in re.findall(r"^(adweave .+)$", text, re.MULTILINE) + [one for one in lines if one]:
        words = shlex.split(line)
        command = main.get_command(click.Context(main), words[1])
        assert command is not None, line
        known = {name for parameter in command.params for name in parameter.opts}
        for word in words[2:]:
            assert not word.startswith("--") or word in known, line


def test_a_block_is_read_as_commands_with_what_they_print() -> None:
    page = "Text\n```console\n$ first\n$ second 1\nprints\nthis\n```\nand\n```sh\n$ no\n```\n"
    assert commands_of(page) == [Command("first"), Command("second 1", ("prints", "this"))]


def test_a_line_that_is_not_printed_is_found() -> None:
    printed = "one  two\nthree four\nfive\n"
    assert first_missing(["one two", "...", "five"], printed) is None
    assert first_missing(["three ..."], printed) is None
    assert first_missing(["five", "one two"], printed) == "one two"


def test_make_test_runs_pytest_and_ci_runs_make_test() -> None:
    shown = subprocess.run(
        ["make", "--dry-run", "test"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "-m pytest" in shown.stdout
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert re.search(r"^make test \|\|$", script, re.MULTILINE)
    assert "set -eu" in script


def test_make_demo_serves_a_woven_page_and_ends_cleanly_on_ctrl_c() -> None:
    """`make demo` as a person runs it: in a terminal of its own, ended by Ctrl-C."""
    recipe = subprocess.run(
        ["make", "--dry-run", "demo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "/adweave demo" in recipe

    program = Path(sys.executable).with_name("adweave")
    with subprocess.Popen(
        [str(program), "demo"], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as demo:
        try:
            assert demo.stdout is not None
            printed = ""
            while "Ctrl-C" not in printed and (line := demo.stdout.readline()):
                printed += line
            pages = re.findall(r"  (http://127\.0\.0\.1:\d+/\S+)$", printed, re.MULTILINE)
            assert len(pages) >= 8
            for page in pages:
                with urllib.request.urlopen(page, timeout=20) as answer:
                    assert answer.headers["Adweave-Status"].startswith("woven"), page
                    assert b"<ad-slot " in answer.read()
        finally:
            demo.send_signal(signal.SIGINT)
        assert demo.wait(timeout=20) == 0
