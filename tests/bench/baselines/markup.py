"""The slot that the baselines insert."""

from __future__ import annotations

SLOT_ATTRIBUTES = {
    "data-placement": "inline",
    "data-label": "Advertisement",
    "lang": "en",
    "dir": "ltr",
}
SLOT = (
    "<ad-slot "
    + " ".join(f'{name}="{value}"' for name, value in SLOT_ATTRIBUTES.items())
    + "></ad-slot>"
)
