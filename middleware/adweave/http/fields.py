"""Header fields on their way through: what is dropped, added and rewritten.

Pure functions over lists of `(lower-case name, value)` pairs, as ASGI has them. Knows the
RFCs and nothing of pages, sockets or configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from email.utils import formatdate
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final, TypeAlias

Field: TypeAlias = tuple[bytes, bytes]
Fields: TypeAlias = Sequence[Field]

# Fields of one connection only (RFC 9110, 7.6.1; RFC 9112; `proxy-connection` and
# `keep-alive` are older than those and still sent).
HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)

# What a trailer must not say: framing, routing, and what is decided by the head (RFC 9110, 6.5.1).
NOT_IN_TRAILERS: Final = HOP_BY_HOP | {
    b"authorization",
    b"cache-control",
    b"content-encoding",
    b"content-length",
    b"content-range",
    b"content-type",
    b"host",
    b"set-cookie",
    b"www-authenticate",
}

# By these, caches in front of a site are told apart from the one in the browser (RFC 9213, and
# older names). Values are written as those of Cache-Control.
TARGETED: Final = frozenset(
    {
        b"cdn-cache-control",
        b"cloudflare-cdn-cache-control",
        b"edge-control",
        b"netlify-cdn-cache-control",
        b"surrogate-control",
        b"vercel-cdn-cache-control",
    }
)

# Naming these in Connection would take away what routing and framing stand on.
_NEVER_DROPPED: Final = frozenset({b"host", b"content-length", b"content-type", b"cache-control"})

# Set anew for the upstream; Expect is answered by the server in front (RFC 9110, 10.1.1).
_REWRITTEN_IN_REQUESTS: Final = frozenset(
    {
        b"host",
        b"content-length",
        b"expect",
        b"accept-encoding",
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
    }
)

# Digests and sizes of the page as it was (RFC 9530; Content-MD5 is older).
OF_THE_BYTES: Final = frozenset(
    {
        b"accept-ranges",
        b"content-digest",
        b"content-length",
        b"content-md5",
        b"digest",
        b"repr-digest",
    }
)

_DECODABLE: Final = frozenset({"gzip", "x-gzip", "br", "zstd", "deflate", "identity"})

# A proxy in front of us is a neighbour: its word about the client is taken.
_NEIGHBOURS: Final = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)


def value_of(fields: Fields, name: bytes) -> bytes | None:
    """The first field of that name, or None."""
    for known, value in fields:
        if known == name:
            return value
    return None


def joined(fields: Fields, name: bytes) -> bytes | None:
    """All fields of that name as one list value (RFC 9110, 5.3), or None."""
    values = [value for known, value in fields if known == name]
    return b", ".join(values) if values else None


def tokens(value: bytes) -> list[bytes]:
    """Members of a comma-separated list of tokens, in lower case."""
    return [part for part in (item.strip().lower() for item in value.split(b",")) if part]


def dropped_names(fields: Fields) -> frozenset[bytes]:
    """Hop-by-hop names and those that Connection lists."""
    named = b""
    for name, value in fields:
        if name == b"connection":
            named += b"," + value
    return _dropped_by(named) if named else HOP_BY_HOP


@lru_cache(maxsize=512)
def _dropped_by(connection: bytes) -> frozenset[bytes]:
    return HOP_BY_HOP | (frozenset(tokens(connection)) - _NEVER_DROPPED)


def end_to_end(fields: Iterable[Field], dropped: frozenset[bytes]) -> list[Field]:
    """Fields without the dropped names, order and duplicates kept."""
    return [field for field in fields if field[0] not in dropped]


def dated(fields: list[Field]) -> list[Field]:
    """An answer's fields with a Date: now, if it came without (RFC 9110, 6.6.1)."""
    if value_of(fields, b"date") is not None:
        return fields
    return [*fields, (b"date", formatdate(usegmt=True).encode("ascii"))]


