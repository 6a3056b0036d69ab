"""Whatever stands behind any key, a load ends with a site or with sentences; it never raises."""

from __future__ import annotations

import pytest

from adweave.placements import (
    demand,
    experiments,
    labels,
    layouts,
    load,
    outcomes,
    partaking,
    political,
    schedule,
    settings,
    target,
)
from adweave.placements.base import Model
from adweave.placements.schemas import tables_in

VALUES = (
    "1", "-1", "1.5", "nan", "inf", "-inf", "true", '""', '" "', '"text"', '"\\u0000"', "[]", "[1]",
    '["a"]', '["!a"]', "[[1, 2]]", "[[300, 250]]", "{}", "{ a = 1 }", '{ a = "b" }', "{ a = [] }",
    '{ en = ["x"] }', "[{}]", "[{ a = 1 }]", "2026-03-01", "2026-03-01T06:00:00Z", "06:00:00",
    "9999-12-31", "99999999999999999999", '"9999999999999999999999px"',
    "{ mobile = 1, desktop = [] }", "{ every = 1 }", '{ every = "60s" }', '"{"', '"::"', '"*"',
    '"**"', '"/**"', '"https://a.org"',
)  # fmt: skip

# Where each table stands: what comes before a key of it, and its keys.
SLOT = '[[placement]]\nname = "a"\nkind = "inline"\nsizes = [[300, 250]]\n'
PREBID = '[demand.prebid]\nsrc = "/p.js"\n'
TABLES = [
    ("site.toml", "", settings.Settings),
    ("site.toml", "[consent]\n", settings.Consent),
    ("site.toml", "[[consent.region]]\n", settings.Region),
    ("site.toml", "[demand]\n", demand.Demand),
    ("site.toml", "[demand.gpt]\n", demand.Gpt),
    ("site.toml", "[demand.prebid]\n", demand.Prebid),
    ("site.toml", PREBID + "[[demand.prebid.bids]]\n", demand.Bid),
    ("site.toml", "[demand.adsense]\n", demand.AdSense),
    ("site.toml", "[demand.iframe]\n", demand.Iframe),
    ("site.toml", "[targeting]\n", target.Targeting),
    ("site.toml", "[members]\n", target.Members),
    ("site.toml", "[safety]\n", target.Safety),
    ("site.toml", "[limits]\n", settings.Limits),
    ("site.toml", "[events]\n", settings.Events),
    ("site.toml", "[experiments]\n", partaking.Experiments),
    ("layouts/article.toml", "", layouts.Layout),
    ("layouts/article.toml", SLOT + "[target]\n", target.Target),
    ("layouts/article.toml", SLOT + "[schedule]\n", schedule.Schedule),
    ("layouts/article.toml", SLOT, layouts.Placement),
    ("layouts/article.toml", SLOT + "[placement.target]\n", target.PlacementTarget),
    ("layouts/article.toml", SLOT + "[placement.schedule]\n", schedule.Schedule),
    ("layouts/article.toml", SLOT + "[placement.refresh]\n", demand.Refresh),
    ("layouts/article.toml", SLOT + "[placement.gpt]\n", demand.PlacementGpt),
    ("layouts/article.toml", SLOT + "[placement.prebid]\n", demand.PlacementPrebid),
    ("layouts/article.toml", SLOT + "[placement.adsense]\n", demand.PlacementAdSense),
    ("layouts/article.toml", SLOT + "[placement.iframe]\n", demand.PlacementIframe),
    ("layouts/article.toml", SLOT + "[placement.political]\n", political.Political),
    ("experiments/test.toml", "", experiments.Experiment),
    ("experiments/test.toml", "[[variant]]\n", experiments.Variant),
    ("experiments/test.toml", "[[guardrail]]\n", outcomes.Guardrail),
    ("experiments/test.toml", "[[metric]]\n", outcomes.OwnMetric),
    ("experiments/test.toml", "[namespace]\n", partaking.Namespace),
    ("experiments/test.toml", "[[ramp]]\n", partaking.RampStep),
    ("labels/en.toml", "", labels.LabelOverride),
]


@pytest.mark.parametrize(
    ("file", "before", "table"), TABLES, ids=[table.__name__ for _, _, table in TABLES]
)
def test_no_value_behind_any_key_makes_a_load_raise(write, file, before, table):
    folder = write({})
    (folder / file).parent.mkdir(exist_ok=True)
    keys = [key for key in table.model_fields if f"\n{key} =" not in f"\n{before}"]
    written = [f"{key} = {value}\n" for key in keys for value in VALUES[:: len(keys)]]
    written += ["".join(f"{key} = {value}\n" for key in keys) for value in VALUES]
    for text in written:
        (folder / file).write_text(before + text, encoding="utf-8")
        loaded = load(folder)
        assert (loaded.site is None) == bool(loaded.errors)
        assert all(str(problem) for problem in loaded.problems)
    assert len(written) > len(VALUES)


def test_every_table_of_the_folder_is_among_them():
    tried = {table for _, _, table in TABLES}
    files = (settings.Settings, layouts.Layout, experiments.Experiment, labels.LabelOverride)
    every = {each for file in files for each in tables_in(file) if issubclass(each, Model)}
    assert every == tried
