"""The error catalogue of targets, schedules, demand and kinds of place, with whole messages."""

from __future__ import annotations

import pytest

from adweave.labels import LANGUAGES, texts_for
from adweave.placements import load

PLACEMENT = 'pages = ["/**"]\n[[placement]]\nname = "inline"\n'
INLINE = PLACEMENT + 'kind = "inline"\n'
SIZED = INLINE + "sizes = [[300, 250]]\n"

# (files over those of a sound folder, the messages)
ERRORS = [
    (
        {"layouts/article.toml": SIZED + 'target = { host = ["a.org"] }\n'},
        [
            'layouts/article.toml:6:12: placement "inline": unknown key "host" in '
            "target; keys are hosts, devices, countries, cookies, headers, members, "
            "languages, sections, tags, min_length, max_length, pages; did you mean "
            '"hosts"?',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { hosts = "a.org" }\n'},
        [
            'layouts/article.toml:6:20: placement "inline": target.hosts = "a.org" is a '
            'text; write a list: ["a.org"]',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { hosts = ["https://a.org/x"] }\n'},
        [
            'layouts/article.toml:6:21: placement "inline": target.hosts: '
            '"https://a.org/x" is an address; write the host only: "a.org"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { hosts = ["a.org:8080"] }\n'},
        [
            'layouts/article.toml:6:21: placement "inline": target.hosts: "a.org:8080" '
            'has a port; a host is compared without: write "a.org"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { hosts = ["a b"] }\n'},
        [
            'layouts/article.toml:6:21: placement "inline": target.hosts: "a b" is no '
            'host; write one such as "www.example.org" or "*.example.org"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { languages = ["english!"] }\n'},
        [
            'layouts/article.toml:6:25: placement "inline": target.languages: "english!" '
            'is no language tag; write one like "en", "pt-BR" or "zh-Hant"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { countries = ["tr"] }\n'},
        [
            'layouts/article.toml:6:25: placement "inline": target.countries: "tr" is no '
            'country; a country is its two capital letters (ISO 3166-1): write "TR"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { countries = ["Turkey"] }\n'},
        [
            'layouts/article.toml:6:25: placement "inline": target.countries: "Turkey" '
            "is no country; a country is its two capital letters (ISO 3166-1), such as "
            '"TR" or "DE"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { countries = ["TR"] }\n'},
        [
            'layouts/article.toml:6:24: placement "inline": target.countries = ["TR"] is '
            "told by no header; write country_header under [targeting] in site.toml, "
            'such as country_header = "CF-IPCountry"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { devices = ["phone"] }\n'},
        [
            'layouts/article.toml:6:23: placement "inline": target.devices: "phone" is '
            'not allowed; write "mobile" or "desktop"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { devices = "mobile" }\n'},
        [
            'layouts/article.toml:6:22: placement "inline": target.devices = "mobile" is '
            'a text; write a list: ["mobile"]',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { cookies = ["a"] }\n'},
        [
            'layouts/article.toml:6:22: placement "inline": target.cookies = ["a"] is a '
            "list; write a table: { cookie = true }",
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "target = { cookies = { a = 1 } }\n"},
        [
            'layouts/article.toml:6:22: placement "inline": target.cookies = { a = 1 } '
            'has a number for "a"; write true (is there), false (is not), a text or a '
            "list of texts",
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "target = { cookies = { a = [] } }\n"},
        [
            'layouts/article.toml:6:22: placement "inline": target.cookies = { a = [] } '
            'has no value for "a"; write true, false, a text or a list of texts',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { headers = { "X A" = true } }\n'},
        [
            'layouts/article.toml:6:22: placement "inline": target.headers = { "X A" = '
            'true } has "X A", which is no name of a header',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { members = "never" }\n'},
        [
            'layouts/article.toml:6:22: placement "inline": target.members = "never" is '
            'not allowed; write "no", "only" or "also"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { members = "only" }\n'},
        [
            'layouts/article.toml:6:22: placement "inline": target.members = "only" '
            "speaks of members, but nothing tells who is one; write [members] in "
            "site.toml, such as cookies = { member = true }",
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { sections = "Sport" }\n'},
        [
            'layouts/article.toml:6:23: placement "inline": target.sections = "Sport" is '
            'a text; write a list, such as ["Sport"]',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { tags = [""] }\n'},
        [
            'layouts/article.toml:6:20: placement "inline": target.tags: "" is empty; '
            "write a text or take the line out",
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "target = { min_length = 500 }\n"},
        [
            'layouts/article.toml:6:25: placement "inline": target.min_length = 500 has '
            'no unit; write "500px", "6 blocks", "300 words" or "1.5 screens"',
        ],
    ),
    (
        {
            "layouts/article.toml": SIZED
            + 'target = { min_length = "500 words", max_length = "400 words" }\n'
        },
        [
            'layouts/article.toml:6:10: placement "inline": target = { min_length = "500 '
            'words", max_length = "400 words" } fits no article: min_length = "500 '
            'words" is more than max_length = "400 words"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { pages = ["news"] }\n'},
        [
            'layouts/article.toml:6:21: placement "inline": target.pages: "news" does '
            'not begin with "/"; write "/news"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + '[target]\npages = ["/a"]\n'},
        [
            'layouts/article.toml:7:1: key "pages" stands outside of [target], at the top '
            "of a layout",
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'schedule = { time_zone = "Europe/Istambul" }\n'},
        [
            'layouts/article.toml:6:26: placement "inline": schedule.time_zone = '
            '"Europe/Istambul" is no time zone; write its IANA name, such as '
            '"Europe/Istanbul"; did you mean "Europe/Istanbul"?',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'schedule = { time_zone = "istanbul" }\n'},
        [
            'layouts/article.toml:6:26: placement "inline": schedule.time_zone = '
            '"istanbul" is no time zone; write its IANA name, such as "Europe/Istanbul"; '
            'did you mean "Europe/Istanbul"?',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'schedule = { start = "2026-03-01" }\n'},
        [
            'layouts/article.toml:6:22: placement "inline": schedule.start = '
            '"2026-03-01" is a text; write the date without quotes: 2026-03-01',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "schedule = { start = 5 }\n"},
        [
            'layouts/article.toml:6:22: placement "inline": schedule.start = 5 is a '
            "number; write a date or a date with a time: 2026-03-01 or 2026-03-01T06:00:00",
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "schedule = { start = 06:00:00 }\n"},
        [
            'layouts/article.toml:6:22: placement "inline": schedule.start = 06:00:00 is '
            "a date or time; write a date or a date with a time: 2026-03-01 or "
            "2026-03-01T06:00:00",
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "schedule = { start = 2026-03-02, end = 2026-03-01 }\n"},
        [
            'layouts/article.toml:6:12: placement "inline": schedule = { start = '
            "2026-03-02, end = 2026-03-01 } ends before it starts; it would never be on",
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'schedule = { days = ["monday"] }\n'},
        [
            'layouts/article.toml:6:22: placement "inline": schedule.days: "monday" is '
            'not short; write "mon"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'schedule = { days = ["mno"] }\n'},
        [
            'layouts/article.toml:6:22: placement "inline": schedule.days: "mno" is no '
            'day; days are "mon", "tue", "wed", "thu", "fri", "sat" and "sun"; did you '
            'mean "mon"?',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "schedule = { days = [1] }\n"},
        [
            'layouts/article.toml:6:22: placement "inline": schedule.days: 1 is no day; '
            'days are "mon", "tue", "wed", "thu", "fri", "sat" and "sun"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'schedule = { hours = ["6-22"] }\n'},
        [
            'layouts/article.toml:6:23: placement "inline": schedule.hours: "6-22" is no '
            'stretch of hours; write it as "06:00-22:30"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'schedule = { hours = ["06:00-25:00"] }\n'},
        [
            'layouts/article.toml:6:23: placement "inline": schedule.hours: '
            '"06:00-25:00" has a time that no clock shows; times are "00:00" to "24:00"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'schedule = { hours = ["06:00-06:00"] }\n'},
        [
            'layouts/article.toml:6:23: placement "inline": schedule.hours: '
            '"06:00-06:00" has no length; the whole day is "00:00-24:00"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "schedule = { hours = [6] }\n"},
        [
            'layouts/article.toml:6:23: placement "inline": schedule.hours: 6 is a '
            'number; write hours such as "06:00-22:30"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'schedule = { hour = ["06:00-07:00"] }\n'},
        [
            'layouts/article.toml:6:14: placement "inline": unknown key "hour" in '
            'schedule; keys are time_zone, start, end, days, hours; did you mean "hours"?',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "refresh = 30\n"},
        [
            'layouts/article.toml:6:11: placement "inline": refresh = 30 has no unit; write "30s"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'refresh = "30"\n'},
        [
            'layouts/article.toml:6:11: placement "inline": refresh = "30" is no time; '
            'write seconds, such as "60s", or "off"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'refresh = "1 minute"\n'},
        [
            'layouts/article.toml:6:11: placement "inline": refresh = "1 minute" is no '
            'time; write seconds, such as "60s", or "off"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'refresh = "2m"\n'},
        [
            'layouts/article.toml:6:11: placement "inline": refresh = "2m" is not in '
            'seconds; write "120s"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "refresh = true\n"},
        [
            'layouts/article.toml:6:11: placement "inline": refresh = true is true or '
            'false; write a time in seconds: "60s"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "refresh = { max = 3 }\n"},
        [
            'layouts/article.toml:6:11: placement "inline": every is missing; write every = "60s"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'refresh = { every = "60s", max = 0 }\n'},
        [
            'layouts/article.toml:6:34: placement "inline": refresh.max = 0 is too '
            "small; at least 1 is allowed",
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'refresh = { every = "60s", most = 2 }\n'},
        [
            'layouts/article.toml:6:28: placement "inline": unknown key "most" in '
            "refresh; keys are every, max",
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'political = { sponsor = "Green Wave" }\n'},
        [
            'layouts/article.toml:6:13: placement "inline": notice is missing; write '
            'notice = "/about-this-ad"',
        ],
    ),
    (
        {
            "layouts/article.toml": SIZED
            + 'political = { sponsor = " ", notice = "about", election = "2026" }\n'
        },
        [
            'layouts/article.toml:6:25: placement "inline": political.sponsor = " " is empty; '
            "write a text or take the line out",
            'layouts/article.toml:6:39: placement "inline": political.notice = "about" is no '
            'address that a secure page may load; write "https://..." or a path of this site, '
            '"/..."',
            'layouts/article.toml:6:48: placement "inline": unknown key "election" in political; '
            "keys are sponsor, controller, paid, process, targeting, notice",
        ],
    ),
    (
        {
            "layouts/article.toml": SIZED
            + f'political = {{ sponsor = "{"g" * 81}", notice = "/n" }}\n'
        },
        [
            f'layouts/article.toml:6:25: placement "inline": political.sponsor = "{"g" * 56}... '
            "has 81 characters; at most 80 find room over an ad: shorten it, the transparency "
            "notice has the rest",
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'label_style = "left"\n'},
        [
            'layouts/article.toml:6:15: placement "inline": label_style = "left" is not '
            'allowed; write "above" or "below"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'reserve = "200px"\n'},
        [
            'layouts/article.toml:6:11: placement "inline": reserve = "200px" is less '
            "than the tallest of sizes on mobile; what is below would move when that one "
            'fills: write "250px" or more',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'reserve = { mobile = "250px", desktop = "1 screen" }\n'},
        [
            'layouts/article.toml:6:41: placement "inline": reserve.desktop = "1 screen" '
            'has the unit "screen"; only px is allowed here; write "750px"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'fill = ["gpt", "house"]\n'},
        [
            'layouts/article.toml:6:9: placement "inline": fill: "gpt" is not set up; '
            'write [demand.gpt] with unit = "/NETWORK/UNIT" in site.toml',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'fill = ["prebid"]\n'},
        [
            'layouts/article.toml:6:9: placement "inline": fill: "prebid" is not set up; '
            'write [demand.prebid] with src = "/prebid.js" in site.toml',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'fill = ["adsense"]\n'},
        [
            'layouts/article.toml:6:9: placement "inline": fill: "adsense" is not set '
            'up; write [demand.adsense] with client = "ca-pub-..." in site.toml',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'fill = ["iframe"]\n'},
        [
            'layouts/article.toml:6:9: placement "inline": fill: "iframe" is not set up; '
            'write [demand.iframe] with url = "https://..." in site.toml',
        ],
    ),
    (
        {
            "layouts/article.toml": SIZED + 'fill = ["adsense"]\n',
            "site.toml": '[demand.adsense]\nclient = "ca-pub-1234567890123456"\n',
        },
        [
            'layouts/article.toml:6:9: placement "inline": fill: "adsense" has no ad '
            'slot; write adsense = { slot = "1234567890" } here, or slot under '
            "[demand.adsense] in site.toml",
        ],
    ),
    (
        {
            "layouts/article.toml": SIZED + 'fill = ["prebid"]\n',
            "site.toml": '[demand.prebid]\nsrc = "/prebid.js"\n',
        },
        [
            'layouts/article.toml:6:9: placement "inline": fill: "prebid" has nobody who '
            'bids; write prebid = { bids = [{ bidder = "..." }] } here, or '
            "[[demand.prebid.bids]] in site.toml",
        ],
    ),
    (
        {
            "layouts/article.toml": SIZED + 'fill = ["gpt", "prebid", "house"]\n',
            "site.toml": '[demand.prebid]\nsrc = "/prebid.js"\nhand_over = true\n'
            'bids = [{ bidder = "a" }]\n[demand.gpt]\nunit = "/1234/a"\n',
        },
        [
            'layouts/article.toml:6:16: placement "inline": fill: "prebid" hands its bids over '
            '(hand_over in site.toml), and no "gpt" comes after it: nobody would show them; write '
            'fill = ["prebid", "gpt", ...]',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'gpt = { unit = "1234/a" }\nfill = ["house"]\n'},
        [
            'layouts/article.toml:6:16: placement "inline": gpt.unit = "1234/a" is no ad '
            'unit path; write "/NETWORK/UNIT", such as "/1234567/news/{placement}"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'iframe = { url = "http://a.org/" }\nfill = ["house"]\n'},
        [
            'layouts/article.toml:6:18: placement "inline": iframe.url = "http://a.org/" '
            'is no address that a secure page may load; write "https://..." or a path of '
            'this site, "/..."',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "adsense = {}\n"},
        [
            'layouts/article.toml:6:11: placement "inline": slot is missing; write slot '
            '= "1234567890"',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "adsense = { slot = 1234 }\n"},
        [
            'layouts/article.toml:6:20: placement "inline": adsense.slot = 1234 is a '
            'number; write a text in quotes, such as "text"',
        ],
    ),
    (
        {"layouts/article.toml": PLACEMENT + 'kind = "selector"\nsizes = [[300, 250]]\n'},
        [
            'layouts/article.toml:2:1: placement "inline": selector is missing; kind '
            '"selector" needs the element to stand by: write selector = "header.site"',
        ],
    ),
    (
        {
            "layouts/article.toml": PLACEMENT
            + 'kind = "selector"\nselector = "div >"\nsizes = [[300, 250]]\n'
        },
        [
            'layouts/article.toml:5:12: placement "inline": selector = "div >" is no CSS '
            "selector that can be used: expected a selector at character 6",
        ],
    ),
    (
        {
            "layouts/article.toml": PLACEMENT
            + 'kind = "selector"\nselector = "div"\nplace = "inside"\nsizes = [[300, 250]]\n'
        },
        [
            'layouts/article.toml:6:9: placement "inline": place = "inside" is not '
            'allowed; write "before", "after", "first-child" or "last-child"',
        ],
    ),
    (
        {
            "layouts/article.toml": PLACEMENT
            + 'kind = "sticky"\nsizes = { mobile = [[320, 100]], desktop = [[300, 250]] }\n'
        },
        [
            'layouts/article.toml:5:44: placement "inline": sizes.desktop = [[300, 250]] '
            "is too tall for a sticky place: 250 px, of which 192 px are 30 % of the "
            "window on desktop without the label, the most that the Better Ads Standards "
            "allow",
        ],
    ),
    (
        {
            "layouts/article.toml": PLACEMENT
            + 'kind = "sticky"\nsizes = [[320, 50]]\nreserve = "300px"\n'
        },
        [
            'layouts/article.toml:6:11: placement "inline": reserve = "300px" is too '
            "tall for a sticky place: 300 px, of which 210 px are 30 % of the window on "
            "mobile without the label, the most that the Better Ads Standards allow",
        ],
    ),
    (
        {
            "layouts/article.toml": (
                'article = "p::text"\npages = ["/**"]\n[[placement]]\nname = "inline"\n'
                'kind = "inline"\nsizes = [[300, 250]]\n'
            )
        },
        [
            'layouts/article.toml:1:11: article = "p::text" is no CSS selector that can '
            "be used: expected an identifier at character 3",
        ],
    ),
    (
        {"site.toml": "[demand.gpt]\n"},
        [
            'site.toml:1:1: unit is missing; write unit = "/1234567/news/{placement}"',
        ],
    ),
    (
        {"site.toml": '[demand.gpt]\nunit = "news"\n'},
        [
            'site.toml:2:8: demand.gpt.unit = "news" is no ad unit path; write '
            '"/NETWORK/UNIT", such as "/1234567/news/{placement}"',
        ],
    ),
    (
        {"site.toml": '[demand.gpt]\nunit = "/1234/{placment}"\n'},
        [
            'site.toml:2:8: demand.gpt.unit = "/1234/{placment}" has the unknown word '
            '"{placment}"; words are {placement}, {n}, {layout}, {variant}, {lang}, '
            "{viewport}, {host}, {path}, {width}, {height}, {tcf}, {gpp}, {consent}, "
            '{random}; did you mean "{placement}"?',
        ],
    ),
    (
        {"site.toml": '[demand.gpt]\nunit = "/1234/{placement"\n'},
        [
            'site.toml:2:8: demand.gpt.unit = "/1234/{placement" has a brace without its '
            'partner; write "{placement}"',
        ],
    ),
    (
        {"site.toml": '[demand.gpt]\nunit = "/1234/a"\nsrc = "http://a.org/gpt.js"\n'},
        [
            'site.toml:3:7: demand.gpt.src = "http://a.org/gpt.js" is no address that a '
            'secure page may load; write "https://..." or a path of this site, "/..."',
        ],
    ),
    (
        {"site.toml": '[demand.gpt]\nunit = "/1234/a"\ntargeting = { site = 1 }\n'},
        [
            'site.toml:3:13: demand.gpt.targeting = { site = 1 } has no text for "site"; '
            "write a text, or texts in a list",
        ],
    ),
    (
        {"site.toml": '[demand.gpt]\nunit = "/1234/a"\ntargeting = "news"\n'},
        [
            'site.toml:3:13: demand.gpt.targeting = "news" is a text; write a table: { '
            'site = "news" }',
        ],
    ),
    (
        {"site.toml": "[demand]\ntimeout_ms = 10\n"},
        [
            "site.toml:2:14: demand.timeout_ms = 10 is too small; at least 50 is allowed",
        ],
    ),
    (
        {"site.toml": "[demand]\ntimeout = 10\n"},
        [
            'site.toml:2:1: unknown key "timeout" in demand; keys are timeout_ms, '
            'parallel, gpt, prebid, adsense, iframe; did you mean "timeout_ms"?',
        ],
    ),
    (
        {"site.toml": "[demand.openx]\n"},
        [
            'site.toml:1:1: unknown key "openx" in demand; keys are timeout_ms, '
            "parallel, gpt, prebid, adsense, iframe",
        ],
    ),
    (
        {"site.toml": '[demand.prebid]\nsrc = "/prebid.js"\nfloor = -1\n'},
        [
            "site.toml:3:9: demand.prebid.floor = -1 is too small; at least 0 is allowed",
        ],
    ),
    (
        {"site.toml": '[demand.prebid]\nsrc = "/prebid.js"\ncurrency = "usd"\n'},
        [
            'site.toml:3:12: demand.prebid.currency = "usd" is no currency; write its '
            'three capital letters, such as "EUR"',
        ],
    ),
    (
        {"site.toml": '[demand.prebid]\nsrc = "/prebid.js"\nconfig = { at = 2026-01-01 }\n'},
        [
            "site.toml:3:10: demand.prebid.config = { at = 2026-01-01 } has a date or "
            "time in it that JSON cannot say; write it as a text",
        ],
    ),
    (
        {"site.toml": '[[demand.prebid.bids]]\nbidder = "a b"\n[demand.prebid]\nsrc = "/p.js"\n'},
        [
            'site.toml:2:10: demand.prebid.bids.bidder = "a b" is no bidder\'s code; '
            'write it as Prebid does, such as "appnexus"',
        ],
    ),
    (
        {
            "site.toml": (
                '[demand.prebid]\nsrc = "/prebid.js"\n[[demand.prebid.bids]]\nbidder = "a b"\n'
            )
        },
        [
            'site.toml:4:10: demand.prebid.bids.bidder = "a b" is no bidder\'s code; '
            'write it as Prebid does, such as "appnexus"',
        ],
    ),
    (
        {"site.toml": '[demand.adsense]\nclient = "pub-12"\n'},
        [
            'site.toml:2:10: demand.adsense.client = "pub-12" is no AdSense client; '
            'write yours, such as "ca-pub-1234567890123456"',
        ],
    ),
    (
        {"site.toml": '[demand.iframe]\nurl = "https://a.org/a b"\n'},
        [
            'site.toml:2:7: demand.iframe.url = "https://a.org/a b" has white space in '
            "it; an address has none",
        ],
    ),
    (
        {"site.toml": '[demand.iframe]\nurl = "https://a.org/"\nsandbox = ["allow-script"]\n'},
        [
            'site.toml:3:12: demand.iframe.sandbox: "allow-script" is no token of '
            'sandbox; tokens are "allow-downloads", "allow-forms", "allow-modals", '
            '"allow-orientation-lock", "allow-pointer-lock", "allow-popups", '
            '"allow-popups-to-escape-sandbox", "allow-presentation", '
            '"allow-same-origin", "allow-scripts", '
            '"allow-storage-access-by-user-activation" or '
            '"allow-top-navigation-by-user-activation"; did you mean "allow-scripts"?',
        ],
    ),
    (
        {"site.toml": '[demand.iframe]\nurl = "https://a.org/"\nallow = ["Auto play"]\n'},
        [
            'site.toml:3:10: demand.iframe.allow: "Auto play" is no feature of a '
            'permissions policy; write one such as "autoplay"',
        ],
    ),
    (
        {"site.toml": '[demand.gpt]\nunit = "/1/a"\npurposes = [12]\n'},
        [
            "site.toml:3:13: demand.gpt.purposes: 12 is too large; at most 11 is allowed",
        ],
    ),
    (
        {"site.toml": 'time_zone = "CET+1"\n'},
        [
            'site.toml:1:13: time_zone = "CET+1" is no time zone; write its IANA name, '
            'such as "Europe/Istanbul"; did you mean "CET"?',
        ],
    ),
    (
        {"site.toml": '[targeting]\ncountry_header = "CF IPCountry"\n'},
        [
            'site.toml:2:18: targeting.country_header = "CF IPCountry" is no name of a '
            'header field; write one such as "CF-IPCountry"',
        ],
    ),
    (
        {"site.toml": '[targeting]\nshared_caches = "public"\n'},
        [
            'site.toml:2:17: targeting.shared_caches = "public" is not allowed; write '
            '"private" or "vary"',
        ],
    ),
    (
        {"site.toml": '[members]\nselector = "[x"\n'},
        [
            'site.toml:2:12: members.selector = "[x" is no CSS selector that can be '
            "used: expected an attribute operator or ']' at character 3",
        ],
    ),
    (
        {"site.toml": "[members]\ncookie = { a = true }\n"},
        [
            'site.toml:2:1: unknown key "cookie" in members; keys are selector, cookies, '
            'headers; did you mean "cookies"?',
        ],
    ),
    (
        {"site.toml": '[safety]\nwords = ["killed"]\n'},
        [
            'site.toml:2:9: safety.words = ["killed"] is a list; write the words by '
            'language: { en = ["killed"] }',
        ],
    ),
    (
        {"site.toml": '[safety]\nwords = { "english words" = ["killed"] }\n'},
        [
            'site.toml:2:9: safety.words = { "english words" = ["killed"] } has "english '
            'words", which is no language tag; "any" is for all languages',
        ],
    ),
    (
        {"site.toml": '[safety]\nwords = { en = "killed" }\n'},
        [
            'site.toml:2:9: safety.words = { en = "killed" } needs a list of words for '
            '"en", such as ["killed", "plane crash"]',
        ],
    ),
    (
        {"site.toml": '[safety]\nsections = "Crime"\n'},
        [
            'site.toml:2:12: safety.sections = "Crime" is a text; write a list, such as ["Crime"]',
        ],
    ),
    (
        {"site.toml": '[[consent.region]]\nname = "eea"\ncountries = ["DE"]\nrequire = "tcf"\n'},
        [
            "site.toml:1:1: [[consent.region]] asks for a reader's country, which "
            "nothing tells; write country_header under [targeting], such as "
            'country_header = "CF-IPCountry"',
        ],
    ),
    (
        {
            "site.toml": (
                '[targeting]\ncountry_header = "CF-IPCountry"\n[[consent.region]]\nname = "a"\n'
                'countries = ["DE"]\nrequire = "tcf"\n[[consent.region]]\nname = "b"\n'
                'countries = ["DE"]\nrequire = "gpc"\n'
            )
        },
        [
            'site.toml:3:1: [[consent.region]] has "DE" in "a" and in "b"; a country is '
            "in one region",
        ],
    ),
    (
        {
            "site.toml": (
                '[targeting]\ncountry_header = "CF-IPCountry"\n[[consent.region]]\nname = "a"\n'
                'countries = ["de", "!US", "Austria"]\nrequire = "tcf"\n'
            )
        },
        [
            'site.toml:5:14: consent.region.countries: "de" is no country; a country is its two '
            'capital letters (ISO 3166-1): write "DE"',
            'site.toml:5:20: consent.region.countries: "!US" is no country; a country is its two '
            'capital letters (ISO 3166-1), such as "TR" or "DE"',
            'site.toml:5:27: consent.region.countries: "Austria" is no country; a country is its '
            'two capital letters (ISO 3166-1), such as "TR" or "DE"',
        ],
    ),
    (
        {"site.toml": '[consent]\nrequire = "gdpr"\n'},
        [
            'site.toml:2:11: consent.require = "gdpr" is not allowed; write "auto", '
            '"tcf", "gpp", "gpc" or "none"',
        ],
    ),
]

WARNINGS = [
    (
        {"site.toml": "[members]\ncookies = { member = true }\n"},
        [
            "site.toml:2:11: members.cookies = { member = true } keeps every page with ads out of "
            "shared caches, so that no member's page reaches others; if that is meant, write "
            'shared_caches = "private" under [targeting], or "vary" for a cache that heeds Vary',
        ],
    ),
    (
        {
            "site.toml": '[members]\ncookies = { member = true }\nselector = ".member"\n'
            '[targeting]\nshared_caches = "private"\n'
        },
        [],
    ),
    (
        {"layouts/article.toml": SIZED + 'refresh = "10s"\n'},
        [
            'layouts/article.toml:6:11: placement "inline": refresh = "10s" is sooner '
            "than 30 s in view, which Google and most exchanges take for invalid "
            'traffic: write "30s" or more',
        ],
    ),
    (
        {
            "layouts/article.toml": SIZED + 'fill = ["adsense", "house"]\nrefresh = "60s"\n',
            "site.toml": '[demand.adsense]\nclient = "ca-pub-1234567890123456"\nslot = "1"\n',
        },
        [
            'layouts/article.toml:7:11: placement "inline": refresh = "60s" refreshes '
            "AdSense's ads, which its policies do not allow: take it out, or take "
            '"adsense" out of fill',
        ],
    ),
    (
        {
            "layouts/article.toml": SIZED + 'fill = ["adsense", "house"]\n',
            "site.toml": '[demand.adsense]\nclient = "ca-pub-1234567890123456"\nslot = "1"\n',
            "labels/en.toml": 'adsense = "Sponsored"\n',
        },
        [
            'labels/en.toml:1:11: adsense = "Sponsored" is a label that AdSense\'s '
            "policies do not allow beside its ads; in this language write "
            '"advertisements", "advertisement" or "sponsored links", in any case',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "max = 40\n"},
        [
            'layouts/article.toml:6:7: placement "inline": max = 40 is more than an '
            "article holds: one of 2000 words is about 7700 px high on mobile and has "
            "places for 11, at 750px each: write 11 or less",
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'gpt = { unit = "/1/a" }\n'},
        [
            'layouts/article.toml:6:7: placement "inline": gpt = { unit = "/1/a" } means '
            'nothing, as fill does not ask "gpt"; take it out or add "gpt" to fill',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'target = { hosts = ["a.org", "!a.org"] }\n'},
        [
            'layouts/article.toml:6:21: placement "inline": target.hosts: "a.org" is '
            'taken out again by "!a.org"; take one of them out',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + "[target]\n"},
        [
            "layouts/article.toml:6:1: [target] says nothing; take it out",
        ],
    ),
    (
        {
            "layouts/article.toml": PLACEMENT
            + 'kind = "sticky"\nsizes = [[320, 50]]\nfill=[]\nn = 3\n'
        },
        [
            'layouts/article.toml:6:6: placement "inline": fill = [] asks nobody; the '
            'box would stay empty: write fill = ["house"]',
            'layouts/article.toml:7:5: placement "inline": n = 3 means nothing for kind '
            '"sticky"; take it out',
        ],
    ),
    (
        {
            "layouts/article.toml": PLACEMENT
            + 'kind = "listing"\nsizes = [[300, 250]]\nfirst = "2 blocks"\n'
        },
        [
            'layouts/article.toml:6:9: placement "inline": first = "2 blocks" means '
            'nothing for kind "listing"; take it out',
        ],
    ),
    (
        {"layouts/article.toml": SIZED + 'place = "after"\n'},
        [
            'layouts/article.toml:6:9: placement "inline": place = "after" means nothing '
            'for kind "inline"; take it out',
        ],
    ),
    (
        {
            "layouts/article.toml": PLACEMENT
            + 'kind = "sticky"\nsizes = [[300, 150]]\nfill=["notice"]\n'
            + '[[placement]]\nname = "two"\nkind = "sticky"\nsizes = [[300, 150]]\n'
            + 'fill=["notice"]\n'
        },
        [
            'layouts/article.toml:9:8: placement "two": kind = "sticky" is the kind of '
            '"inline", too; the two would cover each other: take one out, or aim each by '
            "target or schedule",
        ],
    ),
    (
        {"site.toml": '[demand.gpt]\nunit = "/1/a"\n'},
        [
            'site.toml:1:1: [demand.gpt] is asked by no placement; add "gpt" to a fill, '
            "or take it out",
        ],
    ),
    (
        {
            "layouts/dense.toml": (
                'pages = ["/dense"]\npriority = 1\n[[placement]]\nname = "inline"\n'
                'kind = "inline"\nevery = { mobile = "750px", desktop = "500px" }\n'
                'sizes = [[300, 250]]\n[target]\nhosts = ["a.org"]\n'
            ),
            "experiments/d.toml": (
                'status="running"\n[[variant]]\nname = "control"\nlayout = "article"\n'
                'weight = 1\n[[variant]]\nname = "dense"\nlayout = "dense"\nweight = 1\n'
            ),
        },
        [
            'experiments/d.toml:8:10: variant "dense": layout = "dense" has a target '
            "that means nothing here: who takes part is for the first variant's layout, "
            '"article", to say',
        ],
    ),
]


def _ids(cases: list[tuple[dict[str, str], list[str]]]) -> list[str]:
    return [f"{number}-{next(iter(files))}" for number, (files, _) in enumerate(cases)]


@pytest.mark.parametrize(("files", "messages"), ERRORS, ids=_ids(ERRORS))
def test_each_mistake_is_told_with_what_is_allowed(write, files, messages):
    loaded = load(write(files))
    assert [str(problem) for problem in loaded.errors] == messages
    assert loaded.site is None


@pytest.mark.parametrize(("files", "messages"), WARNINGS, ids=_ids(WARNINGS))
def test_what_is_legal_and_unwise_is_a_warning(write, files, messages):
    loaded = load(write(files))
    assert loaded.errors == ()
    assert [str(problem) for problem in loaded.problems] == messages
    assert loaded.site is not None


def test_every_built_in_label_for_adsense_is_allowed(write):
    """What adweave says by itself in a language must not be what it warns of."""
    for tag in LANGUAGES:
        folder = write(
            {
                "site.toml": '[demand.adsense]\nclient = "ca-pub-1234567890123456"\nslot = "1"\n',
                "layouts/article.toml": SIZED + 'fill = ["adsense", "house"]\n',
                f"labels/{tag}.toml": f'adsense = "{texts_for(tag).adsense}"\n',
            }
        )
    assert load(folder).problems == ()


def test_the_catalogue_is_large():
    assert len(ERRORS) + len(WARNINGS) > 100


def test_settings_that_could_not_be_read_cause_no_further_messages(write):
    """What `[demand]` says is not known, so no chain is told that its adapter is missing."""
    folder = write({"site.toml": "[demand\n", "layouts/article.toml": SIZED + 'fill = ["gpt"]\n'})
    assert {problem.file for problem in load(folder).errors} == {"site.toml"}
