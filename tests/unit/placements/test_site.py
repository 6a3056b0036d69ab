"""What a loaded folder answers."""

from __future__ import annotations

import pytest

from adweave.placements import ADAPTERS, Distance, PlacementsError, Size, load

INLINE = '[[placement]]\nname = "inline"\nkind = "inline"\nsizes = [[300, 250]]\n'


def layout(pages: str, extra: str = "") -> str:
    return f"pages = {pages}\n{extra}\n{INLINE}"


EXPERIMENT = """\
status = "running"
[[variant]]
name = "control"
layout = "article"
weight = 1
[[variant]]
name = "dense"
layout = "dense"
weight = 3
"""


def site_of(folder):
    return load(folder).site_or_raise()


def test_the_highest_priority_wins_then_the_first_name(write):
    site = site_of(
        write(
            {
                "layouts/article.toml": layout('["/**"]'),
                "layouts/b.toml": layout('["/news/*"]', "priority = 1"),
                "layouts/a.toml": layout('["/news/story"]', "priority = 1"),
            }
        )
    )
    assert site.delivery_for("/news/story").layout.name == "a"
    assert site.delivery_for("/news/other").layout.name == "b"
    assert site.delivery_for("/").layout.name == "article"


def test_a_path_that_no_layout_wants_has_no_delivery(write):
    site = site_of(write({"layouts/article.toml": layout('["/news/**"]')}))
    assert site.delivery_for("/about") is None
    assert site.delivery_for("/about") is None  # remembered


def test_a_running_experiment_delivers_its_variants_layouts_in_order(write):
    site = site_of(write({"experiments/density.toml": EXPERIMENT}))
    delivery = site.delivery_for("/story")
    assert delivery.experiment is site.experiments["density"]
    assert [one.name for one in delivery.layouts] == ["article", "dense"]
    assert delivery.layout.name == "article"
    elsewhere = site.delivery_for("/dense")
    assert elsewhere.experiment is None
    assert [one.name for one in elsewhere.layouts] == ["dense"]


def test_a_draft_changes_no_page(write):
    site = site_of(write({"experiments/density.toml": EXPERIMENT.replace("running", "draft")}))
    assert site.delivery_for("/story").experiment is None


def test_weights_become_shares_and_the_seed_is_the_name(write):
    experiment = site_of(write({"experiments/density.toml": EXPERIMENT})).experiments["density"]
    assert experiment.weights == (0.25, 0.75)
    assert experiment.seed == "density"
    assert (experiment.traffic, experiment.hash_version, experiment.unit) == (1.0, 2, "visitor")


def test_weights_that_are_shares_already_are_left_as_written(write):
    text = EXPERIMENT.replace("weight = 1", "weight = 0.7").replace("weight = 3", "weight = 0.3")
    assert site_of(write({"experiments/a.toml": text})).experiments["a"].weights == (0.7, 0.3)


def test_memory_for_paths_is_bounded(write):
    site = site_of(write({}))
    for number in range(10_000):
        assert site.delivery_for(f"/{number}") is not None
    assert site.delivery_for("/" + "x" * 3000) is not None
    remembered = site._decider._choices
    assert len(remembered) <= 4_096
    assert max(map(len, remembered)) <= 256
    assert len({id(choice) for choice in remembered.values()}) == 1


def test_the_generation_names_the_contents(write):
    first = site_of(write({})).generation
    assert len(first) == 12
    assert int(first, 16) >= 0
    assert site_of(write({})).generation == first
    assert site_of(write({"README.md": "for people"})).generation == first
    assert site_of(write({"site.toml": "# changed"})).generation != first
    assert site_of(write({"site.toml": ""})).generation == first


