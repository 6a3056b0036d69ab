"""Ten thousand visitors of an experiment behind nginx's cache: its hits, the split, what is seen.

Every visitor asks the cache; the page that it gives them all is read in Chromium, where each has
the head script deal a variant. The cache is asked the same without the experiment.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page

from adweave.experiments import assign
from tests.browser.cached import SLOT, CachedSite
from tests.browser.reading import MOBILE, WATCH_SHIFTS, NewReader, scroll_to_end, shifts
from tests.deploy.test_shared_cache import UNEVEN, was_kept
from tests.unit.http.wire import Client

VISITORS = 10_000
EXPERIMENT = f'status = "running"\n{UNEVEN}'
FILES = {
    "site.toml": '[consent]\nvisitor_id = "assumed"\n',
    "layouts/article.toml": f'pages = ["/**"]\n{SLOT}max = 1\n',
    "layouts/dense.toml": f'{SLOT}max = 3\nevery = "500px"\n',
}

# Runs the page's own head script for visitors who come for the first time, and tells who they are
# and what they were dealt. The document is long parsed: what it would watch for does not come.
DEAL = """
count => {
  const script = [...document.scripts].find(each => each.text.includes("adweave"));
  window.MutationObserver = class { observe() {} disconnect() {} };
  const dealt = [];
  for (let n = 0; n < count; n++) {
    localStorage.clear();
    const again = document.createElement("script");
    for (const {name, value} of script.attributes) again.setAttribute(name, value);
    again.text = script.text;
    document.head.append(again);
    again.remove();
    dealt.push([window.adweave.uid, window.adweave.variant, window.adweave.unit]);
  }
  return dealt;
}
"""


@pytest.fixture
def site_with(tmp_path: Path) -> Iterator[Callable[[str, dict[str, str]], CachedSite]]:
    """Starts a site with those files behind a cache of its own."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed: apt-get install nginx")
    with ExitStack() as stack:

        def started(name: str, files: dict[str, str]) -> CachedSite:
            (tmp_path / name).mkdir()
            return CachedSite(tmp_path / name, stack, {**FILES, **files})

        yield started


