"""Pages whose plan their tag tells stream through the splice: head and slots before the end."""

from __future__ import annotations

import gzip
import re
import socket
import threading
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from adweave.http.streaming import Known, Splice, name_of
from adweave.placements import load

from .wire import (
    HTML,
    SHIPPED,
    Answer,
    Client,
    RunningGateway,
    Wire,
    article,
    in_front_of,
    response,
)

PAGE = article()
HALF = PAGE.index(b"Item 12.")
TAG = 'ETag: "v1"'
SLOT = b"<ad-slot"


class Slow:
    """An upstream that sends a page in two parts, the second one when it is told to."""

    def __init__(self, *fields: str, body: bytes = PAGE, chunked: bool = False) -> None:
        self.fields = (HTML, *fields)
        self.body = body
        self.chunked = chunked
        self.go_on = threading.Event()
        self.cuts = False

    def __call__(self, wire: Wire) -> None:
        while wire.request() is not None:
            first, second = self.body[:HALF], self.body[HALF:]
            if self.chunked:
                lines = ["HTTP/1.1 200 OK", *self.fields, "Transfer-Encoding: chunked", "", ""]
                head = "\r\n".join(lines).encode()
                first = b"%x\r\n%b\r\n" % (len(first), first)
                second = b"%x\r\n%b\r\n0\r\n\r\n" % (len(second), second)
            else:
                head = response(self.body, *self.fields)[: -len(self.body)]
            wire.send(head)
            wire.send(first)
            assert self.go_on.wait(20)
            if self.cuts:
                return
            wire.send(second)


def learnt(gateway: RunningGateway, slow: Slow, *fields: str) -> None:
    """The page comes once, and is noted."""
    with gateway.client() as client:
        ask(client, *fields)
        slow.go_on.set()
        assert "woven" in client.answer().verdict
    slow.go_on.clear()
    assert gateway.weaver.gauges["adweave_known_pages"] == 1


def ask(client: Client, *fields: str) -> None:
    lines = ["GET /a/page HTTP/1.1", "Host: news.example", *fields, "", ""]
    client.socket.sendall("\r\n".join(lines).encode())


def streamed(client: Client, slow: Slow, *fields: str) -> Answer:
    """The answer to a request, of which something came before the upstream sent the rest."""
    ask(client, *fields)
    got = client.socket.recv(65536)
    assert got
    assert not slow.go_on.is_set()
    slow.go_on.set()
    connected = client.socket

    class Going(socket.socket):
        def recv(self, size: int, flags: int = 0) -> bytes:
            nonlocal got
            first, got = got, b""
            return first or connected.recv(size, flags)

        def close(self) -> None:
            connected.close()
            super().close()

    client.socket = Going()
    return client.answer()


def until(client: Client, wanted: Callable[[bytes], bool]) -> bytes:
    """What comes until it is as wanted; the socket's own limit ends it otherwise."""
    got = b""
    while not wanted(got):
        block = client.socket.recv(65536)
        assert block, got[-500:]
        got += block
    return got


def streams(gateway: RunningGateway, result: str) -> float:
    return gateway.weaver.counts.value("adweave_streams_total", "result", result)


@pytest.mark.parametrize("chunked", [False, True])
def test_the_head_and_the_first_slots_are_there_before_the_upstream_sends_the_rest(
    chunked: bool,
) -> None:
    slow = Slow(TAG, chunked=chunked)
    with in_front_of(slow) as (gateway, _):
        learnt(gateway, slow, "Accept-Encoding: identity")
        with gateway.client() as client:
            ask(client, "Accept-Encoding: identity")
            until(client, lambda got: SLOT in got and b"Item 11." in got)
            assert not slow.go_on.is_set()
            slow.go_on.set()
            rest = until(client, lambda got: got.endswith(b"0\r\n\r\n"))
            assert b"Item 23." in rest
            assert SLOT in rest
    assert streams(gateway, "whole") == 1


def test_what_streams_is_what_is_sent_in_one_piece() -> None:
    slow = Slow(TAG)
    with in_front_of(slow) as (gateway, _):
        with gateway.client() as client:
            ask(client, "Accept-Encoding: identity")
            slow.go_on.set()
            held = client.answer()
        slow.go_on.clear()
        with gateway.client() as client:
            came = streamed(client, slow, "Accept-Encoding: identity")
        assert held.value(b"content-length") is not None
        assert came.value(b"content-length") is None
        assert came.value(b"transfer-encoding") == b"chunked"
        assert (came.body, came.is_whole) == (held.body, True)
        assert came.value(b"etag") == held.value(b"etag")
        assert "plan=hit" in came.verdict


