"""Addresses and cookies of the upstream's own, put into the reader's terms.

An upstream that is asked by another name than the reader used, or that builds addresses from
where it listens, names itself in redirects and cookies: a host that the reader may not reach
and should not know. What names anybody else stays to the byte. Knows nothing of pages,
sockets and ASGI.
"""

from __future__ import annotations

import re
from typing import Final

from .fields import Field
from .upstream import UpstreamUrl

_NAMING: Final = frozenset({b"location", b"content-location", b"refresh", b"set-cookie"})

# What is not just so (user information, a backslash, whitespace) names nobody for certain.
_AUTHORITY: Final = re.compile(
    rb"(?:(https?):)?//(\[[0-9a-f:.]+\]|[a-z0-9._~-]+)(?::([0-9]{0,5}))?(?=[/?#\"']|$)", re.I
)
_HOST: Final = re.compile(rb"(\[[0-9a-f:.]+\]|[a-z0-9._~-]+)(?::([0-9]{0,5}))?", re.I)
# HTML, "shared declarative refresh steps": a number, a separator, perhaps `url=` and a quote.
_BEFORE_REFRESH_URL: Final = re.compile(rb"\s*[0-9.]+(?:\s*[;,]\s*|\s+)(?:url\s*=\s*)?[\"']?", re.I)
_PATH_ENDS: Final = (b"", b"/", b"?", b"#", b'"', b"'")


class Origins:
    """The names of one upstream. `upstream_host`: the Host field that it gets, if not the reader's.

    `--upstream http://127.0.0.1:8000 --upstream-host cms.internal` has the names
    `127.0.0.1:8000`, `cms.internal` and `cms.internal:8000`.
    """

    def __init__(self, url: UpstreamUrl, upstream_host: bytes | None) -> None:
        self._prefix = url.prefix
        self._is_tls = url.scheme == "https"
        self._names: set[tuple[bytes, int | None]] = set()
        self._domains: set[bytes] = set()
        for name in (url.authority.encode("latin-1"), upstream_host or b""):
            parted = _parted(name.lower(), self._is_tls)
            if parted is not None:
                self._names |= {parted, (parted[0], url.port)}
                self._domains.add(parted[0])

    def mapped(self, fields: list[Field], origin: str) -> list[Field]:
        """The fields of an answer for a reader who asked at `origin`, "https://example.org"."""
        for name, _ in fields:
            if name in _NAMING:
                return self._mapped(fields, origin)
        return fields

    def _mapped(self, fields: list[Field], origin: str) -> list[Field]:
        proto, _, authority = origin.encode("latin-1", "replace").lower().partition(b"://")
        # Of several proxies in front, the first is the one that the reader talked to.
        is_tls = proto.partition(b",")[0].strip() == b"https"
        reader = _parted(authority, is_tls)
        if reader is None:
            return fields
        mapped: list[Field] = []
        for name, value in fields:
            if name == b"set-cookie":
                value = self._cookie(value, reader[0])
            elif name == b"refresh":
                before = _BEFORE_REFRESH_URL.match(value)
                if before is not None:
                    url = self._url(value[before.end() :], authority, is_tls)
                    value = before[0] + url
            elif name in _NAMING:
                value = self._url(value, authority, is_tls)
            mapped.append((name, value))
        return mapped

    def _url(self, value: bytes, authority: bytes, is_tls: bool) -> bytes:
        """A URL with the reader's scheme and authority, if it has one of ours."""
        found = _AUTHORITY.match(value)
        if found is None:
            return value
        scheme, host = (found[1] or b"").lower(), found[2].lower()
        port = int(found[3]) if found[3] else None
        if scheme and port == (443 if scheme == b"https" else 80):
            port = None
        if (host, port) not in self._names or (host, port) == _parted(authority, is_tls):
            return value
        rest = value[found.end() :]
        if self._prefix:
            inside = rest.removeprefix(self._prefix)
            if not rest.startswith(self._prefix) or inside[:1] not in _PATH_ENDS:
                return value  # a place of the upstream's that has no address here
            rest = inside
        if not scheme:
            return b"//" + authority + rest
        # An upstream that we ask without TLS means the reader when it sends them to https.
        wants_tls = is_tls or (scheme == b"https" and not self._is_tls)
        return (b"https://" if wants_tls else b"http://") + authority + rest

    def _cookie(self, value: bytes, host: bytes) -> bytes:
        """A cookie without a Domain that is the upstream's: the reader's browser refuses those."""
        if b"domain" not in value.lower():
            return value
        pair, *attributes = value.split(b";")
        kept = [each for each in attributes if not self._is_own_domain(each, host)]
        return value if len(kept) == len(attributes) else b";".join([pair, *kept])

    def _is_own_domain(self, attribute: bytes, host: bytes) -> bool:
        name, _, domain = attribute.partition(b"=")
        if name.strip().lower() != b"domain":
            return False
        domain = domain.strip().lower().removeprefix(b".")
        if host == domain or host.endswith(b"." + domain):
            return False  # it is the reader's too
        return domain in self._domains


def _parted(authority: bytes, is_tls: bool) -> tuple[bytes, int | None] | None:
    """Host and port, None for the scheme's own port; None for what is no authority."""
    found = _HOST.fullmatch(authority)
    if found is None:
        return None
    port = int(found[2]) if found[2] else None
    return found[1], None if port == (443 if is_tls else 80) else port
