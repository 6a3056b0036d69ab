"""From a folder to a `Site`, or to the full list of what is wrong with it.

Read all files, read each as its model, check what concerns several; then, where there is no
error, make the site. A file that has not changed since an earlier load is not read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from adweave.placements.aims import settings_problems
from adweave.placements.chains import idle_demand, label_problems
from adweave.placements.checks import experiment_problems, layout_problems, site_problems
from adweave.placements.creatives import read_creatives
from adweave.placements.document import Document, read_document
from adweave.placements.experiments import Experiment
from adweave.placements.folder import Folder
from adweave.placements.labels import LabelOverride
from adweave.placements.layouts import Layout
from adweave.placements.problems import PlacementsError, Problem
from adweave.placements.reading import SITE_FILE, Files, read_files
from adweave.placements.settings import Settings
from adweave.placements.site import Site

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load gave: the site, or None where there is any error, and all problems.

    Problems are ordered by file, line and column; `site.toml` comes first, then layouts,
    experiments, labels, creatives, and what belongs to no line. `files` are the paths that were
    read.
    """

    site: Site | None
    problems: tuple[Problem, ...]
    files: tuple[str, ...] = ()
    documents: Mapping[str, Document[BaseModel]] = field(default_factory=dict, repr=False)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the folder from being used."""
        return tuple(problem for problem in self.problems if problem.is_error)

    def site_or_raise(self) -> Site:
        """The site; raises `PlacementsError` with every error where there is none."""
        if self.site is None:
            raise PlacementsError(self.problems)
        return self.site


def load(folder: Path | str, *, earlier: Loaded | None = None) -> Loaded:
    """Read and check a placements folder. Never raises for what is in it.

    `earlier` is a load of the same folder whose unchanged files need not be read again.
    """
    files = read_files(Path(folder))
    reader = _DocumentReader(files, {} if earlier is None else dict(earlier.documents))
    settings = reader.read(SITE_FILE, Settings, None) if SITE_FILE in files.contents else None
    layouts = reader.read_all("layouts", Layout)
    experiments = reader.read_all("experiments", Experiment)
    labels = reader.read_all("labels", LabelOverride)
    creatives, creative_problems = read_creatives(files)
    known = Folder(
        layouts=layouts,
        experiments=experiments,
        creatives=creatives,
        layout_names=_names(files, "layouts"),
        site=settings,
        labels=labels,
        has_settings=settings is not None or SITE_FILE not in files.unreadable,
    )
    problems = [
        *files.problems,
        *(problem for document in reader.documents.values() for problem in document.problems),
        *layout_problems(known),
        *experiment_problems(known),
        *settings_problems(known),
        *label_problems(known),
        *idle_demand(known),
        *creative_problems,
    ]
    if not any(problem.code == "no-folder" for problem in problems):
        problems.extend(site_problems(known))
    problems.sort(key=_reading_order)
    site = None
    if not any(problem.is_error for problem in problems):
        site = Site(
            generation=files.generation(),
            settings=(settings.model if settings else None) or Settings(),
            layouts=_models(layouts),
            experiments=_models(experiments),
            creatives=creatives,
            label_overrides={tag: model.texts() for tag, model in _models(labels).items()},
        )
    return Loaded(site, tuple(problems), tuple(sorted(files.contents)), reader.documents)


class _DocumentReader:
    def __init__(self, files: Files, earlier: Mapping[str, Document[BaseModel]]) -> None:
        self.files = files
        self.earlier = earlier
        self.documents: dict[str, Document[BaseModel]] = {}

    def read(self, path: str, model: type[M], name: str | None) -> Document[M]:
        raw = self.files.contents[path]
        old = self.earlier.get(path)
        if old is not None and old.raw == raw:
            document: Document[M] = old  # type: ignore[assignment]  # same path, same model
        else:
            document = read_document(path, raw, model, name)
        self.documents[path] = document  # type: ignore[assignment]
        return document

    def read_all(self, folder: str, model: type[M]) -> dict[str, Document[M]]:
        documents = {}
        for path in self.files.inside(folder):
            stem = path.rpartition("/")[2].removesuffix(".toml")
            has_name = "name" in model.model_fields
            documents[stem] = self.read(path, model, stem if has_name else None)
        return documents


def _models(documents: Mapping[str, Document[M]]) -> dict[str, M]:
    return {name: doc.model for name, doc in documents.items() if doc.model is not None}


def _names(files: Files, folder: str) -> frozenset[str]:
    """The names of all files that are there, readable or not: a broken layout is not missing."""
    paths = {*files.contents, *files.unreadable}
    return frozenset(
        path.rpartition("/")[2].removesuffix(".toml")
        for path in paths
        if path.startswith(f"{folder}/")
    )


def _reading_order(problem: Problem) -> tuple[int, str, int, int]:
    folders = (SITE_FILE, "layouts", "experiments", "labels", "creatives")
    first = problem.file.partition("/")[0]
    return (
        folders.index(first) if first in folders else len(folders),
        problem.file,
        problem.line,
        problem.col,
    )
