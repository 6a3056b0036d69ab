"""What a cache may rely on: an answer's decision follows from what it says it depends on.

A shared cache that keeps an answer gives it to every request with the same values of the fields
in `Vary`, until it is stale. So for any folder and any two requests to one address: if they
agree in what was consulted, and the first decision has not ended, they get the same.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from adweave.placements import Decision, Layout, Settings, Site

SITES = st.sampled_from(
    [
        {"targeting": {"country_header": "CF-IPCountry"}, "members": members}
        for members in (
            {},
            {"cookies": {"member": True}},
            {"headers": {"X-Plan": ["gold"]}},
            {"selector": ".member", "cookies": {"member": True}},
        )
    ]
)
FIELDS = ("cookie", "cf-ipcountry", "user-agent", "sec-ch-ua-mobile", "x-edition", "x-plan")

targets = st.fixed_dictionaries(
    {},
    optional={
        "hosts": st.sampled_from([["a.org"], ["*.org"], ["!a.org"]]),
        "devices": st.sampled_from([["mobile"], ["desktop"], ["mobile", "desktop"]]),
        "countries": st.sampled_from([["TR"], ["!TR"], ["DE", "TR"]]),
        "cookies": st.sampled_from([{"beta": True}, {"beta": False}, {"beta": "1", "x": True}]),
        "headers": st.sampled_from([{"X-Edition": ["eu"]}, {"x-edition": False}]),
        "members": st.sampled_from(["no", "only", "also"]),
        "languages": st.just(["tr"]),
    },
)
schedules = st.fixed_dictionaries(
    {"time_zone": st.sampled_from(["Europe/Istanbul", "Europe/Berlin"])},
    optional={
        "days": st.lists(st.sampled_from(["mon", "fri", "sun"]), min_size=1, unique=True),
        "hours": st.sampled_from([["06:00-22:00"], ["22:00-03:00"], ["02:00-02:30"]]),
    },
)
placements = st.builds(
    lambda number, kind, keys: {
        "name": f"p{number}",
        "kind": kind,
        **({} if kind == "notice" else {"sizes": [[300, 250]]}),
        **keys,
    },
    st.integers(0, 99),
    st.sampled_from(["inline", "notice"]),
    st.fixed_dictionaries(
        {},
        optional={
            "target": st.builds(
                lambda target, pages: {**target, **pages},
                targets,
                st.sampled_from([{}, {"pages": ["/a/**"]}]),
            ),
            "schedule": schedules,
        },
    ),
)
layouts = st.fixed_dictionaries(
    {
        "pages": st.sampled_from([["/**"], ["/a/**"], ["/**", "!/a/x"]]),
        "priority": st.integers(-2, 2),
        "placement": st.lists(placements, min_size=1, max_size=3, unique_by=lambda p: p["name"]),
    },
    optional={"target": targets, "schedule": schedules},
)
fields = st.fixed_dictionaries(
    {},
    optional={
        "cookie": st.sampled_from(["beta=1", "beta=2; x=y", "member=1", "other=1", ""]),
        "cf-ipcountry": st.sampled_from(["TR", "DE", "US"]),
        "user-agent": st.sampled_from(["A Mobile B", "A B"]),
        "sec-ch-ua-mobile": st.sampled_from(["?0", "?1"]),
        "x-edition": st.sampled_from(["eu", "us"]),
        "x-plan": st.sampled_from(["gold", "free"]),
    },
)
seconds = st.floats(1_790_000_000, 1_800_000_000)


def site_of(keys: dict, found: list[dict]) -> Site:
    named = {f"l{number}": each for number, each in enumerate(found)}
    return Site(
        generation="0123456789ab",
        settings=Settings.model_validate(keys),
        layouts={
            name: Layout.model_validate({"name": name, **each}) for name, each in named.items()
        },
        experiments={},
        creatives=(),
        label_overrides={},
    )


def decided(site: Site, path: str, host: str, values: dict[str, str], now: float) -> Decision:
    pairs = [(name.encode(), value.encode()) for name, value in values.items()]
    return site.decide(path, host=host, fields=pairs, now=now)


def outcome(decision: Decision) -> tuple[object, ...]:
    names = tuple(each.layout.name for each in decision.deliveries)
    return names, decision.reason, decision.off, decision.is_member


@settings(max_examples=400, deadline=None)
@given(
    SITES,
    st.lists(layouts, min_size=1, max_size=4),
    st.sampled_from(["/", "/a", "/a/x"]),
    st.sampled_from(["a.org", "b.org", "c.net"]),
    fields,
    fields,
    seconds,
    st.floats(0, 1),
)
def test_a_decision_follows_from_the_address_what_was_consulted_and_the_time(
    keys, found, path, host, first, other, now, share
):
    site = site_of(keys, found)
    one = decided(site, path, host, first, now)
    again = decided(site, path, host, other, now)
    assert one.consulted == again.consulted
    assert one.is_private == again.is_private
    assert set(one.consulted) <= set(FIELDS)
    # What one answer was kept for, another request may be given.
    merged = {**other, **{name: first[name] for name in one.consulted if name in first}}
    for name in one.consulted:
        if name not in first:
            merged.pop(name, None)
    later = now + share * min(3_000_000.0, (one.until or now + 3_000_000.0) - now - 0.001)
    kept = decided(site, path, host, merged, later)
    assert outcome(kept) == outcome(one)
    assert kept.key == one.key


@settings(max_examples=200, deadline=None)
@given(
    SITES,
    st.lists(layouts, min_size=1, max_size=4),
    st.sampled_from(["/", "/a", "/a/x"]),
    fields,
    fields,
    seconds,
)
def test_two_outcomes_never_share_a_key(keys, found, path, first, other, now):
    site = site_of(keys, found)
    one = decided(site, path, "a.org", first, now)
    another = decided(site, path, "a.org", other, now)
    if outcome(one) != outcome(another):
        assert one.key != another.key
