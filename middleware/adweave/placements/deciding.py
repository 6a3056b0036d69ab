"""Which layouts and placements a request gets, before its page is read.

Theory of operation. All that can be known is worked out when a folder is loaded: patterns are
one tree (`globs`), conditions are lists of small tests, schedules are clocks. For a path, the
layouts that may come into question are looked up once and kept: those down to the first that
takes every request. Most paths of most sites have just one, without conditions; then the answer
is an object that is there already. Otherwise the tests are asked, and what they say (a tuple of
booleans) leads to the decision, made once for each outcome.

What the answer depends on is told with it, for the sake of caches: the request's fields that
were, or might have been, consulted for this path; the outcome's key; and until when it holds.
Knows requests only as `asked.Request`, and nothing of pages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from adweave.placements.asked import Request
from adweave.placements.conditions import Conditions, conditions_of, member_tests
from adweave.placements.globs import GlobTable
from adweave.placements.layouts import Layout, Placement
from adweave.placements.settings import Settings
from adweave.placements.target import Target

if TYPE_CHECKING:
    from adweave.placements.site import Delivery

# Remembered per generation; short paths only, so that nobody can fill memory with long ones.
_REMEMBERED_PATHS = 4_096
_REMEMBERED_LENGTH = 256
_REMEMBERED_DECISIONS = 4_096

# (layout, placement): what is left out of a plan.
Off = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a request gets.

    `deliveries` are to be tried in order: what their layouts ask of the page decides between
    them. Without any, `reason` says why: "no-layout", "member" or "not-targeted". `off` are the
    placements that this request does not get. `is_member`: the request says that the reader is
    one.

    `key` differs where outcomes differ, and is empty where nothing but the path decides.
    `consulted` are the request's fields, in lower case, that decide for this path: the same for
    all requests to it. `is_private`: no shared cache may keep the answer. `until` is when the
    decision ends, in seconds since 1970, or None.
    """

    deliveries: tuple[Delivery, ...]
    reason: str = ""
    off: Off = frozenset()
    is_member: bool = False
    key: bytes = b""
    consulted: tuple[str, ...] = ()
    is_private: bool = False
    until: float | None = None

    @property
    def delivery(self) -> Delivery | None:
        """The first of the deliveries, or None."""
        return self.deliveries[0] if self.deliveries else None


@dataclass(frozen=True, slots=True)
class _Guarded:
    """A placement with conditions. `paths` are its own patterns."""

    layout: str
    placement: str
    conditions: Conditions
    paths: GlobTable | None


@dataclass(frozen=True, slots=True)
class _Entry:
    """A layout's delivery with all conditions in it."""

    delivery: Delivery
    conditions: Conditions
    guarded: tuple[_Guarded, ...]
    asks_page: bool  # whether the page decides, too
    names_members: bool  # whether its own target speaks of members

    @property
    def takes_all(self) -> bool:
        """Whether no layout after this one ever gets a page that this one may have."""
        return not self.conditions and not self.asks_page and not self.names_members


@dataclass(slots=True)
class _Choice:
    """What comes into question for one path."""

    entries: tuple[_Entry, ...]
    off: Off
    conditions: tuple[Conditions, ...] = ()
    consulted: tuple[str, ...] = ()
    is_private: bool = False
    asks_members: bool = False
    plain: Decision | None = None  # where nothing but the path decides
    made: dict[tuple[object, ...], Decision] = field(default_factory=dict)


