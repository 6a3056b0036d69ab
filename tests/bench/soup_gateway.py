"""`python -m tests.bench.soup_gateway serve ...`: the gateway with beautifulsoup4 inside.

All of it is `adweave serve`, but for the step from a page's bytes to the woven page: planning does
nothing, and in place of the splice the page is parsed, gets a slot after its third and its sixth
paragraph, and is written, by beautifulsoup4 on lxml. It is there for comparison only.
"""

from __future__ import annotations

from collections.abc import Sequence

import adweave.http.weave
from adweave.cli import main
from adweave.http import Engine, PageHead, PagePlan
from adweave.placements import Decision

from .baselines import after_paragraphs_three_and_six

LAYOUT = "soup"


def _no_plans(
    engine: Engine, body: bytes, head: PageHead, others: Sequence[Decision] = (), **_: object
) -> list[PagePlan]:
    return [PagePlan((), "utf-8", 2, LAYOUT, "en") for _ in (head, *others)]


def _with_soup(body: bytes, insertions: object, charset: str) -> bytes:
    return after_paragraphs_three_and_six(body, charset)


if __name__ == "__main__":
    Engine.plans = _no_plans  # type: ignore[method-assign,assignment]
    adweave.http.weave.weave = _with_soup  # type: ignore[attr-defined,assignment]
    main(prog_name="adweave")
