"""Experiments that run together: no visitor and no page is to be in two that must not meet.

A page carries one experiment at most, by its layout. Two meet on a page where the layout that
wins it is aimed (by a target or a schedule), so that the same page is of one experiment for some
requests and of another for others: then a visitor may be in both, and each changes what the other
measures. Experiments on different pages may share visitors; a namespace is for those that are
not to.
"""

from __future__ import annotations

from collections.abc import Iterator

from adweave.placements.document import Document
from adweave.placements.experiments import Experiment
from adweave.placements.folder import Folder
from adweave.placements.globs import may_share
from adweave.placements.layouts import Layout
from adweave.placements.problems import Problem
from adweave.placements.site import ranked_layouts

_Running = tuple[Document[Experiment], Experiment]


def exclusion_problems(folder: Folder) -> Iterator[Problem | None]:
    """Running experiments that share a visitor against their word, or a page without one."""
    running: list[_Running] = [
        (document, document.model)
        for document in folder.experiments.values()
        if document.model is not None and document.model.is_running and document.model.variant
    ]
    for place, (document, experiment) in enumerate(running):
        for other_document, other in running[:place]:
            mine, its = experiment.namespace, other.namespace
            if mine is not None and its is not None and mine.name == its.name:
                if mine.meets(its):
                    line = other_document.line_of(("namespace", "range"))
                    yield document.problem(
                        ("namespace", "range"),
                        f'overlaps [{its.range[0]:g}, {its.range[1]:g}] of the running experiment '
                        f'"{other.name}" ({other_document.file}:{line}); ranges of one namespace '
                        "must not share a visitor",
                        code="shared-visitors",
                    )  # fmt: skip
            elif _meet_on_a_page(folder, experiment, other):
                yield document.problem(
                    ("variant", 0, "layout"),
                    f'may be on the same page as "{other.variant[0].layout}" of the running '
                    f'experiment "{other.name}", so that a visitor is in both; write namespace = '
                    f'{{ name = "pages", range = [0.0, 0.5] }} in {document.file}, and the same '
                    f"name with the range [0.5, 1.0] in {other_document.file}",
                    code="shared-visitors",
                )


def _meet_on_a_page(folder: Folder, one: Experiment, other: Experiment) -> bool:
    names = [one.variant[0].layout, other.variant[0].layout]
    models = {
        name: found.model
        for name in names
        if (found := folder.layouts.get(name)) is not None and found.model is not None
    }
    if len(models) < 2:
        return False  # the same layout twice, or one that is not there: told elsewhere
    winner, loser = ranked_layouts(models)
    is_aimed = winner.target is not None or winner.schedule is not None
    return is_aimed and not _are_apart(winner, loser) and may_share(winner.pages, loser.pages)


def _are_apart(one: Layout, other: Layout) -> bool:
    """Whether the page itself, or where the visitor's id is kept, keeps them apart."""
    if one.target is None or other.target is None:
        return False
    for key in ("languages", "sections", "hosts"):
        mine: tuple[str, ...] = getattr(one.target, key)
        its: tuple[str, ...] = getattr(other.target, key)
        listed = [entry.casefold() for entry in (*mine, *its)]
        is_plain = not any(entry.startswith(("!", "*")) for entry in listed)
        if mine and its and is_plain and not _any_shared(mine, its, key):
            return True
    devices = set(one.target.devices), set(other.target.devices)
    # A visitor's id lies in one browser, which is on one device.
    return all(devices) and not devices[0] & devices[1]


def _any_shared(mine: tuple[str, ...], its: tuple[str, ...], key: str) -> bool:
    for one in (entry.casefold() for entry in mine):
        for other in (entry.casefold() for entry in its):
            within = key == "languages" and (
                one.startswith(f"{other}-") or other.startswith(f"{one}-")
            )
            if one == other or within:
                return True
    return False
