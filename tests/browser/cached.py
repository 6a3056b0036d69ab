"""A site with an experiment behind nginx's cache: for tests of what a reader gets through it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from click.testing import CliRunner

from adweave.cli.experiment import experiment as command
from adweave.events import SegmentStore, events_folder, page_key, segments
from adweave.placements import load
from tests.deploy.test_shared_cache import RAW, _nginx
from tests.unit.http.wire import always, in_front_of

SLOT = '[[placement]]\nname = "inline"\nkind = "inline"\nsizes = [[300, 250]]\n'
VARIANTS = """\
[[variant]]
name = "control"
layout = "article"
weight = 1
[[variant]]
name = "dense"
layout = "dense"
weight = 1
"""
PATIENCE_S = 30


class CachedSite:
    """`origin` is its address, as readers have it; `state` has what was reported.

    `files` are those of its placements; the experiment is "density". All ends with `stack`.
    """

    def __init__(self, folder: Path, stack: ExitStack, files: Mapping[str, str]) -> None:
        self.placements = folder / "placements"
        for name, text in files.items():
            (self.placements / name).parent.mkdir(parents=True, exist_ok=True)
            (self.placements / name).write_text(text)
        self.state = folder / "state"
        self.store = SegmentStore(events_folder(self.state))
        stack.callback(self.store.close)
        self.site = load(self.placements).site_or_raise()
        gateway, _ = stack.enter_context(
            in_front_of(
                always(RAW), site=self.site, page_key=page_key(self.state), store=self.store
            )
        )
        self.port = _nginx(stack, folder, gateway.port)
        self.origin = f"http://127.0.0.1:{self.port}"

    def link(self, variant: str, path: str = "/a") -> str:
        """A tester's link, as the command prints it."""
        asked = ["link", "density", variant, self.origin + path]
        where = ["--placements", str(self.placements), "--state", str(self.state)]
        result = CliRunner().invoke(command, [*asked, *where])
        assert result.exit_code == 0, result.output
        return result.stdout.strip()

    def reported(self, is_there: Callable[[list[str]], bool], what: str) -> list[str]:
        """The events' lines, once `is_there` says so of them; `what` it waits for."""
        ends = time.monotonic() + PATIENCE_S
        while True:
            lines = [
                line for path in segments(self.state) for line in path.read_text().splitlines()
            ]
            if is_there(lines):
                return lines
            assert time.monotonic() < ends, f"not reported: {what}"
            time.sleep(0.05)
