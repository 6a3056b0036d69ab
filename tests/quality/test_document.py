"""docs/quality.md is what `make quality` writes: its parts, its names, its explanations."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.quality.__main__ import main
from tests.quality.corpus import ROOT, Page, corpus_root, pages_of
from tests.quality.document import FAULTS, OURS, SECTIONS, document, title_of
from tests.quality.judge import VOICES, Facts, SlotVerdict, Verdict
from tests.quality.judge import faults as judges_faults
from tests.quality.report import COLUMNS
from tests.quality.run import Result
from tests.quality.weavers import WEAVERS

TEXT = (ROOT / "docs" / "quality.md").read_text("utf-8")
COMPARED = [title_of(name) for name in WEAVERS if name != "engine alone"]


def result(*slots: SlotVerdict, name: str = "own/1", kind: str = "article") -> Result:
    facts = Facts(kind=kind, language="el", language_sure=True, body_words=300)
    page = Page(name, "pages/1", name.split("/")[0], "text/html", "utf-8", None, facts)
    return Result(page, Verdict(slots=slots, is_woven=bool(slots)))


def sections(text: str) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_written_page_has_the_parts_that_are_written_now() -> None:
    assert tuple(sections(TEXT)) == SECTIONS
    assert "tuned on this corpus" in TEXT


@pytest.mark.parametrize("section", SECTIONS[:3])
def test_the_written_page_compares_every_weaver(section: str) -> None:
    heading = next(line for line in sections(TEXT)[section].splitlines() if line.startswith("|"))
    assert [cell.strip() for cell in heading.strip("|").split("|")][1:] == COMPARED


def test_the_written_page_has_a_row_for_every_fault_and_extractor() -> None:
    for words in FAULTS.values():
        assert f"| {words} |" in sections(TEXT)["Faults by kind"]
    for voice in (*VOICES, "mozilla-readability"):
        assert f"| {voice} |" in sections(TEXT)["What extractors read"]


def test_every_fault_that_the_judge_knows_has_words() -> None:
    source = Path(judges_faults.__file__).read_text("utf-8")
    for kind in FAULTS:
        side, _, rest = kind.partition("-")
        assert f'"{kind}"' in source or f'{{side}}-{rest}"' in source, kind
        assert side
    named = {*judges_faults._NEVER.values(), *judges_faults._UNLESS_PAGE.values()}
    named |= {*judges_faults._ROLES.values()}
    assert named <= FAULTS.keys()


@pytest.mark.parametrize("section", ["By language", "By source"])
def test_the_written_page_has_the_columns_of_the_report(section: str) -> None:
    heading = next(line for line in sections(TEXT)[section].splitlines() if line.startswith("|"))
    cells = [cell.strip() for cell in heading.strip("|").split("|")]
    assert cells[1:] == [name for name, _ in COLUMNS]


@pytest.mark.corpus
def test_the_written_page_is_about_the_corpus_that_is_there() -> None:
    root = corpus_root()
    if root is None:
        pytest.skip("no page corpus beside the repository")
    pages = {page.id: page for page in pages_of(root)}
    real = [page for page in pages.values() if page.facts.kind != "torture"]
    for group in {page.group for page in real}:
        assert f"\n| {group} |" in sections(TEXT)["By language"]
    for source in {page.source for page in real}:
        assert f"\n| {source} |" in sections(TEXT)["By source"]
    worst = re.findall(r"^\d+\. `(.+?)`: .+$", sections(TEXT)[SECTIONS[5]], re.MULTILINE)
    assert len(worst) <= 10
    assert pages.keys() >= set(worst)
    assert worst or "no page has a complaint" in TEXT


def test_a_page_is_written_from_results_alone() -> None:
    ours = [result(SlotVerdict((), True)), result(name="own/2", kind="listing")]
    rival = [result(SlotVerdict(("list",), False)), result(SlotVerdict((), None), name="own/2")]
    text = document({OURS: ours, "rival": rival}, extractors=["trafilatura"])
    assert tuple(sections(text)) == SECTIONS
    assert "| slots at a faulty place | 0.0 % | 50.0 % |" in text
    assert "| in a list | 0 | 1 |" in text
    assert "\n| Greek | 2 | 1 | 100.0 %" in text
    assert "no page has a complaint" in text


def test_the_worst_pages_are_named_with_their_complaint() -> None:
    text = document({OURS: [result(SlotVerdict(("list",), True))]}, extractors=[])
    assert "1. `own/1`: slot 1 list" in text


def test_a_part_of_a_run_is_not_written_for_readers(tmp_path: Path) -> None:
    target = tmp_path / "quality.md"
    shown = CliRunner().invoke(main, ["--write", str(target), "--fast"])
    assert shown.exit_code == 2
    assert "all weavers, pages and extractors" in shown.output
    assert not target.exists()
