"""The built browser files, and the addresses they are served at.

The files in `static/` are built from `browser/` in the repository and committed. Addresses
carry a hash of the content, so responses may be cached for ever.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import quote

from adweave.slots.model import PREFIX, Asset

if TYPE_CHECKING:
    from adweave.placements import Creative

JAVASCRIPT = "text/javascript; charset=utf-8"
CSS = "text/css; charset=utf-8"
HTML = "text/html; charset=utf-8"
FRAME_POLICY = "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox allow-forms"


_SUFFIXES = {
    "text/html": ".html",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/avif": ".avif",
    "image/svg+xml": ".svg",
}


@cache
def built(name: str) -> str:
    """The text of a file in `static/`; ASCII, and free of anything that ends a script."""
    return files("adweave.slots").joinpath("static", name).read_text("ascii").strip()


def hashed_path(stem: str, suffix: str, body: bytes) -> str:
    """The address of `body`: stem, 12 hexadecimal digits of its hash, suffix."""
    return f"{PREFIX}{quote(stem)}-{hashlib.sha256(body).hexdigest()[:12]}{suffix}"


def creative_path(creative: Creative) -> str:
    """The address of a house creative, under `/_adweave/c/`.

    The loader shows what ends in `.html` in a frame and anything else as an image.
    """
    kind = creative.content_type.partition(";")[0].strip().lower()
    return f"{PREFIX}c/{quote(creative.name)}-{creative.hash}{_SUFFIXES.get(kind, '')}"


def script(name: str) -> tuple[str, Asset]:
    """Address and file of one of the two scripts, `head` or `loader`."""
    body = built(f"{name}.js").encode("ascii")
    return hashed_path(name, ".js", body), Asset(body, JAVASCRIPT)


@cache
def integrity_of(name: str) -> str:
    """The hash of one of the two scripts, as policies and `integrity` attributes write it."""
    digest = hashlib.sha256(built(f"{name}.js").encode("ascii")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


@cache
def fetched_file(name: str) -> tuple[str, Asset]:
    """Address and file of an adapter that the loader fetches when a slot asks for it."""
    body = built(f"{name}.js").encode("ascii")
    return hashed_path(name, ".js", body), Asset(body, JAVASCRIPT)


@cache
def frame_file() -> tuple[str, Asset]:
    """Address and file of the page that Prebid's winners are shown in.

    Its own policy takes its origin away: nothing in it reaches the page around it.
    """
    body = built("creative.html").encode("ascii")
    return hashed_path("creative", ".html", body), Asset(body, HTML, FRAME_POLICY)
