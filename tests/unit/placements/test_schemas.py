"""The schemas that editors use: of the standard, complete, and of one mind with the models."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from adweave.placements import example_files, load, schema_files, schemas

ROOT = Path(__file__).parents[3]
SCHEMAS = schemas()


def as_editors_see(value: object) -> object:
    """TOML's values as JSON: taplo hands dates and times to a schema as texts."""
    if isinstance(value, dict):
        return {key: as_editors_see(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_editors_see(each) for each in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def faults(name: str, toml: str) -> list[str]:
    validator = Draft202012Validator(SCHEMAS[name])
    found = validator.iter_errors(as_editors_see(tomllib.loads(toml)))
    return [error.json_path for error in found]


def properties(schema: object, path: str = "") -> Iterator[tuple[str, dict]]:
    if isinstance(schema, list):
        for number, each in enumerate(schema):
            yield from properties(each, f"{path}[{number}]")
    elif isinstance(schema, dict):
        for key, each in schema.items():
            if key == "properties":
                yield from ((f"{path}.{name}", value) for name, value in each.items())
            yield from properties(each, f"{path}.{key}")


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_schema_of_draft_2020_12(name):
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_says_what_it_means(name):
    found = list(properties(SCHEMAS[name]))
    assert found
    # The two numbers of a range explain themselves by the key that they are under.
    bare = [path for path, each in found if not each.get("description")]
    assert [path for path in bare if not path.endswith((".min", ".max"))] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_default_is_one_that_the_schema_allows(name):
    schema = SCHEMAS[name]
    for path, each in properties(schema):
        if "default" in each:
            validator = Draft202012Validator({**each, "$defs": schema.get("$defs", {})})
            assert list(validator.iter_errors(each["default"])) == [], path


def test_no_key_may_be_null_and_no_definition_is_unused():
    for schema in SCHEMAS.values():
        text = json.dumps(schema)
        assert '"null"' not in text
        for name in schema.get("$defs", {}):
            assert f'"#/$defs/{name}"' in text


def test_the_examples_schemas_are_fresh():
    for path, content in schema_files().items():
        written = ROOT / "placements" / path
        assert written.read_bytes() == content, "run `adweave schema placements`"


def test_the_example_validates_and_names_its_schemas():
    checked = 0
    for path, content in example_files().items():
        if not path.endswith(".toml"):
            continue
        text = content.decode()
        named = re.match(r"#:schema (\S+)\n", text)
        assert named, path
        name = path.split("/")[0].removesuffix(".toml")
        name = {"layouts": "layout", "experiments": "experiment"}.get(name, name)
        target = (ROOT / "placements" / path).parent / named[1]
        assert target.resolve() == ROOT / "placements/schemas" / f"{name}.json"
        assert faults(name, text) == [], path
        checked += 1
    assert checked >= 4


def test_the_folder_of_schemas_is_no_part_of_the_configuration(tmp_path):
    for path, content in example_files().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    loaded = load(tmp_path)
    assert loaded.problems == ()
    (tmp_path / "schemas/layout.json").write_text("{}")
    assert load(tmp_path).site.generation == loaded.site.generation


SLOT = 'pages = ["/**"]\n[[placement]]\nname = "a"\nkind = "inline"\nsizes = [[300, 250]]\n'

# (schema, file): the models read each without an error, and so must the schema.
SOUND = [
    ("site", ""),
    ("site", 'default_language = "pt-BR"\ntime_zone = "Europe/Istanbul"\n'),
    ("site", '[demand.gpt]\nunit = "/1234/a/{placement}"\n'
     'targeting = { a = "b", c = ["d", "e"] }\n'),
    ("site", '[demand.prebid]\nsrc = "/prebid.js"\nconfig = { debug = true }\n'
     '[[demand.prebid.bids]]\nbidder = "appnexus"\nparams = { placementId = 1 }\n'),
    ("site", '[targeting]\ncountry_header = "CF-IPCountry"\n[[consent.region]]\nname = "eea"\n'
     'countries = ["DE"]\nrequire = "tcf"\n'),
    ("site", "[members]\ncookies = { a = true, b = [\"c\"], d = \"e\" }\n"),
    ("site", '[safety]\nmeta = { sensitive = true }\nwords = { en = ["killed"], any = ["x"] }\n'),
    ("layout", SLOT),
    ("layout", SLOT + 'refresh = "60s"\n'),
    ("layout", SLOT + 'refresh = { every = "60s", max = 3 }\n'),
    ("layout", SLOT + 'refresh = "off"\n'),
    ("layout", SLOT + 'political = { sponsor = "a", process = "b", notice = "/c" }\n'),
    ("layout", SLOT + 'reserve = { mobile = "300px", desktop = "250px" }\nlabel_style = "below"\n'),
    ("layout", SLOT + "[placement.schedule]\nstart = 2026-03-01\nend = 2026-03-31T12:00:00\n"
     'days = ["mon"]\nhours = ["06:00-22:00"]\n'),
    ("layout", SLOT + 'target = { pages = ["/a/**"], hosts = ["*.a.org"], languages = ["!en"] }\n'),
    ("layout", SLOT.replace("inline", "selector") + 'selector = "header"\nplace = "after"\n'),
    ("layout", SLOT.replace("inline", "nth") + "n = 3\n"),
    ("labels", 'label = "Ad"\nclose = "Close"\n'),
    ("experiment", 'status = "draft"\n[[variant]]\nname = "a"\nlayout = "b"\nweight = 0.5\n'),
    ("tests", '[[expect]]\nname = "no slot"\npages = ["a.html"]\nslots = 0\n'),
    ("tests", '[[expect]]\nname = "some"\nslots = { min = 3, max = 6 }\n'
     "at = 2026-03-01T06:00:00\n"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "toml"), SOUND)
def test_what_the_models_read_the_schema_allows(name, toml):
    assert faults(name, toml) == []


BROKEN = [
    ("site", 'default_langauge = "en"\n', "$"),
    ("site", "[limits]\nmax_plans = 0\n", "$.limits.max_plans"),
    ("site", '[consent]\nvisitor_id = "always"\n', "$.consent.visitor_id"),
    ("layout", SLOT + 'every = "750"\n', "$.placement[0].every"),
    ("layout", SLOT + 'kind = "inline"\n'.replace("kind", "place"), "$.placement[0].place"),
    ("layout", SLOT.replace('"inline"', '"inlin"'), "$.placement[0].kind"),
    ("layout", SLOT + 'fill = ["gtp"]\n', "$.placement[0].fill[0]"),
    ("layout", SLOT + "max = 0\n", "$.placement[0].max"),
    ("layout", SLOT.replace('name = "a"\n', ""), "$.placement[0]"),
    ("layout", SLOT + "refresh = 60\n", "$.placement[0].refresh"),
    ("layout", SLOT + '[schedule]\ndays = ["monday"]\n', "$.schedule.days[0]"),
    ("layout", 'below_heading = "2 words"\n' + SLOT, "$.below_heading"),
    ("experiment", "traffic = 50\n", "$.traffic"),
    ("labels", 'lable = "Ad"\n', "$"),
]


@pytest.mark.parametrize(("name", "toml", "path"), BROKEN)
def test_an_editor_marks_what_check_would_refuse(name, toml, path):
    assert path in faults(name, toml)
