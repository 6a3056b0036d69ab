"""What is wrong with a placements folder, in words for the people who wrote it.

A problem reads `file:line:col: where: what was found; what is allowed; nearest guess`. Problems
are collected, never raised one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, or one thing that is legal and unwise.

    `file` is relative to the folder, with `/`; `line` and `col` count characters from 1, and are
    0 where the problem is the file itself. `code` is a stable name for scripts. `source` is the
    line in question and `width` how many of its characters from `col` on are meant; both are
    empty where there is no line.
    """

    file: str
    line: int
    col: int
    severity: Severity
    code: str
    message: str
    source: str = ""
    width: int = 0

    def __str__(self) -> str:
        """`layouts/article.toml:14:9: placement "inline": every = "750" has no unit; ...`."""
        place = f"{self.file}:{self.line}:{self.col}" if self.line else self.file
        return f"{place}: {self.message}"

    @property
    def is_error(self) -> bool:
        """Whether the folder cannot be used because of it."""
        return self.severity == "error"


class PlacementsError(Exception):
    """A placements folder cannot be used; the text is the full list of errors, one a line."""

    reason = "placements"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems if p.is_error))


def file_problem(
    file: str, code: str, message: str, severity: Severity = "error", *, line: int = 0, col: int = 0
) -> Problem:
    """A problem of a whole file or folder, where no line of it is to blame."""
    return Problem(file, line, col, severity, code, message)
