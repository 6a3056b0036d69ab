"""What becomes of a page: the woven page as it is kept, and the outcome of one answer.

Knows what is sent and nothing of how it came about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .fields import Field
from .heads import Candidate
from .validators import woven_tag


@dataclass(slots=True)
class Outcome:
    """What to send. Not woven: `body` is the very object that came."""

    body: bytes
    reason: str | None  # None: woven
    status_field: bytes
    tag: bytes | None = None  # the woven page's ETag
    coding: str | None = None  # of the body, where it was negotiated with the client
    key: bytes | None = None  # of a woven page in the store

    @property
    def is_woven(self) -> bool:
        """Whether `body` has insertions."""
        return self.reason is None


@dataclass(slots=True, eq=False)
class Page:
    """A finished page in the store, and the fields of the last answer that was made of it."""

    body: bytes
    status_field: bytes
    miss_field: bytes  # the same where the plan was made for this very answer
    body_hash: bytes
    coding: str
    candidate: Candidate | None = None  # whose answer has `fields`
    fields: Sequence[Field] = ()

    def tag_for(self, candidate: Candidate) -> bytes:
        """The ETag of the page as an answer to `candidate`."""
        other = "" if self.coding == candidate.coding else self.coding
        return woven_tag(candidate.tag, candidate.epoch, self.body_hash, other)
