"""Which request a line in a log is about: its id, its place in a trace, and its stages' times.

`X-Request-ID` is taken from proxies whose word is taken, and made otherwise; `traceparent` is W3C
Trace Context, version 00: the trace stays, and what goes to the upstream names us as its parent.
Stages are timed where somebody asked for it (`timed`), and cost nothing elsewhere.
Pure but for random numbers and the clock; knows nothing of logs, and of OpenTelemetry only where
its packages are looked for: `spans` is imported when spans are wanted.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import re
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, ParamSpec, TypeAlias, TypeVar

from .fields import Field, Fields, value_of

if TYPE_CHECKING:
    from .spans import Spans

_P = ParamSpec("_P")
_R = TypeVar("_R")

_ID: Final = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_PARENT: Final = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_OURS: Final = frozenset({b"x-request-id", b"traceparent"})


@dataclass(frozen=True, slots=True)
class Trace:
    """One request's names; all in lower-case hex but the id, which may be the proxy's own."""

    request_id: str
    trace_id: str
    span_id: str
    parent_id: str  # empty where the trace begins here
    flags: str

    def told(self, fields: list[Field]) -> list[Field]:
        """A request's fields as the upstream gets them."""
        kept = [field for field in fields if field[0] not in _OURS]
        kept.append((b"x-request-id", self.request_id.encode("ascii")))
        parent = f"00-{self.trace_id}-{self.span_id}-{self.flags}"
        kept.append((b"traceparent", parent.encode("ascii")))
        return kept


Stage: TypeAlias = tuple[str, int, int]
"""Name, begin and end; nanoseconds since 1970."""

_STAGES: Final[ContextVar[list[Stage] | None]] = ContextVar("adweave-stages", default=None)


@contextlib.contextmanager
def timed(into: list[Stage]) -> Iterator[None]:
    """Whatever `stage` there is inside goes `into` a list, when it ends."""
    token = _STAGES.set(into)
    try:
        yield
    finally:
        _STAGES.reset(token)


@contextlib.contextmanager
def stage(name: str) -> Iterator[None]:
    """The time of a stage of one page's way, for who asked for it; a stage that fails has one."""
    into = _STAGES.get()
    if into is None:
        yield
        return
    began = time.time_ns()
    try:
        yield
    finally:
        into.append((name, began, time.time_ns()))


def in_context(call: Callable[_P, _R]) -> Callable[_P, _R]:
    """The call as it is made in another thread: its stages are this request's."""
    if _STAGES.get() is None:
        return call
    return partial(contextvars.copy_context().run, call)


class TracesUnavailable(Exception):
    """OpenTelemetry's packages are not installed; the text says what to do."""

    def __init__(self) -> None:
        super().__init__("OpenTelemetry is not installed; get it by: pip install 'adweave[otel]'")


def check_traces() -> None:
    """Raise `TracesUnavailable` where spans can't be exported. Imports nothing of weight."""
    try:
        found = find_spec("opentelemetry.exporter.otlp.proto.http") and find_spec(
            "opentelemetry.sdk"
        )
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise TracesUnavailable


def exported_spans() -> Spans:
    """Spans that go where the OTEL_* variables say. Raises `TracesUnavailable`."""
    check_traces()
    from .spans import exported

    return exported()


def app_spans() -> Spans:
    """Spans that go where those of the app around go. Raises `TracesUnavailable`."""
    try:
        from .spans import of_the_app
    except ModuleNotFoundError:
        raise TracesUnavailable from None
    return of_the_app()


def trace_of(fields: Fields, *, is_trusted: bool) -> Trace:
    """The trace of a request. A `traceparent` that is not valid begins a new one, as W3C has it."""
    given = value_of(fields, b"x-request-id") if is_trusted else None
    if given is None or not _ID.fullmatch(given):
        given = os.urandom(16).hex().encode("ascii")
    span = os.urandom(8).hex()
    parent = _PARENT.fullmatch((value_of(fields, b"traceparent") or b"").strip())
    if (
        parent is None
        or parent[1] == b"ff"
        or (parent[1] == b"00" and parent[5])
        or not parent[2].strip(b"0")
        or not parent[3].strip(b"0")
    ):
        return Trace(given.decode("ascii"), os.urandom(16).hex(), span, "", "00")
    trace, parent_id, flags = (parent[index].decode("ascii") for index in (2, 3, 4))
    return Trace(given.decode("ascii"), trace, span, parent_id, flags)
