"""The desk: who may send, with which token, and what was sent before."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adweave.events import (
    AHEAD,
    KEY_VARIABLE,
    REASONS,
    REFUSED,
    Accepted,
    Desk,
    Refused,
    Sent,
    Terms,
    page_key,
    page_token,
)
from adweave.events.senders import RateLimit, SeenIds, network_of

NOW = 1_764_000_000_000
VIEW = "0123456789abcdef"
KEY = b"a key of sixteen or more"
TERMS = Terms({"density": ("control", "dense")}, rate_per_minute=60)


def batch(*numbers: int, view: str = VIEW, **changed: Any) -> bytes:
    events = [{"id": f"{view}-{number}", "kind": "view", "t": NOW} for number in numbers or (1,)]
    whole = {
        "v": 1, "view": view, "unit": "view", "uid": view, "path": "/", "gen": "abcdef012345",
        "events": events,
    }  # fmt: skip
    return json.dumps({**whole, **changed}).encode()


def taken(desk: Desk, sent: Sent, terms: Terms = TERMS) -> Accepted:
    found = desk.take(sent, NOW, terms)
    assert isinstance(found, Accepted), found
    return found


def test_a_batch_with_the_token_of_its_generation_is_taken() -> None:
    sent = Sent(batch(), token=page_token(KEY, "abcdef012345"))
    assert len(taken(Desk(KEY), sent).events) == 1


@pytest.mark.parametrize(
    "token",
    [
        "", "x", "0" * 24, "\udcff", "é" * 24,
        page_token(KEY, "another"), page_token(b"another key of 16", "abcdef012345"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_batch_without_the_token_of_its_generation_is_refused(token: str) -> None:
    assert Desk(KEY).take(Sent(batch(), token=token), NOW, TERMS) == Refused("token")


def test_a_batch_that_names_no_generation_has_no_token() -> None:
    sent = Sent(batch(gen=None), token=page_token(KEY, "abcdef012345"))
    assert Desk(KEY).take(sent, NOW, TERMS) == Refused("token")


def test_without_a_key_no_token_is_asked_for() -> None:
    assert len(taken(Desk(), Sent(batch())).events) == 1


def test_a_replayed_batch_is_dropped_and_counted() -> None:
    desk = Desk()
    assert len(taken(desk, Sent(batch(1, 2))).events) == 2
    again = taken(desk, Sent(batch(1, 2, 3)))
    assert [event.id for event in again.events] == [f"{VIEW}-3"]
    assert again.dropped == {"double": 2}


def test_a_forged_id_does_not_keep_another_readers_event_out() -> None:
    desk = Desk()
    other = "f" * 16
    forged = json.loads(batch())
    forged["view"] = other  # its events still carry ids of VIEW
    taken(desk, Sent(json.dumps(forged).encode()))
    assert not taken(desk, Sent(batch())).dropped


def test_what_is_stripped_is_counted_for_events_that_are_taken() -> None:
    desk = Desk()
    assert taken(desk, Sent(batch(1, exp="forged"))).stripped == {"unknown-experiment": 1}
    again = taken(desk, Sent(batch(1, 2, exp="forged")))
    assert (again.stripped, again.dropped) == ({"unknown-experiment": 1}, {"double": 1})


@pytest.mark.parametrize(
    "value", [b"prefetch", b"prefetch;prerender", b"prefetch; anonymous-client-ip", b"preview"]
)
def test_what_is_loaded_ahead_of_a_visit_is_refused(value: bytes) -> None:
    assert Desk().take(Sent(batch(), purposes=(value,)), NOW, TERMS) == Refused("prefetch")


@pytest.mark.parametrize("value", [b"", b"navigation", b"not-prefetch"])
def test_other_purposes_are_no_matter(value: bytes) -> None:
    assert len(taken(Desk(), Sent(batch(), purposes=(value,))).events) == 1


@pytest.mark.parametrize(
    ("agent", "is_bot"),
    [
        (b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        (b"Mozilla/5.0 (Linux; Android 11) Chrome/109.0.0.0 Safari/537.36 Chrome-Lighthouse", True),
        (b"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)", True),
        (b"Mediapartners-Google", True),
        (b"python-requests/2.32", True),
        (b"Mozilla/5.0 (Linux; Android 9; CUBOT X19) Chrome/120.0 Mobile Safari/537.36", False),
        (b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", False),
        (b"Mozilla/5.0 (X11) HeadlessChrome/140.0.0.0 Safari/537.36", False),
        (b"", False),
    ],
)  # fmt: skip
def test_crawlers_are_told_by_their_user_agent(agent: bytes, is_bot: bool) -> None:
    assert taken(Desk(), Sent(batch(), agent=agent)).events[0].bot is is_bot


def test_a_site_can_name_more_crawlers_as_plain_text() -> None:
    desk = Desk()
    terms = Terms({}, bots=("headlesschrome", "acme (probe)"))
    for number, agent in enumerate((b"x HeadlessChrome/140", b"ACME (probe) 1.0")):
        assert taken(desk, Sent(batch(number), agent=agent), terms).events[0].bot
    assert not taken(desk, Sent(batch(8), agent=b"acme probe"), terms).events[0].bot
    assert not taken(desk, Sent(batch(9), agent=b"HeadlessChrome/140")).events[0].bot


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_address_that_sends_too_much_waits_and_others_do_not() -> None:
    clock = Clock()
    desk = Desk(clock=clock)
    assert [desk.may_send("192.0.2.1", TERMS) for _ in range(61)] == [True] * 60 + [False]
    assert desk.may_send("192.0.2.2", TERMS)
    clock.now += 1
    assert [desk.may_send("192.0.2.1", TERMS) for _ in range(2)] == [True, False]
    clock.now += 600
    assert sum(desk.may_send("192.0.2.1", TERMS) for _ in range(100)) == 60


def test_a_rate_of_zero_is_no_limit() -> None:
    desk = Desk()
    assert all(desk.may_send("192.0.2.1", Terms({})) for _ in range(10_000))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1:4711", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("unknown", "unknown", True),
        ("", "unknown", False),
        ("x" * 5_000, "x" * 64, True),
    ],
)
def test_one_sender_is_an_ipv4_address_or_a_network_of_ipv6(
    one: str, other: str, same: bool
) -> None:
    assert (network_of(one) == network_of(other)) is same
    assert len(network_of(one)) <= 64


def test_however_many_addresses_send_memory_is_bounded() -> None:
    rate = RateLimit(max_senders=100)
    for number in range(10_000):
        assert rate.allows(str(number), 5)
    assert len(rate) == 100


def test_however_many_ids_come_memory_is_bounded_and_the_last_are_known() -> None:
    seen = SeenIds(limit=100)
    assert all(seen.is_new(str(number)) for number in range(10_000))
    assert len(seen) <= 200
    assert not any(seen.is_new(str(number)) for number in range(9_900, 10_000))


def test_every_refusal_has_a_sentence() -> None:
    assert {"rate", "prefetch", "token", "double", "store"} <= REASONS.keys()


def test_the_key_is_made_once_kept_private_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    state = tmp_path / "state"
    key = page_key(state)
    assert key is not None
    assert len(key) == 64
    assert page_key(state) == key
    assert page_key(tmp_path / "other") != key
    (file,) = state.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_processes_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from adweave.events import page_key;"
        "print(page_key(Path(sys.argv[1])).decode())"
    )
    environment = {name: value for name, value in os.environ.items() if name != KEY_VARIABLE}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdout=subprocess.PIPE, text=True, env=environment,
        )
        for _ in range(4)
    ]  # fmt: skip
    assert len({child.communicate()[0] for child in children}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["events.key"]


def test_machines_can_share_a_key_by_their_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "the same on all machines")
    assert page_key(tmp_path) == b"the same on all machines"
    assert not list(tmp_path.iterdir())


def test_a_short_key_in_the_environment_is_said_and_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "short")
    assert page_key(tmp_path) == (tmp_path / "events.key").read_bytes().strip()
    assert "shorter than 16" in caplog.text


def test_a_key_that_was_cut_off_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    (tmp_path / "events.key").write_bytes(b"")
    key = page_key(tmp_path)
    assert key is not None
    assert page_key(tmp_path) == key


def test_where_no_key_can_be_kept_there_is_none_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    blocker = tmp_path / "state"
    blocker.write_text("a file where the folder should be")
    assert page_key(blocker) is None
    assert "pages carry no token" in caplog.text


@given(
    raw=st.binary(max_size=60) | st.just(batch(1, 2)),
    agent=st.binary(max_size=60),
    purposes=st.lists(st.binary(max_size=20), max_size=3),
    token=st.text(max_size=30),
    address=st.text(max_size=60),
    bots=st.lists(st.text(min_size=1, max_size=8), max_size=2),
)
def test_nothing_that_is_sent_raises(
    raw: bytes,
    agent: bytes,
    purposes: list[bytes],
    token: str,
    address: str,
    bots: list[str],
) -> None:
    desk, terms = Desk(KEY), Terms({}, 1, tuple(bots))
    assert desk.may_send(address, terms)
    assert not desk.may_send(address, terms)
    found = desk.take(Sent(raw, address, agent, tuple(purposes), token), NOW, terms)
    assert isinstance(found, Refused)
    assert found.reason in REASONS


def test_a_flood_of_prefetched_batches_is_told_once_a_minute_and_apart() -> None:
    desk = Desk(clock=lambda: 0.0)
    for reason in ("prefetch", "rate", "prefetch"):
        desk.note_refusal(reason)
    assert {each.kind: each.value for each in desk.refusals()} == {AHEAD: 2, REFUSED: 1}
    desk.note_refusal("prefetch")
    assert desk.refusals() == ()
    assert [(each.kind, each.value) for each in desk.refusals(is_last=True)] == [(AHEAD, 1)]


def test_a_flood_of_refusals_is_told_once_a_minute_with_its_number() -> None:
    now = 0.0
    desk = Desk(clock=lambda: now)
    assert desk.refusals() == ()
    told = []
    for second in range(150):
        now = float(second)
        for reason in ("rate", "token", "json"):  # what no reader's page can send is not told
            desk.note_refusal(reason)
            told += [found.value for found in desk.refusals()]
    (last,) = desk.refusals(is_last=True)
    assert last is not None
    assert last.kind == REFUSED
    assert told == [1, 120, 120]
    assert sum(told) + (last.value or 0) == 300
    assert desk.refusals(is_last=True) == ()
