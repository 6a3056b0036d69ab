"""`python -m tests.bench.soak`: mixed traffic at half load for long, with faults and reloads.

Two workers of the gateway stand before a site that is played here, in one process with its
readers. Meanwhile the placements change (some changes are broken), workers are replaced in the
first third of the time, the site goes away and comes back, breaks off, sends nonsense, and readers
leave. Each answer is held against what the site sent; resident memory is looked at each second.
What is not as it should be ends the command with 1.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import click
import uvloop

from tests.quality.corpus import ROOT
from tests.unit.http.test_weaving import without_ours
from tests.unit.http.wire import article

from .gateway import children_of, free_ports, precise_cpu_s, rss_bytes
from .gateway import metrics as metrics_of

PATIENCE_S = 60.0
_PAGES = 200
_READERS = 24
_EXAMINED_EVERY = 10  # an answer is taken apart; of the others status and verdict are looked at
_CHANGE_EVERY_S = 15.0
_BROKEN_EVERY = 6  # changes of the placements
_AWAY_EVERY_S = 20.0
_AWAY_S = 0.3
# Small enough to be full before memory is judged: each change of the placements makes plans anew.
_STORE_BYTES = 16_000_000
_PLANS = 1_000
# The breaker's time, and what was under way.
_AFTERMATH_S = 3.0
# What pages may go out unwoven for, where a machine is busy.
_BUSY = ("deadline", "busy")

PICTURE = random.Random(1).randbytes(100_000)
DOWNLOAD = random.Random(2).randbytes(5_000_000)
_ARTICLES = [article(60).replace(b"Item 7.", b"Story %d." % number) for number in range(_PAGES)]


# -- the site --------------------------------------------------------------------------------------


class Site:
    """An upstream that answers by the path, well and badly; `away` closes it for a while."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.came_back = -_AFTERMATH_S
        self.is_away = False
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._number = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.is_away, self.came_back = False, time.monotonic()

    async def close(self) -> None:
        self.is_away = True
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    @property
    def is_shaky(self) -> bool:
        """Whether a fault may be the site's being away."""
        return self.is_away or time.monotonic() - self.came_back < _AFTERMATH_S

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while await self._answer(reader, writer):
                await writer.drain()
        except (OSError, RuntimeError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # RuntimeError: uvloop's, on what was aborted
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        path = head.split(b" ", 2)[1].decode()
        length = next((int(x[15:]) for x in lines if x.startswith(b"content-length:")), 0)
        body = await reader.readexactly(length) if length else b""
        kind, _, rest = path.strip("/").partition("/")
        if kind in ("page", "gzip"):
            number = int(rest) % _PAGES
            tag = f'"{kind}-{number}"'.encode()
            if any(x.startswith(b"if-none-match:") and tag in x for x in lines):
                writer.write(_head(304, b"ETag: " + tag, length=None))
            elif kind == "page":
                writer.write(_page(_ARTICLES[number], b"ETag: " + tag))
            else:
                writer.write(_page(_squeezed(number), b"ETag: " + tag, b"Content-Encoding: gzip",
                                   b"Vary: Accept-Encoding"))  # fmt: skip
        elif kind == "new":  # a page that nobody has seen
            self._number += 1
            writer.write(_page(_ARTICLES[0].replace(b"Story 0.", b"Story new %d." % self._number)))
        elif kind == "own":
            writer.write(_page(_ARTICLES[1].replace(b"Story 1.", b"For %b." % rest.encode()),
                               b"Set-Cookie: a=b", b"Cache-Control: private"))  # fmt: skip
        elif kind == "slow":
            raw = _page(_ARTICLES[2])
            writer.write(raw[:3000])
            await asyncio.sleep(0.1)
            writer.write(raw[3000:])
        elif kind == "upload":
            told = hashlib.sha256(body).hexdigest().encode()
            writer.write(_head(200, b"Content-Type: text/plain", length=len(told)) + told)
        elif kind in _PLAIN:
            writer.write(_PLAIN[kind])
        elif kind == "cut":
            writer.write(_page(_ARTICLES[3])[:9000])
            await writer.drain()
            return False
        elif kind == "garbage":
            writer.write(b"no HTTP at all\r\n\r\n")
            return False
        elif kind == "hangup":
            return False
        else:
            writer.write(_head(404, b"Content-Type: text/html", length=9) + b"not here.")
        return True


@cache
def _squeezed(number: int) -> bytes:
    return gzip.compress(_ARTICLES[number], 5, mtime=0)


def _head(code: int, *fields: bytes, length: int | None) -> bytes:
    lines = [b"HTTP/1.1 %d X" % code, *fields]
    if length is not None:
        lines.append(b"Content-Length: %d" % length)
    return b"\r\n".join([*lines, b"", b""])


def _page(body: bytes, *fields: bytes) -> bytes:
    return _head(200, b"Content-Type: text/html; charset=utf-8", *fields, length=len(body)) + body


_PLAIN = {
    "picture": _head(200, b"Content-Type: image/png", b'ETag: "p"', length=len(PICTURE)) + PICTURE,
    "download": _head(200, b"Content-Type: application/zip", length=len(DOWNLOAD)) + DOWNLOAD,
    "json": _head(200, b"Content-Type: application/json", length=8) + b'{"a": 1}',
    "away": _head(302, b"Location: /page/1", length=0),
    "error": _head(500, b"Content-Type: text/html", length=6) + b"broken",
}


# -- its readers -----------------------------------------------------------------------------------


@dataclass
class Reply:
    """What a reader got."""

    status: int
    fields: dict[bytes, bytes]
    body: bytes
    is_whole: bool = True

    @property
    def verdict(self) -> str:
        return self.fields.get(b"adweave-status", b"").decode()

    @property
    def plain(self) -> bytes:
        return gzip.decompress(self.body) if self.fields.get(b"content-encoding") else self.body


@dataclass
class Tally:
    """All that is counted."""

    answers: Counter[str] = field(default_factory=Counter)
    unwoven: Counter[str] = field(default_factory=Counter)
    away: int = 0  # answers that failed because the site was away
    faults: list[str] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)


