"""A pytest plugin for Starlette's own tests: `AdweaveMiddleware` around every app under test."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from starlette import testclient

from adweave import AdweaveMiddleware

_made = testclient.TestClient.__init__
_state = tempfile.mkdtemp(prefix="adweave-suite-")


def _around(self: testclient.TestClient, app: Any, *rest: Any, **options: Any) -> None:
    placements = os.environ["ADWEAVE_SUITE_PLACEMENTS"]
    _made(self, AdweaveMiddleware(app, placements, state=_state), *rest, **options)


testclient.TestClient.__init__ = _around  # type: ignore[method-assign]
