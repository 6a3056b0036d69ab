"""Whom a slot asks for an ad: the adapters' settings, for the site and for a placement.

`[demand.X]` in `site.toml` is an adapter's home; a placement may say what differs for it. Texts
that are templates hold `{words}` which the browser fills in. Knows nothing of how an adapter
works.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictInt, StrictStr
from pydantic.json_schema import WithJsonSchema

from adweave.placements.base import Model
from adweave.placements.values import AdSizes, hint, kind_of, nearest, one_of, refusal

ADAPTERS = ("house", "gpt", "prebid", "adsense", "iframe", "notice")
# These need settings; the others are there in every folder.
SET_UP = ("gpt", "prebid", "adsense", "iframe")

TEMPLATE_WORDS = (
    "placement",
    "n",
    "layout",
    "variant",
    "lang",
    "viewport",
    "host",
    "path",
    "width",
    "height",
    "tcf",
    "gpp",
    "consent",
    "random",
)
_BRACES = re.compile(r"\{([^{}]*)\}?|\}")
_CLIENT = re.compile(r"ca-(?:[a-z]+-)*pub-\d{10,20}", re.ASCII)
_BIDDER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)
_FEATURE = re.compile(r"[a-z][a-z-]*", re.ASCII)
_SANDBOX = (
    "allow-downloads",
    "allow-forms",
    "allow-modals",
    "allow-orientation-lock",
    "allow-pointer-lock",
    "allow-popups",
    "allow-popups-to-escape-sandbox",
    "allow-presentation",
    "allow-same-origin",
    "allow-scripts",
    "allow-storage-access-by-user-activation",
    "allow-top-navigation-by-user-activation",
)
# Values that are handed on as JSON: deeper is a mistake.
_DEEPEST = 12


def _template(text: str) -> str:
    for found in _BRACES.finditer(text):
        word = found[1]
        if word is None or not found[0].endswith("}"):
            raise refusal('has a brace without its partner; write "{placement}"', "bad-template")
        if word not in TEMPLATE_WORDS:
            guess = nearest(word, TEMPLATE_WORDS)
            meant = "" if guess is None else f'; did you mean "{{{guess}}}"?'
            known = ", ".join(f"{{{each}}}" for each in TEMPLATE_WORDS)
            raise refusal(
                f'has the unknown word "{{{word}}}"; words are {known}{meant}', "bad-template"
            )
    return text


def _ad_unit(text: str) -> str:
    if not text.startswith("/") or len(text.strip("/").split("/")) < 2:
        raise refusal(
            'is no ad unit path; write "/NETWORK/UNIT", such as "/1234567/news/{placement}"'
        )
    return _template(text)


def _address(text: str) -> str:
    is_path = text.startswith("/") and not text.startswith("//")
    if not is_path and not re.match(r"https://[^/\s?#{}]+", text):
        raise refusal(
            'is no address that a secure page may load; write "https://..." or a path of this '
            'site, "/..."'
        )
    if any(c.isspace() for c in text):
        raise refusal("has white space in it; an address has none")
    return text


def _address_template(text: str) -> str:
    return _template(_address(text))


def _client(text: str) -> str:
    if not _CLIENT.fullmatch(text):
        raise refusal('is no AdSense client; write yours, such as "ca-pub-1234567890123456"')
    return text


def _ad_slot(text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        raise refusal('is no AdSense ad slot; write its digits, such as "1234567890"')
    return text


def _bidder(text: str) -> str:
    if not _BIDDER.fullmatch(text):
        raise refusal('is no bidder\'s code; write it as Prebid does, such as "appnexus"')
    return text


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text, re.ASCII):
        raise refusal('is no currency; write its three capital letters, such as "EUR"')
    return text


def _sandbox(text: str) -> str:
    if text not in _SANDBOX:
        guess = hint(text, _SANDBOX)
        raise refusal(f"is no token of sandbox; tokens are {one_of(_SANDBOX)}{guess}")
    return text


def _feature(text: str) -> str:
    if not _FEATURE.fullmatch(text):
        raise refusal('is no feature of a permissions policy; write one such as "autoplay"')
    return text


def _json(value: object, depth: int = 0) -> object:
    """What JSON can say: TOML's dates, nan and inf are none."""
    if depth > _DEEPEST:
        raise refusal(f"is nested more than {_DEEPEST} deep")
    if isinstance(value, dict):
        return {key: _json(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_json(inner, depth + 1) for inner in value]
    is_real = not isinstance(value, float) or value - value == 0
    if isinstance(value, str | bool | int | float) and is_real:
        return value
    raise refusal(f"has {kind_of(value)} in it that JSON cannot say; write it as a text")


def _table(value: object) -> object:
    if not isinstance(value, dict):
        raise refusal(f"is {kind_of(value)}; write a table: {{ key = value }}", "wrong-type")
    return _json(value)


def _key_values(value: object) -> object:
    if not isinstance(value, dict):
        raise refusal(f'is {kind_of(value)}; write a table: {{ site = "news" }}', "wrong-type")
    listed: dict[str, tuple[str, ...]] = {}
    for key, texts in value.items():
        each = texts if isinstance(texts, list | tuple) else [texts]
        if not each or any(not isinstance(text, str) or not text for text in each):
            raise refusal(f'has no text for "{key}"; write a text, or texts in a list')
        listed[key] = tuple(each)
    return listed


_TABLE_SCHEMA = {"type": "object", "additionalProperties": True}
_KEY_VALUES_SCHEMA = {
    "type": "object",
    "additionalProperties": {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
        ]
    },
}