def test_values_per_viewport_and_their_defaults(write):
    text = (
        'max_density = { mobile = 0.2, desktop = 0.4 }\nmin_length = "3 blocks"\n'
        + INLINE.replace("[[300, 250]]", "{ mobile = [[300, 250]], desktop = [[728, 90]] }")
        + 'first = "1 screen"\nevery = { mobile = "700px", desktop = "6 blocks" }\n'
    )
    one = site_of(write({"layouts/article.toml": text})).layouts["article"]
    (placement,) = one.placement
    assert one.max_density.for_viewport("mobile") == 0.2
    assert one.min_length == Distance(3, "blocks")
    assert placement.first.for_viewport("desktop") == Distance(1, "screens")
    assert placement.every.for_viewport("desktop") == Distance(6, "blocks")
    assert placement.sizes.for_viewport("desktop") == (Size(728, 90),)
    assert (placement.box_px("mobile"), placement.box_px("desktop")) == (250, 90)
    assert one.from_top.mobile == Distance(200, "px")
    assert one.from_top.desktop == Distance(300, "px")
    assert placement.lazy_margin.mobile == Distance(1.5, "screens")
    with pytest.raises(KeyError):
        placement.every.for_viewport("tablet")


def test_a_notice_needs_no_size(write):
    text = '[[placement]]\nname = "rules"\nkind = "notice"\nenabled = false\n'
    one = site_of(write({"layouts/article.toml": text})).layouts["article"]
    assert one.placement_named("rules").box_px("mobile") == 0
    assert not one.placement_named("rules").enabled
    assert one.placement_named("other") is None


def test_a_folder_that_is_no_site_raises_every_mistake(write):
    with pytest.raises(PlacementsError) as caught:
        site_of(write({"layouts/story.toml": 'pages = "/**"\nmin_length = 3\n'}))
    assert [problem.line for problem in caught.value.problems if problem.is_error] == [1, 2]
    assert str(caught.value).startswith("layouts/story.toml:1:9: ")


def test_a_chain_asks_those_whom_the_site_has_set_up(write):
    site = site_of(
        write(
            {
                "site.toml": '[demand.gpt]\nunit = "/1234567/news/{placement}"\n',
                "layouts/article.toml": 'pages = ["/**"]\n' + INLINE + 'fill = ["gpt", "house"]\n',
            }
        )
    )
    assert site.layouts["article"].placement[0].fill == ("gpt", "house")
    assert site.settings.demand.gpt.unit == "/1234567/news/{placement}"
    assert [adapter for adapter in ADAPTERS if site.settings.demand.knows(adapter)] == [
        "house", "gpt", "notice",
    ]  # fmt: skip


def test_creatives_carry_name_size_type_and_hash(write):
    site = site_of(write({"creatives/sale-300x250.svg": "<svg/>"}))
    house, sale = site.creatives
    assert (house.name, house.size, house.content_type) == (
        "house",
        Size(300, 250),
        "text/html; charset=utf-8",
    )
    assert (sale.name, sale.path, sale.content_type) == (
        "sale",
        "creatives/sale-300x250.svg",
        "image/svg+xml",
    )
    assert sale.body == b"<svg/>"
    assert len(sale.hash) == 12


def test_label_overrides_by_language(write):
    site = site_of(write({"labels/pt-BR.toml": 'label = "Anúncio"\n'}))
    assert site.label_overrides == {"pt-BR": {"label": "Anúncio"}}


def test_settings_have_defaults_without_a_file(write, tmp_path):
    folder = write({})
    (folder / "site.toml").unlink()
    settings = site_of(folder).settings
    assert settings.default_language == "en"
    assert settings.consent.visitor_id == "tcf"
    assert settings.limits.max_body_bytes == 4_000_000
    assert settings.events.enabled


def test_a_byte_order_mark_and_windows_line_ends_are_fine(write):
    text = layout('["/**"]').replace("\n", "\r\n")
    site = site_of(write({"layouts/article.toml": b"\xef\xbb\xbf" + text.encode()}))
    assert site.layouts["article"].pages == ("/**",)


def test_an_unchanged_file_is_not_read_again(write):
    first = load(write({}))
    second = load(write({"site.toml": "# changed"}), earlier=first)
    assert second.documents["layouts/article.toml"] is first.documents["layouts/article.toml"]
    assert second.documents["site.toml"] is not first.documents["site.toml"]
    assert second.site.generation != first.site.generation
