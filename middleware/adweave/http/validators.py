"""Entity tags and conditions: the upstream's on one side, ours on the other.

A woven page is another representation than the upstream's, so it has another tag: the
upstream's opaque part, then `~aw` and the epoch (12 hex digits that stand for the
configuration and this version of adweave). The tag is as strong as the upstream's. Where
the upstream gives none, its place takes a hash of the page's bytes. A page in another content
coding than the upstream's has that coding's name at the end: it is one representation more.

On the way in, what a client says it has is translated back:

- a tag of ours of this epoch becomes the upstream's own: its 304 is right for us too;
- a tag of an older epoch is left out: that copy is stale whatever the upstream says;
- a plain tag, and If-Modified-Since without a tag, may come from a time before the page
  was woven, and the upstream's 304 would keep that copy alive. Where the request may be for a
  page, they are held back unless the tag is known to belong to what is passed;
  the condition is then evaluated here, against the final answer (RFC 9110, 13.2.2), whatever
  that is: pictures and feeds often have addresses that could be a page's.

Pure, except for the memory of passed tags. Knows nothing of pages.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

from .fields import Field, Fields, joined, value_of

# Spaces are no part of tags since RFC 7232; before it they were, and Plone's have them still.
_TAG: Final = re.compile(rb'(W/)?"([\x20\x21\x23-\x7e\x80-\xff]*)"')
_OURS: Final = re.compile(rb"(.*)~aw([0-9a-f]{12})(h?)(?:-[a-z]+)?")

_STATIC: Final = re.compile(
    rb"\.(?:avif|bmp|css|csv|eot|gif|gz|ico|jpe?g|js|json|m4a|map|mjs|mov|mp[34]|ogg|otf|pdf|png"
    rb"|rss|svg|tiff?|ttf|txt|wasm|wav|web[mp]|woff2?|xml|zip)$",
    re.IGNORECASE,
)
_PAGE_DESTINATIONS: Final = frozenset(
    {b"document", b"iframe", b"frame", b"empty", b"fencedframe", b"object", b"embed"}
)
_CONDITIONS: Final = frozenset(
    {b"if-none-match", b"if-modified-since", b"if-match", b"if-range", b"range"}
)
_ON_CHANGES: Final = frozenset({b"if-match", b"if-none-match"})


@lru_cache(maxsize=4096)
def woven_tag(
    upstream_tag: bytes | None, epoch: bytes, body_hash: bytes, coding: str = ""
) -> bytes:
    """The ETag of a woven page. `coding` is named where it is not the upstream's own."""
    found = _TAG.fullmatch(upstream_tag.strip()) if upstream_tag else None
    mark = b"-" + coding.encode("ascii") if coding else b""
    if found is None:
        return b'"%b~aw%bh%b"' % (body_hash, epoch, mark)
    return b'%b"%b~aw%b%b"' % (found[1] or b"", found[2], epoch, mark)


def may_be_page(path: bytes, fields: Fields) -> bool:
    """Whether the answer to a GET or HEAD of `path` may be a page, from the request alone."""
    destination = value_of(fields, b"sec-fetch-dest")
    if destination is not None and destination not in _PAGE_DESTINATIONS:
        return False
    accept = value_of(fields, b"accept")
    if accept is not None and b"html" not in accept and b"*/*" not in accept:
        return False
    return _STATIC.search(path) is None or (accept is not None and b"text/html" in accept)


class PassedTags:
    """Tags of what was passed for lasting reasons in the current epoch; bounded."""

    def __init__(self, count: int = 20_000) -> None:
        self._count = count
        self._tags: OrderedDict[bytes, tuple[bytes, bool]] = OrderedDict()

    def add(self, tag: bytes, epoch: bytes, *, is_page: bool = True) -> None:
        """Remember an upstream tag."""
        if len(tag) <= 128:
            self._tags[_weak(tag)] = epoch, is_page
            self._tags.move_to_end(_weak(tag))
            if len(self._tags) > self._count:
                self._tags.popitem(last=False)

    def knows(self, tag: bytes, epoch: bytes) -> bool:
        """Whether what has the tag is passed as things are."""
        known = self._tags.get(_weak(tag))
        return known is not None and known[0] == epoch

    def knows_page(self, tag: bytes, epoch: bytes) -> bool:
        """Whether what has the tag is a page, and passed as things are."""
        return self._tags.get(_weak(tag)) == (epoch, True)


