"""A loaded folder: everything that later stages may ask about it, in one immutable object.

Made by `load`; answers which layouts a path gets. Knows nothing of how it was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adweave.placements.asked import Request
from adweave.placements.deciding import Decider, Decision
from adweave.placements.experiments import Experiment
from adweave.placements.layouts import Layout
from adweave.placements.settings import Settings
from adweave.placements.switch import Switch
from adweave.placements.values import Size


@dataclass(frozen=True, slots=True)
class Creative:
    """A house creative: a file of `creatives/`, its size taken from its name.

    `name` is the file's name without size and ending ("newsletter" for
    `newsletter-300x250.html`), `path` is relative to the folder, `size` in CSS px, `hash` 12 hex
    digits of the content.
    """

    name: str
    path: str
    body: bytes
    content_type: str
    size: Size
    hash: str


@dataclass(frozen=True, slots=True)
class Assigned:
    """What the server picked for one reader: the variant's index, None where he is in none.

    `is_tester`: a signed link asked for it, so it is not to count.
    """

    variant: int | None = None
    is_tester: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a path gets: one layout, or those of a running experiment.

    Without an experiment `layouts` has one entry. With one, `layouts[i]` belongs to
    `experiment.variants[i]`; `layouts[0]`, the control, is what anyone outside the experiment
    gets. In a test of a layout against itself both entries are the same layout.

    `assigned` is what the server picked, where that is the server's to do.
    """

    layouts: tuple[Layout, ...]
    experiment: Experiment | None = None
    assigned: Assigned | None = None

    @property
    def layout(self) -> Layout:
        """The layout of readers outside any experiment."""
        return self.layouts[0]

    @property
    def is_for_one(self) -> bool:
        """Whether a page gets one variant's slots, and not those of all for a script to pick."""
        return self.experiment is not None and self.experiment.assign == "server"

    @property
    def arm(self) -> int:
        """Index of what the server picked; the control's where it picked none."""
        return (self.assigned.variant or 0) if self.assigned else 0

    @property
    def shown(self) -> Layout:
        """The layout that a page is called by: the one picked, or else that of the control."""
        return self.layouts[self.arm]


@dataclass(frozen=True, eq=False)
class Site:
    """A valid placements folder.

    `generation` is 12 hex digits of a hash over the names and contents of all files that were
    read: equal for equal folders, on every machine. `layouts` and `experiments` are keyed by
    name and ordered by it, `label_overrides` by language tag, then key. `switch` is what is off
    besides; placements that are off are not enabled in `layouts`.
    """

    generation: str
    settings: Settings
    layouts: Mapping[str, Layout]
    experiments: Mapping[str, Experiment]
    creatives: tuple[Creative, ...]
    label_overrides: Mapping[str, Mapping[str, str]]
    switch: Switch = field(default_factory=Switch)
    _decider: Decider = field(init=False, repr=False)

    def __post_init__(self) -> None:
        ranked = ranked_layouts(self.layouts)
        running = {
            experiment.variants[0].layout: experiment
            for experiment in self.experiments.values()
            if experiment.is_running
        }
        deliveries = []
        for layout in ranked:
            experiment = running.get(layout.name)
            if experiment is None:
                deliveries.append(Delivery((layout,)))
            else:
                arms = tuple(self.layouts[variant.layout] for variant in experiment.variants)
                deliveries.append(Delivery(arms, experiment))
        object.__setattr__(self, "_decider", Decider(deliveries, self.settings))

    def delivery_for(self, path: str) -> Delivery | None:
        """The layouts that a path alone leads to, or None where no layout wants the page.

        `path` is a request target's path without its query, percent-encoded or not. The layout
        with the highest `priority` wins, among equals the first by name. What a layout asks of
        the request or the page besides is `decide`'s to say. Safe to call from several threads.
        """
        return self._decider.delivery_for(path)

    def decide(
        self,
        path: str,
        *,
        host: str = "",
        fields: Sequence[tuple[bytes, bytes]] = (),
        now: float = 0.0,
    ) -> Decision:
        """What a request gets, as far as it can be told before its page is read.

        `host` is the Host field's value, `fields` are the client's header fields with lower-case
        names, `now` is in seconds since 1970. Safe to call from several threads.
        """
        return self._decider.decide(Request(path, host=host, fields=fields, now=now))

    def why(
        self,
        path: str,
        *,
        host: str = "",
        fields: Sequence[tuple[bytes, bytes]] = (),
        now: float = 0.0,
    ) -> Mapping[tuple[str, str], str]:
        """Why a request, as in `decide`, does not get layouts or placements, for people.

        By (layout, placement), the placement empty for a layout as a whole.
        """
        return self._decider.why(Request(path, host=host, fields=fields, now=now))


def ranked_layouts(layouts: Mapping[str, Layout]) -> list[Layout]:
    """Layouts in the order in which they win a page: highest priority, then name."""
    return sorted(layouts.values(), key=lambda layout: (-layout.priority, layout.name))
