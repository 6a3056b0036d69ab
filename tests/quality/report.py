"""Verdicts added up: rows of figures per source and language group, and the worst pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .run import Result

# An article this long should carry a slot (200 words, as the layouts that ship ask for).
ARTICLE_WORDS = 200


@dataclass(slots=True)
class Figures:
    """Counts over a set of pages; shares are properties, None where nothing was counted."""

    pages: int = 0
    woven: int = 0
    errors: int = 0
    integrity: int = 0  # pages whose own bytes are changed, or whose insertions are wrong
    parity: int = 0  # pages whose tree differs
    purity: Counter[str] = field(default_factory=Counter)  # pages, by extractor
    impure: int = 0  # pages where any extractor reads otherwise
    slots: int = 0
    faulty: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    truth_slots: int = 0
    inside: int = 0
    articles: int = 0
    covered: int = 0
    one_clean: int = 0
    all_clean: int = 0
    labelled: int = 0
    labels_right: int = 0
    stray: int = 0  # slots on pages that are no article of that length
    on_listings: int = 0

    def add(self, result: Result) -> None:
        """Count one page."""
        page, verdict = result.page, result.verdict
        self.pages += 1
        self.woven += verdict.is_woven
        self.errors += bool(result.error)
        self.integrity += bool(verdict.integrity or verdict.notes)
        self.parity += bool(verdict.parity)
        self.purity.update(verdict.purity)
        self.impure += bool(verdict.purity)
        self.slots += len(verdict.slots)
        self.faulty += verdict.faulty_slots
        self.faults.update(fault for slot in verdict.slots for fault in slot.faults)
        self.truth_slots += sum(slot.inside is not None for slot in verdict.slots)
        self.inside += sum(slot.inside is True for slot in verdict.slots)
        if is_long_article(result):
            self.articles += 1
            self.covered += bool(verdict.slots)
            self.one_clean += len(verdict.slots) > verdict.faulty_slots
            self.all_clean += bool(verdict.slots) and not verdict.faulty_slots
        elif page.facts.kind not in ("torture", "article"):
            self.stray += len(verdict.slots)
        if page.facts.kind == "listing":
            self.on_listings += len(verdict.slots)
        if verdict.labels is not None:
            self.labelled += 1
            self.labels_right += not verdict.labels


def is_long_article(result: Result) -> bool:
    """Whether the page is an article that should carry a slot."""
    facts = result.page.facts
    return facts.kind == "article" and facts.body_words >= ARTICLE_WORDS


def figures_of(results: Iterable[Result]) -> Figures:
    """All results in one row."""
    figures = Figures()
    for result in results:
        figures.add(result)
    return figures


def badness(result: Result) -> float:
    """How bad a page is, for naming the worst: a broken page outweighs any misplaced slot."""
    verdict = result.verdict
    score = 100.0 * bool(result.error) + 50.0 * bool(verdict.integrity or verdict.notes)
    score += 40.0 * bool(verdict.parity) + 20.0 * len(verdict.purity)
    if result.page.facts.kind == "torture":
        return score  # where a slot stands in such a page says little
    score += sum(2.0 for slot in verdict.slots if slot.faults)
    score += sum(1.0 for slot in verdict.slots if slot.inside is False)
    score += 3.0 * bool(verdict.labels)
    if is_long_article(result) and not verdict.slots:
        score += 4.0
    if result.page.facts.kind == "listing":
        score += 10.0 * len(verdict.slots)
    return score


COLUMNS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("pages", lambda f: str(f.pages)),
    ("articles", lambda f: str(f.articles)),
    ("with slot", lambda f: share(f.covered, f.articles)),
    ("a clean one", lambda f: share(f.one_clean, f.articles)),
    ("all clean", lambda f: share(f.all_clean, f.articles)),
    ("slots", lambda f: str(f.slots)),
    ("faulty", lambda f: share(f.faulty, f.slots)),
    ("inside", lambda f: share(f.inside, f.truth_slots)),
    ("labels", lambda f: share(f.labels_right, f.labelled)),
    ("bytes", lambda f: str(f.integrity)),
    ("tree", lambda f: str(f.parity)),
    ("text", lambda f: str(f.impure)),
    ("stray", lambda f: str(f.stray)),
)


def table(results: list[Result]) -> str:
    """The whole report of one weaver, in Markdown."""
    lines = [row("", [name for name, _ in COLUMNS])]
    lines.append("|" + " --- |" * (len(COLUMNS) + 1))
    # Torture pages are for bytes, tree and text: where a slot stands in them says little.
    real = [result for result in results if result.page.facts.kind != "torture"]
    torture = [result for result in results if result.page.facts.kind == "torture"]
    for name, key in (("source", source_of), ("language", group_of)):
        for value in sorted({key(result) for result in real}):
            figures = figures_of(result for result in real if key(result) == value)
            lines.append(row(f"{name}: {value}", [cell(figures) for _, cell in COLUMNS]))
    everything = figures_of(real)
    lines.append(row("**all real pages**", [cell(everything) for _, cell in COLUMNS]))
    if torture:
        lines.append(row("torture", [cell(figures_of(torture)) for _, cell in COLUMNS]))
    lines += ["", "Faults by kind: " + _counts(everything.faults)]
    whole = figures_of(results)
    lines += ["", "Other text than before, by extractor: " + _counts(whole.purity)]
    lines += ["", f"Slots on listings: {whole.on_listings}. Errors: {whole.errors}."]
    lines += ["", "The ten worst pages:", ""]
    worst = sorted((r for r in results if badness(r)), key=badness, reverse=True)[:10]
    lines += [f"- `{result.page.id}`: {complaint(result)}" for result in worst] or ["- none"]
    return "\n".join(lines)


LEGEND = """\
with slot: articles of 200 words or more that carry a slot; a clean one, all clean: ... and of
those slots one, or all, at places without fault;
faulty: slots at a faulty place; inside: slots between the first and last true paragraph, where
all are known; labels: pages labelled in the article's language, where it is sure; bytes, tree,
text: pages whose own bytes, tree or extracted text changed; stray: slots on other pages."""


def complaint(result: Result) -> str:
    """What is wrong with one page, in a line."""
    verdict = result.verdict
    said = [result.error, *verdict.integrity, *verdict.notes]
    if verdict.parity:
        said.append(f"tree ({verdict.parity_second_voice}): {verdict.parity}")
    if verdict.purity:
        said.append("other text for " + ", ".join(verdict.purity))
    for number, slot in enumerate(verdict.slots, 1):
        troubles = list(slot.faults) + (["outside the body"] if slot.inside is False else [])
        if troubles:
            said.append(f"slot {number} {', '.join(troubles)}")
    said += verdict.labels or ()
    if is_long_article(result) and not verdict.slots:
        said.append(f"article of {result.page.facts.body_words} words without a slot")
        said.append(result.status)
    if result.page.facts.kind == "listing" and verdict.slots:
        said.append(f"{len(verdict.slots)} slots on a listing")
    return "; ".join(part for part in said if part)[:400]


def source_of(result: Result) -> str:
    """The repository that the page came with."""
    return result.page.source


def group_of(result: Result) -> str:
    """The script, and the language where it is common."""
    return result.page.group


def share(part: int, whole: int) -> str:
    """A percentage, or "-" of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common()) or "none"


def row(name: str, cells: list[str]) -> str:
    """A row of a Markdown table."""
    return f"| {name} | " + " | ".join(cells) + " |"
