"""The one exception of the page engine: a typed reason to leave a page as it is."""

from __future__ import annotations

# Every reason, with the sentence that documentation and `explain` show for it.
REASONS: dict[str, str] = {
    "charset": "the page's character encoding is not known for sure",
    "cut": "the page's end is missing",
    "xml": "the page is served as XML, where other parsing rules hold",
    "too-complex": "the page's markup is too deep or too tangled to be worth the time",
}


class PageDoubt(Exception):
    """The engine will not say anything about this page; it is passed as it came.

    `reason` is a key of `REASONS`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason
