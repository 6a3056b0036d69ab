"""`adweave test`: the folder's own tests, run on stored pages."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as xml

import click

from adweave.cli.check import problem_object
from adweave.cli.ends import refuse
from adweave.cli.explanation import as_text
from adweave.cli.pages import junit_option, one_at_most_on_stdout, read_target, written
from adweave.cli.selection import folder_argument, site_or_exit
from adweave.http import REASONS
from adweave.placements import Expected, ReadTests, read_tests
from adweave.review import NotAPage, Page, Result, run_expectation

_WIDTH = 80


@click.command()
@folder_argument
@click.option("-k", "words", metavar="WORDS", help="Only the tests whose name has these words.")
@click.option("--brief", is_flag=True, help="Say what failed without the explanation of the page.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: ok, results, problems.")
@junit_option
def test(folder: Path, words: str | None, brief: bool, as_json: bool, junit: Path | None) -> None:
    """Run the tests in DIR/tests (default: ADWEAVE_PLACEMENTS, else ./placements).

    Each [[expect]] in tests/NAME.toml names stored pages or URLs and says what must hold there:
    how many slots, how far apart, in which language, or why none. What fails is printed with
    the explanation of the page.

    Exit codes: 0 all hold, 1 some do not, 2 wrong input, 3 a URL can't be reached.
    """
    one_at_most_on_stdout(json=as_json, junit=str(junit) == "-")
    site = site_or_exit(folder)
    read = read_tests(folder, site, REASONS)
    if any(problem.is_error for problem in read.problems):
        _refuse(folder, read, as_json)
    chosen = [
        each
        for each in read.expected
        if words is None or words.casefold() in each.expectation.name.casefold()
    ]
    if not chosen:
        if read.expected:
            names = ", ".join(f'"{each.expectation.name}"' for each in read.expected)
            refuse(f'No test has the words "{words}" in its name. There are: {names}.')
        refuse(f"There are no tests in {folder}/tests: write NAME.toml there, with [[expect]].")
    results: list[tuple[Expected, Result]] = []
    quiet = as_json or str(junit) == "-"
    for each in chosen:
        try:
            for result in run_expectation(each.expectation, _pages(folder, each), site):
                results.append((each, result))
                if not quiet:
                    _print(each, result, brief)
        except NotAPage as fault:
            raise click.UsageError(f"{each.file}:{each.line}: {fault}") from None
    if as_json:
        click.echo(json.dumps(_document(results, read), ensure_ascii=False, indent=2))
    if junit is not None:
        written(junit, _junit(results))
    failed = sum(not result.holds for _, result in results)
    if not quiet:
        click.echo(_summary(len(results), failed))
    if failed:
        raise SystemExit(1)


def _pages(folder: Path, each: Expected) -> Sequence[Callable[[], Page]]:
    path = each.expectation.path
    files = [partial(_stored, file, folder, path) for file in each.files]
    return [*files, *(partial(read_target, url, path) for url in each.urls)]


def _stored(file: Path, folder: Path, path: str | None) -> Page:
    page = read_target(str(file), path)
    name = file.relative_to(folder).as_posix()
    return Page(name, page.path, page.body, page.fields)


def _refuse(folder: Path, read: ReadTests, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_document([], read), ensure_ascii=False, indent=2))
        raise SystemExit(2)
    refuse(f"Mend the tests in {folder} first.", read.problems)


def _print(each: Expected, result: Result, brief: bool) -> None:
    mark = click.style("ok", fg="green") if result.holds else click.style("FAILED", fg="red")
    click.echo(f"{mark}  {each.expectation.name}  [{result.page}]")
    if result.holds:
        return
    for failure in result.failures:
        for line in textwrap.wrap(
            f"{each.file}:{each.line}: {failure}", _WIDTH, initial_indent="    ",
            subsequent_indent="      ",
        ):  # fmt: skip
            click.echo(line)
    if result.explanation is not None and not brief:
        click.echo()
        click.echo(as_text(result.explanation))
        click.echo()


def _summary(count: int, failed: int) -> str:
    total = "1 page" if count == 1 else f"{count} pages"
    if not failed:
        return f"{total} tested, all as expected."
    return f"{total} tested, {failed} not as expected."


def _document(results: Sequence[tuple[Expected, Result]], read: ReadTests) -> dict[str, object]:
    return {
        "ok": bool(results) and all(result.holds for _, result in results),
        "results": [
            {
                "file": each.file,
                "line": each.line,
                "name": each.expectation.name,
                "page": result.page,
                "ok": result.holds,
                "failures": list(result.failures),
            }
            for each, result in results
        ],
        "problems": [problem_object(problem) for problem in read.problems],
    }


def _junit(results: Sequence[tuple[Expected, Result]]) -> str:
    root = xml.Element("testsuites", name="adweave test")
    suites: dict[str, xml.Element] = {}
    for each, result in results:
        suite = suites.get(each.file)
        if suite is None:
            mine = [r for e, r in results if e.file == each.file]
            suite = suites[each.file] = xml.SubElement(
                root,
                "testsuite",
                name=each.file,
                tests=str(len(mine)),
                failures=str(sum(not r.holds for r in mine)),
                errors="0",
            )
        case = xml.SubElement(
            suite, "testcase", classname=each.file, name=f"{each.expectation.name} [{result.page}]"
        )
        if not result.holds:
            failure = xml.SubElement(case, "failure", message=result.failures[0])
            failure.text = "\n".join(result.failures)
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode")