class Decider:
    """Decides for one generation of a folder. Safe to ask from several threads.

    `deliveries` are in the order in which they win a page; the patterns of the first layout of
    each say which paths it wants.
    """

    def __init__(self, deliveries: Iterable[Delivery], settings: Settings) -> None:
        self._settings = settings
        self._members = member_tests(settings.members)
        self._asks_page_members = settings.members.selector is not None
        self._entries = [self._entry(delivery) for delivery in deliveries]
        self._table = GlobTable([entry.delivery.layout.pages for entry in self._entries])
        self._choices: dict[str, _Choice] = {}
        self._by_layouts: dict[tuple[tuple[str, ...], Off], _Choice] = {}

    def delivery_for(self, path: str) -> Delivery | None:
        """What the path alone leads to first, whatever else its layout asks."""
        choice = self._choices.get(path) or self._remembered(path)
        return choice.entries[0].delivery if choice.entries else None

    def decide(self, request: Request) -> Decision:
        """The decision for a request."""
        choice = self._choices.get(request.path)
        if choice is None:
            choice = self._remembered(request.path)
        if choice.plain is not None:
            return choice.plain
        is_member = choice.asks_members and any(test(request) for test in self._members)
        until: float | None = None
        outcome: list[object] = [is_member]
        for conditions in choice.conditions:
            is_on = True
            for test in conditions.tests:
                if not test(request):
                    is_on = False
                    break
            if conditions.clock is not None:
                in_time, then = conditions.clock.at(request.now)
                is_on = is_on and in_time
                if then is not None and (until is None or then < until):
                    until = then
            outcome.append(is_on)
        outcome.append(until)
        named = tuple(outcome)
        decision = choice.made.get(named)
        if decision is None:
            if len(choice.made) >= _REMEMBERED_DECISIONS:
                choice.made.clear()
            decision = choice.made[named] = self._made(choice, named)
        return decision

    def why(self, request: Request) -> dict[tuple[str, str], str]:
        """What a request does not get, with a sentence for each, for people.

        By (layout, placement), the placement empty for a layout as a whole; as far as it can be
        told before the page is read, and down to the first layout that takes every page.
        """
        choice = self._choices.get(request.path) or self._remembered(request.path)
        is_member = any(test(request) for test in self._members)
        who = "not for members" if is_member else "only for members"
        why: dict[tuple[str, str], str] = {}
        for entry in choice.entries:
            layout = entry.delivery.layout
            fault = entry.conditions.fault(request)
            if fault is None and not self._is_for_reader(layout.target, is_member):
                fault = who
            if fault is not None:
                why[layout.name, ""] = fault
                continue
            for guarded in entry.guarded:
                at = (guarded.layout, guarded.placement)
                fault = guarded.conditions.fault(request)
                if at in choice.off:
                    why[at] = "not for this path"
                elif fault is not None:
                    why[at] = fault
            left_out = self._members_off(entry.delivery, is_member)
            for each in entry.delivery.layouts:
                for placement in each.placement:
                    if placement.enabled and (each.name, placement.name) in left_out:
                        why.setdefault((each.name, placement.name), who)
            if not entry.asks_page:
                break
        return why

    def _remembered(self, path: str) -> _Choice:
        choice = self._choice(path)
        if len(path) <= _REMEMBERED_LENGTH:
            if len(self._choices) >= _REMEMBERED_PATHS:
                self._choices.clear()
            self._choices[path] = choice
        return choice

    def _choice(self, path: str) -> _Choice:
        entries: list[_Entry] = []
        for rank in self._table.ranks(path):
            entries.append(self._entries[rank])
            if entries[-1].takes_all:
                break
        elsewhere = frozenset(
            (guarded.layout, guarded.placement)
            for entry in entries
            for guarded in entry.guarded
            if guarded.paths is not None and guarded.paths.best(path) is None
        )
        # Paths with the same layouts share what is known of them.
        named = (tuple(entry.delivery.layout.name for entry in entries), elsewhere)
        choice = self._by_layouts.get(named)
        if choice is None:
            choice = self._by_layouts[named] = self._choice_of(entries, elsewhere)
        return choice

    def _choice_of(self, entries: list[_Entry], elsewhere: Off) -> _Choice:
        if not entries:
            return _Choice((), frozenset(), plain=Decision((), "no-layout"))
        choice = _Choice(tuple(entries), elsewhere)
        asked: list[Conditions] = []
        for entry in entries:
            asked.append(entry.conditions)
            asked += [guarded.conditions for guarded in entry.guarded]
        asks_members = bool(self._members) and any(each.asks_members for each in asked)
        if not any(asked) and not asks_members:
            choice.plain = self._decision(choice, (False, *(True for _ in asked), None), b"")
            return choice
        consulted = {name for each in asked for name in each.consulted}
        members = self._settings.members
        if asks_members:
            consulted |= {"cookie"} if members.cookies else set()
            consulted |= {name.lower() for name in members.headers}
        keeps_out = self._settings.targeting.shared_caches == "private"
        choice.conditions = tuple(asked)
        choice.asks_members = asks_members
        choice.consulted = tuple(sorted(consulted))
        choice.is_private = keeps_out and (asks_members or any(each.is_private for each in asked))
        return choice

    def _made(self, choice: _Choice, outcome: tuple[object, ...]) -> Decision:
        shown = "".join("1" if each else "0" for each in outcome[:-1])
        # The path's own layouts are part of what the outcome means.
        names = ",".join(entry.delivery.layout.name for entry in choice.entries)
        made = self._decision(choice, outcome, f"{names}:{shown}".encode())
        until = outcome[-1]
        return replace(
            made,
            consulted=choice.consulted,
            is_private=choice.is_private,
            until=until if isinstance(until, float) else None,
        )

    def _decision(self, choice: _Choice, outcome: tuple[object, ...], key: bytes) -> Decision:
        is_member = bool(outcome[0])
        answers = iter(outcome[1:])
        deliveries: list[Delivery] = []
        off = set(choice.off)
        has_members_only = False
        is_decided = False
        for entry in choice.entries:
            is_on = bool(next(answers))
            is_on = is_on and self._is_for_reader(entry.delivery.layout.target, is_member)
            for guarded in entry.guarded:
                if not next(answers):
                    off.add((guarded.layout, guarded.placement))
            if not is_on or is_decided:
                continue
            left_out = self._members_off(entry.delivery, is_member)
            has_members_only = has_members_only or bool(left_out)
            off |= left_out
            deliveries.append(entry.delivery)
            is_open = entry.names_members and self._asks_page_members
            is_decided = not entry.asks_page and not is_open
        # Where layouts have nothing to put anywhere, the plan is to say so, and not the request.
        asks_for_nothing = deliveries and not any(
            _has_any(entry.delivery, ()) for entry in choice.entries
        )
        if asks_for_nothing or any(_has_any(delivery, off) for delivery in deliveries):
            return Decision(tuple(deliveries), "", frozenset(off), is_member, key)
        reason = "member" if is_member and has_members_only else "not-targeted"
        return Decision((), reason, frozenset(off), is_member, key)

    def _is_for_reader(self, target: Target | None, is_member: bool) -> bool:
        """Whether a layout's word on members lets it go on; the page may still tell."""
        mode = target.members if target is not None else None
        if mode == "only" and not is_member:
            return self._asks_page_members
        return not (mode == "no" and is_member)

    def _members_off(self, delivery: Delivery, is_member: bool) -> set[tuple[str, str]]:
        if not is_member and self._asks_page_members:
            return set()  # the page may still tell
        return {
            (layout.name, placement.name)
            for layout in delivery.layouts
            for placement in layout.placement
            if not is_for(placement, is_member)
        }

    # -- what can be worked out beforehand ---------------------------------------------------

    def _entry(self, delivery: Delivery) -> _Entry:
        layout = delivery.layout
        distinct = {each.name: each for each in delivery.layouts}.values()
        guarded = tuple(
            found
            for each in distinct
            for placement in each.placement
            if placement.enabled and (found := self._guarded(each, placement)) is not None
        )
        conditions = conditions_of(layout.target, layout.schedule, self._settings)
        if any(p.enabled and p.is_ad for each in distinct for p in each.placement):
            conditions = replace(conditions, asks_members=True)
        names_members = layout.target is not None and layout.target.members in ("no", "only")
        return _Entry(delivery, conditions, guarded, asks_page(layout.target), names_members)

    def _guarded(self, layout: Layout, placement: Placement) -> _Guarded | None:
        conditions = conditions_of(placement.target, placement.schedule, self._settings)
        target = placement.target
        paths = GlobTable([target.pages]) if target is not None and target.pages else None
        if not conditions and paths is None and not conditions.asks_members:
            return None
        return _Guarded(layout.name, placement.name, conditions, paths)


def asks_page(target: Target | None) -> bool:
    """Whether a target depends on the page."""
    return target is not None and bool(
        target.languages
        or target.sections
        or target.tags
        or target.min_length is not None
        or target.max_length is not None
    )


def is_for(placement: Placement, is_member: bool) -> bool:
    """Whether a placement is for a reader, by membership alone."""
    mode = placement.target.members if placement.target is not None else None
    if mode is None:
        mode = "no" if placement.is_ad else "also"
    return mode == "also" or is_member == (mode == "only")


def _has_any(delivery: Delivery, off: Collection[tuple[str, str]]) -> bool:
    """Whether a layout has a placement that is on, those in `off` not counted."""
    return any(
        placement.enabled and (layout.name, placement.name) not in off
        for layout in delivery.layouts
        for placement in layout.placement
    )
