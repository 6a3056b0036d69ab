"""Variants that the server picks, in Chromium, with nginx's cache between reader and gateway."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from adweave.events import segments
from adweave.experiments import assign, report_on
from tests.browser.cached import SLOT, VARIANTS, CachedSite
from tests.browser.test_consent import GPC, PLATFORM

CONTROL, DENSE = 2, 5  # slots, those of narrow and of wide windows
Event = dict[str, Any]


class Stand(CachedSite):
    """A site whose server picks the variant, by a policy for ids and a unit."""

    def __init__(self, folder: Path, stack: ExitStack, policy: str, unit: str) -> None:
        start = f'status = "running"\nassign = "server"\nunit = "{unit}"\n'
        files = {
            "site.toml": f'[consent]\nvisitor_id = "{policy}"\n',
            "layouts/article.toml": f'pages = ["/**"]\n{SLOT}max = 1\n',
            "layouts/dense.toml": f'{SLOT}max = 3\nevery = "300px"\n',
            "experiments/density.toml": start + VARIANTS,
        }
        super().__init__(folder, stack, files)

    def id_in(self, variant: int) -> str:
        density = self.site.experiments["density"]
        ids = (f"{number:032x}" for number in range(1_000))
        return next(unit for unit in ids if assign(density, unit, self.site.settings) == variant)

    def views(self, times: int) -> list[Event]:
        """The events of so many page views, once they are there; a view's exposure comes with it.

        Only those two kinds, in order.
        """
        lines = self.reported(
            lambda lines: sum('"kind":"view"' in line for line in lines) >= times,
            f"{times} page views",
        )
        events = [json.loads(line) for line in lines]
        return [event for event in events if event["kind"] in ("view", "exposure")]


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Callable[..., Stand]]:
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed: apt-get install nginx")
    with ExitStack() as stack:
        yield lambda policy="assumed", unit="visitor": Stand(tmp_path, stack, policy, unit)


def know(context: BrowserContext, origin: str, unit: str) -> None:
    context.add_cookies([{"name": "adweave-id", "value": unit, "url": origin}])


def slots(page: Page) -> int:
    return page.locator("ad-slot").count()


def cookie(page: Page) -> str | None:
    kept = {each["name"]: each["value"] for each in page.context.cookies()}
    return kept.get("adweave-id")


def stored(page: Page) -> str | None:
    found = page.evaluate("localStorage.getItem('adweave.id')")
    assert found is None or isinstance(found, str)
    return found


def settled(page: Page, url: str) -> None:
    page.goto(url, wait_until="networkidle")


@pytest.mark.parametrize(("variant", "count"), [(0, CONTROL), (1, DENSE)])
def test_the_variants_slots_are_there_without_any_script(stand, somebody, variant, count):
    site = stand()
    context = somebody(java_script_enabled=False)
    know(context, site.origin, site.id_in(variant))
    page = context.new_page()
    page.goto(f"{site.origin}/a")
    assert slots(page) == count


@pytest.mark.parametrize(("variant", "count"), [(0, CONTROL), (1, DENSE)])
def test_events_carry_the_variant_that_the_server_picked(stand, somebody, variant, count):
    site = stand()
    context = somebody()
    unit = site.id_in(variant)
    know(context, site.origin, unit)
    page = context.new_page()
    settled(page, f"{site.origin}/a")
    assert slots(page) == count
    page.goto("about:blank")
    name, layout = (("control", "article"), ("dense", "dense"))[variant]
    events = site.views(1)
    assert [event["kind"] for event in events] == ["view", "exposure"]
    for event in events:
        assert (event["exp"], event["variant"], event["layout"]) == ("density", name, layout)
        assert (event["unit"], event["uid"]) == ("visitor", unit)
        assert not event.get("qa")


def test_a_new_reader_is_nobody_on_the_first_page_and_a_visitor_from_then_on(stand, somebody):
    site = stand()
    page = somebody().new_page()
    settled(page, f"{site.origin}/a")
    unit = cookie(page)
    assert unit is not None
    assert unit == stored(page)
    assert slots(page) == CONTROL
    variant = assign(site.site.experiments["density"], unit, site.site.settings)
    # The same address again: the browser has a copy of the first page.
    settled(page, f"{site.origin}/a")
    assert slots(page) == (CONTROL, DENSE)[variant]
    page.goto("about:blank")
    first, *rest = site.views(2)
    assert (first["kind"], first.get("variant"), first["unit"]) == ("view", None, "visitor")
    assert [event["kind"] for event in rest] == ["view", "exposure"]
    assert {event["variant"] for event in rest} == {("control", "dense")[variant]}
    assert {event["uid"] for event in rest} == {unit}


def test_under_tcf_the_cookie_comes_with_consent_and_goes_with_it(stand, somebody):
    site = stand("tcf")
    context = somebody()
    context.add_init_script(PLATFORM)
    page = context.new_page()
    settled(page, f"{site.origin}/a")
    assert cookie(page) is None
    page.evaluate("answer({1: false})")
    assert cookie(page) is None
    page.evaluate("answer({1: true})")
    assert cookie(page) == stored(page) is not None
    page.evaluate("answer({1: false})")
    assert cookie(page) is None
    assert stored(page) is None


def test_under_global_privacy_control_there_is_no_cookie_and_an_old_one_goes(stand, somebody):
    site = stand()
    context = somebody(extra_http_headers={"Sec-GPC": "1"})
    context.add_init_script(GPC)
    know(context, site.origin, site.id_in(1))
    page = context.new_page()
    settled(page, f"{site.origin}/a")
    assert slots(page) == CONTROL
    page.wait_for_function("!document.cookie.includes('adweave-id')")
    page.goto("about:blank")
    (view,) = site.views(1)
    assert (view["kind"], view.get("variant"), view["unit"]) == ("view", None, "view")


def test_page_views_are_drawn_by_the_server_and_nothing_is_kept(stand, somebody):
    site = stand(unit="view")
    page = somebody().new_page()
    seen = []
    for _ in range(6):
        settled(page, f"{site.origin}/a")
        seen.append(slots(page))
        assert cookie(page) is None
        assert stored(page) is None
    page.goto("about:blank")
    events = site.views(6)
    assert len(events) == 12
    assert {event["unit"] for event in events} == {"view"}
    told = [event["variant"] for event in events if event["kind"] == "exposure"]
    assert sorted(told) == sorted("dense" if count == DENSE else "control" for count in seen)


def test_a_tester_sees_the_variant_of_the_link_and_counts_for_nothing(stand, somebody):
    site = stand()
    context = somebody()
    know(context, site.origin, site.id_in(0))
    page = context.new_page()
    settled(page, site.link("dense"))
    assert page.url == f"{site.origin}/a"
    assert slots(page) == DENSE
    settled(page, site.link("control"))
    assert slots(page) == CONTROL
    page.goto("about:blank")
    events = site.views(2)
    assert all(event["qa"] for event in events)
    report = report_on(segments(site.state), site.site.experiments["density"])
    assert report.sections == ()
    assert report.health.qa >= 4
