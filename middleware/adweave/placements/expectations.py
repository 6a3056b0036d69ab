"""What must hold on stored pages: `tests/NAME.toml`, read by `adweave test`.

The models behind those files, and their reading with every mistake at its line. Knows what may
be expected; nothing of pages and of whether it holds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictStr
from pydantic.json_schema import WithJsonSchema

from adweave.placements.base import Model, Name, Text, TextList, is_token
from adweave.placements.document import Document, read_document
from adweave.placements.problems import Problem, file_problem
from adweave.placements.reading import contents_of, is_hidden
from adweave.placements.site import Site
from adweave.placements.values import PxDistance, hint, kind_of, one_of, refusal

TESTS_FOLDER = "tests"
_MOST = 1_000


class Range(NamedTuple):
    """How many: at least `min`, at most `max` (None: any number)."""

    min: int
    max: int | None

    def holds(self, number: int) -> bool:
        """Whether `number` is in it."""
        return self.min <= number and (self.max is None or number <= self.max)

    def __str__(self) -> str:
        if self.max is None:
            return f"at least {self.min}"
        if self.min == self.max:
            return "none" if self.max == 0 else f"exactly {self.max}"
        return f"at most {self.max}" if self.min == 0 else f"between {self.min} and {self.max}"


def _read_range(value: object) -> object:
    if isinstance(value, Range):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return _in_bounds(value, value)
    if not isinstance(value, dict):
        raise refusal(
            f"is {kind_of(value)}; write a number, or {{ min = 3, max = 6 }}", "wrong-type"
        )
    unknown = [key for key in value if key not in ("min", "max")]
    if unknown or not value:
        found = f'has "{unknown[0]}" in it' if unknown else "is empty"
        raise refusal(f"{found}; write {{ min = 3, max = 6 }}, or one of the two", "unknown-key")
    for bound in value.values():
        if isinstance(bound, bool) or not isinstance(bound, int):
            raise refusal(f"has {kind_of(bound)} in it; both are whole numbers", "wrong-type")
    return _in_bounds(value.get("min", 0), value.get("max"))


def _in_bounds(low: int, high: int | None) -> Range:
    for bound in (low, high):
        if bound is not None and not 0 <= bound <= _MOST:
            raise refusal(f"is out of bounds; a number of slots is 0 to {_MOST}", "out-of-bounds")
    if high is not None and low > high:
        raise refusal(f"cannot hold: min = {low} is more than max = {high}", "min-over-max")
    return Range(low, high)


def _field_names(fields: dict[str, str]) -> dict[str, str]:
    for name in fields:
        if not is_token(name):
            raise refusal(f'names the field "{name}", which is no name of one', "bad-name")
    return fields


def _page_path(path: str) -> str:
    if not path.startswith("/"):
        raise refusal(f'does not begin with "/"; write "/{path}"')
    return path


_RANGE_SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": 0, "maximum": _MOST},
        {
            "type": "object",
            "properties": {
                "min": {"type": "integer", "minimum": 0},
                "max": {"type": "integer", "minimum": 0},
            },
            "additionalProperties": False,
        },
    ]
}
SlotRange = Annotated[Range, BeforeValidator(_read_range), WithJsonSchema(_RANGE_SCHEMA)]
"""A number of slots, or the least and the most."""
PagePath = Annotated[StrictStr, AfterValidator(_page_path)]
Fields = Annotated[dict[str, StrictStr], AfterValidator(_field_names)]

DISTANCES = ("apart", "from_top", "from_bottom", "below_heading", "above_image", "below_image")
# One of these at least, or a test would hold whatever happens.
CLAIMS = ("slots", "placements", "reason", "language", "layout", "lint", *DISTANCES)


class Expectation(Model):
    """Something that must hold: an `[[expect]]`."""

    name: Text = Field(description="What must hold, in words; failures begin with it.")
    pages: TextList = Field(
        default=(),
        description="Stored pages, as files beside this one (`*` is allowed), or URLs. Without "
        "any, an ordinary article of some 1 500 words stands in.",
    )
    path: PagePath | None = Field(
        default=None,
        description="The page's path on the site, which layouts match. Default: the URL's, or "
        "`/` and the file's name.",
    )
    host: Text | None = Field(default=None, description="The host that the reader asks.")
    request: Fields = Field(
        default_factory=dict,
        description="Fields of the reader's request, for targeting: "
        '`{ Cookie = "member=1", CF-IPCountry = "DE" }`.',
    )
    at: datetime | None = Field(
        default=None,
        description="When the reader asks, for schedules; without a zone it is UTC. Default: now.",
    )
    viewport: Literal["mobile", "desktop"] | None = Field(
        default=None, description="Where it must hold. Default: at both."
    )
    slots: SlotRange | None = Field(
        default=None,
        description="How many slots a reader sees, notices not counted: `0`, or "
        "`{ min = 3, max = 6 }`.",
    )
    placements: dict[Name, SlotRange] = Field(
        default_factory=dict,
        description="How many slots of a placement: `{ inline = { min = 3 }, notice = 1 }`.",
    )
    apart: PxDistance | None = Field(default=None, description="No two slots nearer than that.")
    from_top: PxDistance | None = Field(
        default=None, description="No slot nearer to the article's start."
    )
    from_bottom: PxDistance | None = Field(
        default=None, description="No slot nearer to the article's end."
    )
    below_heading: PxDistance | None = Field(
        default=None, description="No slot nearer below a heading."
    )
    above_image: PxDistance | None = Field(
        default=None, description="No slot nearer above an image or embed."
    )
    below_image: PxDistance | None = Field(
        default=None, description="No slot nearer below an image or embed."
    )
    layout: Name | None = Field(default=None, description="The layout that the page gets.")
    reason: Text | None = Field(
        default=None,
        description="Why the page is passed, as `Adweave-Status` says it: "
        '`"no-layout"`, `"too-short"`, ...',
    )
    language: Text | None = Field(
        default=None, description='The language of the labels, as a BCP 47 tag: "tr", "pt-BR".'
    )
    lint: StrictBool = Field(
        default=False, description="`true`: the linter finds nothing in the woven page."
    )

    @property
    def viewports(self) -> tuple[str, ...]:
        """The viewports at which it must hold."""
        return (self.viewport,) if self.viewport else ("mobile", "desktop")


class Expectations(Model):
    """What must hold on stored pages: `tests/NAME.toml`."""

    expect: tuple[Expectation, ...] = Field(
        default=(), description="What must hold, one table each."
    )


@dataclass(frozen=True, slots=True)
class Expected:
    """An expectation and where it stands, to be pointed at. `files` are its stored pages."""

    expectation: Expectation
    file: str
    line: int
    files: tuple[Path, ...]
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadTests:
    """A folder's tests, and every mistake in them."""

    expected: tuple[Expected, ...]
    problems: tuple[Problem, ...]
    files: tuple[str, ...]


