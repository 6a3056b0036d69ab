"""WebSocket through the gateway, between a real client and a real server over sockets."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import Server, ServerConnection, serve

from adweave.http import UpstreamLimits

from .wire import (
    PATIENCE_S,
    Answer,
    RawUpstream,
    RunningGateway,
    Wire,
    in_front_of,
    running_gateway,
)

MIB = 1024 * 1024
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ASKED = [
    "Host: news.example", "Connection: Upgrade", "Upgrade: websocket",
    f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13",
]  # fmt: skip


class Upstream:
    """A WebSocket server; what its connections were asked and how they ended."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.port: int = server.socket.getsockname()[1]
        self.requests: list[Request] = []
        self.ends: list[ConnectionClosed] = []
        self.ended = threading.Event()


def echo(connection: ServerConnection) -> None:
    while True:
        connection.send(connection.recv())


@contextlib.contextmanager
def talking(
    talk: Callable[[ServerConnection], None] = echo,
    *,
    upstream_host: str | None = None,
    prefix: str = "",
    limits: UpstreamLimits | None = None,
    **options: object,
) -> Iterator[tuple[RunningGateway, Upstream]]:
    """A gateway in front of a WebSocket server that runs `talk` for each connection."""

    def note(_: ServerConnection, request: Request) -> None:
        upstream.requests.append(request)

    def noted(connection: ServerConnection) -> None:
        try:
            talk(connection)
        except ConnectionClosed as end:
            upstream.ends.append(end)
            upstream.ended.set()

    options = {
        "max_size": 64 * MIB, "compression": None, "process_request": note, **options
    }  # fmt: skip
    with serve(noted, "127.0.0.1", 0, **options) as server:  # type: ignore[arg-type]
        upstream = Upstream(server)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        with running_gateway(
            upstream.port, upstream_host=upstream_host, prefix=prefix, limits=limits
        ) as gateway:
            yield gateway, upstream
        server.shutdown()
        thread.join(PATIENCE_S)


def dialled(gateway: RunningGateway, target: str = "/chat", **options: object) -> ClientConnection:
    options = {"max_size": 64 * MIB, "open_timeout": PATIENCE_S, "proxy": None, **options}
    return connect(f"ws://127.0.0.1:{gateway.port}{target}", **options)  # type: ignore[arg-type]


def asked(gateway: RunningGateway, *fields: str, target: str = "/chat") -> socket.socket:
    """A raw client that has sent a handshake."""
    client = socket.create_connection(("127.0.0.1", gateway.port), PATIENCE_S)
    client.sendall("\r\n".join([f"GET {target} HTTP/1.1", *fields, "", ""]).encode("latin-1"))
    return client


def refusal(gateway: RunningGateway) -> Answer:
    """What a handshake is answered with that is not accepted."""
    with gateway.client() as client:
        return client.get("/chat", *ASKED[1:])


def everything(client: socket.socket) -> bytes:
    """What comes until the other side closes."""
    found = b""
    while block := client.recv(65536):
        found += block
    return found


# -- the handshake -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    ["/", "/a%2Fb/%2e%2e/c", "//double//", "/a?", "/a?b=c&b=d;e", "/a?q=%00%ff", "/%5fadweave/e",
     "/~u/*'()!$&+", "/_adweave", "//_adweave/e"],
)  # fmt: skip
def test_path_and_query_reach_the_upstream_as_they_came(target: str) -> None:
    with talking() as (gateway, upstream):
        with asked(gateway, *ASKED, target=target) as client:
            assert client.recv(12) == b"HTTP/1.1 101"
        assert upstream.requests[0].path == target


def test_a_prefix_of_the_upstream_is_put_before_the_path() -> None:
    with talking(prefix="/site") as (gateway, upstream), dialled(gateway, "/a?b"):
        assert upstream.requests[0].path == "/site/a?b"


