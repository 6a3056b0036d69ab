"""`adweave report` as a command: what it prints, and how it ends."""

from __future__ import annotations

import html
import itertools
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adweave.cli.report import report
from adweave.events import Event, events_folder, line

ROOT = Path(__file__).resolve().parents[3]

LAYOUT = """
pages = ["/**"]
[[placement]]
name = "inline"
kind = "inline"
first = "200px"
every = "750px"
max = 6
sizes = [[300, 250]]
fill = ["house"]
"""

EXPERIMENT = """
status = "{status}"
seed = "density"
[[variant]]
name = "control"
layout = "article"
weight = 0.5
[[variant]]
name = "dense"
layout = "article-dense"
weight = 0.5
"""


def write_folder(folder: Path, status: str = "running") -> None:
    for name in ("layouts", "experiments"):
        (folder / name).mkdir(parents=True)
    (folder / "site.toml").write_text("")
    for name in ("article", "article-dense"):
        (folder / "layouts" / f"{name}.toml").write_text(LAYOUT)
    (folder / "experiments" / "density.toml").write_text(EXPERIMENT.format(status=status))


@pytest.fixture
def placements(tmp_path: Path) -> Path:
    write_folder(tmp_path / "placements")
    return tmp_path / "placements"


def readers(count: int, share_of_dense: float, seed: int = 1) -> list[Event]:
    rng = random.Random(seed)
    events = []
    for number in range(count):
        variant = "dense" if rng.random() < share_of_dense else "control"
        kinds = ["view", "exposure", "request", "fill", "render"]
        kinds += ["viewable"] if rng.random() < 0.6 else []
        for place, kind in enumerate(kinds):
            events.append(
                Event(
                    id=f"{number:016x}-{place}",
                    kind=kind,
                    t=1_764_000_000_000 + number,
                    received=1_764_000_000_000 + number,
                    view=f"{number:016x}",
                    unit="visitor",
                    uid=f"{number:032x}",
                    path="/",
                    layout="article",
                    exp="density",
                    variant=variant,
                )
            )
    return events


