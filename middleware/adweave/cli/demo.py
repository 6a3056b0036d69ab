"""`adweave demo`: the newsroom and the gateway in the foreground, in a folder of their own."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import uvloop

from adweave.cli.ends import give_up, refuse
from adweave.demo import demo_folders, run_demo
from adweave.http import bound_socket


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=0, metavar="P",
    help="Port to listen on. Default: a free one.",
)  # fmt: skip
@click.option(
    "--keep", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Keep placements and events in DIR, and go on with those that are there. "
    "Default: a temporary folder, removed at the end.",
)  # fmt: skip
def demo(host: str, port: int, keep: Path | None) -> None:
    """Try adweave: a small newsroom in eight languages, with the gateway in front of it.

    Prints the addresses of its pages. Ctrl-C ends it.

    Exit codes: 0 ended by Ctrl-C, 2 wrong input, 3 the port is taken.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        listening = bound_socket(host, port)
    except OSError as error:
        give_up(
            f"adweave: can't listen on {host}:{port}: {error.strerror or error}. "
            "Leave --port out to take a free one."
        )
    with listening, _root(keep) as root:
        try:
            folders = demo_folders(root)
        except OSError as error:
            refuse(
                f"adweave: can't write {error.filename}: {error.strerror}. Name another --keep DIR."
            )
        uvloop.run(run_demo(folders, listening, click.echo))


@contextlib.contextmanager
def _root(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="adweave-demo-") as folder:
        yield Path(folder)