def test_a_client_that_takes_gzip_gets_each_part_as_it_comes() -> None:
    slow = Slow(TAG)
    with in_front_of(slow) as (gateway, _):
        learnt(gateway, slow, "Accept-Encoding: gzip")
        with gateway.client() as client:
            ask(client, "Accept-Encoding: gzip")
            inflater = zlib.decompressobj(31)
            head, _, rest = until(client, lambda got: b"\r\n\r\n" in got).partition(b"\r\n\r\n")
            assert re.search(rb'etag: W/"v1~aw[0-9a-f]{12}-gzip"', head)
            plain = b""
            while b"Item 11." not in plain:
                size, found, rest = rest.partition(b"\r\n")
                while not found or len(rest) < int(size, 16) + 2:
                    more = client.socket.recv(65536)
                    assert more
                    if found:
                        rest += more
                    else:
                        size, found, rest = (size + more).partition(b"\r\n")
                plain += inflater.decompress(rest[: int(size, 16)])
                rest = rest[int(size, 16) + 2 :]
            assert SLOT in plain
            assert not slow.go_on.is_set()
            slow.go_on.set()
            tail = rest + until(client, lambda got: (rest + got).endswith(b"0\r\n\r\n"))
            assert tail


def test_gzip_that_streams_is_one_whole_page() -> None:
    slow = Slow(TAG)
    with in_front_of(slow) as (gateway, _):
        learnt(gateway, slow, "Accept-Encoding: gzip")
        with gateway.client() as client:
            answer = streamed(client, slow, "Accept-Encoding: gzip")
        assert answer.is_whole
        assert gzip.decompress(answer.body).count(SLOT) > 1
        assert answer.value(b"vary") == b"accept-encoding"


@pytest.mark.parametrize("tag", ['ETag: W/"v1"', "X-No: tag"])
def test_a_page_without_a_tag_that_names_its_bytes_is_held_back(tag: str) -> None:
    slow = Slow(tag)
    slow.go_on.set()
    with in_front_of(slow) as (gateway, _):
        for _ in range(2):
            assert gateway.get().value(b"content-length") is not None
        assert gateway.weaver.gauges["adweave_known_pages"] == 0


def test_where_the_bytes_are_not_those_of_the_tag_nothing_more_is_put_in() -> None:
    """An upstream that changes the page and keeps the tag; what came before is as it was."""
    slow = Slow(TAG)
    with in_front_of(slow) as (gateway, _):
        learnt(gateway, slow, "Accept-Encoding: identity")
        slow.body = PAGE[:HALF] + PAGE[HALF:].replace(b"Item 13.", b"Item XX.")
        with gateway.client() as client:
            answer = streamed(client, slow, "Accept-Encoding: identity")
        changed_at = answer.body.index(b"Item XX.")
        assert SLOT in answer.body[:changed_at]
        assert SLOT not in answer.body[changed_at:]
        taken_out = re.sub(
            rb"<ad-(slot|notice)[^>]*></ad-\1>|<(style|script)[^>]* data-adweave.*?</\2>"
            rb"|<!--adweave:\d+-->",
            b"",
            answer.body,
            flags=re.DOTALL,
        )
        assert taken_out == slow.body
    assert streams(gateway, "stopped") == 1
    assert gateway.weaver.gauges["adweave_known_pages"] == 0


def test_a_page_of_another_length_than_the_tags_is_held_back() -> None:
    slow = Slow(TAG)
    with in_front_of(slow) as (gateway, _):
        learnt(gateway, slow)
        slow.body = PAGE + b"<!-- more -->"
        slow.go_on.set()
        answer = gateway.get()
        assert answer.value(b"content-length") is not None
        assert answer.body.endswith(b"<!-- more -->")


def test_a_page_that_is_cut_while_it_streams_is_not_shown_as_whole() -> None:
    slow = Slow(TAG)
    with in_front_of(slow) as (gateway, _):
        learnt(gateway, slow)
        slow.cuts = True
        with gateway.client() as client:
            answer = streamed(client, slow)
        assert SLOT in answer.body
        assert not answer.is_whole


