"""The folder as it is now: a site that follows the files, and never a bad one.

A thread looks at the files' names, sizes and times a few times a second, waits until they rest,
and loads the folder. A good state is swapped in by one assignment; a bad one is logged with all
its problems and left alone. Looking instead of being notified works the same on network mounts,
container volumes, links that are swapped and folders that come and go, and costs about 1 ms a
second for a folder of 250 files; an unchanged file is not read again.

Knows nothing of who asks for the site.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from adweave.placements.authors import author_of
from adweave.placements.history import Entry, History
from adweave.placements.loading import Loaded, load
from adweave.placements.problems import PlacementsError, Problem
from adweave.placements.reading import FOLDERS, SITE_FILE, is_hidden, read_files
from adweave.placements.site import Site
from adweave.placements.snapshots import HistoryFault, Snapshot, write_snapshot
from adweave.placements.switch import Switch, read_switch, trace_of_switch

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

    Where the folder is bad at the start, the last good state that `state` (the state directory)
    keeps is in force; raises `PlacementsError` with every problem where there is none.
    `.problems` are those of the folder as it is now: warnings of the site in force, or what
    keeps a newer state from being used. `on_change` is called with each new site, in the thread
    that noticed. Safe to use from any thread; close it, or use it in a `with` statement.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        state: Path | None = None,
        on_change: Callable[[Site], None] | None = None,
    ) -> None:
        self.folder = Path(folder)
        self._state = state
        self._history = None if state is None else History(state)
        self._recorded: str | None = None  # the generation that the history has last
        self._listeners: list[Callable[[Site], None]] = [] if on_change is None else [on_change]
        self._loading = threading.RLock()  # a listener may reload or add another
        self._stop = threading.Event()
        self.refusals = 0  # states of the folder that were refused, since the start
        self._switch_trace = None if state is None else trace_of_switch(state)
        self.switch = Switch() if state is None else read_switch(state)
        with self._reading():
            self._traces = traces_of(self.folder)
            self._loaded = load(self.folder)
        self._good = self._loaded.site or self._last_good()
        self.site: Site = site_with(self._good, self.switch)
        if self._loaded.site is not None:
            self._log_accepted(self.site)
        self._log_switch()
        self._thread = threading.Thread(target=self._watch, name="adweave-placements", daemon=True)
        self._thread.start()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong or unwise in the folder as it was last seen."""
        return self._loaded.problems

    @property
    def refused(self) -> bool:
        """Whether the folder as it is now is not what is in force."""
        return self._loaded.site is None

    def on_change(self, listener: Callable[[Site], None]) -> None:
        """Have `listener` called with each new site from now on."""
        with self._loading:
            self._listeners.append(listener)

    def reload(self) -> Loaded:
        """Load the folder now, whether or not it changed."""
        with self._loading:
            self._heed_switch()
            with self._reading():
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
        while True:
            try:
                self._record()
                if self._pause(LOOK_EVERY_S):
                    return
                self._look()
            except Exception:  # this thread must outlive any surprise, or edits stop working
                log.exception("looking at %s failed; the last good state stays", self.folder)
                if self._stop.wait(LOOK_EVERY_S):
                    return

    def _pause(self, seconds: float) -> bool:
        """Wait, then see to the switch, which must not wait for files; whether to stop."""
        stopped = self._stop.wait(seconds)
        if not stopped:
            self._heed_switch()
        return stopped

    def _look(self) -> None:
        traces = traces_of(self.folder)
        if traces == self._traces:
            return
        traces = self._rested(traces)
        with self._loading:
            with self._reading():
                loaded = load(self.folder, earlier=self._loaded)
            if loaded.site is None and self._changes_within(traces, SECOND_THOUGHT_S):
                return  # half written; the next look takes it up
            self._traces = traces
            self._accept(loaded)

    def _rested(self, traces: Traces) -> Traces:
        """Wait until nothing has changed for a moment, but not for ever."""
        deadline = time.monotonic() + MOST_REST_S
        while time.monotonic() < deadline:
            if self._pause(REST_S):
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
            if self._pause(0.03):
                return False
        return traces_of(self.folder) != traces

    def _accept(self, loaded: Loaded) -> None:
        """Put a good state in force; tell of a bad one, once."""
        known, self._loaded = self._loaded, _with_documents(loaded, self._loaded)
        if loaded.site is None:
            if loaded.problems != known.problems or known.site is not None:
                self.refusals += 1
                self._log_refused(self._good.generation)
            return
        if loaded.site.generation == self._good.generation:
            if known.site is None:
                log.info("placements are good again, generation %s", self.site.generation)
            return
        self._good = loaded.site
        self._log_accepted(loaded.site)
        self._put_in_force()

    def _put_in_force(self) -> None:
        self.site = site = site_with(self._good, self.switch)
        for listener in tuple(self._listeners):
            try:
                listener(site)
            except Exception:  # one listener's fault must not keep the others from the site
                log.exception("a listener failed on generation %s", site.generation)

    # -- the kill switch -------------------------------------------------------------------

    def _heed_switch(self) -> None:
        """Follow the switch if it was moved. One system call where it was not."""
        if self._state is None:
            return
        trace = trace_of_switch(self._state)
        if trace == self._switch_trace:
            return
        switch = read_switch(self._state)
        with self._loading:
            self._switch_trace = trace
            if switch == self.switch:
                return
            self.switch = switch
            self._log_switch(was_moved=True)
            self._put_in_force()

    def _log_switch(self, *, was_moved: bool = False) -> None:
        for sentence in self.switch.sentences():
            log.warning("kill switch: %s", sentence)
        if was_moved and not self.switch:
            log.warning("kill switch: everything is on")

    # -- the history -----------------------------------------------------------------------

    def _reading(self) -> AbstractContextManager[None]:
        """Hold this while the folder is read: no rollback is half done then."""
        if self._history is None:
            return contextlib.nullcontext()
        return self._history.reading(self.folder)

    def _record(self) -> None:
        """Keep the state in force, once. Not being able to is said and changes nothing else."""
        if self._history is None or self._recorded == self._good.generation:
            return
        with self._loading:
            loaded, generation = self._loaded, self._good.generation
        self._recorded = generation
        snapshot = _snapshot_of(self.folder, loaded, generation)
        if snapshot is None:  # it is the history's own last one, or has changed meanwhile
            return
        try:
            author = author_of(self.folder, snapshot.files)
            self._history.record(snapshot, author=author)
        except (OSError, HistoryFault) as error:
            log.error("the history can't be kept in %s: %s", self._history.folder, error)

    def _last_good(self) -> Site:
        """The site to start with where the folder is bad: the last good one that is kept."""
        if self._history is None:
            raise PlacementsError(self._loaded.problems)
        kept = kept_site(self._history)
        if kept is None:
            raise PlacementsError(self._loaded.problems)
        site, entry = kept
        self.refusals += 1
        self._log_refused(f"{site.generation} of {entry.time}")
        return site

    def _log_refused(self, stays: str) -> None:
        errors = "\n".join(f"  {problem}" for problem in self._loaded.errors)
        log.error("placements refused, generation %s stays in force:\n%s", stays, errors)

    def _log_accepted(self, site: Site) -> None:
        log.info(
            "placements in force: generation %s, %d layouts, %d experiments running",
            site.generation,
            len(site.layouts),
            sum(experiment.is_running for experiment in site.experiments.values()),
        )
        for problem in self._loaded.problems:
            log.warning("%s", problem)


