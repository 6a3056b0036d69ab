"""Voices that speak JavaScript: Mozilla's Readability (Firefox' Reader View), and parse5.

Optional: needs node and npm. Packages are installed on first use into the ignored
`node_modules` beside `readability/package.json`.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .corpus import Page
from .judge import encoding_of, text_of
from .run import Result, weave_of

_FOLDER = Path(__file__).parent / "readability"
_INSTALL_LIMIT_S = 300
_BATCH = 50
# What Readability reads of a page as it came, by the page's id: several weavers ask.
_READ_UNWOVEN: dict[str, str | None] = {}


def trouble() -> str:
    """Why Readability cannot be asked; "" when it can (installing it if need be)."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node or npm is not installed"
    if (_FOLDER / "node_modules" / "jsdom").is_dir():
        return ""
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"]
    try:
        done = subprocess.run(
            command, cwd=_FOLDER, capture_output=True, text=True, timeout=_INSTALL_LIMIT_S
        )
    except subprocess.TimeoutExpired:
        return f"npm install took longer than {_INSTALL_LIMIT_S} s"
    if done.returncode == 0:
        return ""
    return "npm install failed: " + (done.stderr.strip().splitlines() or ["no message"])[-1]


def reader_texts(pages: Iterable[str]) -> list[str | None]:
    """The Reader text of each page, None where Readability finds no article."""
    return [json.loads(line) for line in _answers("read.js", pages)]


def _answers(script: str, questions: Iterable[object]) -> list[str]:
    asked = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run(
        ["node", script], cwd=_FOLDER, input=asked, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def third_voices(pairs: Iterable[tuple[str, str]]) -> list[bool]:
    """Whether parse5 sees the same tree in each pair of an original and a woven page."""
    return [line == "same" for line in _answers("arbiter.js", pairs)]


def added_to(results: list[Result], weaver: str, root: Path) -> list[Result]:
    """The results with Readability's vote added to the purity of each woven page."""
    weave = weave_of(weaver)
    asked = [at for at, result in enumerate(results) if result.verdict.is_woven]
    changed = list(results)
    # In batches: one process for all would hold every page, one for each starts jsdom anew.
    for first in range(0, len(asked), _BATCH):
        batch = [(at, results[at].page) for at in asked[first : first + _BATCH]]
        bodies = {page.id: page.body(root) for _, page in batch}
        new = [page for _, page in batch if page.id not in _READ_UNWOVEN]
        texts = [text_of(bodies[page.id], _encoding(bodies[page.id], page)) for page in new]
        for _, page in batch:
            woven = weave(page, bodies[page.id]).body
            texts.append(text_of(woven, _encoding(bodies[page.id], page)))
        answers = iter(reader_texts(texts))
        for page in new:
            _READ_UNWOVEN[page.id] = next(answers)
        for (at, page), after in zip(batch, answers, strict=True):
            if _READ_UNWOVEN[page.id] != after:
                verdict = results[at].verdict
                verdict = dataclasses.replace(
                    verdict, purity=(*verdict.purity, "mozilla-readability")
                )
                changed[at] = dataclasses.replace(results[at], verdict=verdict)
    return changed


def _encoding(body: bytes, page: Page) -> str:
    return encoding_of(body, page.content_type)
