"""When a slot is asked for: near ones, the nearest first, few at a time, and only for readers."""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import Page, expect

from tests.browser.adserver import CREATIVE, AdServer, selling
from tests.browser.newsstand import Article, Newsstand, Response
from tests.browser.reading import MOBILE, OpenPage, frames
from tests.browser.reads import READS, fetched_and_seen
from tests.configurations import layout, site

HIDDEN = "Object.defineProperty(document, 'visibilityState', {get: () => window.shown || 'hidden'})"
SHOW = "window.shown = 'visible'; document.dispatchEvent(new Event('visibilitychange'))"


class Gates:
    """An ad server that answers only when it is let: `asked` has the slots' numbers in order."""

    def __init__(self, stand: Newsstand) -> None:
        self.asked: list[str] = []
        self._stand = stand
        self._gates: dict[str, threading.Event] = {}
        stand.answers["/ads/serve"] = self._serve

    def _serve(self, path: str, body: bytes) -> Response:
        number = path.partition("&n=")[2].partition("&")[0]
        gate = self._gates.setdefault(number, threading.Event())
        self.asked.append(number)  # last: who waits for it opens the gate next
        return Response([CREATIVE.encode()], gates={0: gate})

    def open(self, number: str) -> None:
        self._gates[number].set()

    def open_all(self) -> None:
        for gate in self._gates.values():
            gate.set()

    def wait_for(self, count: int) -> list[str]:
        self._stand.wait_for(lambda _: len(self.asked) >= count)
        return self.asked


@pytest.fixture
def gates(stand: Newsstand) -> Gates:
    AdServer(stand)
    return Gates(stand)


SHORT = Article(24, body=lambda n: f"<p id=p{n}>A short paragraph, number {n}.</p>")


def opened(
    stand: Newsstand,
    reader: OpenPage,
    article: Article,
    slots: list[int],
    *,
    parallel: int = 4,
    margin: str = "3 screens",
    script: str = "",
) -> Page:
    demand = {"parallel": parallel, "timeout_ms": 60_000}
    configuration = selling("iframe", demand=demand, lazy_margin=margin)
    stand.publish("/a", article, configuration, {"inline": slots})
    page = reader(MOBILE)
    page.add_init_script(script)
    page.goto("/a", wait_until="commit")
    return page


def quiet(page: Page) -> None:
    """Until what is due has been done: two frames, and the observers' callbacks after them."""
    frames(page)
    frames(page)


def test_no_more_than_so_many_are_asked_at_a_time(
    stand: Newsstand, reader: OpenPage, gates: Gates
) -> None:
    page = opened(stand, reader, SHORT, [2, 4, 6, 8, 10, 12], parallel=2)
    gates.wait_for(2)
    quiet(page)
    assert len(gates.asked) == 2
    gates.open(gates.asked[0])
    gates.wait_for(3)
    quiet(page)
    assert len(gates.asked) == 3
    for count in range(3, 7):
        gates.open_all()
        gates.wait_for(min(count + 1, 6))
    gates.open_all()
    expect(page.locator("ad-slot[data-state=filled]")).to_have_count(6)
    assert sorted(gates.asked) == ["1", "2", "3", "4", "5", "6"]


def test_the_nearest_is_asked_first(stand: Newsstand, reader: OpenPage, gates: Gates) -> None:
    page = opened(stand, reader, Article(30), [2, 8, 14, 20], parallel=1, margin="20 screens")
    gates.wait_for(1)
    assert gates.asked == ["1"]
    # The reader goes on to the last while the first is on its way.
    page.evaluate("document.querySelectorAll('ad-slot')[3].scrollIntoView({block: 'center'})")
    quiet(page)
    gates.open("1")
    assert gates.wait_for(2) == ["1", "4"]
    gates.open("4")
    assert gates.wait_for(3) == ["1", "4", "3"]
    gates.open_all()


# Browsers do not say in which order observers report: here the lowest slot's does first.
LAST_FIRST = """
const told = [];
const tell = () => {
  told.sort((one, other) => other.top - one.top);
  for (const { act } of told.splice(0)) act();
};
window.IntersectionObserver = class extends IntersectionObserver {
  constructor(act, options) {
    super((entries, self) => {
      told.push({ top: entries[0].boundingClientRect.top, act: () => act(entries, self) });
      setTimeout(tell, 20);
    }, options);
  }
};
"""


