"""A request as far as targeting looks at it: path, host, header fields, cookies, and the time.

Everything but the path is read when it is first asked for, and then once. Knows the syntax of
`Cookie` (RFC 6265) and of the client hint `Sec-CH-UA-Mobile`; nothing of layouts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class Request:
    """What a decision may depend on.

    `path` is the target's path without its query, percent-encoded or not; `host` the Host field's
    value; `fields` the client's header fields with lower-case names; `now` seconds since 1970.
    """

    __slots__ = ("_cookies", "_host", "fields", "now", "path")

    def __init__(
        self,
        path: str,
        *,
        host: str = "",
        fields: Sequence[tuple[bytes, bytes]] = (),
        now: float = 0.0,
    ) -> None:
        self.path = path
        self.fields = fields
        self.now = now
        self._host = host
        self._cookies: dict[str, str] | None = None

    @property
    def host(self) -> str:
        """The host in lower case, without port and final dot."""
        return host_of(self._host)

    def field(self, name: bytes) -> str | None:
        """The fields of that name, joined, or None."""
        values = [value for known, value in self.fields if known == name]
        if not values:
            return None
        return _text(b", ".join(values)).strip()

    def cookie(self, name: str) -> str | None:
        """The cookie of that name, or None; of several the first, as browsers send the nearest."""
        if self._cookies is None:
            self._cookies = cookies_of(value for known, value in self.fields if known == b"cookie")
        return self._cookies.get(name)

    def is_mobile(self) -> bool:
        """What the client hint says, else the User-Agent: "Mobi", as MDN counsels."""
        hint = self.field(b"sec-ch-ua-mobile")
        if hint is not None:
            return hint.startswith("?1")
        return "Mobi" in (self.field(b"user-agent") or "")


def host_of(value: str) -> str:
    """A Host field's value in lower case, without port and final dot."""
    if value.startswith("["):  # an IPv6 address
        return value.partition("]")[0].removeprefix("[").casefold()
    return value.partition(":")[0].rstrip(".").casefold()


def cookies_of(values: Iterable[bytes]) -> dict[str, str]:
    """The cookies of all Cookie fields by name; quotes around a value are left out."""
    found: dict[str, str] = {}
    for value in values:
        for pair in _text(value).split(";"):
            name, is_pair, text = pair.partition("=")
            name, text = name.strip(), text.strip()
            if is_pair and name not in found:
                is_quoted = len(text) > 1 and text[0] == text[-1] == '"'
                found[name] = text[1:-1] if is_quoted else text
    return found


def _text(value: bytes) -> str:
    """A field's value as text: UTF-8 as nearly all send it, else byte by byte."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