class Reader:
    """One reader on a connection that is kept, and opened anew where it was closed."""

    def __init__(self, port: int, site: Site, tally: Tally, seed: int) -> None:
        self._port = port
        self._site = site
        self._tally = tally
        self._dice = random.Random(seed)
        self._name = str(seed)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._tags: dict[str, bytes] = {}
        self._count = 0

    async def one(self) -> None:
        """Ask for something and hold the answer against what the site has."""
        kind = self._dice.choices(list(_MIX), list(_MIX.values()))[0]
        path = f"/{kind}/{self._name}"
        if kind in ("page", "gzip"):
            path = f"/{kind}/{int(self._dice.paretovariate(0.7)) % _PAGES}"
        body = self._dice.randbytes(200_000) if kind == "upload" else b""
        fields = [b"Host: news.example"]
        if kind == "gzip":
            fields.append(b"Accept-Encoding: gzip")
        asks_anew = self._dice.random() < 0.2 and path in self._tags
        if asks_anew:
            fields.append(b"If-None-Match: " + self._tags[path])
        if kind == "upload":
            fields.append(b"Content-Length: %d" % len(body))
        method = b"POST" if kind == "upload" else b"GET"
        raw = b"\r\n".join([b"%b %b HTTP/1.1" % (method, path.encode()), *fields, b"", b""]) + body
        shaky, began = self._site.is_shaky, time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE_S):
                reply = await self._ask(raw, leaves=kind == "leave")
        except TimeoutError:
            self._tally.faults.append(f"{path}: no answer in {PATIENCE_S} s")
            return await self.hang_up()
        self._tally.answers[kind] += 1
        self._count += 1
        if reply is None:
            return None
        if kind not in ("slow", "download", "upload"):
            self._tally.took_s.append(time.perf_counter() - began)
        is_current = asks_anew and reply.status == 304
        found = "" if is_current else self._fault(kind, path, reply, body)
        if found and (shaky or self._site.is_shaky):
            self._tally.away += 1
        elif found:
            self._tally.faults.append(f"{path}: {found}: {reply.status} {reply.verdict}")
        if b"etag" in reply.fields and reply.status == 200:
            self._tags[path] = reply.fields[b"etag"]
        if not reply.is_whole or reply.fields.get(b"connection") == b"close":
            await self.hang_up()
        return None

    def _fault(self, kind: str, path: str, reply: Reply, body: bytes) -> str:
        """What is wrong with an answer; empty: nothing."""
        wanted = {"away": 302, "error": 500, "garbage": 502, "hangup": 502, "none": 404}
        if reply.status != wanted.get(kind, 200):
            return "status"
        if reply.is_whole == (kind == "cut"):
            return "not whole" if kind != "cut" else "a part presented as whole"
        if kind in ("page", "gzip", "new", "own", "slow"):
            return self._page_fault(kind, path, reply)
        if kind == "upload" and reply.body != hashlib.sha256(body).hexdigest().encode():
            return "content"
        if kind in ("picture", "download") and reply.body != (
            PICTURE if kind == "picture" else DOWNLOAD
        ):
            return "content"
        return ""

    def _page_fault(self, kind: str, path: str, reply: Reply) -> str:
        if not reply.verdict.startswith("woven; slots="):
            reason = reply.verdict.partition('reason="')[2].rstrip('"')
            self._tally.unwoven[reason] += 1
            return "" if reason in _BUSY else "not woven"
        if self._count % _EXAMINED_EVERY:
            return ""
        bare = without_ours(reply.plain)
        if kind in ("page", "gzip"):
            return "" if bare == _ARTICLES[int(path.rpartition("/")[2])] else "content"
        if kind == "own":
            return "" if b"For %b." % self._name.encode() in bare else "another reader's page"
        return "" if b"</html>" in bare else "content"

    async def _ask(self, raw: bytes, *, leaves: bool) -> Reply | None:
        for attempt in (1, 2):
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._streams
            try:
                writer.write(raw)
                if leaves:
                    await reader.read(2000)
                    await self.hang_up()
                    return None
                head = await reader.readuntil(b"\r\n\r\n")
            except (OSError, RuntimeError, asyncio.IncompleteReadError):
                # A connection that was kept may be closed at any time (RFC 9112, 9.3.1).
                await self.hang_up()
                if attempt == 2:
                    return Reply(0, {}, b"", is_whole=False)
                continue
            return await _reply(head, reader)
        return None

    async def hang_up(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


async def _reply(head: bytes, reader: asyncio.StreamReader) -> Reply:
    lines = head.split(b"\r\n")
    fields = {}
    for line in lines[1:-2]:
        name, _, value = line.partition(b": ")
        fields[name.lower()] = value
    reply = Reply(int(lines[0].split(b" ")[1]), fields, b"")
    try:
        if reply.status == 304:
            pass
        elif b"content-length" in fields:
            reply.body = await reader.readexactly(int(fields[b"content-length"]))
        elif b"transfer-encoding" in fields:
            pieces = []
            while size := int(await reader.readuntil(b"\r\n"), 16):
                pieces.append(await reader.readexactly(size))
                await reader.readexactly(2)
            await reader.readexactly(2)
            reply.body = b"".join(pieces)
    except (OSError, asyncio.IncompleteReadError):
        reply.is_whole = False
    return reply


# Kinds of requests, and how many of 1 000.
_MIX = {
    "page": 450, "gzip": 250, "new": 20, "own": 50, "slow": 5, "picture": 100, "download": 1,
    "json": 50, "upload": 5, "away": 20, "error": 5, "none": 20, "cut": 5, "garbage": 5,
    "hangup": 5, "leave": 9,
}  # fmt: skip


# -- the gateway -----------------------------------------------------------------------------------


@dataclass
class Gateway:
    """The supervisor, its port, and what its workers take."""

    process: subprocess.Popen[str]
    port: int
    admin: int
    folder: Path
    log: Path

    @property
    def workers(self) -> list[int]:
        return children_of(self.process.pid)

    def cpu_s(self) -> float:
        total = 0.0
        for pid in self.workers:
            with contextlib.suppress(OSError):
                total += precise_cpu_s(pid)
        return total


@contextlib.contextmanager
def gateway_before(upstream: int) -> Iterator[Gateway]:
    folder = Path(tempfile.mkdtemp(prefix="adweave-soak-"))
    shutil.copytree(ROOT / "placements", folder / "placements")
    site = folder / "placements" / "site.toml"
    limits = {"max_page_store_bytes": _STORE_BYTES, "max_plans": _PLANS}
    text = site.read_text()
    for name, value in limits.items():
        text, found = re.subn(rf"(?<=^{name} = )[0-9_]+", str(value), text, flags=re.MULTILINE)
        assert found == 1, name
    site.write_text(text)
    (admin,) = free_ports(1)
    command = [
        str(Path(sys.executable).with_name("adweave")), "serve", "--port", "0", "--workers", "2",
        "--upstream", f"http://127.0.0.1:{upstream}", "--admin", f"127.0.0.1:{admin}",
        "--placements", str(folder / "placements"),
    ]  # fmt: skip
    log = folder / "log"
    with log.open("w") as logged:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=logged, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if "http://" not in line:
            raise SystemExit(f"the gateway did not start: {log.read_text()[-2000:]}")
        port = int(line.split(" -> ")[0].rpartition(":")[2])
        yield Gateway(process, port, admin, folder, log)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        shutil.rmtree(folder, ignore_errors=True)


# -- the run ---------------------------------------------------------------------------------------


@dataclass
class Memory:
    """Resident bytes of each worker over time (s)."""

    seen: dict[int, list[tuple[float, int]]] = field(default_factory=dict)

    def look(self, pids: list[int], now: float) -> None:
        for pid in pids:
            with contextlib.suppress(OSError, SystemExit):  # one that is gone has no size
                self.seen.setdefault(pid, []).append((now, rss_bytes(pid)))

    def course(self, pid: int) -> str:
        """Resident MB at some times, evenly apart."""
        sizes = [size for _, size in self.seen.get(pid, [])]
        steps = sizes[:: max(len(sizes) // 12, 1)]
        return " ".join(f"{size / 1e6:.0f}" for size in steps)

    def slope(self, pid: int, since: float) -> float:
        """Bytes a minute, by least squares, since a time."""
        points = [(at, size) for at, size in self.seen[pid] if at >= since]
        count = len(points)
        if count < 2:
            return 0.0
        mid = sum(at for at, _ in points) / count
        mean = sum(size for _, size in points) / count
        above = sum((at - mid) * (size - mean) for at, size in points)
        return 60 * above / sum((at - mid) ** 2 for at, _ in points)


async def soak(minutes: float, rate: float | None) -> int:
    """Run; print; the exit code."""
    (port,) = free_ports(1)
    site, tally, memory = Site(port), Tally(), Memory()
    await site.open()
    with gateway_before(port) as gateway:
        readers = [Reader(gateway.port, site, tally, seed) for seed in range(_READERS)]
        cost_s = await _cost(gateway, readers, tally)
        rate = rate or 0.5 / cost_s
        click.echo(f"a request of the mix costs the gateway {cost_s * 1e6:.0f} µs: {rate:.0f}/s")
        tally.took_s.clear()
        began = time.monotonic()
        ends = began + minutes * 60
        errors = await _under_load(gateway, site, readers, rate, began, ends, memory)
        lasted = time.monotonic() - began
        return _report(gateway, tally, memory, lasted, began + lasted / 2, errors)


async def _cost(gateway: Gateway, readers: list[Reader], tally: Tally) -> float:
    """Processor time of a request, in s, once plans are there."""
    await asyncio.gather(*(_asks(reader, 40) for reader in readers))
    before, count = gateway.cpu_s(), tally.answers.total()
    await asyncio.gather(*(_asks(reader, 60) for reader in readers))
    return (gateway.cpu_s() - before) / (tally.answers.total() - count)


async def _asks(reader: Reader, count: int) -> None:
    for _ in range(count):
        await reader.one()


async def _under_load(
    gateway: Gateway,
    site: Site,
    readers: list[Reader],
    rate: float,
    began: float,
    ends: float,
    memory: Memory,
) -> list[str]:
    async def paced(reader: Reader) -> None:
        step = len(readers) / rate
        due = time.monotonic() + random.random() * step
        while due < ends:
            await asyncio.sleep(max(due - time.monotonic(), 0))
            await reader.one()
            due = max(due + step, time.monotonic() - 1)  # no more than a second is caught up with

    async def every(seconds: float, act: Callable[[int], object], until: float) -> None:
        for number in range(1, 1_000_000):
            await asyncio.sleep(max(min(seconds, until - time.monotonic()), 0))
            if time.monotonic() >= until:
                return
            done = act(number)
            if asyncio.iscoroutine(done):
                await done

    layout = gateway.folder / "placements" / "layouts" / "article.toml"
    good = layout.read_text()

    def change(number: int) -> None:
        text = good.replace("max = 6", f"max = {4 + number % 3}")
        layout.write_text(text.replace("every", "evry", 1) if number % _BROKEN_EVERY == 0 else text)

    async def go_away(number: int) -> None:
        await site.close()
        await asyncio.sleep(_AWAY_S)
        await site.open()

    third = (ends - began) / 3
    failed: list[str] = []
    try:
        async with asyncio.TaskGroup() as group:
            for reader in readers:
                group.create_task(paced(reader))
            group.create_task(every(_CHANGE_EVERY_S, change, ends))
            group.create_task(every(_AWAY_EVERY_S, go_away, ends))
            group.create_task(
                every(third / 4, lambda _: gateway.process.send_signal(signal.SIGHUP),
                      began + third)
            )  # fmt: skip
            group.create_task(
                every(1, lambda _: memory.look(gateway.workers, time.monotonic()), ends)
            )
    except* OSError as errors:
        failed = [repr(error) for error in errors.exceptions]
    return failed


def _report(
    gateway: Gateway, tally: Tally, memory: Memory, lasted: float, since: float, errors: list[str]
) -> int:
    metrics = metrics_of(gateway.admin)
    ours = {name: count for name, count in metrics.items() if name.startswith("adweave_errors")}
    total, took = tally.answers.total(), sorted(tally.took_s)
    click.echo(f"\n{total} requests in {lasted / 60:.1f} min ({total / lasted:.0f}/s)")
    click.echo(f"| kind | answers |\n| --- | --- |\n{_rows(tally.answers)}")
    median_s, late_s = took[len(took) // 2], took[len(took) * 99 // 100]
    click.echo(
        f"\nmedian {median_s * 1e3:.1f} ms, 99th {late_s * 1e3:.1f} ms; failed while the site "
        f"was away: {tally.away}; unwoven: {dict(tally.unwoven)}"
    )
    click.echo("\n| worker | resident, halfway | at the end | slope of the second half |")
    click.echo("| --- | --- | --- | --- |")
    for pid in gateway.workers:
        points = [size for at, size in memory.seen.get(pid, []) if at >= since]
        if points:
            slope = memory.slope(pid, since)
            click.echo(
                f"| {pid} | {points[0] / 1e6:.1f} MB | {points[-1] / 1e6:.1f} MB "
                f"| {slope / 1e6:+.2f} MB a minute |"
            )
    click.echo("\nMB over the time: " + "; ".join(map(memory.course, gateway.workers)))
    faults = [*tally.faults, *errors, *(f"{name} {count}" for name, count in ours.items())]
    faults += re.findall(r"^.* ERROR .*failed; pages.*$", gateway.log.read_text(), re.MULTILINE)
    for fault in faults[:20]:
        click.echo(f"- {fault}")
    if faults:
        click.echo(f"\nThe end of the gateway's log:\n\n{gateway.log.read_text()[-4000:]}")
    click.echo(f"\n{len(faults)} errors of ours")
    return 1 if faults else 0


def _rows(counts: Counter[str]) -> str:
    return "\n".join(f"| {kind} | {count} |" for kind, count in counts.most_common())


# -- connections that wait -------------------------------------------------------------------------


async def idle(count: int) -> int:
    """What so many connections take that have had one answer and are kept; the exit code."""
    (port,) = free_ports(1)
    site = Site(port)
    await site.open()
    with gateway_before(port) as gateway:
        request = b"GET /page/%d HTTP/1.1\r\nHost: news.example\r\n\r\n"

        async def opened(number: int) -> asyncio.StreamWriter:
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            writer.write(request % (number % 20))
            reply = await _reply(await reader.readuntil(b"\r\n\r\n"), reader)
            is_right = reply.verdict.startswith(
                ("woven;", *(f'passed; reason="{x}"' for x in _BUSY))
            )
            if not (reply.status == 200 and reply.is_whole and is_right):
                raise SystemExit(f"/page/{number % 20}: {reply.status} {reply.verdict}")
            return writer

        kept = [await opened(number) for number in range(100)]
        before = sum(map(rss_bytes, gateway.workers))
        for start in range(0, count, 50):
            kept += await asyncio.gather(*map(opened, range(start, min(start + 50, count))))
        after = sum(map(rss_bytes, gateway.workers))
        still = sum(not writer.transport.is_closing() for writer in kept)
        click.echo(
            f"{count} connections that wait take {(after - before) / 1e6:.1f} MB more in two "
            f"workers ({(after - before) / count / 1e3:.1f} kB each); {still} of {len(kept)} open"
        )
        for writer in kept:
            writer.transport.abort()
    return 0 if still == len(kept) else 1


@click.command()
@click.option("--minutes", default=30.0, show_default=True, help="How long.")
@click.option("--rate", type=float, help="Requests a second. Default: half of what a core can do.")
@click.option("--idle", "waiting", type=int, help="Measure so many waiting connections instead.")
def main(minutes: float, rate: float | None, waiting: int | None) -> None:
    """Soak the gateway in mixed traffic with faults and reloads."""
    sys.exit(uvloop.run(soak(minutes, rate) if waiting is None else idle(waiting)))


if __name__ == "__main__":
    main()
