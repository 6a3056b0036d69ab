"""`adweave init`: write the commented example folder to start from. Overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import click

from adweave.cli.ends import refuse
from adweave.placements import example_files


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Write a commented placements folder into DIR.

    It weaves any site's articles as it stands. Files that are there already stay: if DIR has
    one of the same name, nothing is written.

    Exit codes: 0 done, 2 nothing was written, or not all.
    """
    files = example_files()
    if folder.exists() and not folder.is_dir():
        refuse(f"{folder} is a file. Name a folder: `adweave init placements`.")
    taken = [path for path in files if (folder / path).exists() or (folder / path).is_symlink()]
    if taken:
        for path in taken:
            click.echo(f"{folder / path} is there already.", err=True)
        refuse("Nothing was written. Name another folder, or move these files away first.")
    try:
        for path, content in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:  # never over a file that came in the meantime
                file.write(content)
            click.echo(f"wrote {target}")
    except OSError as error:
        reason = error.strerror or str(error)
        refuse(f"Writing {error.filename} failed: {reason}. Name another folder.")
    click.echo(
        f"\nNext: read {folder / 'layouts' / 'article.toml'}, then\n"
        f"  adweave check {folder}\n"
        f"  adweave serve --upstream URL --placements {folder}"
    )
