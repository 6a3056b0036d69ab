"""Plan building, page by page, through the stages' public names as the middleware uses them."""

from __future__ import annotations

from tests.quality.corpus import ROOT

from adweave import layout as layouts
from adweave.experiments import client_ranges
from adweave.labels import choose_language, texts_for
from adweave.page import broken_insertions, outline_of, read_page, weave
from adweave.placements import load
from adweave.slots import SlotRenderer

from .pages import Sample


class Planner:
    """Bytes in, woven bytes out, nothing kept from one page to the next."""

    def __init__(self) -> None:
        loaded = load(ROOT / "placements")
        if loaded.site is None:
            raise SystemExit("\n".join(str(problem) for problem in loaded.problems))
        self.site = loaded.site
        delivery = self.site.delivery_for("/story")
        if delivery is None:
            raise SystemExit("placements/: no layout wants /story")
        self.delivery = delivery
        ranges = {
            name: client_ranges(experiment) for name, experiment in self.site.experiments.items()
        }
        self.renderer = SlotRenderer(self.site, ranges)

    def outline(self, sample: Sample) -> object:
        """Parse and outline, nothing else."""
        return outline_of(read_page(sample.body, sample.content_type))

    def woven(self, sample: Sample) -> bytes:
        """The whole of a miss: parse, outline, plan, slots, self-check, splice."""
        source = read_page(sample.body, sample.content_type)
        outline = outline_of(source)
        plans = [layouts.plan_for(outline, one) for one in self.delivery.layouts]
        if outline.head_offset is None or not any(plan.slots for plan in plans):
            return sample.body
        language = choose_language(
            article_lang=outline.article_lang,
            html_lang=outline.html_lang,
            content_language=None,
            text=outline.text,
            default=self.site.settings.default_language,
        )
        insertions = self.renderer.insertions(
            plans,
            self.delivery,
            head_offset=outline.head_offset,
            texts=texts_for(language.tag, self.site.label_overrides),
        )
        pairs = [(one.offset, one.markup) for one in insertions]
        broken = broken_insertions(source, pairs)
        pairs = [pair for at, pair in enumerate(pairs) if at not in broken]
        return weave(sample.body, pairs, source.encoding)
