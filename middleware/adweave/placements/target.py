"""What a layout or placement may be aimed at: the tables behind `target`, and the site's own.

Every list is read alike: an entry takes in, an entry with `!` before it takes out again, and a
list of such alone takes in all else. Texts are compared without regard to case. Conditions of
one table must hold together. There are no regular expressions. Knows nothing of requests and
pages; `targeting` compares.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictStr, model_validator
from pydantic.json_schema import WithJsonSchema

from adweave.placements.base import (
    FieldName,
    Model,
    TextList,
    is_language_tag,
    is_token,
)
from adweave.placements.globs import glob_fault
from adweave.placements.selectors import Selector
from adweave.placements.values import AnyDistance, kind_of, refusal

_HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
# True: it is there. False: it is not. Texts: it is there and has one of these values.
Wanted = bool | tuple[str, ...]


def _bare(entry: str) -> str:
    return entry.removeprefix("!")


def _host(entry: str) -> str:
    bare = _bare(entry)
    if "://" in bare or "/" in bare:
        name = bare.partition("://")[2] or bare
        host = name.partition("/")[0].casefold()
        raise refusal(f'is an address; write the host only: "{host}"', "bad-host")
    if ":" in bare:
        raise refusal(
            f'has a port; a host is compared without: write "{bare.partition(":")[0]}"', "bad-host"
        )
    if not _HOST.fullmatch(bare.casefold()):
        raise refusal(
            'is no host; write one such as "www.example.org" or "*.example.org"', "bad-host"
        )
    return entry.casefold()


def _language(entry: str) -> str:
    if not is_language_tag(_bare(entry)):
        raise refusal('is no language tag; write one like "en", "pt-BR" or "zh-Hant"')
    return entry.casefold()


def _country(entry: str) -> str:
    if not _COUNTRY.fullmatch(entry):
        right = entry.upper()
        hint = f': write "{right}"' if _COUNTRY.fullmatch(right) else ', such as "TR" or "DE"'
        raise refusal(f"is no country; a country is its two capital letters (ISO 3166-1){hint}")
    return entry


def _country_or_not(entry: str) -> str:
    _country(_bare(entry))
    return entry


def _path(entry: str) -> str:
    fault = glob_fault(entry)
    if fault is not None:
        raise refusal(fault, "bad-glob")
    return entry


def _listed(value: object) -> object:
    if isinstance(value, str):
        raise refusal(f'is a text; write a list: ["{value}"]', "wrong-type")
    return value


def _wanted(name: str, value: object) -> Wanted:
    if isinstance(value, bool):
        return value
    texts = value if isinstance(value, list | tuple) else [value]
    if not texts:
        raise refusal(f'has no value for "{name}"; write true, false, a text or a list of texts')
    for text in texts:
        if not isinstance(text, str):
            raise refusal(
                f'has {kind_of(text)} for "{name}"; write true (is there), false (is not), a text '
                "or a list of texts",
                "wrong-type",
            )
    return tuple(texts)


def _conditions(what: str, *, is_named: bool) -> BeforeValidator:
    def read(value: object) -> object:
        if not isinstance(value, dict):
            raise refusal(f"is {kind_of(value)}; write a table: {{ {what} = true }}", "wrong-type")
        for name in value:
            if is_named and not is_token(name):
                raise refusal(f'has "{name}", which is no name of a {what}', "bad-name")
        return {name: _wanted(name, wanted) for name, wanted in value.items()}

    return BeforeValidator(read)


_WANTED_SCHEMA = {
    "type": "object",
    "additionalProperties": {
        "anyOf": [
            {"type": "boolean"},
            {"type": "string"},
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
        ]
    },
}


def _words(value: object) -> object:
    if not isinstance(value, dict):
        raise refusal(
            f'is {kind_of(value)}; write the words by language: {{ en = ["killed"] }}', "wrong-type"
        )
    for tag, words in value.items():
        if tag != "any" and not is_language_tag(tag):
            raise refusal(f'has "{tag}", which is no language tag; "any" is for all languages')
        if not isinstance(words, list | tuple) or not all(
            isinstance(word, str) and word.strip() for word in words
        ):
            raise refusal(f'needs a list of words for "{tag}", such as ["killed", "plane crash"]')
    return {tag.casefold(): tuple(words) for tag, words in value.items()}


_WORDS_SCHEMA = {
    "type": "object",
    "additionalProperties": {"type": "array", "items": {"type": "string", "minLength": 1}},
}

Hosts = Annotated[tuple[Annotated[StrictStr, AfterValidator(_host)], ...], BeforeValidator(_listed)]
Languages = Annotated[
    tuple[Annotated[StrictStr, AfterValidator(_language)], ...], BeforeValidator(_listed)
]
Countries = Annotated[
    tuple[Annotated[StrictStr, AfterValidator(_country_or_not)], ...], BeforeValidator(_listed)
]
"""Countries that are taken in, and with `!` before them, taken out again."""
PlainCountries = Annotated[
    tuple[Annotated[StrictStr, AfterValidator(_country)], ...], BeforeValidator(_listed)
]
"""Countries, none of which is taken out."""
Paths = Annotated[tuple[Annotated[StrictStr, AfterValidator(_path)], ...], BeforeValidator(_listed)]
Cookies = Annotated[
    dict[str, Wanted], _conditions("cookie", is_named=True), WithJsonSchema(_WANTED_SCHEMA)
]
Headers = Annotated[
    dict[str, Wanted], _conditions("header", is_named=True), WithJsonSchema(_WANTED_SCHEMA)
]
Metas = Annotated[
    dict[str, Wanted], _conditions("meta", is_named=False), WithJsonSchema(_WANTED_SCHEMA)
]
Words = Annotated[
    dict[str, tuple[str, ...]], BeforeValidator(_words), WithJsonSchema(_WORDS_SCHEMA)
]

_CONDITION = (
    "`true`: it is there, `false`: it is not, a text or a list of texts: it has one of these values"
)


class Target(Model):
    """`target` of a layout: which requests and pages it is for, beyond `pages`."""

    hosts: Hosts = Field(
        default=(),
        description='Hosts of the site: `"www.example.org"`; `"*.example.org"` is all below one.',
    )
    devices: Annotated[tuple[Literal["mobile", "desktop"], ...], BeforeValidator(_listed)] = Field(
        default=(),
        description="Kinds of device, told by the request: by `Sec-CH-UA-Mobile`, else by the "
        "User-Agent, or by `device_header` of `site.toml`. A tablet is what its browser says it "
        "is. What only depends on the window's width needs no target: use `sizes`.",
    )
    countries: Countries = Field(
        default=(),
        description='Countries as ISO 3166-1 letters, `["TR", "DE"]` or `["!US"]`, told by '
        "`country_header` of `site.toml`. A request that does not tell is in no country.",
    )
    cookies: Cookies = Field(
        default_factory=dict,
        description=f"Cookies by name. {_CONDITION}. Shared caches are shut out.",
    )
    headers: Headers = Field(
        default_factory=dict, description=f"Fields of the request by name. {_CONDITION}."
    )
    members: Literal["no", "only", "also"] | None = Field(
        default=None,
        description="Whether readers whom `[members]` of `site.toml` knows get it: `no`, `only` "
        "they, or they `also`. Without it, ads are not for members and notices are; a layout is "
        "also for them, as it may have both.",
    )
    languages: Languages = Field(
        default=(),
        description='Languages of the article: `"en"` takes in `"en-GB"`, `"!en"` takes it out.',
    )
    sections: TextList = Field(
        default=(),
        description="Sections by the page's own metadata (JSON-LD, Open Graph, `<meta>`).",
    )
    tags: TextList = Field(
        default=(), description="Tags or keywords by the page's metadata; one of them is enough."
    )
    min_length: AnyDistance | None = Field(
        default=None, description="Only for articles that are so long."
    )
    max_length: AnyDistance | None = Field(
        default=None, description="Only for articles that are no longer."
    )

    @model_validator(mode="after")
    def _has_a_length(self) -> Target:
        low, high = self.min_length, self.max_length
        both = low is not None and high is not None and low.unit == high.unit
        if both and low is not None and high is not None and low.value > high.value:
            raise refusal(
                f'fits no article: min_length = "{low}" is more than max_length = "{high}"', "never"
            )
        return self


class PlacementTarget(Target):
    """`target` of a placement: which of its layout's requests and pages it is for."""

    pages: Paths = Field(
        default=(), description="Paths, as in the layout's `pages`, which must hold too."
    )


