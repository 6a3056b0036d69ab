"""`adweave serve`: the gateway in the foreground.

Reads options, binds sockets, runs until SIGTERM or SIGINT. What it can't start with ends it
with one clear line: exit 2 for wrong input, 3 for what is not available.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import socket
from collections.abc import Callable
from pathlib import Path

import click
import uvloop

from adweave.cli.ends import give_up
from adweave.cli.logs import set_up_logging
from adweave.cli.selection import (
    placements_option,
    site_in_force_or_exit,
    state_folder,
    state_option,
)
from adweave.cli.serving import Inherited, Service, run_alone, run_supervisor, run_worker
from adweave.http import (
    HOLD_S,
    TracesUnavailable,
    UpstreamLimits,
    UpstreamUrl,
    bound_socket,
    check_traces,
    trusted,
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


def _networks(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> Callable[[str], bool] | None:
    if value is None:
        return None
    named = [] if value == "none" else [part.strip() for part in value.split(",")]
    try:
        return trusted(named)
    except ValueError as error:
        raise click.BadParameter(
            f"{error}; write networks like 10.0.0.0/8,192.0.2.7, or none", ctx, param
        ) from None


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
    help="Private listener with /healthz, /readyz and /metrics. Default: none.",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True,
    help="Processes that share the port. SIGHUP replaces them one after the other, which is also "
    "how an upgrade takes effect.",
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
    "--hold-timeout", type=_SECONDS, default=HOLD_S, show_default=True, metavar="S",
    help="Seconds that a page is held back until it is whole; then it goes out as it is.",
)  # fmt: skip
@click.option(
    "--hold-pages", is_flag=True,
    help="Hold every page back until it is whole, so that all have a Content-Length. Else a page "
    "with a strong ETag whose slots are known is sent while it comes.",
)  # fmt: skip
@click.option(
    "--trust", "trust", callback=_networks, metavar="NETWORKS",
    help="Whose word about the client is taken (Forwarded, X-Forwarded-*): networks of the proxies "
    "in front, like 10.0.0.0/8,192.0.2.7, or none. Default: all private networks.",
)  # fmt: skip
@click.option(
    "--access-log", is_flag=True,
    help="A log line for each request, with its id (X-Request-ID) and its W3C trace (traceparent), "
    "which the upstream gets as well.",
)  # fmt: skip
@click.option(
    "--traces", is_flag=True,
    help="Send OpenTelemetry spans of each request by OTLP over HTTP; where to, how many and under "
    "which name is said by OpenTelemetry's OTEL_* environment variables. Needs adweave[otel].",
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
    hold_timeout: float,
    hold_pages: bool,
    trust: Callable[[str], bool] | None,
    access_log: bool,
    traces: bool,
    log_format: str,
) -> None:
    """Stand in front of a CMS and weave its article pages.

    Stays in the foreground; SIGTERM or Ctrl-C ends it once the answers under way are out, a
    second one at once.

    Exit codes: 0 ended by a signal, 2 wrong input, 3 what it needs is not available.
    """
    if upstream_host is not None and not _is_host(upstream_host):
        raise click.BadParameter(
            f'"{upstream_host}" is not a host name; write it like www.example.org',
            param_hint="--upstream-host",
        )
    set_up_logging(log_format)
    if traces:
        _check_traces()
    kept = state_folder(state, placements)
    site = site_in_force_or_exit(placements, kept)
    silent_s = upstream_timeout or site.settings.limits.upstream_timeout_s
    service = Service(
        upstream=url,
        limits=UpstreamLimits(connect_s=connect_timeout, first_byte_s=silent_s, idle_s=silent_s),
        placements=placements,
        state=kept,
        upstream_host=upstream_host,
        hold_s=hold_timeout,
        streams=not hold_pages,
        trusts=trust,
        logs_access=access_log,
        traces=traces,
        workers=workers,
    )
    _collect_less()
    _give_back_memory()
    inherited = Inherited.from_environment()
    if inherited is not None:
        uvloop.run(run_worker(service, inherited))
        return
    listening = _bound(host, port)
    private = _bound(*admin) if admin is not None else None
    if workers == 1:
        uvloop.run(run_alone(service, listening, private))
    else:
        raise SystemExit(uvloop.run(run_supervisor(service, site.generation, listening, private)))


def _check_traces() -> None:
    try:
        check_traces()
    except TracesUnavailable as error:
        give_up(f"adweave: {error}")


def _collect_less() -> None:
    """Spare the garbage collector what is loaded by now, and let it look less often.

    A request leaves hardly a cycle behind; at the usual threshold it is looked for some times in
    every hundred requests, among all plans that are kept.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _give_back_memory() -> None:
    """Have glibc's `malloc` give back what pages no longer need; nothing under another one.

    As it is, each thread has arenas of its own, and a threshold that rises with what was freed:
    with 10 000 plans and a full store of pages a worker then took 214 MB instead of 156
    (`make bench ARGS=worker-memory`). The figures are those of its manual, mallopt(3).
    """
    arena_max, mmap_threshold, trim_threshold = -8, -3, -1
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(arena_max, 1)
    mallopt(mmap_threshold, 512 * 1024)
    mallopt(trim_threshold, 1024 * 1024)


def _bound(host: str, port: int) -> socket.socket:
    try:
        return bound_socket(host, port)
    except OSError as error:
        is_taken = error.errno == errno.EADDRINUSE
        advice = "port, or end what uses it" if is_taken else "address"
        give_up(
            f"adweave: can't listen on {host}:{port}: {error.strerror or error}. "
            f"Choose another {advice}."
        )


def _is_host(name: str) -> bool:
    return name.isascii() and name.isprintable() and not set(name) & set(' /\\@?#"<>')
