"""What `adweave serve` does beside serving: it has events compacted, by a process of its own.

One process of a gateway does this, however many workers it has; two gateways on one state folder
are kept apart by the run's own lock. Whatever happens here, pages go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from pathlib import Path
from typing import Final

from adweave.events import has_work

log = logging.getLogger("adweave.serve")

FIRST_S: Final = 5.0
EVERY_S: Final = 900.0
_NICE: Final = 10
ADWEAVE: Final = (sys.executable, "-c", "from adweave.cli import main; main(prog_name='adweave')")
"""This very program, to be run in a process of its own with further arguments."""
_END_S: Final = 5.0


async def kept_up(placements: Path, state: Path, *, every_s: float = EVERY_S) -> None:
    """Look every so often whether there is something to compact. Ends by being cancelled."""
    await asyncio.sleep(min(FIRST_S, every_s))
    said = ""
    while True:
        try:
            if await asyncio.to_thread(has_work, state, time.time()):
                said = await _compacted(placements, state, said)
        except OSError as error:
            if str(error) != said:
                said = str(error)
                log.warning("events can't be compacted: %s", error)
        await asyncio.sleep(every_s)


async def _compacted(placements: Path, state: Path, said: str) -> str:
    """One run; gives what it complained of. The same complaint is logged once."""
    process = await asyncio.create_subprocess_exec(
        *ADWEAVE,
        "compact",
        "--placements",
        str(placements),
        "--state",
        str(state),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        _, errors = await process.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()  # a run may end at any time
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), _END_S)
        raise
    complaint = errors.decode("utf-8", "replace").strip() if process.returncode else ""
    if complaint and complaint != said:
        log.warning("events: %s", complaint)
    return complaint
