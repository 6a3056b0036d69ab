"""Rules for all tests."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

# In CI these run or the run has failed: a skip there would be a hole that nobody sees.
NEVER_SKIPPED_IN_CI = ("browser", "cms")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if (
        os.environ.get("CI") == "true"
        and report.skipped
        and not hasattr(report, "wasxfail")
        and any(item.get_closest_marker(name) for name in NEVER_SKIPPED_IN_CI)
    ):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report
