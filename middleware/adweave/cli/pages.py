"""The page that a command is about, with a clear end where it can't be had."""

from __future__ import annotations

import click

from adweave.review import NotRead, Page, read_page_at


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
