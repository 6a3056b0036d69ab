"""The page that a review is about, as its origin sent it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from adweave.http import CodingDoubt, decoded

_LARGEST = 64_000_000
_CODINGS = ("identity", "gzip", "br", "zstd", "deflate")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks for a page, as far as layouts aim by it.

    `host` is the Host field's value; empty: that of the page's own address. `fields` have
    lower-case names. `now` is in seconds since 1970; None: when it is tried.
    """

    host: str = ""
    fields: tuple[tuple[bytes, bytes], ...] = ()
    now: float | None = None


ANYBODY = Reader()


@dataclass(frozen=True, slots=True)
class Page:
    """A page's bytes and what came with them. `path` is what layouts match.

    `fields` have lower-case names; `origin` is like "https://example.org", empty for a file.
    `is_whole` is False where fewer bytes came than were announced.
    """

    target: str
    path: str
    body: bytes
    fields: tuple[tuple[bytes, bytes], ...] = ((b"content-type", b"text/html"),)
    origin: str = ""
    is_whole: bool = True

    def field(self, name: bytes) -> str | None:
        """The value of a header field by its lower-case name, or None."""
        value = dict(self.fields).get(name)
        return None if value is None else value.decode("latin-1")

    def with_plain(self, body: bytes) -> Page:
        """The same page with another body, which has no content coding and is whole."""
        fields = tuple(each for each in self.fields if each[0] != b"content-encoding")
        return replace(self, body=body, fields=fields, is_whole=True)

    @property
    def plain(self) -> bytes:
        """The body without its content coding. Raises `CodingDoubt`."""
        coding = (self.field(b"content-encoding") or "identity").strip().lower()
        if coding not in _CODINGS:
            raise CodingDoubt("coding", coding)
        return self.body if coding == "identity" else decoded(self.body, coding, _LARGEST)
