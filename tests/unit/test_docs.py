"""What the code can do, the docs say; what the docs point at, exists."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import click
import pytest

from adweave.cli import main
from adweave.events import KINDS
from adweave.events import REASONS as EVENT_REASONS
from adweave.http import REASONS
from adweave.placements import base, layouts
from adweave.placements.wording import EXAMPLES, LATER_KEYS
from adweave.review.lint import RULES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _text(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


GENERATED = _generator().pages()


@pytest.mark.parametrize("path", sorted(GENERATED), ids=lambda path: path.name)
def test_generated_pages_are_fresh(path: Path) -> None:
    assert path.exists(), "run `make docs`"
    assert path.read_text(encoding="utf-8") == GENERATED[path], "stale: run `make docs`"


def _commands() -> Iterator[tuple[str, click.Command]]:
    assert isinstance(main, click.Group)
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None, name
        yield name, command


@pytest.mark.parametrize(("name", "command"), list(_commands()))
def test_every_command_and_option_is_documented(name: str, command: click.Command) -> None:
    page = _text("commands.md")
    assert f"\n## adweave {name}\n" in page
    section = page.split(f"\n## adweave {name}\n")[1].split("\n## ")[0]
    assert (command.help or "").split()[:3] == section.split("```")[2].split()[:3]
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.name} has no help"
            for option in parameter.opts:
                assert f"`{option}`" in section, f"adweave {name} {option}"


@pytest.mark.parametrize(("name", "command"), list(_commands()))
def test_every_command_says_its_exit_codes(name: str, command: click.Command) -> None:
    assert "Exit codes: 0" in (command.help or ""), name


def test_every_reason_is_documented() -> None:
    page = _text("status.md")
    for reason, sentence in REASONS.items():
        assert f"| `{reason}` | {sentence}" in page


def test_every_kind_and_reason_of_events_is_documented() -> None:
    page = _text("events.md")
    for name in (*KINDS, *EVENT_REASONS):
        assert f"| `{name}` |" in page


def _models() -> Iterator[type[base.Model]]:
    yield from base.Model.__subclasses__()


@pytest.mark.parametrize("cls", list(_models()), ids=lambda cls: cls.__name__)
def test_every_key_that_must_be_there_has_an_example(cls: type[base.Model]) -> None:
    for key, field in cls.model_fields.items():
        assert not field.is_required() or key in EXAMPLES, key


@pytest.mark.parametrize("cls", list(_models()), ids=lambda cls: cls.__name__)
def test_every_key_is_documented(cls: type[base.Model]) -> None:
    page = _text("placements.md") + _text("tests.md")
    summary = (cls.__doc__ or "").strip().splitlines()[0]
    assert summary in page
    section = page.split(summary)[1].split("\n## ")[0]
    for key, field in cls.model_fields.items():
        assert f"| `{key}` |" in section
        assert (field.description or "?").replace("\n", " ") in section


def test_every_rule_that_explain_names_is_documented() -> None:
    page = _text("explain.md")
    rules = set(_rules_in_the_code())
    assert len(rules) > 10
    for rule in rules:
        assert f"| `{rule}` |" in page


def test_every_rule_of_the_linter_is_documented() -> None:
    page = _text("lint.md")
    for rule in RULES:
        assert f"| `{rule}` |" in page


def _rules_in_the_code() -> Iterator[str]:
    """The names that `layout` gives its rules: first arguments of what makes a check."""
    makers = {"Ruler", "Check", "px", "touch", "rulers_of", "apart_rulers"}
    for path in (ROOT / "middleware/adweave/layout").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in makers
                and node.args
                and isinstance(node.args[0], ast.Constant)
                and isinstance(node.args[0].value, str)
            ):
                yield node.args[0].value


def _dependencies() -> Iterator[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in (
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ):
        match = re.match(r"[\w.-]+", requirement)
        assert match
        if match.group() != project["name"]:
            yield match.group()


def _own_dependencies() -> Iterator[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in project["dependencies"]:
        match = re.match(r"[\w.-]+", requirement)
        assert match
        yield match.group()


def _imported() -> Iterator[str]:
    """The packages that some module of ours imports."""
    for path in (ROOT / "middleware/adweave").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def test_what_everybody_installs_is_used_by_the_package() -> None:
    read_by_zoneinfo = {"tzdata"}
    assert set(_own_dependencies()) - read_by_zoneinfo <= set(_imported())


@pytest.mark.parametrize("name", sorted(set(_dependencies())))
def test_every_dependency_is_accounted_for(name: str) -> None:
    page = (DOCS / "explanation/dependencies.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith(f"| `{name}`")]
    assert len(rows) == 1, f"one line for {name}: what for, why, measured against, licence"
    assert all(cell.strip() for cell in rows[0].strip("|").split("|"))


@pytest.mark.parametrize("name", sorted(set(_dependencies())))
def test_every_dependency_is_pinned(name: str) -> None:
    lock = (ROOT / "requirements/lock.txt").read_text(encoding="utf-8")
    plain = re.sub(r"[-_.]+", "-", name).lower()
    assert re.search(rf"^{re.escape(plain)}==", lock, re.MULTILINE), "run `make lock`"


def test_the_lock_names_no_place() -> None:
    for path in (ROOT / "requirements").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        assert " @ " not in text
        assert not re.search(r"^\s*(-|/)", text, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{page.name}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [_anchor(heading) for heading in headings], target


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_page_is_reached_from_the_contents() -> None:
    contents = (DOCS / "README.md").read_text(encoding="utf-8")
    for page in DOCS.rglob("*.md"):
        relative = page.relative_to(DOCS).as_posix()
        assert relative == "README.md" or f"]({relative})" in contents


def test_what_is_called_not_there_yet_is_not_there() -> None:
    page = (DOCS / "not-there-yet.md").read_text(encoding="utf-8")
    known = {key for each in _models() for key in each.model_fields}
    for key in LATER_KEYS:
        assert f"`{key}`" in page
        assert key not in known, key
    for kind in layouts.KINDS:
        assert f"`{kind}`" not in page


def test_every_command_of_this_version_is_in_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for name, _ in _commands():
        assert name in text


@cache
def _test_files() -> frozenset[str]:
    found: set[str] = set()
    for _, folders, files in os.walk(ROOT / "tests"):
        folders[:] = [name for name in folders if name != "node_modules"]
        found.update(files)
    return frozenset(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_tests_and_modules_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"\btest_\w+\.py\b", text)) <= _test_files()
    own = r"`(tests/(?:unit|quality|browser|cms|chaos|bench)[\w/.-]*|(?:deploy|browser)/[\w/.-]+)`"
    for name in re.findall(own, text):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"`((?:page|layout|slots|events|http|review)/\w+\.py)`", text):
        assert (ROOT / "middleware/adweave" / name).exists(), name
