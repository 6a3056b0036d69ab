"""The folder that `adweave init` writes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adweave.placements import example_files, load

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path):
    for path, content in example_files().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    return tmp_path


def test_it_is_the_repositorys_folder():
    shipped = {
        str(path.relative_to(ROOT / "placements")): path.read_bytes()
        for path in (ROOT / "placements").rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    assert example_files() == shipped


def test_it_has_no_problem_not_even_a_warning(folder):
    assert load(folder).problems == ()


def test_it_weaves_every_path_with_the_designs_values(folder):
    site = load(folder).site
    delivery = site.delivery_for("/any/where")
    (inline, notice) = delivery.layout.placement
    assert delivery.experiment is None
    assert delivery.layout.name == "article"
    assert str(delivery.layout.min_length) == "200 words"
    assert (inline.name, inline.kind, inline.max) == ("inline", "inline", 6)
    assert str(inline.first.mobile) == str(inline.first.desktop) == "200px"
    assert (str(inline.every.mobile), str(inline.every.desktop)) == ("750px", "500px")
    assert inline.sizes.mobile == ((300, 250),)
    assert inline.sizes.desktop == ((728, 90), (970, 250))
    assert str(inline.lazy_margin.mobile) == "1.5 screens"
    assert (notice.kind, notice.enabled) == ("notice", False)


def test_its_experiment_is_a_draft_between_its_two_layouts(folder):
    site = load(folder).site
    experiment = site.experiments["density"]
    assert experiment.status == "draft"
    assert [variant.layout for variant in experiment.variants] == ["article", "article-dense"]
    assert experiment.weights == (0.5, 0.5)
    assert set(site.layouts) == {"article", "article-dense"}


def test_started_its_experiment_runs_on_every_path(folder):
    path = folder / "experiments" / "density.toml"
    path.write_text(path.read_text().replace('status = "draft"', 'status = "running"'))
    loaded = load(folder)
    assert loaded.problems == ()
    assert loaded.site.delivery_for("/a").experiment.name == "density"


def test_what_its_comments_show_as_defaults_are_the_defaults(folder):
    plain = load(folder).site
    path = folder / "layouts" / "article.toml"
    text = path.read_text()
    shown = re.sub(r"^# (from_top|from_bottom|below_heading|above_image|below_image|max_density) =",
                   r"\1 =", text, flags=re.MULTILINE)  # fmt: skip
    assert shown.count("\n# ") < text.count("\n# ") - 5
    path.write_text(shown)
    (folder / "site.toml").write_text("")
    uncommented = load(folder).site
    assert uncommented.layouts["article"] == plain.layouts["article"]
    assert uncommented.settings == plain.settings


def test_every_size_has_creatives_that_take_turns(folder):
    site = load(folder).site
    for size in [(300, 250), (728, 90), (970, 250)]:
        assert len([c for c in site.creatives if c.size == size]) == 3


def test_creatives_bring_everything_with_them():
    for path, content in example_files().items():
        if path.endswith(".html"):
            html = content.decode()
            assert "<script" not in html
            assert "http" not in html
            assert "url(" not in html
            assert "prefers-color-scheme: dark" in html
            assert len(content) < 3_000
