"""The rules that need more than one value: between keys, between files.

What the models cannot say by themselves: names that must differ, a variant's layout that must
exist, creatives that must fit; and the warnings, for what is legal and unwise. Each check works
on the sound part of a file, so that all mistakes of a folder are told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adweave.placements.aims import aim_problems
from adweave.placements.chains import fill_problems
from adweave.placements.document import Document
from adweave.placements.folder import Folder
from adweave.placements.model import Experiment, Layout, Placement
from adweave.placements.positions import Path
from adweave.placements.problems import Problem, Severity, file_problem
from adweave.placements.site import ranked_layouts
from adweave.placements.values import VIEWPORTS, nearest, one_of

# Largest shares of the main content's height that ads may take: Better Ads Standards.
BETTER_ADS_DENSITY = {"mobile": 0.30, "desktop": 0.50}

# Keys that mean nothing for a kind of place.
_FLOW_KEYS = ("first", "last", "every", "max", "min")
_ANCHOR_KEYS = ("selector", "place", "any_page")
_AD_KEYS = ("sizes", "lazy_margin", "fill", "reserve", "label_style", "refresh", "gpt", "prebid",
            "adsense", "iframe")  # fmt: skip
_IDLE_KEYS = {
    "inline": ("n", *_ANCHOR_KEYS),
    "before": (*_FLOW_KEYS, "n", *_ANCHOR_KEYS),
    "after": (*_FLOW_KEYS, "n", *_ANCHOR_KEYS),
    "nth": (*_FLOW_KEYS, *_ANCHOR_KEYS),
    "selector": ("first", "last", "every", "min", "n"),
    "sticky": (*_FLOW_KEYS, "n", "selector", "place"),
    "listing": ("first", "last", "every", "min", "place", "any_page"),
    "notice": (*_FLOW_KEYS, "n", *_AD_KEYS, *_ANCHOR_KEYS),
}
# A sticky ad may take 30 % of the window: Better Ads Standards, "large sticky ads". Windows as
# heights are estimated for: 780 px on mobile, 720 px on desktop; the label's line is 24 px.
_TALLEST_STICKY = {"mobile": 210, "desktop": 192}


def layout_problems(folder: Folder) -> Iterator[Problem]:
    """What is wrong or unwise in layouts."""
    for document in folder.layouts.values():
        layout = document.model
        if layout is None:
            continue
        found: list[Problem | None] = []
        if not document.values.get("placement") and not document.has_syntax_faults:
            found.append(
                _missing(
                    document,
                    "placement",
                    "has no [[placement]]; without one this layout puts nothing into a page",
                    "no-placement",
                    "warning",
                )
            )
        found.extend(_density(document, layout))
        found.extend(aim_problems(document, (), layout.target, folder))
        found.extend(_double_names(document, "placement", _placement_names(document)))
        found.extend(_sticky_twice(document, layout))
        for index, placement in zip(document.indices, layout.placement, strict=True):
            found.extend(_placement_problems(document, index, placement, folder))
        yield from (problem for problem in found if problem is not None)


def _density(document: Document[Layout], layout: Layout) -> Iterator[Problem | None]:
    for viewport, share in BETTER_ADS_DENSITY.items():
        wanted = layout.max_density.for_viewport(viewport)
        if wanted > share:
            yield document.problem(
                ("max_density", viewport),
                f"is over the Better Ads Standards' {share:g} on {viewport}; browsers may block "
                f"all ads of a site that breaks them: write {share:g} or less",
                code="better-ads",
                severity="warning",
            )


def _placement_names(document: Document[Layout]) -> list[tuple[int, object]]:
    return _entry_names(document.values.get("placement"))


def _entry_names(entries: object) -> list[tuple[int, object]]:
    if not isinstance(entries, list):
        return []
    return [(i, entry.get("name")) for i, entry in enumerate(entries) if isinstance(entry, dict)]


def _double_names(
    document: Document[Layout] | Document[Experiment], key: str, names: list[tuple[int, object]]
) -> Iterator[Problem | None]:
    seen: dict[str, int] = {}
    for index, name in names:
        if not isinstance(name, str):
            continue
        if name in seen:
            line = document.line_of((key, seen[name], "name"))
            yield document.problem(
                (key, index, "name"),
                f"is the name of another {key}, in line {line}; names must differ",
                code="double-name",
            )
        seen.setdefault(name, index)


def _placement_problems(
    document: Document[Layout], index: int, placement: Placement, folder: Folder
) -> Iterator[Problem | None]:
    at: Path = ("placement", index)
    written = placement.model_fields_set
    for key in _IDLE_KEYS[placement.kind]:
        if key in written:
            yield document.problem(
                (*at, key),
                f'means nothing for kind "{placement.kind}"; take it out',
                code="idle-key",
                severity="warning",
            )
    if placement.kind == "selector" and placement.selector is None:
        yield _under(document, (*at, "selector"), 'selector is missing; kind "selector" needs the '
                     'element to stand by: write selector = "header.site"', "missing")  # fmt: skip
    if placement.kind == "nth" and placement.n is None:
        yield _under(document, (*at, "n"), 'n is missing; kind "nth" needs the number of the block '
                     "to follow: write n = 3", "missing")  # fmt: skip
    if placement.min > placement.max:
        key = "min" if "min" in written else "max"
        yield document.problem(
            (*at, key),
            f"cannot be met: min = {placement.min} is more than max = {placement.max}",
            code="min-over-max",
        )
    yield from aim_problems(document, at, placement.target, folder)
    if placement.kind == "notice":
        return
    yield from _size_problems(document, at, placement)
    yield from fill_problems(document, at, placement, folder)
    if placement.kind == "sticky":
        yield from _sticky_problems(document, at, placement)
    if placement.kind == "inline":
        yield from _every_problems(document, at, placement)
        yield from _count_problems(document, at, placement)


def _size_problems(
    document: Document[Layout], at: Path, placement: Placement
) -> Iterator[Problem | None]:
    if "sizes" not in placement.model_fields_set:
        yield _under(document, (*at, "sizes"), "sizes is missing; write sizes = { mobile = "
                     "[[300, 250]], desktop = [[728, 90]] }", "missing")  # fmt: skip
    for viewport in VIEWPORTS:
        if placement.reserve is None:
            break
        height = placement.reserve.for_viewport(viewport).value
        tallest = max((size.height for size in placement.sizes.for_viewport(viewport)), default=0)
        if height < tallest:
            yield document.problem(
                (*at, "reserve", viewport),
                f"is less than the tallest of sizes on {viewport}; what is below would move when "
                f'that one fills: write "{tallest}px" or more',
                code="reserve-too-small",
            )
            if placement.reserve.mobile == placement.reserve.desktop:
                break  # one value, one message


def _every_problems(
    document: Document[Layout], at: Path, placement: Placement
) -> Iterator[Problem | None]:
    for viewport in VIEWPORTS:
        every = placement.every.for_viewport(viewport)
        height = placement.box_px(viewport)
        if every.unit == "px" and every.value < height:
            yield document.problem(
                (*at, "every", viewport),
                f"is less than a slot's own {height} px on {viewport}; readers would see more ad "
                f'than article: write "{height}px" or more',
                code="every-too-small",
                severity="warning",
            )


def _sticky_twice(document: Document[Layout], layout: Layout) -> Iterator[Problem | None]:
    sticky = [
        (index, placement)
        for index, placement in zip(document.indices, layout.placement, strict=True)
        if placement.kind == "sticky" and placement.enabled
    ]
    for index, placement in sticky[1:]:
        if placement.target is None and placement.schedule is None:
            yield document.problem(
                ("placement", index, "kind"),
                f'is the kind of "{sticky[0][1].name}", too; the two would cover each other: take '
                "one out, or aim each by target or schedule",
                code="sticky-twice",
                severity="warning",
            )


def _sticky_problems(
    document: Document[Layout], at: Path, placement: Placement
) -> Iterator[Problem | None]:
    for viewport, tallest in _TALLEST_STICKY.items():
        height = placement.box_px(viewport)
        if height > tallest:
            key = "sizes" if placement.reserve is None else "reserve"
            yield document.problem(
                (*at, key, viewport),
                f"is too tall for a sticky place: {height} px, of which {tallest} px are 30 % of "
                f"the window on {viewport} without the label, the most that the Better Ads "
                "Standards allow",
                code="sticky-too-tall",
            )
            if placement.box_px("mobile") == placement.box_px("desktop"):
                break  # most likely one value; it gets one message


# A long read: 2 000 words of six characters, in lines of 27 px that hold 42 characters on mobile
# and 75 on desktop.
_LONG_ARTICLE = {"mobile": 7_700, "desktop": 4_300}


def _count_problems(
    document: Document[Layout], at: Path, placement: Placement
) -> Iterator[Problem | None]:
    for key in ("max", "min"):
        count: int = getattr(placement, key)
        if key not in placement.model_fields_set:
            continue
        room = {
            viewport: 1 + int(height // every.value)
            for viewport, height in _LONG_ARTICLE.items()
            if (every := placement.every.for_viewport(viewport)).unit == "px" and every.value > 0
        }
        if not room or count <= max(room.values()):
            continue
        viewport = max(room, key=lambda each: room[each])
        yield document.problem(
            (*at, key),
            f"is more than an article holds: one of 2000 words is about {_LONG_ARTICLE[viewport]} "
            f"px high on {viewport} and has places for {room[viewport]}, at "
            f"{placement.every.for_viewport(viewport)} each: write {room[viewport]} or less",
            code="too-many",
            severity="warning",
        )


def experiment_problems(folder: Folder) -> Iterator[Problem]:
    """What is wrong or unwise in experiments, alone and together."""
    held: dict[str, str] = {}  # layout -> running experiment that uses it
    for name, document in folder.experiments.items():
        experiment = document.model
        if experiment is None:
            continue
        found: list[Problem | None] = []
        entries = _entry_names(document.values.get("variant"))
        if (
            len(entries) < 2
            and not document.has_syntax_faults
            and ("variant",) not in document.faulty
        ):
            count = "one [[variant]]" if entries else "no [[variant]]"
            found.append(_missing(document, "variant", f"has {count}; an experiment compares two "
                                  "or more", "few-variants", "error"))  # fmt: skip
        found.extend(_double_names(document, "variant", entries))
        found.extend(_variant_problems(document, experiment, folder))
        if experiment.is_running:
            found.extend(_overlaps(document, experiment, name, held))
        found.extend(_aimed_variants(document, experiment, folder))
        if experiment.status == "running" and experiment.traffic == 0:
            found.append(document.problem(
                ("traffic",), "lets nobody take part in a running experiment",
                code="no-traffic", severity="warning"))  # fmt: skip
        yield from (problem for problem in found if problem is not None)


def _variant_problems(
    document: Document[Experiment], experiment: Experiment, folder: Folder
) -> Iterator[Problem | None]:
    entries = document.values.get("variant")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        wanted = entry.get("layout") if isinstance(entry, dict) else None
        if isinstance(wanted, str) and wanted not in folder.layout_names:
            names = tuple(sorted(folder.layout_names))
            guess = nearest(wanted, names)
            hint = "" if guess is None else f'; did you mean "{guess}"?'
            known = _known_layouts(names)
            yield document.problem(
                ("variant", index, "layout"), f"is no layout; {known}{hint}", code="no-layout"
            )
        weight = entry.get("weight") if isinstance(entry, dict) else None
        gets_nobody = weight == 0 and not isinstance(weight, bool)
        if gets_nobody and any(variant.weight for variant in experiment.variant):
            yield document.problem(
                ("variant", index, "weight"),
                "gives this variant to nobody",
                code="no-weight",
                severity="warning",
            )
    variants = experiment.variant
    is_whole = isinstance(entries, list) and len(variants) == len(entries)
    if is_whole and variants and not any(variant.weight for variant in variants):
        yield document.problem(
            ("variant", 0, "weight"), "leaves the weights with a sum of 0; at least one variant "
            "needs more than 0", code="no-weight",
        )  # fmt: skip
    if document.indices[:1] != (0,) or not variants:
        return
    control = folder.layouts.get(variants[0].layout)
    is_sound = control is not None and not control.has_syntax_faults
    is_sound = is_sound and control is not None and not control.faulty
    if is_sound and control is not None and control.model is not None and not control.model.pages:
        yield document.problem(
            ("variant", 0, "layout"),
            "has no pages; the first variant is the control, whose pages the experiment runs on: "
            f'write pages = ["/**"] in layouts/{variants[0].layout}.toml',
            code="no-pages",
        )


def _aimed_variants(
    document: Document[Experiment], experiment: Experiment, folder: Folder
) -> Iterator[Problem | None]:
    """Targets of layouts but the control's, which an experiment does not ask for."""
    control = experiment.variant[0].layout if experiment.variant else ""
    for index, variant in zip(document.indices, experiment.variant, strict=True):
        layout = folder.layouts.get(variant.layout)
        model = None if layout is None or variant.layout == control else layout.model
        for key in ("target", "schedule"):
            if model is not None and getattr(model, key) is not None:
                yield document.problem(
                    ("variant", index, "layout"),
                    f"has a {key} that means nothing here: who takes part is for the first "
                    f'variant\'s layout, "{control}", to say',
                    code="idle-target",
                    severity="warning",
                )


