"""What readers of Firefox and Safari get: the same boxes, ads and events, and nothing that moves.

Neither engine measures layout shifts, and Safari's has no scroll anchoring, so what is in the
window is compared from frame to frame.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator

import pytest

from tests.browser.engines import Engine, firefox, until, webkit
from tests.browser.newsstand import Article, Gaps, Newsstand, Response
from tests.configurations import creative, experiment, layout, site

# As narrow as WebKitGTK's own browser can be.
NARROW = (480, 800)
WIDE = (1280, 720)
SLOTS: Gaps = {"inline": [1, 4, 7, 10, 13], "notice": [16]}
ENGINES = {
    "firefox": (firefox, {"firefox-esr": "firefox-esr"}),
    "webkit": (webkit, {"WebKitWebDriver": "webkit2gtk-driver", "Xvfb": "xvfb"}),
}

# From the page's first script on: what the page complains of, and what moved while it was seen.
WATCH = """
window.complaints = [];
window.moves = [];
for (const kind of ["error", "warn"]) console[kind] = (...all) => complaints.push(all.join(" "));
const fault = ({ message, target }) => complaints.push(message ?? target.outerHTML);
addEventListener("error", fault, true);
addEventListener("unhandledrejection", ({ reason }) => complaints.push(String(reason)));
let before = new Map();
const look = () => {
  const now = new Map();
  for (const element of document.querySelectorAll("h1, p, ad-slot, ad-notice")) {
    const { x, top, bottom, width, height } = element.getBoundingClientRect();
    if (bottom <= 0 || top >= innerHeight || !height) continue;
    now.set(element, [x, top + scrollY, width, height]);
    const was = before.get(element);
    if (was?.some((value, n) => Math.abs(value - now.get(element)[n]) > 0.51)) {
      moves.push([element.id || element.localName, was, now.get(element)]);
    }
  }
  before = now;
  requestAnimationFrame(look);
};
addEventListener("load", look);
"""
READ = """
const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
const rest = () => document.documentElement.scrollHeight - innerHeight - scrollY;
const down = async (step) => {
  while (rest() > 1) { scrollBy(0, step); await frame(); await frame(); }
};
await down(260);
scrollTo(0, 0);
await frame(); await frame();
await down(2500);
scrollTo(0, 300);
await frame(); await frame();
return [moves, complaints];
"""


@pytest.fixture(scope="module", params=ENGINES)
def running(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The browser; skipped where it is not installed."""
    start, programs = ENGINES[request.param]
    missing = {package for program, package in programs.items() if not shutil.which(program)}
    if missing:
        pytest.skip(f"no {request.param}: apt-get install {' '.join(sorted(missing))}")
    with start() as engine:
        yield engine


@pytest.fixture
def engine(running: Engine) -> Engine:
    """The browser, with a narrow window."""
    running.resize(*NARROW)
    return running


def watched(response: Response, script: str = "") -> None:
    """Has a page watched, and `script` run before anything of ours."""
    tag = b"<meta charset=utf-8>"
    own = f"{WATCH}{script}".encode()
    response.chunks[0] = response.chunks[0].replace(tag, b"%s<script>%s</script>" % (tag, own), 1)


SOME = "document.querySelector('ad-slot[data-state]')?.localName"


def in_state(state: str, count: int) -> str:
    return f"document.querySelectorAll('ad-slot[data-state={state}]').length === {count}"


def test_the_watch_sees_a_page_that_does_jump(stand: Newsstand, engine: Engine) -> None:
    watched(stand.publish("/a", Article(), site(layout()), SLOTS))
    engine.open(f"{stand.origin}/a")
    until(engine, "before.size")
    engine.run("document.querySelector('#p0').style.marginTop = '80px'")
    until(engine, "moves.length")


@pytest.mark.parametrize("keys", [{}, {"label_style": "below"}], ids=["above", "below"])
def test_boxes_follow_their_columns_before_the_loader_runs(
    stand: Newsstand, engine: Engine, keys: dict[str, str]
) -> None:
    widths = {1: 1000, 2: 800, 3: 660, 4: 330}
    css = "article>*{margin-left:auto;margin-right:auto}" + "".join(
        f"ad-slot[data-n='{n}']{{max-width:{width}px}}" for n, width in widths.items()
    )
    stand.publish("/a", Article(css=css), site(layout(**keys)), {"inline": [2, 4, 6, 8]})
    loader = next(path for path in stand.responses if path.startswith("/_adweave/loader-"))
    stand.responses[loader].gates[0] = threading.Event()
    boxes = (
        "return Array.from(document.querySelectorAll('ad-slot'), (slot) => "
        "{ const { width, height } = slot.getBoundingClientRect(); return [width, height] })"
    )
    for window, high in ((WIDE, (250, 90, 250, 250)), (NARROW, (250, 250, 250, 250))):
        engine.resize(*window)
        engine.open(f"{stand.origin}/a?{window[0]}")
        until(engine, "document.querySelector('footer')?.localName")
        expected = [
            [min(width, window[0]), height + 24]
            for width, height in zip(widths.values(), high, strict=True)
        ]
        assert engine.run(boxes) == expected
        assert engine.run("return document.documentElement.scrollWidth") == window[0]


