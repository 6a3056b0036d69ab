"""The soak tells a leak from none, and an answer that is wrong from one that is right."""

from __future__ import annotations

import pytest

from tests.bench.soak import Memory, Reader, Reply, Site, Tally

WOVEN = {b"adweave-status": b'woven; slots=1; layout="article"; plan=hit; lang="en"'}


def test_a_slope_is_what_memory_grows_by_in_a_minute() -> None:
    memory = Memory(
        {1: [(float(at), 1000 + 50 * at) for at in range(100)], 2: [(5.0, 7), (9.0, 7)]}
    )
    assert memory.slope(1, since=40) == pytest.approx(3000)
    assert memory.slope(2, since=0) == 0
    assert memory.slope(2, since=8) == 0


@pytest.mark.parametrize(
    ("kind", "reply", "fault"),
    [
        ("page", Reply(200, WOVEN, b"<html></html>"), ""),
        ("page", Reply(200, {b"adweave-status": b'passed; reason="busy"'}, b""), ""),
        ("page", Reply(200, {b"adweave-status": b'passed; reason="error"'}, b""), "not woven"),
        ("page", Reply(502, {}, b""), "status"),
        ("page", Reply(200, WOVEN, b"", is_whole=False), "not whole"),
        ("cut", Reply(200, {}, b"", is_whole=True), "a part presented as whole"),
        ("cut", Reply(200, {}, b"", is_whole=False), ""),
        ("picture", Reply(200, {}, b"other"), "content"),
        ("hangup", Reply(502, {}, b""), ""),
    ],
)
def test_an_answer_is_held_against_what_the_site_sent(kind: str, reply: Reply, fault: str) -> None:
    reader = Reader(1, Site(1), Tally(), 3)
    reader._count = 1
    assert reader._fault(kind, f"/{kind}/3", reply, b"") == fault


def test_another_readers_page_is_noticed() -> None:
    reader = Reader(1, Site(1), Tally(), 3)
    reader._count = 10
    assert reader._fault("own", "/own/3", Reply(200, WOVEN, b"For 4.</html>"), b"")
    assert not reader._fault("own", "/own/3", Reply(200, WOVEN, b"For 3.</html>"), b"")
