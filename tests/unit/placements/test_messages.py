"""The error catalogue: every mistake with its whole message, as people see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from adweave.placements import load

PLACEMENT = 'pages = ["/**"]\n[[placement]]\nname = "inline"\n'
INLINE = PLACEMENT + 'kind = "inline"\n'
SIZED = INLINE + "sizes = [[300, 250]]\n"
VARIANTS = """\
[[variant]]
name = "control"
layout = "article"
weight = 0.5
[[variant]]
name = "dense"
layout = "dense"
weight = 0.5
"""
LAYOUT_KEYS = (
    "pages, priority, target, schedule, min_length, article, from_top, from_bottom, "
    "below_heading, above_image, below_image, from_own_ads, max_density, placement"
)
PLACEMENT_KEYS = (
    "name, kind, enabled, priority, target, schedule, first, last, every, max, min, relax_to, n, "
    "selector, place, any_page, sizes, lazy_margin, reserve, label_style, fill, refresh, "
    "political, gpt, prebid, adsense, iframe"
)
SITE_KEYS = (
    "default_language, time_zone, consent, demand, targeting, members, safety, limits, events, "
    "experiments"
)
EXPERIMENT_KEYS = (
    "status, traffic, ramp, namespace, seed, hash_version, unit, assign, variant, primary, "
    "guardrail, metric, minimum_effect, units, winsorise, decided"
)
UNITS = '"6 blocks", "300 words" or "1.5 screens"'

# (file, its content, the message behind the file's name)
ERRORS = [
    # Values
    ("layouts/article.toml", SIZED + 'every = "750"\n',
     f':6:9: placement "inline": every = "750" has no unit; write "750px", {UNITS}'),
    ("layouts/article.toml", SIZED + "every = 750\n",
     f':6:9: placement "inline": every = 750 has no unit; write "750px", {UNITS}'),
    ("layouts/article.toml", SIZED + 'every = "750 pixels"\n',
     ':6:9: placement "inline": every = "750 pixels" has the unknown unit "pixels"; units are '
     'px, screens, blocks, words; did you mean "750px"?'),
    ("layouts/article.toml", SIZED + 'every = "1.5 screns"\n',
     ':6:9: placement "inline": every = "1.5 screns" has the unknown unit "screns"; units are '
     'px, screens, blocks, words; did you mean "1.5 screens"?'),
    ("layouts/article.toml", SIZED + 'every = { mobile = "wide", desktop = "500px" }\n',
     f':6:20: placement "inline": every.mobile = "wide" is not a distance; write "750px", {UNITS}'),
    ("layouts/article.toml", SIZED + 'every = { mobile = "750px" }\n',
     ':6:9: placement "inline": every = { mobile = "750px" } has no "desktop"; write one value '
     "for all viewports, or mobile and desktop both"),
    ("layouts/article.toml", SIZED + 'last = { mobil = "1px", mobile = "1px", desktop = "1px" }\n',
     ':6:10: placement "inline": unknown key "mobil" in last; keys are mobile, desktop; did you '
     'mean "mobile"?'),
    ("layouts/article.toml", SIZED + 'first = ""\n',
     f':6:9: placement "inline": first = "" is empty; write "750px", {UNITS}'),
    ("layouts/article.toml", SIZED + 'first = "-20px"\n',
     ':6:9: placement "inline": first = "-20px" is negative; a distance is 0 or more'),
    ("layouts/article.toml", SIZED + 'last = "9999999px"\n',
     ':6:8: placement "inline": last = "9999999px" is too large; a distance is at most 1000000'),
    ("layouts/article.toml", SIZED + "last = true\n",
     f':6:8: placement "inline": last = true is true or false; write a distance: "750px", {UNITS}'),
    ("layouts/article.toml", SIZED + 'lazy_margin = "2 blocks"\n',
     ':6:15: placement "inline": lazy_margin = "2 blocks" is in blocks; a margin is measured on '
     'the screen: write "1.5 screens" or "800px"'),
    ("layouts/article.toml", 'below_heading = "2 words"\n' + SIZED,
     ':1:17: below_heading = "2 words" has the unit "words"; only px is allowed here; '
     'write "750px"'),
    ("layouts/article.toml", 'max_density = 30\n' + SIZED,
     ":1:15: max_density = 30 is out of bounds; write a share from 0 to 1; did you mean 0.3?"),
    ("layouts/article.toml", 'max_density = "30%"\n' + SIZED,
     ':1:15: max_density = "30%" is a text; write a share from 0 to 1, such as 0.5'),
    # Sizes
    ("layouts/article.toml", INLINE,
     ':2:1: placement "inline": sizes is missing; write sizes = { mobile = [[300, 250]], '
     "desktop = [[728, 90]] }"),
    ("layouts/article.toml", INLINE + "sizes = []\n",
     ':5:9: placement "inline": sizes = [] has no size; write at least one, as in [[300, 250]]'),
    ("layouts/article.toml", INLINE + "sizes = { mobile = [[300, 250]], desktop = [] }\n",
     ':5:44: placement "inline": sizes.desktop = [] has no size; write at least one, as in '
     "[[300, 250]]"),
    ("layouts/article.toml", INLINE + "sizes = [300, 250]\n",
     ':5:9: placement "inline": sizes = [300, 250] is no list of sizes; write a list in a list: '
     "[[300, 250]]"),
    ("layouts/article.toml", INLINE + 'sizes = ["300x250"]\n',
     ':5:10: placement "inline": sizes: "300x250" is a text; write a size as [300, 250]: width '
     "and height in px"),
    ("layouts/article.toml", INLINE + "sizes = [[300]]\n",
     ':5:10: placement "inline": sizes: [300] has one entry; a size has two: width and height in '
     "px, as in [300, 250]"),
    ("layouts/article.toml", INLINE + 'sizes = [[300, "250"]]\n',
     ':5:10: placement "inline": sizes: [300, "250"] has a text in it; a size is two whole '
     "numbers of px, as in [300, 250]"),
    ("layouts/article.toml", INLINE + "sizes = [[300, 0]]\n",
     ':5:10: placement "inline": sizes: [300, 0] is out of bounds; width and height are 1 to '
     "4000 px"),
    # Types
    ("layouts/article.toml", SIZED + 'max = "6"\n',
     ':6:7: placement "inline": max = "6" is a text; write a whole number'),
    ("layouts/article.toml", SIZED + "max = 6.5\n",
     ':6:7: placement "inline": max = 6.5 is not whole; write a whole number'),
    ("layouts/article.toml", SIZED + "max = 0\n",
     ':6:7: placement "inline": max = 0 is too small; at least 1 is allowed'),
    ("layouts/article.toml", SIZED + "max = 1000\n",
     ':6:7: placement "inline": max = 1000 is too large; at most 100 is allowed'),
    ("layouts/article.toml", SIZED + 'priority = "high"\n',
     ':6:12: placement "inline": priority = "high" is a text; write a whole '
     "number"),
    ("layouts/article.toml", SIZED + "priority = 5000\n",
     ':6:12: placement "inline": priority = 5000 is too large; at most 1000 is '
     "allowed"),
    ("layouts/article.toml", SIZED + 'enabled = "yes"\n',
     ':6:11: placement "inline": enabled = "yes" is a text; write true or false, without quotes'),
    ("layouts/article.toml", SIZED + 'fill = "house"\n',
     ':6:8: placement "inline": fill = "house" is a text; write a list, such as [ ... ]'),
    ("layouts/article.toml", 'article = 2026-01-01\n' + SIZED,
     ':1:11: article = 2026-01-01 is a date or time; write a text in quotes, such as "text"'),
    ("layouts/article.toml", 'article = " "\n' + SIZED,
     ':1:11: article = " " is empty; write a text or take the line out'),
    ("layouts/article.toml", '[placement]\nname = "inline"\n',
     ":1:1: placement = [placement] is a table; write a list of tables, each under [[placement]]"),
    ("site.toml", 'limits = "none"\n',
     ':1:10: limits = "none" is a text; write a table, under [limits]'),
    ("site.toml", '[limits]\nmax_body_bytes = "4 MB"\n',
     ':2:18: limits.max_body_bytes = "4 MB" is a text; write a whole number'),
    ("site.toml", "[limits]\nupstream_timeout_s = 0\n",
     ":2:22: limits.upstream_timeout_s = 0 is too small; more than 0 is allowed"),
    # Names and keys
    ("layouts/article.toml", SIZED + 'evry = "750px"\n',
     f':6:1: placement "inline": unknown key "evry"; keys are {PLACEMENT_KEYS}; did you mean '
     '"every"?'),
    ("layouts/article.toml", "color = 1\n" + SIZED,
     f':1:1: unknown key "color"; keys are {LAYOUT_KEYS}'),
    ("site.toml", 'default_langauge = "en"\n',
     f':1:1: unknown key "default_langauge"; keys are {SITE_KEYS}; did you mean '
     '"default_language"?'),
    ("site.toml", "[consent]\nvisitor = 1\n",
     ':2:1: unknown key "visitor" in consent; keys are visitor_id, require, wait_ms, '
     'region; did you mean "visitor_id"?'),
    ("site.toml", 'delivery = "markers"\n',
     ':1:1: key "delivery" is not in this version; take it out'),
    ("layouts/article.toml", SIZED.replace('name = "inline"\n', ""),
     ':2:1: placement 1: name is missing; write name = "inline"'),
    ("layouts/article.toml", PLACEMENT + "sizes = [[300, 250]]\n",
     ':2:1: placement "inline": kind is missing; write kind = "inline"'),
    ("layouts/article.toml", SIZED.replace('"inline"', '"In line"', 1),
     ':3:8: placement "In line": name = "In line" is not a plain name; use a to z, 0 to 9, - and '
     "_, a letter or digit first, at most 40 characters"),
    ("layouts/article.toml", SIZED + SIZED.removeprefix('pages = ["/**"]\n'),
     ':7:8: placement "inline": name = "inline" is the name of another placement, in line 3; '
     "names must differ"),
    ("layouts/article.toml", 'name = "story"\n' + SIZED,
     ':1:8: name = "story" differs from the file\'s name; write name = "article" or take the '
     'line out; or call the file "story.toml"'),
    # Kinds and adapters
    ("layouts/article.toml", SIZED.replace('kind = "inline"', 'kind = "inlin"'),
     ':4:8: placement "inline": kind = "inlin" is no kind of placement; kinds are "inline", '
     '"before", "after", "nth", "selector", "sticky", "listing" or "notice"; did you mean '
     '"inline"?'),
    ("layouts/article.toml", SIZED + 'fill = ["gtp", "house"]\n',
     ':6:9: placement "inline": fill: "gtp" is no fill adapter; adapters are "house", "gpt", '
     '"prebid", "adsense", "iframe" or "notice"; did you mean "gpt"?'),
    ("layouts/article.toml", SIZED.replace('kind = "inline"', 'kind = "nth"'),
     ':2:1: placement "inline": n is missing; kind "nth" needs the number of the block to '
     "follow: write n = 3"),
    ("layouts/article.toml", SIZED + "min = 3\nmax = 2\n",
     ':6:7: placement "inline": min = 3 cannot be met: min = 3 is more than max = 2'),
    # Pages
    ("layouts/article.toml", SIZED.replace("/**", "news/*"),
     ':1:10: pages: "news/*" does not begin with "/"; write "/news/*"'),
    ("layouts/article.toml", SIZED.replace("/**", "https://example.org/news/*"),
     ':1:10: pages: "https://example.org/news/*" is an address; write the path only: "/news/*"'),
    ("layouts/article.toml", SIZED.replace("/**", "/news/**.html"),
     ':1:10: pages: "/news/**.html" "**" must be a whole step, as in "/news/**"; within a step '
     'write "*"'),
    ("layouts/article.toml", SIZED.replace("/**", "!/news?id=*"),
     ':1:10: pages: "!/news?id=*" has "?" in it; a path has no query: write "!/news"'),
    # Experiments
    ("experiments/density.toml", VARIANTS + '[[guardrails]]\nmetric = "scroll_depth"\n',
     f':9:1: unknown key "guardrails"; keys are {EXPERIMENT_KEYS}; did you mean "guardrail"?'),
    ("experiments/density.toml", VARIANTS + "[[guardrail]]\nmargin = 0.02\n",
     ':9:1: metric is missing; write metric = "scroll_depth"'),
    ("experiments/density.toml", VARIANTS.replace('"dense"\nweight', '"danse"\nweight'),
     ':7:10: variant "dense": layout = "danse" is no layout; layouts are "article" and "dense"; '
     'did you mean "dense"?'),
    ("experiments/density.toml", VARIANTS.replace("0.5", "0"),
     ':4:10: variant "control": weight = 0 leaves the weights with a sum of 0; at least one '
     "variant needs more than 0"),
    ("experiments/density.toml", VARIANTS.replace("0.5", "-1", 1),
     ':4:10: variant "control": weight = -1 is too small; at least 0 is allowed'),
    ("experiments/density.toml", VARIANTS.replace("weight = 0.5\n", "", 1),
     ':1:1: variant "control": weight is missing; write weight = 0.5'),
    ("experiments/density.toml", VARIANTS[: VARIANTS.index("[[variant]]", 1)],
     ":1:1: has one [[variant]]; an experiment compares two or more"),
    ("experiments/density.toml", 'status = "draft"\n',
     ":1:1: has no [[variant]]; an experiment compares two or more"),
    ("experiments/density.toml", VARIANTS.replace('name = "dense"', 'name = "control"'),
     ':6:8: variant "control": name = "control" is the name of another variant, in line 2; '
     "names must differ"),
    ("experiments/density.toml", 'status = "runing"\n' + VARIANTS,
     ':1:10: status = "runing" is not allowed; write "draft", "running", "stopped" or "decided"; '
     'did you mean "running"?'),
    ("experiments/density.toml", "traffic = 50\n" + VARIANTS,
     ":1:11: traffic = 50 is out of bounds; write a share from 0 to 1; did you mean 0.5?"),
    ("experiments/density.toml", "hash_version = 3\n" + VARIANTS,
     ":1:16: hash_version = 3 is not allowed; write 1 or 2"),
    ("experiments/density.toml", 'assign = "cdn"\n' + VARIANTS,
     ':1:10: assign = "cdn" is not allowed; write "reader" or "server"'),
    # Settings
    ("site.toml", '[consent]\nvisitor_id = "always"\n',
     ':2:14: consent.visitor_id = "always" is not allowed; write "never", "assumed" or "tcf"'),
    ("site.toml", 'default_language = "english (US)"\n',
     ':1:20: default_language = "english (US)" is no language tag; write one like "en", "pt-BR" '
     'or "zh-Hant"'),
    ("site.toml", 'default_language = "english"\n',
     ':1:20: default_language = "english" is no language tag; write one like "en", "pt-BR" or '
     '"zh-Hant"'),
    # Labels
    ("labels/en.toml", 'label = ""\n',
     ':1:9: label = "" is empty; write a text or take the line out'),
    ("labels/en.toml", 'lable = "Ad"\n',
     ':1:1: unknown key "lable"; keys are label, loading, skip, report, notice, close, adsense, '
     'behalf, paid, political; did you mean '
     '"label"?'),
    ("labels/english_us.toml", 'label = "Ad"\n',
     ': "english_us" is no language tag; call the file after one, such as "labels/en.toml" or '
     '"labels/pt-BR.toml"'),
    ("labels/en.toml", f'notice = "{"x" * 501}"\n',
     f':1:10: notice = "{"x" * 56}... has 501 characters; at most 500 are allowed'),
    # TOML itself
    ("layouts/article.toml", SIZED + "every = 750px\n",
     ':6:9: every = 750px is not TOML; texts stand in quotes: write every = "750px"'),
    ("layouts/article.toml", SIZED + "enabled = True\n",
     ":6:11: enabled = True is not TOML; write enabled = true"),
    ("layouts/article.toml", SIZED + "max = 1,000\n",
     ":6:7: max = 1,000 is not TOML; numbers have no commas, spaces or leading zeros: write "
     "max = 1000"),
    ("layouts/article.toml", SIZED + "max =\n", ':6:6: max has no value; write one after "="'),
    ("layouts/article.toml", SIZED + "max = 3\nmax = 4\n",
     ":7:1: max is given twice; it stands in line 6 already: keep one of them"),
    ("layouts/article.toml", SIZED + "every: 750px\n",
     ':6:1: "every: 750px" is not TOML; write key = value'),
    ("layouts/article.toml", SIZED + 'first = "200px\nmax = 3\n',
     ":6:9: first has a text whose closing quote is missing"),
    ("layouts/article.toml", SIZED + "first = \u201c200px\u201d\n",
     ':6:9: first = \u201c200px\u201d has curly quotes; write straight ones: first = "200px"'),
    ("layouts/article.toml", 'article = ".a "b""\n' + SIZED,
     ":1:11: article has more behind the text's closing quote; a text with \" in it stands in "
     "'...'"),
    ("layouts/article.toml", 'article = "C:\\dir"\n' + SIZED,
     ':1:16: a backslash in "..." begins an escape; write \\\\ for a backslash, or put the text '
     "in '...'"),
    ("layouts/article.toml", SIZED.replace('["/**"]', '["/**"'),
     ':1:9: pages has a list that is not closed, or a comma is missing in it; write "," between '
     'entries and "]" at the end'),
    ("layouts/article.toml", SIZED + "fill = [\n",
     ':6:8: fill has a list that is not closed, or a comma is missing in it; write "," between '
     'entries and "]" at the end'),
    ("layouts/article.toml", SIZED + 'every = { mobile = "1px",\n  desktop = "2px" }\n',
     ':6:9: every has a table in braces that does not end in its line; write { ... } in one line, '
     'with "," between entries'),
    ("layouts/article.toml", SIZED.replace("[[placement]]", "[[placement]"),
     ':2:1: "[[placement]" is not a header; a table is written [name], an entry of a list of '
     "tables [[name]]"),
    ("layouts/article.toml", "x = " + "[" * 5000 + "]" * 5000,
     ":1:1: lists or tables are nested too deeply to be read"),
    # Encodings
    ("layouts/article.toml", b"# caf\xe9\n" + SIZED.encode(),
     ":1:6: is not UTF-8: byte 0xe9; save the file as UTF-8"),
    ("layouts/article.toml", SIZED.encode("utf-16"), ":1:1: is UTF-16; save the file as UTF-8"),
    # Creatives
    ("creatives/banner.html", "x",
     ': "banner.html" has no size or is not a plain name; call it NAME-WIDTHxHEIGHT.html, such as '
     '"newsletter-300x250.html"'),
    ("creatives/banner-300x250.html", "", ": is empty; readers would see an empty box"),
    ("creatives/banner-300x250.svg", b"<svg>\n\xff</svg>",
     ":2:1: is not UTF-8: byte 0xff; save the file as UTF-8"),
    # Files
    ("layouts/My Layout.toml", SIZED,
     ': "My Layout.toml" is not a plain name; use a to z, 0 to 9, - and _, a letter or digit '
     "first, at most 40 characters, then .toml"),
    ("site.toml", "#" * 1_000_001, ": has 1000001 bytes; at most 1000000 are read"),
]  # fmt: skip

WARNINGS = [
    ("layouts/article.toml", SIZED + 'every = { mobile = "200px", desktop = "500px" }\n',
     ':6:20: placement "inline": every.mobile = "200px" is less than a slot\'s own 250 px on '
     'mobile; readers would see more ad than article: write "250px" or more'),
    ("layouts/article.toml", "max_density = { mobile = 0.4, desktop = 0.5 }\n" + SIZED,
     ":1:26: max_density.mobile = 0.4 is over the Better Ads Standards' 0.3 on mobile; browsers "
     "may block all ads of a site that breaks them: write 0.3 or less"),
    ("layouts/article.toml", SIZED + 'fill = []\n',
     ':6:8: placement "inline": fill = [] asks nobody; the box would stay empty: write '
     'fill = ["house"]'),
    ("layouts/article.toml", SIZED + 'fill = ["house", "house"]\n',
     ':6:18: placement "inline": fill: "house" is asked twice; take one out'),
    ("layouts/article.toml", INLINE + "sizes = { mobile = [[300, 250]], desktop = [[728, 90]] }\n",
     ':5:44: placement "inline": sizes.desktop = [[728, 90]] has no house creative for desktop; '
     "add one of 728x90 to creatives/, such as creatives/NAME-728x90.html"),
    ("layouts/article.toml", SIZED + "n = 3\n",
     ':6:5: placement "inline": n = 3 means nothing for kind "inline"; take it out'),
    ("layouts/article.toml", 'pages = ["/**"]\n',
     ":1:1: has no [[placement]]; without one this layout puts nothing into a page"),
    ("layouts/spare.toml", SIZED.removeprefix('pages = ["/**"]\n'),
     ':1:1: no page and no experiment uses this layout; write pages = ["/**"], or name it in an '
     "experiment"),
    ("layouts/late.toml", "priority = -1\n" + SIZED,
     ':2:9: pages = ["/**"] never gets a page: layout "article" takes all of them first; give '
     "this one a priority over 0"),
    ("experiments/density.toml", VARIANTS.replace("0.5", "0", 1),
     ':4:10: variant "control": weight = 0 gives this variant to nobody'),
    ("experiments/density.toml", 'status = "running"\ntraffic = 0.0\n' + VARIANTS,
     ":2:11: traffic = 0.0 lets nobody take part in a running experiment but testers "
     "with a link (`adweave experiment link`)"),
    ("experiments/density.toml",
     VARIANTS + '[[metric]]\nname = "top-clicks"\nkind = "click"\nplacement = "inlin"\n',
     ':12:13: metric.placement = "inlin" is no placement of its layouts, so it counts nothing; did '
     'you mean "inline"?'),
    ("layouts/article.toml", SIZED.replace('"inline"', '"end"').replace(
        'kind = "end"', 'kind = "after"\nrelax_to = 0.5'),
     ':5:12: placement "end": relax_to = 0.5 means nothing for kind "after"; take it out'),
    ("creatives/poster-970x600.html", "x",
     ": is 970x600, larger than any size of a placement, so no slot shows it; sizes are 300x250"),
    ("creatives/button-120x60.html", "x",
     ": is 120x60, which is no size of a placement, so no slot shows it; sizes are 300x250"),
    ("creatives/banner-300x250.psd", "x",
     ': is not read; creatives end in ".html", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp" '
     'or ".avif"'),
    ("sites.toml", "",
     ": is not read; the folder holds site.toml and layouts/, experiments/, labels/, creatives/, "
     'tests/; did you mean "site.toml"?'),
    ("layouts/article.tml", SIZED, ": is not read; files in layouts/ are called NAME.toml"),
    ("layouts/old/article.toml", SIZED,
     "|layouts/old: is a folder; layouts/ has no folders inside, so it is not read"),
]  # fmt: skip


def _ids(cases: list[tuple[str, str | bytes, str]]) -> list[str]:
    return [f"{number}-{file}" for number, (file, _, _) in enumerate(cases)]


def _messages(folder: Path, severity: str) -> list[str]:
    return [str(p) for p in load(folder).problems if p.severity == severity]


def _expected(file: str, rest: str) -> str:
    return rest[1:] if rest.startswith("|") else f"{file}{rest}"


@pytest.mark.parametrize(("file", "content", "message"), ERRORS, ids=_ids(ERRORS))
def test_each_mistake_has_one_message_that_says_where_what_and_what_is_allowed(
    write, file, content, message
):
    folder = write({file: content})
    assert _messages(folder, "error") == [_expected(file, message)]
    assert load(folder).site is None


@pytest.mark.parametrize(("file", "content", "message"), WARNINGS, ids=_ids(WARNINGS))
def test_what_is_legal_and_unwise_is_a_warning_and_keeps_the_site(write, file, content, message):
    folder = write({file: content})
    assert _messages(folder, "error") == []
    assert _messages(folder, "warning") == [_expected(file, message)]
    assert load(folder).site is not None


def test_a_sound_folder_has_nothing_to_say(write):
    assert load(write({})).problems == ()


def test_the_design_papers_own_example_is_told_in_its_words(write):
    lines = ['pages = ["/**"]', *["#"] * 9, "[[placement]]", 'name = "inline"', 'kind = "inline"']
    text = "\n".join([*lines, 'every = "750"', "sizes = [[300, 250]]", ""])
    assert _messages(write({"layouts/article.toml": text}), "error") == [
        'layouts/article.toml:14:9: placement "inline": every = "750" has no unit; write '
        '"750px", "6 blocks", "300 words" or "1.5 screens"'
    ]


def test_ten_mistakes_in_three_files_are_all_told_at_once(write):
    folder = write(
        {
            "site.toml": 'default_langauge = "en"\n[consent]\nvisitor_id = "alway"\n',
            "layouts/article.toml": """\
