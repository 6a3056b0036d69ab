"""Ramps, namespaces and the holdout in files: what is taken, and what is told of mistakes."""

from __future__ import annotations

import pytest

from adweave.placements import load
from adweave.placements.globs import may_share

VARIANTS = """\
[[variant]]
name = "control"
layout = "{0}"
weight = 0.5
[[variant]]
name = "more"
layout = "{0}-more"
weight = 0.5
"""
RUNNING = 'status = "running"\n'
LAYOUT = """\
[[placement]]
name = "inline"
kind = "inline"
sizes = [[300, 250]]
"""


def namespace(low: float, high: float, name: str = "pages") -> str:
    return f'namespace = {{ name = "{name}", range = [{low}, {high}] }}\n'


def two(
    first: str = "", second: str = "", one: str = 'pages = ["/one/**"]\n',
    other: str = 'pages = ["/other/**"]\n',
) -> dict[str, str]:  # fmt: skip
    """Two running experiments, `first` and `second` their keys, with the heads of their layouts."""
    return {
        "layouts/article.toml": 'pages = ["/x"]\n' + LAYOUT,
        "layouts/one.toml": one + LAYOUT,
        "layouts/one-more.toml": LAYOUT,
        "layouts/other.toml": other + LAYOUT,
        "layouts/other-more.toml": LAYOUT,
        "experiments/a.toml": RUNNING + first + VARIANTS.format("one"),
        "experiments/b.toml": RUNNING + second + VARIANTS.format("other"),
    }


def errors(folder) -> list[str]:
    return [str(p) for p in load(folder).problems if p.severity == "error"]


def test_visitors_whom_the_server_may_not_know_are_warned_of(write) -> None:
    never = {"site.toml": '[consent]\nvisitor_id = "never"\n'}
    folder = write({**never, **two('assign = "server"\n', 'assign = "server"\nunit = "view"\n')})
    assert [str(p) for p in load(folder).problems] == [
        'experiments/a.toml:2:10: assign = "server" lets nobody take part: the server knows a '
        'visitor by an id, and site.toml has consent.visitor_id = "never"; write unit = "view"'
    ]


def test_what_is_written_of_who_takes_part_is_read(write) -> None:
    ramp = (
        "ramp = [{ at = 2026-03-02, traffic = 0.1 }, { at = 2026-03-04T09:00:00, traffic = 1 }]\n"
    )
    folder = write(
        {"site.toml": "[experiments]\nholdout = 0.05\n", **two(namespace(0, 0.5) + ramp)}
    )
    site = load(folder).site
    assert site is not None
    assert site.settings.experiments.holdout == 0.05
    found = site.experiments["a"]
    assert found.namespace is not None
    assert found.namespace.range == (0.0, 0.5)
    assert [step.traffic for step in found.ramp] == [0.1, 1.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (namespace(0.5, 0.2), ":2:39: namespace.range = [0.5, 0.2] is no stretch of 0 to 1; write "
         "the smaller end first: [0.0, 0.5]"),
        (namespace(0, 1.5), ":2:39: namespace.range = [0, 1.5] is no stretch of 0 to 1; write the "
         "smaller end first: [0.0, 0.5]"),
        ('namespace = { name = "pages", range = "half" }\n', ':2:39: namespace.range = "half" is a '
         "text; write where it begins and ends: [0.0, 0.5]"),
        ('namespace = { name = "pages", range = [0.5] }\n', ":2:39: namespace.range = [0.5] has 1 "
         "entries; write where it begins and ends: [0.0, 0.5]"),
        ("namespace = { range = [0, 0.5] }\n", ":2:13: name is missing; write name = "
         '"inline"'),
        ("ramp = [{ at = 2026-03-02, traffic = 0.5 }, { at = 2026-03-02, traffic = 0.6 }]\n",
         ":2:52: ramp.at = 2026-03-02 is not later than the step before it, 2026-03-02"),
        ("ramp = [{ at = 2026-03-02, traffic = 0.5 }, { at = 2026-03-03, traffic = 0.4 }]\n",
         ":2:74: ramp.traffic = 0.4 is less than 0.5 of the step before it; readers who are in "
         "would fall out of the experiment"),
        ("traffic = 0.5\nramp = [{ at = 2026-03-02, traffic = 0.5 }]\n",
         ":2:11: traffic = 0.5 stands beside ramp, which says how much traffic there is; take one "
         "of them out"),
        ('ramp = [{ at = "2026-03-02", traffic = 0.5 }]\n', ':2:16: ramp.at = "2026-03-02" is a '
         "text; write the date without quotes: 2026-03-02"),
        ("ramp = [{ at = 2026-03-02, traffic = 50 }]\n", ":2:38: ramp.traffic = 50 is out of "
         "bounds; write a share from 0 to 1; did you mean 0.5?"),
    ],
)  # fmt: skip
def test_each_mistake_says_where_and_what_is_allowed(write, text: str, message: str) -> None:
    (found,) = errors(write(two(text)))
    assert found.splitlines()[0] == f"experiments/a.toml{message}"