def read_tests(folder: Path, site: Site, reasons: Mapping[str, str]) -> ReadTests:
    """Read `tests/*.toml` of a placements folder. Never raises for what is in them.

    `reasons` are the reasons that a page may be passed for.
    """
    expected: list[Expected] = []
    problems: list[Problem] = []
    files: list[str] = []
    root = folder / TESTS_FOLDER
    try:
        names = sorted(os.listdir(root))
    except FileNotFoundError:
        names = []
    except OSError as error:
        sentence = f"cannot be read: {error.strerror}"
        return ReadTests((), (file_problem(TESTS_FOLDER, "unreadable", sentence),), ())
    for name in names:
        if not name.endswith(".toml") or is_hidden(name):
            continue
        path = f"{TESTS_FOLDER}/{name}"
        try:
            raw = contents_of(root / name)
        except OSError as error:
            raw = f"cannot be read: {error.strerror}"
        if isinstance(raw, str):
            problems.append(file_problem(path, "unreadable", raw))
            continue
        files.append(path)
        document = read_document(path, raw, Expectations, None)
        found, more = _of_document(document, root, site, reasons)
        expected += found
        problems += [*document.problems, *more]
    problems.sort(key=lambda problem: (problem.file, problem.line, problem.col))
    return ReadTests(tuple(expected), tuple(problems), tuple(files))


