"""Real sockets for tests: a scripted upstream, a gateway in a thread, a strict client.

h11 reads everything that the gateway writes, in both directions: a message that it refuses
fails the test. Answers of the upstream are raw bytes, so that they can be as wrong as needed.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import h11
import uvicorn
import uvloop
from starlette.types import ASGIApp

from adweave.events import EventStore
from adweave.http import (
    Control,
    Counts,
    Gateway,
    Server,
    Upstream,
    UpstreamLimits,
    UpstreamUrl,
    Weaver,
    bound_socket,
    server_for,
)
from adweave.placements import Site, load

if TYPE_CHECKING:
    from adweave.http.spans import Spans

SHIPPED = Path(__file__).resolve().parents[3] / "placements"
PATIENCE_S = 20.0


@dataclasses.dataclass
class Request:
    """A request as the upstream got it."""

    method: str
    target: bytes
    fields: list[tuple[bytes, bytes]]
    body: bytes

    def value(self, name: bytes) -> bytes | None:
        found = [value for known, value in self.fields if known == name]
        assert len(found) < 2, f"{name!r} came {len(found)} times"
        return found[0] if found else None


class Wire:
    """The upstream's end of one connection."""

    def __init__(self, sock: socket.socket, upstream: RawUpstream) -> None:
        self.socket = sock
        self._upstream = upstream
        self._reader = h11.Connection(h11.SERVER)

    def request(self) -> Request | None:
        """The next request, read strictly and whole; None when the gateway closed."""
        head: h11.Request | None = None
        body = b""
        while True:
            event = self._reader.next_event()
            if event is h11.NEED_DATA:
                data = self.socket.recv(65536)
                self._reader.receive_data(data)
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                assert head is not None
                self._reader = _after(self._reader)
                found = Request(
                    head.method.decode(), head.target, list(head.headers.raw_items()), body
                )
                found.fields = [(name.lower(), value) for name, value in found.fields]
                self._upstream.requests.append(found)
                return found
            elif isinstance(event, h11.ConnectionClosed):
                return None
            else:
                raise AssertionError(event)

    def send(self, raw: bytes) -> None:
        self.socket.sendall(raw)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def _after(reader: h11.Connection) -> h11.Connection:
    """A reader for the next request on the connection, with what came early."""
    fresh = h11.Connection(h11.SERVER)
    early, _ = reader.trailing_data
    if early:
        fresh.receive_data(early)
    return fresh


class RawUpstream:
    """Listens; each connection is given to `script` in a thread of its own."""

    def __init__(self, script: Callable[[Wire], None]) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.failures: list[BaseException] = []
        self._script = script
        self._open: list[Wire] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            sock.settimeout(PATIENCE_S)
            self.connections += 1
            wire = Wire(sock, self)
            self._open.append(wire)
            threading.Thread(target=self._run, args=(wire,), daemon=True).start()

    def _run(self, wire: Wire) -> None:
        try:
            self._script(wire)
        except OSError:  # the gateway or the test hung up
            pass
        except BaseException as error:
            self.failures.append(error)
        finally:
            wire.close()

    def refuse(self) -> None:
        """Accept no more connections."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept
        self._listening.close()

    def close(self) -> None:
        self.refuse()
        for wire in self._open:
            wire.close()
        assert not self.failures, self.failures


def always(raw: bytes) -> Callable[[Wire], None]:
    """A script that gives every request the same answer and keeps the connection."""

    def script(wire: Wire) -> None:
        while wire.request() is not None:
            wire.send(raw)

    return script


def once(raw: bytes) -> Callable[[Wire], None]:
    """A script that answers one request, then closes."""

    def script(wire: Wire) -> None:
        if wire.request() is not None:
            wire.send(raw)

    return script


def response(body: bytes, *fields: str, status: str = "200 OK") -> bytes:
    """A well-formed answer with a length."""
    lines = [f"HTTP/1.1 {status}", *fields, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


@dataclasses.dataclass
class Answer:
    """What a strict client made of an answer."""

    status: int
    fields: list[tuple[bytes, bytes]]
    body: bytes
    is_whole: bool

    def value(self, name: bytes) -> bytes | None:
        found = [value for known, value in self.fields if known == name]
        assert len(found) < 2, f"{name!r} came {len(found)} times"
        return found[0] if found else None

    @property
    def verdict(self) -> str:
        return (self.value(b"adweave-status") or b"").decode()


class Unanswered(AssertionError):
    """The connection was closed, and not one byte of an answer had come."""


class Client:
    """A raw client; `ask` sends bytes as they are and reads one answer by h11."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, raw: bytes) -> Answer:
        self.socket.sendall(raw)
        return self.answer(raw.partition(b" ")[0].decode())

    def answer(self, method: str = "GET") -> Answer:
        """Read one answer to a request of that method."""
        reader = h11.Connection(h11.CLIENT)
        reader.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
        reader.send(h11.EndOfMessage())
        head: h11.Response | None = None
        body: list[bytes] = []
        received = 0
        while True:
            try:
                event = reader.next_event()
            except h11.RemoteProtocolError:
                if not received:
                    raise Unanswered from None
                assert head is not None, "the head of the answer is not well-formed"
                return Answer(head.status_code, list(head.headers), b"".join(body), False)
            if event is h11.NEED_DATA:
                try:
                    data = self.socket.recv(262144)
                    received += len(data)
                    reader.receive_data(data)
                except ConnectionResetError:
                    if not received:
                        raise Unanswered from None
                    assert head is not None, "reset before an answer"
                    return Answer(head.status_code, list(head.headers), b"".join(body), False)
            elif isinstance(event, h11.InformationalResponse):
                continue
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                assert head is not None
                return Answer(head.status_code, list(head.headers), b"".join(body), True)
            else:
                raise AssertionError(f"closed before an answer: {event}")

    def get(self, target: str = "/a/page", *fields: str, method: str = "GET") -> Answer:
        lines = [f"{method} {target} HTTP/1.1", "Host: news.example", *fields, "", ""]
        return self.ask("\r\n".join(lines).encode("latin-1"))


