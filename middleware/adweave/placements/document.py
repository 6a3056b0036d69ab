"""One TOML file of the folder: its values, where they stand, and the model made of them.

Validation finds every mistake of a file at once. What is wrong is then left out and the rest
validated again, so that the rules between files can still be checked on the sound part; a file
with any error never reaches a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from adweave.placements.positions import Path, Positions, Span
from adweave.placements.problems import Problem, Severity
from adweave.placements.syntax import parse
from adweave.placements.values import VIEWPORTS
from adweave.placements.wording import LIST_KEYS, Finding, finding_for, where

M = TypeVar("M", bound=BaseModel)

# Values longer than this are shown cut; the line and column lead to the rest.
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Document(Generic[M]):
    """A file read as `model`.

    `model` is None where not even the sound part makes one. `indices` maps the entries of the
    model's list of tables to those of the file, which may have more. `faulty` are the paths
    whose values were refused.
    """

    file: str
    raw: bytes
    model: M | None
    values: dict[str, object]
    problems: tuple[Problem, ...]
    indices: tuple[int, ...]
    faulty: frozenset[Path]
    has_syntax_faults: bool
    positions: Positions = field(repr=False)

    def line_of(self, path: Path) -> int:
        """The line of the value at `path`, from 1."""
        entry = self.positions.entries.get(_written_part(self.positions, path))
        return self.positions.line_col(0 if entry is None else entry.value.start)[0]

    def problem(
        self,
        path: Path,
        sentence: str,
        *,
        code: str,
        severity: Severity = "error",
        shows_value: bool = True,
        at_key: bool = False,
    ) -> Problem | None:
        """A problem at `path`: its key and value, then `sentence`.

        None where the value at `path` was refused already: one mistake, one message.
        """
        if any(path[: len(bad)] == bad for bad in self.faulty):
            return None
        return problem_at(
            self.file,
            self.values,
            self.positions,
            path,
            sentence,
            code=code,
            severity=severity,
            shows_value=shows_value,
            at_key=at_key,
        )


def read_document(file: str, raw: bytes, model: type[M], name: str | None) -> Document[M]:
    """Read `raw` as `model`; `name`, from the file's name, becomes the model's `name`."""
    text, encoding_problem = _decoded(file, raw)
    parsed = parse(text)
    positions = Positions(parsed.text)
    original = Positions(text)
    problems = [] if encoding_problem is None else [encoding_problem]
    for fault in parsed.faults:
        source = original.line_text(fault.line)
        problems.append(
            Problem(
                file, fault.line, fault.col, "error", "toml", fault.message, source, fault.width
            )
        )
    faults = bool(parsed.faults) or encoding_problem is not None
    values = dict(parsed.values)
    faulty: set[Path] = set()
    if name is not None:
        if "name" in values and values["name"] != name:
            faulty.add(("name",))
            written = values["name"] if isinstance(values["name"], str) else ""
            hint = f'; or call the file "{written}.toml"' if written else ""
            problems.append(
                problem_at(
                    file,
                    values,
                    positions,
                    ("name",),
                    f'differs from the file\'s name; write name = "{name}" or take the line '
                    f"out{hint}",
                    code="name-differs",
                )
            )
        values["name"] = name
    instance: M | None = None
    indices = _all_indices(values)
    try:
        instance = model.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False)
        for finding in _findings(model, details, positions):
            if finding.is_missing and faults:
                continue  # most likely it stands in the statement that could not be read
            problem = problem_at(
                file, parsed.values, positions, finding.path, finding.sentence,
                code=finding.code, shows_value=finding.shows_value, at_key=finding.at_key,
            )  # fmt: skip
            problems.append(problem)
        faulty.update(_key_path(detail["loc"]) for detail in details)
        sound, indices = _sound_part(values, details)
        try:
            instance = model.model_validate(sound)
        except ValidationError:
            instance = None
    problems.sort(key=lambda p: (p.line, p.col))
    return Document(
        file, raw, instance, parsed.values, tuple(problems), indices, frozenset(faulty), faults,
        positions,
    )  # fmt: skip


def problem_at(
    file: str,
    values: dict[str, object],
    positions: Positions,
    path: Path,
    sentence: str,
    *,
    code: str,
    severity: Severity = "error",
    shows_value: bool = True,
    at_key: bool = False,
) -> Problem:
    """Put a sentence behind its place, its key and its value as they are written."""
    known = _written_part(positions, path)
    entry = positions.entries.get(known)
    span = Span(0, 0) if entry is None else entry.key if at_key else entry.value
    line, col = positions.line_col(span.start)
    source = positions.line_text(line)
    prefix, shown = where(known, values)
    if shows_value and entry is not None:
        literal = _short(positions.slice(entry.value))
        joint = ": " if isinstance(known[-1], int) else " = "
        text = f"{prefix}{shown}{joint}{literal} {sentence}"
    else:
        text = f"{prefix}{sentence}"
    width = max(1, min(span.end - span.start, len(source) - col + 1))
    return Problem(file, line, col, severity, code, text, source, width)


def _written_part(positions: Positions, path: Path) -> Path:
    """The part of `path` that the file has: a value for all viewports stands for each."""
    written: Path = ()
    for part in path:
        if (*written, part) in positions.entries:
            written += (part,)
        elif part not in VIEWPORTS:
            break
    return written


def _findings(
    model: type[BaseModel], details: Sequence[ErrorDetails], positions: Positions
) -> tuple[Finding, ...]:
    """One finding a mistake: a value meant for both viewports is refused once, not twice."""
    findings: dict[tuple[Path, str], Finding] = {}
    for detail in details:
        finding = finding_for(model, detail)
        known = _written_part(positions, finding.path)
        findings.setdefault((known, finding.sentence), finding)
    return tuple(findings.values())


def _decoded(file: str, raw: bytes) -> tuple[str, Problem | None]:
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        return raw.decode("utf-8"), None
    except UnicodeDecodeError as error:
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            message = "is UTF-16; save the file as UTF-8"
            return "", Problem(file, 1, 1, "error", "not-utf-8", message)
        before = raw[: error.start].decode("utf-8")
        line, col = before.count("\n") + 1, len(before) - before.rfind("\n")
        text = raw.decode("utf-8", errors="replace")
        message = f"is not UTF-8: byte 0x{raw[error.start]:02x}; save the file as UTF-8"
        source = text.split("\n")[line - 1].rstrip("\r")
        return text, Problem(file, line, col, "error", "not-utf-8", message, source, 1)


def _key_path(loc: Path) -> Path:
    """The part of an error's place that is left out to get a sound document."""
    if loc and loc[0] in LIST_KEYS:
        return loc[:3]
    return loc[:1]


