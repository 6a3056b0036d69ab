"""The commands. Exit codes: 0 done, 1 findings, 2 wrong input, 3 not available.

Each module beside this one is a command; this one only puts them together.
"""

from importlib import import_module
from importlib.util import find_spec

import click

from adweave.cli.serve import serve
from adweave.http import VERSION


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, "--version", prog_name="adweave")
def main() -> None:
    """Ad slots in article pages, woven in on the way out."""


main.add_command(serve)
for _name in ("check", "init", "explain", "report", "assign", "demo"):
    if find_spec(f"adweave.cli.{_name}"):
        main.add_command(getattr(import_module(f"adweave.cli.{_name}"), _name))
