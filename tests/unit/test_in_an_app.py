"""The apps of the how-to work as they stand there. (Django's is in `tests/cms/test_django.py`.)"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.unit.http.wire import SHIPPED, Client, article, running_app

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/in-an-app.md"


def block_under(heading: str) -> str:
    """The first block of Python below a heading."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found, heading
    return found.group(1)


@pytest.mark.parametrize("heading", ["Starlette", "FastAPI"])
def test_the_app_of_the_how_to_gives_woven_articles(
    heading: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "article.html").write_bytes(article())
    shutil.copytree(SHIPPED, tmp_path / "placements")
    names: dict[str, object] = {}
    exec(block_under(heading), names)
    with running_app(names["app"]) as port, Client(port) as client:  # type: ignore[arg-type]
        assert client.get("/article").verdict.startswith("woven; slots=")
        assert client.get("/nothing").status == 404


def test_an_app_that_is_there_already_is_wrapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "article.html").write_bytes(article())
    shutil.copytree(SHIPPED, tmp_path / "placements")
    bare = block_under("Starlette").replace(
        '\n    middleware=[Middleware(AdweaveMiddleware, placements="placements")],', ""
    )
    names: dict[str, object] = {}
    exec(bare, names)
    exec(block_under("Around an app that is there already"), names)
    with running_app(names["app"]) as port, Client(port) as client:  # type: ignore[arg-type]
        assert client.get("/article").verdict.startswith("woven; slots=")
