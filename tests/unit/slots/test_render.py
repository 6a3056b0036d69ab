from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

import pytest

from adweave.experiments import client_ranges
from adweave.labels import texts_for
from adweave.layout import Plan, Slot
from adweave.page import Landmark
from adweave.placements import Delivery, Site
from adweave.slots import UNRESTRICTED, Insertion, Permissions, SlotRenderer, Takeover
from tests.configurations import CREATIVES, experiment, layout, site

HEAD = 40
BOX = b"250-250,90@728,250@970"  # of the usual layout: the leaderboard in columns below 970 px


def plan(name: str, gaps: Mapping[str, Sequence[int]]) -> Plan:
    """A plan whose gaps lie a hundred bytes apart."""
    slots = [
        Slot(placement, index, gap, 100 * gap)
        for placement, taken in gaps.items()
        for index, gap in enumerate(taken, 1)
    ]
    return Plan(name, tuple(sorted(slots, key=lambda slot: slot.gap)))


def split(**keys: Any) -> Site:
    return site(layout("article"), layout("dense", **keys), experiment=experiment())


def rendered(
    configuration: Site,
    *gaps: Mapping[str, Sequence[int]],
    lang: str = "en",
    allowed: Permissions = UNRESTRICTED,
) -> tuple[Insertion, ...]:
    layouts = tuple(configuration.layouts.values())
    running = next(iter(configuration.experiments.values()), None)
    ranges = {running.name: client_ranges(running)} if running else {}
    return SlotRenderer(configuration, ranges).insertions(
        [plan(each.name, taken) for each, taken in zip(layouts, gaps, strict=True)],
        Delivery(layouts, running),
        head_offset=HEAD,
        texts=texts_for(lang),
        allowed=allowed,
    )


def configurations(head: Insertion) -> list[dict[str, Any]]:
    """The JSON of the head insertion's scripts, in order."""
    found = re.findall(r"data-adweave='(.*?)'", head.markup.decode("ascii"))
    return [json.loads(unescape(text)) for text in found]


def test_a_slot_is_an_empty_element_with_everything_in_attributes() -> None:
    _, slot = rendered(site(layout()), {"inline": [3]}, lang="de")
    assert slot == Insertion(
        300,
        b'<ad-slot data-placement="inline" data-n="1" data-box="%s" data-label="Anzeige" '
        b'data-loading="%s" data-skip="%s" aria-hidden="true" lang="de" dir="ltr" '
        b"data-nosnippet></ad-slot>"
        % (
            BOX,
            *(
                text.encode("ascii", "xmlcharrefreplace")
                for text in (texts_for("de").loading, texts_for("de").skip)
            ),
        ),
        gap=3,
        slots=1,
    )


def test_nothing_ends_what_a_lenient_parser_takes_for_still_open() -> None:
    # Python's html.parser lets `<![endif]-->` begin what only a `]` before a `>` ends, and
    # comments end at `-- >`: it would go on in the middle of ours, with what follows as text.
    head, *others = rendered(split(), {"inline": [3], "notice": [7]}, {"inline": [3]})
    assert b"<style" in head.markup
    assert head.markup.count(b"<script") == 2
    for insertion in (head, *others):
        unmarked = re.sub(rb"<!--adweave:\d+-->", b"", insertion.markup)
        assert not re.search(rb"\]\s*>|--!?\s*>", unmarked)


def test_without_slots_nothing_is_put_in_at_all() -> None:
    assert rendered(site(layout()), {}) == ()
    assert rendered(split(), {}, {}) == ()


def test_insertions_come_in_the_order_of_the_page_head_first() -> None:
    found = rendered(site(layout()), {"inline": [2, 5], "notice": [7]})
    assert [(each.offset, each.gap, each.slots) for each in found] == [
        (HEAD, None, 0),
        (200, 2, 1),
        (500, 5, 1),
        (700, 7, 0),
    ]


@pytest.mark.parametrize("lang", ["ar", "he", "hi", "ja", "tr", "zh-Hant"])
def test_insertions_are_ascii_in_every_language(lang: str) -> None:
    for each in rendered(split(), {"inline": [1]}, {"inline": [2], "notice": [3]}, lang=lang):
        assert each.markup.isascii()


