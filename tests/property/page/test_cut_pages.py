"""Pages that end anywhere: a dropped upstream, a broken template. No cut makes the engine fail."""

from __future__ import annotations

import pytest

from adweave.http import REASONS, PagePassed
from adweave.page import PageDoubt, read_page
from tests.bench.planning import Planner
from tests.fuzz.torture import torture_page
from tests.quality.judge import Facts, integrity_faults, judge

# Every cut is tried; html5lib, who takes a hundred times as long, looks at each of so many.
JUDGED_EACH = 101

SENTENCE = "The ferry left before the tide had made up its mind, and nobody on the quay looked. "


def article(between: str, *, sentence: str = SENTENCE, more: str = "") -> str:
    """Twelve paragraphs, `between` them what parts them."""
    paragraphs = between.join(f"{number}. {sentence * 3}" for number in range(12))
    return (
        "<!doctype html>\n<html lang=en><head><title>Ferry</title></head><body><nav><a href=/>Home"
        f"</a></nav><main><h1>Ferry</h1>\n<p>{paragraphs}</p></main>{more}</body></html>\n"
    )


PAGES = {
    "paragraphs": (article("</p>\n<p>"), "utf-8"),
    "breaks": (article("<br><br>\r\n"), "utf-8"),
    "comments": (article("</p><!-- a -- b --!><![CDATA[x]]>&amp;&notit;<p>"), "utf-8"),
    "scripts": (article("</p><script>if (a < b) c('<p>')</script><!-- x --><p>"), "utf-8"),
    "torture": (article("</p><p>", more=torture_page(4, 1).text), "utf-8"),
    "utf-16le": (article("</p>\n<p>"), "utf-16-le"),
    "shift_jis": (article("</p>\n<p>", sentence="連絡船は潮が満ちる前に、ソフトに出た。"), "cp932"),
    "iso-2022-jp": (article("</p>\n<p>", sentence="連絡船は潮が満ちる前に出た。"), "iso2022_jp"),
}


def _encoded(name: str) -> tuple[bytes, str]:
    text, codec = PAGES[name]
    label = name if "-" in name or "_" in name else "utf-8"
    return text.encode(codec, "xmlcharrefreplace"), label


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_cut_at_any_byte_is_woven_soundly_or_passed_for_a_reason(
    planner: Planner, name: str
) -> None:
    whole, label = _encoded(name)
    content_type = f"text/html; charset={label}"
    woven_count = 0
    for end in range(len(whole) + 1):
        body = whole[:end]
        try:
            woven = planner.woven(body, content_type)
        except PagePassed as passed:
            if passed.reason not in REASONS or passed.reason == "error":
                raise
            continue
        woven_count += 1
        assert not integrity_faults(body, woven, label), end
        if end % JUDGED_EACH == 0 or end > len(whole) - JUDGED_EACH // 2:
            verdict = judge(body, woven, content_type, Facts(), voices={})
            assert (verdict.integrity, verdict.parity, verdict.notes) == ((), "", ()), end
    assert woven_count, "no cut of the page was long enough to be woven"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_known_to_be_cut_is_passed_wherever_the_cut_is(name: str) -> None:
    whole, label = _encoded(name)
    for end in range(0, len(whole) + 1, 97):
        with pytest.raises(PageDoubt) as doubt:
            read_page(whole[:end], f"text/html; charset={label}", complete=False)
        assert doubt.value.reason == "cut"