def _known_layouts(names: tuple[str, ...]) -> str:
    if len(names) < 2:
        return f'the only layout is "{names[0]}"' if names else "there are no layouts"
    return f"layouts are {one_of(names, last='and')}"


def _overlaps(
    document: Document[Experiment], experiment: Experiment, name: str, held: dict[str, str]
) -> Iterator[Problem | None]:
    mine: set[str] = set()
    for index, variant in zip(document.indices, experiment.variant, strict=True):
        other = held.get(variant.layout)
        if other is not None and variant.layout not in mine:
            yield document.problem(
                ("variant", index, "layout"),
                f'is used by the running experiment "{other}" too; stop one of them, or give this '
                "one a copy of the layout",
                code="shared-layout",
            )
        mine.add(variant.layout)
    for layout in mine:
        held.setdefault(layout, name)


def site_problems(folder: Folder) -> Iterator[Problem]:
    """What concerns the folder as a whole: no layouts, layouts and creatives without a use."""
    if not folder.layout_names:
        yield file_problem(
            "layouts/", "no-layouts", "there is no layouts/NAME.toml; without a layout no page "
            "gets a slot: `adweave init DIR` writes a folder to start from",
        )  # fmt: skip
        return
    models = {name: doc.model for name, doc in folder.layouts.items() if doc.model is not None}
    in_use = {
        str(entry.get("layout"))
        for document in folder.experiments.values()
        for entry in _tables(document.values.get("variant"))
    }
    catches_all: Layout | None = None
    for layout in ranked_layouts(models):
        document = folder.layouts[layout.name]
        if document.has_syntax_faults or ("pages",) in document.faulty:
            continue
        found = None
        if not layout.pages and layout.name not in in_use:
            found = _missing(document, "pages", "no page and no experiment uses this layout; "
                             'write pages = ["/**"], or name it in an experiment', "unused",
                             "warning")  # fmt: skip
        elif layout.pages and catches_all is not None:
            found = document.problem(
                ("pages",),
                f'never gets a page: layout "{catches_all.name}" takes all of them first; give '
                f"this one a priority over {catches_all.priority}",
                code="shadowed",
                severity="warning",
            )
        if found is not None:
            yield found
        if catches_all is None and _catches_all(layout):
            catches_all = layout
    yield from _idle_creatives(folder, models)