def _of_document(
    document: Document[Expectations], root: Path, site: Site, reasons: Mapping[str, str]
) -> tuple[list[Expected], list[Problem]]:
    model = document.model
    if model is None:
        return [], []
    if not document.values.get("expect") and not document.has_syntax_faults:
        return [], [
            file_problem(
                document.file, "no-expect", "has no [[expect]]; write one, with slots = ...",
                "warning", line=1, col=1,
            )
        ]  # fmt: skip
    found: list[Expected] = []
    problems: list[Problem] = []
    names: dict[str, int] = {}
    for index, expectation in zip(document.indices, model.expect, strict=True):
        line = document.line_of(("expect", index, "name"))
        if expectation.name in names:
            problems += _some(document.problem(
                ("expect", index, "name"),
                f"is the name of another test, in line {names[expectation.name]}; names must "
                "differ", code="double-name",
            ))  # fmt: skip
        names.setdefault(expectation.name, line)
        problems += _claim_problems(document, index, expectation, site, reasons)
        files, urls, faults = _pages(document, index, expectation, root)
        problems += faults
        found.append(Expected(expectation, document.file, line, files, urls))
    return found, problems


def _claim_problems(
    document: Document[Expectations],
    index: int,
    expectation: Expectation,
    site: Site,
    reasons: Mapping[str, str],
) -> Iterator[Problem]:
    is_sound = not any(bad[:2] == ("expect", index) for bad in document.faulty)
    if is_sound and not any(claim in expectation.model_fields_set for claim in CLAIMS):
        yield from _some(
            document.problem(
                ("expect", index), "expects nothing; write slots = { min = 1 }, reason = ... or "
                "another claim", code="no-claim", shows_value=False,
            )
        )  # fmt: skip
    placements = tuple(sorted({p.name for lay in site.layouts.values() for p in lay.placement}))
    for name in expectation.placements:
        if name not in placements:
            yield from _some(_unknown(document, ("expect", index, "placements", name), name,
                                      "placement", placements, at_key=True))  # fmt: skip
    if expectation.layout is not None and expectation.layout not in site.layouts:
        yield from _some(_unknown(document, ("expect", index, "layout"), expectation.layout,
                                  "layout", tuple(sorted(site.layouts))))  # fmt: skip
    if expectation.reason is not None and expectation.reason not in reasons:
        yield from _some(_unknown(document, ("expect", index, "reason"), expectation.reason,
                                  "reason to pass a page", tuple(sorted(reasons))))  # fmt: skip


def _unknown(
    document: Document[Expectations],
    path: tuple[str | int, ...],
    name: str,
    what: str,
    known: tuple[str, ...],
    *,
    at_key: bool = False,
) -> Problem | None:
    options = f"; there are {one_of(known, last='and')}" if len(known) <= 6 and known else ""
    said = f'"{name}" is no {what}' if at_key else f"is no {what}"
    return document.problem(
        path,
        f"{said}{options}{hint(name, known)}",
        code="unknown-name",
        shows_value=not at_key,
        at_key=at_key,
    )


def _pages(
    document: Document[Expectations], index: int, expectation: Expectation, root: Path
) -> tuple[tuple[Path, ...], tuple[str, ...], list[Problem]]:
    files: list[Path] = []
    urls: list[str] = []
    problems: list[Problem] = []
    for number, pattern in enumerate(expectation.pages):
        if pattern.startswith(("http://", "https://")):
            urls.append(pattern)
            continue
        sentence = ""
        matches: list[Path] = []
        if pattern.startswith("/") or ".." in Path(pattern).parts:
            sentence = "leads out of tests/; pages lie beside their test"
        else:
            try:
                matches = sorted(path for path in root.glob(pattern) if path.is_file())
            except (ValueError, NotImplementedError):
                sentence = "is no pattern of files"
            if not matches and not sentence:
                sentence = "is no file in tests/; a page elsewhere is written as a URL"
        if sentence:
            problems += _some(document.problem(
                ("expect", index, "pages", number), sentence, code="no-page"))  # fmt: skip
        files += matches
    return tuple(files), tuple(urls), problems


def _some(problem: Problem | None) -> Iterator[Problem]:
    if problem is not None:
        yield problem
