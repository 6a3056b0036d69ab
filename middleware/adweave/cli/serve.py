"""`adweave serve`: the gateway in the foreground.

Reads options, binds sockets, runs until SIGTERM or SIGINT. What it can't start with ends it
with one clear line: exit 2 for wrong input, 3 for what is not available.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
import time
from pathlib import Path

import click
import uvloop

from adweave.cli.selection import placements_option, site_or_exit, state_folder, state_option
from adweave.events import SegmentStore, events_folder
from adweave.http import (
    VERSION,
    Admin,
    Control,
    Counts,
    FollowedFolder,
    Gateway,
    Server,
    Upstream,
    UpstreamLimits,
    UpstreamUrl,
    Weaver,
    bound_socket,
    server_for,
)


def _upstream_url(ctx: click.Context, param: click.Parameter, value: str) -> UpstreamUrl:
    try:
        return UpstreamUrl.parse(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None


def _address(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[str, int] | None:
    if value is None:
        return None
    host, colon, port = value.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65_535:
        raise click.BadParameter(
            f'"{value}" is not HOST:PORT; write it like 127.0.0.1:9000', ctx, param
        )
    return host.strip("[]"), int(port)


_SECONDS = click.FloatRange(min=0, min_open=True, max=86_400)


@click.command()
@click.option(
    "--upstream", "url", callback=_upstream_url, required=True, metavar="URL",
    help="The CMS or app to stand in front of, like http://127.0.0.1:8000.",
)  # fmt: skip
@placements_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8080, show_default=True,
    help="Port to listen on; 0 takes a free one.",
)  # fmt: skip
@click.option(
    "--admin", callback=_address, metavar="H:P",
    help="Private listener with /healthz and /metrics. Default: none.",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True,
    help="Processes; this version runs one.",
)  # fmt: skip
@state_option
@click.option(
    "--upstream-host", metavar="NAME",
    help="Host field for the upstream. Default: the reader's own.",
)  # fmt: skip
@click.option(
    "--connect-timeout", type=_SECONDS, default=5.0, show_default=True, metavar="S",
    help="Seconds to connect to the upstream.",
)  # fmt: skip
@click.option(
    "--upstream-timeout", type=_SECONDS, default=None, metavar="S",
    help="Seconds that the upstream may be silent before the answer is 504. "
    "Default: upstream_timeout_s in site.toml.",
)  # fmt: skip
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="One line a record either way.",
)  # fmt: skip
def serve(
    url: UpstreamUrl,
    placements: Path,
    host: str,
    port: int,
    admin: tuple[str, int] | None,
    workers: int,
    state: Path | None,
    upstream_host: str | None,
    connect_timeout: float,
    upstream_timeout: float | None,
    log_format: str,
) -> None:
    """Stand in front of a CMS and weave its article pages.

    Stays in the foreground; SIGTERM or Ctrl-C ends it once the answers under way are out.
    """
    if workers > 1:
        raise click.BadParameter(
            "this version runs one worker; start several on ports of their own behind your "
            "balancer, or leave --workers out",
            param_hint="--workers",
        )
    if upstream_host is not None and not _is_host(upstream_host):
        raise click.BadParameter(
            f'"{upstream_host}" is not a host name; write it like www.example.org',
            param_hint="--upstream-host",
        )
    _set_up_logging(log_format)
    site = site_or_exit(placements)
    listening = _bound(host, port)
    private = _bound(*admin) if admin is not None else None
    silent_s = upstream_timeout or site.settings.limits.upstream_timeout_s
    limits = UpstreamLimits(connect_s=connect_timeout, first_byte_s=silent_s, idle_s=silent_s)
    uvloop.run(
        _run(
            Upstream(url, limits),
            FollowedFolder(placements),
            state_folder(state, placements),
            upstream_host,
            listening,
            private,
        )
    )


async def _run(
    upstream: Upstream,
    folder: FollowedFolder,
    state: Path,
    upstream_host: str | None,
    listening: socket.socket,
    private: socket.socket | None,
) -> None:
    weaver = Weaver(folder, version=VERSION, counts=Counts())
    control = Control(weaver, SegmentStore(events_folder(state)))
    gateway = Gateway(upstream, weaver, control, upstream_host=upstream_host)
    address = _url_of(listening)

    def say_ready() -> None:
        site = folder.site
        generation = site.generation if site is not None else "none"
        click.echo(
            f"adweave: {address} -> {upstream.url}, placements {folder.path}, "
            f"generation {generation}"
        )

    servers = [(server_for(gateway, on_ready=say_ready), listening)]
    if private is not None:
        servers.append((server_for(Admin(weaver, upstream), lifespan=False), private))
    _end_on_signals([server for server, _ in servers])
    try:
        await asyncio.gather(*(server.serve([bound]) for server, bound in servers))
    finally:
        folder.close()


def _end_on_signals(servers: list[Server]) -> None:
    """The first signal lets the answers under way finish, a second one does not."""

    def end() -> None:
        for server in servers:
            server.force_exit = server.should_exit
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)


def _bound(host: str, port: int) -> socket.socket:
    try:
        return bound_socket(host, port)
    except OSError as error:
        click.echo(
            f"adweave: can't listen on {host}:{port}: {error.strerror or error}. "
            "Choose another --port, or end what uses it.",
            err=True,
        )
        raise SystemExit(3) from None


def _url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_host(name: str) -> bool:
    return name.isascii() and name.isprintable() and not set(name) & set(' /\\@?#"<>')


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def _set_up_logging(log_format: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(
        _JsonFormatter()
        if log_format == "json"
        else logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("adweave").setLevel(logging.INFO)
