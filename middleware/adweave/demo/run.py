"""`adweave demo`: the newsroom and the gateway before it, in one process.

The placements are a copy of the shipped ones in a folder of their own, with the experiment
running, the notice on, and ids assumed to be consented to (there is no consent dialogue here).
"""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn

from adweave.demo.newsroom import newsroom
from adweave.demo.stories import Story, stories
from adweave.events import SegmentStore, events_folder, page_key
from adweave.http import (
    VERSION,
    Control,
    Counts,
    FollowedFolder,
    Gateway,
    Upstream,
    UpstreamUrl,
    Weaver,
    bound_socket,
    server_for,
)
from adweave.placements import example_files

# What the demo has otherwise than the shipped folder: file -> (found there once, written).
_CHANGES = {
    "site.toml": ('visitor_id = "tcf"', 'visitor_id = "assumed"'),
    "experiments/density.toml": ('status = "draft"', 'status = "running"'),
    "layouts/article.toml": ("enabled = false", "enabled = true"),
    "layouts/article-dense.toml": ("enabled = false", "enabled = true"),
}

_NAMES = {
    "en": "English",
    "tr": "Turkish",
    "de": "German",
    "ar": "Arabic",
    "he": "Hebrew",
    "ja": "Japanese",
    "zh-Hans": "Chinese",
    "hi": "Hindi",
}


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a demo keeps what it has: the placements to edit, and the events."""

    placements: Path
    state: Path


def demo_folders(root: Path) -> Folders:
    """The folders below `root`, made where they are not there yet; what is there stays.

    Raises OSError where they can't be written.
    """
    folders = Folders(root / "placements", root / "state")
    if not folders.placements.exists():
        for path, content in demo_files().items():
            target = folders.placements / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    folders.state.mkdir(parents=True, exist_ok=True)
    return folders


def demo_files() -> dict[str, bytes]:
    """The shipped placements with the demo's changes, by path."""
    files = example_files()
    for path, (found, written) in _CHANGES.items():
        text = files[path].decode("utf-8")
        if text.count(found) != 1:
            raise LookupError(f"the shipped {path} has no single {found!r} any more")
        files[path] = text.replace(found, written).encode("utf-8")
    return files


async def run_demo(folders: Folders, listening: socket.socket, say: Callable[[str], None]) -> None:
    """Serve the gateway on `listening` until SIGINT or SIGTERM; the newsroom takes a free port.

    `say` is given the text for the person who started it, once both answer.
    """
    behind = bound_socket("127.0.0.1", 0)
    site = url_of(behind)
    followed = FollowedFolder(folders.placements, folders.state)
    weaver = Weaver(
        followed,
        version=VERSION,
        counts=Counts(),
        page_key=partial(page_key, folders.state),
    )
    control = Control(
        weaver, SegmentStore(events_folder(folders.state), max_bytes=followed.events_room)
    )
    gateway = Gateway(Upstream(UpstreamUrl.parse(site)), weaver, control)
    ready = asyncio.Event()
    servers: list[tuple[uvicorn.Server, socket.socket]] = [
        (server_for(newsroom(), lifespan=False), behind),
        (server_for(gateway, on_ready=ready.set), listening),
    ]
    _end_on_signals([server for server, _ in servers])
    with contextlib.closing(followed):  # it may still be writing into the history
        serving = [asyncio.ensure_future(server.serve([bound])) for server, bound in servers]
        waiting = asyncio.ensure_future(ready.wait())
        await asyncio.wait([*serving, waiting], return_when=asyncio.FIRST_COMPLETED)
        if ready.is_set():
            say(introduction(url_of(listening), site, folders))
        waiting.cancel()
        await asyncio.gather(*serving)


def introduction(gateway: str, site: str, folders: Folders) -> str:
    """What the demo says when it is up: what runs where, what to look at, what to change."""
    placements, state = shlex.quote(str(folders.placements)), shlex.quote(str(folders.state))
    width = max(len(_name(story)) for story in stories().values())
    pages = "\n".join(
        f"  {_name(story):<{width}}  {gateway}{story.path}" for story in stories().values()
    )
    return f"""\
adweave demo: a newsroom in eight languages, and adweave in front of it.

  {"Front page":<{width}}  {gateway}/   (a listing, so it gets no slots)
{pages}

  {"Without adweave":<{width}}  {site}/

Scroll an article: slots fill as you near them, labelled in the article's language. The
experiment "density" runs: one reader in two gets more slots (a private window is a new reader).

What it did, once you have read a little:
  adweave report density --placements {placements} --state {state}

Change where slots go; saved is in force within a second:
  {folders.placements / "layouts" / "article.toml"}

Ctrl-C ends it."""


def _name(story: Story) -> str:
    name = _NAMES[story.lang]
    if story.lang == story.template_lang:
        return name
    return f"{name}, on a {_NAMES[story.template_lang]} template"


def _end_on_signals(servers: list[uvicorn.Server]) -> None:
    def end() -> None:
        for server in servers:
            server.force_exit = server.should_exit  # the second signal does not wait
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)


def url_of(listening: socket.socket) -> str:
    """The address that a listening socket answers at."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