def store(state: Path, events: Iterable[Event]) -> None:
    events_folder(state).mkdir(parents=True)
    (events_folder(state) / "one.ndjson").write_bytes(b"".join(map(line, events)))


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(report, [str(one) for one in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_the_verdict_comes_first_and_the_page_is_80_columns_wide(placements: Path) -> None:
    store(placements.parent / ".adweave", readers(1_000, 0.5))
    result = run("density", "--placements", placements)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("density: over 1,000 visitors,")
    assert max(map(len, lines)) <= 80
    for words in ("visitors", "page views", "slots rendered", "viewable rate", "Split: sound"):
        assert words in result.stdout


def test_a_broken_split_ends_with_1(placements: Path, tmp_path: Path) -> None:
    store(tmp_path / "elsewhere", readers(2_000, 0.4))
    result = run("--placements", placements, "--state", tmp_path / "elsewhere")
    assert result.exit_code == 1
    assert result.stdout.startswith("density: the split is broken:")


def test_json_is_one_document(placements: Path) -> None:
    store(placements.parent / ".adweave", readers(400, 0.5))
    document = json.loads(run("density", "--placements", placements, "--json").stdout)
    assert document["experiment"] == "density"
    assert document["sound"] is True
    variants = document["sections"][0]["variants"]
    assert sum(variant["units"] for variant in variants) == 400
    assert sum(variant["page_views"] for variant in variants) == 400


def test_without_a_name_those_that_run_are_reported(placements: Path) -> None:
    store(placements.parent / ".adweave", readers(10, 0.5))
    document = json.loads(run("--placements", placements, "--json").stdout)
    assert [one["experiment"] for one in document["experiments"]] == ["density"]


def test_without_a_running_experiment_the_traffic_is_reported(tmp_path: Path) -> None:
    write_folder(tmp_path / "placements", status="draft")
    store(tmp_path / ".adweave", readers(10, 0.5))
    result = run("--placements", tmp_path / "placements")
    assert result.exit_code == 0
    assert "Traffic by layout" in result.stdout
    document = json.loads(run("--placements", tmp_path / "placements", "--json").stdout)
    assert document["traffic"]["layouts"][0]["page_views"] == 10


def test_without_any_event_it_says_so_and_ends_well(placements: Path) -> None:
    result = run("density", "--placements", placements)
    assert result.exit_code == 0
    assert result.stdout.startswith("density: no reader has been in it yet.")


def test_a_misspelt_name_gets_a_suggestion(placements: Path) -> None:
    result = run("densty", "--placements", placements)
    assert result.exit_code == 2
    assert 'No experiment is named "densty". Did you mean "density"?' in result.stderr
    assert not result.stdout


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = run("--placements", tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "no such folder" in result.stderr


def test_a_broken_folder_shows_its_problems(placements: Path) -> None:
    (placements / "layouts" / "article.toml").write_text("max = \n")
    result = run("density", "--placements", placements)
    assert result.exit_code == 2
    assert "layouts/article.toml:1" in result.stderr
    assert "adweave check" in result.stderr


def test_without_duckdb_it_says_how_to_get_it(placements: Path) -> None:
    """In a process of its own where the module cannot be found."""
    code = (
        "import sys; sys.modules['duckdb'] = None\n"
        "from adweave.cli.report import report\n"
        f"report(['density', '--placements', {str(placements)!r}])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 3
    assert "pip install 'adweave[reports]'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_page_with_plots_is_written_beside_the_text(placements: Path, tmp_path: Path) -> None:
    store(placements.parent / ".adweave", readers(1_000, 0.5))
    page = tmp_path / "report.html"
    result = run("density", "--placements", placements, "--html", page)
    assert result.exit_code == 0
    assert f"{page} written." in result.stderr
    assert result.stdout.startswith("density: over 1,000 visitors,")
    assert "<svg" in page.read_text()


def told_by_pictures(page: Path) -> list[str]:
    """The descriptions of the layouts' pictures, mobile first."""
    return re.findall(r"<desc>([^<]*)</desc>", page.read_text())


def test_the_page_has_a_picture_of_the_layouts_at_each_viewport(
    placements: Path, tmp_path: Path
) -> None:
    dense = placements / "layouts" / "article-dense.toml"
    dense.write_text(LAYOUT.replace("750px", "300px"))
    written = []
    for name in ("one.html", "other.html"):
        page = tmp_path / name
        assert run("density", "--placements", placements, "--html", page).exit_code == 0
        written.append(page.read_text())
    assert written[0] == written[1]
    assert "A typical article, as the layouts of the variants weave it." in written[0]
    for told in told_by_pictures(page):
        found = re.fullmatch(r"control has (\d+) slots: (.+)\. dense has (\d+) slots: (.+)\.", told)
        assert found is not None, told
        assert 0 < int(found[1]) < int(found[3])
        assert found[2].startswith("inline 1 at ")
        places = [int(at.replace(",", "")) for at in re.findall(r"at ([\d,]+) px", found[4])]
        assert len(places) == int(found[3])
        assert all(b - a >= 300 for a, b in itertools.pairwise(places))
    assert written[0].count('class="slot"') == sum(
        len(re.findall(r"inline \d+ at", told)) for told in told_by_pictures(page)
    )


def test_the_layouts_are_drawn_on_the_page_that_is_named(placements: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.html"
    short.write_text(
        "<!doctype html><html lang=en><body><nav><a href=/>Home</a></nav></body></html>"
    )
    page = tmp_path / "report.html"
    options = ("density", "--placements", placements, "--html", page)
    assert run(*options, "--page", short).exit_code == 0
    text = html.unescape(page.read_text())
    assert "control puts nothing into " in text
    assert str(short) in text
    assert "<desc>" not in text
    result = run(*options, "--page", tmp_path / "nowhere.html")
    assert result.exit_code == 2
    assert "nowhere.html" in result.stderr
    result = run("density", "--placements", placements, "--page", short)
    assert result.exit_code == 2
    assert "--page needs --html" in result.stderr


def test_a_page_that_cannot_be_written_is_named(placements: Path, tmp_path: Path) -> None:
    result = run("density", "--placements", placements, "--html", tmp_path / "nowhere" / "a.html")
    assert result.exit_code == 2
    assert "can't be written" in result.stderr


def test_the_page_is_of_one_experiment(placements: Path) -> None:
    result = run("--placements", placements, "--html", "a.html")
    assert result.exit_code == 2
    assert "--html needs EXPERIMENT" in result.stderr


def test_revenue_from_a_file_stands_in_the_report(placements: Path, tmp_path: Path) -> None:
    store(placements.parent / ".adweave", readers(400, 0.5))
    money = tmp_path / "money.csv"
    head = "date,placement,variant,revenue\n"
    money.write_text(f"{head}2025-11-24,inline,control,1.0\n2025-11-24,inline,dense,2.0\n")
    result = run("density", "--placements", placements, "--revenue", money)
    assert result.exit_code == 0
    assert "Imported revenue, over the one day that both have" in " ".join(result.stdout.split())
    money.write_text(f"{head}2025-11-24,inline,dnse,2.0\n")
    refused = run("density", "--placements", placements, "--revenue", money)
    assert refused.exit_code == 2
    assert 'no variant is named "dnse"; there are: control, dense.' in refused.stderr
