"""`adweave assign`: who gets which variant, one unit a line.

Reads the experiment whatever its status, so that a split can be looked at before it runs.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import click

from adweave.cli.ends import refuse
from adweave.cli.selection import experiment_or_exit, placements_option, site_or_exit
from adweave.experiments import assign as variant_of
from adweave.experiments import gates_of, traffic_at

_GATE = ("seed", "hash_version", "from", "to")


@click.command()
@click.argument("experiment")
@click.option("--unit", "ids", multiple=True, metavar="ID", help="A unit's id; may be repeated.")
@click.option(
    "--units",
    "file",
    type=click.File("rb"),
    metavar="FILE",
    help="A file of ids, one a line; - for standard input.",
)
@placements_option
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object a line: unit, variant (null: not in it), variants, weights, "
    "coverage, seed, hash_version; and gates, the other hashes that a unit must pass.",
)
def assign(
    experiment: str, ids: tuple[str, ...], file: BinaryIO | None, placements: Path, as_json: bool
) -> None:
    """Which variant of EXPERIMENT each unit gets: the same as its browser works out.

    Of a ramp, what holds now; the site's holdout and the experiment's namespace count, too.

    Ids are visitors' or page views', as they stand in events.

    Exit codes: 0 done, 2 wrong input.
    """
    if not ids and file is None:
        raise click.UsageError("Name a unit by --unit ID, or a file of them by --units FILE.")
    site = site_or_exit(placements)
    settings, now_s = site.settings, time.time()
    found = experiment_or_exit(site, experiment)
    names = [variant.name for variant in found.variants]
    split: dict[str, object] = {
        "variants": names,
        "weights": list(found.weights),
        "coverage": traffic_at(found, settings, now_s),
        "seed": found.seed,
        "hash_version": found.hash_version,
    }
    gates = gates_of(found, settings)
    if gates:
        split["gates"] = [dict(zip(_GATE, gate, strict=True)) for gate in gates]
    for unit in chain(ids, _units(file) if file is not None else ()):
        index = variant_of(found, unit, settings, now_s)
        name = None if index is None else names[index]
        if as_json:
            sys.stdout.write(json.dumps({"unit": unit, "variant": name, **split}) + "\n")
        else:
            sys.stdout.write(f"{unit}\t{'(not in it)' if name is None else name}\n")


def _units(file: BinaryIO) -> Iterator[str]:
    """The file's ids; blank lines are none. A fault names the line and ends with 2."""
    for number, raw in enumerate(file, 1):
        try:
            unit = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            refuse(f"--units, line {number}: not UTF-8; write one id a line in UTF-8.")
        if unit:
            yield unit
