"""OpenTelemetry spans: what they say, whom they belong to, and that they never cost a page."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.types import Message, Receive, Scope, Send

from adweave import AdweaveMiddleware
from adweave.cli import main
from adweave.http import middleware, tracing
from adweave.http.spans import Spans, exported, told_by
from adweave.http.tracing import trace_of
from tests.unit.http.wire import (
    HTML,
    SHIPPED,
    Client,
    RawUpstream,
    always,
    article,
    in_front_of,
    response,
    running_app,
)

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"traceparent: 00-{TRACE}-b7ad6b7169203331-01"
PAGE = response(article(), HTML)


class Kept:
    """Spans that end in memory."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.spans = exported(lambda: SimpleSpanProcessor(self._exporter))

    def ended(self) -> list[ReadableSpan]:
        return sorted(self._exporter.get_finished_spans(), key=lambda span: span.start_time or 0)

    def named(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self.ended()}


@pytest.fixture
def kept() -> Kept:
    return Kept()


def id_of(span: ReadableSpan) -> str:
    assert span.context is not None
    return otel.format_span_id(span.context.span_id)


def parent_of(span: ReadableSpan) -> str:
    assert span.parent is not None
    return otel.format_span_id(span.parent.span_id)


def test_a_request_has_spans_below_the_one_that_it_names(kept: Kept) -> None:
    with in_front_of(always(PAGE), spans=kept.spans) as (gateway, upstream):
        answer = gateway.get("/a/page?secret=1", PARENT, "tracestate: a=1")
        port = upstream.port
        told = dict(upstream.requests[0].fields)
    spans = kept.named()
    assert set(spans) == {"GET", "upstream", "plan", "splice"}
    request, fetch = spans["GET"], spans["upstream"]
    assert {otel.format_trace_id(span.context.trace_id) for span in spans.values()} == {TRACE}
    assert parent_of(request) == "b7ad6b7169203331"
    assert {parent_of(spans[name]) for name in ("upstream", "plan", "splice")} == {id_of(request)}
    assert told[b"traceparent"] == f"00-{TRACE}-{id_of(fetch)}-01".encode()
    assert told[b"tracestate"] == b"a=1"
    assert (request.kind, fetch.kind) == (SpanKind.SERVER, SpanKind.CLIENT)
    about = dict(request.attributes or {})
    assert about["http.request.method"] == "GET"
    assert about["url.path"] == "/a/page"
    assert about["http.response.status_code"] == 200
    assert about["http.response.body.size"] == len(answer.body)
    assert about["adweave.result"] == "woven"
    assert f"slots={about['adweave.slots']};" in answer.verdict
    assert (about["adweave.plan"], about["adweave.layout"]) == ("miss", "article")
    assert "secret" not in str(about)
    assert dict(fetch.attributes or {})["server.port"] == port
    assert request.resource.attributes["service.name"] == "adweave"


def test_times_lie_within_one_another(kept: Kept) -> None:
    with in_front_of(always(PAGE), spans=kept.spans) as (gateway, _):
        gateway.get()
    spans = kept.named()
    order = [spans["GET"].start_time, spans["upstream"].start_time, spans["upstream"].end_time]
    order += [spans["plan"].start_time, spans["plan"].end_time, spans["splice"].start_time]
    order += [spans["splice"].end_time, spans["GET"].end_time]
    assert order == sorted(order, key=lambda time: time or 0)


def test_a_page_that_is_kept_is_neither_planned_nor_spliced(kept: Kept) -> None:
    with in_front_of(always(PAGE), spans=kept.spans) as (gateway, _):
        gateway.get()
        gateway.get()
    assert sorted(span.name for span in kept.ended()) == [
        "GET", "GET", "plan", "splice", "upstream", "upstream",
    ]  # fmt: skip


def test_a_passed_page_says_why_and_a_picture_says_nothing_of_it(kept: Kept) -> None:
    with in_front_of(
        always(response(b"<!doctype html><p>short", HTML)), spans=kept.spans
    ) as (gateway, _):  # fmt: skip
        gateway.get()
    about = dict(kept.named()["GET"].attributes or {})
    assert (about["adweave.result"], about["adweave.reason"]) == ("passed", "no-article")
    with in_front_of(
        always(response(b"png", "Content-Type: image/png")), spans=kept.spans
    ) as (gateway, _):  # fmt: skip
        gateway.get()
    assert "adweave.result" not in dict(kept.ended()[-2].attributes or {})


def test_a_fault_of_the_upstream_is_an_error_of_both(kept: Kept) -> None:
    with in_front_of(lambda wire: wire.request() and wire.send(b"no HTTP\r\n\r\n"),
                     spans=kept.spans) as (gateway, _):  # fmt: skip
        assert gateway.get().status == 502
    request, fetch = kept.named()["GET"], kept.named()["upstream"]
    for span in (request, fetch):
        assert span.status.status_code is StatusCode.ERROR
        assert dict(span.attributes or {})["error.type"] == "bad-response"


