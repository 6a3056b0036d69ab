"""A placements folder to make mistakes in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

ARTICLE = """\
pages = ["/**"]
[[placement]]
name = "inline"
kind = "inline"
every = { mobile = "750px", desktop = "500px" }
sizes = [[300, 250]]
"""

Write = Callable[[dict[str, str | bytes]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files into a folder that is valid as it stands; returns the folder.

    It has a site.toml, the layouts "article" and "dense", and a creative of 300x250.
    """
    folder = tmp_path / "placements"
    sound: dict[str, str | bytes] = {
        "site.toml": "",
        "layouts/article.toml": ARTICLE,
        "layouts/dense.toml": ARTICLE.replace(
            'pages = ["/**"]', 'pages = ["/dense"]\npriority = 1'
        ),
        "creatives/house-300x250.html": "<!doctype html><title>House</title>",
    }

    def written(files: dict[str, str | bytes]) -> Path:
        for path, content in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    written(sound)
    return written
