"""Plans -> the bytes to insert, and the files those bytes ask for.

One renderer serves one generation of the placements folder. What is the same on many pages
(styles, scripts, the loader's configuration) is made once and kept; a page adds its language's
texts and its slots.

Theory of operation. With an experiment there is a plan for each variant. A slot that all
variants have is an element, and so is there without scripts. Any other is a comment, and the
head script is told which variants want which comment. Slots are numbered per placement over
all variants together, so "inline-3" is the same place of the page for every reader. Where the
server has picked the variant, all of its slots are elements, and the page tells of no other; but
it has our head and loader if any variant has a slot on it, so that readers of a variant without
one are counted as well.

Knows nothing of HTTP, nor of how pages are parsed or variants assigned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from adweave.placements import Assigned
from adweave.slots.assets import (
    CSS,
    creative_path,
    fetched_file,
    frame_file,
    hashed_path,
    integrity_of,
    script,
)
from adweave.slots.client import (
    LANG_SLOT,
    NO_TERMS,
    assigned_experiment,
    head_json,
    late_json,
    loader_json,
    open_experiment,
)
from adweave.slots.csp import UNRESTRICTED, Permissions
from adweave.slots.demand import ON_DEMAND, asked
from adweave.slots.markup import attribute_value, element, json_attribute, marker
from adweave.slots.model import EVENTS_PATH, Asset, Insertion, Takeover
from adweave.slots.style import box_of, stylesheet

if TYPE_CHECKING:
    from adweave.labels import Texts
    from adweave.layout import Plan
    from adweave.placements import Delivery, Layout, Placement, Political, Site

Range = tuple[float, float]
NO_TEXTS: Mapping[int, Texts] = MappingProxyType({})
_ONE = frozenset({0})  # the variants of a page that has one


class _Place(NamedTuple):
    """A slot or notice of one variant or several. Equal places are the same to a reader."""

    gap: int
    offset: int
    placement: str
    tag: str
    box: str  # name of the box; empty for a notice
    extras: tuple[str, ...] = ()  # what else it has of its placement: see `_extras`
    political: Political | None = None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What pages of one delivery share: the loader's attribute around the page's language."""

    before_lang: str
    after_lang: str


