"""The page token: proof that a batch comes from a page of ours.

A woven page stands in caches for as long as they like, the same bytes for every reader. So its
token can name no reader and no hour: it is an HMAC (RFC 2104, SHA-256) over the generation of
the placements, and holds while the key does. It keeps out who never loaded a page: scanners,
floods aimed at the address, another site's pages by mistake. It keeps nobody out who reads a
page first and copies the token; against those there are the rate limit, the checks and the
names that must be configured.

The key is made once and kept in the state folder, so workers and restarts share it. Machines
behind one address need the same: by `ADWEAVE_EVENTS_KEY`, or by a copy of the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import os
import secrets
from pathlib import Path
from typing import Final

logger = logging.getLogger("adweave.events")

KEY_VARIABLE: Final = "ADWEAVE_EVENTS_KEY"
MIN_KEY_CHARS: Final = 16
_KEY_FILE: Final = "events.key"
_TOKEN_HEX: Final = 24  # 96 bits


def page_key(state: Path) -> bytes | None:
    """The key of pages' tokens, made where there is none yet.

    None where it can be neither read nor kept: then pages carry no token and none is asked for.
    """
    told = os.environ.get(KEY_VARIABLE, "")
    if len(told) >= MIN_KEY_CHARS:
        return told.encode("utf-8")
    if told:
        logger.warning("%s is shorter than %d characters: not used", KEY_VARIABLE, MIN_KEY_CHARS)
    path = state / _KEY_FILE
    try:
        return _kept(path)
    except OSError as error:
        logger.warning("pages carry no token: the key can't be kept in %s: %s", path, error)
        return None


def _kept(path: Path) -> bytes:
    with contextlib.suppress(FileNotFoundError):
        found = path.read_bytes().strip()
        if len(found) >= MIN_KEY_CHARS:
            return found
        path.unlink()  # cut off by a crash
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, secrets.token_hex(32).encode("ascii") + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        # Of several that start at once, the first one's key is everybody's.
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink()
    return path.read_bytes().strip()


def page_token(key: bytes, generation: str) -> str:
    """What a page of this generation carries: 24 hex digits."""
    return hmac.new(key, generation.encode("utf-8"), hashlib.sha256).hexdigest()[:_TOKEN_HEX]


def is_token_of(token: str, key: bytes, generation: str) -> bool:
    """Whether the token is that of the generation. Takes the same time for all wrong ones."""
    told = token.encode("utf-8", "replace")
    return hmac.compare_digest(told, page_token(key, generation).encode("ascii"))
