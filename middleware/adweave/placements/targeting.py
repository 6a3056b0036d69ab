"""What of a decision is left to the page: language, section, tags, length, members, safety.

Asked once per plan, after the page was read. Takes `Facts`, what a page says about itself, and
gives the layout that it gets and the placements that it does not, each with a sentence for
people. Pure. Knows nothing of HTML, and of requests only what was decided.

Words of headlines are compared whole. A word is a run of letters, digits and marks; case, the
form of a character (NFKC) and the dots of the Turkish i make no difference. Words in scripts
that put no spaces between words (Chinese, Japanese, Thai, ...) are looked for anywhere.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from adweave.placements.conditions import has, parted
from adweave.placements.deciding import Decision, Off, asks_page, is_for
from adweave.placements.layouts import Layout
from adweave.placements.settings import Settings
from adweave.placements.site import Delivery
from adweave.placements.target import Safety, Target
from adweave.placements.values import Distance

# Blocks of scripts that are written without spaces between words.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x9FFF),  # Chinese characters
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page says about itself, as far as targets and safety ask.

    `metas` are the values of its `<meta>` elements by lower-case name or property. `length`
    gives the article's length in a distance's unit. `is_member`: the page is a member's.
    """

    language: str = ""
    section: str = ""
    tags: tuple[str, ...] = ()
    headlines: tuple[str, ...] = ()
    metas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    length: Callable[[Distance], float] = lambda distance: 0.0
    is_member: bool = False


@dataclass(frozen=True, slots=True)
class Aimed:
    """What a page gets: a delivery, and what is left out of its layouts.

    Without a delivery, or with all of it left out, `reason` says why: "not-targeted", "member"
    or "sensitive"; `why` has a sentence for each layout or placement that is left out, by
    (layout, placement), the placement empty for a layout as a whole.
    """

    delivery: Delivery | None
    off: Off
    reason: str
    why: Mapping[tuple[str, str], str]

    @property
    def detail(self) -> str:
        """All sentences in one, each with what it is about."""
        about: dict[str, list[str]] = {}
        for (layout, placement), why in self.why.items():
            named = f'"{placement}"' if placement else f'layout "{layout}"'
            if named not in about.setdefault(why, []):
                about[why].append(named)
        return "; ".join(f"{', '.join(names)}: {why}" for why, names in about.items())


def aimed(decision: Decision, settings: Settings, asked: Callable[[], Facts]) -> Aimed:
    """What a page gets of what was decided for its request.

    `asked` gives the page's facts; it is not called where nothing depends on them.
    """
    if not page_decides(decision, settings):
        return Aimed(decision.deliveries[0], decision.off, "", {})
    facts = asked()
    why: dict[tuple[str, str], str] = {}
    chosen: Delivery | None = None
    is_member = decision.is_member or facts.is_member
    for delivery in decision.deliveries:
        target = delivery.layout.target
        fault = _fault(target, facts) or _member_fault(target, is_member)
        if fault is None:
            chosen = delivery
            break
        why[delivery.layout.name, ""] = fault
    if chosen is None:
        return Aimed(None, decision.off, decision.reason or "not-targeted", why)
    danger = sensitivity(settings.safety, facts)
    off = set(decision.off)
    reasons: set[str] = set()
    for layout in {each.name: each for each in chosen.layouts}.values():
        for placement in layout.placement:
            at = (layout.name, placement.name)
            if at in off or not placement.enabled:
                continue
            reason, fault = "", None
            if danger is not None and placement.is_ad:
                reason, fault = "sensitive", danger
            elif not is_for(placement, is_member):
                who = "members" if is_member else "readers who are no members"
                reason, fault = "member", f"not for {who}"
            elif (found := _fault(placement.target, facts)) is not None:
                reason, fault = "not-targeted", found
            if fault is not None:
                off.add(at)
                reasons.add(reason)
                why[at] = fault
    is_left = any(
        placement.enabled and (layout.name, placement.name) not in off
        for layout in chosen.layouts
        for placement in layout.placement
    )
    reason = "" if is_left else _strongest(reasons)
    return Aimed(chosen, frozenset(off), reason, why)


def page_decides(decision: Decision, settings: Settings) -> bool:
    """Whether the page has a say in what it gets of what was decided for its request."""
    deliveries = decision.deliveries
    return len(deliveries) != 1 or _asks_page(deliveries[0], settings)


