from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.commands import command_cases, output_of


@pytest.mark.parametrize("case", command_cases(), ids=lambda case: case.name)
def test_a_command_says_what_it_said(case: Path) -> None:
    assert output_of(case) == (case / "output.txt").read_text(encoding="utf-8")