pages = ["news/**"]
min_length = 200
[[placement]]
name = "inline"
kind = "inlin"
every = { mobile = "750pt", desktop = "500px" }
max = "6"
sizes = { mobile = [[300, 250]], desktop = [] }
""",
            "experiments/density.toml": """\
status = "running"
traffic = 50
[[variant]]
name = "control"
layout = "artcle"
weight = 0.5
[[variant]]
name = "dense"
layout = "dense"
weight = 0.5
""",
        }
    )
    assert _messages(folder, "error") == [
        f'site.toml:1:1: unknown key "default_langauge"; keys are {SITE_KEYS}; did you mean '
        '"default_language"?',
        'site.toml:3:14: consent.visitor_id = "alway" is not allowed; write "never", "assumed" or '
        '"tcf"',
        'layouts/article.toml:1:10: pages: "news/**" does not begin with "/"; write "/news/**"',
        'layouts/article.toml:2:14: min_length = 200 has no unit; write "200px", "6 blocks", '
        '"300 words" or "1.5 screens"',
        'layouts/article.toml:5:8: placement "inline": kind = "inlin" is no kind of placement; '
        'kinds are "inline", "before", "after", "nth", "selector", "sticky", "listing" or '
        '"notice"; did you mean "inline"?',
        'layouts/article.toml:6:20: placement "inline": every.mobile = "750pt" has the unknown '
        'unit "pt"; units are px, screens, blocks, words',
        'layouts/article.toml:7:7: placement "inline": max = "6" is a text; write a whole number',
        'layouts/article.toml:8:44: placement "inline": sizes.desktop = [] has no size; write at '
        "least one, as in [[300, 250]]",
        "experiments/density.toml:2:11: traffic = 50 is out of bounds; write a share from 0 to 1; "
        "did you mean 0.5?",
        'experiments/density.toml:5:10: variant "control": layout = "artcle" is no layout; '
        'layouts are "article" and "dense"; did you mean "article"?',
    ]


def test_a_syntax_error_does_not_hide_the_other_mistakes_of_its_file(write):
    text = SIZED + "first = 200px\nmax = 0\nlast = 1 2\nmim = 3\n"
    folder = write({"layouts/article.toml": text})
    assert _messages(folder, "error") == [
        "layouts/article.toml:6:9: first = 200px is not TOML; texts stand in quotes: write first "
        '= "200px"',
        'layouts/article.toml:7:7: placement "inline": max = 0 is too small; at least 1 is allowed',
        "layouts/article.toml:8:8: last = 1 2 is not TOML; numbers have no commas, spaces or "
        "leading zeros: write last = 12",
        f'layouts/article.toml:9:1: placement "inline": unknown key "mim"; keys are '
        f'{PLACEMENT_KEYS}; did you mean "min"?',
    ]


def test_lines_that_are_no_statements_are_told_once(write):
    folder = write({"layouts/article.toml": "these are just words\n" * 500})
    assert _messages(folder, "error") == [
        'layouts/article.toml:1:1: "these are just words" is not TOML; write key = value'
    ]


def test_a_file_of_nothing_but_faults_is_told_twenty_times_and_no_more(write):
    folder = write({"layouts/article.toml": "max = one two\n" * 500})
    assert _messages(folder, "error") == [
        f"layouts/article.toml:{line}:7: max = one two is not TOML; texts stand in quotes: write "
        'max = "one two"'
        for line in range(1, 21)
    ]


def test_a_very_long_file_tells_its_first_fault_only(write):
    text = "".join(f"key{number} = 1\n" for number in range(10_000))
    folder = write({"layouts/article.toml": text + "bad\nworse\n"})
    assert _messages(folder, "error") == [
        'layouts/article.toml:10001:1: "bad" is not TOML; write key = value'
    ]


def test_a_control_without_pages_is_an_error(write):
    folder = write(
        {
            "layouts/spare.toml": SIZED.removeprefix('pages = ["/**"]\n'),
            "experiments/density.toml": VARIANTS.replace('"article"', '"spare"'),
        }
    )
    assert _messages(folder, "error") == [
        'experiments/density.toml:3:10: variant "control": layout = "spare" has no pages; the '
        "first variant is the control, whose pages the experiment runs on: write pages = "
        '["/**"] in layouts/spare.toml'
    ]


def test_two_running_experiments_may_not_share_a_layout(write):
    running = 'status = "running"\n' + VARIANTS
    folder = write({"experiments/a.toml": running, "experiments/b.toml": running})
    assert _messages(folder, "error") == [
        'experiments/b.toml:4:10: variant "control": layout = "article" is used by the running '
        'experiment "a" too; stop one of them, or give this one a copy of the layout',
        'experiments/b.toml:8:10: variant "dense": layout = "dense" is used by the running '
        'experiment "a" too; stop one of them, or give this one a copy of the layout',
    ]
    assert load(write({"experiments/b.toml": VARIANTS})).site is not None


def test_a_broken_layout_is_not_called_missing_by_the_experiment_that_names_it(write):
    folder = write({"layouts/dense.toml": "pages = \n", "experiments/density.toml": VARIANTS})
    assert [p.file for p in load(folder).problems] == ["layouts/dense.toml"]


def test_a_missing_folder_is_told_with_the_command_that_makes_one(tmp_path):
    folder = tmp_path / "nowhere"
    assert _messages(folder, "error") == [
        f"{folder}: there is no such folder; `adweave init {folder}` writes one to start from"
    ]


def test_a_folder_without_layouts_is_no_configuration(tmp_path):
    assert _messages(tmp_path, "error") == [
        "layouts/: there is no layouts/NAME.toml; without a layout no page gets a slot: "
        "`adweave init DIR` writes a folder to start from"
    ]


def test_a_problem_marks_its_place_in_the_line(write):
    folder = write({"layouts/article.toml": SIZED + '  every = "750" # so far\n'})
    (problem,) = load(folder).problems
    assert problem.source == '  every = "750" # so far'
    assert problem.source[problem.col - 1 :][: problem.width] == '"750"'


def test_an_experiment_that_runs_while_nothing_is_reported_back_is_told_so(write):
    running = 'status = "running"\n' + VARIANTS
    quiet = "[events]\nenabled = false\n"
    folder = write({"experiments/density.toml": running, "site.toml": quiet})
    assert _messages(folder, "warning") == [
        'experiments/density.toml:1:10: status = "running" has no results: site.toml says '
        "events.enabled = false, so nothing is reported back"
    ]
    folder = write({"site.toml": ""})
    assert _messages(folder, "warning") == []
