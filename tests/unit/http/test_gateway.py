"""The gateway passes everything: requests as they were asked, answers as they were given."""

from __future__ import annotations

import hashlib
import re
import threading

import pytest

from adweave.http import UpstreamLimits

from .wire import HTML, Wire, always, article, in_front_of, once, response

PLAIN = response(b"x", "Content-Type: text/plain")


@pytest.mark.parametrize(
    "target",
    [
        "/", "/a%2Fb/%2e%2e/c", "//double//slashes", "/a?", "/a?b=c&b=d;e", "/a?q=%00%ff",
        "/%C3%BC?%C3%BC", "/a/../b", "/a;p=1,2", "/a?http://other.example/", "/~u/*'()!$&+",
        "/_adweave", "/%5fadweave/e", "//_adweave/e", "/x/../_adweave/e", "/_ADWEAVE/e",
        "/_adweave%2fe", "/./_adweave/e",
    ],
)  # fmt: skip
def test_path_and_query_reach_the_upstream_as_they_came(target: str) -> None:
    with in_front_of(always(PLAIN)) as (gateway, upstream):
        assert gateway.get(target).body == b"x"
        assert upstream.requests[0].target == target.encode()


@pytest.mark.parametrize(
    "method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "REPORT", "PURGE"]
)
def test_every_method_passes_with_its_content(method: str) -> None:
    with in_front_of(always(PLAIN)) as (gateway, upstream):
        with gateway.client() as client:
            raw = f"{method} /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody".encode()
            assert client.ask(raw).body == b"x"
        assert (upstream.requests[0].method, upstream.requests[0].body) == (method, b"body")


def test_content_without_a_known_length_stays_so() -> None:
    with in_front_of(always(PLAIN)) as (gateway, upstream):
        with gateway.client() as client:
            client.ask(
                b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"3\r\nabc\r\n5;ext=1\r\ndefgh\r\n0\r\nX-Trailer: 1\r\nHost: evil\r\n\r\n"
            )
        request = upstream.requests[0]
        assert request.body == b"abcdefgh"
        assert request.value(b"transfer-encoding") == b"chunked"
        assert request.value(b"content-length") is None
        assert request.value(b"x-trailer") is None
        assert request.value(b"host") == b"x"


