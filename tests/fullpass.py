"""The whole way of an experiment: readers in the demo's newsroom, then the report on them.

`python -m tests.fullpass` starts `adweave demo`, sends readers made up by a seed through the
gateway over HTTP, and some by Chromium, ends it, and prints what `adweave report` says. Pages,
assignment, page tokens, intake and store are the real ones; what readers do on a page is drawn.
Those in `dense` scroll 8 % less and are paid 10 % less a slot, of which they have more: the report
has to find both.
"""

from __future__ import annotations

import contextlib
import html
import http.client
import json
import math
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from playwright.sync_api import Browser, sync_playwright

from adweave.demo import demo_folders
from adweave.demo.stories import stories
from adweave.experiments import choose_variant, hash_unit

LESS_SCROLLED = 0.08
PAID = {"control": 1.0, "dense": 0.9}
SEEN = {"control": 0.58, "dense": 0.52}
NO_CONSENT, BOTS, TWICE = 0.15, 0.02, 0.02
"""Shares: of readers without an id, of bots beside the readers, of batches that come twice."""

PHONE = (
    "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36"
)
BOT = "Mozilla/5.0 (compatible; Examplebot/2.1; +https://example.org/bot)"
PROGRAM = "from adweave.cli import main; main()"
_OURS = re.compile(r"<script[^>]* data-adweave='([^']*)'|<ad-slot ([^>]*)>|<!--adweave:(\d+)-->")
_BOX = re.compile(r'data-placement="inline".*? data-box="(\d+)-')


@dataclass(frozen=True, slots=True)
class Seen:
    """A woven page as a browser would understand it: slots on a phone, by variant."""

    events: str
    gen: str
    lang: str
    experiment: dict[str, Any]
    slots: tuple[int, ...]

    def variant_of(self, unit: str) -> int:
        """As the head script deals."""
        place = hash_unit(self.experiment["seed"], unit, self.experiment["hv"])
        assert place is not None
        index = choose_variant(place, [(low, high) for low, high in self.experiment["ranges"]])
        assert index is not None
        return index


def seen(page: str) -> Seen | None:
    """What the page says to scripts; None where it is not woven."""
    said: list[dict[str, Any]] = []
    always, own = 0, [0, 0]
    for script, attributes, marker in _OURS.findall(page):
        if script:
            said.append(json.loads(html.unescape(script)))
        elif attributes:
            always += _is_on_phones(attributes)
        else:
            told = said[0]["markers"][marker]
            box = (
                f'data-placement="{told["a"]["data-placement"]}" data-box="{told["a"]["data-box"]}'
            )
            for variant in told["v"]:
                own[variant] += _is_on_phones(box)
    loader = next((each for each in said if "events" in each), None)
    if loader is None:
        return None
    return Seen(
        loader["events"],
        loader["gen"],
        loader["lang"],
        loader["exp"],
        tuple(always + more for more in own),
    )


def _is_on_phones(attributes: str) -> bool:
    box = _BOX.search(attributes)
    return box is not None and box[1] != "0"


def reading(
    draw: random.Random, variant: str, slots: int
) -> Iterator[tuple[str, int, float | None]]:
    """What one reader does on one page: (kind, number of the slot or 0, value)."""
    yield "view", 0, None
    yield "exposure", 0, None
    depth = draw.betavariate(6, 3) * (1 - LESS_SCROLLED if variant == "dense" else 1)
    for slot in range(1, slots + 1):
        if slot / (slots + 1) > depth:
            break
        yield "request", slot, None
        if draw.random() < 0.1:
            yield "no-fill", slot, None
            continue
        yield "fill", slot, None
        yield "render", slot, round(0.002 * PAID[variant] * math.exp(draw.gauss(0, 0.6)), 6)
        if draw.random() < SEEN[variant]:
            yield "viewable", slot, None
            yield "in-view", slot, round(draw.expovariate(0.2), 1)
        if draw.random() < 0.004:
            yield "click", slot, None
    yield "scroll", 0, round(depth, 3)
    yield "shift", 0, 0.0