@dataclass(slots=True)
class Conditions:
    """One request's conditions. `fields` is what goes to the upstream."""

    fields: list[Field]
    own_by_base: dict[bytes, bytes] = field(default_factory=dict)
    held_match: bytes | None = None  # the client's If-None-Match, to be evaluated here as well
    held_since: bytes | None = None  # its If-Modified-Since, likewise
    are_held_back: bool = False  # the upstream was not asked all that the client asked

    def tag_for_304(self, upstream_tag: bytes | None) -> bytes | None:
        """The tag to send where the upstream said 304 with `upstream_tag`."""
        if upstream_tag is None:
            return None
        return self.own_by_base.get(_weak(upstream_tag), upstream_tag)

    def are_met_by(self, tag: bytes | None, last_modified: bytes | None) -> bool:
        """Whether the held conditions say that the client has this very answer already."""
        if self.held_match is not None:
            if self.held_match.strip() in (b"*", tag):
                return True
            return tag is not None and any(
                found[2] == _weak(tag)[1:-1] for found in _TAG.finditer(self.held_match)
            )
        if self.held_since is not None and last_modified is not None:
            try:
                return parsedate_to_datetime(last_modified.decode("ascii")) <= (
                    parsedate_to_datetime(self.held_since.decode("ascii"))
                )
            except (ValueError, TypeError, UnicodeDecodeError):
                return False
        return False


def has_conditions(fields: Fields) -> bool:
    """Whether there is anything to translate: false for most requests."""
    for name, _ in fields:  # noqa: SIM110 (half the time of `any` on a path of every request)
        if name in _CONDITIONS:
            return True
    return False


def translated(
    fields: Sequence[Field], *, method: str, holds: bool, epoch: bytes, passed: PassedTags
) -> Conditions:
    """A request's conditions in the upstream's terms.

    `holds`: the answer may be a page that is woven, so plain validators are held back.
    Conditions on a change (PUT and the like) are about the upstream's version, whatever the
    epoch of the copy.
    """
    if method not in ("GET", "HEAD"):
        return Conditions(
            [
                (name, _TAG.sub(_to_base, value) if name in _ON_CHANGES else value)
                for name, value in fields
            ]
        )
    conditions = Conditions([])
    match = joined(fields, b"if-none-match")
    is_any = match is not None and match.strip() == b"*"
    kept_tags: list[bytes] = []
    left_out = knows_by_hash = False
    if match is not None and not is_any and _TAG.search(match) is None:
        # Tags without quotes: no tag of ours, and who made it knows how to read it.
        kept_tags, left_out = ([], True) if holds else ([match], False)
    for found in _TAG.finditer(match) if match is not None and not is_any else ():
        ours = _OURS.fullmatch(found[2])
        if ours is None:
            if holds and not passed.knows(found[0], epoch):
                left_out = True
            else:
                kept_tags.append(found[0])
        elif ours[2] == epoch and not ours[3]:
            base = b'%b"%b"' % (found[1] or b"", ours[1])
            conditions.own_by_base[_weak(base)] = found[0]
            kept_tags.append(base)
        else:
            left_out = True
            knows_by_hash = knows_by_hash or ours[2] == epoch
    if not is_any:
        # Upstreams that give tags and evaluate none are many: what matches is a 304 all the same.
        conditions.held_match = match
    since = value_of(fields, b"if-modified-since")
    # A copy that carries our tag of today was woven from what the upstream had at its date.
    keeps_since = knows_by_hash or not left_out
    if match is None and holds and since is not None:
        conditions.held_since = since
        keeps_since = False
    conditions.are_held_back = left_out or conditions.held_since is not None
    range_is_ours = _is_ours(value_of(fields, b"if-range"))
    for name, value in fields:
        if name == b"if-none-match":
            if is_any:
                conditions.fields.append((name, value))
            elif kept_tags:
                conditions.fields.append((name, b", ".join(kept_tags)))
                kept_tags = []
        elif name == b"if-modified-since":
            if keeps_since:
                conditions.fields.append((name, value))
        elif name == b"if-match":
            conditions.fields.append((name, _TAG.sub(_to_base, value)))
        elif name in (b"if-range", b"range") and range_is_ours:
            continue  # a part of the upstream's page does not complete a woven one
        else:
            conditions.fields.append((name, value))
    return conditions


def _weak(tag: bytes) -> bytes:
    """A tag for weak comparison: without `W/` (RFC 9110, 8.8.3.2)."""
    return tag[2:] if tag.startswith(b"W/") else tag


def _is_ours(tag: bytes | None) -> bool:
    found = _TAG.fullmatch(tag.strip()) if tag else None
    return found is not None and _OURS.fullmatch(found[2]) is not None


def _to_base(found: re.Match[bytes]) -> bytes:
    ours = _OURS.fullmatch(found[2])
    if ours is None or ours[3]:
        return found[0]
    return b'%b"%b"' % (found[1] or b"", ours[1])
