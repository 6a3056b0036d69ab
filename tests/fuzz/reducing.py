"""A failing page made small: what is left shows what makes it fail."""

from __future__ import annotations

from collections.abc import Callable

# Pages tried before a page is small enough as it is.
_TRIES = 3000


def reduced(
    body: bytes, content_type: str | None, is_bad: Callable[[bytes, str | None], bool]
) -> bytes:
    """A smaller page that is still bad, by dropping halves, quarters, ... down to bytes."""
    size = max(len(body) // 2, 1)
    tries = _TRIES
    while size and tries > 0:
        at = 0
        while at < len(body) and tries > 0:
            tries -= 1
            shorter = body[:at] + body[at + size :]
            if is_bad(shorter, content_type):
                body = shorter
            else:
                at += size
        size //= 2
    return body
