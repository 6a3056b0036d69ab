"""Upstream's answers that are held, to ask again with their validators (RFC 9111, 4.3).

What is held is a woven page's key, the upstream's validator and its fields. A later request for
the same asks "is it still this one?", and a 304 of some hundred bytes stands for the page. Nothing
is ever answered without asking: freshness is the upstream's word on each request.

Validators lie: a CMS may give those who are logged in other bytes under the same tag. So an answer
is held only where it can't be anybody's own:

- it says `public` or `s-maxage`, not `private`, `no-store` or `Vary: *`, and sets no cookie;
- its request had no Authorization, and no Cookie unless `Vary` names it;
- the key is all of the request that may decide: target, host, scheme, codings, what `Vary` names,
  and every field that is not known to be harmless, so that no odd field (X-Original-URL and the
  like) can put one page in another's place;
- Last-Modified counts alone only where the page was a minute old: it knows seconds, and clocks
  differ.

A 304 is taken only where it says nothing else than what is held; for a request with cookies it
must itself say `public` again. In doubt the upstream is asked once more, without our validator.

Pure rules and one bounded memory; knows no sockets, no HTML and no placements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final, Literal

from .fields import OF_THE_BYTES, TARGETED, Field, Fields, joined, tokens, value_of
from .heads import Candidate
from .store import BoundedStore

# Last-Modified is a strong validator only where it is older than the answer (RFC 9110, 8.8.2.2);
# 60 s as RFC 7232 had it, since the clocks of several machines may have made the two.
_SETTLED_S: Final = 60.0
_MAX_TARGET: Final = 2_048
_MAX_ADDRESS: Final = 8_192

# With these a request wants something of its own, or a part of it.
_NEVER: Final = frozenset(
    {
        b"authorization",
        b"if-match",
        b"if-range",
        b"if-unmodified-since",
        b"proxy-authorization",
        b"range",
    }
)
# What clients and proxies say of themselves and their user. Where the page depends on one of
# these, `Vary` says so; all others are part of the key. Sources: RFC 9110, Fetch, Client Hints,
# and what Cloudflare, Fastly, Akamai, AWS, Varnish and nginx add.
_HARMLESS: Final = frozenset(
    {
        b"accept", b"accept-charset", b"accept-language", b"cache-control", b"cdn-loop",
        b"cf-connecting-ip", b"cf-ray", b"cloudfront-viewer-address", b"connection", b"cookie",
        b"device-memory", b"dnt", b"downlink", b"dpr", b"ect", b"fastly-client-ip", b"forwarded",
        b"from", b"if-modified-since", b"if-none-match", b"origin", b"pragma", b"priority",
        b"purpose", b"referer", b"rtt", b"save-data", b"te", b"traceparent", b"tracestate",
        b"true-client-ip", b"upgrade-insecure-requests", b"user-agent", b"via",
        b"viewport-width", b"width", b"x-amz-cf-id", b"x-amzn-trace-id", b"x-client-ip",
        b"x-forwarded-for", b"x-real-ip", b"x-request-id", b"x-varnish",
    }
)  # fmt: skip
# Sec-Fetch-*, Sec-CH-*, Sec-GPC.
_HARMLESS_START: Final = b"sec-"

# What a plan depends on, or what would have kept the page from being woven: a 304 that says it
# anew must say the same.
_DECIDING: Final = (
    b"content-type",
    b"content-encoding",
    b"content-language",
    b"content-security-policy",
    b"content-disposition",
    b"adweave",
)
# RFC 9111, 3.2: what belongs to the bytes that are held stays; Age is of the answer that came.
_NOT_FRESHENED: Final = OF_THE_BYTES | {
    b"age", b"content-encoding", b"content-range", b"content-type", b"etag", b"vary",
}  # fmt: skip
_NEW_EACH_TIME: Final = frozenset({b"age", b"date", b"server-timing", b"x-request-id"})

_FORBIDS: Final = (b"private", b"no-store", b"no-transform")

Verdict = Literal["held", "client's", "refused"]


@dataclass(slots=True, eq=False)
class Held:
    """One answer that may be asked for again. `fields`: end-to-end, without those of that time."""

    page_key: bytes
    candidate: Candidate
    tag: bytes | None
    last_modified: bytes | None  # only where there is no tag
    fields: list[Field]
    for_cookies: bool = True  # its 304s have said `public` so far
    last: tuple[object, list[Field]] | None = None  # what made the last answer, and its fields
    size_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        # Twice: once as they came, once as they were last sent.
        self.size_bytes = 1_200 + 2 * sum(
            len(name) + len(value) + 100 for name, value in self.fields
        )


@dataclass(slots=True)
class Asked:
    """A request that a held answer may answer."""

    address: bytes
    fields: list[Field]  # as the upstream gets them, without ours
    has_cookie: bool


def asked_by(target: bytes, fields: list[Field], epoch: bytes) -> Asked | None:
    """The key of a GET or HEAD without content, from its fields as the upstream gets them.

    `epoch` stands for the configuration and what it decided. None: it is not to be answered from
    what is held, as for a forced reload.
    """
    has_cookie = False
    parts = [epoch, target]
    for name, value in fields:
        if name in _HARMLESS:
            if name == b"cookie":
                has_cookie = True
            elif name in (b"cache-control", b"pragma"):
                wanted = value.lower()
                if b"no-cache" in wanted or b"no-store" in wanted:
                    return None
            elif name == b"forwarded":
                parts += _names_of_site(value)
        elif name in _NEVER:
            return None
        elif not name.startswith(_HARMLESS_START):
            parts += (name, value)
    address = b"\n".join(parts)
    if len(target) > _MAX_TARGET or len(address) > _MAX_ADDRESS:
        return None
    return Asked(address, fields, has_cookie)


def varies_by(fields: Fields) -> tuple[bytes, ...] | None:
    """The names that an answer's `Vary` lists, if the answer may be held at all; else None."""
    says = vary = b""
    for name, value in fields:
        if name == b"cache-control":
            says += b"," + value
        elif name == b"vary":
            vary += b"," + value
        elif name == b"set-cookie" or (name in TARGETED and _forbids(value)):
            return None
        elif name == b"content-security-policy" and b"'nonce-" in value:
            return None  # the page of another answer would have another nonce
    if not _is_for_all(says):
        return None
    names = _names_in(vary)
    return None if b"*" in names else names