@lru_cache(maxsize=1024)
def decodable_codings(value: bytes) -> bytes:
    """Accept-Encoding without the codings that we could not take off again.

    `*` goes too, unless it forbids (`*;q=0`). What is left may be empty: `identity` then.
    """
    kept: list[str] = []
    for item in value.decode("latin-1").split(","):
        name, _, weight = item.strip().partition(";")
        coding = name.strip().lower()
        forbids = weight.replace(" ", "").rstrip("0").rstrip(".") in ("q=", "q=0")
        if coding in _DECODABLE or (coding == "*" and forbids):
            kept.append(item.strip())
    return ", ".join(kept).encode("latin-1") or b"identity"


def trusted(networks: Sequence[str]) -> Callable[[str], bool]:
    """Whether an address is of one of these networks, such as "10.0.0.0/8"; none: nobody's.

    Raises ValueError for what is no network.
    """
    blocks = tuple(ip_network(network) for network in networks)

    @lru_cache(maxsize=4096)
    def is_trusted(address: str) -> bool:
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return address == "" and bool(blocks)  # a Unix socket has no address
        return any(parsed in block for block in blocks)

    return is_trusted


is_neighbour: Final = trusted(_NEIGHBOURS)
"""Whether an address is of this machine or a private network."""


def request_fields(
    fields: Fields,
    *,
    client: str | None,
    scheme: str,
    host: bytes,
    upstream_host: bytes | None,
    trusts: Callable[[str], bool] | None = None,
) -> list[Field]:
    """Fields of a request as the upstream gets them; framing is left to the connection.

    `client`: the peer's address; `host`: what the client asked for. A peer that is a
    neighbour, or whom `trusts` says yes of, is believed about whom it stands for, others are
    not. `Forwarded` is only extended, or made where there is no X-Forwarded-For, so that the two
    never disagree.
    """
    dropped = dropped_names(fields)
    kept = [(b"host", upstream_host or host)]
    told: dict[bytes, bytes] = {}  # those set anew, as the client sent them
    for field in fields:
        name = field[0]
        if name in dropped:
            if name == b"te" and b"trailers" in tokens(field[1]):
                kept += [(b"te", b"trailers"), (b"connection", b"te")]
            continue
        if name not in _REWRITTEN_IN_REQUESTS:
            kept.append(field)
        elif name in told:
            told[name] += b", " + field[1]
        else:
            told[name] = field[1]
    if b"accept-encoding" in told:
        kept.append((b"accept-encoding", decodable_codings(told[b"accept-encoding"])))
    address = client or ""
    if not (trusts or is_neighbour)(address):
        told = {}
    peer = address.encode("ascii", "replace") or b"unknown"
    before = told.get(b"x-forwarded-for")
    kept.append((b"x-forwarded-for", b"%b, %b" % (before, peer) if before else peer))
    kept.append((b"x-forwarded-host", told.get(b"x-forwarded-host") or host))
    kept.append((b"x-forwarded-proto", told.get(b"x-forwarded-proto") or scheme.encode("ascii")))
    forwarded = told.get(b"forwarded")
    if forwarded is not None or before is None:
        hop = _forwarded_hop(address, host, scheme)
        kept.append((b"forwarded", b"%b, %b" % (forwarded, hop) if forwarded else hop))
    return kept


def client_address(
    fields: Iterable[Field], peer: str, trusts: Callable[[str], bool] = is_neighbour
) -> str:
    """Who asks, as far as those who may be believed say: the last address that is not theirs.

    Each proxy adds its peer to the end of X-Forwarded-For, so what a client writes there itself
    stands before all that can be believed.
    """
    hops = [
        hop.strip().decode("latin-1")
        for name, value in fields
        if name == b"x-forwarded-for"
        for hop in value.split(b",")
    ]
    address = peer
    while hops and trusts(address):
        address = hops.pop()
    return address


@lru_cache(maxsize=1024)
def _forwarded_hop(address: str, host: bytes, scheme: str) -> bytes:
    """One element of Forwarded (RFC 7239, 4): quoted where it is not a token."""
    node = f'"[{address}]"' if ":" in address else (address or "unknown")
    quoted = host.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'for=%b;host="%b";proto=%b' % (
        node.encode("ascii", "replace"),
        quoted,
        scheme.encode("ascii"),
    )