def test_several_at_one_gap_are_one_insertion_in_the_plans_order() -> None:
    _, both = rendered(site(layout()), {"inline": [4], "notice": [4]})
    assert both.slots == 1
    assert re.findall(rb"<(ad-\w+)", both.markup) == [b"ad-slot", b"ad-notice"]


def test_what_all_variants_share_is_an_element_and_the_rest_are_comments() -> None:
    head, *slots = rendered(split(), {"inline": [2, 8]}, {"inline": [2, 5, 8]})
    assert [each.markup[:14] for each in slots] == [
        b"<ad-slot data-",
        b"<!--adweave:1-",
        b"<ad-slot data-",
    ]
    script, loader = configurations(head)
    assert script["markers"]["1"]["v"] == [1]
    assert {**script["attrs"], **script["markers"]["1"]["a"]}["data-label"] == "Advertisement"
    assert script["exp"] == loader["exp"]
    assert loader["head"] is True


def test_a_place_has_the_same_number_for_readers_of_every_variant() -> None:
    head, _, marked, last = rendered(split(), {"inline": [2, 8]}, {"inline": [2, 5, 8]})
    script, _ = configurations(head)
    assert script["markers"]["1"]["a"]["data-n"] == "2"
    assert b'data-n="3"' in last.markup
    assert marked.markup == b"<!--adweave:1-->"


def test_boxes_that_differ_at_one_gap_are_a_comment_each() -> None:
    smaller = split(sizes={"mobile": [[320, 50]], "desktop": [[728, 90]]})
    head, place = rendered(smaller, {"inline": [2]}, {"inline": [2]})
    assert place.markup == b"<!--adweave:1--><!--adweave:2-->"
    assert place.slots == 2
    markers = configurations(head)[0]["markers"]
    assert [markers[n]["v"] for n in ("1", "2")] == [[0], [1]]
    assert [markers[n]["a"]["data-box"] for n in ("1", "2")] == [
        BOX.decode("ascii"),
        "50-90,50@320,90@728",
    ]
    assert [markers[n]["a"]["data-n"] for n in ("1", "2")] == ["1", "1"]


def test_a_notice_of_one_variant_only_is_a_comment_that_becomes_a_notice() -> None:
    head, _, notice = rendered(split(), {"inline": [2], "notice": [6]}, {"inline": [2]})
    assert notice.markup == b"<!--adweave:1-->"
    assert notice.slots == 0
    marker = configurations(head)[0]["markers"]["1"]
    assert marker["t"] == "ad-notice"
    assert marker["a"] == {"class": "noprint", "data-text": texts_for("en").notice}


def test_variants_that_are_alike_need_no_head_script_but_the_loader_knows_of_the_test() -> None:
    head, _ = rendered(split(), {"inline": [2]}, {"inline": [2]})
    (loader,) = configurations(head)
    assert loader["head"] is False
    assert loader["exp"] == {
        "key": "density",
        "seed": "density",
        "hv": 2,
        "unit": "visitor",
        "ranges": [[0, 0.5], [0.5, 1]],
        "variants": ["control", "dense"],
        "layouts": ["article", "dense"],
    }


def test_a_layout_tested_against_itself_gives_elements() -> None:
    twice = experiment(
        variant=[
            {"name": "a", "layout": "article", "weight": 0.5},
            {"name": "b", "layout": "article", "weight": 0.5},
        ]
    )
    only = layout()
    renderer = SlotRenderer(site(only, experiment=twice), {twice.name: client_ranges(twice)})
    plans = [plan("article", {"inline": [2]})] * 2
    found = renderer.insertions(
        plans, Delivery((only, only), twice), head_offset=HEAD, texts=texts_for("en")
    )
    assert found[1].markup.startswith(b"<ad-slot ")