def test_of_several_in_the_window_the_upper_one_is_asked_first(
    stand: Newsstand, reader: OpenPage, gates: Gates
) -> None:
    opened(stand, reader, SHORT, [1, 2, 3], parallel=1, script=LAST_FIRST)
    for count in range(1, 4):
        assert gates.wait_for(count) == ["1", "2", "3"][:count]
        gates.open_all()


def test_a_slot_that_was_left_behind_before_its_turn_is_not_asked(
    stand: Newsstand, reader: OpenPage, gates: Gates
) -> None:
    page = opened(stand, reader, Article(40), [1, 2, 38], parallel=1, margin="0.5 screens")
    gates.wait_for(1)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    quiet(page)
    gates.open("1")
    assert gates.wait_for(2) == ["1", "3"]
    gates.open_all()
    expect(page.locator("ad-slot").last).to_have_attribute("data-state", "filled")
    assert gates.asked == ["1", "3"]
    # Coming back, it is.
    page.evaluate("scrollTo(0, 0)")
    assert gates.wait_for(3) == ["1", "3", "2"]
    gates.open_all()


def test_requests_wait_while_the_tab_is_in_the_background(
    stand: Newsstand, reader: OpenPage, gates: Gates
) -> None:
    page = opened(stand, reader, SHORT, [2, 4, 6], parallel=1)
    gates.wait_for(1)
    page.evaluate(HIDDEN)
    gates.open("1")
    expect(page.locator("ad-slot").first).to_have_attribute("data-state", "filled")
    quiet(page)
    assert gates.asked == ["1"]
    page.evaluate(SHOW)
    gates.wait_for(2)
    gates.open_all()


def test_a_prerendered_page_asks_for_nothing_until_it_is_shown(
    stand: Newsstand, reader: OpenPage, gates: Gates
) -> None:
    prerendering = (
        "Object.defineProperty(document, 'prerendering', {get: () => !window.shown});" + HIDDEN
    )
    page = opened(stand, reader, SHORT, [2], script=prerendering)
    page.wait_for_load_state("networkidle")
    quiet(page)
    assert gates.asked == []
    assert stand.batches == []
    page.evaluate(SHOW + "; document.dispatchEvent(new Event('prerenderingchange'))")
    gates.wait_for(1)
    gates.open_all()


def connection(**values: object) -> str:
    told = ", ".join(f"{name}: {value!r}" for name, value in values.items()).replace("True", "true")
    return f"Object.defineProperty(navigator, 'connection', {{value: {{{told}}}}})"


def test_who_saves_data_gets_an_ad_only_where_they_see_it(
    stand: Newsstand, reader: OpenPage, gates: Gates
) -> None:
    page = opened(
        stand, reader, Article(20), [1, 2, 12], script=connection(saveData=True, effectiveType="4g")
    )
    gates.wait_for(1)
    quiet(page)
    assert gates.asked == ["1"]
    gates.open_all()
    page.evaluate("document.querySelectorAll('ad-slot')[2].scrollIntoView()")
    gates.wait_for(2)
    gates.open_all()


@pytest.mark.parametrize(("kind", "count"), [("2g", 1), ("3g", 2), ("4g", 4)])
def test_slow_connections_carry_few_requests_at_a_time(
    stand: Newsstand, reader: OpenPage, gates: Gates, kind: str, count: int
) -> None:
    page = opened(stand, reader, SHORT, [2, 4, 6, 8, 10, 12], script=connection(effectiveType=kind))
    gates.wait_for(count)
    quiet(page)
    assert len(gates.asked) == count
    gates.open_all()


def test_fewer_ads_are_fetched_for_nobody_than_without_lazy_loading(
    stand: Newsstand, reader: OpenPage
) -> None:
    lazy = fetched_and_seen(stand, reader, site(layout(lazy_margin="0.5 screens")))
    eager = fetched_and_seen(stand, reader, site(layout(lazy_margin="100 screens")))
    print(f"fetched and never seen, of {len(READS)} reads: {lazy.unseen}; without: {eager.unseen}")
    assert eager.fetched == 6 * len(READS)
    # A loaded machine shows a reader less of either; the figures are for the docs.
    assert lazy.seen >= eager.seen // 2
    assert lazy.unseen * 2 <= eager.unseen
