"""Reading the page that a command is about: from a URL, a file, or standard input."""

from __future__ import annotations

import gzip
import sys
import urllib.error
import urllib.request
import zlib
from pathlib import Path
from urllib.parse import urlsplit

import click

from adweave.http import VERSION
from adweave.review import Page

# A command waits for a person: longer than a reader would, shorter than patience.
FETCH_TIMEOUT_S = 20
FETCH_LIMIT_BYTES = 64_000_000


class Unavailable(click.ClickException):
    """The page can't be had; exit code 3."""

    exit_code = 3


def read_target(target: str, path: str | None = None) -> Page:
    """The page that `target` names; "-" is standard input.

    A file has no path on the site, so layouts see `/NAME` unless `path` says otherwise. Raises
    `click.ClickException` with a sentence that says what to do.
    """
    if target.startswith(("http://", "https://")):
        return _fetched(target, path)
    if target == "-":
        return Page("-", path or "/", sys.stdin.buffer.read())
    file = Path(target)
    try:
        body = file.read_bytes()
        if body[:2] == b"\x1f\x8b" and file.suffix == ".gz":
            body = gzip.decompress(body)
            file = file.with_suffix("")
    except FileNotFoundError:
        raise click.BadParameter(
            f'there is no file "{target}"; write a URL as http://...'
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise click.BadParameter(f'"{target}" can\'t be read: {reason}') from None
    return Page(target, path or f"/{file.name}", body)


def _fetched(url: str, path: str | None) -> Page:
    headers = {
        "User-Agent": f"adweave/{VERSION}",
        "Accept": "text/html",
        "Accept-Encoding": "identity",
    }
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=FETCH_TIMEOUT_S) as response:
            body = response.read(FETCH_LIMIT_BYTES)
            parts = urlsplit(response.url)
            fields = tuple(
                (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
                for name, value in response.headers.items()
            )
            announced = response.headers.get("Content-Length", "")
    except urllib.error.HTTPError as error:
        raise Unavailable(f"{url} answers {error.code} {error.reason}") from None
    except (urllib.error.URLError, TimeoutError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise Unavailable(f"{url} can't be reached: {reason}") from None
    return Page(
        url,
        path or parts.path or "/",
        body,
        fields,
        f"{parts.scheme}://{parts.netloc}",
        not announced.isdigit() or len(body) >= min(int(announced), FETCH_LIMIT_BYTES),
    )
