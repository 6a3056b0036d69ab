"""`adweave preview`: a page with the overlay in the browser, drawn anew when a file is saved."""

from __future__ import annotations

import html
import threading
import webbrowser
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click

from adweave.cli.ends import give_up
from adweave.cli.pages import read_target
from adweave.cli.selection import placements_option, state_folder, state_option
from adweave.placements import Problem, load, version_of
from adweave.review import (
    Comparison,
    NoState,
    NotAPage,
    NotRead,
    Pair,
    Totals,
    comparison_page,
    explanation_of,
    explanation_page,
    live_script,
    opened,
    read_page_at,
)


@click.command()
@click.argument("target", metavar="URL|FILE")
@placements_option
@state_option
@click.option(
    "--against",
    metavar="STATE",
    help="Show the page under this state beside it: a folder, an id of the history, or a git "
    "revision.",
)
@click.option("--path", metavar="PATH", help="The page's path on the site, for a file.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    help="Port on 127.0.0.1. Default: a free one.",
)
@click.option("--no-open", is_flag=True, help="Print the address and open no browser.")
def preview(
    target: str,
    placements: Path,
    state: Path | None,
    against: str | None,
    path: str | None,
    port: int,
    no_open: bool,
) -> None:
    """Show a page with its slots, gaps and distances, and show it anew on every save.

    Serves the page on 127.0.0.1, for this machine only, until Ctrl-C. Edit the layouts meanwhile:
    the browser follows within a second. With --against, before and after stand side by side.

    Exit codes: 0 ended by Ctrl-C, 2 wrong input, 3 the page can't be had or the port is taken.
    """
    read_target(target, path)  # what can't be had is told here, and not in the browser
    kept = state_folder(state, placements)

    def page() -> str:
        return _page(target, path, placements, kept, against)

    try:
        server = _server(port, page, lambda: version_of(placements))
    except OSError as error:
        give_up(
            f"adweave: can't listen on 127.0.0.1:{port}: {error.strerror}. Choose another --port."
        )
    address = f"http://127.0.0.1:{server.server_port}/"
    click.echo(f"{address}  Ctrl-C ends it.")
    if not no_open:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo()
    finally:
        server.server_close()


def _page(target: str, path: str | None, placements: Path, state: Path, against: str | None) -> str:
    """The page to look at, or what keeps it from being made."""
    loaded = load(placements)
    if loaded.site is None:
        return _told(f"{placements} is not valid", loaded.errors)
    try:
        page = read_page_at(target, path)
        if against is None:
            return explanation_page(explanation_of(page, loaded.site))
        with opened(against, placements, state) as old:
            before, after, change = Comparison(old.site, loaded.site).outcomes(page)
        if before is None or after is None:
            return _told(change.fault, ())
        pair = Pair(page, before, after, change)
        return comparison_page([pair], Totals.of([change]), old.label, str(placements))
    except NoState as fault:
        return _told(str(fault), fault.problems)
    except (NotAPage, NotRead) as fault:
        return _told(str(fault), ())


def _told(sentence: str, problems: tuple[Problem, ...]) -> str:
    lines = html.escape("\n".join(str(problem) for problem in problems))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>adweave preview</title>'
        "<style>body{font:16px/1.5 system-ui;margin:3em;max-width:60em}pre{white-space:pre-wrap}"
        f"</style><h1>{html.escape(sentence)}</h1><pre>{lines}</pre></html>"
    )


def _server(port: int, page: Callable[[], str], version: Callable[[], str]) -> ThreadingHTTPServer:
    turn = threading.Lock()  # a page takes all of a core

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            own = f"127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
            if self.headers.get("Host") not in (own, own.replace("127.0.0.1", "localhost")):
                self._say(403, "text/plain", "This is for 127.0.0.1.")  # another site's script
            elif self.path == "/version":
                self._say(200, "text/plain", version())
            elif self.path == "/":
                with turn:
                    self._say(200, "text/html", page() + live_script())
            else:
                self._say(404, "text/plain", "There is nothing here.")

        def _say(self, code: int, kind: str, text: str) -> None:
            body = text.encode("utf-8")
            self.send_response(code)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)
