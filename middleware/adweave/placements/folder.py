"""What the checks between keys and files look at: everything that was read, sound or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from adweave.placements.document import Document
from adweave.placements.experiments import Experiment
from adweave.placements.labels import LabelOverride
from adweave.placements.layouts import Layout
from adweave.placements.settings import Settings
from adweave.placements.site import Creative


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder's documents. `layout_names` includes unreadable files.

    `site` is None where there is no `site.toml`; `settings` are then the defaults. `has_settings`
    is False where what the file says is not known: rules that ask it say nothing.
    """

    layouts: Mapping[str, Document[Layout]]
    experiments: Mapping[str, Document[Experiment]]
    creatives: tuple[Creative, ...]
    layout_names: frozenset[str]
    site: Document[Settings] | None = None
    labels: Mapping[str, Document[LabelOverride]] = field(default_factory=dict)
    has_settings: bool = True

    @property
    def settings(self) -> Settings:
        """What `site.toml` says, as far as it is sound."""
        if self.site is None or self.site.model is None:
            return Settings()
        return self.site.model

    def knows(self, key: str) -> bool:
        """Whether a top-level key of `site.toml` is known: read without a fault, or not there."""
        if not self.has_settings:
            return False
        site = self.site
        return site is None or (
            site.model is not None and not site.has_syntax_faults and (key,) not in site.faulty
        )
