"""Purity: what extractors read is what they read before.

Each voice is a function from a decoded page to the text it extracts. Mozilla's Readability
is a voice of its own process (`tests/quality/readability`), asked in batches.
"""

from __future__ import annotations

import functools
import logging
import warnings
from collections.abc import Callable, Mapping

import trafilatura
from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning
from lxml import html as lxml_html
from readability import Document

Voice = Callable[[str], str]


def trafilatura_text(page: str) -> str:
    """Trafilatura's main text as users get it: default settings."""
    return trafilatura.extract(page) or ""


def readability_lxml_text(page: str) -> str:
    """The text of readability-lxml's summary."""
    summary = Document(page).summary()
    return str(lxml_html.fromstring(summary).text_content())


def soup_lxml_text(page: str) -> str:
    """All text as beautifulsoup4 with lxml sees it."""
    return _soup_text(page, "lxml")


def soup_html_parser_text(page: str) -> str:
    """All text as beautifulsoup4 with Python's own parser sees it."""
    return _soup_text(page, "html.parser")


VOICES: Mapping[str, Voice] = {
    "trafilatura": trafilatura_text,
    "readability-lxml": readability_lxml_text,
    "soup-lxml": soup_lxml_text,
    "soup-html.parser": soup_html_parser_text,
}


def purity_faults(original: str, woven: str, voices: Mapping[str, Voice] = VOICES) -> list[str]:
    """Names of the voices that read another text than before; empty when none does."""
    if original == woven:
        return []
    return [
        name
        for name, voice in voices.items()
        if _remembered(voice, original) != _heard(voice, woven)
    ]


@functools.lru_cache(maxsize=8)  # the voices of one page, which several weavers weave in turn
def _remembered(voice: Voice, page: str) -> str:
    return _heard(voice, page)


def _heard(voice: Voice, page: str) -> str:
    # Some voices refuse some pages (empty ones, say): then they must refuse both, and what
    # they log about it is no finding of ours.
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        return voice(page)
    except Exception as refusal:
        return f"refused: {type(refusal).__name__}"
    finally:
        logging.disable(before)


def _soup_text(page: str, parser: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        return BeautifulSoup(page, parser).get_text()
