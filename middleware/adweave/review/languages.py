"""Labels that no page would ever have: what a folder says, held against the languages built in.

`placements` knows no languages and `labels` no files; here both are at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adweave.labels import KEYS, texts_for
from adweave.placements import Problem, Site


def label_problems(site: Site) -> Iterator[Problem]:
    """Warnings about `labels/` and `default_language` of a valid folder."""
    own = site.label_overrides
    default = site.settings.default_language
    if not _is_known(default, own):
        yield _warning(
            "site.toml",
            f'default_language = "{default}" has no texts, so its labels would be in English; '
            f"write labels/{default}.toml with {_listed(KEYS)}",
        )
    for tag, texts in own.items():
        if _is_used(tag, texts, {tag: texts}) or _is_used(tag, texts, own):
            continue
        if _is_known(tag, {}):
            name = texts_for(tag).lang
            yield _warning(
                f"labels/{tag}.toml",
                f"is never used: the language is called {name} here; call the file {name}.toml",
            )
        elif lacking := [key for key in KEYS if key not in texts]:
            yield _warning(
                f"labels/{tag}.toml",
                f"is not used: this language is not built in, and needs {_listed(lacking)} as well",
            )
        else:
            yield _warning(f"labels/{tag}.toml", "is not used: it names no language")


def _is_known(tag: str, own: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether there are texts in the language, built in or the site's."""
    return _language(texts_for(tag, own).lang) != "en" or _language(tag) == "en"


def _language(tag: str) -> str:
    return tag.partition("-")[0].casefold()


def _is_used(tag: str, texts: Mapping[str, str], own: Mapping[str, Mapping[str, str]]) -> bool:
    found = texts_for(tag, own)
    return all(getattr(found, key) == text for key, text in texts.items())


def _listed(keys: list[str] | tuple[str, ...]) -> str:
    *first, last = keys
    return f"{', '.join(first)} and {last}" if first else last


def _warning(file: str, message: str) -> Problem:
    return Problem(file, 0, 0, "warning", "idle-labels", message)
