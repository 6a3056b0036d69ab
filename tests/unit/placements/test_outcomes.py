"""Metrics, guardrails and the plan in an experiment's file: what is read, what is refused."""

from __future__ import annotations

import pytest

from adweave.events import KINDS
from adweave.experiments import METRICS as REPORTED
from adweave.placements import EVENT_KINDS, METRICS, load

LAYOUT = """pages = ["/**"]
[[placement]]
name = "inline"
kind = "inline"
sizes = [[300, 250]]
"""

EXPERIMENT = """primary = "inline-clicks"
minimum_effect = 0.05
units = 40_000
winsorise = 0.001

[[variant]]
name = "control"
layout = "article"
weight = 1

[[variant]]
name = "dense"
layout = "article"
weight = 1

[[guardrail]]
metric = "scroll_depth"
margin = 0.02

[[metric]]
name = "inline-clicks"
kind = "click"
placement = "inline"
"""


def loaded(write, text: str):
    return load(write({"layouts/article.toml": LAYOUT, "experiments/density.toml": text}))


def test_what_an_experiment_is_judged_by_is_read(write) -> None:
    site = loaded(write, EXPERIMENT).site
    assert site is not None
    experiment = site.experiments["density"]
    assert experiment.primary == "inline-clicks"
    assert (experiment.minimum_effect, experiment.units) == (0.05, 40_000)
    assert [(one.metric, one.margin) for one in experiment.guardrail] == [("scroll_depth", 0.02)]
    assert experiment.metric[0].per == "view"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"scroll_depth"', '"scroll_deth"', 'did you mean "scroll_depth"?'),
        ('primary = "inline-clicks"', 'primary = "inline-cliks"', 'did you mean "inline-clicks"?'),
        ("margin = 0.02", "", "needs one of margin (relative: margin = 0.02) and absolute"),
        ("margin = 0.02", "margin = 0.02\nabsolute = 0.1", "and not both"),
        ('name = "inline-clicks"', 'name = "bounce"', "is the name of a built-in metric"),
        ('kind = "click"', 'kind = "clack"', "clack"),
        ("units = 40_000", "units = 10", "units"),
        ("winsorise = 0.001", "winsorise = 0.2", "winsorise"),
    ],
)
def test_a_mistake_is_named_with_its_line(write, old: str, new: str, said: str) -> None:
    problems = loaded(write, EXPERIMENT.replace(old, new)).errors
    assert any(said in str(one) for one in problems), [str(one) for one in problems]
    assert all(str(one).startswith("experiments/density.toml:") for one in problems)


def test_each_kind_of_event_that_browsers_may_send_can_be_counted() -> None:
    assert set(EVENT_KINDS) >= KINDS


def test_the_built_in_metrics_are_those_of_the_report() -> None:
    assert tuple(metric.key for metric in REPORTED) == METRICS
