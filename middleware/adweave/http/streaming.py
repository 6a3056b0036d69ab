"""Pages that stream through the splice: what is known of a page before its body has come.

Theory of operation. A strong entity tag names bytes (RFC 9110, 8.8.1). Where an answer has the tag,
address and kind of one that was planned, the plan is that one, and the head and every block can
go out as they come. The tag is not believed blindly: of all bytes before an insertion a keyed hash
is kept, and only where it is the same is anything put in. From the first difference on nothing is,
so that what a reader gets is the upstream's page, and, wherever it has slots, what comes before
them was checked with them.

Knows bytes and offsets; nothing of sockets and HTML.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import xxhash
from isal import isal_zlib

from adweave.page import weave

from .codings import IDENTITY
from .plans import PagePlan
from .store import BoundedStore

# Codings that a page can be sent in as it comes.
CODINGS: Final = frozenset({IDENTITY, "gzip"})
_DIGEST_BYTES: Final = 16


class _Compressor(Protocol):
    def compress(self, block: bytes, /) -> bytes: ...

    def flush(self, mode: int = ..., /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Known:
    """A planned page: the key of its plan, its length and what comes before each insertion."""

    page_key: bytes
    length: int
    digests: bytes  # 16 for each insertion

    @classmethod
    def of(cls, page_key: bytes, body: bytes, plan: PagePlan, seed: int) -> Known:
        """What is to be known of a page. `body` is decoded; `seed` keys the hash (64 bits)."""
        view = memoryview(body)
        digests, at, so_far = [], 0, xxhash.xxh3_128(seed=seed)
        for offset, _ in plan.insertions:
            so_far.update(view[at:offset])
            digests.append(so_far.digest())
            at = offset
        return cls(page_key, len(body), b"".join(digests))


class Splice:
    """One page on its way through. `feed` gives what is to be sent for what came."""

    def __init__(self, known: Known, plan: PagePlan, seed: int, coding: str) -> None:
        digests = [part for (part,) in struct.iter_unpack(f"{_DIGEST_BYTES}s", known.digests)]
        self._marks: list[tuple[int, bytes, bytes]] = [
            (offset, digest, weave(b"", ((0, markup),), plan.encoding))
            for (offset, markup), digest in zip(plan.insertions, digests, strict=True)
        ]
        self._marks.reverse()  # the next one last
        self._at = 0
        self._so_far = xxhash.xxh3_128(seed=seed)
        self._compressor: _Compressor | None = None
        if coding == "gzip":
            self._compressor = isal_zlib.compressobj(2, isal_zlib.DEFLATED, 31)
        self.coding = coding
        self.differs = False
        """The page is not the one that is known: nothing more is put in."""
        self.fault: Exception | None = None
        """What failed on the way; nothing more was put in from there on."""

    @property
    def is_whole(self) -> bool:
        """Everything was put in."""
        return not (self._marks or self.differs or self.fault)

    def feed(self, block: bytes, *, is_last: bool) -> bytes:
        """The woven bytes for the next ones of the page, in the coding of the answer."""
        try:
            woven = self._woven(block)
        except Exception as error:
            self.fault, woven = error, block
            self._marks.clear()
        if self._compressor is None:
            return woven
        packed = self._compressor.compress(woven)
        return packed + self._compressor.flush(
            isal_zlib.Z_FINISH if is_last else isal_zlib.Z_SYNC_FLUSH
        )

    def _woven(self, block: bytes) -> bytes:
        if not self._marks:
            return block
        pieces: list[bytes] = []
        at, end = 0, self._at + len(block)
        while self._marks and self._marks[-1][0] <= end:
            offset, digest, markup = self._marks.pop()
            piece = block[at : offset - self._at]
            at = offset - self._at
            self._so_far.update(piece)
            pieces.append(piece)
            if self._so_far.digest() == digest:
                pieces.append(markup)
            else:
                self.differs = True
                self._marks.clear()
        rest = block[at:]
        if self._marks:
            self._so_far.update(rest)
        self._at = end
        pieces.append(rest)
        return b"".join(pieces)


class KnownPages:
    """Planned pages by what their answers' heads say; the least used goes first."""

    def __init__(self, max_bytes: int) -> None:
        self._pages: BoundedStore[Known] = BoundedStore(max_count=20_000, max_bytes=max_bytes)

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def size_bytes(self) -> int:
        """About what all of it takes in memory."""
        return self._pages.size_bytes

    def get(self, name: bytes) -> Known | None:
        """What is known of an answer's page before it has come."""
        return self._pages.get(name)

    def put(self, name: bytes, known: Known) -> None:
        """Note a page that was planned."""
        self._pages.put(name, known, 300 + len(name) + len(known.digests))

    def forget(self, name: bytes) -> None:
        """The tag stands for something else now."""
        self._pages.drop(name)


def name_of(tag: bytes | None, seed: int, resource: Sequence[bytes]) -> bytes | None:
    """The name of an answer's page: its strong tag, its address and what else its plan rests on.

    None without a strong tag. `seed` stands for the configuration and the answer's other fields.
    """
    if tag is None or len(tag) < 3 or not (tag.startswith(b'"') and tag.endswith(b'"')):
        return None
    name = b"\n".join((b"%x" % seed, tag, *resource))
    return name if len(name) <= 4_096 else None
