"""Ways from a page to a woven page, to be judged: adweave's middleware, and the baselines.

A weaver is a name and a factory; the factory is called once in each process and gives a
function from page and bytes to the answer that a reader would get.
"""

from __future__ import annotations

import asyncio
import atexit
import re
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import baselines

from .corpus import ROOT, Page

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
Weave = Callable[[Page, bytes], "Answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came out: the body, and the answer's header fields in small letters."""

    body: bytes
    fields: Mapping[str, str]


class Desk:
    """An ASGI app that answers each GET with the page that lies on it, in-process."""

    def __init__(self) -> None:
        self.body = b""
        self.content_type = ""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer with the page; nothing but http scopes reach this app."""
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", self.content_type.encode("latin-1")),
                    (b"content-length", str(len(self.body)).encode()),
                ],
            }
        )
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


async def get(app: App, path: str) -> Answer:
    """One GET over the ASGI interface, no sockets; the body whole.

    Raises RuntimeError when the status is not 200.
    """
    status = 0
    fields: dict[str, str] = {}
    parts: list[bytes] = []
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            for name, value in message["headers"]:
                fields[name.decode("latin-1").lower()] = value.decode("latin-1")
        elif message["type"] == "http.response.body":
            parts.append(bytes(message.get("body", b"")))

    await app(http_scope(path), receive, send)
    if status != 200:
        raise RuntimeError(f"status {status} for {path}")
    return Answer(b"".join(parts), fields)


def http_scope(path: str) -> Message:
    """An ASGI scope for a GET of `path` by a client that takes no content coding."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode("utf-8"),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"news.example")],
        "client": ("192.0.2.1", 50000),
        "server": ("news.example", 443),
        "state": {},
    }


def shipped_folder() -> Path:
    """A copy of the folder that `init` writes, until this process ends.

    State and journals that a run writes stay out of the repository.
    """
    above = Path(tempfile.mkdtemp(prefix="adweave-"))
    atexit.register(shutil.rmtree, above, ignore_errors=True)
    folder = above / "placements"
    shutil.copytree(ROOT / "placements", folder)
    return folder


def adweave_weaver() -> Weave:
    """`AdweaveMiddleware` around a desk, with a copy of the folder that `init` writes."""
    from adweave import AdweaveMiddleware

    folder = shipped_folder()
    _with_patience(folder / "site.toml")
    desk = Desk()
    app = AdweaveMiddleware(desk, placements=str(folder))
    loop = asyncio.new_event_loop()

    def weave(page: Page, body: bytes) -> Answer:
        desk.body = body
        desk.content_type = page.content_type
        return loop.run_until_complete(get(app, page.path))

    return weave


def _with_patience(site: Path) -> None:
    """The judge's parsers keep both processors busy: a late plan would be no plan."""
    text = site.read_text("utf-8")
    patient = re.sub(r"(?m)^deadline_ms = \d+", "deadline_ms = 60000", text)
    if patient == text:
        raise RuntimeError(f"{site}: no deadline_ms to be changed")
    site.write_text(patient, "utf-8")


def engine_weaver() -> Weave:
    """The engine without HTTP around it: an exception comes out as one."""
    from adweave.http import PagePassed
    from tests.bench.planning import Planner

    planner = Planner()

    def weave(page: Page, body: bytes) -> Answer:
        try:
            return Answer(planner.woven(body, page.content_type), {})
        except PagePassed as passed:
            return Answer(body, {"adweave-status": f"passed; {passed}"})

    return weave


def _baseline(insert: Callable[[bytes, str | None], bytes]) -> Callable[[], Weave]:
    def weave(page: Page, body: bytes) -> Answer:
        return Answer(insert(body, page.encoding), {})

    return lambda: weave


WEAVERS: Mapping[str, Callable[[], Weave]] = {
    "adweave": adweave_weaver,
    "engine alone": engine_weaver,
    "beautifulsoup4+lxml, after paragraphs 3 and 6": _baseline(
        baselines.after_paragraphs_three_and_six
    ),
    "regular expression, every third </p>": _baseline(baselines.every_third_paragraph_end),
}
