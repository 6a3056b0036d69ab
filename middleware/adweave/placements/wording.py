"""The validator's findings in words that people use.

Takes pydantic's error details and gives sentences that follow `key = value`: what was found and
what is allowed, with the nearest guess for a misspelt word. Knows the models' keys by looking at
them, so a new key needs nothing here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from adweave.placements.positions import Path
from adweave.placements.values import VIEWPORTS, hint, kind_of, one_of

# Lists of tables, each entry of which has a name to call it by.
LIST_KEYS = ("placement", "variant", "expect")

# Keys that the format will have: it says more of them than "unknown".
LATER_KEYS = frozenset({"delivery"})

# What to write for a key that must be there.
EXAMPLES = {
    "name": 'name = "inline"',
    "kind": 'kind = "inline"',
    "layout": 'layout = "article"',
    "weight": "weight = 0.5",
    "every": 'every = "60s"',
    "sponsor": 'sponsor = "Name of the party"',
    "notice": 'notice = "/about-this-ad"',
    "slot": 'slot = "1234567890"',
    "unit": 'unit = "/1234567/news/{placement}"',
    "src": 'src = "/prebid.js"',
    "client": 'client = "ca-pub-1234567890123456"',
    "url": 'url = "https://ads.example/serve?p={placement}"',
    "bidder": 'bidder = "appnexus"',
    "countries": 'countries = ["DE", "FR"]',
    "require": 'require = "tcf"',
    "metric": 'metric = "scroll_depth"',
    "range": "range = [0.0, 0.5]",
    "at": "at = 2026-03-01",
    "traffic": "traffic = 0.1",
}
_WANTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": 'a text in quotes, such as "text"',
    "bool_type": "true or false, without quotes",
    "tuple_type": "a list, such as [ ... ]",
    "model_type": "a table",
    "dict_type": "a table",
}
_BOUNDS = {
    "greater_than_equal": ("is too small; at least {ge:g} is allowed", "ge"),
    "greater_than": ("is too small; more than {gt:g} is allowed", "gt"),
    "less_than_equal": ("is too large; at most {le:g} is allowed", "le"),
    "less_than": ("is too large; less than {lt:g} is allowed", "lt"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about the value (or key) at `path`."""

    path: Path
    sentence: str
    code: str
    shows_value: bool = True
    at_key: bool = False
    is_missing: bool = False


def finding_for(model: type[BaseModel], detail: ErrorDetails) -> Finding:
    """Pydantic's error detail, found while `model` was validated, for people."""
    path: Path = detail["loc"]
    kind, found = detail["type"], detail["input"]
    context = detail.get("ctx", {})
    if kind == "adweave":
        return Finding(path, context["sentence"], context["code"])
    if kind == "missing":
        return _missing(path)
    if kind == "extra_forbidden":
        return _unknown_key(path, _keys_at(model, path[:-1]))
    if kind == "literal_error":
        return Finding(path, _unlike(found, context["expected"]), "unknown-value")
    if kind in _BOUNDS:
        sentence, _ = _BOUNDS[kind]
        return Finding(path, sentence.format(**context), "out-of-bounds")
    if kind in ("finite_number", "int_parsing_size"):
        return Finding(path, "is not a number that can be used", "out-of-bounds")
    wanted = _WANTED.get(kind)
    if wanted is None:  # better the validator's words than none, and than a load that breaks off
        message = detail["msg"]
        return Finding(path, f"can't be used: {message[:1].lower()}{message[1:]}", "bad-value")
    if path and path[-1] in LIST_KEYS:
        wanted = f"a list of tables, each under [[{path[-1]}]]"
    elif kind in ("model_type", "dict_type") and path and isinstance(path[-1], str):
        wanted = f"a table, under [{path[-1]}]"
    if kind.startswith("int_") and isinstance(found, float):
        return Finding(path, f"is not whole; write {wanted}", "wrong-type")
    return Finding(path, f"is {kind_of(found)}; write {wanted}", "wrong-type")


def where(path: Path, values: dict[str, object]) -> tuple[str, str]:
    """How a path is called: `placement "inline": ` and `every.mobile`.

    An entry of a list of tables is called by its name, or by its number where it has none.
    """
    prefix, rest = "", path
    if len(path) >= 2 and path[0] in LIST_KEYS and isinstance(path[1], int):
        entries = values.get(str(path[0]))
        entry = entries[path[1]] if isinstance(entries, list) else None
        name = entry.get("name") if isinstance(entry, dict) else None
        called = f'"{name}"' if isinstance(name, str) and name else str(path[1] + 1)
        prefix, rest = f"{path[0]} {called}: ", path[2:]
    shown = ".".join(str(part) for part in rest if isinstance(part, str))
    return prefix, shown


def _missing(path: Path) -> Finding:
    key = str(path[-1])
    if key in VIEWPORTS:
        others = " and ".join(VIEWPORTS)
        sentence = f'has no "{key}"; write one value for all viewports, or {others} both'
        return Finding(path[:-1], sentence, "missing", is_missing=True)
    sentence = f"{key} is missing; write {EXAMPLES.get(key, f'{key} = ...')}"
    return Finding(path[:-1], sentence, "missing", shows_value=False, is_missing=True)


def _unknown_key(path: Path, keys: tuple[str, ...]) -> Finding:
    key = str(path[-1])
    inside = "" if len(path) < 2 or not isinstance(path[-2], str) else f" in {path[-2]}"
    if key in LATER_KEYS:
        sentence = f'key "{key}"{inside} is not in this version; take it out'
        code = "not-in-this-version"
    elif key == "pages" and path[:-1] == ("target",):
        sentence = 'key "pages" stands outside of [target], at the top of a layout'
        code = "unknown-key"
    else:
        sentence = f'unknown key "{key}"{inside}; keys are {", ".join(keys)}{hint(key, keys)}'
        code = "unknown-key"
    return Finding(path, sentence, code, shows_value=False, at_key=True)


def _unlike(found: object, expected: str) -> str:
    options = tuple(re.findall(r"'([^']*)'", expected))
    if not options:  # numbers
        return f"is not allowed; write {expected}"
    allowed = f"write {one_of(options)}"
    if not isinstance(found, str):
        return f"is {kind_of(found)}; {allowed}"
    return f"is not allowed; {allowed}{hint(found, options)}"


def _keys_at(model: type[BaseModel], path: Path) -> tuple[str, ...]:
    """The keys of the table at `path` inside a file of this model."""
    current: object = model
    for part in path:
        current = _element(current) if isinstance(part, int) else _field(current, str(part))
    table = _table(current)
    if table is None:
        return ()
    return tuple(name for name in table.model_fields if not (table is model and name == "name"))


def _table(annotation: object) -> type[BaseModel] | None:
    """The model that an annotation holds, optional or annotated as it may be."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType, Annotated):
        for argument in get_args(annotation):
            if argument is not NoneType and (found := _table(argument)) is not None:
                return found
    return None


def _field(annotation: object, name: str) -> object:
    table = _table(annotation)
    if table is None or name not in table.model_fields:
        return None
    return table.model_fields[name].annotation


def _element(annotation: object) -> object:
    arguments = get_args(annotation)
    return arguments[0] if arguments else None