def test_the_loader_is_told_what_it_needs() -> None:
    head, _ = rendered(site(layout(lazy_margin="800px")), {"inline": [2]}, lang="pt-BR")
    (loader,) = configurations(head)
    assert loader == {
        "v": 1,
        "gen": "0123456789ab",
        "layout": "article",
        "lang": "pt-BR",
        "events": "/_adweave/e",
        "consent": "assumed",
        "wide": 768,
        "layouts": {
            "article": {
                "inline": {
                    "sizes": {"mobile": [[300, 250]], "desktop": [[728, 90], [970, 250]]},
                    "margin": {"mobile": "800px 0px", "desktop": "800px 0px"},
                    "fill": ["house"],
                }
            }
        },
        "house": loader["house"],
        "exp": None,
        "head": False,
    }
    assert [each["name"] for each in loader["house"]] == [each.name for each in CREATIVES]


def test_only_creatives_that_some_slot_could_show_are_listed() -> None:
    small = site(layout(sizes={"mobile": [[300, 250]], "desktop": [[300, 250]]}))
    head, _ = rendered(small, {"inline": [2]})
    names = [each["name"] for each in configurations(head)[0]["house"]]
    assert names == ["tall", "square"]


def test_everything_a_page_asks_for_is_among_the_assets() -> None:
    configuration = split()
    renderer = SlotRenderer(configuration, {"density": [(0, 0.5), (0.5, 1)]})
    strict = Permissions(inline_style=False, inline_script=False)
    for allowed in (UNRESTRICTED, strict):
        found = rendered(configuration, {"inline": [1]}, {"inline": [2]}, allowed=allowed)
        asked = set(re.findall(r"/_adweave/[\w./-]+", found[0].markup.decode("ascii")))
        assert asked - {"/_adweave/e"} <= set(renderer.assets)
        assert len(asked) > 5


def test_assets_are_named_by_their_content() -> None:
    first = SlotRenderer(site(layout()), {})
    second = SlotRenderer(site(layout(sizes={"mobile": [[320, 50]], "desktop": [[728, 90]]})), {})
    sheets = [
        next(path for path in renderer.assets if path.endswith(".css"))
        for renderer in (first, second)
    ]
    assert sheets[0] != sheets[1]
    assert first.assets[sheets[0]].content_type == "text/css; charset=utf-8"


def test_where_nothing_may_be_inline_everything_comes_from_our_address() -> None:
    strict = Permissions(inline_style=False, inline_script=False)
    head, *_ = rendered(split(), {"inline": [1]}, {"inline": [2]}, allowed=strict)
    assert re.findall(rb"<(\w+) ", head.markup) == [b"link", b"script", b"script"]
    assert re.findall(rb">([^<]+)<", head.markup) == []
    # The head script stands before the body and must run before it is parsed.
    assert head.markup.count(b" async ") == 1


def test_a_nonce_stands_on_every_element_of_the_head() -> None:
    allowed = Permissions(nonce='r4"nd0m')
    head, *_ = rendered(split(), {"inline": [1]}, {"inline": [2]}, allowed=allowed)
    assert head.markup.count(b'nonce="r4&quot;nd0m"') == 3


def test_everything_in_the_head_can_be_told_to_be_ours() -> None:
    for allowed in (UNRESTRICTED, Permissions(inline_style=False, inline_script=False)):
        head, *_ = rendered(split(), {"inline": [1]}, {"inline": [2]}, allowed=allowed)
        tags = re.findall(rb"<(?:style|script|link)[^>]*>", head.markup)
        assert len(tags) == 3
        assert all(b"data-adweave" in tag for tag in tags)


def test_where_events_may_not_be_sent_the_loader_has_no_address_for_them() -> None:
    head, _ = rendered(site(layout()), {"inline": [1]}, allowed=Permissions(can_report=False))
    assert configurations(head)[0]["events"] is None
    off = site(layout(), events={"enabled": False})
    assert configurations(rendered(off, {"inline": [1]})[0])[0]["events"] is None


def test_the_boxes_of_the_page_and_no_others_are_in_its_style() -> None:
    small = {"name": "foot", "kind": "after", "sizes": [[320, 50]]}
    both = layout("article", small)
    head, *_ = rendered(site(both), {"inline": [1]})
    assert b'[data-box="%s"]' % BOX in head.markup
    assert b'[data-box="50-50"]' not in head.markup
    head, *_ = rendered(site(both), {"inline": [1], "foot": [5]})
    assert b'[data-box="50-50"]' in head.markup


