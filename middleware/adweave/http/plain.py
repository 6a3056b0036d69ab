"""Small answers of our own, in plain text."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING

from .fields import Field

if TYPE_CHECKING:
    from starlette.types import Send


async def say(send: Send, code: int, sentence: str, *more: Field) -> None:
    """Answer with a status and a sentence that says why; nobody is to keep it.

    A `Cache-Control` among `more` fields takes the place of `no-store`.
    """
    body = f"{sentence}\n".encode()
    fields = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"x-content-type-options", b"nosniff"),
        (b"date", formatdate(usegmt=True).encode("ascii")),
        *more,
    ]
    if all(name != b"cache-control" for name, _ in more):
        fields.append((b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": code, "headers": fields})
    await send({"type": "http.response.body", "body": body})
