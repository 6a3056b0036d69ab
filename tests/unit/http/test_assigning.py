"""Variants that the server picks: what each reader's page has, and what caches are told."""

from __future__ import annotations

import contextlib
import html
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from adweave import AdweaveMiddleware
from adweave.events import Forced, signed_link
from adweave.experiments import assign
from adweave.http.engine import Engine
from adweave.placements import Delivery, Experiment, Layout, Settings, Site, load
from tests.configurations import experiment, layout, site

from .wire import (
    HTML,
    PATIENCE_S,
    Answer,
    Client,
    RunningGateway,
    Wire,
    always,
    article,
    in_front_of,
    response,
    running_app,
)

PLACEMENT = '[[placement]]\nname = "inline"\nkind = "inline"\nsizes = [[300, 250]]\n'
FILE = """\
status = "running"
assign = "server"
[[variant]]
name = "control"
layout = "article"
weight = 1
[[variant]]
name = "dense"
layout = "dense"
weight = 1
"""
KEY = b"a key of more than sixteen bytes"
PUBLIC = "Cache-Control: public, max-age=600, s-maxage=600"
TAGGED = response(article(), HTML, 'ETag: "abc"', PUBLIC, "Surrogate-Control: max-age=600")
SIZES = [[300, 250]]
# Slots of both layouts: those of narrow and of wide windows are not at the same places.
CONTROL, DENSE = 2, 5
OPENS = re.compile(rb"<ad-slot[ >]")


def running(**keys: object) -> Site:
    control = layout(sizes=SIZES, max=1).model_copy(update={"pages": ("/**",)})
    asked = experiment(
        assign="server", **{name: each for name, each in keys.items() if name != "consent"}
    )
    settings = {"consent": keys["consent"]} if "consent" in keys else {}
    return site(
        control, layout("dense", sizes=SIZES, max=3, every="300px"), experiment=asked, **settings
    )


SITE = running()
DENSITY = SITE.experiments["density"]


def visitor_in(variant: int | None, asked: Experiment = DENSITY, site: Site = SITE) -> str:
    """The id of a visitor who is dealt that variant by what `adweave assign` reckons, too."""
    return next(
        unit
        for unit in (f"{number:032x}" for number in range(100_000))
        if assign(asked, unit, site.settings, time.time()) == variant
    )


def as_visitor(unit: str) -> str:
    return f"Cookie: session=1; adweave-id={unit}"


def slots(answer: Answer) -> int:
    return len(OPENS.findall(answer.body))


def told(answer: Answer) -> dict:
    """What the loader is told of the experiment."""
    found = re.search(rb"<script async src=\"?[^ ]*loader[^ ]* data-adweave='([^']*)'", answer.body)
    assert found is not None
    return json.loads(html.unescape(found[1].decode()))


@contextlib.contextmanager
def gateway_for(site: Site, raw: bytes = TAGGED) -> Iterator[RunningGateway]:
    with in_front_of(always(raw), site=site, page_key=KEY) as (gateway, _):
        yield gateway


@pytest.fixture(scope="module")
def gateway() -> Iterator[RunningGateway]:
    with gateway_for(SITE) as running_one:
        yield running_one


@pytest.fixture(scope="module")
def pages(gateway: RunningGateway) -> dict[str, Answer]:
    return {
        "control": gateway.get("/a", as_visitor(visitor_in(0))),
        "dense": gateway.get("/a", as_visitor(visitor_in(1))),
        "nobody": gateway.get("/a"),
    }


def test_a_visitor_gets_the_slots_of_the_variant_that_the_hash_says(pages):
    assert slots(pages["control"]) == CONTROL
    assert slots(pages["dense"]) == DENSE
    assert 'slots=2; layout="article"' in pages["control"].verdict
    assert 'slots=5; layout="dense"' in pages["dense"].verdict


def test_the_page_has_no_marker_no_head_script_and_no_word_of_the_other_variant(pages):
    for name, other in (("control", b"dense"), ("dense", b'"article"')):
        body = pages[name].body
        assert b"<!--" not in body
        assert b"MutationObserver" not in body
        assert b"ranges" not in body
        assert other not in html.unescape(body.decode()).encode()


def test_the_loader_is_told_the_variant_or_that_there_is_none(pages):
    assert told(pages["control"])["exp"] == {
        "key": "density", "cookie": True, "variants": ["control"], "layouts": ["article"],
        "qa": False,
    }  # fmt: skip
    assert told(pages["dense"])["exp"]["variants"] == ["dense"]
    assert list(told(pages["dense"])["layouts"]) == ["dense"]
    assert told(pages["nobody"])["exp"] == {
        "key": "density", "cookie": True, "variants": [], "layouts": ["article"], "qa": False,
    }  # fmt: skip
    assert told(pages["dense"])["head"] is False


