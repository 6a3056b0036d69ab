"""The configuration of a running program: a placements folder that may be broken at first.

Knows files and threads; nothing of HTTP.
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import Final

from adweave.placements import Live, PlacementsError, Settings, Site

log = logging.getLogger("adweave.http")

_RETRY_S: Final = 1.0


class FollowedFolder:
    """A placements folder that may be broken at first: `.site` is None until it is mended.

    `state` is the directory of history and kill switch: with a last good state there, a broken
    folder is no matter.
    """

    def __init__(self, folder: Path, state: Path | None = None) -> None:
        self.path = folder
        self._state = state
        self._live: Live | None = None
        self._next_try = 0.0
        self._trying = threading.Lock()
        self._said = ""

    @property
    def site(self) -> Site | None:
        """The last good configuration. The first look is taken here, others in a thread."""
        if self._live is not None:
            return self._live.site
        now = time.monotonic()
        if now >= self._next_try:
            is_first = self._next_try == 0.0
            self._next_try = now + _RETRY_S
            if is_first:
                self._try()
            else:
                threading.Thread(target=self._try, name="adweave-retry", daemon=True).start()
        return self._live.site if self._live is not None else None

    @property
    def refused(self) -> bool:
        """Whether the folder as it is now is not what is in force."""
        return self._live is None or self._live.refused

    @property
    def refusals(self) -> int:
        """How many states of the folder were refused so far."""
        return self._live.refusals if self._live is not None else 0

    def events_room(self) -> int:
        """Most bytes that stored events may take, as configured now."""
        live = self._live
        return (live.site.settings if live is not None else Settings()).events.max_disk_bytes

    def close(self) -> None:
        """Stop following the folder."""
        if self._live is not None:
            self._live.close()

    def _try(self) -> None:
        if not self._trying.acquire(blocking=False):
            return
        try:
            self._live = Live(self.path, state=self._state)
        except PlacementsError as error:
            self._say(f"{self.path} can't be used; pages pass as they are:\n{error}")
        except Exception as error:
            self._say(f"{self.path} can't be read; pages pass as they are: {error!r}")
        finally:
            self._trying.release()

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            log.error("%s", text)
