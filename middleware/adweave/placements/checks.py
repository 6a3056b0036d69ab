"""The rules that need more than one value: between keys, between files.

What the models cannot say by themselves: names that must differ, a variant's layout that must
exist, creatives that must fit; and the warnings, for what is legal and unwise. Each check works
on the sound part of a file, so that all mistakes of a folder are told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adweave.placements.aims import aim_problems
from adweave.placements.document import Document
from adweave.placements.exclusion import exclusion_problems
from adweave.placements.experiments import Experiment
from adweave.placements.folder import Folder
from adweave.placements.kinds import placement_problems, sticky_problems
from adweave.placements.layouts import Layout
from adweave.placements.outcomes import METRICS
from adweave.placements.partaking import ramp_faults
from adweave.placements.problems import Problem, Severity, file_problem
from adweave.placements.site import ranked_layouts
from adweave.placements.values import VIEWPORTS, hint, one_of

BETTER_ADS_DENSITY = {"mobile": 0.30, "desktop": 0.50}
"""Largest shares of the main content's height that ads may take: Better Ads Standards."""


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
        found.extend(sticky_problems(document, layout))
        for index, placement in zip(document.indices, layout.placement, strict=True):
            found.extend(placement_problems(document, index, placement, folder))
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
        found.extend(_outcome_problems(document, experiment))
        found.extend(_counted_nowhere(document, experiment, folder))
        found.extend(_ramp_problems(document, experiment, folder))
        if (
            experiment.assign == "server"
            and experiment.unit == "visitor"
            and folder.settings.consent.visitor_id == "never"
        ):
            found.append(
                document.problem(
                    ("assign",),
                    "lets nobody take part: the server knows a visitor by an id, and site.toml has "
                    'consent.visitor_id = "never"; write unit = "view"',
                    code="no-id",
                    severity="warning",
                )
            )
        if experiment.status == "running" and experiment.traffic == 0:
            found.append(
                document.problem(
                    ("traffic",),
                    "lets nobody take part in a running experiment but testers with a link "
                    "(`adweave experiment link`)",
                    code="no-traffic",
                    severity="warning",
                )
            )
        yield from (problem for problem in found if problem is not None)
    yield from (problem for problem in exclusion_problems(folder) if problem is not None)


def _ramp_problems(
    document: Document[Experiment], experiment: Experiment, folder: Folder
) -> Iterator[Problem | None]:
    """Steps out of order, and a share beside them that would say something else."""
    if experiment.ramp and "traffic" in experiment.model_fields_set:
        yield document.problem(
            ("traffic",), "stands beside ramp, which says how much traffic there is; take one of "
            "them out", code="double-traffic",
        )  # fmt: skip
    for index, key, fault in ramp_faults(experiment.ramp, folder.settings.time_zone):
        yield document.problem(("ramp", index, key), fault, code="bad-ramp")


def _variant_problems(
    document: Document[Experiment], experiment: Experiment, folder: Folder
) -> Iterator[Problem | None]:
    entries = document.values.get("variant")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        wanted = entry.get("layout") if isinstance(entry, dict) else None
        if isinstance(wanted, str) and wanted not in folder.layout_names:
            names = tuple(sorted(folder.layout_names))
            sentence = f"is no layout; {_known_layouts(names)}{hint(wanted, names)}"
            yield document.problem(("variant", index, "layout"), sentence, code="no-layout")
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
    if document.indices[:1] != (0,) or not variants or experiment.status == "decided":
        return  # a decided one is a record; its pages may have gone to the variant that won
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


def _outcome_problems(
    document: Document[Experiment], experiment: Experiment
) -> Iterator[Problem | None]:
    """Metrics that are not there, margins that are none or two, double names."""
    own = _entry_names(document.values.get("metric"))
    yield from _double_names(document, "metric", own)
    for index, name in own:
        if name in METRICS:
            yield document.problem(
                ("metric", index, "name"), "is the name of a built-in metric; choose another",
                code="double-name",
            )  # fmt: skip
    known = (*METRICS, *(name for _, name in own if isinstance(name, str)))
    entries = document.values.get("guardrail")
    named: list[tuple[tuple[str | int, ...], object]] = [(("primary",), experiment.primary)]
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, dict):
            continue
        named.append((("guardrail", index, "metric"), entry.get("metric")))
        if ("margin" in entry) == ("absolute" in entry):
            yield document.problem(
                ("guardrail", index, "metric"),
                "needs one of margin (relative: margin = 0.02) and absolute, and not both",
                code="bad-margin",
                shows_value=False,
            )
    for where, name in named:
        if isinstance(name, str) and name not in known:
            sentence = f"is no metric; there are {one_of(known, last='and')}{hint(name, known)}"
            yield document.problem(where, sentence, code="no-metric")


def _counted_nowhere(
    document: Document[Experiment], experiment: Experiment, folder: Folder
) -> Iterator[Problem | None]:
    """Metrics that stay at 0, and results that never come; not of one that is a record."""
    if experiment.status == "decided":
        return
    layouts = [folder.layouts.get(variant.layout) for variant in experiment.variant]
    models = [each.model for each in layouts if each is not None and not each.faulty]
    placements = {p.name for model in models if model is not None for p in model.placement}
    is_known = len(models) == len(layouts) and None not in models
    entries = document.values.get("metric")
    for index, entry in enumerate(_tables(entries) if is_known else ()):
        name = entry.get("placement")
        if isinstance(name, str) and name not in placements:
            known = tuple(sorted(placements))
            yield document.problem(
                ("metric", index, "placement"),
                f"is no placement of its layouts, so it counts nothing{hint(name, known)}",
                code="idle-metric",
                severity="warning",
            )
    if experiment.is_running and folder.knows("events") and not folder.settings.events.enabled:
        yield document.problem(
            ("status",),
            "has no results: site.toml says events.enabled = false, so nothing is reported back",
            code="no-events",
            severity="warning",
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
