"""JSON Schemas of the folder's files, for editors: from the very models that read them.

A schema says what a key may hold and what it means; what concerns several keys or files is
`adweave check`'s to say. TOML files name their schema in a comment, `#:schema
../schemas/layout.json`, which taplo and the editors built on it read. Their dates come to a
schema as texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import cast

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from adweave.placements.demand import Refresh
from adweave.placements.expectations import Expectations
from adweave.placements.experiments import Experiment
from adweave.placements.labels import LabelOverride
from adweave.placements.layouts import Layout
from adweave.placements.settings import Settings
from adweave.placements.values import VIEWPORTS

SCHEMAS_FOLDER = "schemas"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"

# The file of `schemas/` for each kind of file, and its model.
_MODELS: Mapping[str, type[BaseModel]] = {
    "site": Settings,
    "layout": Layout,
    "experiment": Experiment,
    "labels": LabelOverride,
    "tests": Expectations,
}
_WHERE = {
    "site": "site.toml",
    "layout": "layouts/NAME.toml",
    "experiment": "experiments/NAME.toml",
    "labels": "labels/LANG.toml",
    "tests": "tests/NAME.toml",
}
_VIEWPORT_WORDS = {
    "mobile": "In windows narrower than 768 px.",
    "desktop": "In windows of 768 px and more.",
}

# The short form of a refresh, beside its table.
_REFRESH = {
    "type": "string",
    "pattern": r"^(off|\s*[1-9]\d{0,4}\s*s\s*)$",
    "examples": ["60s", "off"],
}

Schema = dict[str, object]


def schemas() -> dict[str, Schema]:
    """The schema of each kind of file, by the name of its file in `schemas/` without `.json`."""
    return {name: _schema(name, model) for name, model in _MODELS.items()}


def schema_files() -> dict[str, bytes]:
    """Contents by path relative to the placements folder: `schemas/layout.json` and the others."""
    return {
        f"{SCHEMAS_FOLDER}/{name}.json": json_text(schema).encode()
        for name, schema in schemas().items()
    }


def json_text(schema: Schema) -> str:
    """A schema as it is written to a file."""
    return json.dumps(schema, indent=2, ensure_ascii=True) + "\n"


def _schema(name: str, model: type[BaseModel]) -> Schema:
    made = cast("Schema", model.model_json_schema(mode="validation"))
    models = {each.__name__: each for each in tables_in(model)}
    definitions = cast("dict[str, Schema]", made.pop("$defs", {}))
    _finish(made, model, is_file=True)
    for title, definition in definitions.items():
        found = models.get(title)
        if found is not None:
            _finish(definition, found)
    defined = {title: _per_viewport(each) for title, each in definitions.items()}
    names = _short_names(defined)
    about: Schema = {"$schema": _DIALECT, "title": _WHERE[name]}
    whole = {**about, **made, "$defs": {names[title]: each for title, each in defined.items()}}
    whole = cast("Schema", _trimmed({**whole, "title": _WHERE[name]}, names))
    if not defined:
        del whole["$defs"]
    return whole


def _short_names(definitions: Mapping[str, Schema]) -> dict[str, str]:
    """Names for definitions: tables have their own, values by viewport are numbered."""
    names: dict[str, str] = {}
    for title in sorted(definitions):
        is_table = title.isidentifier() and "PerViewport" not in title
        count = sum(name.startswith("PerViewport") for name in names.values())
        names[title] = title if is_table else f"PerViewport{count + 1}"
    return names


def _trimmed(value: object, names: Mapping[str, str]) -> object:
    """Without null, which TOML can't say, and with short names of definitions."""
    if isinstance(value, list):
        return [_trimmed(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    found = {key: _trimmed(each, names) for key, each in value.items()}
    reference = found.get("$ref")
    if isinstance(reference, str):
        found["$ref"] = f"#/$defs/{names[reference.rpartition('/')[2]]}"
    options = found.get("anyOf")
    if isinstance(options, list):
        options = [option for option in options if option != {"type": "null"}]
        if len(options) == 1 and isinstance(options[0], dict):
            del found["anyOf"]
            found = {**options[0], **found}
        else:
            found["anyOf"] = options
    return found


def _finish(schema: Schema, model: type[BaseModel], *, is_file: bool = False) -> None:
    """Put a table's schema into the words of its file: names, defaults, what may be left out."""
    schema["description"] = _plain((model.__doc__ or "").strip().splitlines()[0])
    properties = cast("dict[str, Schema]", schema.get("properties", {}))
    for key, property_ in properties.items():
        field = model.model_fields[key]
        property_.pop("title", None)
        property_.pop("default", None)
        property_["description"] = _plain(field.description or "")
        if _holds(field.annotation, Refresh):
            property_["anyOf"] = [{**_REFRESH}, *cast("list[object]", property_["anyOf"])]
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        shown = _written(default)
        if shown is not None:
            property_["default"] = shown
    if is_file and "name" in cast("list[str]", schema.get("required", [])):
        required = [key for key in cast("list[str]", schema["required"]) if key != "name"]
        schema["required"] = required
        if not required:
            del schema["required"]
    schema.pop("title", None)


def _holds(annotation: object, model: type[BaseModel]) -> bool:
    return annotation is model or any(
        _holds(each, model) for each in getattr(annotation, "__args__", ())
    )


def _per_viewport(definition: Schema) -> Schema:
    """One value for all viewports, or a table with one each."""
    properties = definition.get("properties")
    if not isinstance(properties, dict) or set(properties) != set(VIEWPORTS):
        return definition
    sides: dict[str, Schema] = {}
    for viewport, value in properties.items():
        bare = {key: each for key, each in value.items() if key != "title"}
        sides[viewport] = {**bare, "description": _VIEWPORT_WORDS[viewport]}
    one = {key: each for key, each in sides[VIEWPORTS[0]].items() if key != "description"}
    return {
        "anyOf": [
            one,
            {
                "type": "object",
                "properties": sides,
                "required": list(VIEWPORTS),
                "additionalProperties": False,
            },
        ]
    }


def _written(value: object) -> object:
    """A default as it would be written in TOML; None where there is nothing to write."""
    if isinstance(value, BaseModel):
        if set(type(value).model_fields) != set(VIEWPORTS):
            return None
        sides = [_written(getattr(value, viewport)) for viewport in VIEWPORTS]
        if any(side is None for side in sides):
            return None
        return sides[0] if sides[0] == sides[1] else dict(zip(VIEWPORTS, sides, strict=True))
    if hasattr(value, "unit"):
        return str(value)
    plain = to_jsonable_python(value)
    return None if plain in (None, "", [], {}) else plain


def tables_in(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The tables that a file of this model may hold, however deep."""
    seen: set[type[BaseModel]] = set()
    waiting: list[object] = [model]
    while waiting:
        found = waiting.pop()
        if isinstance(found, type) and issubclass(found, BaseModel):
            if found not in seen:
                seen.add(found)
                yield found
                waiting += [field.annotation for field in found.model_fields.values()]
        else:
            waiting += getattr(found, "__args__", ())


def _plain(text: str) -> str:
    """Documentation's Markdown as editors show it: most render it, and none minds backticks."""
    return " ".join(text.replace("``", "`").split())