@dataclass(slots=True)
class Sent:
    """What was sent, to hold the report to: by variant where it is a dictionary."""

    visitors: int = 0
    without_id: int = 0  # page views
    passed: int = 0  # pages that came as they are
    views: dict[str, int] = field(default_factory=lambda: {"control": 0, "dense": 0})
    money: dict[str, float] = field(default_factory=lambda: {"control": 0.0, "dense": 0.0})
    bot_views: int = 0
    doubles: int = 0
    slots: dict[str, tuple[int, ...]] = field(default_factory=dict)  # of each story, on a phone

    def true_change(self, seed: int = 9, pages: int = 200_000) -> float:
        """The relative change in revenue per page view that the made-up readers would come to."""
        draw = random.Random(seed)
        earned = []
        for index, variant in enumerate(("control", "dense")):
            slots = [each[index] for each in self.slots.values()]
            earned.append(
                sum(
                    value or 0.0
                    for _ in range(pages)
                    for kind, _, value in reading(draw, variant, draw.choice(slots))
                    if kind == "render"
                )
            )
        return earned[1] / earned[0] - 1


class Crowd:
    """Readers on one connection, one after the other."""

    def __init__(self, address: str, seed: int) -> None:
        host, _, port = address.removeprefix("http://").partition(":")
        self._connection = http.client.HTTPConnection(host, int(port), timeout=30)
        self._draw = random.Random(seed)
        self._paths = [path for path in stories() if path.count("/") == 2]
        self._pages: dict[str, tuple[bytes, Seen]] = {}
        self.sent = Sent()

    def visit(self) -> None:
        """One reader with some page views, or a bot."""
        draw, sent = self._draw, self.sent
        is_bot = draw.random() < BOTS
        uid = None if draw.random() < NO_CONSENT else f"{draw.getrandbits(128):032x}"
        views = min(8, 1 + int(draw.expovariate(0.9)))
        uid_seen = None
        for _ in range(views):
            path = draw.choice(self._paths)
            page = self._fetched(path, BOT if is_bot else PHONE)
            if page is None:  # on a busy machine a page may take longer to plan than it may
                sent.passed += 1
                continue
            view = f"{draw.getrandbits(64):016x}"
            name, events = self._read(page, uid or view, view)
            sent.bot_views += is_bot
            if not is_bot and uid is None:
                sent.without_id += 1
            elif not is_bot:
                is_new, uid_seen = uid != uid_seen, uid
                sent.visitors += is_new
                sent.views[name] += 1
                sent.money[name] += sum(e["value"] for e in events if e["kind"] == "render")
            variant = page.experiment["variants"].index(name)
            batch = {
                "v": 1, "view": view, "unit": "visitor" if uid else "view", "uid": uid or view,
                "path": path, "lang": page.lang, "layout": page.experiment["layouts"][variant],
                "gen": page.gen, "exp": page.experiment["key"], "variant": name, "width": 360,
                "events": events,
            }  # fmt: skip
            again = not is_bot and draw.random() < TWICE
            sent.doubles += len(events) if again else 0
            for _ in range(2 if again else 1):
                assert self.post(page.events, json.dumps(batch).encode(), is_bot=is_bot) == 204

    def _read(self, page: Seen, unit: str, view: str) -> tuple[str, list[dict[str, Any]]]:
        variant = page.variant_of(unit)
        name = page.experiment["variants"][variant]
        kinds = list(reading(self._draw, name, page.slots[variant]))
        stay_ms = min(600_000, 40_000 * math.exp(self._draw.gauss(0, 0.8)))
        began = time.time() * 1000 - stay_ms
        events = [
            {
                "id": f"{view}-{number}",
                "kind": kind,
                "t": round(began + stay_ms * number / len(kinds)),
                "placement": "inline" if slot else None,
                "slot": f"inline-{slot}" if slot else None,
                "value": value,
            }
            for number, (kind, slot, value) in enumerate(kinds)
        ]
        return name, events

    def _fetched(self, path: str, agent: str) -> Seen | None:
        self._connection.request("GET", path, headers={"User-Agent": agent})
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status)
        known = self._pages.get(path)
        if known is not None and known[0] == body:
            return known[1]
        found = seen(body.decode())
        if found is not None:
            self._pages[path] = body, found
            self.sent.slots[path] = found.slots
        return found

    def page(self) -> Seen:
        """The page of a story, woven: asked for until it is."""
        while (found := self._fetched(self._paths[0], PHONE)) is None:
            pass
        return found

    def post(self, path: str, body: bytes, *, is_bot: bool = False) -> int:
        """Send a batch as `sendBeacon` does; the answer's status, 0 where it was cut off midway."""
        agent = BOT if is_bot else PHONE
        headers = {"User-Agent": agent, "Content-Type": "text/plain;charset=UTF-8"}
        try:
            self._connection.request("POST", path, body, headers)
            answer = self._connection.getresponse()
            answer.read()
        except ConnectionError:
            self._connection.close()  # the next request opens another
            return 0
        return answer.status


