"""Start the newspaper and the gateway in front of it, each a process of its own.

Knows processes and ports; nothing of Django (the site is built and served in subprocesses).
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .publish import site_in

ROOT = Path(__file__).resolve().parents[3]
HOST = "news.example"


@dataclass(frozen=True)
class Address:
    """Where a server listens on this machine."""

    port: int

    @property
    def url(self) -> str:
        """The server's root, by its port on the loopback interface."""
        return f"http://127.0.0.1:{self.port}"


class CannotStart(Exception):
    """A server ended or stayed silent; the text is what it had logged."""


def build(folder: Path, hosts: str = HOST) -> dict[str, str]:
    """Publish the newspaper in `folder`, unless it is there already; gives its environment."""
    environment = site_in(folder, hosts)
    if not (folder / "newspaper.sqlite3").exists():
        subprocess.run(
            [sys.executable, "-m", "tests.cms.wagtail.publish"],
            cwd=ROOT,
            env=environment,
            check=True,
        )
    return environment


@contextlib.contextmanager
def newspaper(folder: Path, hosts: str = HOST, port: int = 0) -> Iterator[Address]:
    """Wagtail with its articles published in `folder` (empty at first), on a free port."""
    with _wagtail(build(folder, hosts), folder, "application", port) as address:
        yield address


@contextlib.contextmanager
def newspaper_with_adweave(folder: Path, hosts: str = HOST) -> Iterator[Address]:
    """The same site in one process with `AdweaveMiddleware`, on a free port."""
    ours = {
        "ADWEAVE_PLACEMENTS": str(_placements_in(folder)),
        "ADWEAVE_STATE": str(folder / "adweave"),
    }
    with _wagtail(build(folder, hosts) | ours, folder, "woven", 0) as address:
        yield address


@contextlib.contextmanager
def _wagtail(environment: dict[str, str], folder: Path, app: str, port: int) -> Iterator[Address]:
    port = port or free_port()
    # The admin writes out sets: two processes are to write them in one order.
    environment = {**environment, "PYTHONHASHSEED": "1"}
    command = [sys.executable, "-m", "uvicorn", "--port", str(port), "--log-level", "warning"]
    command.append(f"tests.cms.wagtail.asgi:{app}")
    with _running(command, port, folder / "wagtail.log", environment):
        yield Address(port)


@contextlib.contextmanager
def gateway(upstream: Address, folder: Path, *options: str, port: int = 0) -> Iterator[Address]:
    """`adweave serve` in front of `upstream`, with the shipped placements copied to `folder`."""
    placements = _placements_in(folder)
    port = port or free_port()
    program = Path(sys.executable).with_name("adweave")  # as the package installs it
    command = [str(program), "serve", "--upstream", upstream.url]
    command += ["--placements", str(placements), "--host", "127.0.0.1", "--port", str(port)]
    with _running([*command, *options], port, folder / "gateway.log"):
        yield Address(port)


def _placements_in(folder: Path) -> Path:
    placements = folder / "placements"
    if not placements.exists():
        shutil.copytree(ROOT / "placements", placements)
    return placements


@contextlib.contextmanager
def _running(
    command: list[str], port: int, log: Path, environment: dict[str, str] | None = None
) -> Iterator[None]:
    with (
        log.open("ab") as output,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            wait_for(port, process, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the port takes connections; there is nothing to wait on but the port itself."""
    patience_ends = time.monotonic() + 60
    while time.monotonic() < patience_ends:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise CannotStart(f"port {port} stayed closed:\n{log.read_text()[-3000:]}")


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
