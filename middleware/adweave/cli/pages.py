"""The page that a command is about, with a clear end where it can't be had, and what it writes."""

from __future__ import annotations

from pathlib import Path

import click

from adweave.cli.ends import refuse
from adweave.review import NotRead, Page, read_page_at

junit_option = click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Write JUnit XML for CI; - for standard output.",
)


class Unavailable(click.ClickException):
    """The page can't be had; exit code 3."""

    exit_code = 3


def read_target(target: str, path: str | None = None) -> Page:
    """The page that `target` names; "-" is standard input.

    A file has no path on the site, so layouts see `/NAME` unless `path` says otherwise. Raises
    `click.ClickException` with a sentence that says what to do.
    """
    try:
        return read_page_at(target, path)
    except NotRead as fault:
        raise ended(fault) from None


def ended(fault: NotRead) -> click.ClickException:
    """The end of a command for want of a page: exit code 3 where it is away, else 2."""
    return Unavailable(str(fault)) if fault.is_away else click.BadParameter(str(fault))


def one_at_most_on_stdout(**outputs: bool) -> None:
    """End with 2 where several outputs, by the name of their option, would run into each other."""
    named = [f"--{name}" for name, is_there in outputs.items() if is_there]
    if len(named) > 1:
        raise click.UsageError(f"{' and '.join(named)} would both go to standard output.")


def written(path: Path, text: str) -> None:
    """Write a command's output into a file; "-" is standard output. Ends with 2 where it can't."""
    if str(path) == "-":
        click.echo(text)
        return
    try:
        path.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
    except OSError as error:
        refuse(f"{path} can't be written: {error.strerror}. Name another FILE.")
