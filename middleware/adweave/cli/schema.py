"""`adweave schema`: JSON Schemas of the folder's files, with which editors complete and check."""

from __future__ import annotations

from pathlib import Path

import click

from adweave.cli.ends import refuse
from adweave.placements import SCHEMAS_FOLDER, json_text, schema_files, schemas


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), required=False)
@click.option(
    "--file",
    "name",
    type=click.Choice(sorted(schemas())),
    help="Print the schema of one kind of file.",
)
def schema(folder: Path | None, name: str | None) -> None:
    """Write JSON Schemas of the files in the placements folder DIR to DIR/schemas.

    Editors with a TOML language server (taplo, Even Better TOML) complete and check files that
    begin with a line such as `#:schema ../schemas/layout.json`, as those of `adweave init` do.
    Run it again after an update. Without DIR the schemas are printed as one JSON object.

    Exit codes: 0 done, 2 wrong input.
    """
    if name is not None:
        click.echo(json_text(schemas()[name]), nl=False)
        return
    if folder is None:
        click.echo(json_text({**schemas()}), nl=False)
        return
    if not folder.is_dir():
        refuse(f"{folder} is not a folder; `adweave init {folder}` writes one to start from.")
    try:
        (folder / SCHEMAS_FOLDER).mkdir(exist_ok=True)
        for path, content in schema_files().items():
            (folder / path).write_bytes(content)
            click.echo(f"wrote {folder / path}")
    except OSError as error:
        reason = error.strerror or str(error)
        refuse(f"Writing {error.filename} failed: {reason}.")