def _asks_page(delivery: Delivery, settings: Settings) -> bool:
    """Whether the page has a say in what it gets of a delivery."""
    safety = settings.safety
    return (
        settings.members.selector is not None
        or bool(safety.sections or safety.tags or safety.meta or safety.words)
        or asks_page(delivery.layout.target)
        or any(asks_page(p.target) for layout in delivery.layouts for p in layout.placement)
    )


def without(layout: Layout, off: Off) -> Layout:
    """The layout as it is planned where some placements are left out."""
    names = {name for at, name in off if at == layout.name}
    if not names:
        return layout
    kept = tuple(
        placement.model_copy(update={"enabled": False}) if placement.name in names else placement
        for placement in layout.placement
    )
    return layout.model_copy(update={"placement": kept})


def sensitivity(safety: Safety, facts: Facts) -> str | None:
    """Why no ad may stand beside the article, or None."""
    for entry in safety.sections:
        if _folded(entry) == _folded(facts.section):
            return f'no ads in section "{facts.section}"'
    own = {_folded(tag): tag for tag in facts.tags}
    for entry in safety.tags:
        if _folded(entry) in own:
            return f'no ads with tag "{own[_folded(entry)]}"'
    for name, wanted in safety.meta.items():
        values = facts.metas.get(name.lower(), ())
        if any(has(wanted, value) for value in values) or (not values and wanted is False):
            return f'no ads with meta "{name}"'
    for tag, words in safety.words.items():
        if tag == "any" or is_language(facts.language, tag):
            for headline in facts.headlines:
                for word in words:
                    if has_word(headline, word):
                        return f'no ads with "{word}" in the headline'
    return None


def has_word(text: str, word: str) -> bool:
    """Whether `word`, which may be several, stands in `text` as a whole."""
    wanted, found = _words(word), _words(text)
    if not wanted:
        return False
    if any(_is_unspaced(each) for each in wanted):
        return "".join(wanted) in "".join(found)
    count = len(wanted)
    return any(found[at : at + count] == wanted for at in range(len(found) - count + 1))


def is_language(tag: str, wanted: str) -> bool:
    """Whether a language tag is in the range `wanted` (RFC 4647, 3.3.1)."""
    tag, wanted = tag.casefold(), wanted.casefold()
    return tag == wanted or tag.startswith(f"{wanted}-")


def _strongest(reasons: set[str]) -> str:
    return next((each for each in ("sensitive", "member") if each in reasons), "not-targeted")


def _member_fault(target: Target | None, is_member: bool) -> str | None:
    mode = target.members if target is not None else None
    if mode == "only" and not is_member:
        return "only for members"
    return "not for members" if mode == "no" and is_member else None


def _fault(target: Target | None, facts: Facts) -> str | None:
    """Why a target does not hold for a page, or None."""
    if target is None or not asks_page(target):
        return None
    taken_in, taken_out = parted(target.languages)
    if any(is_language(facts.language, each) for each in taken_out) or (
        taken_in and not any(is_language(facts.language, each) for each in taken_in)
    ):
        return f'the article\'s language is "{facts.language}"'
    if not _fits(target.sections, (facts.section,) if facts.section else ()):
        section = f'"{facts.section}"' if facts.section else "not told"
        return f"the page's section is {section}"
    if not _fits(target.tags, facts.tags):
        tags = ", ".join(f'"{tag}"' for tag in facts.tags) or "none"
        return f"the page's tags are {tags}"
    for bound, is_low in ((target.min_length, True), (target.max_length, False)):
        if bound is None:
            continue
        length = facts.length(bound)
        if length < bound.value if is_low else length > bound.value:
            return f"the article has {length:.0f} {bound.unit}, {'min' if is_low else 'max'}" + (
                f"_length is {bound}"
            )
    return None


def _fits(entries: tuple[str, ...], found: Iterable[str]) -> bool:
    taken_in, taken_out = parted(entries)
    own = {_folded(each) for each in found}
    if any(_folded(each) in own for each in taken_out):
        return False
    return not taken_in or any(_folded(each) in own for each in taken_in)


@lru_cache(maxsize=4_096)
def _folded(text: str) -> str:
    """For comparing without regard to case, form and the dots of the Turkish i."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    # "I" folds to "i" in every language but Turkish and its kin, where it is a dotless one.
    return " ".join(folded.replace("i\u0307", "i").replace("\u0131", "i").split())


@lru_cache(maxsize=4_096)
def _words(text: str) -> tuple[str, ...]:
    spaced = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in _folded(text))
    return tuple(spaced.split())


def _is_unspaced(word: str) -> bool:
    return any(low <= ord(c) <= high for c in word for low, high in _UNSPACED)
