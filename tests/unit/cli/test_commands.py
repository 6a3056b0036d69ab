"""The commands put together: what is imported for one, and what a wrong name is told."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from adweave.cli import main


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("sevre", 'There is no command "sevre". Did you mean "serve"?'),
        ("Explain", 'There is no command "Explain". Did you mean "explain"?'),
        ("xyz", 'There is no command "xyz". There are: assign, check, compact,'),
    ],
)
def test_a_wrong_command_is_told_the_right_one(name: str, told: str) -> None:
    result = CliRunner().invoke(main, [name])
    assert result.exit_code == 2
    assert told in result.stderr


def test_every_command_is_in_the_help_once() -> None:
    context = click.Context(main)
    text = CliRunner().invoke(main, ["--help"]).output
    for name in main.list_commands(context):
        assert text.count(f"\n  {name} ") == 1, name


def test_the_gateway_imports_nothing_of_what_compares_pages_or_makes_reports() -> None:
    code = (
        "import sys; from adweave.cli import main\n"
        "try: main(['serve', '--help'])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert "adweave.cli.serve" in loaded
    assert not loaded & {"adweave.review", "adweave.cli.report", "lxml", "lxml.etree", "duckdb"}
