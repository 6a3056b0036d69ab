"""Changes of one key in a TOML text that leave everything else, comments too, as it is.

Knows the text and where its keys stand; nothing of what they mean.
"""

from __future__ import annotations

import json
import re

from adweave.placements.positions import Positions

_LINE_END = re.compile(r"\r?\n")


def text_literal(text: str) -> str:
    """`text` as a TOML string."""
    return json.dumps(text, ensure_ascii=False)


def literal_of(toml: str, key: str) -> str | None:
    """The value of a top-level key as it is written, or None where there is no such key."""
    positions = Positions(toml)
    entry = positions.entries.get((key,))
    return None if entry is None else positions.slice(entry.value)


def with_key(toml: str, key: str, literal: str, *, after: str | None = None) -> str:
    """The text with that value for a top-level key, which is added where it is missing.

    A new key comes on the line below that of `after`, else right before the first key or table.
    """
    positions = Positions(toml)
    entry = positions.entries.get((key,))
    if entry is not None:
        return toml[: entry.value.start] + literal + toml[entry.value.end :]
    first = min((one.key.start for one in positions.entries.values()), default=len(toml))
    found = _LINE_END.search(toml)
    end = found.group() if found else "\n"
    at = toml.rfind("\n", 0, first) + 1
    above = positions.entries.get((after,)) if after is not None else None
    if above is not None:
        at = (toml.find("\n", above.value.end) + 1) or len(toml)
        first = at
    if first == len(toml) and toml and not toml.endswith("\n"):
        return f"{toml}{end}{key} = {literal}{end}"
    return f"{toml[:at]}{key} = {literal}{end}{toml[at:]}"


def without_key(toml: str, key: str) -> str:
    """The text without a top-level key: its whole lines, with what is said behind it."""
    positions = Positions(toml)
    entry = positions.entries.get((key,))
    if entry is None:
        return toml
    start = toml.rfind("\n", 0, entry.key.start) + 1
    end = toml.find("\n", entry.value.end)
    return toml[:start] + (toml[end + 1 :] if end >= 0 else "")
