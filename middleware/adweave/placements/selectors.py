"""CSS selectors in the folder: whether the parser that will use one can read it.

The one place where this stage touches an HTML library, and it is only asked about syntax.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

import turbohtml
from pydantic import AfterValidator

from adweave.placements.base import Text
from adweave.placements.values import refusal

_FAULT = re.compile(r'invalid CSS selector ".*": (.+) at position (\d+)', re.DOTALL)


@lru_cache(maxsize=1)
def _document() -> turbohtml.Document:
    return turbohtml.parse("<!doctype html>")


@lru_cache(maxsize=4_096)
def selector_fault(selector: str) -> str | None:
    """What is wrong with a selector, as a sentence that follows it, or None."""
    try:
        _document().select_one(selector)
    except ValueError as error:
        found = _FAULT.fullmatch(str(error))
        if found is None:
            return "is no CSS selector that can be used"
        return f"is no CSS selector that can be used: {found[1]} at character {int(found[2]) + 1}"
    return None


def _selector(text: str) -> str:
    fault = selector_fault(text)
    if fault is not None:
        raise refusal(fault, "bad-selector")
    return text


Selector = Annotated[Text, AfterValidator(_selector)]
"""A CSS selector."""
