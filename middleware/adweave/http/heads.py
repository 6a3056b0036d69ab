"""What an answer's head says about its body: a candidate for weaving, or the reason to pass it.

Most answers' heads have been seen before, field for field: `SeenHeads` remembers what was found,
so that an app that answers as it did before costs one look-up. Knows nothing of bodies and stores.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import xxhash

from adweave.placements import Decision

from . import status
from .assigning import others_of
from .codings import coding_of
from .engine import Engine, PageHead
from .fields import Field, Fields, tokens

_MAX_PREPARED: Final = 2_000
_MAX_SEEN: Final = 4_096
# Longer heads than this are rarely the same twice, and memory is for pages.
_MAX_SEEN_FIELDS: Final = 40


@dataclass(slots=True, eq=False)
class Candidate:
    """An answer that may become a woven page, if its body allows."""

    engine: Engine
    head: PageHead
    coding: str
    tag: bytes | None
    seed: int  # stands for all that the plan depends on besides the body; keyed
    epoch: bytes  # of woven answers like this one
    decision: Decision
    # What readers get whom the server deals otherwise, each with its seed.
    others: tuple[tuple[Decision, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Of a candidate, what does not change from answer to answer."""

    head: PageHead
    coding: str
    seed: int
    others: tuple[tuple[Decision, int], ...]


class Heads:
    """Decides from heads for one `Engine`. `secret` keys what is remembered (64 bits)."""

    def __init__(self, secret: int) -> None:
        self._secret = secret
        self._prepared: dict[tuple[object, ...], _Prepared] = {}

    def consider(
        self,
        engine: Engine,
        method: str,
        code: int,
        fields: Fields,
        origin: str,
        content_type: bytes,
        decision: Decision,
    ) -> Candidate | str:
        """A candidate or a reason. `fields` have lower-case names and are a page's.

        Raises `CodingDoubt`.
        """
        if not content_type.lower().startswith(b"text/html"):
            return "xml"
        if code != 200:
            return "range" if code == 206 else "status"
        if method not in ("GET", "HEAD", "POST"):
            return "method"
        if not decision.deliveries:
            return decision.reason or "no-layout"
        coding: bytes | None = None
        tag: bytes | None = None
        language: bytes | None = None
        policies: list[bytes] = []
        for name, value in fields:
            if name == b"content-encoding":
                coding = value if coding is None else coding + b"," + value
            elif name == b"etag":
                tag = value
            elif name == b"content-language":
                language = value
            elif name == b"content-security-policy":
                policies.append(value)
            elif name == b"cache-control":
                if b"no-transform" in value.lower() and b"no-transform" in tokens(value):
                    return "no-transform"
            elif name == b"content-disposition":
                if value.strip().lower().startswith(b"attachment"):
                    return "attachment"
            elif name == b"content-range":
                return "range"
            elif name == b"surrogate-control":
                if b"bigpipe" in value.lower():  # Drupal: what comes first is to be shown first
                    return "streamed"
            elif name == b"adweave":
                if b"off" in tokens(value):
                    return "opt-out"
            elif name == status.FIELD and value.lstrip().startswith(b"woven"):
                return "already-woven"
        allowed = tuple(policies)
        origin = origin if policies else ""
        named = (id(decision), content_type, coding, language, allowed, origin)
        prepared = self._prepared.get(named)
        if prepared is None:
            prepared = self._prepare(
                engine, decision, content_type, coding, language, allowed, origin
            )
            if len(self._prepared) >= _MAX_PREPARED:  # pages with a nonce of their own each
                self._prepared.clear()
            self._prepared[named] = prepared
        return Candidate(
            engine,
            prepared.head,
            prepared.coding,
            tag,
            prepared.seed,
            engine.epoch_for(decision),
            decision,
            prepared.others,
        )

    def _prepare(
        self,
        engine: Engine,
        decision: Decision,
        content_type: bytes,
        coding: bytes | None,
        language: bytes | None,
        policies: tuple[bytes, ...],
        origin: str,
    ) -> _Prepared:
        """What many answers' heads have in common, worked out once."""
        head = PageHead(
            content_type=content_type.decode("latin-1"),
            content_language=None if language is None else language.decode("latin-1"),
            policies=tuple(policy.decode("latin-1") for policy in policies),
            origin=origin or None,
            delivery=decision.deliveries[0],
            decision=decision,
        )
        said = (
            *(each.layout.name.encode() for each in decision.deliveries),
            *(each.experiment.name.encode() for each in decision.deliveries if each.experiment),
            content_type,
            coding or b"",
            language or b"",
            origin.encode("latin-1", "replace"),
            *policies,
        )

        def seed_of(dealt: Decision) -> int:
            parts = b"\n".join((engine.epoch_for(dealt), *said))
            return xxhash.xxh3_64_intdigest(parts, self._secret)

        others = tuple((other, seed_of(other)) for other in others_of(decision))
        return _Prepared(head, coding_of(coding), seed_of(decision), others)


class SeenHeads:
    """Heads of answers, as the app gave them, and the candidates that they made. Bounded."""

    def __init__(self) -> None:
        self._seen: dict[Hashable, tuple[Candidate, list[Field]]] = {}

    def get(self, signature: Hashable) -> tuple[Candidate, list[Field]] | None:
        """The candidate and its fields (lower-case names), or None. TypeError: not hashable."""
        return self._seen.get(signature)

    def put(self, signature: Hashable, candidate: Candidate, fields: list[Field]) -> None:
        """Remember a candidate, if its like may come again."""
        if len(fields) <= _MAX_SEEN_FIELDS and all(name != b"set-cookie" for name, _ in fields):
            if len(self._seen) >= _MAX_SEEN:
                self._seen.clear()
            self._seen[signature] = candidate, fields


def html_type_of(fields: Fields) -> bytes | None:
    """The Content-Type of an answer that is a page, else None."""
    for name, value in fields:
        if name == b"content-type":
            return value if _is_html(value) else None
    return None


@lru_cache(maxsize=512)
def _is_html(content_type: bytes) -> bool:
    kind = content_type.partition(b";")[0].strip().lower()
    return kind == b"text/html" or kind == b"application/xhtml+xml"
