"""The gateway's processor time per request against Debian's nginx on the same upstream.

One nginx is the upstream and serves files; another stands where the gateway stands. Requests go
over one keep-alive connection each, in turns, and what counts is the processor time of the
process in the middle, user and system, as the kernel counts it.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from adweave.http import PagePassed
from tests.quality.corpus import ROOT

from .pages import samples, usual_page
from .planning import Planner
from .serving import cpu_s

BLOB_BYTES = 100_000
BIG_BYTES = 1_000_000_000
_START_LIMIT_S = 20

_UPSTREAM = """
  server {{ listen 127.0.0.1:{port} backlog=1024; root {folder}/files; etag on;
    types {{ text/html html; application/octet-stream bin; }}
    charset utf-8;
    location /fresh/ {{ alias {folder}/files/; etag off; if_modified_since off; }}
    location /own/ {{ alias {folder}/files/; gzip_static on; }}
    location / {{ gzip_static on; add_header Cache-Control "public, max-age=0"; }}
  }}
"""
_PROXY = """
  upstream cms {{ server 127.0.0.1:{upstream}; keepalive 32; keepalive_requests 100000000; }}
  server {{ listen 127.0.0.1:{plain}; location / {{ {pass_on} }} }}
  server {{ listen 127.0.0.1:{filtered};
    location / {{ {pass_on} proxy_set_header Accept-Encoding "";
      sub_filter_once off; sub_filter '</head>' '<style>ad-slot{{}}</style></head>';
      sub_filter '<h1>' '<ad-slot></ad-slot><h1>'; }} }}
  server {{ listen 127.0.0.1:{squeezed};
    location / {{ {pass_on} proxy_set_header Accept-Encoding "";
      sub_filter_once off; sub_filter '</head>' '<style>ad-slot{{}}</style></head>';
      sub_filter '<h1>' '<ad-slot></ad-slot><h1>';
      gzip on; gzip_comp_level 1; gzip_proxied any; }} }}
