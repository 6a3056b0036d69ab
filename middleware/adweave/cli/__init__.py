"""The commands. Exit codes: 0 done, 1 findings, 2 wrong input, 3 not available.

Each module beside this one is a command; this one only puts them together.
"""

import click

from adweave.cli.assign import assign
from adweave.cli.check import check
from adweave.cli.demo import demo
from adweave.cli.diff import diff
from adweave.cli.explain import explain
from adweave.cli.history import history, rollback
from adweave.cli.init import init
from adweave.cli.lint import lint
from adweave.cli.report import report
from adweave.cli.schema import schema
from adweave.cli.serve import serve
from adweave.cli.switch import off, on
from adweave.cli.test import test
from adweave.http import VERSION


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, "--version", prog_name="adweave")
def main() -> None:
    """Ad slots in article pages, woven in on the way out."""


for _command in (
    serve, demo, init, check, explain, diff, lint, test, history, rollback, off, on, report, assign,
    schema,
):  # fmt: skip
    main.add_command(_command)
