"""What `tests/conftest.py` promises: CI skips no browser test in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
RULES = Path(__file__).parents[1] / "conftest.py"
ONE_SKIPPED_TEST = """
import pytest

@pytest.mark.browser
def test_in_a_browser():
    pytest.skip("no Chromium")
"""


@pytest.fixture
def one_skipped_test(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(RULES.read_text(encoding="utf-8"))
    pytester.makepyfile(ONE_SKIPPED_TEST)
    return pytester


def test_a_browser_test_may_be_skipped_by_hand(
    one_skipped_test: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    one_skipped_test.runpytest_subprocess().assert_outcomes(skipped=1)


def test_a_browser_test_skipped_in_ci_has_failed(
    one_skipped_test: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    one_skipped_test.runpytest_subprocess().assert_outcomes(failed=1)