def test_empty_content_is_announced_and_no_content_is_not() -> None:
    with in_front_of(always(PLAIN)) as (gateway, upstream):
        with gateway.client() as client:
            client.ask(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            client.ask(b"DELETE /a HTTP/1.1\r\nHost: x\r\n\r\n")
        first, second = upstream.requests
        assert first.value(b"content-length") == b"0"
        assert second.value(b"content-length") is None
        assert second.value(b"transfer-encoding") is None


def test_fields_of_one_connection_stop_at_the_gateway_both_ways() -> None:
    raw = response(
        b"x", "Connection: keep-alive, X-Private", "X-Private: 1", "Keep-Alive: timeout=5",
        "Proxy-Connection: keep-alive", "Upgrade: h2,h2c", "X-Public: 1", "Trailer: X",
    )  # fmt: skip
    with in_front_of(always(raw)) as (gateway, upstream):
        answer = gateway.get(
            "/", "Connection: close, X-Secret", "X-Secret: 1", "TE: deflate",
            "Keep-Alive: timeout=5", "Proxy-Connection: close", "X-Open: 1",
        )  # fmt: skip
        asked = {name for name, _ in upstream.requests[0].fields}
        assert asked.isdisjoint(
            {b"connection", b"x-secret", b"te", b"keep-alive", b"proxy-connection"}
        )
        assert b"x-open" in asked
        given = {name for name, _ in answer.fields}
        assert given.isdisjoint({b"x-private", b"keep-alive", b"upgrade", b"trailer"})
        assert b"x-public" in given


def test_several_fields_of_one_name_keep_number_and_order() -> None:
    cookies = [f"Set-Cookie: c{n}={n}; Path=/" for n in range(5)]
    with in_front_of(always(response(b"x", *cookies, "Vary: A", "Vary: B"))) as (gateway, upstream):
        answer = gateway.get("/", "X-A: 1", "X-A: 2", "Cookie: a=1; b=2")
        assert [v for n, v in answer.fields if n == b"set-cookie"] == [
            f"c{n}={n}; Path=/".encode() for n in range(5)
        ]
        assert [v for n, v in answer.fields if n == b"vary"] == [b"A", b"B"]
        assert [v for n, v in upstream.requests[0].fields if n == b"x-a"] == [b"1", b"2"]


def test_nothing_is_added_to_what_is_no_page() -> None:
    date = "Date: Sat, 01 Jun 2024 12:00:00 GMT"
    raw = response(b"{}", date, "Content-Type: application/json")
    with in_front_of(always(raw)) as (gateway, _):
        names = [name for name, _ in gateway.get().fields]
        assert names == [b"date", b"content-type", b"content-length"]


def test_the_client_is_named_and_its_host_kept() -> None:
    with in_front_of(always(PLAIN)) as (gateway, upstream):
        gateway.get("/a")
        request = upstream.requests[0]
        assert request.value(b"host") == b"news.example"
        assert request.value(b"x-forwarded-for") == b"127.0.0.1"
        assert request.value(b"x-forwarded-host") == b"news.example"
        assert request.value(b"x-forwarded-proto") == b"http"
        assert request.value(b"forwarded") == b'for=127.0.0.1;host="news.example";proto=http'


def test_a_neighbouring_proxy_is_believed_and_added_to() -> None:
    with in_front_of(always(PLAIN)) as (gateway, upstream):
        gateway.get(
            "/a", "X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https",
            "X-Forwarded-Host: www.news.example", "Forwarded: for=203.0.113.9",
        )  # fmt: skip
        request = upstream.requests[0]
        assert request.value(b"x-forwarded-for") == b"203.0.113.9, 127.0.0.1"
        assert request.value(b"x-forwarded-host") == b"www.news.example"
        assert request.value(b"x-forwarded-proto") == b"https"
        assert request.value(b"forwarded") == (
            b'for=203.0.113.9, for=127.0.0.1;host="news.example";proto=http'
        )


def test_forwarded_is_not_made_up_where_the_proxy_before_did_not_send_it() -> None:
    with in_front_of(always(PLAIN)) as (gateway, upstream):
        gateway.get("/a", "X-Forwarded-For: 203.0.113.9")
        assert upstream.requests[0].value(b"forwarded") is None


def test_the_host_may_be_set_for_the_upstream() -> None:
    with in_front_of(always(PLAIN), upstream_host="cms.internal") as (gateway, upstream):
        gateway.get("/a")
        assert upstream.requests[0].value(b"host") == b"cms.internal"
        assert upstream.requests[0].value(b"x-forwarded-host") == b"news.example"


def test_a_path_of_the_upstream_goes_before_each_path() -> None:
    with in_front_of(always(PLAIN), prefix="/blog") as (gateway, upstream):
        gateway.get("/a?b")
        assert upstream.requests[0].target == b"/blog/a?b"


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: a\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX A: a\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"CONNECT other.example:443 HTTP/1.1\r\nHost: other.example:443\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X-A: a\r\n" * 20_000 + b"\r\n",
    ],
    ids=["no host", "two hosts", "both lengths", "chunked not last", "folded", "bad name",
         "bare line feeds", "connect", "huge field", "huge target", "many fields"],
)  # fmt: skip
def test_a_request_that_can_be_misread_never_reaches_the_upstream(raw: bytes) -> None:
    with in_front_of(always(PLAIN)) as (gateway, upstream):
        with gateway.client() as client:
            assert client.ask(raw).status == 400
        assert not upstream.requests


def test_a_target_with_another_host_in_it_is_no_way_to_that_host() -> None:
    with in_front_of(always(PLAIN)) as (gateway, upstream):
        with gateway.client() as client:
            raw = b"GET http://other.example/a?b HTTP/1.1\r\nHost: news.example\r\n\r\n"
            assert client.ask(raw).status == 200
        assert upstream.requests[0].target == b"/a?b"
        assert upstream.requests[0].value(b"host") == b"news.example"


def test_a_client_of_http_1_0_gets_no_chunks() -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"
    with in_front_of(always(raw)) as (gateway, _):
        with gateway.client() as client:
            client.socket.sendall(b"GET /a HTTP/1.0\r\n\r\n")
            got = b""
            while data := client.socket.recv(65536):
                got += data
        head, _, body = got.partition(b"\r\n\r\n")
        assert body == b"abcdef"
        assert b"chunked" not in head
        assert b"connection: close" in head.lower()


