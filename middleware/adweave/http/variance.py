"""What an answer tells caches about the request that it was made for.

Where a layout is aimed at some requests only, the answer to one must not be given to another:
`Vary` names the fields that decided (RFC 9110, 12.5.5). Many shared caches heed it for
`Accept-Encoding` alone, so what a cookie decided, or membership, is kept out of them altogether
(RFC 9111, 5.2.2.7), and the fields by which a CDN is told otherwise go. Where a schedule will
change the outcome, the answer is not fresh beyond that (RFC 9111, 4.2).

This holds for every page of such a path, woven or not: the plain page of a member is as wrong
for others as the woven one for members. Pure; knows nothing of how decisions are made.
"""

from __future__ import annotations

from email.utils import formatdate, parsedate_to_datetime
from typing import Final

from adweave.placements import Decision

from .fields import TARGETED, Field, Fields, joined, tokens, value_of

_NGINX: Final = b"x-accel-expires"  # as `TARGETED`, and a plain number of seconds
_SHARED_ONLY: Final = (b"public", b"s-maxage", b"proxy-revalidate", b"private")
_AGES: Final = (b"max-age", b"s-maxage")
# Without a word of the server's, caches take a tenth of a page's age (RFC 9111, 4.2.2).
_HEURISTIC: Final = 10


def answer_fields(fields: Fields, decision: Decision, now: float) -> list[Field]:
    """An answer's fields with what its decision asks of caches; `now` in seconds since 1970."""
    kept = list(fields)
    if decision.consulted:
        kept = _varied(kept, decision.consulted)
    if decision.is_private:
        kept = _private(kept)
    if decision.until is not None:
        kept = _fresh_for(kept, max(0, int(decision.until - now)), now)
    return kept


def _varied(fields: list[Field], consulted: tuple[str, ...]) -> list[Field]:
    there = joined(fields, b"vary")
    known = tokens(there) if there is not None else []
    if b"*" in known:
        return fields
    added = [name for name in (each.encode("ascii") for each in consulted) if name not in known]
    if not added:
        return fields
    named = b", ".join([*([there] if there else []), *added])
    return [*(field for field in fields if field[0] != b"vary"), (b"vary", named)]


def _private(fields: list[Field]) -> list[Field]:
    kept = [field for field in fields if field[0] not in TARGETED and field[0] != _NGINX]
    directives = [each for each in _directives(kept) if _name(each) not in _SHARED_ONLY]
    if not any(_name(each) == b"no-store" for each in directives):
        directives.insert(0, b"private")
    return _with_directives(kept, directives)


def _fresh_for(fields: list[Field], seconds: int, now: float) -> list[Field]:
    """Fields that call the answer fresh for no longer than `seconds`."""
    directives = _directives(fields)
    is_told = any(_name(each) in _AGES for each in directives)
    shorter = [_shortened(each, seconds) for each in directives]
    kept: list[Field] = []
    for name, value in fields:
        if name in TARGETED:
            capped = [_shortened(each, seconds) for each in _parts(value)]
            kept.append((name, b", ".join(capped)))
        elif name == _NGINX and value.strip().isdigit():
            kept.append((name, b"%d" % min(int(value), seconds)))
        elif name == b"expires":
            kept.append((name, _sooner(value, now + seconds)))
        else:
            kept.append((name, value))
    if not is_told and value_of(fields, b"expires") is None:
        guess = _heuristic(fields, now)
        if guess > seconds:
            shorter.append(b"max-age=%d" % seconds)
    return _with_directives(kept, shorter) if shorter != directives else kept


def _shortened(directive: bytes, seconds: int) -> bytes:
    name, _, value = directive.partition(b"=")
    if name.strip().lower() not in _AGES:
        return directive
    age = value.strip().strip(b'"')
    return b"%b=%d" % (name.strip(), min(int(age), seconds)) if age.isdigit() else directive


def _sooner(value: bytes, latest: float) -> bytes:
    moment = _second(value)
    if moment is None or moment <= latest:  # what is no date means: stale already
        return value
    return formatdate(latest, usegmt=True).encode("ascii")


def _heuristic(fields: Fields, now: float) -> float:
    changed = value_of(fields, b"last-modified")
    moment = None if changed is None else _second(changed)
    return 0.0 if moment is None else (now - moment) / _HEURISTIC


def _second(value: bytes) -> float | None:
    try:
        return parsedate_to_datetime(value.decode("ascii")).timestamp()
    except (ValueError, TypeError, UnicodeDecodeError):
        return None


def _directives(fields: Fields) -> list[bytes]:
    value = joined(fields, b"cache-control")
    return [] if value is None else _parts(value)


def _parts(value: bytes) -> list[bytes]:
    """A list's members; a comma in quotes is part of one (`private="set-cookie, x-a"`)."""
    parts: list[bytes] = []
    at, is_quoted = 0, False
    for index, sign in enumerate(value):
        if sign == 0x22:
            is_quoted = not is_quoted
        elif sign == 0x2C and not is_quoted:
            parts.append(value[at:index].strip())
            at = index + 1
    parts.append(value[at:].strip())
    return [part for part in parts if part]


def _name(directive: bytes) -> bytes:
    return directive.partition(b"=")[0].strip().lower()


def _with_directives(fields: list[Field], directives: list[bytes]) -> list[Field]:
    kept = [field for field in fields if field[0] != b"cache-control"]
    if directives:
        kept.append((b"cache-control", b", ".join(directives)))
    return kept
