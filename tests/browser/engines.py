"""Firefox and WebKit as Debian has them, each driven by the protocol that it speaks of itself.

Firefox speaks WebDriver BiDi over a WebSocket. WebKit, the engine of Safari, comes as WebKitGTK:
`WebKitWebDriver` speaks WebDriver over HTTP and starts a small browser on a virtual screen. What
both can do and the tests need is an `Engine`; scripts are bodies of async functions.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from websockets.sync.client import ClientConnection, connect

# A loaded machine must not fail a test; one that hangs may.
PATIENCE_S = 40.0
_PREFERENCES = {
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
    # As on a phone; else the page is narrower than the window.
    "ui.useOverlayScrollbars": 1,
}


class Engine(Protocol):
    """A browser with one window. What it stores for one site, it stores for no other port of it."""

    def open(self, url: str) -> None:
        """Goes to an address, and waits for no more than that the page is on its way."""

    def run(self, script: str) -> Any:
        """What the script returns, by JSON. RuntimeError where it throws or its page goes."""

    def resize(self, width: int, height: int) -> None:
        """Gives the page a window of this width, and about this height, in CSS px."""

    def click(self, x: int, y: int) -> None:
        """Clicks, as a mouse does, at a point of the window."""


def until(engine: Engine, condition: str, within_s: float = 20) -> Any:
    """What an expression of the page's says once that is true, in the page that is shown then."""
    end = time.monotonic() + within_s
    script = (
        f"for (let n = 0; n < 40; n++) {{ const found = ({condition}); if (found) return found;"
        " await new Promise((done) => setTimeout(done, 25)); } return null"
    )
    while True:
        try:
            found = engine.run(script)
        except RuntimeError:
            found = None  # the page before has just gone, or this one is not there yet
        if found:
            return found
        if time.monotonic() > end:
            shown = engine.run("return document.body ? document.body.outerHTML.slice(0, 2000) : ''")
            raise AssertionError(f"not within {within_s} s: {condition}\n{shown}")


def _pressed(x: int, y: int) -> list[dict[str, Any]]:
    moves = [
        {"type": "pointerMove", "x": x, "y": y},
        {"type": "pointerDown", "button": 0},
        {"type": "pointerUp", "button": 0},
    ]
    mouse = {"pointerType": "mouse"}
    return [{"type": "pointer", "id": "mouse", "parameters": mouse, "actions": moves}]


class _Firefox:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self._ask("session.new", capabilities={})
        self._window = self._ask("browsingContext.create", type="window")["context"]

    def _ask(self, method: str, **parameters: object) -> Any:
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._connection.recv(timeout=PATIENCE_S))
            if answer.get("id") == number:
                break
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['message']}")
        return answer["result"]

    def open(self, url: str) -> None:
        self._ask("browsingContext.navigate", context=self._window, url=url, wait="none")
        until(self, f"location.href === {json.dumps(url)}")

    def run(self, script: str) -> Any:
        answer = self._ask(
            "script.evaluate",
            expression=f"(async () => JSON.stringify([await (async () => {{ {script} }})()]))()",
            target={"context": self._window},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])[0]

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height}
        self._ask("browsingContext.setViewport", context=self._window, viewport=size)

    def click(self, x: int, y: int) -> None:
        self._ask("input.performActions", context=self._window, actions=_pressed(x, y))


