"""Take the docs' pictures: an article as the CMS sends it, woven, and filled.

Runs the real thing (the demo's newsroom and gateway, Chromium). For the README: one article at
360 px and 1280 px, the three states side by side, one picture for each width. For the docs: the
same states in four languages, light and dark, one picture for each of three widths.
`make docs-images`.
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
from typing import Literal
from urllib.parse import urlsplit

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, Route, ViewportSize, sync_playwright

Scheme = Literal["light", "dark"]

HERE = Path(__file__).resolve().parent
LARGEST_BYTES = 150_000
CAPTIONS = ("as the CMS sends it", "woven: place and label reserved", "filled as the reader nears")
ARTICLE = "English, on a Turkish template"
# Some slots are there for the other kind of window only.
FIRST = "Array.from(document.querySelectorAll('ad-slot')).find((slot) => slot.offsetHeight)"
TO_FIRST_SLOT = f"{FIRST}.scrollIntoView({{block: 'center'}})"
IS_FILLED = f"{FIRST}.dataset.state === 'filled'"
# The same reader in all three states, so that an experiment gives each the same variant.
SAME_READER = "crypto.getRandomValues = (bytes) => bytes.fill(7)"
SCROLLED = "[document.documentElement.scrollTop, document.documentElement.scrollHeight]"


@dataclass(frozen=True)
class Format:
    """A window in CSS px, and the width in px that each of the three states has in the picture."""

    name: str
    window: tuple[int, int]
    width: int


FORMATS = (Format("mobile", (360, 720), 300), Format("desktop", (1280, 820), 480))

# In the docs only a strip around the slot is shown, so many px high.
STRIP = 430
LANGUAGES = ("English", "Turkish", "Arabic", "Japanese")
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
WIDTHS = (
    Format("mobile", (360, 780), 240),
    Format("tablet", (768, 1024), 300),
    Format("desktop", (1280, 820), 360),
)
LARGEST_SHEET_BYTES = 400_000


def main() -> None:
    """Start the demo, take the pictures, end it."""
    with _demo() as printed, sync_playwright() as playwright:
        plain, woven = _addresses(printed, ARTICLE)
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("ADWEAVE_CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        for form in FORMATS:
            path = HERE / f"woven-{form.name}.png"
            path.write_bytes(_side_by_side(list(_states(browser, form, plain, woven)), form))
            print(f"{path.relative_to(HERE.parents[1])}: {path.stat().st_size:,} bytes")
        for form in WIDTHS:
            path = HERE / f"languages-{form.name}.png"
            path.write_bytes(_sheet(browser, form, printed))
            print(f"{path.relative_to(HERE.parents[1])}: {path.stat().st_size:,} bytes")
        browser.close()


@contextmanager
def _demo() -> Iterator[str]:
    """What the demo prints once it is up; it runs for as long as the block."""
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
            yield printed
        finally:
            demo.send_signal(signal.SIGINT)


def _addresses(printed: str, article: str) -> tuple[str, str]:
    """An article's address at the newsroom and through adweave."""
    woven = _address(printed, article)
    site = _address(printed, "Without adweave")
    return site.rstrip("/") + urlsplit(woven).path, woven


def _address(printed: str, name: str) -> str:
    found = re.search(rf"{re.escape(name)} +(http\S+)", printed)
    if found is None:
        raise SystemExit(f"the demo does not print {name!r}:\n{printed}")
    return found.group(1)


def _states(
    browser: Browser, form: Format, plain: str, woven: str, scheme: Scheme = "light"
) -> Iterator[Image.Image]:
    """The same part of the article three times; where the slot will be, in the middle."""
    width, height = form.window
    window: ViewportSize = {"width": width, "height": height}
    page = browser.new_page(viewport=window, color_scheme=scheme)
    page.add_init_script(SAME_READER)
    # A creative that is still on its way: the slot as it is before it is filled.
    held: list[Route] = []
    page.route("**/_adweave/c/**", lambda route: held.append(route))
    page.goto(woven, wait_until="domcontentloaded")
    page.evaluate(TO_FIRST_SLOT)
    loading = _shot(page.screenshot())
    top, _ = page.evaluate(SCROLLED)
    for route in held:
        route.abort()
    page.close()

    page = browser.new_page(viewport=window, color_scheme=scheme)
    page.goto(plain)
    page.evaluate("(top) => scrollTo(0, top)", top)
    yield _shot(page.screenshot())
    page.close()

    yield loading

    page = browser.new_page(viewport=window, color_scheme=scheme)
    page.add_init_script(SAME_READER)
    page.goto(woven)
    page.evaluate(TO_FIRST_SLOT)
    page.wait_for_function(IS_FILLED)
    yield _shot(page.screenshot())
    page.close()


def _shot(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def _sheet(browser: Browser, form: Format, printed: str) -> bytes:
    """Languages and colour schemes below each other, the three states side by side."""
    width, height = form.window
    shown = (form.width, round(STRIP * form.width / width))
    gap, caption = 10, 22
    rows = [(language, scheme) for language in LANGUAGES for scheme in SCHEMES]
    size = (3 * (shown[0] + gap) + gap, len(rows) * (shown[1] + gap + caption) + gap)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    top = gap
    for language, scheme in rows:
        draw.text((gap, top), f"{language}, {scheme}", fill="#333333", font=font)
        addresses = _addresses(printed, language)
        for n, shot in enumerate(_states(browser, form, *addresses, scheme=scheme)):
            middle = (height - STRIP) // 2
            strip = shot.crop((0, middle, width, middle + STRIP))
            sheet.paste(
                strip.resize(shown, Image.Resampling.LANCZOS),
                (gap + n * (shown[0] + gap), top + caption),
            )
        top += shown[1] + gap + caption
    return _small(sheet, LARGEST_SHEET_BYTES, f"the sheet at {width} px")


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
    return _small(sheet, LARGEST_BYTES, f"the picture at {form.window[0]} px")


def _small(sheet: Image.Image, largest: int, name: str) -> bytes:
    """A PNG of as many colours as there is room for."""
    for colours in (128, 64, 32, 16):
        stream = io.BytesIO()
        sheet.quantize(colours, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
        if stream.tell() < largest:
            return stream.getvalue()
    raise SystemExit(f"{name} does not fit {largest:,} bytes")


if __name__ == "__main__":
    main()
