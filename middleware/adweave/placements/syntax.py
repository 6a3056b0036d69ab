"""TOML text to values, with every syntax error found and told in plain words.

`tomllib` is the judge of what TOML is. It stops at the first error; here the statement that
holds the error is blanked out and the rest read again, so that one slip does not hide the other
mistakes of a file.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

from adweave.placements.positions import positions_of

# Beyond either, a file is not TOML with slips but something else.
_MOST_FAULTS = 20
_LONGEST_RECOVERY = 64_000

_POSITION = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_STATEMENT = re.compile(r"""[ \t]*(?:\[|[\w."' \t-]+=)""")
_PAIR = re.compile(
    r"""[ \t]*([\w."'-]+(?:[ \t]*\.[ \t]*[\w"'-]+)*)[ \t]*=[ \t]*([^#]*?)[ \t]*(?:#.*)?"""
)
_BARE_TEXT = re.compile(r"[^\s\[\]{}\"',=][^\[\]{}\"',=]*")


@dataclass(frozen=True, slots=True)
class Fault:
    """A syntax error at a line and column from 1, `width` characters of the line being meant."""

    line: int
    col: int
    width: int
    message: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What could be read: the values, the text they were read from, and the faults.

    `text` has faulty statements blanked out, at unchanged positions.
    """

    values: dict[str, object]
    text: str
    faults: tuple[Fault, ...]


def parse(text: str) -> Parsed:
    """Read a TOML document. Never raises; a document beyond recovery has no values."""
    faults: list[Fault] = []
    while True:
        try:
            return Parsed(tomllib.loads(text), text, tuple(faults))
        except RecursionError:
            faults.append(Fault(1, 1, 0, "lists or tables are nested too deeply to be read"))
            return Parsed({}, "", tuple(faults))
        except tomllib.TOMLDecodeError as error:
            lines = text.split("\n")
            fault, first, last = _diagnosis(str(error), lines)
            faults.append(fault)
            if len(faults) >= _MOST_FAULTS or len(text) > _LONGEST_RECOVERY:
                return Parsed({}, "", tuple(faults))
            lines[first:last] = [""] * (last - first)
            text = "\n".join(lines)


def _diagnosis(message: str, lines: list[str]) -> tuple[Fault, int, int]:
    """The fault in words, and the lines (from, to; from 0) of the statement that holds it."""
    match = _POSITION.fullmatch(message)
    what = match[1] if match else message
    if match and match[2]:
        line, col = int(match[2]) - 1, int(match[3])
    else:
        line, col = len(lines) - 1, len(lines[-1]) + 1
    if line >= len(lines):
        line, col = len(lines) - 1, len(lines[-1]) + 1
    first = _statement_start(lines, line)
    last = first + 1
    while last < len(lines) and not _STATEMENT.match(lines[last]):
        last += 1
    if what.startswith(("Unclosed", "Unterminated", "Expected \"'", "Invalid initial")):
        last = max(last, min(line + 1, len(lines))) if last > line else last
    return _fault(what, lines, first, line, col), first, last


def _statement_start(lines: list[str], line: int) -> int:
    """The line where the statement begins that the error on `line` is in: all before it reads."""
    for start in range(line, -1, -1):
        if not _STATEMENT.match(lines[start]) and start != line:
            continue
        try:
            tomllib.loads("\n".join(lines[:start]))
        except tomllib.TOMLDecodeError:
            continue
        return start
    return line


def _fault(what: str, lines: list[str], first: int, line: int, col: int) -> Fault:
    head = lines[first]
    start = len(head) - len(head.lstrip()) + 1
    pair = _PAIR.fullmatch(head.rstrip("\r"))
    key, value = (pair[1], pair[2]) if pair else ("", "")
    value_col = (
        head.index("=") + 1 + len(head.partition("=")[2]) - len(head.partition("=")[2].lstrip()) + 1
        if pair
        else col
    )

    def at_key(message: str) -> Fault:
        return Fault(first + 1, start, len(key) or len(head.strip()), message)

    def at_value(message: str) -> Fault:
        return Fault(first + 1, value_col, len(value), message)

    if what.startswith(("Cannot overwrite", "Duplicate inline table key")):
        return at_key(_twice(key, lines, first))
    if what.startswith(("Cannot declare", "Cannot redefine", "Cannot mutate")):
        header = head.strip()
        return at_key(f"{header or key} is given twice; keep one of them")
    if pair and not value:
        return at_key(f'{key} has no value; write one after "="')
    if pair and line == first and value in ("True", "False", "yes", "no", "on", "off", "Yes", "No"):
        meant = "true" if value.casefold() in ("true", "yes", "on") else "false"
        return at_value(f"{key} = {value} is not TOML; write {key} = {meant}")
    if pair and line == first and _BARE_TEXT.fullmatch(value) and not what.startswith("Illegal"):
        return at_value(
            f'{key} = {value} is not TOML; texts stand in quotes: write {key} = "{value}"'
        )
    if what.startswith("Unclosed array"):
        return at_value(
            f"{key or 'the list'} has a list that is not closed, or a comma is missing "
            'in it; write "," between entries and "]" at the end'
        )
    if what.startswith("Unclosed inline table") or (
        "{" in value and "}" not in value and what.startswith(("Invalid initial", "Expected"))
    ):
        return at_value(
            f"{key or 'the table'} has a table in braces that does not end in its line; "
            'write { ... } in one line, with "," between entries'
        )
    if what.startswith(("Unterminated string", "Illegal character '\\n'", "Expected \"'")) or (
        value[:1] in ("'", '"') and what.startswith("Illegal character")
    ):
        return at_value(f"{key or 'the text'} has a text whose closing quote is missing")
    if what.startswith("Unescaped '\\'") or what.startswith("Invalid hex"):
        return Fault(
            line + 1,
            col,
            1,
            'a backslash in "..." begins an escape; write \\\\ for a '
            "backslash, or put the text in '...'",
        )
    if what.startswith("Expected '='"):
        return at_key(f'"{head.strip()}" is not TOML; write key = value')
    if what.startswith("Expected ']'"):
        return at_key(
            f'"{head.strip()}" is not closed; a table is written [name], an entry of a '
            "list of tables [[name]]"
        )
    return Fault(line + 1, col, 1, f"this is not TOML: {what[:1].lower()}{what[1:]}")


def _twice(key: str, lines: list[str], first: int) -> str:
    before = positions_of("\n".join(lines[:first]))
    last_table = max(
        (path for path in before.entries if isinstance(path[-1], int) or not path),
        key=lambda path: before.entries[path].key.start,
        default=(),
    )
    for table in (last_table, ()):
        entry = before.entries.get((*table, key))
        if entry is not None:
            line, _ = before.line_col(entry.key.start)
            return f"{key} is given twice; it stands in line {line} already: keep one of them"
    return f"{key} is given twice; keep one of them" if key else "a key is given twice"
