"""Request ids and W3C trace context, in logs and to the upstream."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adweave.http.tracing import trace_of
from tests.unit.http.wire import HTML, SHIPPED, Client, RawUpstream, always, article, response

PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_trace_goes_on_with_us_as_the_parent() -> None:
    trace = trace_of([(b"traceparent", PARENT)], is_trusted=True)
    assert trace.trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert trace.parent_id == "b7ad6b7169203331"
    told = dict(trace.told([(b"traceparent", PARENT), (b"tracestate", b"a=1"), (b"x", b"1")]))
    assert told[b"traceparent"] == f"00-{trace.trace_id}-{trace.span_id}-01".encode()
    assert (told[b"tracestate"], told[b"x"]) == (b"a=1", b"1")


@pytest.mark.parametrize(
    "parent",
    [
        b"", b"nonsense", b"ff" + PARENT[2:], PARENT.upper(), PARENT + b"-more",
        b"00-" + b"0" * 32 + b"-b7ad6b7169203331-01",
        b"00-0af7651916cd43dd8448eb211c80319c-" + b"0" * 16 + b"-01",
    ],
)  # fmt: skip
def test_what_is_no_parent_begins_a_new_trace(parent: bytes) -> None:
    trace = trace_of([(b"traceparent", parent)], is_trusted=True)
    assert trace.parent_id == ""
    assert len(trace.trace_id) == 32
    assert trace.trace_id != "0af7651916cd43dd8448eb211c80319c"


def test_a_later_version_of_the_format_is_read_as_far_as_it_is_known() -> None:
    trace = trace_of([(b"traceparent", b"01" + PARENT[2:] + b"-more")], is_trusted=True)
    assert trace.parent_id == "b7ad6b7169203331"


def test_only_trusted_proxies_name_requests() -> None:
    named = [(b"x-request-id", b"abc-1")]
    assert trace_of(named, is_trusted=True).request_id == "abc-1"
    assert trace_of(named, is_trusted=False).request_id != "abc-1"
    assert trace_of([(b"x-request-id", b'a"b c')], is_trusted=True).request_id != 'a"b c'


@pytest.mark.parametrize("form", ["json", "text"])
def test_each_request_is_a_line_without_secrets(tmp_path: Path, form: str) -> None:
    shutil.copytree(SHIPPED, tmp_path / "placements")
    upstream = RawUpstream(always(response(article(), HTML)))
    command = [
        str(Path(sys.executable).with_name("adweave")), "serve", "--port", "0", "--access-log",
        "--upstream", f"http://127.0.0.1:{upstream.port}", "--log-format", form,
        "--placements", str(tmp_path / "placements"),
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().split(" -> ")[0].rpartition(":")[2])
        with Client(port) as client:
            client.get("/story?token=secret", "Cookie: secret", "X-Request-ID: r-1",
                       f"traceparent: {PARENT.decode()}")  # fmt: skip
        process.terminate()
        _, logged = process.communicate(timeout=60)
    line = next(line for line in logged.splitlines() if "/story" in line)
    assert "secret" not in logged
    assert upstream.requests[0].value(b"x-request-id") == b"r-1"
    told = upstream.requests[0].value(b"traceparent") or b""
    assert b"0af7651916cd43dd8448eb211c80319c" in told
    upstream.close()
    if form == "text":
        assert "GET /story 200 request=" in line
        assert 'trace="0af7651916cd43dd8448eb211c80319c"' in line
        return
    entry = json.loads(line)
    assert entry["logger"] == "adweave.access"
    assert (entry["request"], entry["trace"]) == ("r-1", "0af7651916cd43dd8448eb211c80319c")
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/story", 200)
    assert entry["bytes"] > 10_000
    assert entry["adweave"].startswith("woven; ")
    assert entry["client"] == "127.0.0.1"
