"""What a page gets by what it says about itself."""

from __future__ import annotations

import pytest

from adweave.placements import Facts, Site, aimed, load, without
from adweave.placements.targeting import has_word, is_language, sensitivity

SLOT = '[[placement]]\nname = "inline"\nkind = "inline"\nsizes = [[300, 250]]\n'
PLAIN = f'pages = ["/**"]\n{SLOT}'
NOTICE = '[[placement]]\nname = "rules"\nkind = "notice"\n'


def site_of(folder) -> Site:
    return load(folder).site_or_raise()


def gets(site: Site, facts: Facts, path: str = "/a"):
    return aimed(site.decide(path), site.settings, lambda: facts)


def special(write, target: str) -> Site:
    text = f'pages = ["/**"]\npriority = 1\n{SLOT}[target]\n{target}\n'
    return site_of(write({"layouts/special.toml": text}))


def length_of(words: float):
    return lambda distance: words


@pytest.mark.parametrize(
    ("target", "facts", "is_special"),
    [
        ('languages = ["tr"]', Facts(language="tr"), True),
        ('languages = ["tr"]', Facts(language="tr-TR"), True),
        ('languages = ["pt-BR"]', Facts(language="pt"), False),
        ('languages = ["pt-BR"]', Facts(language="pt-br"), True),
        ('languages = ["!en"]', Facts(language="en-GB"), False),
        ('languages = ["!en"]', Facts(language="de"), True),
        ('sections = ["Sport"]', Facts(section="sport"), True),
        ('sections = ["Sport"]', Facts(section="Politics"), False),
        ('sections = ["Sport"]', Facts(), False),
        ('sections = ["!Opinion"]', Facts(), True),
        ('sections = ["İstanbul"]', Facts(section="istanbul"), True),
        ('tags = ["ferry", "harbour"]', Facts(tags=("Harbour", "budget")), True),
        ('tags = ["ferry"]', Facts(tags=("budget",)), False),
        ('tags = ["!ferry"]', Facts(tags=("budget", "FERRY")), False),
        ('min_length = "500 words"', Facts(length=length_of(499)), False),
        ('min_length = "500 words"', Facts(length=length_of(500)), True),
        ('max_length = "500 words"', Facts(length=length_of(501)), False),
        ('max_length = "500 words"', Facts(length=length_of(500)), True),
    ],
)
def test_the_first_layout_whose_target_the_page_meets_gets_it(write, target, facts, is_special):
    found = gets(special(write, target), facts)
    assert found.delivery.layout.name == ("special" if is_special else "article")
    assert bool(found.why) != is_special


def test_why_a_layout_did_not_get_the_page_is_told(write):
    found = gets(special(write, 'sections = ["Sport"]'), Facts(section="Politics"))
    assert found.detail == 'layout "special": the page\'s section is "Politics"'


def test_a_page_that_meets_no_layouts_target(write):
    site = site_of(write({"layouts/article.toml": PLAIN + '[target]\nlanguages = ["tr"]\n'}))
    found = gets(site, Facts(language="en"))
    assert (found.delivery, found.reason) == (None, "not-targeted")
    assert found.detail == 'layout "article": the article\'s language is "en"'


def test_a_placement_that_the_page_is_not_for_is_left_out_of_the_plan(write):
    second = SLOT.replace('"inline"', '"second"', 1) + 'target = { languages = ["tr"] }\n'
    site = site_of(write({"layouts/article.toml": PLAIN + second}))
    found = gets(site, Facts(language="en"))
    assert found.off == {("article", "second")}
    assert found.reason == ""
    planned = without(found.delivery.layout, found.off)
    assert [p.name for p in planned.placement if p.enabled] == ["inline"]
    assert gets(site, Facts(language="tr")).off == frozenset()


def test_a_layout_of_which_nothing_is_left_out_is_the_layout_itself(write):
    layout = site_of(write({})).layouts["article"]
    assert without(layout, frozenset({("dense", "inline")})) is layout


def test_a_members_page_gets_no_ads_and_keeps_its_notice(write):
    site = site_of(
        write(
            {
                "layouts/article.toml": PLAIN + NOTICE,
                "site.toml": '[members]\nselector = ".member"\n',
            }
        )
    )
    assert gets(site, Facts(is_member=True)).off == {("article", "inline")}
    assert gets(site, Facts(is_member=False)).off == frozenset()


def test_a_members_page_without_a_notice_gets_nothing(write):
    site = site_of(write({"site.toml": '[members]\nselector = ".member"\n'}))
    assert gets(site, Facts(is_member=True)).reason == "member"


SAFETY = """\
[safety]
sections = ["Obituaries"]
tags = ["disaster"]
meta = { sensitivity = ["high", "extreme"], "og:type" = "obituary" }
words = { en = ["killed", "plane crash"], tr = ["öldü", "ışid"], zh = ["地震"], any = ["terror"] }
"""


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (Facts(section="obituaries"), 'no ads in section "obituaries"'),
        (Facts(tags=("Weather", "Disaster")), 'no ads with tag "Disaster"'),
        (Facts(metas={"sensitivity": ("high",)}), 'no ads with meta "sensitivity"'),
        (Facts(metas={"sensitivity": ("low",)}), None),
        (Facts(metas={"og:type": ("article", "obituary")}), 'no ads with meta "og:type"'),
        (Facts(language="en-GB", headlines=("Two killed in storm",)),
         'no ads with "killed" in the headline'),
        (Facts(language="en", headlines=("TWO KILLED, ONE HURT",)),
         'no ads with "killed" in the headline'),
        (Facts(language="en", headlines=("Overkilled: a review",)), None),
        (Facts(language="de", headlines=("Two killed in storm",)), None),
        (Facts(language="en", headlines=("The plane that did not crash",)), None),
        (Facts(language="en", headlines=("", "After the Plane\u00a0Crash")),
         'no ads with "plane crash" in the headline'),
        (Facts(language="tr", headlines=("İki kişi ÖLDÜ",)), 'no ads with "öldü" in the headline'),
        (Facts(language="tr", headlines=("IŞİD'e karşı",)), 'no ads with "ışid" in the headline'),
        (Facts(language="zh-Hant", headlines=("台灣地震後的一天",)),
         'no ads with "地震" in the headline'),
        (Facts(language="fi", headlines=("Terror alert",)),
         'no ads with "terror" in the headline'),
        (Facts(language="fi", headlines=("Terrorism and us",)), None),
        (Facts(), None),
    ],
)  # fmt: skip
def test_sensitive_articles_are_known_by_section_tag_meta_and_headline(write, facts, why):
    site = site_of(write({"site.toml": SAFETY}))
    assert sensitivity(site.settings.safety, facts) == why
    assert gets(site, facts).reason == ("" if why is None else "sensitive")


def test_a_sensitive_article_keeps_its_notice(write):
    site = site_of(write({"site.toml": SAFETY, "layouts/article.toml": PLAIN + NOTICE}))
    found = gets(site, Facts(section="Obituaries"))
    assert found.off == {("article", "inline")}
    assert found.detail == '"inline": no ads in section "Obituaries"'


def test_words_are_whole_and_folded():
    assert has_word("Die Straße", "STRASSE")
    assert has_word("Ａ fullwidth killing", "KILLING")
    assert has_word("दिल्ली में मौत", "मौत")
    assert not has_word("दिल्ली में मौतें", "मौत")
    assert not has_word("anything", " - ")


def test_language_ranges_end_at_a_hyphen():
    assert is_language("en-GB", "en")
    assert not is_language("eng", "en")
    assert not is_language("", "en")