def test_a_slot_of_one_viewport_is_hidden_at_the_other() -> None:
    plans = [Plan("article", (Slot("inline", 1, 3, 300, ("mobile",)),))]
    configuration = site(layout("article"))
    head, slot = SlotRenderer(configuration, {}).insertions(
        plans,
        Delivery(tuple(configuration.layouts.values()), None),
        head_offset=HEAD,
        texts=texts_for("en"),
    )
    assert b'data-box="250-0"' in slot.markup
    assert (
        b'ad-slot[data-box="250-0"]{--adweave-height:250px}'
        b'@media (min-width:768px){ad-slot[data-box="250-0"]{display:none!important}}'
    ) in head.markup


def taken_over(configuration: Site, late: Takeover) -> tuple[Insertion, ...]:
    running = next(iter(configuration.experiments.values()))
    layouts = tuple(configuration.layouts.values())
    return SlotRenderer(configuration, {running.name: client_ranges(running)}).insertions(
        [plan(each.name, {"inline": [1, 3]}) for each in layouts],
        Delivery(layouts, running),
        head_offset=HEAD,
        texts=texts_for("en"),
        late=late,
    )


def late_of(head: Insertion) -> dict[str, Any]:
    assert head.markup.count(b"<script") == 1
    (late,) = re.findall(r"data-late='(.*?)'", head.markup.decode("ascii"))
    found = json.loads(unescape(late))
    assert isinstance(found, dict)
    return found


BESIDE = {100: Landmark("before", "p", 1, 0), 300: Landmark("after", "h2", 2, 1)}


def test_on_a_page_that_react_takes_over_all_slots_are_markers_for_the_loader() -> None:
    head, *slots = taken_over(split(), Takeover("react", True, BESIDE))
    assert [slot.markup for slot in slots] == [b"<!--adweave:1-->", b"<!--adweave:2-->"]
    late = late_of(head)
    assert late["by"] == "react"
    assert late["markers"]["1"]["v"] == [0, 1]
    assert late["markers"]["2"]["a"]["data-n"] == "2"
    assert configurations(head)[0]["head"] is False


def test_where_no_comment_may_be_the_head_alone_says_where_slots_go() -> None:
    configuration = split()
    (head,) = taken_over(configuration, Takeover("vue", False, BESIDE))
    assert head.slots == 2
    late = late_of(head)
    assert late["by"] == "vue"
    assert late["markers"]["1"]["p"] == ["before", "p", 1, 0]
    assert late["markers"]["2"]["p"] == ["after", "h2", 2, 1]
    assert late["file"] in SlotRenderer(configuration, {"density": ()}).assets


def test_a_place_that_cannot_be_named_is_left_out_and_a_page_without_any_gets_nothing() -> None:
    (head,) = taken_over(split(), Takeover("vue", False, {300: BESIDE[300]}))
    assert [marker["p"][1] for marker in late_of(head)["markers"].values()] == ["h2"]
    assert taken_over(split(), Takeover("vue", False, {})) == ()


SELLING = {
    "gpt": {"unit": "/1234/{placement}", "targeting": {"site": "news"}},
    "prebid": {"src": "/js/prebid.js", "timeout_ms": 900, "bids": [{"bidder": "acme"}]},
    "adsense": {"client": "ca-pub-1234567890123456", "slot": "1"},
    "iframe": {"url": "https://ads.example/{placement}"},
}


def loader_of(configuration: Site, **keys: Any) -> dict[str, Any]:
    head, *_ = rendered(configuration, {"inline": [2]}, **keys)
    return configurations(head)[0]


def test_the_loader_is_told_of_the_adapters_that_a_placement_asks_and_of_no_others() -> None:
    own = {"unit": "/1234/top", "targeting": {"pos": "1"}}
    asking = layout(fill=["gpt", "house"], gpt=own, prebid={"floor": 2}, refresh="60s")
    loader = loader_of(site(asking, demand=SELLING))
    assert loader["demand"] == {
        "gpt": {
            "timeout": 1500,
            "vendors": [755],
            "purposes": [1, 2, 7, 9, 10],
            "unit": "/1234/{placement}",
            "src": "https://securepubads.g.doubleclick.net/tag/js/gpt.js",
            "wide": 768,
            "single": False,
            "targeting": {"site": ["news"]},
        }
    }
    assert list(loader["files"]) == ["gpt"]
    inline = loader["layouts"]["article"]["inline"]
    assert inline["fill"] == ["gpt", "house"]
    assert inline["refresh"] == {"every": 60, "max": None}
    assert inline["ask"] == {"gpt": {"unit": "/1234/top", "own": {"pos": ["1"]}}}
    assert loader["privacy"] == {"require": "auto", "wait": 1000}
    assert loader["parallel"] == 4