def test_a_holdout_is_a_share(write) -> None:
    (found,) = errors(write({"site.toml": "[experiments]\nholdout = 5\n"}))
    assert found.startswith("site.toml:2:11: experiments.holdout = 5 is out of bounds")


def test_ranges_of_one_namespace_must_not_overlap_while_both_run(write) -> None:
    folder = write(two(namespace(0, 0.5), namespace(0.4, 1)))
    (found,) = errors(folder)
    assert found.splitlines()[0] == (
        "experiments/b.toml:2:39: namespace.range = [0.4, 1] overlaps [0, 0.5] of the running "
        'experiment "a" (experiments/a.toml:2); ranges of one namespace must not share a visitor'
    )
    assert errors(write(two(namespace(0, 0.5), namespace(0.5, 1)))) == []
    assert errors(write(two(namespace(0, 0.5), namespace(0.4, 1, "elsewhere")))) == []
    paused = two(namespace(0, 0.5), namespace(0.4, 1))
    paused["experiments/a.toml"] = paused["experiments/a.toml"].replace("running", "stopped")
    assert errors(write(paused)) == []


AIMED = 'pages = ["/**"]\npriority = 1\ntarget = {{ {} }}\n'


def test_experiments_that_may_meet_on_a_page_need_a_namespace(write) -> None:
    aimed = AIMED.format('countries = ["TR"]')
    there = {"site.toml": '[targeting]\ncountry_header = "X-Country"\n'}
    (found,) = errors(write({**there, **two(one=aimed, other='pages = ["/news/**"]\n')}))
    assert found.splitlines()[0] == (
        'experiments/b.toml:4:10: variant "control": layout = "other" may be on the same page as '
        '"one" of the running experiment "a", so that a visitor is in both; write namespace = '
        '{ name = "pages", range = [0.0, 0.5] } in experiments/b.toml, and the same name with the '
        "range [0.5, 1.0] in experiments/a.toml"
    )
    shared = two(namespace(0.5, 1), namespace(0, 0.5), one=aimed, other='pages = ["/news/**"]\n')
    assert errors(write({**there, **shared})) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('pages = ["/**"]\n', 'pages = ["/news/**"]\npriority = 1\n'),  # one wins each page
        (AIMED.format('languages = ["tr"]'), AIMED.format('languages = ["en", "de"]')),
        (AIMED.format('devices = ["mobile"]'), AIMED.format('devices = ["desktop"]')),
        (AIMED.format('sections = ["Sport"]'), AIMED.format('sections = ["news"]')),
        (AIMED.format('languages = ["tr"]').replace("/**", "/a/**"), 'pages = ["/b/**"]\n'),
    ],
)
def test_experiments_on_different_pages_need_none(write, one: str, other: str) -> None:
    assert errors(write(two(one=one, other=other))) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (AIMED.format('languages = ["en"]'), AIMED.format('languages = ["en-GB"]')),
        (AIMED.format('languages = ["!tr"]'), AIMED.format('languages = ["en"]')),
        ('pages = ["/**"]\nschedule = { days = ["mon"] }\npriority = 1\n', 'pages = ["/b/**"]\n'),
    ],
)
def test_what_does_not_keep_them_apart_for_sure_is_no_excuse(write, one: str, other: str) -> None:
    (found,) = errors(write(two(one=one, other=other)))
    assert "may be on the same page" in found


@pytest.mark.parametrize(
    ("mine", "its", "shared"),
    [
        (["/**"], ["/a/b"], True),
        (["/a/**"], ["/b/**"], False),
        (["/a/**"], ["/**/c"], True),
        (["/a/*"], ["/a/b/c"], False),
        (["/a/*-x"], ["/a/b-*"], True),
        (["/a/*-x"], ["/a/*-y"], False),
        (["/a/*.html"], ["/a/b.html"], True),
        (["/a/*.html"], ["/a/b.php"], False),
        (["/**", "!/b/**"], ["/b/**"], False),
        (["/**", "!/b/c/**"], ["/b/**"], True),
        (["/a", "!/a"], ["/a"], False),
        ([], ["/**"], False),
        (["/"], ["/"], True),
    ],
)
def test_patterns_are_compared_without_a_path(mine, its, shared: bool) -> None:
    assert may_share(mine, its) is shared
    assert may_share(its, mine) is shared
