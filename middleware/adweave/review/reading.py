"""Reading pages from URLs, files and standard input, and finding out which pages are meant.

A target may be a page, a folder of stored pages, a sitemap or a feed; the latter three name
many pages. Knows how pages are had; nothing of what is done with them.
"""

from __future__ import annotations

import gzip
import io
import sys
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree  # type: ignore[import-untyped]

from adweave.http import VERSION
from adweave.review.page import Page

# A command waits for a person: longer than a reader would, shorter than patience.
FETCH_TIMEOUT_S = 20
FETCH_LIMIT_BYTES = 64_000_000
# A sitemap has at most 50 000 addresses (sitemaps.org), an index as many sitemaps.
MOST_TARGETS = 50_000
_MOST_SITEMAPS = 500
_ENDINGS = (".html", ".htm", ".xhtml", ".html.gz", ".htm.gz")
_LISTS = (".xml", ".xml.gz", ".rss", ".atom")


class NotRead(Exception):
    """A page can't be had. `is_away`: it may be there another time (exit code 3, not 2)."""

    def __init__(self, text: str, *, is_away: bool = False) -> None:
        super().__init__(text)
        self.is_away = is_away


@dataclass(frozen=True, slots=True)
class Target:
    """One page that is meant: an address or a file, and its path on the site if that is known."""

    address: str
    path: str | None = None


def is_url(target: str) -> bool:
    """Whether a target is an address rather than a file."""
    return target.startswith(("http://", "https://"))


def read_page_at(target: str, path: str | None = None) -> Page:
    """The page that `target` names; "-" is standard input. Raises `NotRead`.

    A file has no path on the site, so layouts see `/NAME` unless `path` says otherwise. A file
    that ends in .gz is unpacked.
    """
    if is_url(target):
        return _fetched(target, path)
    if target == "-":
        return Page("-", path or "/", sys.stdin.buffer.read())
    file = Path(target)
    body = _file_bytes(file)
    name = file.name.removesuffix(".gz")
    return Page(target, path or f"/{name}", body)


def targets_of(names: Iterable[str], *, limit: int | None = None) -> list[Target]:
    """All pages that are meant, each once, in order. Raises `NotRead`.

    A folder is its stored pages, whose path on the site is their path in the folder; a sitemap
    or feed (a file or address that ends like one, or reads like one) is the pages it names.
    """
    found: dict[str, Target] = {}
    most = MOST_TARGETS if limit is None else min(limit, MOST_TARGETS)
    for name in names:
        for target in _named(name, [_MOST_SITEMAPS]):
            if len(found) >= most:
                return list(found.values())
            found.setdefault(target.address, target)
    return list(found.values())


def _named(name: str, sitemaps_left: list[int]) -> Iterator[Target]:
    if not is_url(name) and name != "-" and Path(name).is_dir():
        root = Path(name)
        for file in sorted(root.rglob("*")):
            if file.name.endswith(_ENDINGS) and file.is_file():
                path = file.relative_to(root).as_posix().removesuffix(".gz")
                yield Target(str(file), f"/{path}")
        return
    ends = urlsplit(name).path if is_url(name) else name
    if not ends.lower().endswith(_LISTS) and not (is_url(name) and _says_feed(ends)):
        yield Target(name)
        return
    sitemaps_left[0] -= 1
    if sitemaps_left[0] < 0:
        raise NotRead(f"{name}: more than {_MOST_SITEMAPS} sitemaps; name fewer")
    body = _fetched(name, None).body if is_url(name) else _file_bytes(Path(name))
    if body[:2] == b"\x1f\x8b":
        body = _unpacked(name, body)
    addresses, further = _listed(name, body)
    for address in addresses:
        yield Target(address)
    for sitemap in further:
        yield from _named(sitemap, sitemaps_left)


def _says_feed(path: str) -> bool:
    last = path.rstrip("/").rpartition("/")[2].lower()
    return last in ("feed", "rss", "atom")


def _listed(name: str, body: bytes) -> tuple[list[str], list[str]]:
    """The addresses of pages, and of further sitemaps, in a sitemap or feed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise NotRead(f"{name} is no sitemap or feed: {error}") from None
    if root is None:
        raise NotRead(f"{name} is no sitemap or feed: it is not XML")
    kind = _local(root)
    if kind == "sitemapindex":
        return [], [text for node in _all(root, "sitemap", "loc") if (text := _text(node))]
    if kind == "urlset":
        return [text for node in _all(root, "url", "loc") if (text := _text(node))], []
    if kind in ("rss", "RDF"):
        return [text for node in _all(root, "item", "link") if (text := _text(node))], []
    if kind == "feed":
        links = [
            node.get("href", "")
            for node in _all(root, "entry", "link")
            if node.get("rel", "alternate") == "alternate"
        ]
        return [link for link in links if link], []
    raise NotRead(f"{name} is no sitemap or feed: its root is <{kind}>")


def _all(root: etree._Element, outer: str, inner: str) -> Iterator[etree._Element]:
    for node in root.iter():
        if isinstance(node.tag, str) and _local(node) == outer:
            for child in node:
                if isinstance(child.tag, str) and _local(child) == inner:
                    yield child


def _local(node: etree._Element) -> str:
    return str(etree.QName(node).localname)


def _text(node: etree._Element) -> str:
    return (node.text or "").strip()


def _file_bytes(file: Path) -> bytes:
    try:
        body = file.read_bytes()
    except FileNotFoundError:
        raise NotRead(f'there is no file "{file}"; write a URL as http://...') from None
    except OSError as error:
        raise NotRead(f'"{file}" can\'t be read: {error.strerror}') from None
    return _unpacked(str(file), body) if file.name.endswith(".gz") else body


def _unpacked(name: str, body: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            plain = file.read(FETCH_LIMIT_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise NotRead(f'"{name}" can\'t be unpacked: {error}') from None
    if len(plain) > FETCH_LIMIT_BYTES:
        raise NotRead(f'"{name}" has more than {FETCH_LIMIT_BYTES} bytes unpacked')
    return plain


def _fetched(url: str, path: str | None) -> Page:
    headers = {
        "User-Agent": f"adweave/{VERSION}",
        "Accept": "text/html, application/xml;q=0.9, */*;q=0.1",
        "Accept-Encoding": "identity",
    }
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=FETCH_TIMEOUT_S) as response:
            body = response.read(FETCH_LIMIT_BYTES)
            parts = urlsplit(response.url)
            fields = tuple(
                (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
                for name, value in response.headers.items()
            )
            announced = response.headers.get("Content-Length", "")
    except urllib.error.HTTPError as error:
        raise NotRead(f"{url} answers {error.code} {error.reason}", is_away=True) from None
    except (urllib.error.URLError, TimeoutError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise NotRead(f"{url} can't be reached: {reason}", is_away=True) from None
    return Page(
        url,
        path or parts.path or "/",
        body,
        fields,
        f"{parts.scheme}://{parts.netloc}",
        not announced.isdigit() or len(body) >= min(int(announced), FETCH_LIMIT_BYTES),
    )