def ask(site: CachedSite) -> tuple[int, set[bytes]]:
    """How often the cache had the page for so many visitors, and what bodies it gave them."""

    def read(count: int) -> list[tuple[bool, bytes]]:
        with Client(site.port) as client:
            answers = [client.get("/a") for _ in range(count)]
        return [(was_kept(answer), answer.body) for answer in answers]

    with Client(site.port) as client:
        client.get("/a")  # so that the eight below do not all miss at once
    with ThreadPoolExecutor(8) as pool:
        seen = [one for part in pool.map(read, [VISITORS // 8] * 8) for one in part]
    assert len(seen) == VISITORS
    return sum(kept for kept, _ in seen), {body for _, body in seen}


def seen_slots(page: Page) -> int:
    return page.locator("ad-slot").count()


def test_ten_thousand_visitors_share_one_page_and_are_split_as_configured(
    site_with: Callable[[str, dict[str, str]], CachedSite], somebody: NewReader
) -> None:
    plain_hits, plain_bodies = ask(site_with("plain", {}))
    tested = site_with("tested", {"experiments/density.toml": EXPERIMENT})
    hits, bodies = ask(tested)
    assert hits == plain_hits == VISITORS
    assert len(bodies) == len(plain_bodies) == 1

    somebody().new_page().goto(f"{tested.origin}/a")  # compressed: the cache keeps it apart
    page = somebody().new_page()
    answer = page.goto(f"{tested.origin}/a")
    assert answer is not None
    assert answer.headers["x-cache"] == "HIT"
    assert {answer.body()} == bodies
    dealt = page.evaluate(DEAL, VISITORS)
    assert len({uid for uid, _, _ in dealt}) == VISITORS
    density = tested.site.experiments["density"]
    for uid, variant, unit in dealt:
        assert unit == "visitor"
        assert variant == assign(density, uid)
    # 0.3 of 10,000 is 3,000; five standard deviations are 229.
    assert abs(sum(variant == 0 for _, variant, _ in dealt) - 0.3 * VISITORS) < 229


def test_each_variants_page_has_its_slots_alone_and_nothing_moves(
    site_with: Callable[[str, dict[str, str]], CachedSite], somebody: NewReader
) -> None:
    tested = site_with("tested", {"experiments/density.toml": EXPERIMENT})
    density = tested.site.experiments["density"]
    units = (f"{number:032x}" for number in range(1_000))
    unit_in = {assign(density, unit): unit for unit in units}
    slots = {}
    for variant in (0, 1):
        reader = somebody(viewport=MOBILE)
        reader.add_init_script(f"localStorage.setItem('adweave.id', '{unit_in[variant]}')")
        reader.add_init_script(WATCH_SHIFTS)
        page = reader.new_page()
        page.goto(f"{tested.origin}/a")
        slots[variant] = seen_slots(page)
        assert page.evaluate("window.adweave.variant") == variant
        scroll_to_end(page)
        assert shifts(page) == []
        assert seen_slots(page) == slots[variant]
    assert 0 < slots[0] < slots[1]


# What the parser and the head script made, without what cannot be seen or matched: comments and our
# own elements in the head. And the selectors of our rules that match something.
MADE = """
() => {
  const own = [...document.styleSheets].filter(each => "adweave" in each.ownerNode.dataset);
  const rules = own.flatMap(sheet => [...sheet.cssRules]).flatMap(
    rule => rule.selectorText ? [rule] : [...rule.cssRules ?? []]);
  const matching = rules.map(rule => rule.selectorText).filter(
    each => each && document.querySelector(each.replace(/::[a-z-]+(\\([^)]*\\))?/g, "")));
  const copy = document.documentElement.cloneNode(true);
  for (const each of copy.querySelectorAll("[data-adweave]")) each.remove();
  const comments = document.createNodeIterator(copy, NodeFilter.SHOW_COMMENT);
  for (let each; each = comments.nextNode();) each.remove();
  copy.normalize();
  for (const slot of copy.querySelectorAll("ad-slot")) {
    const attributes = [...slot.attributes].sort((a, b) => a.name < b.name ? -1 : 1);
    for (const {name} of attributes) slot.removeAttribute(name);
    for (const {name, value} of attributes) slot.setAttribute(name, value);
  }
  return [copy.outerHTML, matching];
}
"""


def test_a_page_has_no_element_and_no_rule_at_work_of_the_other_variant(
    site_with: Callable[[str, dict[str, str]], CachedSite], somebody: NewReader
) -> None:
    """Each variant's reader has the very document of a site that has only that variant's layout."""
    dense = FILES["layouts/dense.toml"].replace("[[300, 250]]", "[[336, 280]]")
    control = FILES["layouts/article.toml"]
    tested = site_with(
        "tested", {"experiments/density.toml": EXPERIMENT, "layouts/dense.toml": dense}
    )
    density = tested.site.experiments["density"]
    units = (f"{number:032x}" for number in range(1_000))
    unit_in = {assign(density, unit): unit for unit in units}
    alone = {
        0: {"layouts/article.toml": control},
        1: {"layouts/article.toml": f'pages = ["/**"]\n{dense}'},
    }
    for variant, files in alone.items():
        made = []
        for site in (tested, site_with(f"alone{variant}", files)):
            reader = somebody(viewport=MOBILE)
            reader.add_init_script(f"localStorage.setItem('adweave.id', '{unit_in[variant]}')")
            page = reader.new_page()
            page.route("**/_adweave/loader-*", lambda route: route.abort())
            page.goto(f"{site.origin}/a")
            made.append(page.evaluate(MADE))
        (document, rules), (alone_document, alone_rules) = made
        assert document == alone_document
        assert set(rules) == set(alone_rules)
        assert "<ad-slot " in document
        assert any("data-box" in rule for rule in rules)
