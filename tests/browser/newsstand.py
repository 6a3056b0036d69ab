"""A small news site with slots in its pages, for a real browser to read.

Pages are written here and woven with the real `SlotRenderer`; where the slots go is said by
hand, as choosing gaps is not what these tests are about. The server keeps what it was asked
for and what was reported to it, and can hold an answer back until a test lets it go.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from adweave.experiments import client_ranges, client_terms
from adweave.labels import texts_for
from adweave.layout import Plan, Slot
from adweave.placements import Delivery, Site
from adweave.slots import EVENTS_PATH, UNRESTRICTED, Permissions, SlotRenderer

WORDS = (
    "The harbour was quiet that morning, and the boats lay where the storm had left them. "
    "People came down to look, spoke little, and began to carry the nets up to the road. "
)
# Longer than any test may take: a held answer that nobody lets go ends the connection.
HOLD_LIMIT_S = 30

CROSS_ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "GET, POST",
}

Gaps = dict[str, Sequence[int]]
"""Placement -> gaps; gap 0 lies before the first paragraph."""


@dataclass(frozen=True)
class Article:
    """An article of so many paragraphs, in pieces: one gap before each paragraph, one after."""

    paragraphs: int = 16
    lang: str = "en"
    dir: str = "ltr"
    css: str = "article{max-width:46rem;margin:0 auto;padding:0 16px}"
    body: Callable[[int], str] = field(default=lambda n: f"<p id=p{n}>{WORDS * 2}</p>")

    def pieces(self) -> list[bytes]:
        """The page: up to the head's end, up to the first paragraph, each paragraph, the rest."""
        start = (
            f"<!doctype html><html lang={self.lang} dir={self.dir}><head><meta charset=utf-8>"
            "<title>Harbour</title>"
            '<meta name=viewport content="width=device-width,initial-scale=1">'
        )
        rest = (
            "<style>body{margin:0;font:18px/1.6 Georgia,serif;background:#fff;color:#222}"
            "@media(prefers-color-scheme:dark){body{background:#15181c;color:#dde1e6}}"
            f"p{{margin:0 0 1em}}p+p{{text-indent:1em}}{self.css}</style></head>"
            "<body><main><article><h1>What the storm left</h1>"
        )
        blocks = [self.body(n) for n in range(self.paragraphs)]
        end = "</article></main><footer>Printed daily.</footer></body></html>"
        return [piece.encode() for piece in (start, rest, *blocks, end)]


@dataclass
class Response:
    """What the stand answers with; `gates[i]` must be open before chunk i is sent."""

    chunks: list[bytes]
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    gates: dict[int, threading.Event] = field(default_factory=dict)
    status: int = 200


class Newsstand:
    """The server. `requests` are paths as asked for; `batches` are event batches as sent.

    `responses` are what it answers at each path, `answers` what it makes of a request there:
    given the path with its query, and the body.
    """

    def __init__(self) -> None:
        self.responses: dict[str, Response] = {}
        self.answers: dict[str, Callable[[str, bytes], Response]] = {}
        self.requests: list[str] = []
        self.batches: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        stand = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with stand._changed:
                    stand.requests.append(self.path)
                    stand._changed.notify_all()
                self._answer(b"")

            def _answer(self, body: bytes) -> None:
                path = self.path.partition("?")[0]
                answer = stand.answers.get(path)
                response = answer(self.path, body) if answer else stand.responses.get(path)
                if response is None:
                    response = Response([b"not here"], "text/plain", status=404)
                self.send_response(response.status)
                self.send_header("Content-Type", response.content_type)
                self.send_header("Transfer-Encoding", "chunked")
                for name, value in response.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for index, chunk in enumerate(response.chunks):
                    gate = response.gates.get(index)
                    if gate is not None and not gate.wait(HOLD_LIMIT_S):
                        self.close_connection = True
                        return
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                    self.wfile.flush()
                self.wfile.write(b"0\r\n\r\n")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with stand._changed:
                    if self.path == EVENTS_PATH:
                        stand.batches.append(json.loads(body))
                    else:
                        stand.requests.append(self.path)
                    stand._changed.notify_all()
                if self.path.partition("?")[0] in stand.answers:
                    self._answer(body)
                    return
                self.send_response(204)
                self.end_headers()

            def do_OPTIONS(self) -> None:
                self.send_response(204)
                for name, value in CROSS_ORIGIN.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing: the tests' output is the tests'."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait_for(self, holds: Callable[[Newsstand], bool], timeout_s: float = 20) -> None:
        """Returns once `holds`; asked again after every request that comes in, and by the clock.

        The clock is for what changes once the request has been told of, like a gate of its own.
        """
        end = time.monotonic() + timeout_s
        with self._changed:
            while not holds(self):
                if time.monotonic() > end:
                    raise AssertionError(
                        f"not within {timeout_s} s; {self.requests}, {self.batches}"
                    )
                self._changed.wait(0.05)

    @property
    def creative_requests(self) -> list[str]:
        """The creatives asked for, in order."""
        return [path for path in self.requests if path.startswith("/_adweave/c/")]

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """All events sent so far, each with its batch's fields."""
        return [
            {**batch, **event}
            for batch in list(self.batches)
            for event in batch["events"]
            if kind in (None, event["kind"])
        ]

    def publish(
        self,
        path: str,
        article: Article,
        configuration: Site,
        *gaps_by_layout: Gaps,
        headers: dict[str, str] | None = None,
        allowed: Permissions = UNRESTRICTED,
        viewports: tuple[str, ...] = ("mobile", "desktop"),
    ) -> Response:
        """Weaves `article` and serves it at `path`, one chunk a piece.

        `gaps_by_layout` says, for each layout of the configuration, where its slots go, and
        `viewports` where they show.
        """
        running = next(iter(configuration.experiments.values()), None)
        layouts = tuple(configuration.layouts.values())
        ranges = {running.name: client_ranges(running)} if running else {}
        terms = {running.name: client_terms(running, configuration.settings)} if running else {}
        renderer = SlotRenderer(configuration, ranges, terms=terms)
        pieces = article.pieces()
        offsets = [sum(map(len, pieces[: n + 2])) for n in range(len(pieces) - 2)]
        plans = [
            Plan(
                each.name,
                tuple(
                    sorted(
                        (
                            Slot(placement, index, gap, offsets[gap], viewports)
                            for placement, taken in gaps.items()
                            for index, gap in enumerate(taken, 1)
                        ),
                        key=lambda slot: slot.gap,
                    )
                ),
            )
            for each, gaps in zip(layouts, gaps_by_layout, strict=True)
        ]
        insertions = renderer.insertions(
            plans,
            Delivery(layouts, running),
            head_offset=len(pieces[0]),
            texts=texts_for(article.lang),
            allowed=allowed,
        )
        for insertion in insertions:
            at = 1 if insertion.gap is None else insertion.gap + 2
            pieces[at] = insertion.markup + pieces[at]
        response = self.responses[path] = Response(pieces, headers=headers or {})
        for address, asset in renderer.assets.items():
            policy = {"Content-Security-Policy": asset.policy} if asset.policy else {}
            self.responses[address] = Response([asset.body], asset.content_type, policy)
        return response
