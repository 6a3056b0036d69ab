"""Who sends: crawlers, pages that nobody sees yet, and addresses that send too much.

Memory is bounded whatever is sent. Knows nothing of what a batch says.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Final

# Crawlers that run scripts, and tools that load a page to measure it. Their makers document these
# words; a browser's own `User-Agent` has none of them. (Cubot makes telephones.)
_CRAWLERS: Final = (
    r"(?<!cu)bot\b|crawl|spider|slurp|mediapartners|facebookexternalhit|lighthouse|pagespeed|gtmetrix"
    r"|pingdom|preview|headlessbrowser|phantomjs|python-|curl/|wget/"
)
MAX_ADDRESSES: Final = 20_000
"""So many addresses are told apart, per worker; beyond, the one that was quiet for longest goes."""
MAX_IDS: Final = 50_000
"""So many ids of events are remembered at least, per worker, to drop copies at the door."""


def crawlers(more: Collection[str] = ()) -> re.Pattern[bytes]:
    """What finds a crawler in a `User-Agent`; `more` are pieces of text besides those known."""
    pieces = "|".join([_CRAWLERS, *map(re.escape, more)])
    return re.compile(pieces.encode("utf-8"), re.IGNORECASE)


def is_prefetch(purposes: Collection[bytes]) -> bool:
    """Whether a request is made ahead of a visit: values of Sec-Purpose, Purpose, X-Moz, X-Purpose.

    Prerendering is a kind of prefetch there ("prefetch;prerender").
    """
    return any(re.match(rb"\s*(prefetch|prerender|preview)\b", each, re.I) for each in purposes)


def network_of(address: str) -> str:
    """What one sender can be assumed to hold: an IPv4 address, or the first 64 bits of IPv6."""
    if "." in address and address.count(":") == 1:
        address = address.partition(":")[0]  # some proxies add the port
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return found.packed[:8].hex()
    return str(found)


class RateLimit:
    """A bucket of tokens for each sender: `per_minute` at once, and as many again each minute."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, max_senders: int = MAX_ADDRESSES
    ) -> None:
        self._clock = clock
        self._max = max_senders
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def allows(self, sender: str, per_minute: int) -> bool:
        """Whether one more may be taken from this sender; 0 allows all."""
        if per_minute < 1:
            return True
        now = self._clock()
        left, since = self._buckets.pop(sender, (float(per_minute), now))
        left = min(float(per_minute), left + (now - since) * per_minute / 60)
        allowed = left >= 1
        self._buckets[sender] = (left - 1 if allowed else left, now)
        if len(self._buckets) > self._max:
            self._buckets.popitem(last=False)
        return allowed


class SeenIds:
    """The last ids, between `limit` and twice as many."""

    def __init__(self, limit: int = MAX_IDS) -> None:
        self._limit = limit
        self._now: set[int] = set()
        self._before: set[int] = set()

    def __len__(self) -> int:
        return len(self._now) + len(self._before)

    def is_new(self, name: str) -> bool:
        """Whether it comes for the first time, as far as is remembered; now it is remembered."""
        key = hash(name)  # 64 bits, keyed anew in each process: nobody can aim at another's id
        if key in self._now or key in self._before:
            return False
        if len(self._now) >= self._limit:
            self._before, self._now = self._now, set()
        self._now.add(key)
        return True
