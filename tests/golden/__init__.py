"""Golden cases: a folder holds a page and the explanation that it must get.

The shipped placements folder is used, unless the case has one of its own. Written anew by
`make golden`; read the difference before you commit it.
"""

from __future__ import annotations

from pathlib import Path

from adweave.cli.explanation import as_text
from adweave.placements import load
from adweave.review import Page, explanation_of

HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "placements"


def cases() -> list[Path]:
    """The case folders, by name."""
    return sorted(page.parent for page in HERE.glob("*/page.html"))


def explanation_for(case: Path) -> str:
    """The text that `adweave explain page.html` prints for a case."""
    own = case / "placements"
    site = load(own if own.is_dir() else SHIPPED).site_or_raise()
    body = (case / "page.html").read_bytes()
    page = Page("page.html", "/page.html", body)
    delivery = site.delivery_for(page.path)
    assert delivery is not None
    return as_text(explanation_of(page, site, delivery)) + "\n"
