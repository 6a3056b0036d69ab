"""What was changed while an experiment ran, from a real history."""

from __future__ import annotations

from pathlib import Path

import pytest

from adweave.experiments import Changed, changes_during
from adweave.placements import History, Snapshot

RUNNING = """\
status = "running"
[[variant]]
name = "control"
layout = "article"
weight = 0.5
[[variant]]
name = "dense"
layout = "dense"
weight = 0.5
"""
FILES = {
    "site.toml": "",
    "experiments/density.toml": RUNNING,
    "layouts/article.toml": "# as it was\npriority = 1",
    "layouts/dense.toml": "",
    "layouts/other.toml": "",
}
EVER = (0, 10_000_000_000_000)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"experiments/density.toml": RUNNING.replace("0.5", "0.6", 1)}, ("weights",)),
        ({"experiments/density.toml": RUNNING.replace('"dense"', '"third"', 1)}, ("variants",)),
        ({"experiments/density.toml": f'seed = "new"\n{RUNNING}'}, ("seed",)),
        ({"experiments/density.toml": f"traffic = 0.5\n{RUNNING}"}, ("traffic",)),
        (
            {"experiments/density.toml": "ramp = [{ at = 2026-01-01, traffic = 1 }]\n" + RUNNING},
            ("ramp",),
        ),
        (
            {
                "experiments/density.toml": 'namespace = { name = "a", range = [0.0, 0.5] }\n'
                + RUNNING
            },
            ("namespace",),
        ),
        ({"experiments/density.toml": f'assign = "server"\n{RUNNING}'}, ("assign",)),
        ({"site.toml": "[experiments]\nholdout = 0.05\n"}, ("holdout",)),
        ({"layouts/article.toml": "priority = 2"}, ("layout article",)),
        ({"layouts/article.toml": "# now\npriority = 1"}, None),
        ({"layouts/other.toml": "priority = 2"}, None),
        ({"experiments/density.toml": f'primary = "fill_rate"\n{RUNNING}'}, ("primary",)),
        ({"experiments/density.toml": f"units = 400\n{RUNNING}"}, ("units",)),
        ({"experiments/density.toml": f"winsorise = 0.01\n{RUNNING}"}, ("winsorise",)),
        (
            {"experiments/density.toml": f'{RUNNING}[[guardrail]]\nmetric = "bounce"\n'},
            ("guardrail",),
        ),
        # What holds without being written may be written.
        (
            {"experiments/density.toml": f'seed = "density"\nunits = 10_000\n{RUNNING}'},
            None,
        ),
        # A byte order mark, as some editors write, hides nothing.
        (
            {"experiments/density.toml": "\ufeff" + RUNNING.replace("0.5", "0.6", 1)},
            ("weights",),
        ),
        ({"experiments/density.toml": RUNNING.replace("0.5", "1")}, None),
        # The end is none: what was shipped has got the pages.
        (
            {
                "experiments/density.toml": RUNNING.replace("running", "decided"),
                "layouts/article.toml": "priority = 2",
            },
            None,
        ),
        ({"experiments/density.toml": f"# why\n{RUNNING}"}, None),
        ({"experiments/density.toml": f"minimum_effect = 0.02\n{RUNNING}"}, None),
    ],
)
def test_what_decides_who_sees_what_and_how_it_is_judged_is_told_and_nothing_else(
    tmp_path: Path, changed: dict[str, str], what: tuple[str, ...] | None
) -> None:
    history = History(tmp_path)
    for files in (FILES, {**FILES, **changed}):
        kept = {path: text.encode() for path, text in files.items()}
        history.record(Snapshot(kept), author="ada")
    found = changes_during(history, "density", EVER)
    assert [(one.author, one.what) for one in found] == ([] if what is None else [("ada", what)])
    assert changes_during(history, "density", (0, 1)) == ()


def test_what_only_lets_readers_in_mixes_nothing() -> None:
    changed = Changed(0, "ada", ("traffic", "holdout", "weights", "layout dense", "primary"))
    assert changed.mixed == ("weights", "layout dense")
    assert changed.deciding == ("primary",)


def test_what_was_changed_while_it_was_stopped_counts_when_it_starts_again(tmp_path: Path) -> None:
    history = History(tmp_path)
    stopped = RUNNING.replace("running", "stopped")
    states = [RUNNING, stopped, stopped.replace("0.5", "0.6", 1)]

    def found() -> list[tuple[str, ...]]:
        return [one.what for one in changes_during(history, "density", EVER)]

    for text in states:
        files = {**FILES, "experiments/density.toml": text}
        history.record(Snapshot({path: body.encode() for path, body in files.items()}), author="a")
        assert found() == []
    files["experiments/density.toml"] = RUNNING.replace("0.5", "0.6", 1)
    history.record(Snapshot({path: body.encode() for path, body in files.items()}), author="a")
    assert found() == [("weights",)]