class SlotRenderer:
    """Makes the insertions for every page of one generation.

    `ranges` gives for each running experiment, by name, the hash range of each of its
    variants (`experiments.client_ranges`), `terms` what else says who takes part
    (`experiments.client_terms`). `events_path` is where pages send their events.
    Instances may be shared between threads.
    """

    def __init__(
        self,
        site: Site,
        ranges: Mapping[str, Sequence[Range]],
        *,
        terms: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
        events_path: str = EVENTS_PATH,
    ) -> None:
        self._site = site
        self._terms = terms
        self._events_path = events_path
        self._ranges = ranges
        self._prepared: dict[tuple[object, ...], _Prepared] = {}
        self._styles: dict[tuple[frozenset[str], frozenset[str]], str] = {}
        self._boxes = {
            (layout.name, placement.name): box_of(placement) if placement.is_ad else None
            for layout in site.layouts.values()
            for placement in layout.placement
        }
        self._extras = {
            (layout.name, placement.name): _extras(placement)
            for layout in site.layouts.values()
            for placement in layout.placement
        }
        self._political = {
            (layout.name, placement.name): placement.political
            for layout in site.layouts.values()
            for placement in layout.placement
            if placement.is_ad
        }
        self._by_name = {
            shown.name: shown
            for box in self._boxes.values()
            if box is not None
            for shown in (box, box.shown_at(("mobile",)), box.shown_at(("desktop",)))
        }

        self._head_path, head = script("head")
        self._loader_path, loader = script("loader")
        self._late_path, late = fetched_file("late")
        sticky = [
            shown
            for names, box in self._boxes.items()
            if box is not None and "sticky" in self._extras[names]
            for shown in (box, box.shown_at(("mobile",)), box.shown_at(("desktop",)))
        ]
        css = stylesheet(self._by_name.values(), sticky).encode("ascii")
        self._css_path = hashed_path("slots", ".css", css)
        self._head_code = head.body.decode("ascii")
        self.assets: Mapping[str, Asset] = MappingProxyType(
            {
                self._head_path: head,
                self._loader_path: loader,
                self._late_path: late,
                self._css_path: Asset(css, CSS),
                **{
                    creative_path(creative): Asset(creative.body, creative.content_type)
                    for creative in site.creatives
                },
                **dict(_demand_files(asked(site.layouts.values(), site.settings))),
            }
        )
        """Address -> file, for everything that pages of this generation ask for."""

    def insertions(
        self,
        plans: Sequence[Plan],
        delivery: Delivery,
        *,
        head_offset: int,
        texts: Texts,
        allowed: Permissions = UNRESTRICTED,
        late: Takeover | None = None,
        texts_at: Mapping[int, Texts] = NO_TEXTS,
    ) -> tuple[Insertion, ...]:
        """What to put into one page, in the order of its bytes; nothing if no plan has a slot.

        `plans` holds one plan for each layout of `delivery`, in any order. `head_offset` is
        the outline's; `texts` are in the article's language. `late` is for a page that a
        framework takes over: the head lists all slots, and the loader makes them afterwards.
        `texts_at` has, for gaps amid text in another language than the article's, its texts.
        """
        by_layout = {plan.layout: plan for plan in plans}
        experiment = delivery.experiment
        layouts = (
            [delivery.layouts[0].name]
            if experiment is None
            else [variant.layout for variant in experiment.variants]
        )
        places = self._places([by_layout[name] for name in layouts])
        if not places:
            return ()

        everyone = frozenset(range(len(layouts)))
        numbers = _numbered(places)
        if late is not None and not late.comments:
            places = {place: v for place, v in places.items() if place.offset in late.places}
            if not places:
                return ()
        if delivery.is_for_one:
            places = {place: _ONE for place, of in places.items() if delivery.arm in of}
            everyone = _ONE
        shared = _text_attributes(texts)
        markers: dict[str, object] = {}
        at_offset: dict[int, list[tuple[_Place, bytes]]] = {}
        for place, variants in places.items():
            here = texts_at.get(place.gap, texts)
            own = self._attributes(place, numbers[place], here)
            if variants == everyone and late is None:
                markup = element(place.tag, {**own, **_text_attributes(here)})
            else:
                number = len(markers) + 1
                tag = {} if place.tag == "ad-slot" else {"t": place.tag}
                if here is not texts:
                    own |= _text_attributes(here)
                beside = late.places.get(place.offset) if late is not None else None
                where = {} if beside is None else {"p": beside}
                markers[str(number)] = {"v": sorted(variants), **tag, "a": own, **where}
                markup = marker(number)
            at_offset.setdefault(place.offset, []).append((place, markup))

        body = [
            Insertion(
                offset,
                b"".join(markup for _, markup in group),
                group[0][0].gap,
                sum(place.tag == "ad-slot" for place, _ in group),
            )
            for offset, group in sorted(at_offset.items())
        ]
        head = self._head(delivery, places, markers, shared, texts.lang, allowed, late)
        if late is not None and not late.comments:
            return (Insertion(head_offset, head, None, sum(each.slots for each in body)),)
        return tuple(sorted([Insertion(head_offset, head, None, 0), *body], key=_by_offset))

    def _places(self, plans: Sequence[Plan]) -> dict[_Place, frozenset[int]]:
        """Each place with its variants; in page order, at one gap as the first plan has them."""
        variants: dict[_Place, set[int]] = {}
        for variant, plan in enumerate(plans):
            for slot in plan.slots:
                box = self._boxes[plan.layout, slot.placement]
                place = _Place(
                    slot.gap,
                    slot.offset,
                    slot.placement,
                    "ad-notice" if box is None else "ad-slot",
                    "" if box is None else box.shown_at(slot.viewports).name,
                    self._extras[plan.layout, slot.placement],
                    self._political.get((plan.layout, slot.placement)),
                )
                variants.setdefault(place, set()).add(variant)
        return {
            place: frozenset(variants[place]) for place in sorted(variants, key=lambda p: p.gap)
        }

    def _attributes(self, place: _Place, number: int, texts: Texts) -> dict[str, str]:
        if place.tag == "ad-notice":
            # The class that extractors know for "not the text": some would lose a neighbour.
            return {"data-text": texts.notice, "class": "noprint"}
        own = {
            "data-placement": place.placement,
            "data-n": str(number),
            "data-box": place.box,
            "data-label": texts.adsense if "adsense" in place.extras else texts.label,
            "data-loading": texts.loading,
            "data-skip": texts.skip,
            "aria-hidden": "true",
        }
        if "notice" in place.extras:
            own["data-notice"] = texts.notice
        if "prebid" in place.extras:
            own |= {"data-behalf": texts.behalf, "data-paid": texts.paid}
        if "below" in place.extras:
            own["data-style"] = "below"
        if "sticky" in place.extras:
            own |= {"data-kind": "sticky", "data-close": texts.close}
        if place.political is not None:
            own |= _political_attributes(place.political, texts)
        return own

    def _head(
        self,
        delivery: Delivery,
        places: Iterable[_Place],
        markers: Mapping[str, object],
        shared: Mapping[str, str],
        lang: str,
        allowed: Permissions,
        late: Takeover | None,
    ) -> bytes:
        nonce = f' nonce="{attribute_value(allowed.nonce)}"' if allowed.nonce else ""
        parts: list[str] = []
        if allowed.inline_style:
            css = self._style(
                frozenset(place.box for place in places if place.box),
                frozenset(place.box for place in places if "sticky" in place.extras),
            )
            parts.append(f"<style data-adweave{nonce}>{css}</style>")
        else:
            parts.append(f'<link data-adweave rel="stylesheet" href="{self._css_path}"{nonce}>')
        has_head = bool(markers) and late is None
        if has_head and delivery.experiment is not None:
            text = head_json(
                delivery.experiment,
                self._ranges[delivery.experiment.name],
                self._site.settings.consent.visitor_id,
                shared,
                markers,
                self._terms.get(delivery.experiment.name, NO_TERMS),
            )
            config = json_attribute("data-adweave", text)
            if allowed.inline_script:
                parts.append(f"<script {config}{nonce}>{self._head_code}</script>")
            else:
                shown = f"{nonce}{_integrity('head', allowed)}"
                parts.append(f'<script {config} src="{self._head_path}"{shown}></script>')
        prepared = self._loader(delivery, allowed, has_head=has_head)
        config = f"{prepared.before_lang}{lang}{prepared.after_lang}"
        if late is not None:
            text = late_json(shared, markers, late.frameworks, self._late_path)
            config += " " + json_attribute("data-late", text)
        shown = f"{nonce}{_integrity('loader', allowed)}"
        parts.append(f'<script async src="{self._loader_path}" {config}{shown}></script>')
        return "".join(parts).encode("ascii")

    def _style(self, boxes: frozenset[str], sticky: frozenset[str]) -> str:
        style = self._styles.get((boxes, sticky))
        if style is None:
            style = stylesheet(
                (self._by_name[name] for name in boxes), (self._by_name[name] for name in sticky)
            )
            self._styles[boxes, sticky] = style
        return style

    def _loader(self, delivery: Delivery, allowed: Permissions, *, has_head: bool) -> _Prepared:
        layouts: tuple[Layout, ...] = delivery.layouts
        if delivery.is_for_one:
            layouts = (delivery.shown,)
        experiment = delivery.experiment
        key = (
            experiment and experiment.name,
            delivery.assigned,
            tuple(layout.name for layout in layouts),
            has_head,
            allowed.can_report,
            allowed.barred,
        )
        prepared = self._prepared.get(key)
        if prepared is None:
            text = loader_json(
                self._site,
                layouts,
                self._told_of(delivery),
                has_head=has_head,
                events_path=self._events_path if allowed.can_report else None,
                barred=allowed.barred,
            )
            before, _, after = json_attribute("data-adweave", text).partition(LANG_SLOT)
            prepared = self._prepared[key] = _Prepared(before, after)
        return prepared

    def _told_of(self, delivery: Delivery) -> Mapping[str, object] | None:
        """What the loader is told of a delivery's experiment."""
        experiment = delivery.experiment
        if experiment is None:
            return None
        if delivery.is_for_one:
            assigned = delivery.assigned or Assigned()
            return assigned_experiment(experiment, delivery.shown.name, assigned)
        terms = self._terms.get(experiment.name, NO_TERMS)
        return open_experiment(experiment, self._ranges[experiment.name], terms)


