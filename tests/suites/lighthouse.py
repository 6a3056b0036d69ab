"""Lighthouse on the demo's pages, as the newsroom sends them and through the gateway.

Scores are whole points of 100, the best of `RUNS` in turn: other work on the machine only ever
makes a page look slower. What is looked at is the page that a phone gets, on Lighthouse's own slow
network.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

# 13 needs a newer Node than Debian has.
VERSION = "12"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
RUNS = 3
# Time is measured, and is never twice the same.
_NOISE = {"performance": 1}
# Paths of pages that are looked at: an article in each kind of script, and the front.
_PAGES = ("/en/", "/ar/", "/ja/", "/$")
_LIMIT_S = 300


def report(folder: Path) -> Iterator[str]:
    """Print a table; give the differences that count. `folder` keeps what npm installs."""
    program = _installed(folder)
    click.echo("## Lighthouse\n")
    click.echo("| page | | " + " | ".join(CATEGORIES) + " | layout shift |")
    click.echo("| --- | --- | " + " --- |" * (len(CATEGORIES) + 1))
    with _demo() as (site, gateway, paths):
        for beginning in _PAGES:
            path = next(path for path in paths if re.match(beginning, path))
            direct, through = _scores(program, f"{site}{path}", f"{gateway}{path}")
            for name, found in (("direct", direct), ("gateway", through)):
                cells = [f"{found[each]:.0f}" for each in CATEGORIES]
                click.echo(f"| `{path}` | {name} | {' | '.join(cells)} | {found['shift']:.3f} |")
            for each in CATEGORIES:
                if through[each] < direct[each] - _NOISE.get(each, 0):
                    yield f"Lighthouse, {path}: {each} {direct[each]:.0f} -> {through[each]:.0f}"
            if through["shift"] > direct["shift"] + 0.0005:
                yield f"Lighthouse, {path}: layout shift {through['shift']:.3f}"
    click.echo("")


def _scores(program: Path, *urls: str) -> list[dict[str, float]]:
    """The best of each address: highest scores, least shift."""
    runs = [[_run(program, url) for url in urls] for _ in range(RUNS)]
    return [
        {name: min(found) if name == "shift" else max(found) for name, found in _columns(each)}
        for each in zip(*runs, strict=True)
    ]


def _columns(runs: Sequence[dict[str, float]]) -> Iterator[tuple[str, list[float]]]:
    for name in runs[0]:
        yield name, [run[name] for run in runs]


def _run(program: Path, url: str) -> dict[str, float]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Lighthouse needs Chromium: apt-get install chromium")
    done = subprocess.run(
        [program, url, "--output=json", "--quiet", f"--only-categories={','.join(CATEGORIES)}",
         "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"],
        capture_output=True, text=True, timeout=_LIMIT_S, check=False,
        env={**os.environ, "CHROME_PATH": chromium},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"Lighthouse failed on {url}: {done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    if found.get("runtimeError"):
        raise SystemExit(f"Lighthouse failed on {url}: {found['runtimeError']}")
    scores = {name: round(found["categories"][name]["score"] * 100) for name in CATEGORIES}
    return scores | {"shift": found["audits"]["cumulative-layout-shift"]["numericValue"]}


def _installed(folder: Path) -> Path:
    program = folder / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        if shutil.which("npm") is None:
            raise SystemExit("Lighthouse needs Node 20 and npm: apt-get install nodejs npm")
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefix"]
        done = subprocess.run(
            [*command, folder, f"lighthouse@{VERSION}"],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"npm install failed: {done.stderr[-2000:]}")
    return program


@contextlib.contextmanager
def _demo() -> Iterator[tuple[str, str, Sequence[str]]]:
    """The demo: addresses of newsroom and gateway, and the paths of its pages."""
    command = [str(Path(sys.executable).with_name("adweave")), "demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = ""
            while "Without adweave" not in said:
                line = process.stdout.readline()
                if not line:
                    raise SystemExit(f"the demo did not start: {said}")
                said += line
            found = re.findall(r"  (http://[^\s/]+)(/\S*)", said)
            gateway, site = found[0][0], found[-1][0]
            paths = [path for root, path in found if root == gateway]
            yield site, gateway, paths
        finally:
            process.terminate()
