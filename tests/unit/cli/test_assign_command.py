"""`adweave assign` as a command: one unit a line, the same variants as the browser's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adweave.cli.assign import assign
from adweave.experiments import bucket_ranges, choose_variant, hash_unit

LAYOUT = """
pages = ["/**"]
[[placement]]
name = "inline"
kind = "inline"
every = "750px"
sizes = [[300, 250]]
fill = ["house"]
"""


@pytest.fixture
def placements(tmp_path: Path) -> Path:
    folder = tmp_path / "placements"
    for name in ("layouts", "experiments"):
        (folder / name).mkdir(parents=True)
    (folder / "site.toml").write_text("")
    for name in ("article", "article-dense"):
        (folder / "layouts" / f"{name}.toml").write_text(LAYOUT)
    (folder / "experiments" / "density.toml").write_text(
        'status = "draft"\ntraffic = 0.5\nseed = "density"\nhash_version = 2\n'
        '[[variant]]\nname = "control"\nlayout = "article"\nweight = 0.4\n'
        '[[variant]]\nname = "dense"\nlayout = "article-dense"\nweight = 0.6\n'
    )
    return folder


def run(*arguments: str | Path, text: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(assign, [str(one) for one in arguments], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_one_unit_gets_one_line_whatever_the_status(placements: Path) -> None:
    result = run("density", "--unit", "reader-1", "--placements", placements)
    assert result.exit_code == 0
    place = hash_unit("density", "reader-1", 2)
    assert place is not None
    index = choose_variant(place, bucket_ranges(2, 0.5, [0.4, 0.6]))
    expected = "(not in it)" if index is None else ("control", "dense")[index]
    assert result.stdout == f"reader-1\t{expected}\n"


def test_json_lines_carry_all_that_another_tool_needs_to_agree(placements: Path) -> None:
    units = [f"{number:032x}" for number in range(300)]
    file = placements.parent / "units.txt"
    file.write_text("\n".join(units), encoding="utf-8-sig")
    result = run("density", "--units", file, "--json", "--placements", placements)
    lines = [json.loads(one) for one in result.stdout.splitlines()]
    assert [one["unit"] for one in lines] == units
    assert {one["variant"] for one in lines} == {None, "control", "dense"}
    for one in lines:
        place = hash_unit(one["seed"], one["unit"], one["hash_version"])
        assert place is not None
        ranges = bucket_ranges(len(one["variants"]), one["coverage"], one["weights"])
        index = choose_variant(place, ranges)
        assert one["variant"] == (None if index is None else one["variants"][index])
    assert lines[0].keys() == {
        "unit",
        "variant",
        "variants",
        "weights",
        "coverage",
        "seed",
        "hash_version",
    }


def test_units_come_from_standard_input_too(placements: Path) -> None:
    result = run("density", "--units", "-", "--placements", placements, text="a\r\n\nb c\n")
    assert [one.split("\t")[0] for one in result.stdout.splitlines()] == ["a", "b c"]


def test_no_unit_at_all_is_a_mistake(placements: Path) -> None:
    result = run("density", "--placements", placements)
    assert result.exit_code == 2
    assert "--unit ID" in result.stderr


def test_a_file_that_is_not_there_is_a_mistake(placements: Path) -> None:
    result = run("density", "--units", "nowhere.txt", "--placements", placements)
    assert result.exit_code == 2
    assert "nowhere.txt" in result.stderr


def test_a_file_in_another_charset_is_named_with_its_line(placements: Path) -> None:
    result = run("density", "--units", "-", "--placements", placements, text=b"a\n\xff\xfe\n")
    assert result.exit_code == 2
    assert "line 2: not UTF-8" in result.stderr


def test_a_misspelt_name_gets_a_suggestion(placements: Path) -> None:
    result = run("dense", "--unit", "a", "--placements", placements)
    assert result.exit_code == 2
    assert 'Did you mean "density"?' in result.stderr


def test_ramp_namespace_and_holdout_count_and_can_be_checked_by_another_tool(
    placements: Path,
) -> None:
    (placements / "site.toml").write_text("[experiments]\nholdout = 0.2\n")
    file = placements / "experiments/density.toml"
    text = file.read_text().replace(
        "traffic = 0.5\n",
        'namespace = { name = "pages", range = [0.0, 0.5] }\n'
        "ramp = [{ at = 2020-01-01, traffic = 0.75 }, { at = 2999-01-01, traffic = 1 }]\n",
    )
    file.write_text(text)
    units = "\n".join(f"{number:032x}" for number in range(300))
    result = run("density", "--units", "-", "--json", "--placements", placements, text=units)
    assert result.exit_code == 0, result.output
    rows = [json.loads(row) for row in result.stdout.splitlines()]
    assert {row["coverage"] for row in rows} == {0.75}
    for row in rows:
        ranges = bucket_ranges(2, row["coverage"], row["weights"])
        passed = all(
            gate["from"]
            <= (hash_unit(gate["seed"], row["unit"], gate["hash_version"]) or 0)
            < gate["to"]
            for gate in row["gates"]
        )
        index = choose_variant(hash_unit("density", row["unit"], 2) or 0, ranges)
        expected = None if index is None or not passed else row["variants"][index]
        assert row["variant"] == expected
    assert 60 < sum(row["variant"] is not None for row in rows) < 120