def test_an_error_page_of_the_upstream_is_an_error(kept: Kept) -> None:
    broken = response(b"broken", HTML, status="500 Internal Server Error")
    with in_front_of(always(broken), spans=kept.spans) as (gateway, _):
        gateway.get()
    request, fetch = kept.named()["GET"], kept.named()["upstream"]
    assert dict(request.attributes or {})["error.type"] == "500"
    assert dict(fetch.attributes or {})["error.type"] == "500"


def test_a_method_of_ones_own_makes_no_name_of_its_own(kept: Kept) -> None:
    with in_front_of(always(response(b"", HTML)), spans=kept.spans) as (gateway, _):
        gateway.get(method="BREW")
    assert dict(kept.named()["HTTP"].attributes or {})["http.request.method"] == "_OTHER"


def test_a_reader_does_not_decide_what_is_recorded(kept: Kept) -> None:
    fields = [(b"traceparent", PARENT.partition(": ")[2].encode())]
    trace = trace_of(fields, is_trusted=False)
    span = kept.spans.request(trace, fields, {"http.request.method": "GET"}, is_trusted=False)
    span.end(200, "")
    assert span.trace.trace_id != TRACE
    assert kept.ended()[0].parent is None


def test_what_is_not_sampled_is_told_so_and_kept_by_nobody(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    kept = Kept()
    with in_front_of(always(PAGE), spans=kept.spans) as (gateway, upstream):
        assert "woven" in gateway.get().verdict
        told = upstream.requests[0].value(b"traceparent") or b""
    assert not int(told[-2:], 16) & 1
    assert kept.ended() == []


def test_opentelemetry_switched_off_leaves_a_valid_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    with in_front_of(always(PAGE), spans=Kept().spans) as (gateway, upstream):
        assert "woven" in gateway.get("/a", PARENT).verdict
        told = upstream.requests[0].value(b"traceparent") or b""
    assert told.split(b"-")[1].decode() == TRACE
    assert set(told.split(b"-")[2]) != {ord("0")}


class _Broken(SpanProcessor):
    def on_start(self, span: object, parent_context: Context | None = None) -> None:
        raise RuntimeError("no disk")

    def on_end(self, span: ReadableSpan) -> None:
        raise RuntimeError("no disk")


def test_spans_that_fail_are_told_once_and_reach_no_page(caplog: pytest.LogCaptureFixture) -> None:
    with in_front_of(always(PAGE), spans=exported(_Broken)) as (gateway, _):
        for _ in range(3):
            assert "woven" in gateway.get().verdict
    assert caplog.text.count("spans failed") == 1
    assert "no disk" in caplog.text


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        ("", {}),
        ('passed; reason="no-article"', {"result": "passed", "reason": "no-article"}),
        ('woven; slots=3; layout="a;b"; plan=hit; lang="en"',
         {"result": "woven", "slots": 3, "layout": "a;b", "plan": "hit", "lang": "en"}),
    ],
)  # fmt: skip
def test_a_verdict_is_told_by_its_parts(verdict: str, told: dict[str, object]) -> None:
    assert told_by(verdict) == {f"adweave.{name}": value for name, value in told.items()}


# -- in an app ---------------------------------------------------------------------------------


async def _page(scope: Scope, receive: Receive, send: Send) -> None:
    fields = [(b"content-type", b"text/html; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": article()})


def test_an_apps_pages_have_spans_between_those_of_what_is_around_and_inside(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "app_spans", lambda: kept.spans)
    tracer = kept.spans.tracer

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        with tracer.start_as_current_span("inside"):
            await _page(scope, receive, send)

    app = AdweaveMiddleware(inside, SHIPPED, state=tmp_path, traces=True)

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        with tracer.start_as_current_span("around"):
            await app(scope, receive, send)

    with running_app(around) as port, Client(port) as client:
        assert "woven" in client.get("/a").verdict
    spans = kept.named()
    assert {"around", "inside", "GET", "plan", "splice"} <= set(spans)
    assert parent_of(spans["GET"]) == id_of(spans["around"])
    assert parent_of(spans["inside"]) == parent_of(spans["plan"]) == id_of(spans["GET"])
    assert dict(spans["GET"].attributes or {})["adweave.plan"] == "miss"


