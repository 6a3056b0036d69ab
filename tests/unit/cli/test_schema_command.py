"""`adweave schema`: schemas printed, or written beside the files that name them."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from adweave.cli import main
from adweave.placements import schema_files, schemas


def ran(*arguments: str):
    return CliRunner().invoke(main, ["schema", *arguments])


def test_all_of_them_are_printed_as_one_object():
    result = ran()
    assert result.exit_code == 0
    assert json.loads(result.stdout) == schemas()


def test_one_may_be_asked_for():
    assert json.loads(ran("--file", "layout").stdout)["title"] == "layouts/NAME.toml"


def test_they_are_written_to_the_folder_and_over_older_ones(tmp_path: Path):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/layout.json").write_text("old")
    result = ran(str(tmp_path))
    assert result.exit_code == 0
    assert {
        str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*.json")
    } == schema_files()
    assert f"wrote {tmp_path / 'schemas/layout.json'}\n" in result.stdout


def test_a_folder_that_is_not_there_is_told(tmp_path: Path):
    result = ran(str(tmp_path / "nowhere"))
    assert result.exit_code == 2
    assert result.stderr == (
        f"{tmp_path / 'nowhere'} is not a folder; `adweave init {tmp_path / 'nowhere'}` writes one "
        "to start from.\n"
    )


def test_what_init_writes_has_the_schemas_beside(tmp_path: Path):
    folder = tmp_path / "placements"
    assert CliRunner().invoke(main, ["init", str(folder)]).exit_code == 0
    for path, content in schema_files().items():
        assert (folder / path).read_bytes() == content
    assert (folder / "site.toml").read_text().startswith("#:schema ./schemas/site.json\n")
