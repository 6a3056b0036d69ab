"""Which folder and which experiment a command means: shared options, and clear ends.

What cannot be found ends the command with exit code 2 and a sentence that says what to do.
"""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from adweave.placements import Experiment, Site, load

placements_option = click.option(
    "--placements",
    type=click.Path(path_type=Path),
    envvar="ADWEAVE_PLACEMENTS",
    default=Path("placements"),
    show_default=True,
    metavar="DIR",
    help="The placements folder (or ADWEAVE_PLACEMENTS).",
)

state_option = click.option(
    "--state",
    type=click.Path(path_type=Path),
    envvar="ADWEAVE_STATE",
    metavar="DIR",
    help="Where events, history and kill switch are kept (or ADWEAVE_STATE). Default: .adweave "
    "beside the placements.",
)


def state_folder(state: Path | None, placements: Path) -> Path:
    """The state directory: as given, else `.adweave` beside the placements folder."""
    return state if state is not None else placements.absolute().parent / ".adweave"


def site_or_exit(placements: Path) -> Site:
    """The configuration; says what is wrong with it and ends with 2 where there is none."""
    if not placements.is_dir():
        click.echo(
            f"{placements}: no such folder. Name one by --placements DIR, or make one by "
            "`adweave init DIR`.",
            err=True,
        )
        raise SystemExit(2)
    loaded = load(placements)
    if loaded.site is None:
        for problem in loaded.problems:
            click.echo(str(problem), err=True)
        click.echo(f"Mend {placements} first: `adweave check {placements}`.", err=True)
        raise SystemExit(2)
    return loaded.site


def experiment_or_exit(site: Site, name: str) -> Experiment:
    """The experiment of that name, whatever its status; else a suggestion and exit code 2."""
    found = site.experiments.get(name)
    if found is not None:
        return found
    names = sorted(site.experiments)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if near:
        hint = f"Did you mean {near[0]}?"
    elif names:
        hint = f"There are: {', '.join(names)}."
    else:
        hint = "There is none: experiments are files experiments/NAME.toml."
    click.echo(f'No experiment is named "{name}". {hint}', err=True)
    raise SystemExit(2)