class Targeting(Model):
    """`[targeting]`: where what is known of a request comes from."""

    country_header: FieldName | None = Field(
        default=None,
        description="The request's field with the country's two letters, which a CDN sets: "
        '`"CF-IPCountry"`, `"CloudFront-Viewer-Country"`. Whoever can reach adweave past the CDN '
        "can set it, too.",
    )
    device_header: FieldName | None = Field(
        default=None,
        description="The request's field that tells the device: `mobile`, `phone`, `true`, `1` or "
        "`?1` in it is a mobile one. Better for shared caches than the User-Agent.",
    )
    shared_caches: Literal["private", "vary"] = Field(
        default="private",
        description="Answers that depend on a cookie or on membership: `private` keeps them out "
        "of all shared caches. `vary` only says `Vary`, for a cache of which you know that it "
        "heeds it; most CDNs do not.",
    )


class Members(Model):
    """`[members]`: how readers who pay are known. One sign is enough; they see no ads."""

    selector: Selector | None = Field(
        default=None,
        description="CSS selector of an element that only members' pages have.",
    )
    cookies: Cookies = Field(default_factory=dict, description=f"Cookies by name. {_CONDITION}.")
    headers: Headers = Field(
        default_factory=dict, description=f"Fields of the request by name. {_CONDITION}."
    )


class Safety(Model):
    """`[safety]`: articles beside which no ad is to stand. One sign is enough."""

    sections: TextList = Field(default=(), description="Sections by the page's metadata.")
    tags: TextList = Field(default=(), description="Tags or keywords by the page's metadata.")
    meta: Metas = Field(
        default_factory=dict,
        description=f"`<meta>` elements by `name` or `property`. {_CONDITION}.",
    )
    words: Words = Field(
        default_factory=dict,
        description='Words of the headline by the article\'s language: `{ en = ["killed", "plane '
        'crash"], any = ["terror"] }`. Whole words, whatever their case; several in a row must '
        "stand in a row.",
    )
