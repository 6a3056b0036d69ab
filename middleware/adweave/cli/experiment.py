"""`adweave experiment`: an experiment's life, in the files of the placements folder.

What is changed is one key a file, so comments stay; what would make the folder invalid is not
written. `adweave history` has the state before, `adweave rollback` brings it back.
"""

from __future__ import annotations

import textwrap
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import click

from adweave.cli.ends import give_up, meant, refuse
from adweave.cli.report import WIDTH, changes_of, money_in, report_lines
from adweave.cli.selection import (
    experiment_or_exit,
    placements_option,
    site_or_exit,
    state_folder,
    state_option,
)
from adweave.events import (
    KEY_VARIABLE,
    Forced,
    events_folder,
    held_still,
    page_key,
    segments,
    signed_link,
    sums_without_days,
)
from adweave.experiments import (
    MIN_UNITS,
    Changed,
    Report,
    ReportsUnavailable,
    outlook_for,
    outlook_in_words,
    report_on,
    steps_during,
    verdict,
)
from adweave.placements import (
    Experiment,
    Settings,
    Site,
    Snapshot,
    literal_of,
    load_snapshot,
    present_state,
    text_literal,
    with_key,
    without_key,
    written_whole,
)
from adweave.slots import QA_PATH

_PAGES_KEYS = ("pages", "priority")
"""What says which pages a layout has; the winner takes them over."""
_OWN_TABLES = ("target", "schedule")
LINK_DAYS = 7


@click.command()
@click.argument("action", type=click.Choice(["plan", "link", "start", "stop", "ship"]))
@click.argument("experiment")
@click.argument("variant", required=False)
@click.argument("url", required=False)
@placements_option
@state_option
@click.option(
    "--days",
    type=click.IntRange(1, 90),
    help="So long a link holds, 1 to 90 days. Default: 7.",
)
@click.option(
    "--revenue",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With ship: what the ad server paid, as for `adweave report`; the kept report has it.",
)
@click.option(
    "--anyway", is_flag=True, help="Ship though the report does not call the variant shippable."
)
def experiment(
    action: str,
    experiment: str,
    variant: str | None,
    url: str | None,
    placements: Path,
    state: Path | None,
    days: int | None,
    revenue: Path | None,
    anyway: bool,
) -> None:
    """Plan, start or stop EXPERIMENT, link to a VARIANT, or ship the one that won.

    `plan` says from the traffic so far what could be seen in how many weeks, and how long
    `minimum_effect` takes; it changes nothing.

    `link` prints a signed link to the page URL. Who opens it sees VARIANT for an hour, on all
    pages of the experiment in that browser, and counts in no report. The experiment must run; with
    traffic = 0 it runs for testers alone.

    `start` and `stop` set its status. `ship` gives the pages of the first variant's layout to
    that of VARIANT, sets the status to "decided", and keeps the report beside the experiment as
    experiments/NAME.report.txt. It refuses a variant that the report does not call shippable, or
    whose experiment was changed while it ran, unless --anyway is given; shipping the control is
    always allowed.

    Exit codes: 0 done, 1 not shippable, 2 wrong input, 3 no DuckDB.
    """
    site = site_or_exit(placements)
    asked = experiment_or_exit(site, experiment)
    if (variant is not None) != (action in ("ship", "link")):
        raise click.UsageError(
            f"{action} needs the VARIANT to {action}."
            if action in ("ship", "link")
            else f"{action} takes no VARIANT."
        )
    if (url is not None) != (action == "link"):
        raise click.UsageError(
            "link needs the URL of a page: https://www.example.org/article."
            if action == "link"
            else f"{action} takes no URL."
        )
    if days is not None and action != "link":
        raise click.UsageError("--days is for link.")
    if revenue is not None and action != "ship":
        raise click.UsageError(
            f"--revenue is for ship; `adweave report {experiment}` takes it, too."
        )
    if action == "plan":
        _plan(state_folder(state, placements), asked, site.settings)
    elif action == "link":
        _link(state_folder(state, placements), asked, variant or "", url or "", days or LINK_DAYS)
    elif action == "start":
        _start(placements, asked)
    elif action == "stop":
        _stop(placements, asked)
    else:
        kept_in = state_folder(state, placements)
        _ship(placements, kept_in, site, asked, variant or "", revenue, anyway)


