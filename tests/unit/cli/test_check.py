"""`adweave check` and `adweave init`, as a person at a terminal meets them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from adweave.cli.check import check
from adweave.cli.init import init
from adweave.labels import KEYS

BAD = '[[placement]]\nname = "inline"\nkind = "inline"\nevery = "750"\nsizes = [[300, 250]]\n'


@pytest.fixture
def folder(tmp_path):
    assert CliRunner().invoke(init, [str(tmp_path / "placements")]).exit_code == 0
    return tmp_path / "placements"


def run(command, *arguments):
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_a_sound_folder_ends_with_what_to_do_next(folder):
    result = run(check, folder, "--strict")
    assert result.exit_code == 0
    assert result.output == (
        f"2 layouts in {folder} can be used: `adweave serve --upstream URL --placements {folder}` "
        "puts them in force.\n"
    )


def test_an_error_shows_its_line_and_marks_its_place(folder):
    (folder / "layouts" / "article.toml").write_text('pages = ["/**"]\n' + BAD)
    result = run(check, folder)
    assert result.exit_code == 2
    assert result.output == (
        'layouts/article.toml:5:9: placement "inline": every = "750" has no unit; write "750px", '
        '"6 blocks", "300 words" or "1.5 screens"\n'
        '     5 | every = "750"\n'
        "       |         ^^^^^\n"
        f"1 error: mend it, then run `adweave check {folder}` again.\n"
    )


def test_warnings_are_findings_only_when_asked_for(folder):
    (folder / "sites.toml").write_text("")
    result = run(check, folder)
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "sites.toml: warning: is not read; the folder holds site.toml and layouts/, experiments/, "
        'labels/, creatives/, tests/; did you mean "site.toml"?',
        f"2 layouts in {folder} can be used, with 1 warning: see whether you meant it so.",
    ]
    assert run(check, folder, "--strict").exit_code == 1


def test_labels_that_no_page_would_have_are_warned_of(folder):
    (folder / "site.toml").write_text('default_language = "tlh"\n')
    (folder / "labels/no.toml").write_text('label = "Reklame"\n')
    (folder / "labels/gv.toml").write_text('label = "Soilsheenaght"\nskip = "Lhiam"\n')
    words = "".join(f'{key} = "x"\n' for key in KEYS)
    (folder / "labels/und.toml").write_text(words)
    (folder / "labels/en-GB.toml").write_text('label = "Advert"\n')
    (folder / "labels/pt.toml").write_text('label = "Publicidade aqui"\n')
    (folder / "labels/pt-BR.toml").write_text('label = "Anúncio"\n')
    result = run(check, folder, "--strict")
    assert result.exit_code == 1
    assert result.output.splitlines()[:-1] == [
        'site.toml: warning: default_language = "tlh" has no texts, so its labels would be in '
        "English; write labels/tlh.toml with label, loading, skip, report and notice",
        "labels/gv.toml: warning: is not used: this language is not built in, and needs loading, "
        "report and notice as well",
        "labels/no.toml: warning: is never used: the language is called nb here; call the file "
        "nb.toml",
        "labels/und.toml: warning: is not used: it names no language",
    ]


def test_json_is_one_object(folder):
    (folder / "layouts" / "article.toml").write_text('pages = ["/**"]\n' + BAD)
    result = run(check, folder, "--json")
    found = json.loads(result.output)
    assert result.exit_code == 2
    assert found["ok"] is False
    assert "layouts/article.toml" in found["files"]
    assert found["problems"] == [
        {
            "file": "layouts/article.toml",
            "line": 5,
            "col": 9,
            "severity": "error",
            "code": "no-unit",
            "message": 'placement "inline": every = "750" has no unit; write "750px", '
            '"6 blocks", "300 words" or "1.5 screens"',
        }
    ]
    assert json.loads(run(check, folder.parent / "none", "--json").output)["files"] == []


def test_a_missing_folder_is_wrong_input(tmp_path):
    result = run(check, tmp_path / "none")
    assert result.exit_code == 2
    assert f"`adweave init {tmp_path / 'none'}` writes one to start from" in result.output


def test_the_folder_comes_from_the_environment_when_none_is_named(folder, monkeypatch):
    monkeypatch.setenv("ADWEAVE_PLACEMENTS", str(folder))
    assert run(check).exit_code == 0


def test_init_overwrites_nothing(folder):
    (folder / "site.toml").write_text("# mine\n")
    (folder / "layouts" / "article.toml").unlink()
    result = run(init, folder)
    assert result.exit_code == 2
    assert f"{folder / 'site.toml'} is there already." in result.output
    assert result.output.endswith(
        "Nothing was written. Name another folder, or move these files away first.\n"
    )
    assert (folder / "site.toml").read_text() == "# mine\n"
    assert not (folder / "layouts" / "article.toml").exists()


def test_init_into_a_file_is_wrong_input(tmp_path):
    (tmp_path / "file").write_text("")
    result = run(init, tmp_path / "file")
    assert result.exit_code == 2
    assert result.output == (
        f"{tmp_path / 'file'} is a file. Name a folder: `adweave init placements`.\n"
    )


def test_init_names_the_next_steps(tmp_path):
    result = run(init, tmp_path / "new")
    assert result.exit_code == 0
    assert result.output.splitlines()[-3:] == [
        f"Next: read {tmp_path / 'new' / 'layouts' / 'article.toml'}, then",
        f"  adweave check {tmp_path / 'new'}",
        f"  adweave serve --upstream URL --placements {tmp_path / 'new'}",
    ]
