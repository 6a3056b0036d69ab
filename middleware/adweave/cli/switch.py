"""`adweave off` and `adweave on`: the kill switch."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from adweave.cli.ends import give_up, meant, refuse
from adweave.cli.selection import placements_option, state_folder, state_option
from adweave.placements import (
    History,
    PlacementsError,
    Since,
    Switch,
    glob_fault,
    good_site,
    present_user,
    read_switch,
    switch_file,
    write_switch,
)


@click.command()
@click.argument("what", metavar="[PLACEMENT|GLOB]...", nargs=-1)
@placements_option
@state_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object: all, placements, paths.")
def off(what: tuple[str, ...], placements: Path, state: Path | None, as_json: bool) -> None:
    """Turn ads off: all of them, a placement by name, or pages by a glob of paths.

    Every `adweave serve` and middleware with this state directory follows within a second and
    stays so after a restart, until `adweave on`. Pages are then passed as they come, with
    `Adweave-Status: passed; reason="switched-off"`; a placement that is off is left out. Pages
    that a browser or CDN already has stay there until they expire.

    \b
      adweave off               everything
      adweave off inline        the placement "inline" of every layout
      adweave off '/live/**'    pages below /live/

    Exit codes: 0 done, 2 wrong input, 3 the state directory can't be written.
    """
    folder = state_folder(state, placements)
    for one in what:
        _refuse_unknown(one, placements, folder)
    since = Since(
        datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"), present_user()
    )
    switch = read_switch(folder)
    if switch.fault:
        switch = Switch()
    for each in what or (None,):
        switch = switch.with_off(each, since)
    _put(folder, switch)
    _say(folder, switch, as_json)


@click.command()
@click.argument("what", metavar="[PLACEMENT|GLOB]...", nargs=-1)
@placements_option
@state_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object: all, placements, paths.")
def on(what: tuple[str, ...], placements: Path, state: Path | None, as_json: bool) -> None:
    """Turn on again what `adweave off` turned off; without a name everything.

    Exit codes: 0 done, 2 that was not off, 3 the state directory can't be written.
    """
    folder = state_folder(state, placements)
    switch = read_switch(folder)
    for one in what:
        if one not in switch.placements and one not in switch.paths:
            known = [*switch.placements, *switch.paths]
            is_off = f"off are: {', '.join(known)}" if known else "nothing is off by name"
            everything = "; everything is off, `adweave on` ends that" if switch.is_all else ""
            refuse(f'"{one}" was not off: {is_off}{everything}.')
    for each in what or (None,):
        switch = switch.with_on(each)
    _put(folder, switch)
    _say(folder, switch, as_json)


def switch_object(switch: Switch) -> dict[str, object]:
    """A switch as JSON-ready objects."""
    return {
        "off": bool(switch),
        "all": switch.is_all,
        "placements": sorted(switch.placements),
        "paths": sorted(switch.paths),
        "says": switch.sentences(),
    }


def _refuse_unknown(what: str, placements: Path, state: Path) -> None:
    """End with 2 for what names nothing: a slip would leave the ads on that were to go."""
    if what.startswith("/"):
        fault = glob_fault(what)
        if fault is not None:
            refuse(f'"{what}" {fault}.')
        return
    try:
        site = good_site(placements, state)
    except PlacementsError:
        return  # nobody can say which placements there are
    names = {p.name for layout in site.layouts.values() for p in layout.placement}
    if what not in names:
        refuse(
            f'No placement is named "{what}". {meant(what, names)} A glob of paths begins with "/".'
        )


def _put(folder: Path, switch: Switch) -> None:
    try:
        write_switch(folder, switch)
    except OSError as error:
        give_up(
            f"{switch_file(folder)} can't be written: {error.strerror}. Run this as the user "
            "that runs adweave, or name its state directory by --state."
        )


def _say(folder: Path, switch: Switch, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(switch_object(switch), ensure_ascii=False))
        return
    for sentence in switch.sentences() or ["everything is on"]:
        click.echo(sentence)
    if not History(folder).entries():
        click.echo(
            f"Nothing has used the state directory {folder} yet: see that `adweave serve` has the "
            "same --state.",
            err=True,
        )
