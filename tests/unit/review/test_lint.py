"""The linter: what it finds in pages, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from adweave.placements import load
from adweave.review import Page, woven
from adweave.review.lint import RULES, LintReport, lint_page
from adweave.review.lint.words import label_languages
from tests import configurations
from tests.golden import SHIPPED
from tests.unit.review.pages import PARAGRAPH, RESERVED, article, page

FRAME = "https://tpc.googlesyndication.com/safeframe/1.html"
GPT = (
    "<script>googletag.cmd.push(function(){googletag.defineSlot('/1/a',[[300,250],[728,90]],"
    "'slot-1');%s});</script>"
)


def report(*parts: str, **keys: str) -> LintReport:
    return lint_page(page(article(*parts, **keys)))


def rules(found: LintReport) -> set[str]:
    return {finding.rule for finding in found.findings}


def test_a_page_without_ads_has_no_findings():
    found = report("12")
    assert not found.findings
    assert found.vendors == ()
    assert [share.value for share in found.shares] == [0, 0]


def test_an_ad_that_is_labelled_reserved_and_far_from_everything_is_left_alone():
    assert not report("9", RESERVED, "9").findings


TALL = RESERVED.replace("274px", "900px")
BREAKING = {
    "density": report("2", TALL, "2", TALL, "2"),
    "first-100px": report("12", before=RESERVED),
    "from-top": report("1", RESERVED, "12"),
    "from-bottom": report("12", RESERVED, "<p>The end of the story is short, and yet it is "
                          "long enough for a paragraph of an article in a paper.</p>"),
    "too-close": report("6", RESERVED, "1", RESERVED, "8"),
    "near-ad": report("6", RESERVED, RESERVED, "8"),
    "near-heading": report("6", "<h2>What comes next</h2>", RESERVED, "8"),
    "near-image": report("6", '<img src="/a.jpg" width="640" height="400">', RESERVED, "8"),
    "out-of-view": report(*("9", RESERVED) * 5, "9"),
    "no-reserve": report("9", '<ins class="adsbygoogle" title="Ads"></ins>', "9"),
    "no-label": report("9", '<div class="ad" style="height:250px"></div>', "9"),
    "wrong-label": report("9", RESERVED.replace("Advertisement", "Reklam"), "9"),
    "ad-text": report("9", f"{RESERVED[:-6]}Advertisement</div>", "9"),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_found_broken_where_it_is(rule: str):
    assert rule in rules(BREAKING[rule])


@pytest.mark.parametrize("rule", RULES)
def test_every_finding_has_a_place_in_the_page_and_a_fix(rule: str):
    body = {"line": 0}
    for finding in BREAKING[rule].findings:
        assert finding.line > 1
        assert finding.col >= 1
        assert finding.fix
        body["line"] = finding.line
    assert body["line"]


def test_a_place_is_the_start_tag_of_the_ad():
    body = article("9", f"<p>é</p>{RESERVED.replace('Advertisement', '')}", "9")
    (finding,) = lint_page(page(body)).findings
    line = body.decode().split("\n")[finding.line - 1]
    assert line[finding.col - 1 :].startswith('<div class="ad"')


def test_density_names_share_and_heights_at_each_viewport():
    found = BREAKING["density"]
    shares = {share.viewport: share for share in found.shares}
    assert shares["mobile"].ads == 2
    assert shares["mobile"].ads_px == 2 * 900
    messages = {f.viewport: f.message for f in found.findings if f.rule == "density"}
    assert set(messages) == {"mobile", "desktop"}
    assert f"({2 * 900} of " in messages["mobile"]
    assert messages["mobile"].endswith("30% are allowed")
    assert found.breaks_better_ads


def test_a_finding_that_holds_at_both_viewports_is_told_once():
    labels = [f for f in BREAKING["no-label"].findings if f.rule == "no-label"]
    assert [finding.viewport for finding in labels] == [""]


def test_ads_are_named_by_who_sells_them():
    found = report(
        "3", '<ins class="adsbygoogle"></ins>', "3",
        '<div class="ad-wrap"><div id="div-gpt-ad-1"></div></div>', "3",
        '<div id="taboola-below"></div>', "3", '<div class="OUTBRAIN"></div>', "3",
        f'<iframe src="{FRAME}" width="300" height="250"></iframe>', "3",
        "<div id='slot-1'></div>", '<div id="unit-7"></div>',
        head=GPT % "" + "<script>pbjs.addAdUnits([{code:'unit-7',mediaTypes:{}}])</script>",
    )  # fmt: skip
    assert dict(found.vendors) == {
        "AdSense": 1, "GPT": 2, "Taboola": 1, "Outbrain": 1, "iframe": 1, "Prebid": 1,
    }  # fmt: skip


def test_an_article_about_ads_has_none():
    about = f'<div class="sponsored"><h2>About ads</h2>{PARAGRAPH}</div>'
    assert report("4", about, '<p class="adress">Ads are ads.</p>', "6").vendors == ()


def test_a_hidden_container_is_no_ad():
    assert report("9", '<div class="ad" style="display:none"></div>', "9").vendors == ()


def test_a_container_for_one_viewport_counts_there_alone():
    shares = {s.viewport: s.ads for s in report("9", RESERVED.replace('"ad"', '"ad mobile"'), "9")
              .shares}  # fmt: skip
    assert shares == {"mobile": 1, "desktop": 0}


def test_height_is_found_in_the_pages_own_style():
    style = "<style>.ad{color:red} @media (min-width:700px){.slot.ad{min-height:90px}}</style>"
    bare = '<div class="ad slot" data-label="Ad"></div>'
    (finding,) = report("9", bare, "9", head=style).findings
    assert (finding.rule, finding.viewport) == ("no-reserve", "mobile")


def test_a_label_is_found_in_generated_content():
    style = '<style>.ad::before{content:"Werbung"}</style>'
    bare = '<div class="ad" style="min-height:250px"></div>'
    (finding,) = report("9", bare, "9", head=style).findings
    assert finding.message == 'the label "Werbung" is de, the article is en'


def test_slots_that_wait_for_the_reader_are_not_out_of_view():
    lazy = RESERVED.replace('class="ad"', 'class="ad lazyload"')
    assert "out-of-view" not in rules(report(*("9", lazy) * 5, "9"))


def test_sizes_of_a_script_are_an_ads_height():
    found = report("9", "<div id='slot-1' data-label='Ad'></div>", "9", head=GPT % "")
    assert {share.viewport: share.ads_px for share in found.shares} == {
        "mobile": 250, "desktop": 250,
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "tr", "de"])
def test_what_adweave_weaves_passes_its_own_linter(lang: str):
    site = load(SHIPPED).site_or_raise()
    body = article("5", "<h2>Next</h2>", "6", '<img src="a.jpg" width="600" height="400">', "9")
    out = woven(page(body.replace(b'lang="en"', f'lang="{lang}"'.encode())), site)
    assert out.body.count(b"<ad-slot ") >= 2
    found = lint_page(out, site.layouts["article"])
    assert [f"{f.rule} {f.message}" for f in found.findings] == []
    assert dict(found.vendors)["adweave"] >= 2


def test_a_single_slot_is_held_to_the_share_that_its_placement_relaxes_to():
    placed = {"relax_to": 0.5, "max": 1, "first": "0px"}
    relaxed = configurations.layout(**placed).model_copy(update={"pages": ("/**",)})
    strict = configurations.layout(**{**placed, "relax_to": 1.0})
    picture = '<img src="a.jpg" width="600" height="400">'
    text = f"<p>{'Nobody counts the letters that come. ' * 4}</p>"
    tight = "\n".join([text, text, picture] * 6)
    out = woven(page(article(tight)), configurations.site(relaxed))
    assert b"<ad-slot " in out.body
    assert not rules(lint_page(out, relaxed)) & {"near-image", "from-top", "from-bottom"}
    assert rules(lint_page(out, strict)) & {"near-image", "from-top", "from-bottom"}


def test_a_woven_page_is_seen_as_the_page_it_was():
    site = load(SHIPPED).site_or_raise()
    plain = page(article("20"))
    heights = [s.content_px - s.ads_px for s in lint_page(woven(plain, site)).shares]
    assert heights == pytest.approx([s.content_px for s in lint_page(plain).shares])


def test_a_slot_in_another_language_is_found_in_a_woven_page():
    site = load(SHIPPED).site_or_raise()
    out = woven(page(article("20")), site)
    turned = out.body.replace(b'data-label="Advertisement"', b'data-label="Reklam"')
    turned = turned.replace(b'lang="en" dir', b'lang="tr" dir')
    assert rules(lint_page(page(turned))) == {"wrong-label"}


def test_a_page_that_cannot_be_read_says_so():
    unknown = Page("a.html", "/a", "<p>ä ö ü".encode("latin-1") * 40)
    assert lint_page(unknown).passed == "charset"
    other = Page("a.json", "/a", b"{}", ((b"content-type", b"application/json"),))
    assert lint_page(other).passed == "not-html"


def test_a_rule_can_be_left_out():
    body = page(article("9", '<div class="ad" style="height:250px"></div>', "9"))
    assert not lint_page(body, ignored=["no-label"]).findings


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("Advertisement", {"en"}),
        (" — ANZEIGE — ", {"de"}),
        ("Reklam", {"tr", "sv"}),
        ("広告", {"ja"}),
    ],
)
def test_labels_are_known_in_many_languages(text: str, languages: set[str]):
    assert languages <= (label_languages(text) or set())


def test_a_sentence_is_no_label():
    assert label_languages("Advertisement is the topic of this long sentence about ads") is None


@pytest.mark.corpus
def test_real_pages_are_judged_without_a_fault():
    import gzip
    import json

    corpus = Path(__file__).resolve().parents[4] / "shared" / "corpus"
    if not corpus.is_dir():
        pytest.skip("the page corpus is not here")
    records = json.loads((corpus / "index.json").read_text())
    files = [r["file"] for r in records if r["file"].endswith(".html.gz")][::23]
    assert len(files) > 10
    for file in files:
        found = lint_page(page(gzip.decompress((corpus / file).read_bytes())))
        assert all(0 <= share.value <= 1 for share in found.shares)
        assert all(finding.line >= 1 for finding in found.findings)