"""
_PASS_ON = (
    'proxy_pass http://cms; proxy_http_version 1.1; proxy_set_header Connection ""; '
    "proxy_set_header Host $host;"
)
_MAIN = """
daemon off; worker_processes 1; master_process off; pid {folder}/{name}.pid;
error_log {folder}/{name}.log; events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000; keepalive_timeout 600; sendfile on;
  proxy_buffers 32 16k; proxy_buffer_size 16k; proxy_busy_buffers_size 128k;
  client_body_temp_path {folder}/{name}-b; proxy_temp_path {folder}/{name}-p;
  fastcgi_temp_path {folder}/{name}-f; uwsgi_temp_path {folder}/{name}-u;
  scgi_temp_path {folder}/{name}-s;
{servers}
}}
"""


@dataclass(frozen=True, slots=True)
class Field:
    """Ports and process ids of what is measured."""

    folder: Path
    upstream: int
    plain: int  # nginx, proxy_pass
    filtered: int  # nginx, sub_filter
    squeezed: int  # nginx, sub_filter and gzip level 1
    nginx_pid: int
    gateway: int
    gateway_pid: int

    @property
    def page_bytes(self) -> int:
        """Of the page, as the upstream has it."""
        return (self.folder / "files" / "story.html").stat().st_size


@contextlib.contextmanager
def field() -> Iterator[Field]:
    """Start upstream, nginx and gateway; end them."""
    folder = Path(tempfile.mkdtemp(prefix="adweave-bench-"))
    folder.chmod(0o755)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        files = folder / "files"
        files.mkdir()
        page = woven_page()
        (files / "story.html").write_bytes(page)
        (files / "story.html.gz").write_bytes(gzip.compress(page, 6, mtime=0))
        (files / "blob.bin").write_bytes(os.urandom(BLOB_BYTES))
        with (files / "big.bin").open("wb") as big:
            big.truncate(BIG_BYTES)
        ports = free_ports(4)
        upstream, plain, filtered, squeezed = ports
        servers = _UPSTREAM.format(port=upstream, folder=folder)
        stack.enter_context(nginx_with(folder, "upstream", servers, upstream))
        servers = _PROXY.format(
            upstream=upstream, plain=plain, filtered=filtered, squeezed=squeezed, pass_on=_PASS_ON
        )
        nginx = stack.enter_context(nginx_with(folder, "proxy", servers, plain))
        shutil.copytree(ROOT / "placements", folder / "placements")
        port, process = stack.enter_context(gateway_before(folder, upstream))
        yield Field(folder, upstream, plain, filtered, squeezed, nginx.pid, port, process.pid)


def request(target: str, *fields: str) -> bytes:
    """A GET with `fields` such as "Accept-Encoding: gzip"."""
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: news.example", *fields, "", ""]).encode()


class Getter:
    """Sends one request over and over on one connection and reads the answers."""

    def __init__(self, port: int, target: str, *fields: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request(target, *fields)
        self._room = bytearray(1 << 20)
        self.status = 0
        self.head = b""

    def first_byte_s(self) -> float:
        """One request; seconds to the first byte of its answer."""
        began = time.perf_counter()
        self._socket.sendall(self._request)
        self._socket.recv(1, socket.MSG_PEEK)
        took_s = time.perf_counter() - began
        self._read_answer()
        return took_s

    def turn_to(self, target: str, *fields: str) -> None:
        """Ask for something else from now on."""
        self._request = request(target, *fields)

    def get(self) -> int:
        """One request; bytes of content."""
        self._socket.sendall(self._request)
        return self._read_answer()

    def _read_answer(self) -> int:
        got = b""
        while b"\r\n\r\n" not in got:
            block = self._socket.recv(1 << 18)
            if not block:
                raise SystemExit("the server closed the connection")
            got += block
        head, _, rest = got.partition(b"\r\n\r\n")
        self.head, self.status = head, int(head[9:12])
        low = head.lower()
        at = low.find(b"content-length:")
        if at >= 0:
            return self._read(int(low[at + 15 :].split(b"\r\n")[0]), len(rest))
        if b"transfer-encoding: chunked" in low:
            size = len(rest)
            while not rest.endswith(b"0\r\n\r\n"):
                rest = rest[-16:] + self._socket.recv(1 << 18)
                size += len(rest)
            return size
        return 0

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _read(self, length: int, there: int) -> int:
        left = length - there
        while left > 0:
            took = self._socket.recv_into(self._room)
            if not took:
                raise SystemExit("the answer was cut")
            left -= took
        return length


@dataclass(frozen=True, slots=True)
class Contest:
    """One case: who is asked for what, and the ratio that is wanted."""

    name: str
    rival: str
    gateway: Getter
    nginx: Getter
    at_most: float
    requests: int
    verdict: bytes = b""  # what the gateway must say of its answer


def contests(place: Field) -> Iterator[Contest]:
    """The cases, one after the other."""
    identity, gzipped = "Accept-Encoding: identity", "Accept-Encoding: gzip"

    def case(
        name: str, rival: str, port: int, target: str, fields: str, *rest: float | int | bytes
    ) -> Contest:
        ours, theirs = Getter(place.gateway, target, fields), Getter(port, target, fields)
        return Contest(name, rival, ours, theirs, *rest)  # type: ignore[arg-type]

    hit = b"plan=hit"
    yield case("plan hit, identity", "`sub_filter`", place.filtered, "/fresh/story.html",
               identity, 0.75, 300, hit)  # fmt: skip
    yield case("plan hit, client takes gzip", "`sub_filter`, gzip level 1", place.squeezed,
               "/own/story.html", gzipped, 0.2, 300, hit)  # fmt: skip
    yield case("upstream answers 304, identity", "`proxy_pass`", place.plain, "/story.html",
               identity, 1.2, 300, hit)  # fmt: skip
    yield case("upstream answers 304, gzip", "`proxy_pass`", place.plain, "/story.html",
               gzipped, 1.2, 300, hit)  # fmt: skip
    yield case("pass-through, 100 KB", "`proxy_pass`", place.plain, "/blob.bin",
               identity, 2.0, 300)  # fmt: skip
    yield case("1 GB download", "`proxy_pass`", place.plain, "/big.bin", identity, 2.0, 1)


def report(rounds: int) -> str:
    """The table, in Markdown."""
    lines = [
        "## The gateway's processor time, against nginx on the same upstream\n",
        "| case | µs a request | nginx | µs | ratio | at most |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    with field() as place:
        for contest in contests(place):
            before = rss_bytes(place.gateway_pid)
            ours, theirs, ratio = cost(contest, place, rounds)
            grown = (rss_bytes(place.gateway_pid) - before) / 1e6
            if contest.verdict not in contest.gateway.head:
                raise SystemExit(f"{contest.name}: {contest.gateway.head.decode('latin-1')}")
            lines.append(
                f"| {contest.name} | {ours * 1e6:.0f} | {contest.rival} | {theirs * 1e6:.0f} "
                f"| {ratio:.2f}x | {contest.at_most:.2f}x |"
            )
            contest.gateway.close()
            contest.nginx.close()
        resident = rss_bytes(place.gateway_pid) / 1e6
    lines.append(f"\nThe download left {grown:.1f} MB more in memory; {resident:.0f} MB in all.\n")
    return "\n".join(lines)


def cost(contest: Contest, place: Field, rounds: int) -> tuple[float, float, float]:
    """Seconds of processor a request of gateway and nginx (medians of rounds), and their ratio."""
    taken: dict[str, list[float]] = {"gateway": [], "nginx": []}
    sides = {
        "gateway": (contest.gateway, place.gateway_pid),
        "nginx": (contest.nginx, place.nginx_pid),
    }
    for getter, _ in sides.values():
        for _ in range(20 if contest.requests > 20 else 1):
            getter.get()
    for _ in range(rounds):
        for name, (getter, pid) in sides.items():
            began = precise_cpu_s(pid)
            for _ in range(contest.requests):
                getter.get()
            taken[name].append((precise_cpu_s(pid) - began) / contest.requests)
    ours, theirs = (statistics.median(taken[name]) for name in ("gateway", "nginx"))
    pairs = zip(taken["gateway"], taken["nginx"], strict=True)
    return ours, theirs, statistics.median(a / b for a, b in pairs)


def woven_page() -> bytes:
    """The woven page of the corpus that is nearest to 113 KB, else the usual one."""
    planner = Planner()
    found, _ = samples(200)
    for sample in sorted(found, key=lambda one: abs(len(one.body) - 113_000))[:20]:
        with contextlib.suppress(PagePassed):
            if planner.woven(sample.body, sample.content_type) != sample.body:
                return sample.body
    return usual_page().body


def precise_cpu_s(pid: int) -> float:
    """Processor time of all threads of a process in seconds, to the microsecond where it can."""
    total = 0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return cpu_s(pid)
    return total / 1e9


def rss_bytes(pid: int, part: str = "VmRSS") -> int:
    """Resident memory of a process; `part` "RssFile": of it programs and libraries (proc(5))."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{part}:"):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"no {part} of {pid}")