def test_an_app_without_spans_around_goes_on_with_the_requests_trace(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "app_spans", lambda: kept.spans)

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("the app is broken")

    app = AdweaveMiddleware(failing, SHIPPED, state=tmp_path, traces=True)
    scope = {
        "type": "http", "method": "GET", "path": "/a", "scheme": "http",
        "headers": [(b"traceparent", PARENT.partition(": ")[2].encode())],
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(app(scope, receive, send))
    span = kept.named()["GET"]
    assert parent_of(span) == "b7ad6b7169203331"
    assert dict(span.attributes or {})["error.type"] == "RuntimeError"


def test_an_answer_without_fields_has_a_span_too(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "app_spans", lambda: kept.spans)

    async def bare(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    app = AdweaveMiddleware(bare, SHIPPED, state=tmp_path, traces=True)
    with running_app(app) as port, Client(port) as client:
        assert client.get("/a").status == 204
    assert dict(kept.named()["GET"].attributes or {})["http.response.status_code"] == 204


def test_an_apps_own_provider_is_asked_for(tmp_path: Path) -> None:
    app = AdweaveMiddleware(_page, SHIPPED, state=tmp_path, traces=True)
    with running_app(app) as port, Client(port) as client:
        assert "woven" in client.get("/a").verdict  # no provider is set: spans go nowhere


# -- a process and a collector -----------------------------------------------------------------


@contextlib.contextmanager
def serving(
    folder: Path, upstream: RawUpstream, **environment: str
) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    shutil.copytree(SHIPPED, folder / "placements")
    command = [
        str(Path(sys.executable).with_name("adweave")), "serve", "--port", "0", "--traces",
        "--upstream", f"http://127.0.0.1:{upstream.port}",
        "--placements", str(folder / "placements"),
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **environment},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline().split(" -> ")[0].rpartition(":")[2]), process
        finally:
            process.kill()


@contextlib.contextmanager
def collector(answers: bool) -> Iterator[tuple[str, list[bytes]]]:
    """A receiver of OTLP over HTTP; one that hangs where it does not answer."""
    got: list[bytes] = []
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            got.append(body)
            if not answers:
                released.wait(30)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", got
    finally:
        released.set()
        server.shutdown()
        server.server_close()


def test_a_collector_has_all_spans_by_the_time_the_gateway_has_ended(tmp_path: Path) -> None:
    upstream = RawUpstream(always(PAGE))
    with (
        collector(answers=True) as (url, got),
        serving(tmp_path, upstream, OTEL_EXPORTER_OTLP_ENDPOINT=url,
                OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test",
                OTEL_EXPORTER_OTLP_COMPRESSION="gzip") as (port, process),
    ):  # fmt: skip
        with Client(port) as client:
            client.get("/a", PARENT)
            client.get("/a", PARENT)
        process.terminate()
        assert process.wait(30) == 0
        found = []
        for raw in got:
            for resource in ExportTraceServiceRequest.FromString(raw).resource_spans:
                about = {each.key: each.value.string_value for each in resource.resource.attributes}
                assert about["service.name"] == "adweave"
                assert about["deployment.environment.name"] == "test"
                found += [span for scope in resource.scope_spans for span in scope.spans]
    upstream.close()
    assert sorted(span.name for span in found) == [
        "GET", "GET", "plan", "splice", "upstream", "upstream",
    ]  # fmt: skip
    assert {span.trace_id.hex() for span in found} == {TRACE}


def test_a_collector_that_hangs_holds_up_neither_pages_nor_the_end(tmp_path: Path) -> None:
    upstream = RawUpstream(always(PAGE))
    with (
        collector(answers=False) as (url, got),
        serving(tmp_path, upstream, OTEL_EXPORTER_OTLP_ENDPOINT=url,
                OTEL_BSP_SCHEDULE_DELAY="20") as (port, process),
    ):  # fmt: skip
        with Client(port) as client:
            while not got:
                assert "woven" in client.get("/a").verdict
            for _ in range(50):
                assert "woven" in client.get("/a").verdict
        process.terminate()
        assert process.wait(20) == 0
    upstream.close()


def test_a_collector_that_is_not_there_is_told_in_the_log(tmp_path: Path) -> None:
    upstream = RawUpstream(always(PAGE))
    with serving(tmp_path, upstream, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",
                 OTEL_EXPORTER_OTLP_TIMEOUT="1") as (port, process):  # fmt: skip
        with Client(port) as client:
            assert "woven" in client.get("/a").verdict
        process.terminate()
        _, logged = process.communicate(timeout=30)
        assert process.returncode == 0
    upstream.close()
    assert "opentelemetry" in logged


def test_nothing_of_opentelemetry_is_loaded_where_nobody_asked() -> None:
    code = (
        "import sys, adweave.cli, adweave.http, adweave.http.gateway\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_without_its_packages_traces_are_refused_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "find_spec", lambda name: None)
    done = CliRunner().invoke(main, ["serve", "--upstream", "http://127.0.0.1:9", "--traces"])
    assert done.exit_code == 3
    assert "pip install 'adweave[otel]'" in done.output
    monkeypatch.setitem(sys.modules, "adweave.http.spans", None)
    with pytest.raises(tracing.TracesUnavailable, match=r"adweave\[otel\]"):
        AdweaveMiddleware(_page, SHIPPED, state=tmp_path, traces=True)


def test_spans_without_a_processor_close_at_once() -> None:
    Spans(otel.get_tracer_provider()).close()
