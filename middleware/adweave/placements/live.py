"""The folder as it is now: a site that follows the files, and never a bad one.

A thread looks at the files' names, sizes and times a few times a second, waits until they rest,
and loads the folder. A good state is swapped in by one assignment; a bad one is logged with all
its problems and left alone. Looking instead of being notified works the same on network mounts,
container volumes, links that are swapped and folders that come and go, and costs about 1 ms a
second for a folder of 250 files; an unchanged file is not read again.

Knows nothing of who asks for the site.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from adweave.placements.loading import Loaded, load
from adweave.placements.problems import Problem
from adweave.placements.reading import FOLDERS, SITE_FILE, is_hidden
from adweave.placements.site import Site

log = logging.getLogger("adweave.placements")

# Together these stay under the promised second with time to spare for the load.
LOOK_EVERY_S = 0.2
REST_S = 0.1  # files must have been still for so long: editors write in several steps
MOST_REST_S = 0.5  # ... but a folder that is never still is loaded all the same
SECOND_THOUGHT_S = 0.15  # a bad state is only told when it lasts

# Path -> what changes when its content does.
Traces = dict[str, tuple[int, int, int, int]]


class Live:
    """A placements folder in force: `.site` is always the last good state.

    Raises `PlacementsError` with every problem where the folder is bad at the start. `.problems`
    are those of the folder as it is now: warnings of the site in force, or what keeps a newer
    state from being used. `on_change` is called with each new site, in the thread that noticed.
    Safe to use from any thread; close it, or use it in a `with` statement.
    """

    def __init__(
        self, folder: Path | str, *, on_change: Callable[[Site], None] | None = None
    ) -> None:
        self.folder = Path(folder)
        self._listeners: list[Callable[[Site], None]] = [] if on_change is None else [on_change]
        self._loading = threading.RLock()  # a listener may reload or add another
        self._stop = threading.Event()
        self._traces = traces_of(self.folder)
        self._loaded = load(self.folder)
        self.site: Site = self._loaded.site_or_raise()
        self._log_accepted(self.site)
        self._thread = threading.Thread(target=self._watch, name="adweave-placements", daemon=True)
        self._thread.start()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong or unwise in the folder as it was last seen."""
        return self._loaded.problems

    def on_change(self, listener: Callable[[Site], None]) -> None:
        """Have `listener` called with each new site from now on."""
        with self._loading:
            self._listeners.append(listener)

    def reload(self) -> Loaded:
        """Load the folder now, whether or not it changed; for signals and tests."""
        with self._loading:
            self._traces = traces_of(self.folder)
            loaded = load(self.folder, earlier=self._loaded)
            self._accept(loaded)
            return loaded

    def close(self) -> None:
        """Stop following the folder; the site stays. May be called more than once."""
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self._look()
            except Exception:  # this thread must outlive any surprise, or edits stop working
                log.exception("looking at %s failed; the last good state stays", self.folder)

    def _look(self) -> None:
        traces = traces_of(self.folder)
        if traces == self._traces:
            return
        traces = self._rested(traces)
        with self._loading:
            loaded = load(self.folder, earlier=self._loaded)
            if loaded.site is None and self._changes_within(traces, SECOND_THOUGHT_S):
                return  # half written; the next look takes it up
            self._traces = traces
            self._accept(loaded)

    def _rested(self, traces: Traces) -> Traces:
        """Wait until nothing has changed for a moment, but not for ever."""
        deadline = time.monotonic() + MOST_REST_S
        while time.monotonic() < deadline:
            if self._stop.wait(REST_S):
                break
            newer = traces_of(self.folder)
            if newer == traces:
                break
            traces = newer
        return traces

    def _changes_within(self, traces: Traces, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if traces_of(self.folder) != traces:
                return True
            if self._stop.wait(0.03):
                return False
        return traces_of(self.folder) != traces

    def _accept(self, loaded: Loaded) -> None:
        """Put a good state in force; tell of a bad one, once."""
        known, self._loaded = self._loaded, _with_documents(loaded, self._loaded)
        if loaded.site is None:
            if loaded.problems != known.problems or known.site is not None:
                errors = "\n".join(f"  {problem}" for problem in loaded.errors)
                log.error(
                    "placements refused, generation %s stays in force:\n%s",
                    self.site.generation,
                    errors,
                )
            return
        if loaded.site.generation == self.site.generation:
            if known.site is None:
                log.info("placements are good again, generation %s", self.site.generation)
            return
        self.site = loaded.site
        self._log_accepted(loaded.site)
        for listener in tuple(self._listeners):
            try:
                listener(loaded.site)
            except Exception:  # one listener's fault must not keep the others from the site
                log.exception("a listener failed on generation %s", loaded.site.generation)

    def _log_accepted(self, site: Site) -> None:
        log.info(
            "placements in force: generation %s, %d layouts, %d experiments running",
            site.generation,
            len(site.layouts),
            sum(experiment.is_running for experiment in site.experiments.values()),
        )
        for problem in self._loaded.problems:
            log.warning("%s", problem)


def _with_documents(loaded: Loaded, earlier: Loaded) -> Loaded:
    """`loaded`, or where the folder is gone, it with what was read before for when it returns."""
    if loaded.documents:
        return loaded
    return Loaded(loaded.site, loaded.problems, loaded.files, earlier.documents)


def traces_of(folder: Path) -> Traces:
    """What tells a changed folder from an unchanged one without reading it. Never raises.

    Inode, size, and times of modification and change, in ns, of every file that a load reads,
    links followed; a folder that is not there has none.
    """
    traces: Traces = {}
    for part in ("", *FOLDERS):
        try:
            with os.scandir(folder / part if part else folder) as entries:
                for entry in entries:
                    is_read = part or entry.name in (SITE_FILE, *FOLDERS)
                    if is_read and not is_hidden(entry.name):
                        traces[f"{part}/{entry.name}"] = _trace(entry.path)
        except OSError:
            continue
    return traces


def _trace(path: str) -> tuple[int, int, int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0, 0, 0)
    if not os.path.isfile(path):  # a folder's own times change with every backup file in it
        return (status.st_ino, 0, 0, 0)
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