def _plan(state: Path, asked: Experiment, settings: Settings) -> None:
    try:
        with held_still(state):
            found = outlook_for(segments(state), asked, settings)
    except ReportsUnavailable as error:
        give_up(str(error))
    if not found:
        layout = asked.variants[0].layout if asked.variants else "its first variant"
        refuse(
            f'Too little is known of the pages of "{layout}": a plan needs {MIN_UNITS} visitors or '
            f"page views there. {events_folder(state)} has the events."
        )
    for one in found:
        click.echo("\n".join(textwrap.wrap(outlook_in_words(one, asked), WIDTH)))
    click.echo(
        "With 80 % power, whenever you look. Later days bring fewer new visitors, so take a little "
        "more."
    )


def _start(placements: Path, asked: Experiment) -> None:
    if asked.status == "decided":
        refuse(
            f"{asked.name} is decided. Copy its file to another name for a new experiment, "
            "which has a seed and a report of its own."
        )
    if asked.status == "running":
        click.echo(f"{asked.name} is running already.")
        return
    _put(placements, _with_status(placements, asked, "running"))
    click.echo(f"{asked.name} is running. `adweave report {asked.name}` has its results.")
    if asked.status == "stopped":
        click.echo(
            "It ran before: the report will mix both runs. A copy by another name would not."
        )


def _stop(placements: Path, asked: Experiment) -> None:
    if asked.status != "running":
        refuse(f"{asked.name} is not running: its status is {asked.status}.")
    _put(placements, _with_status(placements, asked, "stopped"))
    control = asked.variants[0]
    click.echo(f'{asked.name} is stopped: everybody gets "{control.layout}".')


def _ship(
    placements: Path,
    state: Path,
    site: Site,
    asked: Experiment,
    name: str,
    revenue: Path | None,
    anyway: bool,
) -> None:
    names = [one.name for one in asked.variants]
    _known_variant(asked, name)
    if asked.status not in ("running", "stopped"):
        refuse(f"{asked.name} has nothing to ship: its status is {asked.status}.")
    try:
        with held_still(state):
            money = None if revenue is None else money_in(revenue, asked)
            sums = sums_without_days(state)
            found = report_on(segments(state), asked, revenue=money, sums=sums)
    except ReportsUnavailable as error:
        give_up(str(error))
    changes = changes_of(state, found)
    if name != names[0] and not anyway and not is_shippable(found, name, changes):
        click.echo(verdict(found, changes), err=True)
        click.echo(
            f"{name} is not shown to be shippable; --anyway ships it all the same.", err=True
        )
        raise SystemExit(1)
    files = _shipped(placements, asked, name)
    steps = steps_during(asked, site.settings, found.span_ms or (0, 0))
    day = time.strftime("%Y-%m-%d", time.gmtime())
    head = f'"{name}" was shipped on {day}{", --anyway" if anyway else ""}.\n\n'
    text = head + "\n".join(report_lines(found, changes, steps)) + "\n"
    kept = f"experiments/{asked.name}.report.txt"
    _put(placements, files)
    written_whole(placements / kept, text.encode())
    winner = next(one for one in asked.variants if one.name == name)
    click.echo(
        f'{asked.name} is decided: everybody gets "{winner.layout}". Its report: '
        f"{placements / kept}"
    )


