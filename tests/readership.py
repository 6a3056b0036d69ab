"""Readers made up by a seed, as their events would stand in a state folder.

For the report that the README and the tutorial show: assignment is the real one, what readers do
is drawn. `dense` has four slots an article, seen less often than the three of `control`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from adweave.events import Event, events_folder, line
from adweave.experiments import assign
from adweave.placements import load

START_MS = 1_764_028_800_000  # 2025-11-25 00:00 UTC
_SLOTS = {"control": 3, "dense": 4}
_SEEN = {"control": 0.58, "dense": 0.52}


def write_readership(placements: Path, state: Path, visitors: int = 6_000, seed: int = 4) -> None:
    """A day of `visitors` on pages of the experiment `density`, into one segment file."""
    site = load(placements).site
    assert site is not None
    folder = events_folder(state)
    folder.mkdir(parents=True, exist_ok=True)
    lines = (line(event) for event in _events(site.experiments["density"], visitors, seed))
    (folder / "20251125T000000Z-1-sample.ndjson").write_bytes(b"".join(lines))


def _events(experiment, visitors: int, seed: int) -> Iterator[Event]:  # type: ignore[no-untyped-def]
    draw = random.Random(seed)
    for _ in range(visitors):
        uid = f"{draw.getrandbits(128):032x}"
        index = assign(experiment, uid)
        assert index is not None
        variant = experiment.variants[index]
        for _ in range(min(8, 1 + int(draw.expovariate(0.8)))):
            view = f"{draw.getrandbits(64):016x}"
            at = START_MS + draw.randrange(86_400_000)
            for number, (kind, slot, value) in enumerate(_page_view(draw, variant.name)):
                yield Event(
                    id=f"{view}-{number}",
                    kind=kind,
                    t=at + 500 * number,
                    received=at + 500 * number + 200,
                    view=view,
                    unit="visitor",
                    uid=uid,
                    path="/en/",
                    lang="en",
                    layout=variant.layout,
                    exp=experiment.name,
                    variant=variant.name,
                    placement="inline" if slot else None,
                    slot=f"inline-{slot}" if slot else None,
                    value=value,
                    width=360,
                )


def _page_view(draw: random.Random, variant: str) -> Iterator[tuple[str, int | None, float | None]]:
    yield "view", None, None
    yield "exposure", None, None
    depth = draw.betavariate(2, 1.5)
    for slot in range(1, _SLOTS[variant] + 1):
        if slot / (_SLOTS[variant] + 1) > depth:
            break
        yield "request", slot, None
        yield "fill", slot, None
        yield "render", slot, None
        if draw.random() < _SEEN[variant]:
            yield "viewable", slot, None
        if draw.random() < 0.004:
            yield "click", slot, None
    yield "scroll", None, round(depth, 2)
    yield "shift", None, 0.0