def test_the_upstream_sees_the_clients_host_origin_cookies_and_address() -> None:
    with talking() as (gateway, upstream):
        fields = ["Cookie: a=1; b=2", "Authorization: Bearer x", "User-Agent: Reader/1 \xe9"]
        with asked(gateway, *ASKED, "Origin: https://news.example", *fields) as client:
            assert client.recv(12) == b"HTTP/1.1 101"
        headers = upstream.requests[0].headers
        assert headers.get_all("Host") == ["news.example"]
        assert headers.get_all("Origin") == ["https://news.example"]
        assert headers.get_all("Cookie") == ["a=1; b=2"]
        assert headers.get_all("Authorization") == ["Bearer x"]
        assert headers.get_all("User-Agent") == ["Reader/1 \xe9"]
        assert headers.get_all("X-Forwarded-For") == ["127.0.0.1"]
        assert headers.get_all("X-Forwarded-Host") == ["news.example"]
        assert headers.get_all("X-Forwarded-Proto") == ["http"]
        assert headers.get_all("Forwarded") == ['for=127.0.0.1;host="news.example";proto=http']


def test_the_upstreams_own_host_can_be_set() -> None:
    with talking(upstream_host="cms.internal") as (gateway, upstream), dialled(gateway):
        assert upstream.requests[0].headers.get_all("Host") == ["cms.internal"]


def test_fields_of_one_connection_stop_at_the_gateway() -> None:
    with talking() as (gateway, upstream):
        fields = [*ASKED[:1], "Connection: Upgrade, X-Secret", *ASKED[2:], "X-Secret: 1",
                  "Keep-Alive: 5", "Sec-WebSocket-Extensions: permessage-deflate"]  # fmt: skip
        with asked(gateway, *fields) as client:
            assert client.recv(12) == b"HTTP/1.1 101"
        headers = upstream.requests[0].headers
        assert "X-Secret" not in headers
        assert "Keep-Alive" not in headers
        assert "Sec-WebSocket-Extensions" not in headers
        assert headers.get_all("Connection") == ["Upgrade"]
        assert headers["Sec-WebSocket-Key"] != KEY


def test_the_subprotocol_is_the_upstreams_choice() -> None:
    with talking(subprotocols=["v2", "v1"]) as (gateway, upstream):
        with dialled(gateway, subprotocols=["v1", "v2"]) as client:
            assert client.subprotocol == "v2"
        assert upstream.requests[0].headers["Sec-WebSocket-Protocol"] == "v1, v2"


def test_no_subprotocol_is_made_up() -> None:
    with talking() as (gateway, _), dialled(gateway, subprotocols=["v1"]) as client:
        assert client.subprotocol is None


def test_fields_of_the_upstreams_yes_reach_the_client() -> None:
    def cookies(_: ServerConnection, __: Request, answer: Response) -> None:
        answer.headers["Set-Cookie"] = "a=1"
        answer.headers["Set-Cookie"] = "b=2"

    with talking(process_response=cookies) as (gateway, _), dialled(gateway) as client:
        assert client.response is not None
        assert client.response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
        assert len(client.response.headers.get_all("Server")) == 1
        assert len(client.response.headers.get_all("Date")) == 1