def _link(state: Path, asked: Experiment, name: str, url: str, days: int) -> None:
    _known_variant(asked, name)
    try:
        to = urlsplit(url)
        to.port  # noqa: B018  # raises where it is no number
    except ValueError:
        to = urlsplit("")
    if to.scheme not in ("http", "https") or not to.hostname:
        refuse(f'"{url}" is no address of a page; write one such as https://www.example.org/a.')
    key = page_key(state)
    if key is None:
        refuse(
            f"{state / 'events.key'} can't be read or made. Name the gateway's state by --state "
            f"DIR, or give its key in {KEY_VARIABLE}."
        )
    forced = Forced(asked.name, name, int(time.time()) + days * 86_400)
    path = quote(to.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = f"?{quote(to.query, safe='/%:@!$&()*+,;=~-._?')}" if to.query else ""
    asks = urlencode({"link": signed_link(key, forced), "to": path + query})
    click.echo(urlunsplit((to.scheme, to.netloc, QA_PATH, asks, "")))
    if not asked.is_running:
        click.echo(
            f"{asked.name} is {asked.status}: the link works once it runs. With traffic = 0 it "
            "runs for testers alone.",
            err=True,
        )


def _known_variant(asked: Experiment, name: str) -> None:
    """Ends with 2 where the experiment has no variant of that name."""
    names = [one.name for one in asked.variants]
    if name not in names:
        refuse(f'{asked.name} has no variant "{name}". {meant(name, names)}')


def is_shippable(report: Report, variant: str, changes: Sequence[Changed] = ()) -> bool:
    """Whether the split is sound and some section calls the variant shippable, and none not.

    Not where two experiments are mixed, or what decides was chosen while it ran.
    """
    if any(one.mixed or one.deciding for one in changes):
        return False
    outcomes = [
        decision.outcome
        for section in report.sections
        for decision in section.decisions
        if decision.variant == variant
    ]
    return report.sound and "shippable" in outcomes and "not shippable" not in outcomes


def _shipped(placements: Path, asked: Experiment, name: str) -> dict[str, bytes]:
    """The files that give the winner the control's pages, and the record."""
    control = asked.variants[0].layout
    winner = next(one.layout for one in asked.variants if one.name == name)
    path = f"experiments/{asked.name}.toml"
    record = with_key(_read(placements, path), "status", '"decided"')
    record = with_key(record, "decided", text_literal(name), after="status")
    files = {path: record.encode()}
    if winner == control:
        return files
    old, new = f"layouts/{control}.toml", f"layouts/{winner}.toml"
    from_text, to_text = _read(placements, old), _read(placements, new)
    for table in _OWN_TABLES:
        if literal_of(from_text, table) is not None:
            refuse(
                f"{old} has a [{table}], which the winner would need as well. Move it and `pages` "
                f'to {new} by hand, and set status = "decided" in {path}.'
            )
    for key in reversed(_PAGES_KEYS):
        literal = literal_of(from_text, key)
        to_text = without_key(to_text, key)
        if literal is not None:
            to_text = with_key(to_text, key, literal)
            from_text = without_key(from_text, key)
    return {**files, old: from_text.encode(), new: to_text.encode()}


def _with_status(placements: Path, asked: Experiment, status: str) -> dict[str, bytes]:
    path = f"experiments/{asked.name}.toml"
    text = with_key(_read(placements, path), "status", text_literal(status))
    return {path: text.encode()}


def _read(placements: Path, path: str) -> str:
    return (placements / path).read_bytes().decode("utf-8-sig")


def _put(placements: Path, files: Mapping[str, bytes]) -> None:
    """Writes the files if the folder stays valid with them; else says why and ends with 2."""
    present = present_state(placements)
    loaded = load_snapshot(Snapshot({**present.files, **files}, present.links))
    if loaded.site is None:
        refuse("With that the folder would not be valid; nothing was changed.", loaded.errors)
    try:
        for path, content in files.items():
            written_whole(placements / path, content)
    except OSError as error:
        refuse(f"{path} can't be written: {error.strerror}.")