def test_an_adapter_that_is_not_set_up_or_not_let_in_is_not_in_the_chain() -> None:
    asking = site(layout(fill=["gpt", "adsense", "house"]), demand={"gpt": SELLING["gpt"]})
    assert loader_of(asking)["layouts"]["article"]["inline"]["fill"] == ["gpt", "house"]
    barred = Permissions(barred=frozenset({"gpt"}))
    loader = loader_of(asking, allowed=barred)
    assert loader["layouts"]["article"]["inline"]["fill"] == ["house"]
    assert "demand" not in loader


def test_an_adapters_own_time_limit_stands_before_the_sites() -> None:
    asking = site(layout(fill=["prebid", "iframe"]), demand={"timeout_ms": 700, **SELLING})
    demand = loader_of(asking)["demand"]
    assert (demand["prebid"]["timeout"], demand["iframe"]["timeout"]) == (900, 700)


def test_files_of_adapters_are_served_with_the_policy_that_they_need() -> None:
    renderer = SlotRenderer(site(layout(fill=["prebid", "gpt"]), demand=SELLING), {})
    names = {path.rsplit("/", 1)[1].split("-")[0]: asset for path, asset in renderer.assets.items()}
    assert {"prebid", "gpt", "creative"} <= set(names)
    assert "adsense" not in names
    assert str(names["creative"].policy).startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in str(names["creative"].policy)
    assert names["gpt"].policy is None


def test_regions_reach_the_loader() -> None:
    region = {"name": "europe", "countries": ["DE", "FR"], "require": "tcf"}
    consent = {"require": "gpc", "wait_ms": 500, "region": [region]}
    loader = loader_of(site(layout(fill=["gpt"]), demand=SELLING, consent=consent))
    assert loader["privacy"] == {
        "require": "gpc",
        "wait": 500,
        "regions": [[["DE", "FR"], "tcf"]],
    }


def test_a_slot_says_what_its_placement_may_need() -> None:
    _, slot = rendered(
        site(layout(fill=["adsense", "notice"], label_style="below")), {"inline": [3]}
    )
    assert b'data-label="Advertisements"' in slot.markup
    assert b'data-notice="Comments are moderated before they appear."' in slot.markup
    assert b'data-style="below"' in slot.markup


def test_a_slot_amid_another_language_has_the_texts_of_that() -> None:
    configuration = site(layout())
    layouts = tuple(configuration.layouts.values())
    _, first, second = SlotRenderer(configuration, {}).insertions(
        [plan("article", {"inline": [2, 8]})],
        Delivery(layouts, None),
        head_offset=HEAD,
        texts=texts_for("en"),
        texts_at={8: texts_for("ar")},
    )
    assert b'data-label="Advertisement"' in first.markup
    assert b'lang="en" dir="ltr"' in first.markup
    assert b'lang="ar" dir="rtl"' in second.markup


def test_a_marker_amid_another_language_says_so_itself() -> None:
    configuration = split()
    experiment = next(iter(configuration.experiments.values()))
    layouts = tuple(configuration.layouts.values())
    head, *_ = SlotRenderer(configuration, {experiment.name: client_ranges(experiment)}).insertions(
        [plan("article", {"inline": [2]}), plan("dense", {"inline": [2, 8]})],
        Delivery(layouts, experiment),
        head_offset=HEAD,
        texts=texts_for("en"),
        texts_at={8: texts_for("de")},
    )
    own = configurations(head)[0]["markers"]["1"]["a"]
    assert (own["lang"], own["dir"], own["data-label"]) == ("de", "ltr", "Anzeige")