@pytest.mark.parametrize(
    ("status", "fields", "body"),
    [
        ("403 Forbidden", ["Content-Type: application/json", "X-Why: origin"], b'{"no":1}'),
        ("404 Not Found", ["Content-Type: text/html"], b"<p>nothing here"),
        ("302 Found", ["Location: https://other.example/login", "Set-Cookie: a=1"], b""),
        ("401 Unauthorized", ["WWW-Authenticate: Basic realm=x"], b"who?"),
        ("426 Upgrade Required", ["Upgrade: websocket"], b"later"),
        ("200 OK", ["Content-Type: text/plain"], b"a page"),
        ("429 Too Many Requests", ["Retry-After: 5"], b"x" * 500_000),
    ],
)
def test_a_refusal_reaches_the_client_as_it_is(
    status: str, fields: list[str], body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [f"HTTP/1.1 {status}", *fields, f"Content-Length: {len(body)}", "", ""]
    answers = "\r\n".join(lines).encode() + body

    def script(wire: Wire) -> None:
        if wire.request() is not None:
            wire.send(answers)

    with in_front_of(script) as (gateway, upstream):
        answer = refusal(gateway)
        assert answer.status == int(status[:3])
        assert answer.body == body
        for field in fields:
            name, _, value = field.lower().partition(": ")
            if name != "upgrade":
                assert (answer.value(name.encode()) or b"").lower() == value.encode()
        assert upstream.connections == 1  # a redirect is the client's to follow
    assert not caplog.records


def test_a_refusal_in_chunks_reaches_the_client_whole() -> None:
    raw = (
        b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nno \r\n3\r\nway\r\n0\r\n\r\n"
    )
    with in_front_of(_once_then_wait(raw)) as (gateway, _):
        with asked(gateway, *ASKED) as client:
            found = everything(client)
        assert found.startswith(b"HTTP/1.1 403 Forbidden\r\n")
        assert found.endswith(b"\r\n\r\nno way")
        assert b"transfer-encoding" not in found.lower()


def _once_then_wait(raw: bytes) -> Callable[[Wire], None]:
    def script(wire: Wire) -> None:
        if wire.request() is not None:
            wire.send(raw)
            wire.socket.recv(1)

    return script


def test_an_upstream_that_is_down_gives_502() -> None:
    upstream = RawUpstream(lambda _: None)
    upstream.close()
    with running_gateway(upstream.port) as gateway:
        refused = refusal(gateway)
    assert refused.status == 502
    assert b"No connection to the upstream" in refused.body


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"garbage\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        b"Sec-WebSocket-Accept: wrong\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\ncut",
    ],
)  # fmt: skip
def test_an_upstream_that_answers_nonsense_gives_502(raw: bytes) -> None:
    def script(wire: Wire) -> None:
        if wire.request() is not None:
            wire.send(raw)

    with in_front_of(script) as (gateway, _):
        refused = refusal(gateway)
    assert refused.status == 502


def test_an_upstream_that_does_not_answer_gives_504() -> None:
    limits = UpstreamLimits(first_byte_s=0.2)
    with in_front_of(_once_then_wait(b""), limits=limits) as (gateway, _):
        assert refusal(gateway).status == 504


def test_a_client_that_leaves_during_the_handshake_is_not_waited_for() -> None:
    left = threading.Event()

    def script(wire: Wire) -> None:
        if wire.request() is not None:
            here.set()
            assert wire.socket.recv(1) == b""
            left.set()

    here = threading.Event()
    with in_front_of(script) as (gateway, _):
        client = asked(gateway, *ASKED)
        assert here.wait(PATIENCE_S)
        client.close()
        assert left.wait(PATIENCE_S)


@pytest.mark.parametrize("target", ["/_adweave/e", "/_adweave/", "/_adweave/x?y"])
def test_our_own_paths_never_upgrade(target: str) -> None:
    with talking() as (gateway, upstream):
        with asked(gateway, *ASKED, target=target) as client:
            assert everything(client).startswith(b"HTTP/1.1 404 ")
        assert not upstream.requests


@pytest.mark.parametrize(
    ("target", "fields"),
    [
        ("http://other.example/chat", ASKED),
        ("*", ASKED),
        ("/chat", ASKED[1:]),
        ("/chat", ["Host: other.example", *ASKED]),
        ("/chat", [*ASKED[:3], "Sec-WebSocket-Version: 13"]),
        ("/chat", [*ASKED[:3], "Sec-WebSocket-Key: short", "Sec-WebSocket-Version: 13"]),
        ("/chat", [*ASKED, *(f"X-{n}: 1" for n in range(150))]),
        ("/chat", [*ASKED, "Cookie: " + "x" * 20_000]),
    ],
)
def test_a_handshake_that_is_not_right_is_refused_here(target: str, fields: list[str]) -> None:
    with talking() as (gateway, upstream):
        with asked(gateway, *fields, target=target) as client:
            assert everything(client).startswith(b"HTTP/1.1 4")
        assert not upstream.requests