def validators_of(fields: Fields) -> tuple[bytes | None, bytes | None]:
    """An answer's tag, or else its Last-Modified if that tells one version from the next."""
    tag = value_of(fields, b"etag")
    if tag is not None:
        return (tag, None) if tag.startswith((b'"', b'W/"')) and tag.endswith(b'"') else (None,) * 2
    changed, date = value_of(fields, b"last-modified"), value_of(fields, b"date")
    if changed is None or date is None:
        return None, None
    try:
        age = parsedate_to_datetime(date.decode("ascii")) - parsedate_to_datetime(
            changed.decode("ascii")
        )
    except (ValueError, TypeError, UnicodeDecodeError):
        return None, None
    return None, changed if age.total_seconds() >= _SETTLED_S else None


def asking(fields: list[Field], held: Held) -> list[Field] | None:
    """A request's fields with the validator of what is held.

    The client's own conditions keep their meaning; None: they leave no room for ours.
    """
    at = since = -1
    for index, (name, _) in enumerate(fields):
        if name == b"if-none-match":
            at = index
        elif name == b"if-modified-since":
            since = index
    if held.tag is None:
        if at >= 0 or since >= 0 or held.last_modified is None:
            return None
        return [*fields, (b"if-modified-since", held.last_modified)]
    if at < 0:
        return None if since >= 0 else [*fields, (b"if-none-match", held.tag)]
    theirs = fields[at][1]
    if theirs.strip() == b"*" or _weak(held.tag) in theirs:
        return None
    return [*fields[:at], (b"if-none-match", b"%b, %b" % (theirs, held.tag)), *fields[at + 1 :]]


def verdict_on(held: Held, fields: Fields, *, asked: Fields, has_cookie: bool) -> Verdict:
    """What a 304 says: that the held page is the one, or the client's copy, or neither for sure.

    `asked` are the request's fields without ours.
    """
    tag = value_of(fields, b"etag")
    if value_of(asked, b"if-none-match") is not None:
        if tag is None:
            return "refused"
        if held.tag is None or _weak(tag) != _weak(held.tag):
            return "client's"
    elif tag is not None and (held.tag is None or _weak(tag) != _weak(held.tag)):
        return "refused"
    says = joined(fields, b"cache-control")
    if value_of(fields, b"set-cookie") is not None or (says is None and has_cookie):
        return "refused"
    if (says is not None and not _is_for_all(says)) or any(
        _forbids(value) for name, value in fields if name in TARGETED
    ):
        return "refused"
    vary = joined(fields, b"vary")
    if vary is not None and _names_in(vary) != _names_in(joined(held.fields, b"vary") or b""):
        return "refused"
    for name in _DECIDING:
        said = joined(fields, name)
        if said is not None and said != joined(held.fields, name):
            return "refused"
    return "held"


