"""Links that show one variant of an experiment to a tester, without counting.

A page behind a shared cache is the same for everybody and holds no secret, so no script on it can
check a signature. The link therefore leads to a control path. There it is checked, and a cookie of
the site's own keeps what it asks for; the scripts of pages read that cookie, and send events that
say so. The cookie carries the signed text whole, so that whoever assigns on the server can check
it, too.

What the signature protects: nobody without the key can make a link that takes other readers out
of the experiment or shows them a variant of somebody's choice, and a link that is passed on ends.
What it cannot: readers may set the cookie in their own browser. That changes what they see
themselves, and leaves them out of the report, as blocking the loader would.

The signature is an HMAC (RFC 2104, SHA-256) with the key of pages' tokens. Pure: the time is told.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

QA_COOKIE: Final = "adweave-qa"
SESSION_S: Final = 3_600
"""A tester who opened the link sees the variant for so long, or until the link ends."""
_SIGNATURE_HEX: Final = 32  # 128 bits


class BadLink(Exception):
    """The text is no link of ours any more; `reason` is "forged" or "expired"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Forced:
    """What a link asks for. `until_s` is in seconds since 1970."""

    experiment: str
    variant: str
    until_s: int


def signed_link(key: bytes, forced: Forced) -> str:
    """The signed text: "EXPERIMENT.VARIANT.UNTIL.SIGNATURE"; names hold no dot."""
    text = f"{forced.experiment}.{forced.variant}.{forced.until_s}"
    return f"{text}.{_signature(key, text)}"


def forced_by(key: bytes, signed: str, now_s: float) -> Forced:
    """What a signed text asks for. Raises `BadLink`."""
    text, _, signature = signed.rpartition(".")
    parts = text.split(".")
    told = signature.encode("utf-8", "replace")
    if len(parts) != 3 or not hmac.compare_digest(told, _signature(key, text).encode("ascii")):
        raise BadLink("forged")
    forced = Forced(parts[0], parts[1], int(parts[2]))
    if forced.until_s <= now_s:
        raise BadLink("expired")
    return forced


def _signature(key: bytes, text: str) -> str:
    # Pages' tokens are made of generations, hexadecimal: no text of one is a text of the other.
    signed = f"qa link\n{text}".encode("utf-8", "surrogatepass")
    return hmac.new(key, signed, hashlib.sha256).hexdigest()[:_SIGNATURE_HEX]
