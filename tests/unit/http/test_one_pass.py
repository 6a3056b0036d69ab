"""The plan for all of an experiment's layouts: one parse, one outline, one insertion a gap."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from adweave.http import Engine, Findings, PageHead
from adweave.http import engine as engine_module
from adweave.layout import planner as planner_module
from adweave.page import outline_of, read_page, weave
from adweave.placements import load

SLOTS = '[[placement]]\nname = "inline"\nkind = "inline"\nsizes = [[300, 250]]\n'
TEXT = "The ferry left before the tide had made up its mind, and nobody on the quay minded. " * 6
PAGE = (
    "<!doctype html><html lang=en><head><title>Ferry</title></head><body><article><h1>Ferry</h1>"
    + "".join(f"<p>{n}. {TEXT}</p>\n" for n in range(24))
    + "</article></body></html>"
).encode()
EVERY = {"one": "900px", "two": "600px", "three": "450px"}


@pytest.fixture
def site(tmp_path):
    for name, every in EVERY.items():
        pages = 'pages = ["/**"]\n' if name == "one" else ""
        file = tmp_path / "layouts" / f"{name}.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f'{pages}max_density = 0.9\n{SLOTS}every = "{every}"\nmax = 20\n')
    (tmp_path / "creatives").mkdir()
    (tmp_path / "creatives" / "house-300x250.html").write_text("<!doctype html><title>H</title>")
    (tmp_path / "experiments").mkdir()
    variants = "".join(f'[[variant]]\nname = "{n}"\nlayout = "{n}"\nweight = 1\n' for n in EVERY)
    (tmp_path / "experiments" / "many.toml").write_text(f'status = "running"\n{variants}')
    return load(tmp_path).site_or_raise()


def counted(monkeypatch, module, name, calls):
    real = getattr(module, name)

    def counting(*arguments, **options):
        calls[name] += 1
        return real(*arguments, **options)

    monkeypatch.setattr(module, name, counting)


def test_three_layouts_cost_one_parse_and_one_outline(site, monkeypatch):
    calls: Counter[str] = Counter()
    for name in ("read_page", "outline_of", "plan_for", "broken_insertions"):
        counted(monkeypatch, engine_module, name, calls)
    delivery = site.delivery_for("/story")
    assert len(delivery.layouts) == 3
    head = PageHead("text/html; charset=utf-8", None, (), None, delivery)
    Engine(site, "test").plan(PAGE, head)
    assert calls == {"read_page": 1, "outline_of": 1, "plan_for": 3, "broken_insertions": 1}


def test_the_article_is_measured_once_for_all_layouts(site, monkeypatch):
    calls: Counter[str] = Counter()
    for module in (engine_module, planner_module):
        counted(monkeypatch, module, "measures_of", calls)
    head = PageHead("text/html; charset=utf-8", None, (), None, site.delivery_for("/story"))
    Engine(site, "test").plan(PAGE, head)
    assert calls == {"measures_of": 1}


def test_each_distinct_gap_gets_one_insertion_whoever_wants_it(site):
    delivery, found = site.delivery_for("/story"), Findings()
    head = PageHead("text/html; charset=utf-8", None, (), None, delivery)
    plan = Engine(site, "test").plan(PAGE, head, found)
    wanted = [{slot.offset for slot in each.slots} for each in found.plans]
    union = set().union(*wanted)
    assert len(wanted) == 3
    assert sum(map(len, wanted)) > len(union) > max(map(len, wanted))
    assert Counter(offset for offset, _ in plan.insertions) == Counter(
        [*union, outline_of(read_page(PAGE, head.content_type)).head_offset]
    )


def test_a_slot_that_all_layouts_share_is_one_element_and_any_other_one_marker(site):
    delivery, found = site.delivery_for("/story"), Findings()
    head = PageHead("text/html; charset=utf-8", None, (), None, delivery)
    plan = Engine(site, "test").plan(PAGE, head, found)
    woven = weave(PAGE, plan.insertions, plan.encoding)
    wanted = [{(slot.offset, slot.viewports) for slot in each.slots} for each in found.plans]
    shared, all_places = set.intersection(*wanted), set().union(*wanted)
    assert woven.count(b"<ad-slot ") == len(shared)
    markers = re.findall(rb"<!--adweave:(\d+)-->", woven)
    assert len(markers) == len(set(markers)) == len(all_places) - len(shared)
    assert plan.slots == len(all_places)
