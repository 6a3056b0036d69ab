"""This installation's version: part of entity tags, since another one may weave otherwise."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Final


def _installed() -> str:
    try:
        return version("adweave")
    except PackageNotFoundError:  # run from a folder of sources
        return "0"


VERSION: Final = _installed()