def test_a_read_fills_the_slots_moves_nothing_and_is_told(stand: Newsstand, engine: Engine) -> None:
    watched(stand.publish("/a", Article(), site(layout(lazy_margin="1.5 screens")), SLOTS))
    engine.open(f"{stand.origin}/a")
    until(engine, SOME)
    assert len(stand.creative_requests) < 5
    assert engine.run(READ) == [[], []]
    until(engine, in_state("filled", 5))
    engine.run("document.querySelector('ad-slot').scrollIntoView({ block: 'center' })")
    stand.wait_for(lambda stand: bool(stand.events("viewable")))
    assert engine.run("return [moves, complaints]") == [[], []]
    engine.open("about:blank")
    stand.wait_for(lambda stand: bool(stand.events("in-view")))
    kinds = [event["kind"] for event in stand.events()]
    assert {kind: kinds.count(kind) for kind in ("view", "request", "fill", "render")} == {
        "view": 1,
        "request": 5,
        "fill": 5,
        "render": 5,
    }
    (scroll,) = stand.events("scroll")
    assert scroll["value"] == 1
    # Who measures no shift has not measured that there was none.
    assert "shift" not in kinds


def test_slots_without_an_ad_collapse_below_the_window_alone(
    stand: Newsstand, engine: Engine
) -> None:
    nothing = site(layout(lazy_margin="1 screens"), creatives=())
    watched(stand.publish("/a", Article(), nothing, SLOTS))
    engine.open(f"{stand.origin}/a")
    until(engine, SOME)
    assert engine.run(READ) == [[], []]
    until(engine, in_state("empty", 5))
    hidden = engine.run("return Array.from(document.querySelectorAll('ad-slot'), (s) => s.hidden)")
    assert hidden[0] is False
    assert hidden[-1] is True


def test_an_ad_wider_than_its_column_is_shown_whole(stand: Newsstand, engine: Engine) -> None:
    css = "article{width:220px;margin:auto}"
    stand.publish("/a", Article(css=css), site(layout()), {"inline": [1]})
    engine.open(f"{stand.origin}/a")
    until(engine, in_state("filled", 1))
    # What is in the frame is laid out in its full size, and drawn in the column's.
    laid_out, drawn, offset = engine.run(
        "const slot = document.querySelector('ad-slot'), frame = slot.firstElementChild;"
        "const outer = slot.getBoundingClientRect(), inner = frame.getBoundingClientRect();"
        "return [frame.clientWidth, inner.width, inner.x - outer.x]"
    )
    assert laid_out == 300
    assert drawn == pytest.approx(220, abs=1)
    assert offset == pytest.approx(0, abs=1)


def test_a_click_in_an_ad_is_counted(stand: Newsstand, engine: Engine) -> None:
    page = "<!doctype html><a href=#x style='display:block;height:250px'>Buy</a>"
    linked = site(layout(), creatives=(creative("linked", 300, 250, page),))
    watched(stand.publish("/a", Article(), linked, {"inline": [0]}))
    engine.open(f"{stand.origin}/a")
    until(engine, in_state("filled", 1))
    engine.click(20, 20)
    x, y = engine.run(
        "const { x, y, width, height } = "
        "document.querySelector('ad-slot > iframe').getBoundingClientRect();"
        "return [x + width / 2, y + height / 2]"
    )
    engine.click(int(x), int(y))
    until(engine, "document.activeElement.localName === 'iframe'")
    engine.open("about:blank")
    stand.wait_for(lambda stand: bool(stand.events("click")))
    (click,) = stand.events("click")
    assert click["slot"] == "inline-1"


NO_STORAGE = """
const forbidden = () => { throw new DOMException("not allowed", "SecurityError"); };
Object.defineProperty(window, "localStorage", { get: forbidden });
Object.defineProperty(Document.prototype, "cookie", { get: forbidden, set: forbidden });
"""


def test_who_forbids_storage_gets_a_variant_for_this_page_view(
    stand: Newsstand, engine: Engine
) -> None:
    both = site(layout("article"), layout("dense"), experiment=experiment())
    gaps: tuple[Gaps, Gaps] = ({"inline": [1]}, {"inline": [1, 4]})
    watched(stand.publish("/a", Article(), both, *gaps), NO_STORAGE)
    engine.open(f"{stand.origin}/a")
    until(engine, in_state("filled", 1))
    variant, count = engine.run(
        "return [adweave.variant, document.querySelectorAll('ad-slot').length]"
    )
    assert count == variant + 1
    stand.wait_for(lambda stand: bool(stand.events("exposure")))
    assert stand.events("exposure")[0]["unit"] == "view"
    assert engine.run("return complaints") == []


def test_a_browser_without_beacons_shows_ads_and_throws_nothing(
    stand: Newsstand, engine: Engine
) -> None:
    response = stand.publish("/a", Article(), site(layout()), {"inline": [1]})
    watched(response, "delete Navigator.prototype.sendBeacon;")
    engine.open(f"{stand.origin}/a")
    until(engine, in_state("filled", 1))
    engine.run("dispatchEvent(new Event('pagehide'))")
    assert engine.run("return complaints") == []
    assert stand.batches == []
