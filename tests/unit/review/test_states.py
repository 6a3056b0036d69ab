"""Folders, revisions and states of the history, opened to be compared."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from adweave.placements import Live
from adweave.review import NoState, changed_files, opened

LAYOUT = 'pages = ["/**"]\n[[placement]]\nname = "inline"\nkind = "inline"\nsizes = [[300, 250]]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    placements = tmp_path / "site" / "placements"
    (placements / "layouts").mkdir(parents=True)
    (placements / "layouts/article.toml").write_text(LAYOUT)
    return placements


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_folder_is_opened_where_it_is(folder: Path, tmp_path: Path) -> None:
    with opened(str(folder), folder, tmp_path / "state") as state:
        assert state.folder == folder
        assert "article" in state.site.layouts


def test_a_revision_is_the_folder_as_it_was_then(folder: Path, tmp_path: Path) -> None:
    git(folder.parent, "init", "-q")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-q", "-m", "one")
    (folder / "layouts/article.toml").write_text(f"{LAYOUT}max = 2\n")
    git(folder.parent, "commit", "-q", "-a", "-m", "two")
    with (
        opened("HEAD~1", folder, tmp_path / "state") as old,
        opened("HEAD", folder, tmp_path / "state") as new,
    ):
        assert old.label == "revision HEAD~1"
        assert old.site.layouts["article"].placement[0].max == 6
        assert new.site.layouts["article"].placement[0].max == 2
        (lines,) = changed_files(old, new).values()
        assert lines[-1] == "+max = 2"


def test_notes_that_are_not_read_are_no_difference(folder: Path, tmp_path: Path) -> None:
    with Live(folder, state=tmp_path / "state") as live:
        ident = live.site.generation
    (folder / "creatives").mkdir(exist_ok=True)
    (folder / "creatives/README.md").write_text("for people\n")
    with (
        opened(ident, folder, tmp_path / "state") as old,
        opened(str(folder), folder, tmp_path / "state") as new,
    ):
        assert changed_files(old, new) == {}


def test_a_state_of_the_history_is_opened_by_its_beginning(folder: Path, tmp_path: Path) -> None:
    with Live(folder, state=tmp_path / "state") as live:
        ident = live.site.generation
    (folder / "layouts/article.toml").write_text(f"{LAYOUT}max = 2\n")
    with opened(ident[:5], folder, tmp_path / "state") as state:
        assert state.label == f"state {ident}"
        assert state.site.generation == ident


def test_what_is_no_state_says_why(folder: Path, tmp_path: Path) -> None:
    git(folder, "init", "-q")
    with (
        pytest.raises(NoState, match=r'"abcd" is no folder, no state of the history \(there is'),
        opened("abcd", folder, tmp_path / "state"),
    ):
        pass


def test_an_option_is_no_revision(folder: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(NoState, match="a revision does not begin with -"),
        opened("--output=x", folder, tmp_path / "state"),
    ):
        pass


def test_a_state_that_is_not_valid_names_its_mistakes(folder: Path, tmp_path: Path) -> None:
    (folder / "layouts/article.toml").write_text("nonsense =")
    with pytest.raises(NoState) as caught, opened(str(folder), folder, tmp_path / "state"):
        pass
    assert [problem.code for problem in caught.value.problems] == ["toml"]
