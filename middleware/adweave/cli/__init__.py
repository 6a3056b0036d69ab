"""The commands. Exit codes: 0 done, 1 findings, 2 wrong input, 3 not available.

Each module beside this one is a command or two; this one only puts them together. A command's
module is imported when the command is asked for: the gateway needs nothing of what compares pages
or makes reports, and each of its processes would keep it in memory.
"""

import importlib

import click

from adweave.cli.ends import meant
from adweave.http import VERSION

# What somebody is after -> the commands for it, in the order in which they are needed.
_SECTIONS = {
    "Run": ("serve", "demo"),
    "Write placements": ("init", "check", "schema"),
    "Look at pages": ("doctor", "explain", "preview", "lint"),
    "Ship a change": ("diff", "test", "history", "rollback", "off", "on"),
    "Measure": ("experiment", "assign", "report", "compact"),
}
_NAMES = sorted(name for names in _SECTIONS.values() for name in names)
# Those whose module has another name than theirs.
_MODULES = {"rollback": "history", "off": "switch", "on": "switch"}


class _Sections(click.Group):
    """Lists its commands by what they are for, and imports them one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return _NAMES

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _NAMES and not args[0].startswith("-"):
            ctx.fail(f'There is no command "{args[0]}". {meant(args[0], _NAMES)}')
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _NAMES:
            return None
        module = importlib.import_module(f"adweave.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, _NAMES))
        for title, names in _SECTIONS.items():
            commands = [command for name in names if (command := self.get_command(ctx, name))]
            with formatter.section(title):
                formatter.write_dl(
                    [
                        (f"{command.name:<{width}}", command.get_short_help_str(limit=200))
                        for command in commands
                    ]
                )


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
