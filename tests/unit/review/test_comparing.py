"""What two states make of the same pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from adweave.placements import Site
from adweave.review import Comparison, PageChange, Target, Totals, compared
from tests import configurations
from tests.unit.review.pages import article, page

LONG = page(article("9", "<h2>Next</h2>", "9"))


def site(**keys: object) -> Site:
    layout = configurations.layout(**keys)
    return configurations.site(layout.model_copy(update={"pages": ("/**",)}))


def change(old: Site, new: Site, target: object = LONG) -> PageChange:
    return Comparison(old, new).of(target)


def kinds(found: PageChange) -> set[str]:
    return {each.kind for each in found.changes}


def test_the_same_state_changes_nothing():
    found = change(site(), site())
    assert not found.is_changed
    assert found.kept > 0
    assert found.findings == ()


def test_fewer_slots_are_removed_and_the_rest_is_kept():
    found = change(site(max=6), site(max=1))
    assert kinds(found) == {"removed"}
    assert found.old.slots["mobile"] > found.new.slots["mobile"] == 1
    assert found.kept >= 1


def test_more_slots_are_added():
    found = change(site(max=1), site(max=6))
    assert kinds(found) == {"added"}
    assert all(each.old is None and each.new > 0 for each in found.changes)


def test_a_slot_that_slides_has_moved():
    found = change(site(max=1, first="300px"), site(max=1, first="900px"))
    assert kinds(found) == {"moved"}
    for each in found.changes:
        assert each.old < each.new


def test_a_slot_outside_the_article_is_at_no_height_of_it():
    top = {"name": "top", "kind": "selector", "selector": "header", "sizes": [[300, 250]]}
    more = configurations.layout("article", top, max=1).model_copy(update={"pages": ("/**",)})
    (found,) = change(site(max=1), configurations.site(more)).changes
    assert (found.placement, found.kind, found.old, found.new) == ("top", "added", None, None)


def test_a_page_that_loses_all_its_slots_is_named():
    none = site(min=40, max=50)
    found = change(site(), none)
    assert found.loses_all
    totals = Totals.of([found, change(site(), site())])
    assert totals.lost == ["page.html"]
    assert (totals.pages, totals.changed) == (2, 1)


def test_a_renamed_placement_is_removed_and_added():
    layout = configurations.layout(max=1)
    renamed = layout.placement[0].model_copy(update={"name": "middle"})
    new = configurations.site(
        layout.model_copy(update={"pages": ("/**",), "placement": (renamed, *layout.placement[1:])})
    )
    found = change(site(max=1), new)
    assert {(each.kind, each.placement) for each in found.changes} == {
        ("removed", "inline"), ("added", "middle"),
    }  # fmt: skip


def test_a_change_of_the_language_alone_is_a_change():
    body = page(article("9").replace(b' lang="en"', b"").replace(b"council", b"xq"))
    old, new = (
        site(),
        configurations.site(
            configurations.layout().model_copy(update={"pages": ("/**",)}), default_language="tr"
        ),
    )
    found = change(old, new, body)
    assert found.changes == ()
    assert found.is_changed == (found.old.language != found.new.language)


def test_what_the_linter_finds_newly_is_told():
    crowded = site(every="50px", max=20)
    found = change(site(max=1), crowded)
    assert found.findings == () or all(": ad-slot" in each for each in found.findings)
    dense = configurations.site(
        configurations.layout(every="50px", max=20).model_copy(
            update={"pages": ("/**",), "max_density": configurations.layout().max_density.of(0.9)}
        )
    )
    assert any(each.startswith("density") for each in change(site(max=1), dense).findings)


def test_what_is_no_page_is_a_fault_and_not_an_end():
    other = page(b"{}")
    found = change(site(), site(), type(other)("a.json", "/a.json", b"{}", (
        (b"content-type", b"application/json"),)))  # fmt: skip
    assert "is no HTML page: its Content-Type is application/json" in found.fault
    assert Totals.of([found]).faults == 1


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    made = []
    for name, most in (("old", 6), ("new", 2)):
        folder = tmp_path / name
        (folder / "layouts").mkdir(parents=True)
        (folder / "layouts/article.toml").write_text(
            f'pages = ["/**"]\n[[placement]]\nname = "inline"\nkind = "inline"\nmax = {most}\n'
            "sizes = [[300, 250]]\n"
        )
        made.append(folder)
    return made[0], made[1]


@pytest.mark.parametrize("jobs", [1, 2])
def test_many_pages_are_compared_by_any_number_of_processes(folders, tmp_path, jobs):
    targets = []
    for number in range(30):
        file = tmp_path / f"{number}.html"
        file.write_bytes(article(str(3 + number)))
        targets.append(Target(str(file)))
    targets.append(Target(str(tmp_path / "gone.html")))
    found = dict(compared(targets, *folders, jobs=jobs))
    assert sorted(found) == list(range(31))
    assert "there is no file" in found[30].fault
    assert not found[0].is_changed
    assert found[29].old.slots["mobile"] == 6
    assert found[29].new.slots["mobile"] == 2
