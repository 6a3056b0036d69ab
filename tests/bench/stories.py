"""A site of as many distinct articles as are wanted, for what is measured over many pages.

Each article is one of the corpus with paragraphs of its own put in, so that its bytes, offsets and
heights, and so its plan, are no other's.
"""

from __future__ import annotations

import random
import socket

from adweave.http import PagePassed

from .pages import Sample, samples
from .planning import Planner
from .upstreams import Upstream

_SENTENCE = "The council put item {} off to its next meeting, as it had the one before. "
_MOST_ADDED = 6
_MOST_SENTENCES = 5
_END = b"</p>"


class Stories:
    """Article number n of a site, the same each time; made of pages that are woven."""

    def __init__(self, limit: int, *, nearest_bytes: int | None = None) -> None:
        """Vary at most `limit` pages: evenly over sizes, or those nearest to a size."""
        planner = Planner()
        found, self.origin = samples(limit if nearest_bytes is None else 200)
        if nearest_bytes is not None:
            found = sorted(found, key=lambda one: abs(len(one.body) - nearest_bytes))[:limit]
        self._pages = [one.body for one in found if _is_varied(planner, one)]
        if not self._pages:
            raise SystemExit("none of the pages is woven")

    def __len__(self) -> int:
        """How many pages are varied."""
        return len(self._pages)

    def page(self, number: int) -> bytes:
        """The bytes of an article, in UTF-8."""
        return _varied(self._pages[number % len(self._pages)], number)


def _is_varied(planner: Planner, sample: Sample) -> bool:
    """Whether the page is woven, with paragraphs put in as well."""
    try:
        return all(
            planner.woven(body, sample.content_type) != body
            for body in (sample.body, _varied(sample.body, 0), _varied(sample.body, 1))
        )
    except PagePassed:
        return False


def _varied(body: bytes, number: int) -> bytes:
    chance = random.Random(number)
    parts = body.split(_END)
    for _ in range(chance.randint(1, _MOST_ADDED)):
        words = _SENTENCE.format(number) * chance.randint(1, _MOST_SENTENCES)
        at = chance.randrange(len(parts) - 1) if len(parts) > 1 else 0
        parts[at] += b"</p><p>" + words.encode()
    return _END.join(parts)


class StorySite(Upstream):
    """An upstream that answers /story/N with article N; strong tags, and what is public."""

    def __init__(self, stories: Stories, *fields: bytes) -> None:
        """`fields` are sent with each page, besides its type and length."""
        self._stories = stories
        self._fields = fields
        super().__init__()

    def serve(self, connected: socket.socket) -> None:
        """One request after the other."""
        asked = b""
        while block := connected.recv(65536):
            asked += block
            if asked.endswith(b"\r\n\r\n"):
                connected.sendall(self._answer(asked))
                asked = b""

    def _answer(self, asked: bytes) -> bytes:
        number = int(asked.split(b" ", 2)[1].rpartition(b"/")[2])
        tag = b'"%d"' % number
        fields = [b"ETag: " + tag, *self._fields]
        if b"if-none-match: " + tag in asked.lower():
            return b"\r\n".join([b"HTTP/1.1 304 Not Modified", *fields, b"", b""])
        page = self._stories.page(number)
        fields += [b"Content-Type: text/html; charset=utf-8", b"Content-Length: %d" % len(page)]
        return b"\r\n".join([b"HTTP/1.1 200 OK", *fields, b"", page])
