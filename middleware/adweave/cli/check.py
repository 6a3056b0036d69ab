"""`adweave check`: everything that is wrong or unwise in a placements folder, with its place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click

from adweave.cli.selection import folder_argument, state_folder, state_option
from adweave.cli.switch import switch_object
from adweave.placements import Entry, History, Loaded, Problem, Switch, load, read_switch
from adweave.review import label_problems

_COLOURS = {"error": "red", "warning": "yellow"}
# A longer line would fill the screen and hide the place it is to show.
_LONGEST_LINE = 200


@click.command()
@folder_argument
@state_option
@click.option("--strict", is_flag=True, help="Exit with 1 when there are warnings.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object: ok, generation, in_force, switch, files, problems.",
)
def check(folder: Path, state: Path | None, strict: bool, as_json: bool) -> None:
    """Check the placements in DIR (default: ADWEAVE_PLACEMENTS, else ./placements).

    Prints every error and warning with file, line and column, what is in force meanwhile, and
    what the kill switch has turned off.

    Exit codes: 0 the folder can be used, 1 there are warnings and --strict is given, 2 there are
    errors.
    """
    loaded = load(folder)
    if loaded.site is not None:
        said = (*loaded.problems, *label_problems(loaded.site))
        loaded = replace(loaded, problems=said)
    errors, warnings = len(loaded.errors), len(loaded.problems) - len(loaded.errors)
    code = 2 if errors else 1 if warnings and strict else 0
    kept = state_folder(state, folder)
    switch, in_force = read_switch(kept), History(kept).last_good()
    if as_json:
        document = _document(loaded, switch, in_force, is_ok=code == 0)
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        for problem in loaded.problems:
            _print(problem)
        click.echo(_summary(folder, loaded, errors, warnings, code))
        if errors and in_force is not None:
            click.echo(f"Until then generation {in_force.id} of {in_force.time} stays in force.")
        for sentence in switch.sentences():
            click.echo(f"{click.style('kill switch', fg='yellow')}: {sentence}")
    raise SystemExit(code)


def _document(
    loaded: Loaded, switch: Switch, in_force: Entry | None, *, is_ok: bool
) -> dict[str, object]:
    return {
        "ok": is_ok,
        "generation": loaded.site.generation if loaded.site else None,
        "in_force": in_force.id if in_force else None,
        "switch": switch_object(switch),
        "files": list(loaded.files),
        "problems": [problem_object(problem) for problem in loaded.problems],
    }


def problem_object(problem: Problem) -> dict[str, object]:
    """A problem as JSON-ready objects; `line` and `col` count from 1."""
    return {
        "file": problem.file,
        "line": problem.line,
        "col": problem.col,
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
    }


def _print(problem: Problem) -> None:
    """The problem, and under it the line it is about with the place marked."""
    text = str(problem)
    if not problem.is_error:
        place = text.removesuffix(problem.message)
        text = f"{place}{click.style('warning', fg='yellow')}: {problem.message}"
    click.echo(text)
    if not problem.source or len(problem.source) > _LONGEST_LINE:
        return
    before = problem.source[: problem.col - 1]
    margin = "".join("\t" if character == "\t" else " " for character in before)
    click.echo(f"{problem.line:>6} | {problem.source}")
    mark = click.style("^" * max(1, problem.width), fg=_COLOURS[problem.severity])
    click.echo(f"       | {margin}{mark}")


def _summary(folder: Path, loaded: Loaded, errors: int, warnings: int, code: int) -> str:
    counts = [_count(errors, "error"), _count(warnings, "warning")]
    found = " and ".join(count for count in counts if count)
    if errors:
        mend = "mend it" if errors + warnings == 1 else "mend them"
        return f"{found}: {mend}, then run `adweave check {folder}` again."
    site = loaded.site
    size = "" if site is None else f"{_count(len(site.layouts), 'layout')} in {folder} can be used"
    if warnings:
        advice = "mend it" if warnings == 1 else "mend them"
        rest = f"{advice}, as --strict asks" if code else "see whether you meant it so"
        return f"{size}, with {found}: {rest}."
    return f"{size}: `adweave serve --upstream URL --placements {folder}` puts them in force."


def _count(number: int, word: str) -> str:
    if number == 0:
        return ""
    return f"1 {word}" if number == 1 else f"{number} {word}s"
