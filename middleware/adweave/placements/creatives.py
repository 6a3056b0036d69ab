"""House creatives: files of `creatives/`, their size and kind told by their name.

`newsletter-300x250.html` is a creative called "newsletter" of 300 x 250 CSS px.
"""

from __future__ import annotations

import hashlib
import re

from adweave.placements.problems import Problem, file_problem
from adweave.placements.reading import Files
from adweave.placements.site import Creative
from adweave.placements.values import Size, one_of

CONTENT_TYPES = {
    "html": "text/html; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
}
_NAME = re.compile(r"([a-z0-9][a-z0-9_-]{0,39}?)-([1-9]\d{0,3})x([1-9]\d{0,3})\.([a-z]+)", re.ASCII)


def read_creatives(files: Files) -> tuple[tuple[Creative, ...], tuple[Problem, ...]]:
    """The creatives of a folder ordered by path, and what is wrong with their files."""
    found = [_creative(path, files.contents[path]) for path in files.inside("creatives")]
    return (
        tuple(creative for creative in found if isinstance(creative, Creative)),
        tuple(problem for problem in found if isinstance(problem, Problem)),
    )


def _creative(path: str, body: bytes) -> Creative | Problem:
    name = path.rpartition("/")[2]
    match = _NAME.fullmatch(name)
    ending = name.rpartition(".")[2]
    if ending not in CONTENT_TYPES:
        endings = one_of(tuple(f".{e}" for e in CONTENT_TYPES))
        return file_problem(
            path, "unknown-file", f"is not read; creatives end in {endings}", "warning"
        )
    if match is None:
        return file_problem(
            path, "bad-name",
            f'"{name}" has no size or is not a plain name; call it NAME-WIDTHxHEIGHT.{ending}, '
            f'such as "newsletter-300x250.{ending}"',
        )  # fmt: skip
    if not body:
        return file_problem(path, "empty", "is empty; readers would see an empty box")
    if ending in ("html", "svg"):
        try:
            body.decode("utf-8")
        except UnicodeDecodeError as error:
            return file_problem(
                path, "not-utf-8",
                f"is not UTF-8: byte 0x{body[error.start]:02x}; save the file as UTF-8",
                line=body.count(b"\n", 0, error.start) + 1,
                col=len(body[body.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8"))
                + 1,
            )  # fmt: skip
    digest = hashlib.sha256(body).hexdigest()[:12]
    size = Size(int(match[2]), int(match[3]))
    return Creative(match[1], path, body, CONTENT_TYPES[ending], size, digest)
