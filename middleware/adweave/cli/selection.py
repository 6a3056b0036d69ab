"""Which folder and which experiment a command means: shared options, and clear ends.

What cannot be found ends the command with exit code 2 and a sentence that says what to do.
"""

from __future__ import annotations

from pathlib import Path

import click

from adweave.cli.ends import meant, refuse
from adweave.placements import Experiment, PlacementsError, Site, good_site, load

placements_option = click.option(
    "--placements",
    type=click.Path(path_type=Path),
    envvar="ADWEAVE_PLACEMENTS",
    default=Path("placements"),
    show_default=True,
    metavar="DIR",
    help="The placements folder (or ADWEAVE_PLACEMENTS).",
)

folder_argument = click.argument(
    "folder",
    metavar="[DIR]",
    type=click.Path(path_type=Path),
    envvar="ADWEAVE_PLACEMENTS",
    default=Path("placements"),
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
        refuse(
            f"{placements}: no such folder. Name one by --placements DIR, or make one by "
            "`adweave init DIR`."
        )
    loaded = load(placements)
    if loaded.site is None:
        refuse(f"Mend {placements} first: `adweave check {placements}`.", loaded.problems)
    return loaded.site


def site_in_force_or_exit(placements: Path, state: Path) -> Site:
    """The configuration, or the last good one where the folder is broken now; else as above."""
    try:
        return good_site(placements, state)
    except PlacementsError:
        return site_or_exit(placements)


def experiment_or_exit(site: Site, name: str) -> Experiment:
    """The experiment of that name, whatever its status; else a suggestion and exit code 2."""
    found = site.experiments.get(name)
    if found is None:
        none = "There is none: experiments are files experiments/NAME.toml."
        refuse(f'No experiment is named "{name}". {meant(name, site.experiments, none=none)}')
    return found
