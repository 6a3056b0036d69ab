"""What was changed while an experiment ran, from a real history."""

from __future__ import annotations

from pathlib import Path

import pytest

from adweave.experiments import changes_during
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
    "layouts/article.toml": "# as it was",
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
        ({"layouts/article.toml": "# now"}, ("layout article",)),
        ({"layouts/other.toml": "# now"}, None),
        ({"experiments/density.toml": f"# why\n{RUNNING}"}, None),
        ({"experiments/density.toml": f"minimum_effect = 0.02\n{RUNNING}"}, None),
    ],
)
def test_what_decides_who_sees_what_is_told_and_nothing_else(
    tmp_path: Path, changed: dict[str, str], what: tuple[str, ...] | None
) -> None:
    history = History(tmp_path)
    for files in (FILES, {**FILES, **changed}):
        kept = {path: text.encode() for path, text in files.items()}
        history.record(Snapshot(kept), author="ada")
    found = changes_during(history, "density", EVER)
    assert [(one.author, one.what) for one in found] == ([] if what is None else [("ada", what)])
    assert changes_during(history, "density", (0, 1)) == ()