def browse(browser: Browser, address: str, readers: int) -> int:
    """Page views of a real browser, each with an id of its own, read slot by slot."""
    paths = [path for path in stories() if path.count("/") == 2]
    for number in range(readers):
        context = browser.new_context(
            base_url=address, viewport={"width": 360, "height": 780}, user_agent=PHONE
        )
        page = context.new_page()
        page.goto(paths[number % len(paths)])
        for slot in page.locator("ad-slot:visible").all():
            slot.scroll_into_view_if_needed()
            page.wait_for_function(
                "slot => slot.dataset.state === 'filled'", arg=slot.element_handle()
            )
        with page.expect_event("requestfinished", lambda r: "/_adweave/e?k=" in r.url):
            page.evaluate("dispatchEvent(new Event('pagehide'))")
        context.close()
    return readers


@contextlib.contextmanager
def newsroom(root: Path) -> Iterator[str]:
    """The demo as a process, its folder below `root`; the gateway's address. It ends with the
    block, its events on the disk."""
    placements = demo_folders(root).placements
    for name, old, new in (
        # All readers have the address of this machine.
        ("site.toml", "rate_per_minute = 3_000", "rate_per_minute = 0"),
        (
            "experiments/density.toml",
            "traffic = 1.0",
            'traffic = 1.0\nprimary = "revenue_per_view"',
        ),
    ):
        text = (placements / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, (name, old)
        (placements / name).write_text(text.replace(old, new), encoding="utf-8")
    command = [sys.executable, "-c", PROGRAM, "demo", "--keep", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = None
            for line in process.stdout:
                address = re.search(r"http://127\.0\.0\.1:\d+", line)
                if address is not None:
                    break
            assert address is not None, "the demo did not start"
            yield address[0]
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        finally:
            process.kill()


def report(root: Path, *options: str) -> str:
    """What `adweave report density` prints."""
    folders = demo_folders(root)
    command = [
        sys.executable, "-c", PROGRAM, "report", "density", "--placements", str(folders.placements),
        "--state", str(folders.state), *options,
    ]  # fmt: skip
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


@click.command()
@click.option("--visitors", default=5_000, show_default=True, help="Made-up readers.")
@click.option("--browsers", default=8, show_default=True, help="Readers in Chromium.")
@click.option("--seed", default=4, show_default=True)
@click.option("--seconds", default=300, show_default=True, help="No reader starts after these.")
@click.option(
    "--html", "page", type=click.Path(path_type=Path), metavar="FILE", help="Keep the page here."
)
def main(visitors: int, browsers: int, seed: int, seconds: int, page: Path | None) -> None:
    """Send readers through the demo and print the report on them."""
    with TemporaryDirectory(prefix="adweave-fullpass-") as name:
        root = Path(name)
        began = time.monotonic()
        with newsroom(root) as address:
            crowd = Crowd(address, seed)
            for _ in range(visitors):
                if time.monotonic() - began > seconds:
                    break
                crowd.visit()
            real = 0
            if browsers:
                with sync_playwright() as playwright:
                    chromium = playwright.chromium.launch(
                        executable_path="/usr/bin/chromium", args=["--no-sandbox"]
                    )
                    real = browse(chromium, address, browsers)
        sent = crowd.sent
        click.echo(
            f"{sent.visitors:,} visitors with {sum(sent.views.values()):,} page views, "
            f"{sent.without_id:,} page views without an id, {sent.bot_views:,} of bots, "
            f"{sent.doubles:,} events sent twice, {sent.passed} pages that were passed, "
            f"{real} readers in Chromium, in {time.monotonic() - began:.0f} s.\n"
            f"True change: revenue per page view {sent.true_change():+.1%}, "
            f"scroll depth {-LESS_SCROLLED:+.1%}.\n"
        )
        click.echo(report(root, *(["--html", str(page.absolute())] if page else [])))
        document = json.loads(report(root, "--json"))
        click.echo(f"--json: {len(json.dumps(document)):,} bytes, {document['events']}")


if __name__ == "__main__":
    main()
