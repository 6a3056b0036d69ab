"""The committed browser files are what their source gives, and small enough."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import brotli
import pytest

from adweave.slots.assets import built

ROOT = Path(__file__).parents[3]
BROWSER = ROOT / "browser"
STATIC = ROOT / "middleware" / "adweave" / "slots" / "static"
CORE = ("head.js", "loader.js", "slot.css")
ON_DEMAND = ("adsense.js", "creative.html", "gpt.js", "late.js", "prebid.js")
NAMES = (*CORE, *ON_DEMAND)


@pytest.fixture(scope="module")
def npm() -> str:
    """npm, with the browser code's tools installed; both are only needed to change that code."""
    found = shutil.which("npm")
    if found is None or shutil.which("node") is None:
        pytest.skip("node and npm are not here; they are needed to rebuild the browser code")
    installed = BROWSER / "node_modules" / ".package-lock.json"
    lock = BROWSER / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        result = subprocess.run(
            [found, "ci", "--ignore-scripts"], cwd=BROWSER, capture_output=True, text=True
        )
        if result.returncode:
            message = f"npm ci failed: {result.stderr.strip().splitlines()[-1:]}"
            if os.environ.get("CI") == "true":
                pytest.fail(message)
            pytest.skip(message)
    return found


def run(command: list[str]) -> None:
    result = subprocess.run(command, cwd=BROWSER, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_built_files_are_what_their_source_gives(npm: str, tmp_path: Path) -> None:
    run(["node", "build.mjs", "--out", str(tmp_path)])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(NAMES)
    for name in NAMES:
        same = (tmp_path / name).read_bytes() == (STATIC / name).read_bytes()
        assert same, f"{name} is out of date: make browser"


def test_the_browser_code_is_well_typed(npm: str) -> None:
    run([npm, "run", "check"])


def test_the_browser_codes_own_tests_pass(npm: str) -> None:
    run([npm, "test"])


def test_the_loader_is_at_most_6_kb_and_the_head_script_1_kb_compressed() -> None:
    sizes = {name: len(brotli.compress((STATIC / name).read_bytes())) for name in CORE}
    assert sizes["loader.js"] <= 6 * 1024
    assert sizes["head.js"] <= 1024


def test_an_adapter_that_is_fetched_on_demand_is_at_most_2_kb_compressed() -> None:
    for name in ON_DEMAND:
        assert len(brotli.compress((STATIC / name).read_bytes())) <= 2 * 1024, name


@pytest.mark.parametrize("name", CORE)
def test_what_is_put_into_pages_is_ascii_and_ends_no_element(name: str) -> None:
    text = built(name)
    assert text.isascii()
    # Lenient parsers end comments and conditional comments (`<![if IE]>`) with less than HTML5.
    assert not re.search(r"</|<!--|--!?\s*>|\]\s*>", text)


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((BROWSER / "package-lock.json").read_text())
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]


def test_versions_of_the_tools_are_exact() -> None:
    package = json.loads((BROWSER / "package.json").read_text())
    assert "dependencies" not in package
    for version in package["devDependencies"].values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
