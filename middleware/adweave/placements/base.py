"""What all tables of the folder are made of: the base of the models, names and texts.

Knows pydantic and nothing of what the tables mean.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StrictStr
from pydantic.json_schema import WithJsonSchema

from adweave.placements.values import kind_of, refusal

# Texts are shown in a box of an ad's width or a line below the article.
LONGEST_TEXT = 500


def _some_text(text: str) -> str:
    if not text.strip():
        raise refusal("is empty; write a text or take the line out")
    if len(text) > LONGEST_TEXT:
        raise refusal(f"has {len(text)} characters; at most {LONGEST_TEXT} are allowed")
    return text


def _plain_name(name: str) -> str:
    if not is_plain_name(name):
        raise refusal(
            "is not a plain name; use a to z, 0 to 9, - and _, a letter or digit first, "
            "at most 40 characters",
            "bad-name",
        )
    return name


def is_plain_name(name: str) -> bool:
    """Whether `name` may stand in markup, headers and reports as it is."""
    return (
        0 < len(name) <= 40
        and name.isascii()
        and name[0].isalnum()
        and all(c.islower() or c.isdigit() or c in "-_" for c in name)
    )


def is_language_tag(tag: str) -> bool:
    """Whether `tag` has the shape of a BCP 47 tag: a language, then parts of 1 to 8 characters.

    Languages have 2 or 3 letters: nothing is called by the longer ones that there is room for.
    """
    parts = tag.split("-")
    return (
        tag.isascii()
        and parts[0].isalpha()
        and 2 <= len(parts[0]) <= 3
        and all(part.isalnum() and len(part) <= 8 for part in parts)
    )


_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def is_token(name: str) -> bool:
    """Whether `name` can be the name of a header field or a cookie (RFC 9110, 5.6.2)."""
    return bool(name) and _TOKEN.issuperset(name)


def _field_name(name: str) -> str:
    if not is_token(name):
        raise refusal('is no name of a header field; write one such as "CF-IPCountry"', "bad-name")
    return name


def _as_list(value: object) -> object:
    if isinstance(value, str):
        raise refusal(f'is {kind_of(value)}; write a list, such as ["{value}"]', "wrong-type")
    return value


NAME_SCHEMA = {"type": "string", "pattern": r"^[a-z0-9][a-z0-9_-]{0,39}$"}

Name = Annotated[StrictStr, AfterValidator(_plain_name), WithJsonSchema(NAME_SCHEMA)]
"""A name that may stand in markup and reports."""
Text = Annotated[StrictStr, AfterValidator(_some_text)]
"""A text that says something, of bounded length."""
FieldName = Annotated[StrictStr, AfterValidator(_field_name)]
"""The name of a request's header field."""
TextList = Annotated[tuple[Text, ...], BeforeValidator(_as_list)]
"""Texts; one alone must stand in brackets, too."""


class Model(BaseModel):
    """What all tables of the folder have in common: frozen, and no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")