def placements_with(folder: Path, limits: Mapping[str, int]) -> None:
    """The example placements in `folder`, with other limits."""
    shutil.copytree(ROOT / "placements", folder / "placements")
    settings = folder / "placements" / "site.toml"
    text = settings.read_text(encoding="utf-8")
    for key, value in limits.items():
        text, found = re.subn(rf"(?m)^({key} = )[0-9_]+", rf"\g<1>{value}", text)
        if found != 1:
            raise SystemExit(f"placements/site.toml: no {key} to set")
    settings.write_text(text, encoding="utf-8")


def children_of(pid: int) -> list[int]:
    """The processes that a process has started: the workers of a gateway that has several."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def metrics(admin: int) -> dict[str, float]:
    """All of a gateway's metrics, by name and label."""
    with urlopen(f"http://127.0.0.1:{admin}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    parts = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in parts}


@contextlib.contextmanager
def nginx_with(
    folder: Path, name: str, servers: str, port: int
) -> Iterator[subprocess.Popen[bytes]]:
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(program).exists():
        raise SystemExit("this group needs nginx: apt-get install nginx-light")
    settings = folder / f"{name}.conf"
    settings.write_text(_MAIN.format(folder=folder, name=name, servers=servers))
    process = subprocess.Popen([program, "-c", str(settings), "-e", str(folder / f"{name}.log")])
    try:
        _wait_for(port, process)
        yield process
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def gateway_before(
    folder: Path, upstream: int, *more: str, program: tuple[str, ...] = ()
) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """`adweave serve` with `more` options, or a `program` that takes the same; its port."""
    command = [
        *(program or (str(Path(sys.executable).with_name("adweave")),)), "serve",
        "--upstream", f"http://127.0.0.1:{upstream}", "--placements", str(folder / "placements"),
        "--port", "0", *more,
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield int(line.split(" -> ")[0].rpartition(":")[2]), process
        finally:
            process.terminate()


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [each.getsockname()[1] for each in sockets]


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"nginx ended with code {process.returncode}")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise SystemExit("nginx did not start")