AdUnit = Annotated[StrictStr, AfterValidator(_ad_unit)]
Address = Annotated[StrictStr, AfterValidator(_address)]
AddressTemplate = Annotated[StrictStr, AfterValidator(_address_template)]
AdSlot = Annotated[StrictStr, AfterValidator(_ad_slot)]
KeyValues = Annotated[
    dict[str, tuple[str, ...]], BeforeValidator(_key_values), WithJsonSchema(_KEY_VALUES_SCHEMA)
]
Json = Annotated[dict[str, object], BeforeValidator(_table), WithJsonSchema(_TABLE_SCHEMA)]
Milliseconds = Annotated[StrictInt, Field(ge=50, le=60_000)]
Cpm = Annotated[float, Field(strict=True, ge=0, le=10_000)]
Ids = tuple[Annotated[StrictInt, Field(ge=1, le=100_000)], ...]
Purposes = tuple[Annotated[StrictInt, Field(ge=1, le=11)], ...]

_VENDORS = "Ids of the vendors in the IAB's Global Vendor List whose consent it needs."
_PURPOSES = "Purposes of the IAB's TCF that must be allowed before it is asked."
_TIMEOUT = "Its own limit in ms; without it, that of `[demand]`."


class Bid(Model):
    """What one bidder is told: an entry of `bids`."""

    bidder: Annotated[StrictStr, AfterValidator(_bidder)] = Field(
        description="The bidder's code in Prebid."
    )
    params: Json = Field(
        default_factory=dict, description="Its parameters; texts in it are templates."
    )
    sizes: AdSizes | None = Field(
        default=None, description="It is asked only for slots that take one of these sizes."
    )


class Gpt(Model):
    """`[demand.gpt]`: Google Ad Manager, by the Google Publisher Tag."""

    unit: AdUnit = Field(description='Ad unit path, a template: `"/1234567/news/{placement}"`.')
    src: Address = Field(
        default="https://securepubads.g.doubleclick.net/tag/js/gpt.js",
        description="Address of the tag's script.",
    )
    timeout_ms: Milliseconds | None = Field(default=None, description=_TIMEOUT)
    targeting: KeyValues = Field(
        default_factory=dict, description="Key-values of the page: a text or a list of texts each."
    )
    single_request: StrictBool = Field(
        default=False, description="One request for all slots that are due at once."
    )
    limited_ads: StrictBool = Field(
        default=False,
        description="Ask for limited ads, which use no cookies, where consent is refused.",
    )
    vendors: Ids = Field(default=(755,), description=_VENDORS)
    purposes: Purposes = Field(default=(1, 2, 7, 9, 10), description=_PURPOSES)


class Prebid(Model):
    """`[demand.prebid]`: header bidding by the site's own build of Prebid.js."""

    src: Address = Field(description='Address of the site\'s build of Prebid.js: `"/prebid.js"`.')
    timeout_ms: Milliseconds | None = Field(default=None, description=_TIMEOUT)
    config: Json = Field(
        default_factory=dict, description="What goes into `pbjs.setConfig`, as it is."
    )
    floor: Cpm = Field(default=0.0, description="Bids under this CPM are no fill.")
    currency: Annotated[StrictStr, AfterValidator(_currency)] = Field(
        default="USD", description="Currency of floors, as in ISO 4217."
    )
    hand_over: StrictBool = Field(
        default=False,
        description="`true`: bids are not shown by themselves; they reach `gpt`, which comes after "
        "`prebid` in `fill`, as Prebid's key-values, and Google Ad Manager decides.",
    )
    bids: tuple[Bid, ...] = Field(
        default=(), description="Bidders of every placement that names none of its own."
    )
    vendors: Ids = Field(default=(), description=_VENDORS)
    purposes: Purposes = Field(default=(1, 2, 7), description=_PURPOSES)


class AdSense(Model):
    """`[demand.adsense]`: Google AdSense."""

    client: Annotated[StrictStr, AfterValidator(_client)] = Field(
        description='The account: `"ca-pub-1234567890123456"`.'
    )
    slot: AdSlot | None = Field(
        default=None, description="The ad slot of placements that name none of their own."
    )
    src: Address = Field(
        default="https://pagead2.googlesyndication.com/pagead/js/adsbygoogle.js",
        description="Address of the script.",
    )
    test: StrictBool = Field(default=False, description="`true`: ask for test ads.")
    timeout_ms: Milliseconds | None = Field(default=None, description=_TIMEOUT)
    vendors: Ids = Field(default=(755,), description=_VENDORS)
    purposes: Purposes = Field(default=(1, 2, 7, 9, 10), description=_PURPOSES)


