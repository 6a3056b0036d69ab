"""What may stand in `labels/LANG.toml`: a site's own words."""

from __future__ import annotations

from pydantic import Field

from adweave.placements.base import Model, Text


class LabelOverride(Model):
    """`labels/LANG.toml`: the site's own words in one language. Missing keys stay built in."""

    label: Text | None = Field(default=None, description='What an ad is called: "Advertisement".')
    loading: Text | None = Field(default=None, description="Shown in a box that is still empty.")
    skip: Text | None = Field(default=None, description="Link past the ad for keyboard users.")
    report: Text | None = Field(default=None, description="Link to report an ad.")
    notice: Text | None = Field(default=None, description="The notice below the article.")
    close: Text | None = Field(default=None, description="Button that closes a sticky ad.")
    adsense: Text | None = Field(
        default=None,
        description="What an ad is called where AdSense is in the chain; its policies allow "
        '"Advertisements" and "Sponsored Links" alone.',
    )
    behalf: Text | None = Field(default=None, description="On whose behalf an ad is shown (DSA).")
    paid: Text | None = Field(default=None, description="Who paid for an ad (DSA).")
    political: Text | None = Field(default=None, description="That an ad is political (TTPA).")

    def texts(self) -> dict[str, str]:
        """The texts that are set, by key."""
        return {key: text for key, text in self if isinstance(text, str)}
