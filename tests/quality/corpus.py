"""The page corpus beside the repository: its records and bytes. Never a part of the repository."""

from __future__ import annotations

import functools
import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .judge import Facts

ROOT = Path(__file__).resolve().parents[2]

# Language groups of the report: scripts that engines treat alike, and English, which most know.
_GROUPS = {
    **dict.fromkeys(("ja", "zh", "ko"), "Chinese, Japanese, Korean"),
    **dict.fromkeys(("ar", "fa", "ur"), "Arabic"),
    **dict.fromkeys(("hi", "bn", "ta"), "Indic"),
    **dict.fromkeys(("ru", "uk", "bg", "sr"), "Cyrillic"),
    **dict.fromkeys(("hy", "ka"), "Armenian, Georgian"),
    "el": "Greek",
    "he": "Hebrew",
    "th": "Thai",
    "en": "Latin, English",
    None: "none known",
}

# Two single stories (a New York Times and a Wall Street Journal address, one body of running
# text each) that the index counts among the front pages.
_STORIES_FILED_AS_LISTINGS = {
    "htmlbench/a4dbbcc4b5ab24565e064f0a",
    "htmlbench/b52d6a170c78bea8365c51c8",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the corpus with what is known of it; bytes are read when asked for."""

    id: str
    file: str
    source: str
    content_type: str
    encoding: str
    url: str | None
    facts: Facts

    @property
    def path(self) -> str:
        """The path that an app would serve it under."""
        return urlsplit(self.url or "").path or f"/{self.id}"

    @property
    def group(self) -> str:
        """The language group for reports."""
        return _GROUPS.get(self.facts.language, "Latin, other")

    def body(self, root: Path) -> bytes:
        """The page's bytes."""
        name, _, line = self.file.partition("#")
        if line:
            return _lines(root / name)[int(line)].encode()
        return gzip.decompress((root / name).read_bytes())


def corpus_root() -> Path | None:
    """The corpus' folder: `ADWEAVE_CORPUS`, else the sibling of the repository; None if absent."""
    named = os.environ.get("ADWEAVE_CORPUS")
    root = Path(named) if named else ROOT.parent / "shared" / "corpus"
    return root if (root / "index.json").is_file() else None


def pages_of(root: Path) -> Iterator[Page]:
    """All records, in the index' order."""
    for record in json.loads((root / "index.json").read_text("utf-8")):
        truth = record["truth"]
        is_whole = truth["kind"] in ("full", "reader")
        yield Page(
            id=record["id"],
            file=record["file"],
            source=record["source"],
            content_type=record["content_type"],
            encoding=record["encoding"],
            url=record["url"],
            facts=Facts(
                kind="article" if record["id"] in _STORIES_FILED_AS_LISTINGS else record["kind"],
                language=record["language"],
                language_sure=record["language_sure"],
                body_words=record["body_words"] or 0,
                paragraphs=tuple(truth.get("paragraphs", ())) if is_whole else (),
            ),
        )


@functools.cache
def _lines(path: Path) -> tuple[str, ...]:
    return tuple(json.loads(line) for line in gzip.open(path, "rt", encoding="utf-8"))