@pytest.mark.parametrize(
    "fields",
    [
        (),
        ("Cookie: session=1",),
        ("Cookie: adweave-id=0123",),
        ("Cookie: adweave-id=" + "g" * 32,),
        (as_visitor(visitor_in(1)), "Sec-GPC: 1"),
        (as_visitor(visitor_in(1)), "User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1)"),
    ],
    ids=["no cookie", "another cookie", "short", "no hexadecimal", "GPC", "crawler"],
)
def test_who_may_not_be_known_gets_the_control_and_is_not_counted(gateway, fields):
    answer = gateway.get("/a", *fields)
    assert slots(answer) == CONTROL
    assert told(answer)["exp"]["variants"] == []


def test_all_answers_are_kept_from_shared_caches_and_asked_for_anew(pages):
    for answer in pages.values():
        assert answer.value(b"cache-control") == b"private, max-age=0"
        assert answer.value(b"surrogate-control") is None
        assert set((answer.value(b"vary") or b"").split(b", ")) >= {
            b"cookie", b"sec-gpc", b"user-agent",
        }  # fmt: skip


def test_a_passed_page_is_private_too():
    with gateway_for(SITE, response(b"<!doctype html><html><body>Hello", HTML, PUBLIC)) as running:
        answer = running.get("/a", as_visitor(visitor_in(1)))
    assert "passed" in answer.verdict
    assert answer.value(b"cache-control") == b"private, max-age=0"


def test_a_copy_of_one_variant_is_never_taken_for_the_others(gateway, pages):
    tags = {name: (answer.value(b"etag") or b"").decode() for name, answer in pages.items()}
    assert len(set(tags.values())) == 3
    dense = as_visitor(visitor_in(1))
    mine = gateway.get("/a", dense, f"If-None-Match: {tags['dense']}")
    assert mine.status == 304
    assert mine.value(b"cache-control") == b"private, max-age=0"
    for other in ("control", "nobody"):
        answer = gateway.get("/a", dense, f"If-None-Match: {tags[other]}")
        assert (answer.status, slots(answer)) == (200, DENSE)


def test_pages_come_from_the_store_by_variant_and_are_planned_once_each(gateway):
    with gateway.client() as client:
        for variant in (0, 1, None) * 3:
            fields = () if variant is None else (as_visitor(visitor_in(variant)),)
            answer = client.get("/again", *fields)
            assert slots(answer) == (DENSE if variant == 1 else CONTROL)
    assert "plan=hit" in answer.verdict


def test_what_is_held_for_those_without_a_cookie_is_not_given_to_a_visitor() -> None:
    def script(wire: Wire) -> None:
        while (asked := wire.request()) is not None:
            is_known = b'"abc"' in (asked.value(b"if-none-match") or b"")
            unchanged = f'HTTP/1.1 304 Not Modified\r\nETag: "abc"\r\n{PUBLIC}\r\n\r\n'
            wire.send(unchanged.encode() if is_known else TAGGED)

    with in_front_of(script, site=SITE, page_key=KEY) as (running_one, upstream):
        for _ in range(3):
            assert slots(running_one.get("/a")) == CONTROL
        assert upstream.requests[-1].value(b"if-none-match") == b'"abc"'  # it was held
        for _ in range(3):
            assert slots(running_one.get("/a", as_visitor(visitor_in(1)))) == DENSE
            answer = running_one.get("/a")
            assert slots(answer) == CONTROL
            assert answer.value(b"cache-control") == b"private, max-age=0"


def test_pages_that_stream_do_so_by_variant() -> None:
    whole = article()
    half = len(whole) // 2
    head = TAGGED[: -len(whole)]
    goes_on = threading.Event()

    def script(wire: Wire) -> None:
        while wire.request() is not None:
            wire.send(head + whole[:half])
            assert goes_on.wait(PATIENCE_S)
            wire.send(whole[half:])

    with in_front_of(script, site=SITE, page_key=KEY) as (running_one, _):
        goes_on.set()
        known = {each: running_one.get("/a", as_visitor(visitor_in(each))) for each in (0, 1)}
        for variant in (0, 1):
            goes_on.clear()
            with running_one.client() as client:
                lines = ["GET /a HTTP/1.1", "Host: news.example", as_visitor(visitor_in(variant))]
                client.socket.sendall(("\r\n".join([*lines, "", ""])).encode())
                # The head is there although the page is not: it streams.
                assert client.socket.recv(1, socket.MSG_PEEK)
                goes_on.set()
                assert client.answer().body == known[variant].body
    streams = running_one.weaver.counts.value("adweave_streams_total", "result", "whole")
    assert streams == 2


