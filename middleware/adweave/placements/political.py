"""What a political ad has to say of itself in the Union, as far as a placement knows it.

Source: Regulation (EU) 2024/900 on the transparency and targeting of political advertising,
article 11(1): that it is one; who sponsors it and who controls the sponsor; which election,
referendum or legislative process it is about; whether it is targeted; where its transparency
notice is. Knows nothing of how a slot shows this.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StrictStr

from adweave.placements.base import Model
from adweave.placements.demand import Address
from adweave.placements.values import refusal

# All of them stand over an ad of 300 px, in four lines.
_LONGEST = 80


def _said(text: str) -> str:
    if not text.strip():
        raise refusal("is empty; write a text or take the line out")
    if len(text) > _LONGEST:
        raise refusal(
            f"has {len(text)} characters; at most {_LONGEST} find room over an ad: shorten it, "
            "the transparency notice has the rest"
        )
    return text


Said = Annotated[StrictStr, AfterValidator(_said)]


class Political(Model):
    """`political` of a placement: its ads are political ones, and say what the law asks for."""

    sponsor: Said = Field(description="On whose behalf the ads are shown.")
    controller: Said | None = Field(
        default=None, description="Who controls the sponsor in the end, if it is somebody else."
    )
    paid: Said | None = Field(default=None, description="Who paid, if not the sponsor.")
    process: Said | None = Field(
        default=None,
        description="The election, referendum or legislative process that they are about.",
    )
    targeting: Said | None = Field(
        default=None,
        description="That they are targeted and how; without it they must not be.",
    )
    notice: Address = Field(
        description="Address of the transparency notice; the label becomes a link to it."
    )
