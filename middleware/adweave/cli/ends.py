"""How commands end early: one sentence on standard error that says what to do, and the exit code.

The codes are the same for all commands: 0 done, 1 findings, 2 wrong input, 3 not available.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

import click

from adweave.placements import Problem, nearest


def refuse(sentence: str, problems: Iterable[Problem] = ()) -> NoReturn:
    """End with 2: the input is wrong. What is wrong with a file comes first, a line each."""
    for problem in problems:
        click.echo(str(problem), err=True)
    click.echo(sentence, err=True)
    raise SystemExit(2)


def give_up(sentence: str) -> NoReturn:
    """End with 3: what is needed is not available now."""
    click.echo(sentence, err=True)
    raise SystemExit(3)


def meant(name: str, names: Iterable[str], *, none: str = "There is none.") -> str:
    """A sentence on what may be meant by a name that nothing has, out of those that there are."""
    known = tuple(sorted(names))
    guess = nearest(name, known)
    if guess is not None:
        return f'Did you mean "{guess}"?'
    return f"There are: {', '.join(known)}." if known else none
