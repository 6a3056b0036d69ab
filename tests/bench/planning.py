"""Plan building, page by page: what the middleware does on a miss, without HTTP around it."""

from __future__ import annotations

from adweave.http import Engine, PageHead
from adweave.page import outline_of, read_page, weave
from adweave.placements import load
from tests.quality.corpus import ROOT

from .pages import Sample


class Planner:
    """Bytes in, woven bytes out, nothing kept from one page to the next."""

    def __init__(self) -> None:
        loaded = load(ROOT / "placements")
        if loaded.site is None:
            raise SystemExit("\n".join(str(problem) for problem in loaded.problems))
        delivery = loaded.site.delivery_for("/story")
        if delivery is None:
            raise SystemExit("placements/: no layout wants /story")
        self.delivery = delivery
        self.head = PageHead("text/html; charset=utf-8", None, (), None, delivery)
        self.engine = Engine(loaded.site, "bench")

    def head_of(self, sample: Sample) -> PageHead:
        """The head of an answer that has the sample for its body."""
        return PageHead(sample.content_type, None, (), None, self.delivery)

    def outline(self, sample: Sample) -> object:
        """Parse and outline, nothing else."""
        return outline_of(read_page(sample.body, sample.content_type))

    def woven(self, body: bytes, content_type: str) -> bytes:
        """The whole of a miss: parse, outline, plan, slots, self-check, splice.

        Raises `adweave.http.PagePassed` with the reason where a page is passed.
        """
        head = PageHead(content_type, None, (), None, self.delivery)
        plan = self.engine.plan(body, head)
        return weave(body, plan.insertions, plan.encoding)
