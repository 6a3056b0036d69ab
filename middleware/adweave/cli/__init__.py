"""The commands. Exit codes: 0 done, 1 findings, 2 wrong input, 3 not available.

Each module beside this one is a command; this one only puts them together.
"""

import click

from adweave.cli.assign import assign
from adweave.cli.check import check
from adweave.cli.compact import compact
from adweave.cli.demo import demo
from adweave.cli.diff import diff
from adweave.cli.doctor import doctor
from adweave.cli.experiment import experiment
from adweave.cli.explain import explain
from adweave.cli.history import history, rollback
from adweave.cli.init import init
from adweave.cli.lint import lint
from adweave.cli.preview import preview
from adweave.cli.report import report
from adweave.cli.schema import schema
from adweave.cli.serve import serve
from adweave.cli.switch import off, on
from adweave.cli.test import test
from adweave.http import VERSION

# What somebody is after -> the commands for it, in the order in which they are needed.
_SECTIONS: tuple[tuple[str, tuple[click.Command, ...]], ...] = (
    ("Run", (serve, demo)),
    ("Write placements", (init, check, schema)),
    ("Look at pages", (doctor, explain, preview, lint)),
    ("Ship a change", (diff, test, history, rollback, off, on)),
    ("Measure", (experiment, assign, report, compact)),
)


class _Sections(click.Group):
    """Lists its commands by what they are for."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(len(name) for name in self.commands)
        for title, commands in _SECTIONS:
            with formatter.section(title):
                rows = [
                    (f"{command.name:<{width}}", command.get_short_help_str(limit=200))
                    for command in commands
                ]
                formatter.write_dl(rows)


@click.group(
    cls=_Sections,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(VERSION, "--version", prog_name="adweave")
def main() -> None:
    """Ad slots in article pages, woven in on the way out.

    `adweave COMMAND --help` says more. Commands read the placements folder ./placements, or the
    one that --placements or ADWEAVE_PLACEMENTS names. Exit codes: 0 done, 1 something was found,
    2 wrong input, 3 not available.
    """


for _, _commands in _SECTIONS:
    for _command in _commands:
        main.add_command(_command)
