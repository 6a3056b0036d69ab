"""The last step, the same in gateway and middleware: an outcome -> status, fields and body.

Knows HTTP's fields; nothing of sockets and servers.
"""

from __future__ import annotations

import time
from typing import Final

from adweave.placements import Decision
from adweave.slots import with_hashes

from . import status
from .codings import IDENTITY
from .fields import OF_THE_BYTES, Field, Fields, tokens, value_of
from .heads import Candidate
from .validators import Conditions
from .variance import answer_fields
from .weave import Outcome, Page

_REPLACED: Final = OF_THE_BYTES | {b"etag", status.FIELD}

# RFC 9110, 15.4.5: a 304 says nothing about content that it does not have.
_NOT_IN_304: Final = frozenset(
    {b"content-length", b"content-type", b"content-encoding", b"content-language", status.FIELD}
)


def woven_fields(fields: Fields, outcome: Outcome) -> list[Field]:
    """The fields of a woven page: what was true of the old bytes only is replaced."""
    kept = [_guarded(each) for each in fields if each[0] not in _REPLACED]
    kept.append((b"content-length", b"%d" % len(outcome.body)))
    if outcome.tag is not None:
        kept.append((b"etag", outcome.tag))
    kept.append((status.FIELD, outcome.status_field))
    return kept if outcome.coding is None else _in_coding(kept, outcome.coding)


def streamed_fields(fields: Fields, outcome: Outcome) -> list[Field]:
    """The fields of a woven page whose end is not there: no length is promised."""
    return [each for each in woven_fields(fields, outcome) if each[0] != b"content-length"]


def _in_coding(fields: list[Field], coding: str) -> list[Field]:
    """The fields of a page whose coding was negotiated with the client (RFC 9110, 12.5.3)."""
    kept = [each for each in fields if each[0] != b"content-encoding"]
    if coding != IDENTITY:
        kept.append((b"content-encoding", coding.encode("ascii")))
    return _varied_by_coding(kept)


def _varied_by_coding(kept: list[Field]) -> list[Field]:
    for at, (name, value) in enumerate(kept):
        if name == b"vary":
            if not {b"*", b"accept-encoding"} & set(tokens(value)):
                kept[at] = (name, value + b", accept-encoding")
            return kept
    kept.append((b"vary", b"accept-encoding"))
    return kept


def hit_fields(fields: Fields, page: Page, candidate: Candidate, *, tagged: bool) -> list[Field]:
    """The fields of a page from the store; kept with it, since the next answer is often alike.

    A list of its own each time: who sends it on may change it.
    """
    if page.candidate is not candidate:
        kept = [_guarded(each) for each in fields if each[0] not in _REPLACED]
        kept.append((b"content-length", b"%d" % len(page.body)))
        kept.append((b"etag", page.tag_for(candidate)))
        kept.append((status.FIELD, page.status_field))
        if tagged:
            kept = tagged_fields(kept, candidate.engine.site.generation)
        page.candidate, page.fields = candidate, kept
    return list(page.fields)


def tagged_fields(fields: list[Field], generation: str) -> list[Field]:
    """The fields of a page with a mark of the configuration, by which a CDN can purge it.

    `Surrogate-Key` (Fastly, Varnish) and `Cache-Tag` (Cloudflare, Akamai and others): "adweave"
    for all pages, "adweave-GENERATION" for those of one state of the placements.
    """
    marks = (b"adweave", b"adweave-" + generation.encode("ascii"))
    added = {b"surrogate-key": b" ".join(marks), b"cache-tag": b",".join(marks)}
    kept = []
    for name, value in fields:
        mark = added.pop(name, None)
        if mark is not None:
            value += (b" " if name == b"surrogate-key" else b",") + mark
        kept.append((name, value))
    return [*kept, *added.items()]


def told_fields(fields: list[Field], decision: Decision) -> list[Field]:
    """The fields of a page of any kind, with what caches must know of its decision."""
    if decision.consulted or decision.is_private or decision.until is not None:
        return answer_fields(fields, decision, time.time())
    return fields


def passed_fields(fields: Fields, outcome: Outcome) -> list[Field]:
    """The fields of a page that is passed: the upstream's, and the reason."""
    if outcome.reason == "already-woven":  # the first adweave's word stands
        return list(fields)
    kept = [each for each in fields if each[0] != status.FIELD]
    kept.append((status.FIELD, outcome.status_field))
    return kept


def whole_answer(
    code: int, fields: Fields, outcome: Outcome, conditions: Conditions | None
) -> tuple[int, list[Field], bytes]:
    """Status, fields and body for a page that is whole; 304 where the client has just it."""
    answered = woven_fields(fields, outcome) if outcome.is_woven else passed_fields(fields, outcome)
    last_modified = None if outcome.is_woven else value_of(answered, b"last-modified")
    if conditions is None or not conditions.are_met_by(value_of(answered, b"etag"), last_modified):
        return code, answered, outcome.body
    return 304, [each for each in answered if each[0] not in _NOT_IN_304], b""


def spared_fields(
    code: int, fields: list[Field], conditions: Conditions | None
) -> list[Field] | None:
    """The fields of a 304 for what is not woven; None: the client is to get it.

    Only where a condition was held back, as for what might have been a page: else the upstream
    has been asked itself, and its word stands.
    """
    if conditions is None or not conditions.are_held_back or code != 200:
        return None
    tag, last_modified = value_of(fields, b"etag"), value_of(fields, b"last-modified")
    if not conditions.are_met_by(tag, last_modified):
        return None
    return [each for each in fields if each[0] not in _NOT_IN_304]


def not_modified_fields(
    fields: list[Field], conditions: Conditions, *, is_negotiated: bool = False
) -> list[Field]:
    """Fields of the upstream's own 304, with the tag that the client knows the page by.

    `is_negotiated`: the coding of woven pages is, so a 304 says so as its page did.
    """
    theirs = value_of(fields, b"etag")
    tag = conditions.tag_for_304(theirs)
    if tag is None:
        return fields
    told = [_guarded((name, tag if name == b"etag" else value)) for name, value in fields]
    return _varied_by_coding(told) if is_negotiated and tag != theirs else told


def _guarded(each: Field) -> Field:
    """A field of a woven page: a policy that goes by hashes names those of our scripts too."""
    name, value = each
    if name != b"content-security-policy":
        return each
    return name, with_hashes(value.decode("latin-1")).encode("latin-1")
