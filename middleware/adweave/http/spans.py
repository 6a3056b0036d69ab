"""OpenTelemetry spans: a request, what was asked upstream for it, planning and splicing.

Names and attributes are those of OpenTelemetry's semantic conventions for HTTP; what is ours begins
with `adweave.`. Imported only where spans are asked for (`tracing.exported_spans`). Whatever fails
in here is logged once a minute and reaches no page. Knows no sockets and no placements.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from opentelemetry import trace as otel
from opentelemetry.context import Context, get_current
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    TraceState,
)
from opentelemetry.trace import (
    TracerProvider as AnyProvider,
)

from .fields import Field, Fields
from .tracing import Stage, Trace, timed
from .version import VERSION

log = logging.getLogger("adweave.http")

Attributes = Mapping[str, str | int]

# At the end nobody waits longer for a collector that does not answer.
CLOSE_S: Final = 2.0
_LOG_EVERY_S: Final = 60.0
_METHODS: Final = frozenset(
    ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
)
_PARAMETER: Final = re.compile(r'; ?([a-z]+)=(?:"([^"]*)"|([^;]*))')


class Spans:
    """Makes the spans of requests. `close` sends what is left, within `CLOSE_S`."""

    def __init__(self, provider: AnyProvider, processor: SpanProcessor | None = None) -> None:
        self._tracer = provider.get_tracer("adweave", VERSION)
        self._processor = processor
        self._last_logged = -_LOG_EVERY_S

    def request(
        self, trace: Trace, fields: Fields, attributes: Attributes, *, is_trusted: bool
    ) -> RequestSpan:
        """The span of a request that a gateway got. A parent is believed from trusted peers.

        Others may not decide what is recorded, as a parent's flag would.
        """
        parent = _remote(trace, fields) if is_trusted and trace.parent_id else Context()
        return RequestSpan(self, trace, attributes, parent, SpanKind.SERVER)

    def page(self, trace: Trace, fields: Fields, attributes: Attributes) -> RequestSpan:
        """The span of a request inside of an app: below the app's own span, where it has one."""
        ambient = get_current()
        if not otel.get_current_span(ambient).get_span_context().is_valid:
            ambient = _remote(trace, fields) if trace.parent_id else Context()
        return RequestSpan(self, trace, attributes, ambient, SpanKind.INTERNAL)

    def close(self) -> None:
        """Send what is left. Later spans are lost. Waits `CLOSE_S` at most."""
        if self._processor is not None:
            ending = threading.Thread(target=self._processor.shutdown, daemon=True)
            ending.start()
            ending.join(CLOSE_S)

    @property
    def tracer(self) -> Tracer:
        """Where spans come from."""
        return self._tracer

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """What is raised inside is logged, and no matter."""
        try:
            yield
        except Exception as error:
            now = time.monotonic()
            if now - self._last_logged >= _LOG_EVERY_S:
                self._last_logged = now
                log.error("spans failed; pages are served all the same", exc_info=error)


