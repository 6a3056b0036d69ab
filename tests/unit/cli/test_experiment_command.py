"""`adweave experiment`: what it changes in the files, what it keeps, and what it refuses."""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from adweave.cli.experiment import experiment
from adweave.events import forced_by, page_key
from adweave.placements import History, load, present_state
from tests.readership import write_readership

ARTICLE = """# Every article.
pages = ["/news/**"]  # not the shop

[[placement]]
name = "inline"
kind = "inline"
sizes = [[300, 250]]
"""

EXPERIMENT = """# What do more slots cost?

# "draft" changes no page.
status = "draft"  # by hand or by command
minimum_effect = 0.02

[[variant]]
name = "control"
layout = "article"
weight = 0.5

[[variant]]
name = "dense"
layout = "article-dense"
weight = 0.5

[[guardrail]]
metric = "scroll_depth"
margin = {margin}
"""


@pytest.fixture
def placements(tmp_path: Path) -> Path:
    folder = tmp_path / "placements"
    for name in ("layouts", "experiments"):
        (folder / name).mkdir(parents=True)
    (folder / "site.toml").write_text("")
    (folder / "layouts/article.toml").write_text(ARTICLE)
    dense = ARTICLE.replace('pages = ["/news/**"]  # not the shop\n', "")
    (folder / "layouts/article-dense.toml").write_text(dense.replace("Every", "More for every"))
    (folder / "experiments/density.toml").write_text(EXPERIMENT.format(margin=0.05))
    return folder


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(experiment, [str(one) for one in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def text(placements: Path, path: str = "experiments/density.toml") -> str:
    return (placements / path).read_text()


def status(placements: Path) -> str:
    site = load(placements).site
    assert site is not None
    return site.experiments["density"].status


def test_starting_and_stopping_change_one_word(placements: Path) -> None:
    before = text(placements)
    assert run("start", "density", "--placements", placements).exit_code == 0
    assert text(placements) == before.replace('"draft"  #', '"running"  #')
    assert run("stop", "density", "--placements", placements).exit_code == 0
    assert text(placements) == before.replace('"draft"  #', '"stopped"  #')
    again = run("start", "density", "--placements", placements)
    assert "the report will mix both runs" in again.stdout


def test_a_missing_status_is_written(placements: Path) -> None:
    bare = text(placements).replace('status = "draft"  # by hand or by command\n', "")
    (placements / "experiments/density.toml").write_text(bare)
    assert run("start", "density", "--placements", placements).exit_code == 0
    assert status(placements) == "running"


def test_what_makes_no_sense_is_refused(placements: Path) -> None:
    for arguments, said in (
        (("stop", "density"), "not running: its status is draft"),
        (("ship", "density", "dense"), "nothing to ship: its status is draft"),
        (("ship", "density", "densse"), 'Did you mean "dense"?'),
        (("ship", "density"), "ship needs the VARIANT"),
        (("start", "density", "dense"), "start takes no VARIANT"),
        (("start", "densty"), 'Did you mean "density"?'),
    ):
        result = run(*arguments, "--placements", placements)
        assert result.exit_code == 2
        assert said in result.stderr
    assert status(placements) == "draft"


def test_nothing_is_written_that_would_make_the_folder_invalid(placements: Path) -> None:
    other = EXPERIMENT.format(margin=0.05).replace('"draft"  #', '"running"  #')
    (placements / "experiments/other.toml").write_text(other)
    before = text(placements)
    result = run("start", "density", "--placements", placements)
    assert result.exit_code == 2
    assert "is used by the running experiment" in result.stderr
    assert "nothing was changed" in result.stderr
    assert text(placements) == before


def test_the_winner_gets_the_pages_and_the_report_is_kept(placements: Path) -> None:
    ramp = "[{ at = 2025-11-24, traffic = 0.5 }, { at = 2025-11-25T12:00:00, traffic = 1 }]"
    ramped = text(placements).replace("minimum_effect", f"ramp = {ramp}\nminimum_effect")
    (placements / "experiments/density.toml").write_text(ramped)
    run("start", "density", "--placements", placements)
    write_readership(placements, placements.parent / ".adweave")
    result = run("ship", "density", "dense", "--placements", placements)
    assert result.exit_code == 0, result.stderr
    loaded = load(placements)
    assert loaded.site is not None
    assert loaded.site.experiments["density"].status == "decided"
    assert loaded.site.experiments["density"].decided == "dense"
    assert loaded.site.layouts["article-dense"].pages == ("/news/**",)
    assert loaded.site.layouts["article"].pages == ()
    assert text(placements, "layouts/article-dense.toml").startswith("# More for every article.")
    assert "# What do more slots cost?" in text(placements)
    kept = text(placements, "experiments/density.report.txt")
    assert kept.startswith('"dense" was shipped on ')
    assert "shippable. The split is sound." in " ".join(kept.split())
    assert "by the ramp: 100% from 2025-11-25 12:00 UTC." in " ".join(kept.split())
    assert run("start", "density", "--placements", placements).exit_code == 2


def test_what_the_ad_server_paid_goes_into_the_report_that_is_kept(placements: Path) -> None:
    run("start", "density", "--placements", placements)
    write_readership(placements, placements.parent / ".adweave")
    money = placements.parent / "money.csv"
    rows = "2025-11-25,inline,control,1.0\n2025-11-25,inline,dense,2.0\n"
    money.write_text(f"date,placement,variant,revenue\n{rows}")
    options = ("--placements", placements, "--revenue", money)
    refused = run("stop", "density", *options)
    assert refused.exit_code == 2
    assert "--revenue is for ship" in refused.stderr
    assert run("ship", "density", "dense", *options).exit_code == 0
    kept = " ".join(text(placements, "experiments/density.report.txt").split())
    assert "Imported revenue, over the one day that both have" in kept


def test_a_file_of_money_that_cannot_be_used_ships_nothing(placements: Path) -> None:
    run("start", "density", "--placements", placements)
    money = placements.parent / "money.csv"
    money.write_text("date,placement,variant,revenue\n2025-11-25,inline,dnse,2.0\n")
    result = run("ship", "density", "control", "--placements", placements, "--revenue", money)
    assert result.exit_code == 2
    assert 'no variant is named "dnse"' in result.stderr
    assert status(placements) == "running"


def test_a_variant_that_is_not_shown_to_be_better_ships_only_anyway(placements: Path) -> None:
    strict = text(placements).replace("margin = 0.05", "margin = 0.001")
    (placements / "experiments/density.toml").write_text(strict)
    run("start", "density", "--placements", placements)
    write_readership(placements, placements.parent / ".adweave")
    refused = run("ship", "density", "dense", "--placements", placements)
    assert refused.exit_code == 1
    assert "not shown to be shippable" in refused.stderr
    assert status(placements) == "running"
    assert run("ship", "density", "dense", "--anyway", "--placements", placements).exit_code == 0
    assert ", --anyway." in text(placements, "experiments/density.report.txt")


def test_a_variant_whose_experiment_was_changed_while_it_ran_ships_only_anyway(
    placements: Path,
) -> None:
    run("start", "density", "--placements", placements)
    state = placements.parent / ".adweave"
    write_readership(placements, state)
    history = History(state)
    history.record(present_state(placements), author="ada")
    path = placements / "experiments/density.toml"
    path.write_text(path.read_text().replace("margin = 0.05", "margin = 0.06"))
    history.record(present_state(placements), author="eve")
    log = state / "history/log.ndjson"
    before, after = map(json.loads, log.read_text().splitlines())
    before["time"], after["time"] = "2025-11-24T00:00:00Z", "2025-11-25T12:00:00Z"
    log.write_text(f"{json.dumps(before)}\n{json.dumps(after)}\n")
    refused = run("ship", "density", "dense", "--placements", placements)
    assert refused.exit_code == 1
    assert "But what decides was changed while it ran: guardrail." in refused.stderr
    assert status(placements) == "running"
    assert run("ship", "density", "dense", "--anyway", "--placements", placements).exit_code == 0
    kept = " ".join(text(placements, "experiments/density.report.txt").split())
    assert "12:00 UTC by eve: guardrail." in kept


def test_the_control_can_always_be_kept(placements: Path) -> None:
    run("start", "density", "--placements", placements)
    assert run("ship", "density", "control", "--placements", placements).exit_code == 0
    assert status(placements) == "decided"
    assert text(placements, "layouts/article.toml") == ARTICLE


def test_a_layout_with_a_target_of_its_own_is_for_people_to_move(placements: Path) -> None:
    aimed = ARTICLE + '\n[target]\ndevices = ["mobile"]\n'
    (placements / "layouts/article.toml").write_text(aimed)
    run("start", "density", "--placements", placements)
    result = run("ship", "density", "dense", "--anyway", "--placements", placements)
    assert result.exit_code == 2
    assert "has a [target], which the winner would need as well" in result.stderr


def test_a_plan_says_what_the_traffic_so_far_can_show(placements: Path) -> None:
    write_readership(placements, placements.parent / ".adweave")
    before = text(placements)
    result = run("plan", "density", "--placements", placements)
    assert result.exit_code == 0, result.stderr
    said = " ".join(result.stdout.split())
    assert said.startswith("3,045 visitors in 1.0 days,")
    assert "A change can be seen of " in said
    assert "2 % takes " in said
    assert text(placements) == before


def test_a_plan_without_traffic_says_what_it_needs(placements: Path) -> None:
    result = run("plan", "density", "--placements", placements)
    assert result.exit_code == 2
    assert 'Too little is known of the pages of "article"' in result.stderr


def link(placements: Path, *more: str) -> Result:
    url = "https://www.example.org/news/a?x=1&y=\u00fc#part"
    return run("link", "density", "dense", url, "--placements", placements, *more)


def test_a_link_is_signed_with_the_states_key_and_leads_to_its_page(placements: Path) -> None:
    run("start", "density", "--placements", placements)
    result = link(placements, "--days", "2")
    assert (result.exit_code, result.stderr) == (0, "")
    address = urlsplit(result.stdout.strip())
    assert (address.scheme, address.netloc) == ("https", "www.example.org")
    assert address.path == "/_adweave/qa"
    asked = parse_qs(address.query)
    assert asked["to"] == ["/news/a?x=1&y=%C3%BC"]
    key = page_key(placements.parent / ".adweave")
    assert key is not None
    forced = forced_by(key, asked["link"][0], time.time())
    assert (forced.experiment, forced.variant) == ("density", "dense")
    assert 2 * 86_400 - 60 < forced.until_s - time.time() <= 2 * 86_400


def test_a_link_to_an_experiment_that_does_not_run_says_so(placements: Path) -> None:
    result = link(placements)
    assert result.exit_code == 0
    assert result.stdout.startswith("https://www.example.org/_adweave/qa?link=density.dense.")
    assert result.stderr == (
        "density is draft: the link works once it runs. With traffic = 0 it runs for testers "
        "alone.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["link", "density"], "link needs the VARIANT to link"),
        (["link", "density", "dense"], "link needs the URL of a page"),
        (["link", "density", "dens", "https://a.example/"], 'Did you mean "dense"?'),
        (["link", "density", "dense", "/news/a"], '"/news/a" is no address of a page'),
        (["link", "density", "dense", "ftp://a.example/"], "is no address of a page"),
        (["link", "density", "dense", "https://a.example:x/"], "is no address of a page"),
        (["stop", "density", "dense", "https://a.example/"], "stop takes no VARIANT"),
        (["start", "density", "--days", "3"], "--days is for link"),
    ],
)
def test_what_makes_no_link_is_said(placements: Path, arguments: list[str], words: str) -> None:
    result = run(*arguments, "--placements", placements)
    assert result.exit_code == 2
    assert words in result.output


def test_without_a_key_there_is_no_link(placements: Path) -> None:
    state = placements.parent / "file"
    state.write_text("no folder")
    result = link(placements, "--state", str(state))
    assert result.exit_code == 2
    assert "Name the gateway's state by --state" in result.output
    assert "ADWEAVE_EVENTS_KEY" in result.output


def test_one_that_would_share_visitors_against_its_word_is_not_started(placements: Path) -> None:
    part = 'namespace = { name = "pages", range = [0.0, 0.6] }\n'
    (placements / "layouts/other.toml").write_text(ARTICLE.replace("/news/", "/other/"))
    (placements / "layouts/other-dense.toml").write_text(
        ARTICLE.replace('pages = ["/news/**"]  # not the shop\n', "")
    )
    first = part + EXPERIMENT.format(margin=0.05)
    second = first.replace("[0.0, 0.6]", "[0.5, 1.0]").replace('"article', '"other')
    (placements / "experiments/density.toml").write_text(first)
    (placements / "experiments/other.toml").write_text(second)
    assert run("start", "density", "--placements", placements).exit_code == 0
    refused = run("start", "other", "--placements", placements)
    assert refused.exit_code == 2
    assert 'overlaps [0, 0.6] of the running experiment "density"' in refused.stderr
    assert "nothing was changed" in refused.stderr
    (placements / "experiments/other.toml").write_text(second.replace("[0.5", "[0.6"))
    assert run("start", "other", "--placements", placements).exit_code == 0