def freshened(held: Held, fields: Sequence[Field], *, has_cookie: bool) -> list[Field]:
    """The held answer's fields, brought up to date by those of a 304 (RFC 9111, 3.2 and 4.3.4).

    What a reader with cookies is told stays that reader's: it is not held.
    """
    added = [each for each in fields if each[0] not in _NOT_FRESHENED]
    known = {name for name, _ in added}
    kept = [each for each in held.fields if each[0] not in known]
    kept += [each for each in added if each[0] not in _NEW_EACH_TIME]
    if not has_cookie:
        held.fields = kept
    return kept + [each for each in fields if each[0] in _NEW_EACH_TIME]


class HeldAnswers:
    """What is held, by request; the least used goes first."""

    def __init__(self, max_bytes: int, evictions: int = 0) -> None:
        """`evictions`: how many had to go from what was before this."""
        self._evicted = evictions
        self._varying: BoundedStore[tuple[bytes, ...]] = BoundedStore(
            max_count=20_000, max_bytes=max_bytes // 4
        )
        self._held: BoundedStore[Held] = BoundedStore(
            max_count=20_000, max_bytes=max_bytes - max_bytes // 4
        )

    def __len__(self) -> int:
        return len(self._held)

    @property
    def evictions(self) -> int:
        """How many had to go for others so far."""
        return self._evicted + self._held.evictions

    @property
    def size_bytes(self) -> int:
        """About what all of it takes in memory."""
        return self._held.size_bytes + self._varying.size_bytes

    def limit(self, max_bytes: int) -> None:
        """Set the bound in bytes; what no longer fits goes."""
        self._varying.limit(max_bytes // 4)
        self._held.limit(max_bytes - max_bytes // 4)

    def find(self, asked: Asked) -> Held | None:
        """The answer that is held for such a request."""
        names = self._varying.get(asked.address)
        if names is None:
            return None
        held = self._held.get(_key(asked, names))
        if held is None or (asked.has_cookie and not held.for_cookies):
            return None
        return held

    def keep(
        self,
        asked: Asked,
        names: tuple[bytes, ...],
        candidate: Candidate,
        fields: list[Field],
        page: bytes,
    ) -> bool:
        """Hold an answer, if it can be told from others; whether there is something new.

        `names` are those of its `Vary`, `page` is the key of the page that was made of it.
        """
        tag, last_modified = validators_of(fields)
        if (tag is None and last_modified is None) or (asked.has_cookie and b"cookie" not in names):
            return False
        kept = [each for each in fields if each[0] not in _NEW_EACH_TIME]
        key = _key(asked, names)
        known = self._held.get(key)
        if known is not None and (known.page_key, known.fields) == (page, kept):
            return False
        held = Held(page, candidate, tag, last_modified, kept)
        self._varying.put(asked.address, names, len(asked.address) + 200)
        self._held.put(key, held, held.size_bytes + len(key))
        return True

    def refuse(self, asked: Asked, held: Held) -> None:
        """Its 304 could not be taken: not to be asked for by such requests again."""
        if asked.has_cookie:
            held.for_cookies = False
        else:
            self._varying.drop(asked.address)


def _key(asked: Asked, names: tuple[bytes, ...]) -> bytes:
    if not names:
        return asked.address
    parts = [asked.address]
    for name in names:
        parts += (name, joined(asked.fields, name) or b"")
    return b"\n".join(parts)


@lru_cache(maxsize=4096)
def _names_of_site(forwarded: bytes) -> tuple[bytes, ...]:
    """Of Forwarded what an app may put into links: all but who asked, and by whom."""
    pairs = (pair.strip() for hop in forwarded.split(b",") for pair in hop.split(b";"))
    return tuple(pair for pair in pairs if not pair.lower().startswith((b"for=", b"by=")))


@lru_cache(maxsize=1024)
def _names_in(vary: bytes) -> tuple[bytes, ...]:
    return tuple(sorted(set(tokens(vary))))


@lru_cache(maxsize=1024)
def _is_for_all(says: bytes) -> bool:
    """Whether a Cache-Control says that shared caches may keep the answer (RFC 9111, 3)."""
    named = {token.partition(b"=")[0].strip() for token in tokens(says)}
    return bool(named & {b"public", b"s-maxage"}) and not _forbids(says)


def _forbids(says: bytes) -> bool:
    says = says.lower()
    return any(word in says for word in _FORBIDS)


def _weak(tag: bytes) -> bytes:
    return tag.strip().removeprefix(b"W/")