def test_an_upload_that_waits_for_100_continue_goes_through() -> None:
    with in_front_of(always(PLAIN)) as (gateway, upstream):
        with gateway.client() as client:
            client.socket.sendall(
                b"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
            )
            assert client.socket.recv(100).startswith(b"HTTP/1.1 100 ")
            client.socket.sendall(b"body")
            assert client.answer("PUT").status == 200
        assert upstream.requests[0].body == b"body"


def test_a_stream_arrives_piece_by_piece() -> None:
    go_on = threading.Event()

    def script(wire: Wire) -> None:
        wire.request()
        wire.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n"
        )
        assert go_on.wait(10)
        wire.send(b"9\r\ndata: 2\n\n\r\n0\r\n\r\n")

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        client.socket.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        got = b""
        while b"data: 1" not in got:
            got += client.socket.recv(65536)
        go_on.set()
        while b"data: 2" not in got:
            got += client.socket.recv(65536)


def test_a_large_upload_is_held_back_while_the_upstream_does_not_read() -> None:
    size = 64 * 1024 * 1024
    begin = threading.Event()
    told: list[str] = []

    def script(wire: Wire) -> None:
        assert begin.wait(20)
        rest = b""
        while b"\r\n\r\n" not in rest:
            rest += wire.socket.recv(65536)
        rest = rest.partition(b"\r\n\r\n")[2]
        digest, count = hashlib.sha256(rest), len(rest)
        while count < size:
            rest = wire.socket.recv(262144)
            digest.update(rest)
            count += len(rest)
        told.append(digest.hexdigest())
        wire.send(PLAIN)

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        client.socket.sendall(b"POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
        block = bytes(range(256)) * 4096
        sent = 0
        client.socket.settimeout(0.5)
        try:
            while sent < size:
                sent += client.socket.send(block[sent % len(block) :])
        except TimeoutError:
            pass
        assert sent < 32 * 1024 * 1024  # sockets' buffers, not ours
        begin.set()
        client.socket.settimeout(20)
        while sent < size:
            sent += client.socket.send(block[sent % len(block) :])
        assert client.answer("POST").status == 200
        assert told == [hashlib.sha256(block * (size // len(block))).hexdigest()]


def test_a_large_download_is_held_back_while_the_client_does_not_read() -> None:
    size = 64 * 1024 * 1024
    sent: list[int] = []

    def script(wire: Wire) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 65536):
            wire.send(b"x" * 65536)
            sent.append(65536)

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        client.socket.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        before = -1
        while sum(sent) != before:  # until nothing moves any more
            before = sum(sent)
            threading.Event().wait(0.2)
        assert before < size // 2
        answer = client.answer()
        assert (len(answer.body), answer.is_whole) == (size, True)


def test_an_early_answer_ends_an_upload() -> None:
    def script(wire: Wire) -> None:
        wire.socket.recv(65536)
        wire.send(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig")
        wire.socket.recv(65536)

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        client.socket.sendall(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc")
        answer = client.answer("POST")
        assert (answer.status, answer.body) == (413, b"big")


def test_an_upload_that_breaks_off_is_broken_off_upstream_too() -> None:
    ended: list[bool] = []
    done = threading.Event()

    def script(wire: Wire) -> None:
        try:
            while wire.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass
        ended.append(True)
        done.set()

    with in_front_of(script) as (gateway, _):
        with gateway.client() as client:
            client.socket.sendall(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
        assert done.wait(10)


def test_an_answer_that_nobody_waits_for_is_let_go() -> None:
    gone = threading.Event()

    def script(wire: Wire) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        try:
            if not wire.socket.recv(1):
                gone.set()
        except ConnectionResetError:
            gone.set()

    with in_front_of(script) as (gateway, _):
        with gateway.client() as client:
            client.socket.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            client.socket.recv(65536)
        assert gone.wait(10)


def test_pipelined_requests_are_answered_in_order() -> None:
    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            wire.send(response(b"<%b>" % request.target))

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        client.socket.sendall(
            b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(5))
        )
        got = b""
        while got.count(b">") < 5:
            got += client.socket.recv(65536)
        assert re.findall(rb"<(.*?)>", got) == [b"/0", b"/1", b"/2", b"/3", b"/4"]


def test_connections_to_the_upstream_are_used_again() -> None:
    with in_front_of(always(PLAIN)) as (gateway, upstream):
        for _ in range(20):
            gateway.get()
        assert upstream.connections == 1


def test_a_connection_that_was_told_to_close_is_not_used_again() -> None:
    with in_front_of(once(response(b"x", "Connection: close"))) as (gateway, upstream):
        assert [gateway.get().body for _ in range(3)] == [b"x"] * 3
        assert upstream.connections == 3


def test_idle_connections_are_closed_after_a_while() -> None:
    closed = threading.Event()

    def script(wire: Wire) -> None:
        wire.request()
        wire.send(PLAIN)
        assert wire.request() is None
        closed.set()

    limits = UpstreamLimits(keep_s=0.1, idle_s=0.4, first_byte_s=0.4)
    with in_front_of(script, limits=limits) as (gateway, _):
        gateway.get()
        assert closed.wait(10)


def test_accept_encoding_asks_only_for_what_can_be_taken_off() -> None:
    with in_front_of(always(PLAIN)) as (gateway, upstream):
        gateway.get("/a", "Accept-Encoding: gzip, dcb, br;q=0.5, zstd, x-odd")
        gateway.get("/a", "Accept-Encoding: x-odd, *")
        gateway.get("/a")
        assert [request.value(b"accept-encoding") for request in upstream.requests] == [
            b"gzip, br;q=0.5, zstd", b"identity", None,
        ]  # fmt: skip


def test_redirects_errors_and_cookies_of_the_cms_pass_as_they_are() -> None:
    raw = response(
        b"<html>moved</html>", HTML, "Location: http://news.example/b", "Set-Cookie: s=1; HttpOnly",
        status="302 Found",
    )  # fmt: skip
    with in_front_of(always(raw)) as (gateway, _):
        answer = gateway.get()
        assert answer.status == 302
        assert answer.value(b"location") == b"http://news.example/b"
        assert answer.value(b"set-cookie") == b"s=1; HttpOnly"
        assert answer.verdict == 'passed; reason="status"'


def test_a_page_that_comes_slowly_is_not_held_back_for_ever() -> None:
    page = article()
    go_on = threading.Event()

    def script(wire: Wire) -> None:
        wire.request()
        raw = response(page, HTML)
        wire.send(raw[:3000])
        assert go_on.wait(10)
        wire.send(raw[3000:])

    with in_front_of(script, hold_s=0.1) as (gateway, _), gateway.client() as client:
        client.socket.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        got = b""
        while b"Budget agreed" not in got:
            got += client.socket.recv(65536)
        assert b'adweave-status: passed; reason="slow"' in got
        go_on.set()
        while not got.endswith(page[-100:]):
            got += client.socket.recv(65536)


def test_a_page_that_trickles_is_held_back_no_longer_than_one_that_stands_still() -> None:
    page = article()
    seen = threading.Event()

    def script(wire: Wire) -> None:
        wire.request()
        raw = response(page, HTML)
        at = raw.index(b"<article>")
        wire.send(raw[:at])
        while not seen.wait(0.005) and at < len(raw) - 1:
            at += 1
            wire.send(raw[at - 1 : at])
        wire.send(raw[at:])

    with in_front_of(script, hold_s=0.2) as (gateway, _), gateway.client() as client:
        client.socket.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        got = client.socket.recv(65536)
        assert b'adweave-status: passed; reason="slow"' in got
        assert b"</html>" not in got
        seen.set()
        while not got.endswith(page[-100:]):
            got += client.socket.recv(65536)
        assert got.partition(b"\r\n\r\n")[2] == page


def test_a_head_of_a_page_that_comes_slowly_waits_no_longer_either() -> None:
    page = article()
    answered = threading.Event()

    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            raw = response(page, HTML)
            if request.method == "HEAD":
                wire.send(raw[: -len(page)])
            else:
                wire.send(raw[:3000])
                assert answered.wait(10)

    with in_front_of(script, hold_s=0.1) as (gateway, _):
        answer = gateway.get("/a", method="HEAD")
        assert (answer.status, answer.verdict) == (200, 'passed; reason="slow"')
        assert answer.value(b"content-length") == b"%d" % len(page)
        answered.set()
