"""A woven app behind a real server, for the time of a block."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import uvicorn

from adweave import AdweaveMiddleware


@contextlib.contextmanager
def served(app: AdweaveMiddleware) -> Iterator[str]:
    """Its address, on a free port of this machine; the server has ended when the block has."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    started = threading.Event()
    startup = server.startup

    async def tell(sockets: object = None) -> None:
        await startup()
        started.set()

    server.startup = tell  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert started.wait(30)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
