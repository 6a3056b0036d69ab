"""One page judged whole: everything that is asked of a woven page, in one record.

Takes bytes and a corpus record, gives a `Verdict` of plain values that can cross a process
boundary. Knows nothing of how the page was woven.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .decoding import encoding_of, text_of
from .faults import first_paragraph_end, masses_of, place_faults
from .insertions import insertions_in, integrity_faults, units_of
from .labels import label_faults
from .purity import VOICES, Voice, purity_faults
from .reading import What, reading_of
from .trees import local_name, parity_of, tree_of
from .truth import Body, body_in


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a page beforehand: the corpus record, or what a test says."""

    kind: str = "article"  # article, other, listing, malformed, torture
    language: str | None = None
    language_sure: bool = False
    body_words: int = 0
    paragraphs: tuple[str, ...] = ()  # the article's true paragraphs, where all are known


@dataclass(frozen=True, slots=True)
class SlotVerdict:
    """One slot: its faults by name, and whether it stands inside the true body (None: unknown)."""

    faults: tuple[str, ...]
    inside: bool | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything found out about one woven page; empty lists are what one hopes for."""

    integrity: tuple[str, ...] = ()
    parity: str = ""
    parity_second_voice: str = ""
    purity: tuple[str, ...] = ()
    slots: tuple[SlotVerdict, ...] = ()
    labels: tuple[str, ...] | None = None  # None: language not sure, or no slot
    is_woven: bool = False
    notes: tuple[str, ...] = field(default=())

    @property
    def faulty_slots(self) -> int:
        """How many slots stand at a faulty place."""
        return sum(1 for slot in self.slots if slot.faults)


def judge(
    original: bytes,
    woven: bytes,
    content_type: str | None,
    facts: Facts,
    *,
    voices: Mapping[str, Voice] = VOICES,
) -> Verdict:
    """Judge one page. `voices` are the extractors to ask; an empty mapping asks none."""
    if original == woven:
        return Verdict()
    encoding = encoding_of(original, content_type)
    integrity = integrity_faults(original, woven, encoding)
    after = encoding_of(woven, content_type)
    if after != encoding:
        integrity.append(f"a browser would now read the page as {after}, not {encoding}")
    before_text = text_of(original, encoding)
    woven_text = text_of(woven, after)
    parity = parity_of(before_text, woven_text)
    slots, labels = _judge_slots(woven_text, facts)
    return Verdict(
        integrity=tuple(integrity),
        parity="" if parity.holds else parity.difference,
        parity_second_voice=parity.second_voice,
        purity=tuple(purity_faults(before_text, woven_text, voices)),
        slots=slots,
        labels=labels,
        is_woven=True,
        notes=_unseen_slots(woven, encoding, len(slots)),
    )


def _judge_slots(
    woven_text: str, facts: Facts
) -> tuple[tuple[SlotVerdict, ...], tuple[str, ...] | None]:
    reading = reading_of(tree_of(woven_text, scripting=False))
    masses = masses_of(reading)
    body: Body | None = body_in(reading.text, facts.paragraphs) if facts.paragraphs else None
    start = body.first_end if body else first_paragraph_end(reading, masses)
    verdicts: list[SlotVerdict] = []
    labels: list[str] = []
    for index, item in enumerate(reading.items):
        if item.what is not What.SLOT:
            continue
        faults = place_faults(reading, index, masses, start)
        verdicts.append(SlotVerdict(tuple(faults), body.holds(item.start) if body else None))
        if facts.language and local_name(item.node) == "ad-slot":
            labels += label_faults(item.node.attrib, facts.language)
    is_labelled = bool(verdicts) and facts.language_sure and facts.language is not None
    return tuple(verdicts), tuple(dict.fromkeys(labels)) if is_labelled else None


def _unseen_slots(woven: bytes, encoding: str, seen: int) -> tuple[str, ...]:
    """Slots that stand in the bytes but that the tree's reader never meets (in a script, say)."""
    found = [
        one for one in insertions_in(units_of(woven, encoding)) if one.kind in ("marker", "ad-slot")
    ]
    return () if len(found) == seen else (f"{len(found)} slots in the bytes, {seen} in the tree",)
