"""HTTP to the letter: interim answers, trailers, expectations, and what is odd and legal."""

from __future__ import annotations

import re
import threading

import pytest

from adweave.http.fields import request_fields, trusted

from .wire import HTML, Client, Wire, always, article, in_front_of, response

PAGE = article()
PLAIN = "Content-Type: text/plain"


def raw_answer(client: Client, request: bytes, ends: bytes) -> bytes:
    """What comes, byte for byte, up to `ends`."""
    client.socket.sendall(request)
    got = b""
    while not got.endswith(ends):
        block = client.socket.recv(65536)
        assert block, got
        got += block
    return got


# -- interim answers -----------------------------------------------------------------------


def test_early_hints_reach_the_client_before_the_answer() -> None:
    go_on = threading.Event()

    def script(wire: Wire) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX: 1\r\n\r\n")
        assert go_on.wait(20)
        wire.send(response(b"done", PLAIN))

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        first = raw_answer(client, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n\r\n")
        assert first.startswith(b"HTTP/1.1 103 Early Hints\r\n")
        assert b"</a.css>; rel=preload" in first
        go_on.set()
        answer = client.answer()
        assert (answer.status, answer.body) == (200, b"done")


def test_early_hints_of_a_page_that_is_woven_and_several_of_them() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    raw = hints + b"HTTP/1.1 102 Processing\r\n\r\n" + hints + response(PAGE, HTML)
    with in_front_of(always(raw)) as (gateway, _), gateway.client() as client:
        got = raw_answer(client, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", b"</html>\n")
        assert got.count(b"HTTP/1.1 103 Early Hints\r\n") == 2
        assert got.count(b"HTTP/1.1 102 ") == 1
        assert got.count(b"HTTP/1.1 200 OK\r\n") == 1
        assert b"<ad-slot " in got


def test_a_client_of_http_1_0_gets_no_interim_answer() -> None:
    raw = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + response(b"done", PLAIN)
    with in_front_of(always(raw)) as (gateway, _), gateway.client() as client:
        got = raw_answer(client, b"GET /a HTTP/1.0\r\nHost: x\r\n\r\n", b"done")
        assert got.startswith(b"HTTP/1.1 200 OK")


# -- Expect: 100-continue ------------------------------------------------------------------

EXPECTING = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"


def test_an_upstream_that_refuses_spares_the_client_the_upload() -> None:
    heads: list[bytes] = []

    def script(wire: Wire) -> None:
        heads.append(wire.socket.recv(65536))
        wire.send(response(b"no", PLAIN, status="413 Content Too Large"))

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        client.socket.sendall(EXPECTING)
        answer = client.answer("POST")
        assert (answer.status, answer.body) == (413, b"no")
        assert answer.value(b"connection") == b"close"  # whether content follows can't be told
    assert b"expect: 100-continue\r\n" in heads[0]
    assert heads[0].endswith(b"\r\n\r\n")


def test_the_client_is_told_to_go_on_when_the_upstream_says_so() -> None:
    go_on = threading.Event()

    def script(wire: Wire) -> None:
        head = wire.socket.recv(65536)
        assert b"expect: 100-continue" in head
        assert go_on.wait(20)
        wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        content = b""
        while len(content) < 4:
            content += wire.socket.recv(65536)
        wire.send(response(content, PLAIN))

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        client.socket.sendall(EXPECTING)
        client.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.socket.recv(100)  # nothing before the upstream's word
        client.socket.settimeout(20)
        go_on.set()
        assert raw_answer(client, b"", b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.socket.sendall(b"data")
        assert client.answer("POST").body == b"data"


def test_an_upstream_that_knows_no_expectation_gets_the_content_all_the_same() -> None:
    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            wire.send(response(request.body, PLAIN))

    with in_front_of(script) as (gateway, _), gateway.client() as client:
        client.socket.sendall(EXPECTING)
        assert raw_answer(client, b"", b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.socket.sendall(b"data")
        assert client.answer("POST").body == b"data"


# -- trailers ------------------------------------------------------------------------------

WITH_TRAILERS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\n0\r\nGrpc-Status: 0\r\nSet-Cookie: a=b\r\nCache-Control: no-store\r\n\r\n"
)


def test_trailers_reach_a_client_that_takes_them() -> None:
    with in_front_of(always(WITH_TRAILERS)) as (gateway, upstream), gateway.client() as client:
        request = b"GET /a HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nConnection: TE\r\n\r\n"
        got = raw_answer(client, request, b"0\r\ngrpc-status: 0\r\n\r\n")
        assert b"3\r\nabc\r\n" in got
        assert upstream.requests[0].value(b"te") == b"trailers"
        # The connection is still good for another one, which takes none.
        other = client.get("/b")
        assert (other.body, other.is_whole) == (b"abc", True)
        assert upstream.requests[1].value(b"te") is None


# -- what is odd, and passes ---------------------------------------------------------------


def test_bare_line_feeds_and_folded_fields_of_an_upstream_are_read() -> None:
    odd = b"HTTP/1.1 200 OK\nContent-Type: text/plain\nX-Long: a\n  b\nContent-Length: 2\n\nhi"
    with in_front_of(always(odd)) as (gateway, _), gateway.client() as client:
        for _ in range(2):
            answer = client.get("/a")
            assert (answer.status, answer.body) == (200, b"hi")
            assert re.fullmatch(rb"a\s+b", answer.value(b"x-long") or b"")


def test_a_folded_page_that_comes_in_pieces_is_woven() -> None:
    raw = response(PAGE, HTML, "X-Long: a\r\n b")

    def script(wire: Wire) -> None:
        while wire.request() is not None:
            for start in range(0, 120, 10):
                wire.send(raw[start : start + 10])
            wire.send(raw[120:])

    with in_front_of(script) as (gateway, _):
        assert "woven" in gateway.get("/a").verdict


@pytest.mark.parametrize("bad", [b"X: a\x01b", b"X: a\x00b", b"X : a", b"no colon", b"X: a\rY: b"])
def test_what_a_lenient_reader_must_not_take_either_is_refused(bad: bytes) -> None:
    raw = b"HTTP/1.1 200 OK\r\n" + bad + b"\r\nContent-Length: 2\r\n\r\nhi"
    with in_front_of(always(raw)) as (gateway, _):
        assert gateway.get("/a").status == 502


def test_methods_that_nobody_knows_pass() -> None:
    with in_front_of(always(response(b"ok", PLAIN))) as (gateway, upstream):
        for method in ("FOO", "VERSION-CONTROL2", "a!b"):
            with gateway.client() as client:
                head = f"{method} /x?y HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                for _ in range(2):
                    client.socket.sendall(head.encode())
                    assert client.answer(method).status == 200
        assert {request.method for request in upstream.requests} == {
            "FOO", "VERSION-CONTROL2", "a!b"
        }  # fmt: skip
        assert all(request.body == b"abc" for request in upstream.requests)


def test_bytes_over_127_in_a_path_pass_percent_encoded() -> None:
    with in_front_of(always(response(PAGE, HTML))) as (gateway, upstream), gateway.client() as c:
        answer = c.ask(b"GET /caf\xc3\xa9?a=\xff HTTP/1.1\r\nHost: x\r\n\r\n")
        assert "woven" in answer.verdict
        assert upstream.requests[0].target == b"/caf%C3%A9?a=%FF"


def test_a_request_is_never_done_twice_because_the_next_one_is_odd() -> None:
    with in_front_of(always(response(b"ok", PLAIN))) as (gateway, upstream):
        with gateway.client() as client:
            client.socket.sendall(
                b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nFOO /b HTTP/1.1\r\nHost: x\r\n\r\n"
            )
            while client.socket.recv(65536):
                pass
        assert [request.target for request in upstream.requests if request.target == b"/a"] in (
            [], [b"/a"]
        )  # fmt: skip


@pytest.mark.parametrize("line", [b"GET /a\x01b", b"G(T /a", b"GET /a b"])
def test_what_is_no_request_line_is_refused(line: bytes) -> None:
    with in_front_of(always(response(b"ok", PLAIN))) as (gateway, upstream):
        with gateway.client() as client:
            client.socket.sendall(line + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.socket.recv(100).startswith(b"HTTP/1.1 400 ")
        assert upstream.requests == []


# -- whose word is taken -------------------------------------------------------------------


def test_only_trusted_proxies_are_believed() -> None:
    forged = [(b"x-forwarded-for", b"1.2.3.4"), (b"x-forwarded-proto", b"https")]

    def seen(client: str, networks: list[str] | None) -> dict[bytes, bytes]:
        return dict(
            request_fields(
                forged,
                client=client,
                scheme="http",
                host=b"x",
                upstream_host=None,
                trusts=None if networks is None else trusted(networks),
            )
        )

    assert seen("10.0.0.1", None)[b"x-forwarded-for"] == b"1.2.3.4, 10.0.0.1"
    assert seen("10.0.0.1", [])[b"x-forwarded-for"] == b"10.0.0.1"
    assert seen("10.0.0.1", [])[b"x-forwarded-proto"] == b"http"
    assert seen("192.0.2.7", ["192.0.2.0/24"])[b"x-forwarded-for"] == b"1.2.3.4, 192.0.2.7"
    assert seen("10.0.0.1", ["192.0.2.0/24"])[b"x-forwarded-for"] == b"10.0.0.1"
    assert seen("2001:db8::1", ["2001:db8::/32"])[b"x-forwarded-proto"] == b"https"
    with pytest.raises(ValueError, match="nonsense"):
        trusted(["nonsense"])


# -- marks ---------------------------------------------------------------------------------


def test_pages_carry_marks_to_be_purged_by_and_where_their_time_went() -> None:
    raw = response(PAGE, HTML, "Surrogate-Key: news", "Cache-Tag: news", "Server-Timing: db;dur=1")
    with in_front_of(always(raw)) as (gateway, _), gateway.client() as client:
        generation = gateway.configuration.site.generation if gateway.configuration.site else ""
        for _ in range(2):
            answer = client.get("/a")
            assert answer.value(b"surrogate-key") == f"news adweave adweave-{generation}".encode()
            assert answer.value(b"cache-tag") == f"news,adweave,adweave-{generation}".encode()
            timings = [value for name, value in answer.fields if name == b"server-timing"]
            assert timings[0] == b"db;dur=1"
            assert re.fullmatch(
                rb'upstream;desc="upstream";dur=[0-9.]+, adweave;desc="weaving";dur=[0-9.]+',
                timings[1],
            )


def test_what_is_no_page_carries_no_marks() -> None:
    with in_front_of(always(response(b"{}", "Content-Type: application/json"))) as (gateway, _):
        names = {name for name, _ in gateway.get("/a").fields}
    assert names == {b"content-type", b"content-length", b"date"}
