"""What may stand in `site.toml`: the models of the site-wide settings.

Whom slots may ask (`demand`) and what is known of requests, readers and articles (`target`) have
modules of their own. Knows nothing of layouts.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr, field_validator

from adweave.placements.base import Model, Name, Text, is_language_tag
from adweave.placements.demand import Demand
from adweave.placements.partaking import Experiments
from adweave.placements.schedule import Zone
from adweave.placements.target import Members, PlainCountries, Safety, Targeting
from adweave.placements.values import refusal

# Where the answer to "may this be done" comes from.
Signal = Literal["auto", "tcf", "gpp", "gpc", "none"]


class Region(Model):
    """`[[consent.region]]`: what is required of readers of some countries."""

    name: Name = Field(description="Its name, for people.")
    countries: PlainCountries = Field(
        description='Countries as ISO 3166-1 letters, told by `country_header`: `["DE", "FR"]`.'
    )
    require: Signal = Field(description="What they must have answered; as `require` of the site.")


class Consent(Model):
    """`[consent]`: what may be kept in the reader's browser."""

    visitor_id: Literal["never", "assumed", "tcf"] = Field(
        default="tcf",
        description="A first-party id for experiments: `never`; `assumed`, made because "
        "the site has consent by other means; `tcf`, made only after purpose 1 of the IAB's TCF "
        "was agreed to. Global Privacy Control overrides all three.",
    )
    require: Signal = Field(
        default="auto",
        description="What must have been agreed to before a vendor is asked: `tcf`, `gpp`, `gpc` "
        "(nothing, unless Global Privacy Control is sent), `none`, or `auto`: what the consent "
        "dialogue on the page says.",
    )
    wait_ms: Annotated[StrictInt, Field(ge=0, le=60_000)] = Field(
        default=1000,
        description="So long a consent dialogue's answer is waited for, in ms; then as if refused.",
    )
    region: tuple[Region, ...] = Field(
        default=(), description="Regions where something else is required."
    )

    @property
    def regions(self) -> tuple[Region, ...]:
        """The regions in the file's order."""
        return self.region


class Limits(Model):
    """`[limits]`: beyond these a page goes out as the upstream sent it."""

    max_body_bytes: Annotated[StrictInt, Field(ge=1_000, le=64_000_000)] = Field(
        default=4_000_000, description="Largest page that is woven, in bytes, decompressed."
    )
    deadline_ms: Annotated[StrictInt, Field(ge=1, le=60_000)] = Field(
        default=500, description="Longest time that making a page's plan may take, in ms."
    )
    upstream_timeout_s: Annotated[float, Field(strict=True, gt=0, le=3_600)] = Field(
        default=30.0,
        description="The gateway answers 504 when the upstream is silent for so long, in seconds.",
    )
    max_plans: Annotated[StrictInt, Field(ge=1, le=1_000_000)] = Field(
        default=10_000, description="So many pages' plans are kept in memory, per worker."
    )
    max_page_store_bytes: Annotated[StrictInt, Field(ge=0, le=16_000_000_000)] = Field(
        default=64_000_000,
        description="So many bytes of woven pages are kept in memory, per worker; 0 keeps none.",
    )


class Events(Model):
    """`[events]`: what the loader reports back."""

    enabled: StrictBool = Field(
        default=True, description="`false`: the loader sends nothing, and reports stay empty."
    )
    retention_days: Annotated[StrictInt, Field(ge=1, le=3_650)] = Field(
        default=90,
        description="Events are kept for so many days; the sums of each day stay for ever.",
    )
    max_disk_bytes: Annotated[StrictInt, Field(ge=1_000_000, le=100_000_000_000_000)] = Field(
        default=10_000_000_000,
        description="Events take so many bytes of the disk at most; the oldest days go before "
        "their time.",
    )
    rate_per_minute: Annotated[StrictInt, Field(ge=0, le=10_000_000)] = Field(
        default=3_000,
        description="So many batches a minute are taken from one address (IPv4, or the first 64 "
        "bits of IPv6), per worker; 0 sets no limit. An open page sends some 7.",
    )
    bots: tuple[Text, ...] = Field(
        default=(),
        description="Crawlers besides those that are known: pieces of their `User-Agent`, in any "
        'case: `["HeadlessChrome"]`.',
    )


class Settings(Model):
    """Site-wide settings: `site.toml`. Every key has a default; the file may be empty."""

    default_language: StrictStr = Field(
        default="en",
        description="Language of labels where neither the page nor its text tells, as a BCP 47 "
        'tag: "en", "pt-BR".',
    )
    time_zone: Zone = Field(
        default="UTC",
        description='Zone of schedules that name none, by its IANA name: `"Europe/Istanbul"`.',
    )
    consent: Consent = Field(default_factory=Consent, description="What may be stored.")
    demand: Demand = Field(default_factory=Demand, description="Whom slots may ask for an ad.")
    targeting: Targeting = Field(
        default_factory=Targeting, description="Where what is known of a request comes from."
    )
    members: Members = Field(default_factory=Members, description="Readers who see no ads.")
    safety: Safety = Field(
        default_factory=Safety, description="Articles beside which no ad is to stand."
    )
    limits: Limits = Field(default_factory=Limits, description="Limits that protect pages.")
    events: Events = Field(default_factory=Events, description="What is reported back.")
    experiments: Experiments = Field(
        default_factory=Experiments, description="What holds for all experiments."
    )

    @field_validator("default_language")
    @classmethod
    def _language_tag(cls, tag: str) -> str:
        if not is_language_tag(tag):
            raise refusal('is no language tag; write one like "en", "pt-BR" or "zh-Hant"')
        return tag
