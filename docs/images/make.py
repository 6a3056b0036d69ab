"""Take the README's pictures: one article as the CMS sends it, woven, and filled.

Runs the real thing (the demo's newsroom and gateway, Chromium) at 360 px and 1280 px and puts
the three states side by side, one picture for each width. `make docs-images`.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).resolve().parent
LARGEST_BYTES = 150_000
CAPTIONS = ("as the CMS sends it", "woven: place and label reserved", "filled as the reader nears")
ARTICLE = "English, on a Turkish template"
TO_FIRST_SLOT = "document.querySelector('ad-slot').scrollIntoView({block: 'center'})"
IS_FILLED = "document.querySelector('ad-slot').dataset.state === 'filled'"
SCROLLED = "[document.documentElement.scrollTop, document.documentElement.scrollHeight]"


@dataclass(frozen=True)
class Format:
    """A window in CSS px, and the width in px that each of the three states has in the picture."""

    name: str
    window: tuple[int, int]
    width: int


FORMATS = (Format("mobile", (360, 720), 300), Format("desktop", (1280, 820), 480))


def main() -> None:
    """Start the demo, take the pictures, end it."""
    with _demo() as (plain, woven), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("ADWEAVE_CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        for form in FORMATS:
            path = HERE / f"woven-{form.name}.png"
            path.write_bytes(_side_by_side(list(_states(browser, form, plain, woven)), form))
            print(f"{path.relative_to(HERE.parents[1])}: {path.stat().st_size:,} bytes")
        browser.close()


@contextmanager
def _demo() -> Iterator[tuple[str, str]]:
    """The article's address at the newsroom and through adweave, as the demo prints them."""
    program = Path(sys.executable).with_name("adweave")
    with subprocess.Popen([str(program), "demo"], stdout=subprocess.PIPE, text=True) as demo:
        try:
            assert demo.stdout is not None
            printed = ""
            while "Ctrl-C" not in printed:
                line = demo.stdout.readline()
                if not line:
                    raise SystemExit(f"the demo ended:\n{printed}")
                printed += line
            woven = _address(printed, ARTICLE)
            site = _address(printed, "Without adweave")
            yield site.rstrip("/") + urlsplit(woven).path, woven
        finally:
            demo.send_signal(signal.SIGINT)


def _address(printed: str, name: str) -> str:
    found = re.search(rf"{re.escape(name)} +(http\S+)", printed)
    if found is None:
        raise SystemExit(f"the demo does not print {name!r}:\n{printed}")
    return found.group(1)


def _states(browser: Browser, form: Format, plain: str, woven: str) -> Iterator[Image.Image]:
    """The same part of the article three times; where the slot will be, in the middle."""
    width, height = form.window
    page = browser.new_page(viewport={"width": width, "height": height})
    # A creative that is still on its way: the slot as it is before it is filled.
    page.route("**/_adweave/c/**", lambda route: None)
    page.goto(woven, wait_until="domcontentloaded")
    page.evaluate(TO_FIRST_SLOT)
    loading = _shot(page.screenshot())
    top, _ = page.evaluate(SCROLLED)
    page.close()

    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(plain)
    page.evaluate("(top) => scrollTo(0, top)", top)
    yield _shot(page.screenshot())
    page.close()

    yield loading

    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(woven)
    page.evaluate(TO_FIRST_SLOT)
    page.wait_for_function(IS_FILLED)
    yield _shot(page.screenshot())
    page.close()


def _shot(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def _side_by_side(shots: list[Image.Image], form: Format) -> bytes:
    """The states with their captions, as a PNG of few colours."""
    gap, caption = 16, 30
    height = round(form.window[1] * form.width / form.window[0])
    size = (3 * form.width + 4 * gap, height + caption + 2 * gap)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(15)
    for n, (shot, text) in enumerate(zip(shots, CAPTIONS, strict=True)):
        left = gap + n * (form.width + gap)
        draw.text((left, gap // 2), text, fill="#333333", font=font)
        frame = (left - 1, caption + gap // 2 - 1, left + form.width, caption + gap // 2 + height)
        sheet.paste(
            shot.resize((form.width, height), Image.Resampling.LANCZOS), (left, caption + gap // 2)
        )
        draw.rectangle(frame, outline="#bbbbbb")
    for colours in (128, 64, 32, 16):
        stream = io.BytesIO()
        sheet.quantize(colours, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
        if stream.tell() < LARGEST_BYTES:
            return stream.getvalue()
    raise SystemExit(f"the picture at {form.window[0]} px does not fit {LARGEST_BYTES:,} bytes")


if __name__ == "__main__":
    main()