def test_the_middleware_picks_as_the_gateway_does(tmp_path: Path) -> None:
    for name, text in {
        "layouts/article.toml": 'pages = ["/**"]\n' + PLACEMENT + "max = 1\n",
        "layouts/dense.toml": PLACEMENT + 'max = 3\nevery = "300px"\n',
        "experiments/density.toml": FILE,
    }.items():
        (tmp_path / "placements" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "placements" / name).write_text(text)

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        fields = [(b"content-type", b"text/html"), (b"cache-control", b"public, max-age=60")]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": article()})

    site = load(tmp_path / "placements").site_or_raise()
    asked = site.experiments["density"]
    wrapped = AdweaveMiddleware(page, tmp_path / "placements", state=tmp_path / "state")
    with running_app(wrapped) as port, Client(port) as client:
        for variant in (0, 1, None) * 3:
            fields = (as_visitor(visitor_in(variant, asked, site)),) if variant is not None else ()
            answer = client.get("/a", *fields)
            assert slots(answer) == (DENSE if variant == 1 else CONTROL)
            names = [] if variant is None else [("control", "dense")[variant]]
            assert told(answer)["exp"]["variants"] == names
            assert answer.value(b"cache-control") == b"private, max-age=0"


def test_many_visitors_are_split_as_assign_says(gateway):
    found = {0: 0, 1: 0}
    with gateway.client() as client:
        for number in range(400):
            unit = f"{number * 7919:032x}"
            variant = assign(DENSITY, unit, SITE.settings, time.time())
            assert variant is not None
            answer = client.get("/a", as_visitor(unit))
            assert slots(answer) == (CONTROL, DENSE)[variant], unit
            assert told(answer)["exp"]["variants"] == [("control", "dense")[variant]]
            found[variant] += 1
    assert min(found.values()) > 150


def test_traffic_holdout_and_namespace_hold_on_the_server():
    asked = running(traffic=0.5, namespace={"name": "pages", "range": [0.0, 0.5]})
    held = Site(
        asked.generation,
        Settings.model_validate(
            {"consent": {"visitor_id": "assumed"}, "experiments": {"holdout": 0.2}}
        ),
        asked.layouts, asked.experiments, asked.creatives, asked.label_overrides,
    )  # fmt: skip
    one = held.experiments["density"]
    seen: set[int | None] = set()
    with gateway_for(held) as running_one, running_one.client() as client:
        for number in range(60):
            unit = f"{number:032x}"
            variant = assign(one, unit, held.settings, time.time())
            seen.add(variant)
            names = [] if variant is None else [("control", "dense")[variant]]
            assert told(client.get("/a", as_visitor(unit)))["exp"]["variants"] == names
    assert seen == {None, 0, 1}


def test_a_ramp_lets_nobody_in_before_its_first_step():
    late = running(ramp=[{"at": datetime(2099, 1, 1, tzinfo=UTC), "traffic": 1.0}])
    with gateway_for(late) as running_one:
        answer = running_one.get("/a", as_visitor(visitor_in(1)))
    assert told(answer)["exp"]["variants"] == []


def test_page_views_are_drawn_anew_for_every_answer_whatever_the_cookie():
    drawn = {"control": 0, "dense": 0}
    with gateway_for(running(unit="view")) as running_one, running_one.client() as client:
        for _ in range(200):
            exp = told(client.get("/a", as_visitor("0" * 32)))["exp"]
            assert exp["cookie"] is False
            drawn[exp["variants"][0]] += 1
    # 200 draws of a half: fewer than 50 have a chance of 1 in 10^13.
    assert min(drawn.values()) >= 50


def test_without_consent_for_an_id_visitors_take_no_part():
    with gateway_for(running(consent={"visitor_id": "never"})) as running_one:
        answer = running_one.get("/a", as_visitor(visitor_in(1)))
    assert told(answer)["exp"]["variants"] == []


def link(variant: str, *, lasts_s: int = 600, key: bytes = KEY, name: str = "density") -> str:
    return signed_link(key, Forced(name, variant, int(time.time()) + lasts_s))


def test_a_testers_link_gives_its_variant_and_says_that_it_does_not_count(gateway):
    control = visitor_in(0)
    answer = gateway.get("/a", f"Cookie: adweave-qa={link('dense')}; adweave-id={control}")
    assert slots(answer) == DENSE
    assert told(answer)["exp"]["qa"] is True
    assert told(answer)["exp"]["variants"] == ["dense"]
    # Neither page nor tag is the readers' of that variant.
    reader = gateway.get("/a", as_visitor(visitor_in(1)))
    assert told(reader)["exp"]["qa"] is False
    assert reader.value(b"etag") != answer.value(b"etag")


