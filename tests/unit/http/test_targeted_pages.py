"""Pages planned by what they say about themselves and what their request is."""

from __future__ import annotations

from pathlib import Path

import pytest

from adweave.http import PagePassed
from adweave.http.engine import Engine, Findings, PageHead
from adweave.placements import Site, load

SLOT = '[[placement]]\nname = "inline"\nkind = "inline"\nsizes = [[300, 250]]\n'
NOTICE = '[[placement]]\nname = "rules"\nkind = "notice"\n'
PLAIN = f'pages = ["/**"]\n{SLOT}'

TEXT = "The council met on Tuesday and agreed on the budget for next year, after a long debate. "


def page(head: str = "", title: str = "Budget agreed", lang: str = "en", body: str = "") -> bytes:
    paragraphs = "".join(f"<p>{TEXT * 5}</p>" for _ in range(14))
    return (
        f"<!doctype html><html lang={lang}><head><title>{title}</title>{head}</head><body>{body}"
        f"<article><h1>{title}</h1>{paragraphs}</article></body></html>"
    ).encode()


@pytest.fixture
def engine_of(tmp_path: Path):
    def made(files: dict[str, str]) -> Engine:
        for name, text in {"layouts/article.toml": PLAIN, **files}.items():
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        site: Site = load(tmp_path).site_or_raise()
        return Engine(site, "test")

    return made


def planned(engine: Engine, body: bytes, findings: Findings | None = None, **fields: str):
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()]
    decision = engine.decide("/a", "www.example.org", pairs, 0.0)
    assert decision.delivery is not None
    head = PageHead("text/html; charset=utf-8", None, (), None, decision.delivery, decision)
    return engine.plan(body, head, findings)


def reason_of(engine: Engine, body: bytes, **fields: str) -> tuple[str, str]:
    with pytest.raises(PagePassed) as caught:
        planned(engine, body, **fields)
    return caught.value.reason, caught.value.detail


def markup(plan) -> bytes:
    return b"".join(markup for _, markup in plan.insertions)


SPECIAL = f'pages = ["/**"]\npriority = 1\n{SLOT}[target]\n'


def test_the_articles_language_chooses_the_layout(engine_of):
    engine = engine_of({"layouts/special.toml": SPECIAL + 'languages = ["tr"]\n'})
    turkish = "Belediye meclisi salı günü toplandı ve gelecek yılın bütçesini kabul etti. "
    body = page(lang="tr").replace(TEXT.encode(), turkish.encode())
    assert planned(engine, body).layout == "special"
    assert planned(engine, page()).layout == "article"


def test_sections_and_tags_come_from_the_pages_metadata(engine_of):
    engine = engine_of({"layouts/special.toml": SPECIAL + 'sections = ["Sport"]\ntags = ["ferry"]'})
    told = '<meta property="article:section" content="Sport">'
    assert planned(engine, page(told)).layout == "article"
    told += '<meta property="article:tag" content="Ferry">'
    assert planned(engine, page(told)).layout == "special"


def test_a_layout_for_long_articles_leaves_short_ones_to_the_next(engine_of):
    engine = engine_of({"layouts/special.toml": SPECIAL + 'min_length = "2000 words"\n'})
    assert planned(engine, page()).layout == "article"
    engine = engine_of({"layouts/special.toml": SPECIAL + 'min_length = "1000 words"\n'})
    assert planned(engine, page()).layout == "special"


def test_the_layout_that_gets_the_page_says_where_its_article_is(engine_of):
    engine = engine_of(
        {
            "layouts/special.toml": f'article = "main"\n{SPECIAL}languages = ["tr"]\n',
            "layouts/article.toml": f'article = "article"\n{PLAIN}',
        }
    )
    body = page(body=f"<main><p>{TEXT * 3}</p></main>")
    found = Findings()
    plan = planned(engine, body, found)
    assert plan.layout == "article"
    assert len(found.outline.blocks) == 14


def test_no_ads_beside_a_sensitive_headline(engine_of):
    engine = engine_of({"site.toml": '[safety]\nwords = { en = ["killed"] }\n'})
    assert planned(engine, page()).slots > 0
    assert reason_of(engine, page(title="Two killed in storm")) == (
        "sensitive",
        '"inline": no ads with "killed" in the headline',
    )


def test_the_cms_may_mark_an_article_as_sensitive(engine_of):
    engine = engine_of({"site.toml": "[safety]\nmeta = { sensitive = true }\n"})
    assert planned(engine, page()).slots > 0
    assert reason_of(engine, page("<meta name=Sensitive content=>"))[0] == "sensitive"


def test_a_sensitive_article_keeps_its_notice(engine_of):
    engine = engine_of(
        {
            "site.toml": '[safety]\nwords = { en = ["killed"] }\n',
            "layouts/article.toml": PLAIN + NOTICE,
        }
    )
    plan = planned(engine, page(title="Two killed in storm"))
    assert plan.slots == 0
    assert b"<ad-notice " in markup(plan)
    assert b"<ad-slot" not in markup(plan)


def test_a_members_page_is_known_by_an_element(engine_of):
    engine = engine_of({"site.toml": '[members]\nselector = "body .member-bar"\n'})
    assert planned(engine, page()).slots > 0
    assert reason_of(engine, page(body="<div class=member-bar></div>"))[0] == "member"


def test_the_page_may_opt_out_whatever_it_is_aimed_at(engine_of):
    engine = engine_of({"layouts/special.toml": SPECIAL + 'languages = ["tr"]\n'})
    assert reason_of(engine, page("<meta name=adweave content=off>"))[0] == "opt-out"


def test_a_placement_of_another_language_is_left_out(engine_of):
    second = SLOT.replace('"inline"', '"second"', 1) + 'target = { languages = ["tr"] }\n'
    engine = engine_of({"layouts/article.toml": PLAIN.replace("[[placement]]", second + SLOT[:13])})
    plan = planned(engine, page())
    assert b'data-placement="inline"' in markup(plan)
    assert b'data-placement="second"' not in markup(plan)


def test_outcomes_of_one_address_have_epochs_of_their_own(engine_of):
    engine = engine_of(
        {
            "site.toml": "[members]\ncookies = { member = true }\n",
            "layouts/special.toml": SPECIAL + "cookies = { beta = true }\n",
        }
    )
    outcomes = [
        engine.decide("/a", "", [(b"cookie", cookie)], 0.0)
        for cookie in (b"", b"beta=1", b"member=1", b"member=1; beta=1")
    ]
    epochs = [engine.epoch_for(decision) for decision in outcomes]
    assert [decision.reason for decision in outcomes] == ["", "", "member", "member"]
    assert len({*epochs, engine.epoch}) == 5
    assert all(len(epoch) == 12 and int(epoch, 16) >= 0 for epoch in epochs)
    again = engine.decide("/b", "", [(b"cookie", b"beta=2; other=1")], 0.0)
    assert engine.epoch_for(again) == epochs[1]


def test_where_nothing_of_the_request_decides_the_epoch_is_the_generations(engine_of):
    engine = engine_of({})
    assert engine.epoch_for(engine.decide("/a", "", [(b"cookie", b"a=b")], 0.0)) == engine.epoch
