"""Where batches come in: who may send, then what is sent, then what came before.

Holds what must be remembered between batches of one process, all of it bounded. Knows nothing
of HTTP but the few fields of a request that `Sent` has.
"""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from adweave.events.intake import Accepted, Refused, intake
from adweave.events.model import AHEAD, REFUSED, Event, record
from adweave.events.senders import RateLimit, SeenIds, crawlers, is_prefetch, network_of
from adweave.events.tokens import is_token_of

TELL_EVERY_S: Final = 60.0
"""Refusals are told once in so many seconds: a flood must not fill the disk by being refused."""
_TOLD: Final = {"rate": REFUSED, "token": REFUSED, "prefetch": AHEAD}
"""Reasons that readers may meet through no fault of theirs, and what they are told as: an office
behind one address, a machine with a key of its own, a page loaded ahead of a visit. More slots send
more batches, so that the limit may meet one variant more."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch and its request. `address` is the reader's, as far as it is known."""

    raw: bytes
    address: str = ""
    agent: bytes = b""
    purposes: tuple[bytes, ...] = ()
    token: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is configured: experiments with their variants, and `[events]` of site.toml."""

    experiments: Mapping[str, Collection[str]]
    rate_per_minute: int = 0
    bots: tuple[str, ...] = ()


class Desk:
    """Takes batches in for one process. `key` is that of pages' tokens; None asks for none."""

    def __init__(
        self, key: bytes | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._key = key
        self._clock = clock
        self._refused: Counter[str] = Counter()
        self._told_at = -math.inf
        self._rate = RateLimit(clock)
        self._ids = SeenIds()
        self._bots: tuple[tuple[str, ...], re.Pattern[bytes]] = ((), crawlers())

    def may_send(self, address: str, terms: Terms) -> bool:
        """Whether one more batch is read from this address. Counts it."""
        return self._rate.allows(network_of(address), terms.rate_per_minute)

    def note_refusal(self, reason: str) -> None:
        """Remembers a batch that was refused, for `refusals`."""
        if reason in _TOLD:
            self._refused[_TOLD[reason]] += 1

    def refusals(self, *, is_last: bool = False) -> tuple[Event, ...]:
        """Records of what was refused since the last ones; none so soon after them."""
        now = self._clock()
        if not self._refused or (now - self._told_at < TELL_EVERY_S and not is_last):
            return ()
        told = tuple(record(kind, count) for kind, count in self._refused.items())
        self._refused.clear()
        self._told_at = now
        return told

    def take(self, sent: Sent, now_ms: int, terms: Terms) -> Accepted | Refused:
        """Checks one batch. Never raises; each id is accepted once, as far as is remembered."""
        if is_prefetch(sent.purposes):
            return Refused("prefetch")
        taken = intake(sent.raw, now_ms, terms.experiments, bot=self._is_bot(sent.agent, terms))
        if isinstance(taken, Refused):
            return taken
        if self._key is not None and taken.events:
            generation = taken.events[0].gen or ""
            if not is_token_of(sent.token, self._key, generation):
                return Refused("token")
        fresh = tuple(event for event in taken.events if self._ids.is_new(event.id))
        doubles = len(taken.events) - len(fresh)
        if not doubles:
            return taken
        stripped = {reason: len(fresh) for reason in taken.stripped if fresh}
        return replace(
            taken, events=fresh, dropped={**taken.dropped, "double": doubles}, stripped=stripped
        )

    def _is_bot(self, agent: bytes, terms: Terms) -> bool:
        known, pattern = self._bots
        if known != terms.bots:
            pattern = crawlers(terms.bots)
            self._bots = terms.bots, pattern
        return pattern.search(agent) is not None
