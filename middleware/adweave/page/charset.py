"""From a page's bytes to text, and from places in that text back to bytes.

The encoding is found as the WHATWG HTML and Encoding standards find it: byte order mark,
then the Content-Type, then `<meta>`, then UTF-8 where the bytes are valid UTF-8. Beyond that
browsers guess; we do not: `PageDoubt("charset")`.

Every reading gives a text in which each offset has exactly one byte offset:

* UTF-8 and UTF-16 are decoded, and places are counted back in one pass.
* Single-byte charsets are decoded: one character is one byte.
* Double-byte charsets, and UTF-8 with faulty bytes, are read as latin-1. That is exact for
  markup, because in all of them the bytes of `<`, `>`, `&`, `=` and quotes never are a part of
  another character and a decoder never swallows them; `real` turns pieces into real text.
* ISO-2022-JP is decoded run by run. Only where the stream is in its ASCII state may ASCII be
  inserted.

CR LF becomes space LF, so that the parser's newline normalisation keeps lengths. Knows
nothing of trees.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from turbohtml import parse

from adweave.page.doubt import PageDoubt

# Python's codec for each name of the WHATWG Encoding Standard that has one character per byte.
_SINGLE_BYTE: Mapping[str, str] = {
    "IBM866": "cp866",
    "ISO-8859-8-I": "iso8859_8",
    "KOI8-R": "koi8_r",
    "KOI8-U": "koi8_u",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "windows-874": "cp874",
    **{f"ISO-8859-{part}": f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
}
_DOUBLE_BYTE: Mapping[str, str] = {
    "Big5": "big5hkscs",
    "EUC-JP": "euc_jp",
    "EUC-KR": "cp949",
    "GBK": "gb18030",
    "gb18030": "gb18030",
    "Shift_JIS": "cp932",
}
_LABEL_OF_DOUBT = re.compile(r"(?i)(?:x-|unicode-?1-?1-)?utf-?(?:7|32)")
_ESCAPE = re.compile(rb"\x1b(?:\([BJI]|\$[@B])")
_NOT_LATIN_1 = re.compile("[^\x00-\xff]+")
_PRESCAN_BYTES = 1024  # WHATWG HTML, "prescan a byte stream to determine its encoding"
# UTF-8 with more faulty sequences than this, in number and in share, is not UTF-8.
_FAULTY_SEQUENCES = 8
_FAULTY_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Reading:
    """A page's text and how its places belong to the bytes.

    `text` is newline-normalised in length-keeping fashion; `encoding` a WHATWG name.
    """

    text: str
    encoding: str
    lead: int = 0  # bytes of the byte order mark, which is not in `text`
    units: str = "one"  # how places are counted: "one", "utf-8", "utf-16", "runs"
    codec: str | None = None  # set where `text` holds bytes as latin-1 that are to be decoded
    runs: tuple[tuple[int, int, int], ...] = ()  # ISO-2022-JP: text offset, byte offset, width

    def real(self, piece: str) -> str:
        """The real text of a piece of `text` (or of the parser's text for it)."""
        if self.codec is None or piece.isascii():
            return piece
        try:
            return piece.encode("latin-1").decode(self.codec, "replace")
        except UnicodeEncodeError:
            pass
        # Characters beyond latin-1 came from character references: they are real already.
        parts: list[str] = []
        at = 0
        for match in _NOT_LATIN_1.finditer(piece):
            parts.append(piece[at : match.start()].encode("latin-1").decode(self.codec, "replace"))
            parts.append(match.group())
            at = match.end()
        parts.append(piece[at:].encode("latin-1").decode(self.codec, "replace"))
        return "".join(parts)

    def byte_offsets(self, places: Iterable[int]) -> dict[int, int | None]:
        """Byte offset of each place; None where ASCII must not be inserted."""
        if self.units == "one":
            return {place: place + self.lead for place in places}
        if self.units == "runs":
            return {place: self._in_runs(place) for place in places}
        found: dict[int, int | None] = {}
        text_at, byte_at = 0, self.lead
        codec = "utf-8" if self.units == "utf-8" else "utf-16-le"
        for place in sorted(set(places)):
            byte_at += len(self.text[text_at:place].encode(codec))
            text_at = place
            found[place] = byte_at
        return found

    def _in_runs(self, place: int) -> int | None:
        """Byte offset in ISO-2022-JP: only within or at the edge of a run in ASCII state."""
        index = bisect_right(self.runs, (place, 1 << 62, 0)) - 1
        text_at, byte_at, width = self.runs[index]
        if width == 1:
            return byte_at + place - text_at
        if place == text_at and index and self.runs[index - 1][2] == 1:
            before_text, before_byte, _ = self.runs[index - 1]
            return before_byte + place - before_text
        return None


def read(body: bytes, content_type: str | None) -> Reading:
    """Find the encoding of a page and read it.

    Raises PageDoubt("charset") where the encoding is not known for sure.
    """
    return read_as(body, encoding_of(body, content_type))


def encoding_of(body: bytes, content_type: str | None) -> str:
    """The WHATWG name of the page's encoding, by the order that browsers use.

    Raises PageDoubt("charset") where browsers would guess.
    """
    named = told_encoding(body, content_type) or prescanned_encoding(body)
    if named is not None:
        return named
    if b"charset" in body or b"CHARSET" in body:  # a <meta> beyond the prescan, as browsers do
        whole = parse(body, positions=False)
        if whole.encoding_confidence == "certain" and whole.encoding:
            return whole.encoding
    if b"\x1b" in body or b"\x00" in body:
        raise PageDoubt("charset")
    if not body.isascii():
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            raise PageDoubt("charset") from None
    return "UTF-8"


def told_encoding(body: bytes, content_type: str | None) -> str | None:
    """What the byte order mark or the Content-Type says, wherever the page's tags are."""
    if body.startswith(b"\xef\xbb\xbf"):
        return "UTF-8"
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16LE" if body.startswith(b"\xff") else "UTF-16BE"
    declared = _charset_parameter(content_type) if content_type else None
    return _name_of(declared) if declared else None


def prescanned_encoding(body: bytes) -> str | None:
    """What a `<meta>` in the first 1 024 bytes says."""
    start = parse(body[:_PRESCAN_BYTES], positions=False)
    return start.encoding if start.encoding_confidence == "certain" else None


def read_as(body: bytes, encoding: str) -> Reading:
    """Read bytes whose encoding (WHATWG name) is known.

    Raises PageDoubt("charset") where the bytes contradict it, or where it is an encoding in
    which ASCII is not ASCII.
    """
    if encoding == "UTF-8":
        return _utf_8(body)
    if encoding in ("UTF-16LE", "UTF-16BE"):
        return _utf_16(body, encoding)
    if encoding == "ISO-2022-JP":
        return _iso_2022_jp(body)
    if b"\x00" in body and body.count(0) * 10 > len(body):
        raise PageDoubt("charset")
    if codec := _SINGLE_BYTE.get(encoding):
        return Reading(_kept_lengths(body.decode(codec, "replace")), encoding)
    if codec := _DOUBLE_BYTE.get(encoding):
        return Reading(_kept_lengths(body.decode("latin-1")), encoding, codec=codec)
    raise PageDoubt("charset")


def _kept_lengths(text: str) -> str:
    return text.replace("\r\n", " \n") if "\r" in text else text


def _utf_8(body: bytes) -> Reading:
    lead = 3 if body.startswith(b"\xef\xbb\xbf") else 0
    try:
        text = body[lead:].decode("utf-8") if lead else body.decode("utf-8")
    except UnicodeDecodeError:
        return _faulty_utf_8(body, lead)
    if b"\x00" in body and text.count("\x00") * 10 > len(text):
        raise PageDoubt("charset")
    units = "one" if len(text) + lead == len(body) else "utf-8"
    kept = _kept_lengths(text) if b"\r" in body else text  # bytes are searched faster
    return Reading(kept, "UTF-8", lead, units)


def _faulty_utf_8(body: bytes, lead: int) -> Reading:
    text = body.decode("utf-8", "replace")
    faulty = text.count("\ufffd")
    beyond_ascii = len(text) - len(body.decode("ascii", "ignore"))
    if faulty > max(_FAULTY_SEQUENCES, _FAULTY_SHARE * beyond_ascii):
        raise PageDoubt("charset")
    return Reading(_kept_lengths(body[lead:].decode("latin-1")), "UTF-8", lead, codec="utf-8")


def _utf_16(body: bytes, encoding: str) -> Reading:
    lead = 2 if body.startswith((b"\xff\xfe", b"\xfe\xff")) else 0
    codec = "utf-16-le" if encoding == "UTF-16LE" else "utf-16-be"
    try:
        text = body[lead:].decode(codec)
    except UnicodeDecodeError:
        raise PageDoubt("charset") from None
    if "\x00" in text or "<" not in text:  # UTF-32, or bytes that are no UTF-16 at all
        raise PageDoubt("charset")
    return Reading(_kept_lengths(text), encoding, lead, "utf-16")


def _iso_2022_jp(body: bytes) -> Reading:
    if not body.isascii():
        raise PageDoubt("charset")
    pieces: list[str] = []
    runs: list[tuple[int, int, int]] = []
    text_at = 0
    state, start = b"\x1b(B", 0
    edges = [(match.start(), match.end(), match.group()) for match in _ESCAPE.finditer(body)]
    for stop, after, next_state in [*edges, (len(body), len(body), b"")]:
        try:
            piece = (state + body[start:stop]).decode("iso2022_jp_ext")
        except UnicodeDecodeError:
            raise PageDoubt("charset") from None
        # Two bytes a character may hold no insertion, and neither may half-width katakana.
        ascii_state = state in (b"\x1b(B", b"\x1b(J")
        width = 1 if ascii_state else 2
        if ascii_state and len(piece) != stop - start:
            raise PageDoubt("charset")
        runs.append((text_at, start, width))
        pieces.append(piece)
        text_at += len(piece)
        state, start = next_state, after
    return Reading(_kept_lengths("".join(pieces)), "ISO-2022-JP", units="runs", runs=tuple(runs))


def _charset_parameter(content_type: str) -> str | None:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'").strip() or None
    return None


@lru_cache(maxsize=256)
def _name_of(label: str) -> str | None:
    """The WHATWG name for a label; None for an unknown one, which browsers ignore."""
    if _LABEL_OF_DOUBT.fullmatch(label):
        raise PageDoubt("charset")
    try:
        return parse(b"", encoding=label).encoding
    except (LookupError, ValueError):
        return None
