"""Start the newspaper with adweave in front, to look at: `python -m tests.cms.wagtail`.

A folder keeps what you write there for the next time; without one it goes when you end it.
"""

from __future__ import annotations

import argparse
import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path

from .articles import ARTICLES
from .publish import EDITOR, PASSWORD
from .running import HOST, gateway, newspaper


def main() -> int:
    """Serve until Ctrl-C."""
    options = argparse.ArgumentParser(prog="python -m tests.cms.wagtail", description=__doc__)
    options.add_argument(
        "--folder", type=Path, help="keep the site here (default: a temporary one)"
    )
    options.add_argument("--port", type=int, default=0, help="of the gateway (default: a free one)")
    chosen = options.parse_args()
    try:
        with ExitStack() as stack:
            folder = chosen.folder or Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="adweave-wagtail-"))
            )
            folder.mkdir(parents=True, exist_ok=True)
            print("building the newspaper (the first time takes some seconds)", flush=True)
            hosts = f"{HOST},127.0.0.1,localhost"
            wagtail = stack.enter_context(newspaper(folder, hosts))
            woven = stack.enter_context(gateway(wagtail, folder, port=chosen.port))
            for article in ARTICLES:
                print(f"{article.language}        {woven.url}/{article.language}/{article.slug}/")
            print(f"editor    {woven.url}/admin/   user: {EDITOR}   password: {PASSWORD}")
            print(f"as Wagtail sends it, without adweave: {wagtail.url}/")
            print(f"edit the placements while it runs: {folder / 'placements'}")
            print("Ctrl-C ends it.", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        print("\nended")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
