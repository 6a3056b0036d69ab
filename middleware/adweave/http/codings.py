"""Content codings: taken off within limits, put on again for what is kept.

`decoded` never makes more than `limit_bytes`, whatever the input claims: it stops as soon as
the limit is passed. Knows bytes and coding names, nothing of HTTP messages or pages.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, cast

import brotli  # type: ignore[import-untyped]
import zstandard
from isal import igzip, isal_zlib

IDENTITY: Final = "identity"

# More than this many bytes out for each byte in, and it is no page: the corpus' most repetitive
# pages stay below 40, deflate cannot exceed 1032.
MAX_RATIO: Final = 200
# Small inputs compress to almost nothing; the ratio says something only above this size.
_RATIO_FROM_BYTES: Final = 1_000_000

_STEP_BYTES: Final = 262_144

# What the libraries raise at input that is not theirs.
_BAD_INPUT: Final[tuple[type[Exception], ...]] = (
    zlib.error,
    cast("type[Exception]", isal_zlib.IsalError),
    brotli.error,
    zstandard.ZstdError,
    EOFError,
)
_ZSTD_WINDOW_BYTES: Final = 8 * 1024 * 1024  # RFC 9659, 3: what a zstd coding may ask for


class CodingDoubt(Exception):
    """A body that can't be decoded. `reason`: "coding", "bomb" or "too-large"."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


def content_start(body: bytes, coding: str) -> int:
    """Offset from which on `body` depends on what is encoded and on nothing else.

    A gzip header also holds a time and a name (RFC 1952, 2.3), and Django writes a random name
    into each answer. 0 where there is no header that could be skipped for sure.
    """
    if coding != "gzip" or body[:3] != b"\x1f\x8b\x08" or len(body) < 18 or body[3] & ~0x18:
        return 0
    start = 10
    for flag in (0x08, 0x10):  # name, comment
        if body[3] & flag:
            start = body.find(b"\0", start) + 1
            if start == 0:
                return 0
    return start