class RequestSpan:
    """One request's span and those below it. No method raises."""

    def __init__(
        self,
        spans: Spans,
        trace: Trace,
        attributes: Attributes,
        parent: Context,
        kind: SpanKind,
    ) -> None:
        self.trace = trace
        """The request's names, as its span has them."""
        self.stages: list[Stage] = []
        self._spans = spans
        self._span: Span = otel.INVALID_SPAN
        self._context = parent
        self._fetch: Span | None = None
        with spans.guarded():
            method = str(attributes.get("http.request.method", ""))
            if method not in _METHODS:
                attributes = {**attributes, "http.request.method": "_OTHER"}
            self._span = spans.tracer.start_span(
                method if method in _METHODS else "HTTP",
                parent,
                kind,
                attributes={**attributes, "adweave.request_id": trace.request_id},
            )
            self._context = otel.set_span_in_context(self._span, parent)
            self.trace = _named_as(self._span, trace, otel.get_current_span(parent))

    def timed(self) -> contextlib.AbstractContextManager[None]:
        """What is planned and spliced inside gets spans of its own."""
        return timed(self.stages)

    def current(self) -> contextlib.AbstractContextManager[object]:
        """Spans that others begin inside are below this one."""
        return otel.use_span(self._span, record_exception=False, set_status_on_exception=False)

    def fetching(self, fields: list[Field], attributes: Attributes) -> list[Field]:
        """The fields of a request to the upstream, whose span begins now, with it as parent."""
        self._end_fetch({})
        with self._spans.guarded():
            span = self._fetch = self._spans.tracer.start_span(
                "upstream", self._context, SpanKind.CLIENT, attributes=attributes
            )
            return _named_as(span, self.trace, self._span).told(fields)
        return fields

    def fetched(self, code: int) -> None:
        """The head of the upstream's answer is there."""
        self._end_fetch({"http.response.status_code": code}, failed=code >= 400)

    def end(self, code: int, verdict: str, fault: str = "", sent_bytes: int | None = None) -> None:
        """The answer is out. `verdict` is its Adweave-Status, `fault` what went wrong."""
        self._end_fetch({"error.type": fault} if fault else {}, failed=bool(fault))
        with self._spans.guarded():
            for name, began, ended in self.stages:
                below = self._spans.tracer.start_span(name, self._context, start_time=began)
                below.end(ended)
            found: dict[str, str | int] = {**told_by(verdict)}
            if code:
                found["http.response.status_code"] = code
            if sent_bytes is not None:
                found["http.response.body.size"] = sent_bytes
            if fault or code >= 500:
                found["error.type"] = fault or str(code)
                self._span.set_status(Status(StatusCode.ERROR, fault or None))
            self._span.set_attributes(found)
            self._span.end()

    def _end_fetch(self, attributes: Attributes, *, failed: bool = False) -> None:
        span, self._fetch = self._fetch, None
        if span is None:
            return
        with self._spans.guarded():
            span.set_attributes(dict(attributes))
            if failed:
                code = attributes.get("http.response.status_code")
                span.set_attribute("error.type", str(attributes.get("error.type", code)))
                span.set_status(StatusCode.ERROR)
            span.end()


def told_by(verdict: str) -> dict[str, str | int]:
    """Attributes of a page's `Adweave-Status`: result, reason, slots, layout, plan, lang."""
    if not verdict:
        return {}
    told: dict[str, str | int] = {"adweave.result": verdict.partition(";")[0].strip()}
    for name, quoted, bare in _PARAMETER.findall(verdict):
        value = quoted or bare.strip()
        told[f"adweave.{name}"] = int(value) if value.isdecimal() else value
    return told


def exported(processor: Callable[[], SpanProcessor] | None = None) -> Spans:
    """Spans by OTLP over HTTP; address, sampling and limits are as the OTEL_* variables say.

    `processor` makes what takes the spans instead.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    resource = Resource.create({"service.version": VERSION})
    if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "adweave"}))
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    made = BatchSpanProcessor(OTLPSpanExporter()) if processor is None else processor()
    provider.add_span_processor(made)
    return Spans(provider, made)


def of_the_app() -> Spans:
    """Spans that go where those of the app go: to the provider that it has set."""
    return Spans(otel.get_tracer_provider())


def _remote(trace: Trace, fields: Fields) -> Context:
    """The parent that a request names (`traceparent`, `tracestate`)."""
    states = [value.decode("latin-1") for name, value in fields if name == b"tracestate"]
    parent = SpanContext(
        int(trace.trace_id, 16),
        int(trace.parent_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(int(trace.flags, 16)),
        trace_state=TraceState.from_header(states),
    )
    return otel.set_span_in_context(NonRecordingSpan(parent), Context())


def _named_as(span: Span, trace: Trace, parent: Span) -> Trace:
    """The names that a span has; as they were where OpenTelemetry is switched off."""
    ours, above = span.get_span_context(), parent.get_span_context()
    if not ours.is_valid or ours.span_id == above.span_id:
        return trace
    return Trace(
        trace.request_id,
        otel.format_trace_id(ours.trace_id),
        otel.format_span_id(ours.span_id),
        otel.format_span_id(above.span_id) if above.is_valid else "",
        f"{ours.trace_flags:02x}",
    )