class Iframe(Model):
    """`[demand.iframe]`: any ad server that answers with a page of its own."""

    url: AddressTemplate = Field(
        description="Address of the ad, a template: "
        '`"https://ads.example/serve?p={placement}&w={width}&h={height}"`.'
    )
    sandbox: tuple[Annotated[StrictStr, AfterValidator(_sandbox)], ...] = Field(
        default=("allow-scripts", "allow-popups", "allow-popups-to-escape-sandbox"),
        description="What the frame may do, as in HTML's `sandbox`.",
    )
    allow: tuple[Annotated[StrictStr, AfterValidator(_feature)], ...] = Field(
        default=(), description="Features of the permissions policy that the frame may use."
    )
    timeout_ms: Milliseconds | None = Field(default=None, description=_TIMEOUT)
    vendors: Ids = Field(default=(), description=_VENDORS)
    purposes: Purposes = Field(default=(), description=_PURPOSES)


class Demand(Model):
    """`[demand]`: whom slots may ask. An adapter without its table can't be asked."""

    timeout_ms: Milliseconds = Field(
        default=1500, description="An adapter that is silent for so long did not fill, in ms."
    )
    parallel: Annotated[StrictInt, Field(ge=1, le=32)] = Field(
        default=4, description="So many slots of a page ask at a time."
    )
    gpt: Gpt | None = Field(default=None, description="Google Ad Manager.")
    prebid: Prebid | None = Field(default=None, description="Prebid.js.")
    adsense: AdSense | None = Field(default=None, description="Google AdSense.")
    iframe: Iframe | None = Field(default=None, description="An ad server's own page.")

    def knows(self, adapter: str) -> bool:
        """Whether an adapter can be asked as the site is set up."""
        return adapter not in SET_UP or getattr(self, adapter) is not None


class PlacementGpt(Model):
    """`gpt` of a placement: what differs from `[demand.gpt]`."""

    unit: AdUnit | None = Field(default=None, description="Its ad unit path, a template.")
    targeting: KeyValues = Field(default_factory=dict, description="Key-values of its slots.")


class PlacementPrebid(Model):
    """`prebid` of a placement: what differs from `[demand.prebid]`."""

    bids: tuple[Bid, ...] = Field(default=(), description="Its bidders, instead of the site's.")
    floor: Cpm | None = Field(default=None, description="Its lowest CPM.")


class PlacementAdSense(Model):
    """`adsense` of a placement: what differs from `[demand.adsense]`."""

    slot: AdSlot = Field(description="Its ad slot.")


class PlacementIframe(Model):
    """`iframe` of a placement: what differs from `[demand.iframe]`."""

    url: AddressTemplate = Field(description="Its address, a template.")


class Refresh(Model):
    """`refresh` of a placement: a new ad after a while in view."""

    every: Annotated[StrictStr, Field(pattern=r"^\d+s$")] = Field(
        description='So long in view before the next: `"60s"`. Under `"30s"` Google and others '
        "take for invalid traffic."
    )
    max: Annotated[StrictInt, Field(ge=1, le=1_000)] | None = Field(
        default=None, description="At most so many times a page view."
    )

    @property
    def seconds(self) -> int:
        """`every` as a number of seconds."""
        return int(self.every.removesuffix("s"))


def _refresh(value: object) -> object:
    if value is None or isinstance(value, Refresh):
        return value
    if value == "off":
        return None
    every = value.get("every") if isinstance(value, dict) else value
    if isinstance(value, dict) and "every" not in value:
        return value
    if not isinstance(every, str):
        number = f"{every:g}s" if type(every) in (int, float) else "60s"
        raise refusal(
            f'is {kind_of(every)}; write a time in seconds: "{number}"'
            if not isinstance(every, int | float) or isinstance(every, bool)
            else f'has no unit; write "{number}"',
            "wrong-type",
        )
    match = re.fullmatch(r"\s*(\d{1,5})\s*(s|sec|seconds|m|min|minutes)\s*", every, re.ASCII)
    if match is None or int(match[1]) == 0:
        raise refusal('is no time; write seconds, such as "60s", or "off"')
    if match[2] != "s":
        factor = 60 if match[2].startswith("m") else 1
        raise refusal(f'is not in seconds; write "{int(match[1]) * factor}s"')
    rest = {k: v for k, v in value.items() if k != "every"} if isinstance(value, dict) else {}
    return {"every": f"{match[1]}s", **rest}


RefreshOrOff = Annotated[Refresh | None, BeforeValidator(_refresh)]
"""`"60s"`, `{ every = "60s", max = 5 }`, or `"off"`."""

LabelStyle = Literal["above", "below"]