def coding_of(content_encoding: bytes | None) -> str:
    """The single coding that a Content-Encoding value names, `identity` where there is none.

    Raises `CodingDoubt` for codings that we do not know and for several at once.
    """
    if content_encoding is None:
        return IDENTITY
    name = content_encoding.decode("latin-1").strip().lower()
    if name in ("", IDENTITY):
        return IDENTITY
    name = "gzip" if name == "x-gzip" else name
    if name not in _DECODERS:
        raise CodingDoubt("coding", name)
    return name


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a client takes. `fast` costs so little that a first reader need not wait for it."""

    best: str
    fast: str


@lru_cache(maxsize=1024)
def accepted_by(accept_encoding: bytes | None) -> Accepted:
    """The codings for a client that sent this Accept-Encoding (RFC 9110, 12.5.3).

    Of those that it likes equally, the one that makes pages smallest is best.
    """
    weights = _weights(accept_encoding or b"")
    rest = weights.get("*", 0.0)
    weight_of = {name: weights.get(name, rest) for name in _BY_SIZE}
    # Without a word about it, identity is acceptable, and liked least (RFC 9110, 12.5.3).
    identity = weights.get(IDENTITY, 0.0 if "*" in weights and not rest else 0.0001)
    best = max(_BY_SIZE, key=lambda name: weight_of[name])
    if weight_of[best] <= max(identity, 0.0):
        best = IDENTITY
    if best == IDENTITY or weight_of["gzip"]:
        fast = IDENTITY if best == IDENTITY else "gzip"
    else:
        fast = IDENTITY if identity else best
    return Accepted(best, fast)


def _weights(value: bytes) -> dict[str, float]:
    weights: dict[str, float] = {}
    for item in value.decode("latin-1").lower().split(","):
        name, _, parameter = item.partition(";")
        name = name.strip().removeprefix("x-")
        key, _, weight = parameter.partition("=")
        try:
            weights[name] = float(weight) if key.strip() == "q" else 1.0
        except ValueError:
            weights[name] = 0.0
    weights.pop("", None)
    return weights


def decoded(body: bytes, coding: str, limit_bytes: int) -> bytes:
    """The body without its coding. Raises `CodingDoubt`; also for what is cut or overlong."""
    if coding == IDENTITY:
        if len(body) > limit_bytes:
            raise CodingDoubt("too-large")
        return body
    room = _Room(len(body), limit_bytes)
    try:
        return _DECODERS[coding](body, room)
    except _BAD_INPUT as error:
        raise CodingDoubt("coding", str(error)) from error


def encoded(body: bytes, coding: str) -> bytes:
    """The body in a coding, for a page that is kept and sent many times. Deterministic."""
    return _ENCODERS[coding](body)


class _Room:
    """How much may still come out."""

    def __init__(self, size_in: int, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._bomb_at = max(size_in * MAX_RATIO, _RATIO_FROM_BYTES)
        self._out = 0

    def take(self, piece: bytes) -> bytes:
        self._out += len(piece)
        if self._out > self._bomb_at:
            raise CodingDoubt("bomb")
        if self._out > self._limit:
            raise CodingDoubt("too-large")
        return piece


def _inflated(body: bytes, room: _Room, wbits: int) -> bytes:
    """Deflate streams; gzip may have several members (RFC 1952, 2.2)."""
    pieces: list[bytes] = []
    rest = body
    while rest:
        inflater = isal_zlib.decompressobj(wbits=wbits)
        while not inflater.eof:
            before = len(rest)
            piece = inflater.decompress(rest, _STEP_BYTES)
            rest = inflater.unconsumed_tail
            pieces.append(room.take(piece))
            if not piece and len(rest) in (0, before) and not inflater.eof:
                raise CodingDoubt("coding", "the compressed body is cut")
        rest = inflater.unused_data
        if wbits != 31 and rest:
            raise CodingDoubt("coding", "bytes after the compressed body")
    if not pieces:
        raise CodingDoubt("coding", "the compressed body is empty")
    return b"".join(pieces)


def _from_gzip(body: bytes, room: _Room) -> bytes:
    return _inflated(body, room, 31)


def _from_deflate(body: bytes, room: _Room) -> bytes:
    # RFC 9110, 8.4.1.2: some senders leave the zlib wrapper out.
    is_wrapped = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _inflated(body, room, 15 if is_wrapped else -15)


def _from_brotli(body: bytes, room: _Room) -> bytes:
    decoder = brotli.Decompressor()
    pieces = [room.take(decoder.process(body, output_buffer_limit=_STEP_BYTES))]
    while not decoder.is_finished():
        piece = decoder.process(b"", output_buffer_limit=_STEP_BYTES)
        if not piece and decoder.can_accept_more_data():
            raise CodingDoubt("coding", "the compressed body is cut")
        pieces.append(room.take(piece))
    return b"".join(pieces)


def _from_zstd(body: bytes, room: _Room) -> bytes:
    pieces: list[bytes] = []
    rest = body
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    while rest:
        frame = decompressor.decompressobj(write_size=_STEP_BYTES)
        # A frame gives all that its input holds, so the input goes in by small steps.
        step = 1024
        at = 0
        while not frame.eof:
            if at >= len(rest):
                raise CodingDoubt("coding", "the compressed body is cut")
            pieces.append(room.take(frame.decompress(rest[at : at + step])))
            at += step
        rest = frame.unused_data + rest[at:]
    if not pieces:
        raise CodingDoubt("coding", "the compressed body is empty")
    return b"".join(pieces)


def _to_deflate(body: bytes) -> bytes:
    return isal_zlib.compress(body, 2)


_DECODERS: Final[Mapping[str, Callable[[bytes, _Room], bytes]]] = {
    "gzip": _from_gzip,
    "deflate": _from_deflate,
    "br": _from_brotli,
    "zstd": _from_zstd,
}

# Smallest first, for a usual page: brotli 4, zstd 3, gzip by ISA-L.
_BY_SIZE: Final = ("br", "zstd", "gzip")

_ENCODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    IDENTITY: lambda body: body,
    "gzip": lambda body: igzip.compress(body, 2, mtime=0),
    "deflate": _to_deflate,
    # Level 4 takes 2 ms for a page of 113 KB and beats gzip's best level.
    "br": lambda body: brotli.compress(body, quality=4),
    "zstd": lambda body: zstandard.ZstdCompressor(level=3).compress(body),
}
