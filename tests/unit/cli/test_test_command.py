"""`adweave test`: what it says when there is nothing to run. What it runs is in `tests/golden`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adweave.cli import main
from tests.golden import SHIPPED


@pytest.fixture
def placements(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "placements"))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["test", *map(str, arguments)])


def test_a_folder_without_tests_is_told_how_to_write_one(placements: Path) -> None:
    done = run(placements)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"There are no tests in {placements}/tests: write NAME.toml")


def test_words_that_no_name_has_are_answered_with_the_names(placements: Path) -> None:
    (placements / "tests").mkdir()
    (placements / "tests/all.toml").write_text('[[expect]]\nname = "long reads"\nslots = 1\n')
    done = run(placements, "-k", "short")
    assert done.exit_code == 2
    assert done.stderr == 'No test has the words "short" in its name. There are: "long reads".\n'
