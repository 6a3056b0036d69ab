"""How `adweave serve` runs: one process, or a supervisor with workers, from bound sockets on.

Knows processes, signals and what a gateway is put together of; nothing of options.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from adweave.cli.upkeep import ADWEAVE, kept_up
from adweave.events import SegmentStore, events_folder, page_key
from adweave.http import (
    GRACE_S,
    VERSION,
    Admin,
    Channel,
    Control,
    Counts,
    FollowedFolder,
    Gateway,
    PagePlan,
    Server,
    Snapshot,
    StartFailed,
    Supervisor,
    Upstream,
    UpstreamLimits,
    UpstreamUrl,
    Weaver,
    exported_spans,
    server_for,
)

log = logging.getLogger("adweave.serve")

# How a worker finds what its supervisor gave it: numbers of file descriptors.
_INHERITED: Final = "ADWEAVE_WORKER"
_TELL_EVERY_S: Final = 1.0
_KILL_AFTER_S: Final = GRACE_S + 5


@dataclass(frozen=True, slots=True)
class Service:
    """What is to be served, from where, and how."""

    upstream: UpstreamUrl
    limits: UpstreamLimits
    placements: Path
    state: Path
    upstream_host: str | None
    hold_s: float
    streams: bool
    trusts: Callable[[str], bool] | None
    logs_access: bool
    traces: bool
    workers: int


@dataclass(frozen=True, slots=True)
class Inherited:
    """What a worker has of its supervisor."""

    listening: socket.socket
    channel: socket.socket

    @classmethod
    def from_environment(cls) -> Inherited | None:
        """None in a process that is no worker."""
        numbers = os.environ.pop(_INHERITED, None)
        if numbers is None:
            return None
        listening, channel = (socket.socket(fileno=int(number)) for number in numbers.split(","))
        return cls(listening, channel)


class _Process:
    """The gateway of one process."""

    def __init__(
        self,
        service: Service,
        secret: int | None = None,
        on_planned: Callable[[bytes, PagePlan | str], None] | None = None,
    ) -> None:
        self.folder = FollowedFolder(service.placements, service.state)
        self.weaver = Weaver(
            self.folder,
            version=VERSION,
            counts=Counts(),
            secret=secret,
            on_planned=on_planned,
            page_key=partial(page_key, service.state),
        )
        self.upstream = Upstream(service.upstream, service.limits)
        self.store = SegmentStore(events_folder(service.state), max_bytes=self.folder.events_room)
        self.spans = exported_spans() if service.traces else None
        control = Control(self.weaver, self.store, trusts=service.trusts)
        self.gateway = Gateway(
            self.upstream,
            self.weaver,
            control,
            upstream_host=service.upstream_host,
            hold_s=service.hold_s,
            streams=service.streams,
            trusts=service.trusts,
            logs_access=service.logs_access,
            spans=self.spans,
        )

    async def close(self) -> None:
        """Let go of the folder, and of spans that are not sent yet."""
        self.folder.close()
        if self.spans is not None:
            await asyncio.to_thread(self.spans.close)

    def snapshot(self) -> Snapshot:
        """What this process knows of itself."""
        busy, idle = self.upstream.counts
        engine = self.weaver.engine
        switch = engine.site.switch if engine is not None else None
        kept = self.store.counts
        gauges = {
            **self.weaver.gauges,
            "adweave_upstream_connections_busy": busy,
            "adweave_upstream_connections_idle": idle,
            "adweave_upstream_circuit_open": float(self.upstream.breaker.is_open),
            "adweave_switched_off": float(bool(switch)),
            "adweave_placements_refused": float(self.folder.refused),
            "adweave_events_queued": kept.queued,
        }
        counters = {
            **self.weaver.counts.values,
            ("adweave_placements_refusals_total", "", ""): self.folder.refusals,
            ("adweave_events_lost_total", "", ""): kept.lost,
            ("adweave_events_store_failures_total", "", ""): kept.failures,
        }
        return Snapshot(
            counters,
            gauges,
            engine.site.generation if engine is not None else "",
            "; ".join(switch.sentences()) if switch else "",
        )


async def run_alone(
    service: Service, listening: socket.socket, private: socket.socket | None
) -> None:
    """One process that does everything. Returns once it was told to end."""
    process = _Process(service)

    def ready() -> None:
        _say_ready(
            service, listening, process.folder.site.generation if process.folder.site else "none"
        )

    servers = [(server_for(process.gateway, on_ready=ready), listening)]
    if private is not None:
        servers.append((server_for(Admin(process.snapshot), lifespan=False), private))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, _nothing_to_restart)
    _end_on_signals([server for server, _ in servers], (signal.SIGTERM, signal.SIGINT))
    upkeep = loop.create_task(kept_up(service.placements, service.state))
    try:
        await asyncio.gather(*(server.serve([bound]) for server, bound in servers))
    finally:
        _notify("STOPPING=1")
        await _ended(upkeep)
        await process.close()


async def run_supervisor(
    service: Service, generation: str, listening: socket.socket, private: socket.socket | None
) -> int:
    """Workers, and the private listener over all of them. Gives the exit code."""

    async def start(theirs: socket.socket) -> asyncio.subprocess.Process:
        numbers = (listening.fileno(), theirs.fileno())
        return await asyncio.create_subprocess_exec(
            *ADWEAVE,
            *sys.argv[1:],
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=numbers,
            env={**os.environ, _INHERITED: ",".join(map(str, numbers))},
        )

    supervisor = Supervisor(service.workers, start, grace_s=_KILL_AFTER_S)
    admin = server_for(Admin(supervisor.snapshot), lifespan=False)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, supervisor.stop)
    loop.add_signal_handler(signal.SIGHUP, supervisor.restart)
    shown = loop.create_task(admin.serve([private])) if private is not None else None
    upkeep = loop.create_task(kept_up(service.placements, service.state))
    try:
        await supervisor.run(lambda: _say_ready(service, listening, generation))
    except StartFailed as failure:
        return failure.code if 0 < failure.code < 128 else 3
    finally:
        _notify("STOPPING=1")
        await _ended(upkeep)
        if shown is not None:
            admin.should_exit = True
            await shown
    return 0


async def run_worker(service: Service, inherited: Inherited) -> None:
    """One of several: serves on the inherited socket until told to end, or left alone."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # Ctrl-C goes to the supervisor, too
    secret: asyncio.Future[int] = loop.create_future()
    servers: list[Server] = []
    process: _Process | None = None

    def on_message(message: Any) -> None:
        if message[0] == "secret":
            secret.set_result(message[1])
        elif message[0] == "plan" and process is not None:
            _, key, plan_of_page = message
            process.weaver.learn(
                key, plan_of_page if isinstance(plan_of_page, str) else PagePlan(*plan_of_page)
            )

    def on_end() -> None:
        if not secret.done():
            secret.cancel()
        for server in servers:
            server.should_exit = True

    channel = await Channel.over(inherited.channel, on_message, on_end)

    def on_planned(key: bytes, made: PagePlan | str) -> None:
        told = made if isinstance(made, str) else made.__reduce__()[1]
        loop.call_soon_threadsafe(channel.hint, ("plan", key, told))

    process = _Process(service, await secret, on_planned)
    server = server_for(process.gateway, on_ready=lambda: channel.tell(("ready",)))
    servers.append(server)
    _end_on_signals(servers, (signal.SIGTERM,))
    telling = loop.create_task(_told_again_and_again(channel, process))
    try:
        await server.serve([inherited.listening])
    finally:
        telling.cancel()
        await process.close()
        channel.tell(("snapshot", process.snapshot().as_value()))
        channel.close()
        await asyncio.sleep(0)