class Fixed:
    """A configuration that tests may swap."""

    def __init__(self, site: Site | None) -> None:
        self.site = site


def shipped_site() -> Site:
    return load(SHIPPED).site_or_raise()


@dataclasses.dataclass
class RunningGateway:
    port: int
    gateway: Gateway
    weaver: Weaver
    upstream: Upstream
    configuration: Fixed

    def client(self) -> Client:
        return Client(self.port)

    def get(self, target: str = "/a/page", *fields: str, method: str = "GET") -> Answer:
        with self.client() as client:
            return client.get(target, *fields, method=method)


@contextlib.contextmanager
def running_gateway(
    upstream_port: int,
    *,
    site: Site | None = None,
    limits: UpstreamLimits | None = None,
    hold_s: float = 5.0,
    streams: bool = True,
    upstream_host: str | None = None,
    prefix: str = "",
    store: EventStore | None = None,
    scheme: str = "http",
    host: str = "127.0.0.1",
    page_key: bytes | None = None,
    spans: Spans | None = None,
) -> Iterator[RunningGateway]:
    """A gateway with the shipped placements in a thread of its own."""
    url = UpstreamUrl.parse(f"{scheme}://{host}:{upstream_port}{prefix}")
    upstream = Upstream(url, limits or UpstreamLimits())
    configuration = Fixed(site or shipped_site())
    weaver = Weaver(configuration, version="test", counts=Counts(), page_key=lambda: page_key)
    control = Control(weaver, store)
    gateway = Gateway(
        upstream,
        weaver,
        control,
        upstream_host=upstream_host,
        hold_s=hold_s,
        spans=spans,
        streams=streams,
    )
    with _serving(lambda ready: server_for(gateway, on_ready=ready)) as port:
        yield RunningGateway(port, gateway, weaver, upstream, configuration)


@contextlib.contextmanager
def running_app(app: ASGIApp) -> Iterator[int]:
    """Any ASGI app on uvicorn as people run it, in a thread; gives the port."""

    def made(ready: Callable[[], None]) -> uvicorn.Server:
        config = uvicorn.Config(app, log_config=None, access_log=False, ws="none")
        return Server(config, ready)

    with _serving(made) as port:
        yield port


@contextlib.contextmanager
def _serving(made: Callable[[Callable[[], None]], uvicorn.Server]) -> Iterator[int]:
    loop = uvloop.new_event_loop()
    listening = bound_socket("127.0.0.1", 0)
    port = listening.getsockname()[1]
    ready = threading.Event()
    server = made(ready.set)

    def run() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(server.serve([listening]))
        finally:
            loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(PATIENCE_S)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


@contextlib.contextmanager
def in_front_of(
    script: Callable[[Wire], None], **options: object
) -> Iterator[tuple[RunningGateway, RawUpstream]]:
    """A gateway in front of a scripted upstream."""
    upstream = RawUpstream(script)
    with running_gateway(upstream.port, **options) as gateway:  # type: ignore[arg-type]
        yield gateway, upstream
    upstream.close()


SENTENCES = (
    "The council met on Tuesday evening and agreed, after four hours, on next year's budget.",
    "Nobody in the room could say where the missing sum had gone, or who had signed for it.",
    "A new bridge is to be built where the ferry crosses now, and the old pier will be kept.",
    "Residents of the harbour quarter fear the noise more than they fear the cost of it.",
    "The mayor promised an answer by spring, which is what the last mayor had promised too.",
)


def article(paragraphs: int = 24, lang: str = "en", charset: str = "utf-8") -> bytes:
    """An article page with text enough for slots."""
    text = "".join(
        f"<p>{' '.join(SENTENCES[(n + k) % 5] for k in range(4))} Item {n}.</p>\n"
        for n in range(paragraphs)
    )
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="{charset}">'
        f"<title>Budget agreed</title></head>\n<body><article><h1>Budget agreed</h1>\n{text}"
        "</article></body></html>\n"
    ).encode(charset)


HTML = "Content-Type: text/html; charset=utf-8"