@pytest.mark.parametrize(
    "head",
    [
        "GET /chat HTTP/1.0\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
        "GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n",
        "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n",
        "POST /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
    ],
)
def test_what_does_not_ask_properly_is_answered_by_plain_http(head: str) -> None:
    def script(wire: Wire) -> None:
        while wire.request() is not None:
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with in_front_of(script) as (gateway, upstream):
        with gateway.client() as client:
            assert client.ask(f"{head}\r\n".encode()).body == b"ok"
        assert upstream.requests[0].value(b"upgrade") is None


# -- messages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message", ["", "text", "\u00fc\U0001f600\0", b"", b"\x00\xff", "x" * MIB, b"\xfe" * (16 * MIB)]
)
def test_a_message_goes_there_and_back_as_it_was(message: str | bytes) -> None:
    with talking() as (gateway, _), dialled(gateway) as client:
        client.send(message)
        assert client.recv(PATIENCE_S) == message


def test_many_messages_keep_their_order() -> None:
    with talking() as (gateway, _), dialled(gateway) as client:
        for n in range(2000):
            client.send(f"{n}")
        assert [client.recv(PATIENCE_S) for _ in range(2000)] == [f"{n}" for n in range(2000)]


def test_fragments_become_the_message_they_are_of_both_ways() -> None:
    def fragments(connection: ServerConnection) -> None:
        assert connection.recv() == "one two"
        connection.send([b"th", b"", b"ree"])

    with talking(fragments) as (gateway, _), dialled(gateway) as client:
        client.send(["one", " ", "two"])
        assert client.recv(PATIENCE_S) == b"three"


def test_either_side_may_speak_first_and_alone() -> None:
    def monologue(connection: ServerConnection) -> None:
        for n in range(500):
            connection.send(f"{n}" * 100)

    with talking(monologue) as (gateway, _), dialled(gateway) as client:
        assert list(client) == [f"{n}" * 100 for n in range(500)]


def test_a_message_over_the_limit_closes_with_1009() -> None:
    with talking() as (gateway, upstream), dialled(gateway) as client:
        with contextlib.suppress(ConnectionClosed):
            client.send(b"x" * (16 * MIB + 1))
        with pytest.raises(ConnectionClosed) as end:
            client.recv(PATIENCE_S)
        assert end.value.rcvd is not None
        assert end.value.rcvd.code == 1009
        assert upstream.ended.wait(PATIENCE_S)


def test_a_message_of_the_upstream_over_the_limit_closes_with_1009() -> None:
    def too_much(connection: ServerConnection) -> None:
        connection.send(b"x" * (16 * MIB + 1))
        connection.recv()

    with talking(too_much) as (gateway, _), dialled(gateway) as client:
        with pytest.raises(ConnectionClosed) as end:
            client.recv(PATIENCE_S)
        assert end.value.rcvd is not None
        assert end.value.rcvd.code == 1009


def test_pings_are_answered_at_each_hop() -> None:
    def pinged(connection: ServerConnection) -> None:
        assert connection.ping().wait(PATIENCE_S)
        connection.send("pong")
        connection.recv()

    with talking(pinged) as (gateway, _), dialled(gateway) as client:
        assert client.recv(PATIENCE_S) == "pong"
        assert client.ping().wait(PATIENCE_S)


def test_a_client_that_answers_no_ping_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adweave.http.server.PING_EVERY_S", 0.1)
    monkeypatch.setattr("adweave.http.server.PONG_WITHIN_S", 0.2)
    with talking() as (gateway, upstream), asked(gateway, *ASKED) as client:
        _, _, frames = everything(client).partition(b"\r\n\r\n")
        assert frames[:2] == b"\x89\x04"
        assert frames[6] == 0x88
        assert frames[8:10] == struct.pack("!H", 1011)
        assert upstream.ended.wait(PATIENCE_S)
        assert upstream.ends[0].rcvd is None


