"""Run the console blocks of a Markdown page and hold what it shows against what comes out.

In a block fenced by ```console, a line after `$ ` is a command and the lines below are what it
prints, or some of it: each must come out, in this order, where `...` stands for anything. A
command that ends in ` &` stays in the background until the page is done. Ports are exchanged for
free ones, so that pages can run side by side. A line that ends in `cd FOLDER` moves those below it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PORT = re.compile(r"(?<=[ :])8\d{3}\b")
_MOVE = re.compile(r"(?:^|&& )cd (\S+)$")
PATIENCE_S = 120


@dataclass(frozen=True)
class Command:
    """A command of a page, and the lines that the page shows below it."""

    line: str
    shown: tuple[str, ...] = ()

    @property
    def is_background(self) -> bool:
        """Whether it is to stay until the page is done."""
        return self.line.endswith(" &")


def commands_of(markdown: str) -> list[Command]:
    """Every command of the page, in its order."""
    commands: list[Command] = []
    for block in _BLOCK.findall(markdown):
        shown: list[str] = []
        for line in [*block.splitlines(), "$ "]:
            if line.startswith("$ "):
                if commands and shown:
                    commands[-1] = Command(commands[-1].line, tuple(shown))
                shown = []
                if line != "$ ":
                    commands.append(Command(line.removeprefix("$ ")))
            else:
                shown.append(line)
    return commands


@dataclass
class Shell:
    """The folder that a page's commands run in, with adweave on the path."""

    folder: Path
    _background: list[subprocess.Popen[str]] = field(default_factory=list)
    _ports: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> Mapping[str, str]:
        """Plain, as a reader has it, with this Python's programs first."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        kept = {key: os.environ[key] for key in ("HOME", "LANG") if key in os.environ}
        return {**kept, "PATH": path, "LC_ALL": "C.UTF-8", "COLUMNS": "100"}

    def run(self, command: Command) -> str:
        """What the command printed, errors too. AssertionError where the page shows otherwise."""
        line = self._with_free_ports(command.line)
        if command.is_background:
            self._start(line.removesuffix(" &"))
            return ""
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_S,
        )
        if done.returncode == 0 and (moved := _MOVE.search(line)):
            self.folder /= moved.group(1)
        # What a page shows of a failure (a mistake, and how it is told) is no failure of the page.
        if done.returncode != 0 and not command.shown:
            raise AssertionError(f"{line} ended with {done.returncode}:\n{done.stdout}")
        shown = [self._with_free_ports(one) for one in command.shown]
        missing = first_missing(shown, done.stdout)
        assert missing is None, f"{line} does not print\n{missing}\nbut\n{done.stdout}"
        return done.stdout

    def _with_free_ports(self, text: str) -> str:
        for port in _PORT.findall(text):
            self._ports.setdefault(port, str(_free_port()))
        return _PORT.sub(lambda match: self._ports[match.group()], text)

    def _start(self, line: str) -> None:
        process = subprocess.Popen(
            shlex.split(line),
            cwd=self.folder,
            env=dict(self.environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._background.append(process)
        port = int(_last_port(line))
        patience_ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < patience_ends:
            assert process.poll() is None, f"{line} ended with {process.returncode}"
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.05)
        raise AssertionError(f"{line}: port {port} stayed closed")

    def end(self) -> None:
        """End what is in the background, the last started first, and require a clean end."""
        for process in reversed(self._background):
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


@contextlib.contextmanager
def shell_in(folder: Path) -> Iterator[Shell]:
    """A shell whose background commands end with the block."""
    shell = Shell(folder)
    try:
        yield shell
    finally:
        shell.end()


def first_missing(shown: list[str], printed: str) -> str | None:
    """The first shown line that was not printed in its place, or None."""
    rest = iter([_even(line) for line in printed.splitlines()])
    for line in shown:
        wanted = _even(line)
        if not wanted or wanted == "...":
            continue
        head, dots, _ = wanted.partition("...")
        if not any(one.startswith(head) if dots else one == wanted for one in rest):
            return line
    return None


def _even(line: str) -> str:
    return " ".join(line.split())


def _last_port(line: str) -> str:
    ports = re.findall(r"(?<=[ :])\d{4,5}\b", line)
    assert ports, f"no port in {line}"
    return ports[-1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