def version_of(folder: Path) -> str:
    """A word that changes when a file of the folder does, whether or not it is valid."""
    traces = repr(sorted(traces_of(folder).items())).encode("utf-8", "surrogateescape")
    return hashlib.sha256(traces).hexdigest()[:12]


def good_site(folder: Path, state: Path) -> Site:
    """The site that `Live` would start with. Raises `PlacementsError` where there is none."""
    history = History(state)
    with history.reading(folder):
        loaded = load(folder)
    if loaded.site is None:
        kept = kept_site(history)
        if kept is None:
            raise PlacementsError(loaded.problems)
        loaded = Loaded(kept[0], ())
    return site_with(loaded.site_or_raise(), read_switch(state))


def kept_site(history: History) -> tuple[Site, Entry] | None:
    """The last good state that is kept, if it still makes a site."""
    try:
        entry = history.last_good()
        if entry is None:
            return None
        loaded = load_snapshot(history.snapshot(entry.id))
    except (OSError, HistoryFault) as error:
        log.error("the last good state can't be read: %s", error)
        return None
    for problem in loaded.errors:
        log.error("the last good state can't be used any more: %s", problem)
    return None if loaded.site is None else (loaded.site, entry)


def load_snapshot(snapshot: Snapshot) -> Loaded:
    """Read and check the files of a state, as `load` does with a folder."""
    with tempfile.TemporaryDirectory(prefix="adweave-") as folder:
        write_snapshot(Path(folder), snapshot)
        return load(Path(folder))


def site_with(site: Site, switch: Switch) -> Site:
    """`site` with what is off turned off; `site` itself where that is nothing."""
    if not switch:
        return site
    layouts = {
        name: layout.model_copy(
            update={
                "placement": tuple(
                    placement.model_copy(update={"enabled": False})
                    if placement.name in switch.placements
                    else placement
                    for placement in layout.placement
                )
            }
        )
        for name, layout in site.layouts.items()
    }
    return replace(site, layouts=layouts, switch=switch)


def _snapshot_of(folder: Path, loaded: Loaded, generation: str) -> Snapshot | None:
    """The files that `loaded` was made of; None where they are not to be had any more."""
    if loaded.site is None:
        return None
    contents = {path: document.raw for path, document in loaded.documents.items()}
    contents.update({creative.path: creative.body for creative in loaded.site.creatives})
    snapshot = Snapshot(contents)
    if snapshot.id != generation:  # some file is not kept in memory
        snapshot = Snapshot(read_files(folder).contents)
    return snapshot if snapshot.id == generation else None


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