@pytest.mark.parametrize(
    "text",
    [
        link("dense", key=b"another key, also long enough"),
        link("dense", lasts_s=-1),
        link("other"),
        link("dense", name="elsewhere"),
        "density.dense.9999999999.0",
        "",
    ],
    ids=["forged", "expired", "no variant", "other experiment", "no signature", "empty"],
)
def test_a_link_that_does_not_hold_changes_nothing(gateway, text):
    answer = gateway.get("/a", f"Cookie: adweave-qa={text}; adweave-id={visitor_in(0)}")
    assert slots(answer) == CONTROL
    assert told(answer)["exp"] == {
        "key": "density", "cookie": True, "variants": ["control"], "layouts": ["article"],
        "qa": False,
    }  # fmt: skip


def test_readers_of_a_variant_without_slots_on_a_page_are_counted_as_well():
    empty = Layout.model_validate(
        {"name": "article", "pages": ("/**",), "placement": [{**_inline(), "enabled": False}]}
    )
    asked = site(empty, layout("dense", sizes=SIZES, max=2), experiment=experiment(assign="server"))
    with gateway_for(asked) as running_one:
        answer = running_one.get("/a", as_visitor(visitor_in(0)))
        assert "woven; slots=0" in answer.verdict
        assert told(answer)["exp"]["variants"] == ["control"]
        assert slots(running_one.get("/a", as_visitor(visitor_in(1)))) == 4


def _inline() -> dict[str, object]:
    return {"name": "inline", "kind": "inline", "sizes": [[300, 250]]}


def test_other_experiments_go_on_as_they_were(gateway):
    open_one = site(
        layout(sizes=SIZES, max=1).model_copy(update={"pages": ("/**",)}),
        layout("dense", sizes=SIZES, max=3, every="300px"),
        experiment=experiment(),
    )
    with gateway_for(open_one) as running_one:
        answer = running_one.get("/a", as_visitor(visitor_in(1)))
        other = running_one.get("/a", as_visitor(visitor_in(0)))
    assert answer.body == other.body
    assert answer.value(b"cache-control") == PUBLIC.partition(": ")[2].encode()
    assert told(answer)["exp"]["ranges"] == [[0.0, 0.5], [0.5, 1.0]]


def test_without_an_answer_of_the_server_a_page_has_the_controls_slots():
    delivery = Delivery(tuple(SITE.layouts.values()), DENSITY)
    assert delivery.is_for_one
    assert delivery.shown.name == "article"


def test_one_miss_plans_the_page_for_readers_of_all_variants() -> None:
    with gateway_for(SITE) as running_one:
        asked = (as_visitor(visitor_in(1)),), (as_visitor(visitor_in(0)),), ()
        answers = [running_one.get("/a", *fields) for fields in asked]
        assert ["plan=miss" in answer.verdict for answer in answers] == [True, False, False]
        assert [slots(answer) for answer in answers] == [DENSE, CONTROL, CONTROL]
        assert [told(answer)["exp"]["variants"] for answer in answers] == [
            ["dense"],
            ["control"],
            [],
        ]
        assert running_one.weaver.gauges["adweave_plans"] == 3


def test_a_page_that_passes_for_one_variant_is_known_to_pass_for_all() -> None:
    short = b"<!doctype html><html><head></head><body><p>Soon.</p></body></html>"
    raw = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b"
    with gateway_for(SITE, raw % (len(short), short)) as running_one:
        plans = running_one.weaver.counts
        for variant in (1, 0):
            answer = running_one.get("/a", as_visitor(visitor_in(variant)))
            assert answer.verdict.startswith("passed"), answer.verdict
            assert answer.body == short
        assert plans.value("adweave_plans_total", "plan", "miss") == 1
        assert plans.value("adweave_plans_total", "plan", "hit") == 1


def test_a_plan_that_comes_too_late_is_late_for_no_second_variant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planned, may_plan = Engine.plans, threading.Event()

    def late(*args: object, **keys: object) -> object:
        assert may_plan.wait(PATIENCE_S)
        return planned(*args, **keys)

    with gateway_for(SITE) as running_one:
        monkeypatch.setattr(Engine, "plans", late)
        first = running_one.get("/a", as_visitor(visitor_in(0)))
        assert 'reason="deadline"' in first.verdict, first.verdict
        may_plan.set()
        ends = time.monotonic() + PATIENCE_S
        while running_one.weaver.gauges["adweave_plans"] < 3:
            assert time.monotonic() < ends
            time.sleep(0.01)
        second = running_one.get("/a", as_visitor(visitor_in(1)))
        assert "plan=hit" in second.verdict, second.verdict
