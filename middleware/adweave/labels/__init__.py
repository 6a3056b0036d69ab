"""The language of an article's ads: which it is, and what they say in it.

In: what a page declares and a sample of the article's text; a site's own texts. Out: a
language tag with its direction, and the texts of slots and notices in it. Knows nothing of
HTML, HTTP or slots, and writes no markup: who puts a text into a page escapes it.
"""

from adweave.labels.choice import Language, choose_language, language_around
from adweave.labels.texts import KEYS, LANGUAGES, Texts, texts_for

__all__ = [
    "KEYS",
    "LANGUAGES",
    "Language",
    "Texts",
    "choose_language",
    "language_around",
    "texts_for",
]
