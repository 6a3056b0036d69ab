"""Rules about `target` and `schedule`: what can never hold, and what nothing tells."""

from __future__ import annotations

from collections.abc import Iterator

from adweave.placements.document import Document
from adweave.placements.folder import Folder
from adweave.placements.layouts import Layout
from adweave.placements.positions import Path
from adweave.placements.problems import Problem
from adweave.placements.settings import Settings
from adweave.placements.target import Target


def aim_problems(
    document: Document[Layout], at: Path, target: Target | None, folder: Folder
) -> Iterator[Problem | None]:
    """What is wrong or unwise in one `target`, of a layout (`at` is empty) or placement."""
    if target is None:
        return
    settings = folder.settings
    if target.countries and folder.knows("targeting") and not settings.targeting.country_header:
        yield document.problem(
            (*at, "target", "countries"),
            "is told by no header; write country_header under [targeting] in site.toml, such as "
            'country_header = "CF-IPCountry"',
            code="no-country",
        )
    members = settings.members
    known = members.selector or members.cookies or members.headers
    if target.members in ("no", "only") and folder.knows("members") and not known:
        yield document.problem(
            (*at, "target", "members"),
            "speaks of members, but nothing tells who is one; write [members] in site.toml, such "
            "as cookies = { member = true }",
            code="no-members",
        )
    for key in ("hosts", "languages", "countries"):
        entries: tuple[str, ...] = getattr(target, key)
        for index, entry in enumerate(entries):
            if f"!{entry}" in entries:
                yield document.problem(
                    (*at, "target", key, index),
                    f'is taken out again by "!{entry}"; take one of them out',
                    code="never",
                    severity="warning",
                )
    if at == () and not target.model_fields_set:
        yield document.problem(
            ("target",), "[target] says nothing; take it out", code="idle-key", severity="warning",
            shows_value=False,
        )  # fmt: skip


def settings_problems(folder: Folder) -> Iterator[Problem]:
    """What is wrong between the keys of `site.toml`."""
    document = folder.site
    if document is None or document.model is None:
        return
    found = (*_regions(document, document.model), _uncached(document, document.model))
    yield from (problem for problem in found if problem is not None)


def _uncached(document: Document[Settings], settings: Settings) -> Problem | None:
    """Members told by the request cost a site its shared caches: nobody should find out later."""
    if "shared_caches" in settings.targeting.model_fields_set:
        return None
    for key in ("cookies", "headers"):
        if getattr(settings.members, key):
            return document.problem(
                ("members", key),
                "keeps every page with ads out of shared caches, so that no member's page reaches "
                'others; if that is meant, write shared_caches = "private" under [targeting], or '
                '"vary" for a cache that heeds Vary',
                code="uncached",
                severity="warning",
            )
    return None


def _regions(document: Document[Settings], settings: Settings) -> Iterator[Problem | None]:
    if settings.consent.region and not settings.targeting.country_header:
        yield document.problem(
            ("consent", "region"),
            "[[consent.region]] asks for a reader's country, which nothing tells; write "
            'country_header under [targeting], such as country_header = "CF-IPCountry"',
            code="no-country",
            shows_value=False,
        )
    seen: dict[str, str] = {}
    for region in settings.consent.region:
        for country in region.countries:
            if country in seen:
                yield document.problem(
                    ("consent", "region"),
                    f'[[consent.region]] has "{country}" in "{seen[country]}" and in '
                    f'"{region.name}"; a country is in one region',
                    code="double-country",
                    shows_value=False,
                )
            seen.setdefault(country, region.name)
