"""`python -m tests.suites`: REDbot, Starlette's tests and Lighthouse, without and with adweave.

They get a virtual environment of their own (`.suites`): what they install would be in the way
of the project's own packages. Exit code 1 where adweave makes a difference.
"""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click

from tests.quality.corpus import ROOT
from tests.suites import lighthouse
from tests.unit.http.wire import HTML, article, in_front_of, response

_VENV = ROOT / ".suites"
_BIN = _VENV / "bin"
_STARLETTE_TESTS = (
    "tests/middleware/test_gzip.py", "tests/middleware/test_cors.py",
    "tests/middleware/test_session.py", "tests/middleware/test_base.py",
    "tests/middleware/test_errors.py", "tests/middleware/test_https_redirect.py",
    "tests/middleware/test_trusted_host.py", "tests/test_staticfiles.py",
)  # fmt: skip
_NEEDS = ("redbot", "pytest", "anyio", "trio", "httpx2", "itsdangerous", "jinja2")

PAGE = article()
_DATED = ("Date: Sat, 01 Jun 2024 12:00:00 GMT", "Last-Modified: Sat, 01 Jun 2024 08:00:00 GMT")
_KINDS: dict[str, bytes] = {
    "page": response(PAGE, HTML, 'ETag: "abc"', "Cache-Control: max-age=60", *_DATED),
    "page, gzip": response(
        gzip.compress(PAGE, mtime=0), HTML, 'ETag: "abc-gzip"', "Content-Encoding: gzip",
        "Vary: Accept-Encoding", "Cache-Control: max-age=60", *_DATED,
    ),
    "page for everybody": response(
        PAGE, HTML, 'ETag: "shared"', "Cache-Control: public, max-age=60", *_DATED
    ),
    "page without validators": response(PAGE, HTML, "Cache-Control: no-store", *_DATED[:1]),
    "page with cookies": response(
        PAGE, HTML, "Set-Cookie: a=b; Path=/; HttpOnly", "Cache-Control: private", *_DATED[:1]
    ),
    "page, chunked": b"HTTP/1.1 200 OK\r\n" + "\r\n".join(
        [HTML, "Transfer-Encoding: chunked", "Cache-Control: max-age=60", *_DATED]
    ).encode() + b"\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE),
    "not found": response(b"no such page", HTML, *_DATED[:1], status="404 Not Found"),
    "redirect": response(b"", "Location: /elsewhere", *_DATED[:1], status="302 Found"),
    "JSON": response(b'{"a": 1}', "Content-Type: application/json", "Cache-Control: max-age=60",
                     'ETag: "j"', *_DATED),
    "picture": response(bytes(500), "Content-Type: image/png", 'ETag: "p"',
                        "Cache-Control: max-age=60", *_DATED),
}  # fmt: skip


_SUITES = ("redbot", "starlette", "lighthouse")


@click.command()
@click.argument("suites", nargs=-1, type=click.Choice(_SUITES))
def main(suites: tuple[str, ...]) -> None:
    """Run the suites and print Markdown tables; without names, all of them."""
    chosen = suites or _SUITES
    if set(chosen) != {"lighthouse"}:
        _prepare()
    differences: list[str] = []
    if "redbot" in chosen:
        differences += _redbot()
    if "starlette" in chosen:
        differences += _starlette()
    if "lighthouse" in chosen:
        differences += lighthouse.report(_VENV / "lighthouse")
    for difference in differences:
        click.echo(f"- {difference}")
    sys.exit(bool(differences))


def _prepare() -> None:
    if not (_BIN / "redbot").exists():
        venv.create(_VENV, with_pip=True, clear=True)
        _run([_BIN / "pip", "install", "--quiet", *_NEEDS, f"starlette=={version('starlette')}"])
    _run([_BIN / "pip", "install", "--quiet", "--editable", ROOT])


def _redbot() -> Iterator[str]:
    """REDbot's findings on each kind of answer, direct and through the gateway."""
    click.echo("## REDbot\n\n| answer | findings, direct | through the gateway | new |")
    click.echo("| --- | --- | --- | --- |")
    for kind, raw in _KINDS.items():

        def script(wire, raw=raw) -> None:  # type: ignore[no-untyped-def]
            while (request := wire.request()) is not None:
                head = raw.partition(b"\r\n\r\n")[0]
                if b'"shared"' in (request.value(b"if-none-match") or b""):
                    kept = [line for line in head.split(b"\r\n")[1:] if b"Content-" not in line]
                    wire.send(b"\r\n".join([b"HTTP/1.1 304 Not Modified", *kept, b"", b""]))
                else:
                    wire.send(head + b"\r\n\r\n" if request.method == "HEAD" else raw)

        with in_front_of(script) as (gateway, upstream):
            direct, through = _findings(upstream.port), _findings(gateway.port)
        new = sorted(through - direct)
        click.echo(f"| {kind} | {len(direct)} | {len(through)} | {len(new)} |")
        yield from (f"REDbot, {kind}: {finding}" for finding in new)
    click.echo("")


# Findings that speak for an answer; what the gateway does better than the upstream is no fault.
_PRAISE = re.compile(
    r"^(Content negotiation for .* is supported|If-None-Match conditional requests are supported"
    r"|The Content-Length header is correct)"
)


def _findings(port: int) -> set[str]:
    done = subprocess.run(
        [_BIN / "redbot", "-o", "text", f"http://127.0.0.1:{port}/a"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found = re.findall(r"^  \* (.+)$", done.stdout, re.MULTILINE)
    if not found:
        raise SystemExit(f"REDbot says nothing: {done.stdout} {done.stderr}")
    return {re.sub(r"[0-9]+", "N", one) for one in found if not _PRAISE.match(one)}


def _starlette() -> Iterator[str]:
    """Starlette's tests of its middleware and static files, bare and in adweave."""
    name = f"starlette-{version('starlette')}"
    if not (_VENV / name).exists():
        _run([_BIN / "pip", "download", "--quiet", "--no-deps", "--no-binary", "starlette",
              "--dest", _VENV, name.replace("-", "==")])  # fmt: skip
        _run(["tar", "xzf", _VENV / f"{name}.tar.gz", "-C", _VENV])
    bare, around = _results(_VENV / name), _results(_VENV / name, "-p", "around")
    passed = sum(outcome == "PASSED" for outcome in around.values())
    click.echo(f"## {name}'s own tests\n\n{len(bare)} tests, {passed} pass with adweave around.\n")
    for test in sorted(bare.keys() | around.keys()):
        if bare.get(test) != around.get(test):
            yield f"{test}: {bare.get(test)} without adweave, {around.get(test)} with it"


def _results(folder: Path, *options: str) -> dict[str, str]:
    done = subprocess.run(
        [_BIN / "python", "-m", "pytest", "-v", "-p", "no:cacheprovider", "--color=no",
         *options, *_STARLETTE_TESTS],
        cwd=folder, capture_output=True, text=True, timeout=600, check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parent),
            "ADWEAVE_SUITE_PLACEMENTS": str(ROOT / "placements"),
        },
    )  # fmt: skip
    found = re.findall(r"^(tests/\S+?(?:\[.*\])?) ([A-Z]+)", done.stdout, re.MULTILINE)
    if not found:
        raise SystemExit(f"no test ran: {done.stdout[-2000:]} {done.stderr[-2000:]}")
    return dict(found)


def _run(command: list[object]) -> None:
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed: {done.stderr[-2000:]}")


if __name__ == "__main__":
    main()
