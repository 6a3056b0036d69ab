"""Slots work under a page's own content security policy, and break none of its rules."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from adweave.slots import Permissions, permissions
from tests.browser.newsstand import Article, Newsstand
from tests.browser.reading import MOBILE, OpenPage, shifts
from tests.configurations import experiment, layout, site

# The fixture's own style element is let in by its hash-free sister directive or not at all:
# what is tested is our part.
POLICIES = {
    "inline allowed": "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'",
    "nonce and strict-dynamic": "script-src 'nonce-r4nd0m' 'strict-dynamic'; "
    "style-src 'nonce-r4nd0m'; object-src 'none'; base-uri 'none'",
    "nothing inline": "default-src 'self'",
    "style inline only": "default-src 'self'; style-src 'unsafe-inline'",
    "trusted types": "default-src 'self'; script-src 'nonce-r4nd0m'; style-src 'unsafe-inline'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "no connections": "default-src 'self'; connect-src 'none'",
}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES.keys())
def test_slots_of_the_readers_variant_fill_under_a_strict_policy(
    stand: Newsstand, reader: OpenPage, policy: str
) -> None:
    allowed = permissions([policy])
    assert isinstance(allowed, Permissions)
    configuration = site(layout("article"), layout("dense"), experiment=experiment())
    stand.publish(
        "/a",
        Article(),
        configuration,
        {"inline": [1]},
        {"inline": [1]},
        headers={"Content-Security-Policy": policy},
        allowed=allowed,
    )
    # On /b the variants differ, so that there is a head script to be let in as well.
    stand.publish(
        "/b",
        Article(),
        configuration,
        {"inline": [1, 3]},
        {"inline": [1, 4]},
        headers={"Content-Security-Policy": policy},
        allowed=allowed,
    )
    for path, count in (("/a", 1), ("/b", 2)):
        page = reader(MOBILE)
        said: list[str] = []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.goto(path)
        assert page.locator("ad-slot").count() == count
        expect(page.locator("ad-slot").first).to_have_attribute("data-state", "filled")
        assert page.locator("ad-slot").first.evaluate("slot => slot.offsetHeight") == 274
        assert shifts(page) == []
        page.goto("about:blank")
        ours = [text for text in said if "violates" in text and "_adweave" in text]
        assert ours == []
        violations = [text for text in said if "violates" in text]
        # The page's own style element and meta are not ours to explain.
        fixture = 0 if allowed.inline_style and allowed.nonce is None else 1
        assert len(violations) <= fixture, violations


def test_where_events_may_not_be_sent_none_are_tried(stand: Newsstand, reader: OpenPage) -> None:
    policy = POLICIES["no connections"]
    allowed = permissions([policy])
    assert allowed is not None
    assert not allowed.can_report
    headers = {"Content-Security-Policy": policy}
    stand.publish(
        "/a", Article(), site(layout()), {"inline": [1]}, headers=headers, allowed=allowed
    )
    page = reader()
    page.goto("/a")
    expect(page.locator("ad-slot")).to_have_attribute("data-state", "filled")
    page.goto("about:blank")
    assert stand.batches == []
