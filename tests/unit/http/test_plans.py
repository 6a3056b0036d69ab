from __future__ import annotations

import pickle
import random
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from adweave.http import Engine, PageHead, PagePlan
from adweave.http.plans import Shelf
from adweave.http.store import BoundedStore
from adweave.placements import load
from tests.golden import SHIPPED

markup = st.binary(max_size=40) | st.lists(
    st.sampled_from([b"}}", b"a{b{c:d", b"x" * 200, b"}", b"}'", b'"markers":{', b'"data-box":"']),
    max_size=12,
).map(b"".join)


def planned_with_an_experiment(folder, paragraphs):
    """A page's plan while the shipped experiment runs: the most that a plan carries."""
    for file in SHIPPED.rglob("*"):
        if file.is_file():
            target = folder / file.relative_to(SHIPPED)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    experiment = folder / "experiments" / "density.toml"
    experiment.write_text(experiment.read_text().replace('status = "draft"', 'status = "running"'))
    site = load(folder).site
    text = "The ferry left before the tide had made up its mind, and nobody minded. " * 8
    page = "<!doctype html><html lang=en><head><title>Ferry</title></head><body><article>"
    page += "".join(f"<p>{n}. {text}</p>" for n in range(paragraphs)) + "</article></body></html>"
    head = PageHead("text/html; charset=utf-8", None, (), None, site.delivery_for("/story"))
    return Engine(site, "test").plan(page.encode(), head)


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), markup), max_size=8))
def test_a_plan_gives_back_what_was_put_in(insertions):
    plan = PagePlan(insertions, "UTF-8", 3, "article", "en")
    assert plan.insertions == tuple(insertions)
    assert plan == PagePlan(tuple(insertions), "UTF-8", 3, "article", "en")
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_plans_share_the_markup_that_is_the_same_on_both():
    style = (
        b"<style>" + b"".join(b"@media all{.a%d{color:red}}" % n for n in range(60)) + b"</style>"
    )
    one = PagePlan([(9, style), (20, b"<i></i>")], "UTF-8", 1, "article", "en")
    two = PagePlan([(7, bytes(bytearray(style))), (44, b"<i></i>")], "UTF-8", 1, "article", "en")
    assert two.size_bytes < 800 < len(style) < one.size_bytes
    assert one != two


def test_a_full_shelf_starts_anew_and_plans_keep_what_they_have():
    shelf = Shelf(most=3)
    first, new = shelf.row([b"one", b"two"])
    assert new == 6
    shelf.row([b"three", b"four"])
    assert shelf.row([b"one"]) == ((b"one",), 3)
    assert first == (b"one", b"two")


def test_a_plan_in_the_store_takes_at_most_2_kb(tmp_path):
    """With an experiment running and an article of 60 paragraphs: more slots than are usual."""
    plan = planned_with_an_experiment(tmp_path, 60)
    assert plan.slots >= 12
    insertions, chance = plan.insertions, random.Random(5)
    count = 500

    def as_from_another_page():
        # The same structure at other places, in bytes of its own as the renderer makes them.
        return PagePlan(
            [(offset + chance.randrange(99), bytes(bytearray(m))) for offset, m in insertions],
            plan.encoding, plan.slots, plan.layout, plan.lang,
        )  # fmt: skip

    store: BoundedStore[PagePlan] = BoundedStore(max_count=count, max_bytes=1 << 40)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(count):
        made = as_from_another_page()
        store.put(chance.randbytes(16), made, made.size_bytes)
    taken = (tracemalloc.get_traced_memory()[0] - before) / count
    tracemalloc.stop()
    assert sum(len(m) for _, m in insertions) > 6_000
    assert taken < 2_000
    assert store.size_bytes / count < 2_000
