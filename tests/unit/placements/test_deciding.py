"""What a request gets before its page is read, and what that depends on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adweave.placements import Decision, Site, load

SLOT = '[[placement]]\nname = "inline"\nkind = "inline"\nsizes = [[300, 250]]\n'
PLAIN = f'pages = ["/**"]\n{SLOT}'
NOTICE = '[[placement]]\nname = "rules"\nkind = "notice"\n'


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def site_of(folder) -> Site:
    return load(folder).site_or_raise()


def aimed_at(write, target: str, site: str = "") -> Site:
    """A folder whose layout "special" has a target and goes before "article"."""
    text = f'pages = ["/**"]\npriority = 1\n{SLOT}[target]\n{target}\n'
    return site_of(write({"layouts/special.toml": text, "site.toml": site}))


def decided(site: Site, path: str = "/a", host: str = "", now: float = 0.0, **fields) -> Decision:
    pairs = [(k.replace("_", "-").encode(), v.encode()) for k, v in fields.items()]
    return site.decide(path, host=host, fields=pairs, now=now)


def layout_of(decision: Decision) -> str | None:
    return decision.delivery.layout.name if decision.delivery is not None else None


def test_without_conditions_the_path_alone_decides(write):
    site = site_of(write({}))
    decision = decided(site, cookie="a=b")
    assert layout_of(decision) == "article"
    assert (decision.key, decision.consulted, decision.until) == (b"", (), None)
    assert decided(site, cookie="c=d") is decision


def test_a_path_that_no_layout_wants(write):
    site = site_of(write({"layouts/article.toml": PLAIN.replace("/**", "/news/**")}))
    assert decided(site, "/about") == Decision((), "no-layout")


@pytest.mark.parametrize(
    ("target", "host", "is_special"),
    [
        ('hosts = ["www.example.org"]', "www.example.org", True),
        ('hosts = ["www.example.org"]', "WWW.Example.org.:8080", True),
        ('hosts = ["www.example.org"]', "example.org", False),
        ('hosts = ["*.example.org"]', "m.example.org", True),
        ('hosts = ["*.example.org"]', "a.m.example.org", True),
        ('hosts = ["*.example.org"]', "example.org", False),
        ('hosts = ["*.example.org"]', "badexample.org", False),
        ('hosts = ["!m.example.org"]', "m.example.org", False),
        ('hosts = ["!m.example.org"]', "www.example.org", True),
        ('hosts = ["*.example.org", "!m.example.org"]', "m.example.org", False),
        ('hosts = ["localhost"]', "[::1]:80", False),
    ],
)
def test_hosts(write, target, host, is_special):
    decision = decided(aimed_at(write, target), host=host)
    assert (layout_of(decision) == "special") == is_special
    assert decision.consulted == ()


PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/128.0 Mobile Safari/537.36"
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/128.0 Safari/537.36"


@pytest.mark.parametrize(
    ("fields", "is_mobile"),
    [
        ({"user_agent": PHONE}, True),
        ({"user_agent": LAPTOP}, False),
        ({"user_agent": LAPTOP, "sec_ch_ua_mobile": "?1"}, True),
        ({"user_agent": PHONE, "sec_ch_ua_mobile": "?0"}, False),
        ({}, False),
    ],
)
def test_devices_by_the_client_hint_and_else_the_user_agent(write, fields, is_mobile):
    decision = decided(aimed_at(write, 'devices = ["mobile"]'), **fields)
    assert (layout_of(decision) == "special") == is_mobile
    assert decision.consulted == ("sec-ch-ua-mobile", "user-agent")
    assert not decision.is_private


@pytest.mark.parametrize(
    ("told", "is_mobile"),
    [
        ("mobile", True),
        ("Phone", True),
        ("true", True),
        ("1", True),
        ("desktop", False),
        ("", False),
    ],
)
def test_a_device_header_takes_the_place_of_the_user_agent(write, told, is_mobile):
    site = aimed_at(
        write, 'devices = ["mobile"]', '[targeting]\ndevice_header = "CF-Device-Type"\n'
    )
    decision = decided(site, user_agent=PHONE, cf_device_type=told)
    assert (layout_of(decision) == "special") == is_mobile
    assert decision.consulted == ("cf-device-type",)


@pytest.mark.parametrize(
    ("countries", "country", "is_special"),
    [
        ('["TR", "DE"]', "TR", True),
        ('["TR", "DE"]', "tr", True),
        ('["TR", "DE"]', "US", False),
        ('["TR", "DE"]', "", False),
        ('["!US"]', "US", False),
        ('["!US"]', "DE", True),
        ('["!US"]', "", True),
    ],
)
def test_countries(write, countries, country, is_special):
    site = aimed_at(
        write, f"countries = {countries}", '[targeting]\ncountry_header = "CF-IPCountry"\n'
    )
    decision = decided(site, cf_ipcountry=country)
    assert (layout_of(decision) == "special") == is_special
    assert decision.consulted == ("cf-ipcountry",)


@pytest.mark.parametrize(
    ("wanted", "cookie", "is_special"),
    [
        ("true", "beta=", True),
        ("true", "alpha=1; beta=1", True),
        ("true", "alpha=beta", False),
        ("false", "alpha=1", True),
        ("false", "beta=1", False),
        ('"b"', "beta=b", True),
        ('"b"', 'beta="b"', True),
        ('"b"', "beta=bb", False),
        ('["a", "b"]', "beta=b", True),
        ('["a", "b"]', "beta=c", False),
        ('["a", "b"]', "", False),
        ('"b"', "beta=b; beta=c", True),
    ],
)
def test_cookies_by_presence_value_and_one_of_several(write, wanted, cookie, is_special):
    decision = decided(aimed_at(write, f"cookies = {{ beta = {wanted} }}"), cookie=cookie)
    assert (layout_of(decision) == "special") == is_special
    assert decision.consulted == ("cookie",)
    assert decision.is_private


def test_values_beyond_ascii_are_utf_8_or_else_bytes(write):
    site = aimed_at(write, 'cookies = { city = "İzmir" }')
    assert layout_of(decided(site, cookie="city=İzmir")) == "special"
    latin = site.decide("/a", fields=[(b"cookie", "city=\xcdzmir".encode("latin-1"))])
    assert layout_of(latin) == "article"


def test_a_header_is_consulted_and_may_be_kept_by_caches_that_heed_vary(write):
    site = aimed_at(write, 'headers = { X-Edition = ["eu", "uk"] }')
    assert layout_of(decided(site, x_edition="uk")) == "special"
    decision = decided(site, x_edition="us")
    assert layout_of(decision) == "article"
    assert decision.consulted == ("x-edition",)
    assert not decision.is_private


def test_all_conditions_of_a_target_must_hold(write):
    site = aimed_at(write, 'hosts = ["a.org"]\ncookies = { beta = true }')
    assert layout_of(decided(site, host="a.org", cookie="beta=1")) == "special"
    assert layout_of(decided(site, host="b.org", cookie="beta=1")) == "article"
    assert layout_of(decided(site, host="a.org")) == "article"


def test_keys_differ_where_outcomes_differ_and_only_there(write):
    site = aimed_at(write, "cookies = { beta = true }")
    one, same = decided(site, cookie="beta=1"), decided(site, cookie="other=2; beta=3")
    other = decided(site)
    assert one is same
    assert one.key != other.key
    assert b"" not in (one.key, other.key)


def test_what_is_consulted_is_the_same_for_every_request_to_a_path(write):
    """A cache reads Vary of what it has; it must not learn of a field too late."""
    site = aimed_at(
        write,
        'countries = ["TR"]\ncookies = { beta = true }\ndevices = ["mobile"]',
        '[targeting]\ncountry_header = "CF-IPCountry"\n',
    )
    asked = [
        decided(site),
        decided(site, cf_ipcountry="TR", cookie="beta=1", user_agent=PHONE),
        decided(site, cf_ipcountry="US", user_agent=LAPTOP),
    ]
    assert {decision.consulted for decision in asked} == {
        ("cf-ipcountry", "cookie", "sec-ch-ua-mobile", "user-agent")
    }
    assert all(decision.is_private for decision in asked)


def test_layouts_below_one_that_takes_everything_decide_nothing(write):
    site = site_of(
        write(
            {
                "layouts/article.toml": "priority = 1\n" + PLAIN,
                "layouts/late.toml": f"pages = ['/**']\n{SLOT}[target]\ncookies = {{ a = true }}\n",
            }
        )
    )
    assert decided(site, cookie="a=1").consulted == ()


def test_a_placement_of_its_own_target_is_left_out(write):
    second = SLOT.replace('"inline"', '"second"', 1)
    site = site_of(
        write(
            {
                "layouts/article.toml": PLAIN
                + second
                + 'target = { cookies = { beta = true }, pages = ["/news/**"] }\n'
            }
        )
    )
    assert decided(site, "/news/a", cookie="beta=1").off == frozenset()
    for decision in (decided(site, "/news/a"), decided(site, "/a", cookie="beta=1")):
        assert decision.off == {("article", "second")}
        assert layout_of(decision) == "article"


def test_where_all_of_a_layout_is_left_out_the_page_passes_unread(write):
    site = site_of(
        write({"layouts/article.toml": PLAIN + "target = { cookies = { beta = true } }\n"})
    )
    decision = decided(site)
    assert (decision.deliveries, decision.reason) == ((), "not-targeted")
    assert decision.consulted == ("cookie",)


# -- members -------------------------------------------------------------------------------

BY_COOKIE = "[members]\ncookies = { member = true }\n"


def test_members_see_no_ads_and_no_shared_cache_may_mix_them_up(write):
    site = site_of(write({"site.toml": BY_COOKIE}))
    member, reader = decided(site, cookie="member=1"), decided(site)
    assert (member.deliveries, member.reason) == ((), "member")
    assert layout_of(reader) == "article"
    for decision in (member, reader):
        assert decision.is_private
        assert decision.consulted == ("cookie",)
    assert member.key != reader.key


def test_members_still_get_notices(write):
    site = site_of(write({"site.toml": BY_COOKIE, "layouts/article.toml": PLAIN + NOTICE}))
    decision = decided(site, cookie="member=1")
    assert layout_of(decision) == "article"
    assert decision.off == {("article", "inline")}
    assert decision.is_member


def test_members_by_a_header(write):
    site = site_of(write({"site.toml": '[members]\nheaders = { X-Plan = ["gold", "plus"] }\n'}))
    assert decided(site, x_plan="gold").reason == "member"
    assert decided(site, x_plan="free").reason == ""
    assert decided(site).consulted == ("x-plan",)


def test_a_placement_only_for_members(write):
    text = PLAIN + 'target = { members = "only" }\n'
    site = site_of(write({"site.toml": BY_COOKIE, "layouts/article.toml": text}))
    assert layout_of(decided(site, cookie="member=1")) == "article"
    assert decided(site).reason == "not-targeted"


def test_a_layout_only_for_members_leaves_others_to_the_next(write):
    site = aimed_at(write, 'members = "only"', BY_COOKIE)
    assert layout_of(decided(site)) == "article"
    assert decided(site, cookie="member=1").reason == "member"  # its ads are not for members


def test_shared_caches_that_heed_vary_may_be_trusted(write):
    site = site_of(write({"site.toml": BY_COOKIE + '[targeting]\nshared_caches = "vary"\n'}))
    decision = decided(site)
    assert not decision.is_private
    assert decision.consulted == ("cookie",)


def test_where_the_page_tells_members_the_request_leaves_it_open(write):
    site = site_of(write({"site.toml": '[members]\nselector = ".member"\n'}))
    decision = decided(site, cookie="member=1")
    assert layout_of(decision) == "article"
    assert (decision.key, decision.consulted) == (b"", ())


# -- schedules ------------------------------------------------------------------------------


def test_a_layout_in_its_season(write):
    text = (
        f'pages = ["/**"]\npriority = 1\n{SLOT}[schedule]\nstart = 2026-03-01\nend = 2026-03-31\n'
    )
    site = site_of(write({"layouts/spring.toml": text}))
    before = decided(site, now=at("2026-02-28T23:59:59"))
    assert layout_of(before) == "article"
    assert before.until == at("2026-03-01T00:00:00")
    within = decided(site, now=at("2026-03-01T00:00:00"))
    assert layout_of(within) == "spring"
    assert within.until == at("2026-04-01T00:00:00")
    after = decided(site, now=at("2026-04-01T00:00:00"))
    assert layout_of(after) == "article"
    assert after.until is None
    assert before.key == after.key != within.key
    assert within.consulted == ()


def test_the_sites_time_zone_is_the_default(write):
    text = f'pages = ["/**"]\npriority = 1\n{SLOT}[schedule]\nstart = 2026-03-01T06:00:00\n'
    site = site_of(
        write({"layouts/spring.toml": text, "site.toml": 'time_zone = "Europe/Istanbul"\n'})
    )
    assert layout_of(decided(site, now=at("2026-03-01T02:59:59"))) == "article"
    assert layout_of(decided(site, now=at("2026-03-01T03:00:00"))) == "spring"


def test_an_experiment_runs_where_its_control_is_aimed(write):
    site = site_of(
        write(
            {
                "layouts/article.toml": PLAIN + '[target]\nhosts = ["a.org"]\n',
                "experiments/density.toml": 'status = "running"\n'
                '[[variant]]\nname = "control"\nlayout = "article"\nweight = 1\n'
                '[[variant]]\nname = "dense"\nlayout = "dense"\nweight = 1\n',
            }
        )
    )
    assert decided(site, host="a.org").delivery.experiment.name == "density"
    assert decided(site, host="b.org").deliveries == ()


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ('hosts = ["www.example.org"]', "not for this host"),
        ('devices = ["mobile"]', "only for mobile devices"),
        ('countries = ["TR"]', "not for the country that CF-IPCountry tells"),
        ('headers = { X-Edition = "uk" }', "not for what X-Edition says in the request"),
        ("cookies = { beta = true }", 'not for what the cookie "beta" says'),
        ('members = "only"', "only for members"),
        ('devices = ["desktop"]\n[schedule]\nstart = 1970-01-03',
         "off by its schedule until 1970-01-03 00:00 UTC"),
        ("[schedule]\nend = 1969-12-31", "off by its schedule"),
    ],
)  # fmt: skip
def test_why_a_request_does_not_get_a_layout_is_said(write, target, why):
    known = '[targeting]\ncountry_header = "CF-IPCountry"\n[members]\ncookies = { paid = true }\n'
    site = aimed_at(write, target, known)
    assert layout_of(decided(site)) == "article"
    assert site.why("/a") == {("special", ""): why}


def test_why_a_request_does_not_get_a_placement_is_said(write):
    text = PLAIN + 'target = { pages = ["/news/**"] }\n' + SLOT.replace("inline", "more", 1)
    site = site_of(
        write({"layouts/article.toml": text, "site.toml": "[members]\ncookies = { paid = true }\n"})
    )
    assert site.why("/a") == {("article", "inline"): "not for this path"}
    assert site.why("/news/a") == {}
    assert site.why("/news/a", fields=[(b"cookie", b"paid=1")]) == {
        ("article", "inline"): "not for members",
        ("article", "more"): "not for members",
    }
