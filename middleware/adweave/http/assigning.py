"""Variants that the server picks: for experiments with `assign = "server"`.

Theory of operation. What the site decides for a request is refined by who asks: each delivery of
such an experiment is told the one variant that this reader's page is to have. The refined decision
has a key of its own. Plans, pages, held answers, streams and entity tags go by that key, so that
none of them can be given to a reader of another variant; and there is one object for each outcome,
so that all of it is worked out once. A page is planned for all outcomes together, whoever asks
first: were each planned for its own first reader, pages whose plan came too late would cost a rare
variant more of its readers than a common one. The answer is private, varies by what was looked at,
and is asked for anew each time: a link of a tester, a consent and a ramp's next step take effect at
once.

The unit is what the experiment says, and no other:

- a visitor is known by a cookie, which the loader sets where the policy allows. Without it, and
  under Global Privacy Control, the reader gets the control's layout and is not counted. Dealing
  him by page view until the cookie is there would mix two units in one estimate;
- a page view is drawn here, anew for every answer. The draw is hashed as an id is, so that seed,
  weights, traffic, ramp, holdout and namespace hold for it.

Crawlers get the control's layout. A tester's cookie is checked here by its signature; what a reader
has written there himself is none. Knows requests, and nothing of pages.
"""

from __future__ import annotations

import itertools
import math
import re
import secrets
from dataclasses import replace
from typing import Final

from adweave.events import QA_COOKIE, BadLink, crawlers, forced_by
from adweave.experiments import assign
from adweave.placements import Assigned, Decision, Delivery, Experiment, Site, cookies_of

from .fields import Fields, value_of

VISITOR_COOKIE: Final = "adweave-id"
"""Set by the loader; `browser/src/visitor.ts`."""

_ID: Final = re.compile(r"[0-9a-f]{32}")
_CONSULTED: Final = ("cookie", "sec-gpc", "user-agent")
_NOBODY: Final = Assigned()
_VIEW_BYTES: Final = 8
_MAX_MADE: Final = 4_096
# Of so many variants in as many experiments for one path each is planned when it is asked for.
_MAX_OTHERS: Final = 64


class Assigner:
    """Picks by one `Site`. `page_key` checks testers' links; without it there are none."""

    def __init__(self, site: Site, page_key: bytes | None) -> None:
        self._settings = site.settings
        self._key = page_key
        self._crawlers = crawlers(site.settings.events.bots)
        self._is_asked = any(
            experiment.is_running and experiment.assign == "server"
            for experiment in site.experiments.values()
        )
        # With the decision that it was made of, whose id names it.
        self._made: dict[tuple[object, ...], tuple[Decision, Decision]] = {}

    def assigned(self, decision: Decision, fields: Fields, now: float) -> Decision:
        """The decision with the variants that this reader gets, where the server picks any.

        `fields` are the client's, with lower-case names; `now` is in seconds since 1970.
        """
        if not self._is_asked or not any(each.is_for_one for each in decision.deliveries):
            return decision
        reader = _Reader(fields, self._key, now)
        is_crawler = self._crawlers.search(reader.agent) is not None
        picked = tuple(
            _NOBODY if is_crawler else self._picked(each.experiment, reader)
            for each in decision.deliveries
        )
        named = (id(decision), *picked)
        known = self._made.get(named)
        if known is None:
            if len(self._made) >= _MAX_MADE:
                self._made.clear()
            known = self._made[named] = decision, _refined(decision, picked)
        return known[1]

    def _picked(self, experiment: Experiment | None, reader: _Reader) -> Assigned:
        if experiment is None or experiment.assign != "server":
            return _NOBODY
        forced = reader.forced_in(experiment)
        if forced is not None:
            return Assigned(forced, is_tester=True)
        if experiment.unit == "view":
            unit = secrets.token_hex(_VIEW_BYTES)
        elif self._settings.consent.visitor_id == "never":
            return _NOBODY
        else:
            unit = reader.visitor
        variant = assign(experiment, unit, self._settings, reader.now)
        return _NOBODY if variant is None else Assigned(variant)


def others_of(decision: Decision) -> tuple[Decision, ...]:
    """What the same request would get if the server dealt otherwise; testers' pages left out.

    Empty where the server deals nothing.
    """
    outcomes = [
        tuple(one for one in outcomes_of(each) if one is None or not one.is_tester)
        for each in decision.deliveries
    ]
    if not 1 < math.prod(map(len, outcomes)) <= _MAX_OTHERS:
        return ()
    dealt = tuple(each.assigned for each in decision.deliveries)
    asked, _, _ = decision.key.rpartition(b"\n")
    base = replace(decision, key=asked)
    return tuple(
        _refined(base, picked) for picked in itertools.product(*outcomes) if picked != dealt
    )


def outcomes_of(delivery: Delivery) -> tuple[Assigned | None, ...]:
    """All that readers may be dealt of a delivery, with what this one is dealt."""
    if not delivery.is_for_one:
        return (delivery.assigned,)
    dealt = _NOBODY, *map(Assigned, range(len(delivery.layouts)))
    return dealt if delivery.assigned in dealt else (delivery.assigned, *dealt)


class _Reader:
    """What a request says of who asks."""

    def __init__(self, fields: Fields, key: bytes | None, now: float) -> None:
        self._key = key
        self.now = now
        self._cookies = cookies_of(value for name, value in fields if name == b"cookie")
        self._has_opted_out = (value_of(fields, b"sec-gpc") or b"").strip() == b"1"
        self.agent = value_of(fields, b"user-agent") or b""

    @property
    def visitor(self) -> str:
        """The visitor's id; empty where there is none, or it may not be used."""
        found = self._cookies.get(VISITOR_COOKIE, "")
        return found if _ID.fullmatch(found) and not self._has_opted_out else ""

    def forced_in(self, experiment: Experiment) -> int | None:
        """The variant's index that a tester's link asks for, if it is signed and holds still."""
        link = self._cookies.get(QA_COOKIE)
        if link is None or self._key is None:
            return None
        try:
            forced = forced_by(self._key, link, self.now)
        except BadLink:
            return None
        names = [variant.name for variant in experiment.variants]
        if forced.experiment != experiment.name or forced.variant not in names:
            return None
        return names.index(forced.variant)


def _refined(decision: Decision, picked: tuple[Assigned | None, ...]) -> Decision:
    """The decision with what was dealt: one of `picked` for each of its deliveries."""
    deliveries = tuple(
        replace(delivery, assigned=each) if delivery.is_for_one else delivery
        for delivery, each in zip(decision.deliveries, picked, strict=True)
    )
    outcome = ",".join(_named(each) for each in deliveries if each.is_for_one)
    return replace(
        decision,
        deliveries=deliveries,
        key=b"%b\n%b" % (decision.key, outcome.encode("utf-8")),
        consulted=tuple(sorted({*decision.consulted, *_CONSULTED})),
        is_private=True,
        until=0.0,  # with this answer: the next request may be another reader's, or another draw
    )


def _named(delivery: Delivery) -> str:
    experiment, assigned = delivery.experiment, delivery.assigned or _NOBODY
    name = experiment.name if experiment else ""
    shown = "" if assigned.variant is None else str(assigned.variant)
    return f"{name}={shown}{'?' if assigned.is_tester else ''}"
