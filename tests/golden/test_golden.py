from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden import cases, explanation_for


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_page_is_explained_as_it_was(case: Path) -> None:
    assert explanation_for(case) == (case / "explanation.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_an_explanation_fits_80_columns(case: Path) -> None:
    assert max(map(len, explanation_for(case).splitlines())) <= 80
