"""Where each key and value of a TOML document stands.

Python's `tomllib` says what a document means and what is wrong with it, but not where its values
are. This reads a document that `tomllib` has accepted a second time, for positions only: keys,
headers, and the extent of values. What it relies on is the grammar of TOML 1.0 (with newlines
inside inline tables, as in 1.1); that both readers see the same keys is a property tested on
generated documents.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*+")
_KEY_PART = re.compile(r"""[ \t]*+(?:([A-Za-z0-9_-]++)|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+""")
_TEXT = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*+"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*+'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*+"'
    r"|'[^'\n]*+'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\r\n]++")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a document, as offsets in characters: from `start` to before `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a path was written: its key (or table header) and its value.

    For a table or an entry of an array of tables, both are the header. For an entry of an array,
    both are the value.
    """

    key: Span
    value: Span


class Positions:
    """The entries of one document by path, and offsets as lines and columns from 1.

    The document is one that `tomllib` accepts, without a byte order mark.
    Nothing is read before it is asked for: a folder without a problem needs no positions.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def entries(self) -> dict[Path, Entry]:
        """Every key, table and value; empty for a document nested to the edge of the possible."""
        scanner = _Scanner(self._text)
        try:
            scanner.document()
        except RecursionError:
            return {}
        return scanner.entries

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self._text))]

    def line_col(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of an offset; columns count characters."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def line_text(self, line: int) -> str:
        """The text of a line, counted from 1, without its end."""
        start = self._lines[line - 1]
        end = self._lines[line] if line < len(self._lines) else len(self._text)
        return self._text[start:end].rstrip("\r\n")

    def slice(self, span: Span) -> str:
        """The source text of a span."""
        return self._text[span.start : span.end]


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.entries: dict[Path, Entry] = {}
        self.tables: dict[Path, int] = {}  # arrays of tables, and how many entries so far

    def document(self) -> None:
        table: Path = ()
        while True:
            self.skip_blank()
            if self.at >= len(self.text):
                return
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)

    def skip_blank(self) -> None:
        match = _BLANK.match(self.text, self.at)
        if match is not None:
            self.at = match.end()

    def header(self) -> Path:
        start = self.at
        is_array = self.text.startswith("[[", start)
        self.at += 2 if is_array else 1
        parts = self.key()
        self.at += 2 if is_array else 1
        span = Span(start, self.at)
        entry = Entry(span, span)
        path: Path = ()
        for index, (name, _) in enumerate(parts):
            path += (name,)
            is_last = index == len(parts) - 1
            self.entries.setdefault(path, entry)
            if is_last and is_array:
                self.tables[path] = self.tables.get(path, 0) + 1
            if path in self.tables:
                path += (self.tables[path] - 1,)
        if not is_array:
            self.entries[path] = entry  # a header says more than an earlier mention
        self.entries.setdefault(path, entry)
        return path

    def pair(self, table: Path) -> None:
        parts = self.key()
        self.at += 1  # the equals sign
        self.skip_blank()
        path = table
        for name, span in parts[:-1]:
            path += (name,)
            self.entries.setdefault(path, Entry(span, span))
        name, span = parts[-1]
        path += (name,)
        self.entries[path] = Entry(span, self.value(path))

    def key(self) -> list[tuple[str, Span]]:
        """Read a dotted key; stands behind it and its blanks afterwards."""
        parts: list[tuple[str, Span]] = []
        while True:
            match = _KEY_PART.match(self.text, self.at)
            if match is None:  # tomllib would have refused it
                raise ValueError(f"no key at offset {self.at}")
            self.at = match.end()
            written = match[0].strip(" \t")
            start = match.start() + match[0].index(written)
            name = match[1] or _unquoted(written)
            parts.append((name, Span(start, start + len(written))))
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def value(self, path: Path) -> Span:
        """Read a value; stands right behind it afterwards."""
        start = self.at
        first = self.text[start]
        if first == "[":
            self.array(path)
        elif first == "{":
            self.inline_table(path)
        elif first in "\"'":
            match = _TEXT.match(self.text, start)
            self.at = len(self.text) if match is None else match.end()
        else:
            match = _SCALAR.match(self.text, start)
            self.at = start + len((match[0] if match else "").rstrip())
        return Span(start, self.at)

    def array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while True:
            self.skip_blank()
            if self.text[self.at] == "]":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            entry: Path = (*path, index)
            span = self.value(entry)
            self.entries[entry] = Entry(span, span)
            index += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        while True:
            self.skip_blank()
            if self.text[self.at] == "}":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.pair(path)


def _unquoted(written: str) -> str:
    if written.startswith('"') and "\\" in written:
        return str(tomllib.loads(f"key = {written}")["key"])
    return written[1:-1]