def _catches_all(layout: Layout) -> bool:
    takes_out = any(pattern.startswith("!") for pattern in layout.pages)
    is_aimed = layout.target is not None or layout.schedule is not None
    return "/**" in layout.pages and not takes_out and not is_aimed


def _tables(entries: object) -> list[Mapping[str, object]]:
    return [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []


def _idle_creatives(folder: Folder, models: Mapping[str, Layout]) -> Iterator[Problem]:
    sizes = {
        size
        for layout in models.values()
        for placement in layout.placement
        for viewport in VIEWPORTS
        for size in placement.sizes.for_viewport(viewport)
    }
    is_sound = all(not d.faulty and not d.has_syntax_faults for d in folder.layouts.values())
    if not sizes or not is_sound:
        return
    largest = max(sizes, key=lambda size: size.width * size.height)
    for creative in folder.creatives:
        if creative.size not in sizes:
            wanted = ", ".join(str(size) for size in sorted(sizes))
            is_larger = creative.size.width > largest.width or creative.size.height > largest.height
            yield file_problem(
                creative.path,
                "too-large" if is_larger else "unused",
                f"is {creative.size}, {'larger than any' if is_larger else 'which is no'} size of "
                f"a placement, so no slot shows it; sizes are {wanted}",
                "warning",
            )


def _missing(
    document: Document[Layout] | Document[Experiment],
    key: str,
    sentence: str,
    code: str,
    severity: Severity,
) -> Problem | None:
    """A problem about a key whose absence (or emptiness) concerns the file as a whole."""
    if (key,) in document.faulty:
        return None
    if key in document.values:
        return document.problem((key,), sentence, code=code, severity=severity, shows_value=False)
    return file_problem(document.file, code, sentence, severity, line=1, col=1)


def _under(document: Document[Layout], path: Path, sentence: str, code: str) -> Problem | None:
    """An error about a key that is not written, shown at the table it belongs to."""
    return document.problem(path, sentence, code=code, shows_value=False)
