"""`adweave doctor`: what would be woven of an upstream, what not and why, and what in its answers
hurts.

Asks for some pages as a reader would, each twice, and tries them as `serve` would. `complaints_of`
is pure: two answers to one address in, sentences out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit, urlunsplit

import click

from adweave.cli.pages import ended
from adweave.cli.selection import placements_option, site_or_exit
from adweave.http import CodingDoubt, UpstreamUrl
from adweave.page import PageDoubt, read_page
from adweave.placements import Site
from adweave.review import NotAPage, NotRead, Page, Trial, read_page_at

# Addresses of articles are longer than those of sections; so many of the longest are tried.
_MOST_FOUND: Final = 5
_BYTES_APART: Final = 60  # of what differs between two answers, shown


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something in an answer that hurts. `code` is for machines, `sentence` says what to do."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One page: what would become of it, and what hurts."""

    address: str
    verdict: str  # "woven: 3 slots, layout article", or "passed (REASON): why"
    is_woven: bool
    complaints: tuple[Complaint, ...]


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--upstream", "url", required=True, metavar="URL",
    help="The CMS or app, as for `serve`, like http://127.0.0.1:8000.",
)  # fmt: skip
@placements_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a page, one a line.")
def doctor(paths: tuple[str, ...], url: str, placements: Path, as_json: bool) -> None:
    """What would be woven of a CMS, what not and why, and what in its answers hurts.

    Looks at the front page and some pages that it links to, or at the PATHs given. Each is asked
    for twice: no woven page can be kept of one whose bytes differ each time.

    Exit codes: 0 nothing hurts, 1 something does, 2 wrong input, 3 the upstream can't be reached.
    """
    try:
        base = str(UpstreamUrl.parse(url))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--upstream") from None
    site = site_or_exit(placements)
    try:
        front = None if paths else read_page_at(f"{base}/")
        addresses = [f"{base}/{path.lstrip('/')}" for path in paths] if front is None else [
            f"{base}/", *_linked(front, base)
        ]  # fmt: skip
        found = [_diagnosed(address, site) for address in addresses]
    except NotRead as fault:
        raise ended(fault) from None
    for diagnosis in found:
        click.echo(_as_json(diagnosis) if as_json else _as_text(diagnosis))
    hurts = any(diagnosis.complaints for diagnosis in found)
    if not as_json:
        count = sum(diagnosis.is_woven for diagnosis in found)
        click.echo(f"{count} of {len(found)} pages would be woven.")
        if hurts:
            click.echo("What is marked ! hurts; `adweave explain URL` says more of one page.")
    raise SystemExit(1 if hurts else 0)


def complaints_of(first: Page, again: Page) -> Iterator[Complaint]:
    """What hurts in two answers to one address, the worst first. Pure."""
    control = (first.field(b"cache-control") or "").lower()
    tag = first.field(b"etag")
    if "no-transform" in control:
        yield Complaint(
            "no-transform",
            "Cache-Control: no-transform forbids to change the page: it is never woven.",
        )
    if first.body != again.body:
        yield Complaint(
            "changing",
            f"the bytes differ each time (near {_difference(first.body, again.body)!r}): no woven "
            "page can be kept, and each whose markup differs is planned anew. Take out what is of "
            "one request, or load it by script.",
        )
        if tag is not None and tag == again.field(b"etag"):
            yield Complaint(
                "false-tag", f"ETag {tag} stays while the bytes change: caches keep wrong pages."
            )
    if tag is None and first.field(b"last-modified") is None:
        yield Complaint(
            "no-validator", "neither ETag nor Last-Modified: nobody can ask whether it changed."
        )
    if first.field(b"set-cookie") is not None and "private" not in control:
        yield Complaint(
            "cookie", "Set-Cookie on a page without Cache-Control: private: caches may share it."
        )
    vary = {part.strip() for part in (first.field(b"vary") or "").lower().split(",")}
    for name in sorted(vary & {"*", "cookie", "user-agent"}):
        yield Complaint(
            "vary", f"Vary: {name}: a shared cache keeps next to nothing of such pages."
        )
    if "charset" not in (first.field(b"content-type") or "").lower():
        yield Complaint(
            "charset",
            "Content-Type names no charset: the page is passed where it does not name one either.",
        )
    if (first.field(b"connection") or "").lower() == "close":
        yield Complaint("close", "Connection: close: each request costs a connection of its own.")


def _diagnosed(address: str, site: Site) -> Diagnosis:
    first, again = read_page_at(address), read_page_at(address)
    try:
        outcome = Trial(site).run(first)
    except NotAPage as fault:
        return Diagnosis(address, f"passed: {fault}", False, ())
    complaints = tuple(complaints_of(first, again))
    if outcome.plan is None:
        return Diagnosis(address, f"passed ({outcome.reason}): {outcome.detail}", False, complaints)
    verdict = f"woven: {outcome.plan.slots} slots, layout {outcome.plan.layout}"
    return Diagnosis(address, verdict, True, complaints)


def _linked(front: Page, base: str) -> list[str]:
    """Addresses on the same host that a front page links to; the longest paths first."""
    try:
        links = read_page(front.plain, front.field(b"content-type")).tree.select("a[href]")
    except (CodingDoubt, PageDoubt):
        return []  # why it can't be read stands in its own verdict
    found: dict[str, None] = {}
    for link in links:
        try:
            parts = urlsplit(urljoin(f"{base}/", (link.attr("href") or "").strip()))
        except ValueError:  # such as http://[
            continue
        if parts.netloc == urlsplit(base).netloc and len(parts.path) > 1:
            found[urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))] = None
    return sorted(found, key=lambda address: -len(address))[:_MOST_FOUND]


def _difference(one: bytes, other: bytes) -> str:
    at = next(
        (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    return one[max(0, at - _BYTES_APART // 2) : at + _BYTES_APART // 2].decode("latin-1")


def _as_text(diagnosis: Diagnosis) -> str:
    lines = [diagnosis.address, f"  {diagnosis.verdict}"]
    lines += [f"  ! {complaint.sentence}" for complaint in diagnosis.complaints]
    return "\n".join([*lines, ""])


def _as_json(diagnosis: Diagnosis) -> str:
    return json.dumps(
        {
            "address": diagnosis.address,
            "woven": diagnosis.is_woven,
            "verdict": diagnosis.verdict,
            "complaints": {each.code: each.sentence for each in diagnosis.complaints},
        },
        ensure_ascii=False,
    )