# -- back-pressure -------------------------------------------------------------------------------


def test_a_client_that_does_not_read_stops_the_upstream() -> None:
    stopped = threading.Event()
    sent: list[int] = []

    def flood(connection: ServerConnection) -> None:
        connection.socket.settimeout(1.0)
        try:
            for n in range(2000):
                connection.send(b"x" * MIB)
                sent.append(n)
        except (TimeoutError, ConnectionClosed):
            stopped.set()

    with talking(flood) as (gateway, _):
        client = asked(gateway, *ASKED)
        assert stopped.wait(PATIENCE_S)
        client.close()
    assert len(sent) < 100


def test_an_upstream_that_does_not_read_stops_the_client() -> None:
    done = threading.Event()

    def deaf(connection: ServerConnection) -> None:
        done.wait(PATIENCE_S)
        _reset(connection.socket)

    with talking(deaf, max_queue=1) as (gateway, _):
        client = asked(gateway, *ASKED)
        assert client.recv(4096).startswith(b"HTTP/1.1 101")
        client.settimeout(1.0)
        frame = b"\x82\xff" + struct.pack("!Q", MIB) + b"\0\0\0\0" + b"x" * MIB
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 100:
                client.sendall(frame)
                sent += 1
        assert sent < 100
        client.close()
        done.set()


def test_an_upstream_that_never_reads_again_is_given_up() -> None:
    done = threading.Event()

    def deaf(connection: ServerConnection) -> None:
        done.wait(PATIENCE_S)
        _reset(connection.socket)

    limits = UpstreamLimits(idle_s=0.5)
    with talking(deaf, max_queue=1, limits=limits) as (gateway, _), dialled(gateway) as client:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(100):
                client.send(b"x" * MIB)
        with pytest.raises(ConnectionClosed) as end:
            client.recv(PATIENCE_S)
        done.set()
        assert end.value.rcvd is not None
        assert end.value.rcvd.code == 1012


# -- ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reason"),
    [(1000, ""), (1000, "done"), (1001, "bye"), (3000, "x"), (4999, "\u00fc" * 60)],
)
def test_the_clients_code_and_reason_reach_the_upstream(code: int, reason: str) -> None:
    with talking() as (gateway, upstream):
        with dialled(gateway) as client:
            client.close(code, reason)
        assert upstream.ended.wait(PATIENCE_S)
        rcvd = upstream.ends[0].rcvd
        assert rcvd is not None
        assert (rcvd.code, rcvd.reason) == (code, reason)


@pytest.mark.parametrize(
    ("code", "reason"),
    [(1000, ""), (1001, "bye"), (1008, "no"), (1011, "oops"), (1013, ""), (4000, "\u00fc" * 60)],
)
def test_the_upstreams_code_and_reason_reach_the_client(code: int, reason: str) -> None:
    def leave(connection: ServerConnection) -> None:
        connection.send("last words")
        connection.close(code, reason)

    with talking(leave) as (gateway, _), dialled(gateway) as client:
        assert client.recv(PATIENCE_S) == "last words"
        with pytest.raises(ConnectionClosed) as end:
            client.recv(PATIENCE_S)
        assert end.value.rcvd is not None
        assert (end.value.rcvd.code, end.value.rcvd.reason) == (code, reason)


def test_a_close_without_a_code_stays_so_both_ways() -> None:
    def leave(connection: ServerConnection) -> None:
        if connection.recv() == "you first":
            with connection.send_context():
                connection.protocol.send_close()
        connection.recv()

    with talking(leave) as (gateway, upstream):
        client = asked(gateway, *ASKED)
        assert client.recv(4096).endswith(b"\r\n\r\n")
        client.sendall(b"\x81\x89\0\0\0\0you first")
        assert client.recv(4096) == b"\x88\x00"
        client.close()
        upstream.ended.clear()
        client = asked(gateway, *ASKED)
        assert client.recv(4096).endswith(b"\r\n\r\n")
        client.sendall(b"\x81\x82\0\0\0\0me\x88\x80\0\0\0\0")
        assert upstream.ended.wait(PATIENCE_S)
        client.close()
        assert upstream.ends[-1].rcvd is not None
        assert upstream.ends[-1].rcvd.code == 1005