def test_another_address_host_or_configuration_is_another_page() -> None:
    slow = Slow(TAG)
    with in_front_of(slow) as (gateway, _):
        learnt(gateway, slow)
        slow.go_on.set()
        assert gateway.get("/a/other").value(b"content-length") is not None
        with gateway.client() as client:
            answer = client.ask(b"GET /a/page HTTP/1.1\r\nHost: other.example\r\n\r\n")
            assert answer.value(b"content-length") is not None
        site = gateway.configuration.site
        assert site is not None
        gateway.configuration.site = replace(site, generation="0123456789ab")
        assert gateway.get().value(b"content-length") is not None


def test_a_gateway_that_is_told_so_holds_every_page_back() -> None:
    slow = Slow(TAG)
    slow.go_on.set()
    with in_front_of(slow, streams=False) as (gateway, _):
        for _ in range(2):
            assert gateway.get().value(b"content-length") is not None
        assert gateway.weaver.gauges["adweave_known_pages"] == 0


def test_a_client_that_has_the_page_gets_304_though_it_could_stream() -> None:
    slow = Slow(TAG)
    slow.go_on.set()
    with in_front_of(slow) as (gateway, _):
        ours = (gateway.get().value(b"etag") or b"").decode()
        assert gateway.weaver.gauges["adweave_known_pages"] == 1
        answer = gateway.get("/a/page", f"If-None-Match: {ours}")
        assert (answer.status, answer.body) == (304, b"")


def test_a_page_that_tells_in_itself_who_its_reader_is_is_held_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    for file in SHIPPED.rglob("*"):
        if file.is_file():
            kept = tmp_path / file.relative_to(SHIPPED)
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(file.read_bytes())
    with (tmp_path / "site.toml").open("a") as settings:
        settings.write('\n[members]\nselector = ".member"\n')
    slow = Slow(TAG)
    slow.go_on.set()
    with in_front_of(slow, site=load(tmp_path).site_or_raise()) as (gateway, _):
        for _ in range(2):
            assert gateway.get().value(b"content-length") is not None
        assert gateway.weaver.gauges["adweave_known_pages"] == 0


def plan_of(gateway: RunningGateway) -> tuple[Known, object]:
    known = next(iter(gateway.weaver._memory.known._pages._entries.values()))[0]
    return known, gateway.weaver._plans.get(known.page_key)


def test_wherever_the_blocks_end_the_page_is_the_same() -> None:
    slow = Slow(TAG)
    with in_front_of(slow) as (gateway, _):
        learnt(gateway, slow, "Accept-Encoding: identity")
        slow.go_on.set()
        whole = gateway.get("/a/page", "Accept-Encoding: identity").body
        known, plan = plan_of(gateway)
        seed = next(iter(gateway.weaver._heads._prepared.values())).seed
    for size in (1, 7, 1000, 1 << 20):
        splice = Splice(known, plan, seed, "identity")  # type: ignore[arg-type]
        blocks = [PAGE[at : at + size] for at in range(0, len(PAGE), size)]
        sent = [splice.feed(block, is_last=False) for block in blocks]
        assert b"".join([*sent, splice.feed(b"", is_last=True)]) == whole
        assert splice.is_whole
    wrong = Splice(known, plan, seed + 1, "identity")  # type: ignore[arg-type]
    assert wrong.feed(PAGE, is_last=True) == PAGE
    assert wrong.differs


def test_a_fault_of_ours_in_the_middle_leaves_the_rest_as_it_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = Slow(TAG)
    with in_front_of(slow) as (gateway, _):
        learnt(gateway, slow)
        monkeypatch.setattr(Splice, "_woven", None)
        with gateway.client() as client:
            answer = streamed(client, slow)
        assert (answer.body, answer.is_whole) == (PAGE, True)
    assert streams(gateway, "stopped") == 1
    assert gateway.weaver.counts.value("adweave_errors_total", "kind", "stream") == 1


def test_only_a_strong_tag_names_a_page() -> None:
    assert name_of(b'"a"', 1, (b"http://x/",)) is not None
    for tag in (None, b'W/"a"', b"a", b'"', b'""'):
        assert name_of(tag, 1, (b"http://x/",)) is None
    assert name_of(b'"a"', 1, (b"x" * 5000,)) is None