def _all_indices(values: dict[str, object]) -> tuple[int, ...]:
    for key in LIST_KEYS:
        entries = values.get(key)
        if isinstance(entries, list):
            return tuple(range(len(entries)))
    return ()


def _sound_part(
    values: dict[str, object], details: Sequence[ErrorDetails]
) -> tuple[dict[str, object], tuple[int, ...]]:
    """The values without what was refused; a table that lacks what it must have goes whole."""
    sound = dict(values)
    refused = {_key_path(detail["loc"]) for detail in details}
    missing = {_key_path(d["loc"]) for d in details if d["type"] == "missing"}
    indices: tuple[int, ...] = ()
    for path in refused:
        if len(path) == 1:
            sound.pop(str(path[0]), None)
    for key in LIST_KEYS:
        entries = sound.get(key)
        if not isinstance(entries, list):
            continue
        kept = {}
        for index, entry in enumerate(entries):
            lost = {path[2] for path in refused if path[:2] == (key, index) and len(path) == 3}
            whole = (key, index) not in refused and not any(
                path[:2] == (key, index) for path in missing
            )
            if (
                whole
                and isinstance(entry, dict)
                and not lost & {"name", "kind", "layout", "weight"}
            ):
                kept[index] = {k: v for k, v in entry.items() if k not in lost}
        sound[key] = list(kept.values())
        indices = tuple(kept)
    return sound, indices


def _short(source: str) -> str:
    one_line = " ".join(source.split())
    if len(one_line) <= _LONGEST_SHOWN:
        return one_line
    return one_line[: _LONGEST_SHOWN - 3] + "..."