def test_what_the_client_said_before_it_closed_arrives() -> None:
    heard: list[object] = []

    def listen(connection: ServerConnection) -> None:
        while True:
            heard.append(connection.recv())

    with talking(listen) as (gateway, upstream):
        with dialled(gateway) as client:
            for n in range(300):
                client.send(f"{n}" * 1000)
        assert upstream.ended.wait(PATIENCE_S)
    assert heard == [f"{n}" * 1000 for n in range(300)]


def test_an_upstream_that_vanishes_closes_the_client_with_1012() -> None:
    def vanish(connection: ServerConnection) -> None:
        connection.recv()
        _reset(connection.socket)

    with talking(vanish) as (gateway, _), dialled(gateway) as client:
        client.send("now")
        with pytest.raises(ConnectionClosed) as end:
            client.recv(PATIENCE_S)
        assert end.value.rcvd is not None
        assert end.value.rcvd.code == 1012


def _reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.shutdown(socket.SHUT_RDWR)


def test_an_upstream_that_breaks_the_protocol_closes_the_client_with_1011() -> None:
    def babble(connection: ServerConnection) -> None:
        connection.socket.sendall(b"\xff\xff\xff\xff")
        connection.recv()

    with talking(babble) as (gateway, _), dialled(gateway) as client:
        with pytest.raises(ConnectionClosed) as end:
            client.recv(PATIENCE_S)
        assert end.value.rcvd is not None
        assert end.value.rcvd.code == 1011


def test_a_client_that_vanishes_breaks_the_upstreams_connection_off() -> None:
    with talking() as (gateway, upstream):
        client = asked(gateway, *ASKED)
        assert client.recv(4096).startswith(b"HTTP/1.1 101")
        client.close()
        assert upstream.ended.wait(PATIENCE_S)
        assert upstream.ends[0].rcvd is None


@pytest.mark.parametrize(
    ("frame", "code"),
    [(b"\xff\xff\xff\xff", 1002), (b"\x81\x82\0\0\0\0\xff\xfe", 1007), (b"\x81\x02hi", 1002)],
)
def test_a_client_that_breaks_the_protocol_is_closed_and_the_upstream_told(
    frame: bytes, code: int
) -> None:
    with talking() as (gateway, upstream):
        client = asked(gateway, *ASKED)
        assert client.recv(4096).endswith(b"\r\n\r\n")
        client.sendall(frame)
        assert everything(client)[2:4] == struct.pack("!H", code)
        assert upstream.ended.wait(PATIENCE_S)
        assert upstream.ends[0].rcvd is not None
        assert upstream.ends[0].rcvd.code == code


def test_stopping_closes_both_sides_and_does_not_hang() -> None:
    with contextlib.ExitStack() as held:
        with talking() as (gateway, upstream):
            clients = [held.enter_context(dialled(gateway)) for _ in range(3)]
            raw = held.enter_context(asked(gateway, *ASKED))
            assert raw.recv(4096).startswith(b"HTTP/1.1 101")
        assert everything(raw) == b"\x88\x02" + struct.pack("!H", 1012)
        for client in clients:
            with pytest.raises(ConnectionClosed) as end:
                client.recv(PATIENCE_S)
            assert end.value.rcvd is not None
            assert end.value.rcvd.code == 1012
    assert [end.rcvd.code for end in upstream.ends if end.rcvd] == [1001] * 4


def test_connections_and_faults_are_counted() -> None:
    with talking() as (gateway, upstream):
        with dialled(gateway):
            pass
        assert upstream.ended.wait(PATIENCE_S)
        assert gateway.weaver.counts.value("adweave_websockets_total", "outcome", "accepted") == 1