@contextlib.contextmanager
def firefox() -> Iterator[Engine]:
    """A Firefox without a screen, and a profile of its own for as long."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True) as profile:
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in _PREFERENCES.items())
        Path(profile, "user.js").write_text("\n".join(lines), encoding="utf-8")
        log = Path(profile, "log")
        command = [program, "--headless", "--no-remote", "--profile", profile]
        with log.open("wb") as said:
            process = subprocess.Popen(
                [*command, "--remote-debugging-port", "0"], stdout=said, stderr=said
            )
        try:
            address = _said(log, r"WebDriver BiDi listening on (ws://\S+)", process)
            with connect(f"{address}/session", max_size=None) as open_connection:
                yield _Firefox(open_connection)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


class _WebKit:
    def __init__(self, port: int) -> None:
        self._port = port
        self._session = ""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                self._ask("GET", "/status")
                break
            except OSError:
                assert time.monotonic() < end, "WebKitWebDriver does not answer"
                time.sleep(0.02)
        wanted = {"alwaysMatch": {"pageLoadStrategy": "none"}}
        made = self._ask("POST", "/session", {"capabilities": wanted})
        self._session = f"/session/{made['sessionId']}"

    def _ask(self, method: str, path: str, content: object = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
        body = None if method == "GET" else json.dumps(content or {})
        kind = {"Content-Type": "application/json"}
        connection.request(method, self._session + path, body, kind)
        answer = json.load(connection.getresponse())["value"]
        connection.close()
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(f"{answer['error']}: {answer['message']}")
        return answer

    def end(self) -> None:
        self._ask("DELETE", "")

    def open(self, url: str) -> None:
        self._ask("POST", "/url", {"url": url})
        until(self, f"location.href === {json.dumps(url)}")

    def run(self, script: str) -> Any:
        source = (
            "const done = arguments[arguments.length - 1];"
            f"(async () => {{ {script} }})().then("
            "(found) => done(JSON.stringify([found])), (fault) => done(String(fault)))"
        )
        found = self._ask("POST", "/execute/async", {"script": source, "args": []})
        if not found.startswith("["):
            raise RuntimeError(found)
        return json.loads(found)[0]

    def resize(self, width: int, height: int) -> None:
        # The browser's own bar takes a little of the height.
        self._ask("POST", "/window/rect", {"x": 0, "y": 0, "width": width, "height": height})
        until(self, f"innerWidth === {width}")

    def click(self, x: int, y: int) -> None:
        self._ask("POST", "/actions", {"actions": _pressed(x, y)})


@contextlib.contextmanager
def webkit() -> Iterator[Engine]:
    """A WebKit on a screen of its own."""
    with contextlib.ExitStack() as stack:
        cleaned = tempfile.TemporaryDirectory(prefix="webkit-", ignore_cleanup_errors=True)
        home = stack.enter_context(cleaned)
        told, tells = os.pipe()
        screen = ["Xvfb", "-displayfd", str(tells), "-screen", "0", "1600x1200x24"]
        _running(stack, [*screen, "-nolisten", "tcp"], {}, pass_fds=(tells,))
        os.close(tells)
        with os.fdopen(told) as display:
            number = display.readline().strip()
        assert number, "Xvfb has not started"
        surroundings = {
            "DISPLAY": f":{number}",
            "GDK_BACKEND": "x11",
            "HOME": home,
            "XDG_RUNTIME_DIR": home,
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            "NO_AT_BRIDGE": "1",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        port = _free_port()
        _running(stack, ["WebKitWebDriver", f"--port={port}"], surroundings)
        engine = _WebKit(port)
        stack.callback(engine.end)
        yield engine


def _running(
    stack: contextlib.ExitStack,
    command: list[str],
    surroundings: dict[str, str],
    pass_fds: tuple[int, ...] = (),
) -> None:
    """A process that is ended with the stack."""
    process = subprocess.Popen(
        command,
        env={**os.environ, **surroundings},
        pass_fds=pass_fds,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(process.wait, PATIENCE_S)
    stack.callback(process.terminate)


def _said(log: Path, pattern: str, process: subprocess.Popen[bytes]) -> str:
    """The group of a line that a process writes once it is ready."""
    end = time.monotonic() + PATIENCE_S
    while True:
        text = log.read_text(encoding="utf-8", errors="replace")
        if found := re.search(pattern, text):
            return found[1]
        assert process.poll() is None, text
        assert time.monotonic() < end, text
        time.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
