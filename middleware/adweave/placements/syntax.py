"""TOML text to values, with every syntax error found and told in plain words.

`tomllib` is the judge of what TOML is. It stops at the first error; here the statement that
holds the error is blanked out and the rest read again, so that one slip does not hide the other
mistakes of a file.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

from adweave.placements.positions import Positions

# Beyond either, a file is not TOML with slips but something else.
_MOST_FAULTS = 20
_LONGEST_RECOVERY = 64_000

_POSITION = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_STATEMENT = re.compile(r"""[ \t]*(?:\[|[\w."' \t-]+=)""")
_PAIR = re.compile(
    r"""[ \t]*([\w."'-]+(?:[ \t]*\.[ \t]*[\w"'-]+)*)[ \t]*=[ \t]*([^#]*?)[ \t]*(?:#.*)?"""
)
_HEADER = re.compile(r"[ \t]*\[+[ \t]*(placement|variant)\b")
_NUMBER = re.compile(r"[+-]?\d[\d ,]*(?:\.\d+)?", re.ASCII)
_CURLY_QUOTES = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
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
            header = _HEADER.match(lines[first])
            if header and lines[first].strip() != f"[[{header[1]}]]":
                lines[first] = f"[[{header[1]}]]"  # what was meant is plain
            else:
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
    if lines[first].lstrip().startswith("["):  # without its header, a table's keys mean others
        while last < len(lines) and not lines[last].lstrip().startswith("["):
            last += 1
    else:
        is_open = _is_open_table(lines[first])
        while last < len(lines) and (is_open or not _STATEMENT.match(lines[last])):
            is_open = is_open and "}" not in lines[last]
            last += 1
    return _fault(what, lines, first, line, col), first, last


def _is_open_list(value: str) -> bool:
    return value.endswith(("[", ",")) and value.startswith("[")


def _is_open_table(line: str) -> bool:
    value = line.partition("=")[2].strip()
    return value.startswith("{") and value.count("{") > value.count("}")


def _statement_start(lines: list[str], line: int) -> int:
    """The line where the statement begins that the error on `line` is in: all before it reads.

    What comes before the first faulty statement reads, and nothing longer does, so the place is
    found by halving; a text left open at the top of a long file is not read once a line.
    """
    if sum(map(len, lines)) > _LONGEST_RECOVERY:
        return line
    starts = [at for at in range(line + 1) if at == line or _STATEMENT.match(lines[at])]
    readable, unreadable = 0, len(starts)  # the first candidate's "before" may be empty: it reads
    while unreadable - readable > 1:
        middle = (readable + unreadable) // 2
        try:
            tomllib.loads("\n".join(lines[: starts[middle]]))
            readable = middle
        except tomllib.TOMLDecodeError:
            unreadable = middle
    return starts[readable]


def _fault(what: str, lines: list[str], first: int, line: int, col: int) -> Fault:
    head = lines[first].rstrip("\r")
    pair = _PAIR.fullmatch(head)
    key, value = (pair[1], pair[2]) if pair else ("", head.strip())
    key_col = pair.start(1) + 1 if pair else len(head) - len(head.lstrip()) + 1
    value_col = pair.start(2) + 1 if pair else key_col
    sentence = _about_keys(what, head.strip(), key, lines, first)
    if sentence is not None:
        return Fault(first + 1, key_col, len(key) or len(value), sentence)
    sentence = _about_value(what, key, value) if pair else None
    if sentence is not None:
        return Fault(first + 1, value_col, len(value), sentence)
    if what.startswith(("Unescaped '\\'", "Invalid hex")):
        sentence = (
            'a backslash in "..." begins an escape; write \\\\ for a backslash, or put the text '
            "in '...'"
        )
    else:
        sentence = f"this is not TOML: {what[:1].lower()}{what[1:]}"
    return Fault(line + 1, col, 1, sentence)


def _about_keys(what: str, head: str, key: str, lines: list[str], first: int) -> str | None:
    """A sentence about a statement's left side or a header, where the fault lies there."""
    twice = re.fullmatch(r"Duplicate inline table key '(.*)'", what)
    if twice:
        return f"{key} gives {twice[1]} twice; keep one of them"
    if what.startswith("Cannot overwrite"):
        return _twice(key, lines, first)
    if what.startswith(("Cannot declare", "Cannot redefine", "Cannot mutate")):
        return f"{head if head.startswith('[') else key} is given twice; keep one of them"
    if head.startswith("["):
        return (
            f'"{head}" is not a header; a table is written [name], an entry of a list of tables '
            "[[name]]"
        )
    if not key or what.startswith(("Expected '='", "Invalid statement")):
        return f'"{head}" is not TOML; write key = value'
    return None


def _about_value(what: str, key: str, value: str) -> str | None:
    """A sentence about a statement's right side, or None where there is nothing plain to say."""
    if not value:
        return f'{key} has no value; write one after "="'
    if value.casefold() in ("true", "false", "yes", "no", "on", "off"):
        meant = "true" if value.casefold() in ("true", "yes", "on") else "false"
        return f"{key} = {value} is not TOML; write {key} = {meant}"
    if _NUMBER.fullmatch(value):
        number = re.sub(r"\A([+-]?)0+(?=\d)", r"\1", value.replace(",", "").replace(" ", ""))
        return (
            f"{key} = {value} is not TOML; numbers have no commas, spaces or leading zeros: "
            f"write {key} = {number}"
        )
    if value[0] in _CURLY_QUOTES:
        straight = value.strip(_CURLY_QUOTES)
        return f'{key} = {value} has curly quotes; write straight ones: {key} = "{straight}"'
    if _BARE_TEXT.fullmatch(value) and not what.startswith("Illegal"):
        return f'{key} = {value} is not TOML; texts stand in quotes: write {key} = "{value}"'
    if what.startswith("Unclosed array") or _is_open_list(value):
        return (
            f'{key} has a list that is not closed, or a comma is missing in it; write "," '
            'between entries and "]" at the end'
        )
    if what.startswith("Unclosed inline table") or _is_open_table(f"= {value}"):
        return (
            f"{key} has a table in braces that does not end in its line; write {{ ... }} in one "
            'line, with "," between entries'
        )
    if value[0] in "'\"":
        if what.startswith(("Unterminated", "Illegal", "Expected \"'", "Expected '\"")):
            return f"{key} has a text whose closing quote is missing"
        if what.startswith("Expected newline"):
            return (
                f"{key} has more behind the text's closing quote; a text with \" in it stands in "
                "'...'"
            )
    return None


def _twice(key: str, lines: list[str], first: int) -> str:
    before = Positions("\n".join(lines[:first]))
    name = key.rpartition(".")[2].strip(" \t\"'")
    starts = [entry.key.start for path, entry in before.entries.items() if path[-1] == name]
    if not starts:
        return f"{key} is given twice; keep one of them"
    line, _ = before.line_col(max(starts))
    return f"{key} is given twice; it stands in line {line} already: keep one of them"