def _integrity(name: str, allowed: Permissions) -> str:
    """The attribute by which a policy of hashes lets in one of the two scripts."""
    return f' integrity="{integrity_of(name)}"' if allowed.by_hash else ""


def _extras(placement: Placement) -> tuple[str, ...]:
    """What of a placement shows in its slots' markup: names in a fixed order."""
    kinds = {
        "adsense": placement.is_ad and "adsense" in placement.fill,
        "below": placement.label_style == "below",
        "notice": placement.is_ad and "notice" in placement.fill,
        "prebid": placement.is_ad and "prebid" in placement.fill,
        "sticky": placement.kind == "sticky",
    }
    return tuple(name for name, holds in kinds.items() if holds)


def _political_attributes(political: Political, texts: Texts) -> dict[str, str]:
    """What article 11 of Regulation (EU) 2024/900 wants over the ad, and a link to the rest."""
    sponsor = political.sponsor
    if political.controller is not None:
        sponsor += f" ({political.controller})"
    told = [
        texts.behalf.replace("{name}", sponsor),
        political.paid and texts.paid.replace("{name}", political.paid),
        political.process,
        political.targeting,
    ]
    return {
        "data-label": texts.political,
        "data-disclosure": " \xb7 ".join(text for text in told if text),
        "data-about": political.notice,
    }


def _demand_files(names: Iterable[str]) -> Iterable[tuple[str, Asset]]:
    """The files that adapters of these names need."""
    for name in names:
        if name in ON_DEMAND:
            yield fetched_file(name)
        if name == "prebid":
            yield frame_file()


def _by_offset(insertion: Insertion) -> int:
    return insertion.offset


def _numbered(places: Iterable[_Place]) -> dict[_Place, int]:
    """Each place's number within its placement; places at one gap have the same number."""
    gaps: dict[str, list[int]] = {}
    numbers: dict[_Place, int] = {}
    for place in places:
        seen = gaps.setdefault(place.placement, [])
        if place.gap not in seen:
            seen.append(place.gap)
        numbers[place] = seen.index(place.gap) + 1
    return numbers


def _text_attributes(texts: Texts) -> dict[str, str]:
    """What every element of ours on the page carries."""
    return {"lang": texts.lang, "dir": texts.dir, "data-nosnippet": ""}
