"""An upstream that breaks HTTP's rules reaches no reader with it."""

from __future__ import annotations

import threading

import pytest

from adweave.http import UpstreamLimits

from .wire import HTML, Wire, always, article, in_front_of, once, response

PAGE = article()

OK = b"HTTP/1.1 200 OK\r\n"

REFUSED = {
    "both lengths": OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both lengths, other order": OK
    + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "two lengths": OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a list of lengths": OK + b"Content-Length: 3, 3\r\n\r\nabc",
    "a signed length": OK + b"Content-Length: +3\r\n\r\nabc",
    "a negative length": OK + b"Content-Length: -3\r\n\r\nabc",
    "a length in hex": OK + b"Content-Length: 0x3\r\n\r\nabc",
    "a coding of transfer nobody asked for": OK
    + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked that is not last": OK + b"Transfer-Encoding: chunked, gzip\r\n\r\nabc",
    "chunked twice": OK
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bare carriage return in a value": OK
    + b"X-A: a\rSet-Cookie: b=c\r\nContent-Length: 0\r\n\r\n",
    "NUL in a value": OK + b"X-A: a\0b\r\nContent-Length: 0\r\n\r\n",
    "a control character": OK + b"X-A: a\x01b\r\nContent-Length: 0\r\n\r\n",
    "a space before the colon": OK + b"X-A : a\r\nContent-Length: 0\r\n\r\n",
    "a space in a name": OK + b"X A: a\r\nContent-Length: 0\r\n\r\n",
    "no version": b"200 OK\r\nContent-Length: 0\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a page without a head": b"<!doctype html><p>hello",
    "status 999": b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
    "status 99": b"HTTP/1.1 99 Odd\r\nContent-Length: 0\r\n\r\n",
    "a switch that nobody asked for": b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n"
    b"Connection: upgrade\r\n\r\n",
    "interim answers without end": b"HTTP/1.1 100 Continue\r\n\r\n" * 100,
    "content in an interim answer": b"HTTP/1.1 103 Hints\r\nContent-Length: 3\r\n\r\nabc"
    + response(b"x"),
    "too many fields": OK + b"X-A: a\r\n" * 2_000 + b"Content-Length: 0\r\n\r\n",
    "a head without end": OK + b"X-A: " + b"a" * 300_000,
    "a field over the limit": OK + b"X-A: " + b"a" * 70_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "nothing": b"",
    "half a head": OK + b"Content-Le",
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_an_answer_that_can_be_misread_becomes_a_plain_502(raw: bytes) -> None:
    with in_front_of(once(raw)) as (gateway, _):
        answer = gateway.get()
        assert answer.status == 502
        assert answer.is_whole
        assert answer.value(b"content-type") == b"text/plain; charset=utf-8"
        assert answer.value(b"set-cookie") is None
        assert len(answer.body) < 300


@pytest.mark.parametrize(
    "raw",
    [
        OK + b"Content-Length: 100\r\n\r\nabc",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\nabc\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Trailer: " + b"a" * 400_000,
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5;" + b"x" * 400_000,
    ],
    ids=[
        "short",
        "no last chunk",
        "bad size",
        "long chunk",
        "endless trailer",
        "endless extension",
    ],
)
@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_an_answer_that_breaks_off_is_never_presented_as_whole(raw: bytes, kind: str) -> None:
    raw = raw.replace(b"OK\r\n", b"OK\r\nContent-Type: " + kind.encode() + b"\r\n", 1)
    with in_front_of(once(raw)) as (gateway, _):
        answer = gateway.get()
        assert answer.status == 200
        assert not answer.is_whole
        assert b"ad-slot" not in answer.body


@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_what_breaks_off_is_reset_where_the_end_of_the_connection_is_that_of_the_answer(
    kind: str,
) -> None:
    """A client that speaks HTTP/1.0, as nginx in front does, has no other way to tell."""
    raw = OK + f"Content-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n".encode()
    ask = b"GET / HTTP/1.0\r\nHost: x\r\n\r\n"
    with in_front_of(once(raw)) as (gateway, _), gateway.client() as client:
        assert client.ask(ask).is_whole is False
    whole = raw + b"0\r\n\r\n"
    with in_front_of(once(whole)) as (gateway, _), gateway.client() as client:
        answer = client.ask(ask)
        assert (answer.body, answer.is_whole) == (b"abc", True)


def test_half_an_article_is_passed_as_cut_and_broken_off() -> None:
    page = article()
    raw = response(page, HTML)[: -len(page) // 3]
    with in_front_of(once(raw)) as (gateway, _):
        answer = gateway.get()
        assert not answer.is_whole
        assert answer.verdict == 'passed; reason="cut"'
        assert page.startswith(answer.body)
        assert len(answer.body) > len(page) // 2


def test_interim_answers_are_skipped() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
    raw = b"HTTP/1.1 100 Continue\r\n\r\n" + hints + response(b"x", "X-Own: 1")
    with in_front_of(once(raw)) as (gateway, _):
        answer = gateway.get()
        assert (answer.status, answer.body) == (200, b"x")
        assert answer.value(b"link") is None
        assert answer.value(b"x-own") == b"1"


def test_trailers_are_tolerated_and_not_passed_on() -> None:
    raw = OK + b"Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"
    with in_front_of(always(raw)) as (gateway, upstream):
        for _ in range(2):
            answer = gateway.get()
            assert (answer.body, answer.is_whole) == (b"abc", True)
            assert answer.value(b"x-t") is None
        assert upstream.connections == 1


def test_an_answer_may_end_with_its_connection() -> None:
    with in_front_of(once(b"HTTP/1.1 200 OK\r\n\r\n" + b"abc" * 1000)) as (gateway, _):
        answer = gateway.get()
        assert (answer.body, answer.is_whole) == (b"abc" * 1000, True)


def test_an_answer_in_http_1_0_is_passed() -> None:
    with in_front_of(once(b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx")) as (gateway, _):
        assert gateway.get().body == b"x"


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_what_follows_an_answer_without_content_is_not_the_next_answer(status: str) -> None:
    smuggled = response(b"smuggled")
    raw = f"HTTP/1.1 {status}\r\nContent-Length: {len(smuggled)}\r\n\r\n".encode()

    def script(wire: Wire) -> None:
        wire.request()
        wire.send(raw + smuggled)
        while wire.request() is not None:
            wire.send(response(b"poisoned"))

    turns = iter([script, always(response(b"honest"))])
    with in_front_of(lambda wire: next(turns)(wire)) as (gateway, _), gateway.client() as client:
        first = client.get()
        assert (first.status, first.body, first.is_whole) == (int(status[:3]), b"", True)
        assert client.get().body == b"honest"


def test_bytes_after_an_answer_close_the_connection_and_reach_nobody() -> None:
    def script(wire: Wire) -> None:
        wire.request()
        wire.send(response(b"first") + response(b"smuggled"))
        while wire.request() is not None:
            wire.send(response(b"poisoned"))

    turns = iter([script, always(response(b"honest"))])
    with in_front_of(lambda wire: next(turns)(wire)) as (gateway, _), gateway.client() as client:
        assert client.get().body == b"first"
        assert client.get().body == b"honest"


def test_bytes_on_an_idle_connection_are_not_the_next_answer() -> None:
    may_send = threading.Event()
    has_sent = threading.Event()

    def script(wire: Wire) -> None:
        wire.request()
        wire.send(response(b"first"))
        may_send.wait(10)
        wire.send(response(b"smuggled"))
        has_sent.set()
        assert wire.request() is None

    turns = iter([script, always(response(b"honest"))])
    with in_front_of(lambda wire: next(turns)(wire)) as (gateway, upstream):
        with gateway.client() as client:
            assert client.get().body == b"first"
            may_send.set()
            assert has_sent.wait(10)
            while gateway.upstream.counts[1]:  # until the gateway has read them
                pass
            assert client.get().body == b"honest"
        assert upstream.connections == 2


def test_head_has_no_content_whatever_its_length_says() -> None:
    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            raw = response(b"x" * 10, "Content-Type: image/png")
            wire.send(raw[:-10] if request.method == "HEAD" else raw)

    with in_front_of(script) as (gateway, upstream):
        with gateway.client() as client:
            for _ in range(3):
                head = client.get("/a.png", method="HEAD")
                assert (head.status, head.body) == (200, b"")
                assert head.value(b"content-length") == b"10"
                assert client.get("/a.png").body == b"x" * 10
        assert upstream.connections == 4  # none is used again after HEAD


@pytest.mark.parametrize(
    ("framing", "content"),
    [
        ("Transfer-Encoding: chunked", b"0\r\n\r\n"),
        (f"Content-Length: {len(PAGE)}", PAGE),
        ("Content-Length: 44", response(b"smuggled")),
    ],
    ids=["the last chunk, as Trac does", "the page", "another answer"],
)
def test_content_that_comes_after_heads_answer_is_nobodys_answer(
    framing: str, content: bytes
) -> None:
    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            if request.method == "HEAD":
                wire.send(f"HTTP/1.1 200 OK\r\n{HTML}\r\n{framing}\r\n\r\n".encode())
                if wire.request() is None:  # nothing more is asked on this connection
                    return
                wire.send(content)
            wire.send(response(PAGE, HTML))

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        for _ in range(3):
            head = client.get(method="HEAD")  # of a page: GET is what the gateway asks next
            assert (head.status, head.body) == (200, b"")
            assert "woven" in head.verdict
            assert "woven" in client.get().verdict


def test_what_is_left_over_of_an_exchange_has_the_next_request_sent_again() -> None:
    def script(wire: Wire) -> None:
        wire.request()
        wire.send(response(b"one"))
        wire.request()
        wire.send(b"0\r\n\r\n" + response(b"two"))

    turns = iter([script, always(response(b"two"))])
    with in_front_of(lambda wire: next(turns)(wire)) as (gateway, upstream):
        with gateway.client() as client:
            assert client.get().body == b"one"
            assert client.get().body == b"two"
        assert upstream.connections == 2


def test_a_closed_connection_is_replaced_and_an_idempotent_request_sent_again() -> None:
    def script(wire: Wire) -> None:
        wire.request()
        wire.send(response(b"one"))
        wire.request()  # takes a second request and says nothing

    with in_front_of(script) as (gateway, upstream):
        with gateway.client() as client:
            assert client.get().body == b"one"
            assert client.get().body == b"one"
        assert [request.method for request in upstream.requests] == ["GET"] * 3


def test_a_request_is_not_sent_again_once_its_answer_began() -> None:
    def script(wire: Wire) -> None:
        wire.request()
        wire.send(response(b"one"))
        wire.request()
        wire.send(b"HTTP/1.1 2")

    with in_front_of(script) as (gateway, upstream):
        with gateway.client() as client:
            assert client.get().body == b"one"
            assert client.get().status == 502
        assert len(upstream.requests) == 2


def test_a_post_is_never_sent_twice() -> None:
    def script(wire: Wire) -> None:
        wire.request()
        wire.send(response(b"one"))
        wire.request()

    with in_front_of(script) as (gateway, upstream):
        with gateway.client() as client:
            assert client.get().body == b"one"
            posted = client.ask(b"POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=b")
            assert posted.body == b"one"
        assert [request.method for request in upstream.requests] == ["GET", "POST"]
        assert upstream.connections == 2  # not on a connection that may be dying


def test_an_upstream_that_is_down_gives_a_plain_502() -> None:
    with in_front_of(always(response(b"x"))) as (gateway, upstream):
        upstream.refuse()
        answer = gateway.get()
        assert answer.status == 502
        assert answer.body.startswith(b"No connection to the upstream")


SHORT = UpstreamLimits(connect_s=1, first_byte_s=0.2, idle_s=0.2)


def test_an_upstream_that_says_nothing_gives_504() -> None:
    with in_front_of(lambda wire: wire.request() and wire.request(), limits=SHORT) as (gateway, _):
        answer = gateway.get()
        assert answer.status == 504
        assert answer.value(b"cache-control") == b"no-store"


def test_a_head_that_trickles_has_one_limit() -> None:
    def script(wire: Wire) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 200 OK\r\n")
        gone = threading.Event()
        for _ in range(200):
            wire.send(b"X-A: a\r\n")
            gone.wait(0.05)

    with in_front_of(script, limits=SHORT) as (gateway, _):
        assert gateway.get().status == 504


@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_an_upstream_that_stalls_in_the_middle_breaks_the_answer_off(kind: str) -> None:
    def script(wire: Wire) -> None:
        wire.request()
        wire.send(response(article(), f"Content-Type: {kind}")[:2_000])
        wire.request()

    with in_front_of(script, limits=SHORT) as (gateway, _):
        answer = gateway.get()
        assert answer.status == 200
        assert not answer.is_whole
        assert answer.body.startswith(b"<!doctype html>")
