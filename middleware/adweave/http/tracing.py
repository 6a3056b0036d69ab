"""Which request a line in a log is about: its id, and its place in a trace.

`X-Request-ID` is taken from proxies whose word is taken, and made otherwise; `traceparent` is W3C
Trace Context, version 00: the trace stays, and what goes to the upstream names us as its parent.
Pure but for random numbers; knows nothing of logs.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final

from .fields import Field, Fields, value_of

_ID: Final = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_PARENT: Final = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_OURS: Final = frozenset({b"x-request-id", b"traceparent"})


@dataclass(frozen=True, slots=True)
class Trace:
    """One request's names; all in lower-case hex but the id, which may be the proxy's own."""

    request_id: str
    trace_id: str
    span_id: str
    parent_id: str  # empty where the trace begins here
    flags: str

    def told(self, fields: list[Field]) -> list[Field]:
        """A request's fields as the upstream gets them."""
        kept = [field for field in fields if field[0] not in _OURS]
        kept.append((b"x-request-id", self.request_id.encode("ascii")))
        parent = f"00-{self.trace_id}-{self.span_id}-{self.flags}"
        kept.append((b"traceparent", parent.encode("ascii")))
        return kept


def trace_of(fields: Fields, *, is_trusted: bool) -> Trace:
    """The trace of a request. A `traceparent` that is not valid begins a new one, as W3C has it."""
    given = value_of(fields, b"x-request-id") if is_trusted else None
    if given is None or not _ID.fullmatch(given):
        given = os.urandom(16).hex().encode("ascii")
    span = os.urandom(8).hex()
    parent = _PARENT.fullmatch((value_of(fields, b"traceparent") or b"").strip())
    if (
        parent is None
        or parent[1] == b"ff"
        or (parent[1] == b"00" and parent[5])
        or not parent[2].strip(b"0")
        or not parent[3].strip(b"0")
    ):
        return Trace(given.decode("ascii"), os.urandom(16).hex(), span, "", "00")
    trace, parent_id, flags = (parent[index].decode("ascii") for index in (2, 3, 4))
    return Trace(given.decode("ascii"), trace, span, parent_id, flags)
