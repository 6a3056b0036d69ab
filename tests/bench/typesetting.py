"""Pages laid out in Chromium with their own markup and a plain style sheet of ours.

What a reader's browser makes of an article, as far as it can be known without the site's own
style, scripts and network:

* The style is that of a usual article template. Its measures are the medians of the corpus'
  articles that bring a whole style sheet in the page (`python -m tests.bench.calibration
  templates`).
* Pictures take the size that their markup gives. One that gives none can't be loaded here: it
  gets the size of another picture of the corpus that gives one, drawn by its address.
* Scripts do not run, and nothing is asked from the network.

Knows nothing of estimates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from playwright.sync_api import Browser, Error, Page, Route, sync_playwright

WIDTHS = (360, 768, 1280)
VIDEO_HOSTS = "youtube|youtu[.]be|vimeo|dailymotion|jwplayer|jwplatform|brightcove|player|video"
_SCRIPT = Path(__file__).with_name("typesetting.js").read_text("utf-8")
_PAGE = "http://page.test/"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@dataclass(frozen=True, slots=True)
class Template:
    """How an article is set: type, line and face, and the text column at each window width."""

    name: str = "the usual template"
    type_px: float = 17.0
    line: float = 1.5
    face: str = "Arial, sans-serif"
    columns: Mapping[int, int] = field(default_factory=lambda: {360: 328, 768: 652, 1280: 620})

    def sheet(self, width: int) -> str:
        """The whole style sheet for a window of this width."""
        return f"""
*, ::before, ::after {{ box-sizing: border-box }}
html {{ font: {self.type_px}px/{self.line} {self.face} }}
body {{ margin: 0 auto; width: {self.columns[width]}px; overflow-wrap: break-word }}
{_SHEET}"""


USUAL = Template()
# Templates that sites have as well, to see what a site's own style does to the estimates.
OTHERS = (
    Template("small type, wide lines", 16.0, 1.4, columns={360: 336, 768: 680, 1280: 680}),
    Template(
        "a serif face", 18.0, 1.6, "'Liberation Serif', serif", {360: 328, 768: 680, 1280: 680}
    ),
    Template("large type", 20.0, 1.6, columns={360: 320, 768: 640, 1280: 640}),
)
_SHEET = """
p, ul, ol, dl, menu, figure, table, blockquote, pre, address, form, details, fieldset
  { margin: 1rem 0 }
h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 1em 0 .75em; font-weight: bold }
h1 { font-size: 2em } h2 { font-size: 1.4em } h3 { font-size: 1.2em }
h4 { font-size: 1.1em } h5 { font-size: 1em } h6 { font-size: .9em }
ul, ol, menu { padding: 0 0 0 2em } li { margin: 0 0 .5em } dd { margin: 0 0 .5em 2em }
blockquote { padding: 0 1.5em }
figcaption, caption { font-size: .82em; line-height: 1.4; text-align: start }
figcaption p { margin: 0 }
table { border-collapse: collapse; max-width: 100% }
td, th { padding: .3em .5em; text-align: start }
pre { font: 14px/1.5 monospace; overflow: auto }
code { font-family: monospace; font-size: .9em } pre code { font-size: inherit }
hr { margin: 1.5rem 0; border: 0; border-top: 1px solid }
img, svg, video, canvas, iframe, embed, object { max-width: 100% }
img, video { height: auto }
iframe, embed, object { border: 0 }
svg:not([width]):not([height]) { width: 24px; height: 24px }
audio { width: 100%; height: 54px }
input, button, select, textarea { font: inherit; max-width: 100% }
noscript, script, template, [hidden] { display: none !important }
[data-adweave-ratio] { position: relative; height: 0 }
[data-adweave-ratio] > *
  { position: absolute; inset: 0; width: 100% !important; height: 100% !important }
ad-probe { display: block; height: 0 } ad-probe-inline { display: inline }
"""


class Typesetter:
    """A Chromium that lays pages out. A context manager; not to be shared between threads."""

    def __init__(self, chromium_path: str) -> None:
        self._path = chromium_path
        self._answer: tuple[bytes, str] = (b"", "")

    def __enter__(self) -> Typesetter:
        self._playwright = sync_playwright().start()
        self._browser: Browser = self._playwright.chromium.launch(
            executable_path=self._path, args=list(_ARGUMENTS)
        )
        self._page: Page = self._browser.new_context().new_page()
        self._page.route("**/*", self._fulfil)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._browser.close()
        self._playwright.stop()

    def tops(
        self,
        woven: bytes,
        content_type: str,
        width: int,
        *,
        pool: Sequence[tuple[float, float]],
        template: Template = USUAL,
    ) -> dict[int, float]:
        """Where each `<!--gap N-->` lies, in px from the page's top; hidden ones are left out.

        `pool` has the sizes that pictures without one are drawn from. Raises RuntimeError where
        Chromium can't lay the page out.
        """
        sheet = template.sheet(width)
        asked = {"sheet": sheet, "pool": [list(size) for size in pool], "videos": VIDEO_HOSTS}
        found: Mapping[str, float] = self.ask(woven, content_type, width, _SCRIPT, asked)
        return {int(number): top for number, top in found.items()}

    def ask(self, body: bytes, content_type: str, width: int, script: str, asked: Any) -> Any:
        """Open a page in a window of this width, with its own style, and run a script of ours."""
        self._answer = (body, content_type)
        try:
            self._page.set_viewport_size({"width": width, "height": 800})
            self._page.goto(_PAGE, wait_until="domcontentloaded")
            return self._page.evaluate(script, asked)
        except Error as error:
            raise RuntimeError(f"Chromium did not lay the page out: {error}") from error

    def _fulfil(self, route: Route) -> None:
        if route.request.url == _PAGE and route.request.is_navigation_request():
            body, content_type = self._answer
            headers = {"content-type": content_type, "content-security-policy": _POLICY}
            route.fulfill(body=body, headers=headers)
        else:
            route.abort()