async def _ended(upkeep: asyncio.Task[None]) -> None:
    upkeep.cancel()
    try:
        await upkeep
    except asyncio.CancelledError:
        pass
    except Exception as error:
        log.error("compacting events ended early", exc_info=error)


async def _told_again_and_again(channel: Channel, process: _Process) -> None:
    while True:
        channel.tell(("snapshot", process.snapshot().as_value()))
        await asyncio.sleep(_TELL_EVERY_S)


def _end_on_signals(servers: list[Server], numbers: tuple[signal.Signals, ...]) -> None:
    """The first signal lets the answers under way finish, a second one does not."""

    def end() -> None:
        for server in servers:
            server.force_exit = server.should_exit
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in numbers:
        loop.add_signal_handler(number, end)


def _nothing_to_restart() -> None:
    click.echo(
        "adweave: SIGHUP replaces workers, one after the other, and this is a single process; "
        "start it with --workers 2 for that. Placements are followed without it.",
        err=True,
    )


def _say_ready(service: Service, listening: socket.socket, generation: str) -> None:
    by = f", {service.workers} workers" if service.workers > 1 else ""
    click.echo(
        f"adweave: {_url_of(listening)} -> {service.upstream}, placements {service.placements}, "
        f"generation {generation}{by}"
    )
    _notify("READY=1")


def _notify(state: str) -> None:
    """Tell systemd, where it asked for it (`Type=notify`; sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.connect("\0" + address[1:] if address.startswith("@") else address)
        told.sendall(state.encode("ascii"))


def _url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
