from __future__ import annotations

import pytest

from adweave.slots import UNRESTRICTED, Needs, Permissions, permissions, with_hashes
from adweave.slots.assets import integrity_of

ORIGIN = "https://news.example"


def test_a_page_without_policies_is_free() -> None:
    assert permissions([]) == UNRESTRICTED


def test_a_policy_about_other_things_is_no_hindrance() -> None:
    assert permissions(["upgrade-insecure-requests; object-src 'none'"]) == UNRESTRICTED


ALLOWED = {
    "script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'": UNRESTRICTED,
    "default-src 'self'": Permissions(False, False),
    "default-src *": Permissions(False, False),
    "style-src 'unsafe-inline'; script-src 'self'": Permissions(True, False),
    # A nonce or a hash switches 'unsafe-inline' off.
    "script-src 'self' 'unsafe-inline' 'nonce-Abc='": Permissions(True, True, "Abc="),
    "style-src 'unsafe-inline' 'sha256-xyz' 'self'": Permissions(False, True),
    "script-src 'nonce-Abc=' 'strict-dynamic'": Permissions(True, True, "Abc="),
    "script-src 'nonce-Abc=' 'strict-dynamic' https: 'unsafe-inline'": Permissions(
        True, True, "Abc="
    ),
    "script-src 'nonce-a'; style-src 'nonce-a'": Permissions(True, True, "a"),
    # Different nonces cannot both be written; what the second would allow comes from our address.
    "script-src 'nonce-a' 'self'; style-src 'nonce-b' 'self'": Permissions(False, True, "a"),
    "connect-src 'none'": Permissions(can_report=False),
    "connect-src https://stats.example": Permissions(can_report=False),
    "default-src 'self' 'unsafe-inline'; connect-src 'none'": Permissions(can_report=False),
    # The specific directive counts, not the general one it replaces.
    "default-src 'none'; script-src 'self'; style-src 'self'; frame-src 'self'": Permissions(
        False, False, None, False
    ),
    "script-src 'none'; script-src-elem 'self'": Permissions(True, False),
    # The first of two equal directives counts.
    "script-src 'self'; script-src 'none'": Permissions(True, False),
    "sandbox allow-scripts allow-same-origin": UNRESTRICTED,
    "SCRIPT-SRC 'SELF' 'Unsafe-Inline'": UNRESTRICTED,
    "script-src https://news.example 'unsafe-inline'": UNRESTRICTED,
    "script-src news.example 'unsafe-inline'": UNRESTRICTED,
    "script-src *.example 'unsafe-inline'": UNRESTRICTED,
    "script-src https: 'unsafe-inline'": UNRESTRICTED,
    "script-src http: 'unsafe-inline'": UNRESTRICTED,
    "script-src http://news.example 'unsafe-inline'": UNRESTRICTED,
    "script-src news.example:443 'unsafe-inline'": UNRESTRICTED,
    "script-src news.example:* 'unsafe-inline'": UNRESTRICTED,
    "script-src news.example/_adweave/ 'unsafe-inline'": UNRESTRICTED,
    "script-src news.example/ 'unsafe-inline'": UNRESTRICTED,
}
IMPOSSIBLE = [
    "script-src 'none'",
    "script-src",
    "default-src 'none'",
    "script-src 'unsafe-inline'",  # the loader is not inline
    "script-src 'none' 'strict-dynamic'",
    "script-src https://cdn.example 'unsafe-inline'",
    "script-src 'sha256-xyz'; style-src 'sha256-xyz'",  # whose hashes are those of a page's own
    "script-src 'sha256-xyz'; frame-src 'none'",
    "style-src 'none'",
    "frame-src 'none'",
    "child-src https://ads.example",
    "sandbox",
    "sandbox allow-scripts",
    "script-src https://cdn.example",
    "script-src *.news.example",
    "script-src https://news.example:8443",
    "script-src https://news.example/js/",
    "script-src https://news.example/app.js",
    "script-src wss:",
]


@pytest.mark.parametrize("policy", ALLOWED)
def test_what_a_policy_allows(policy: str) -> None:
    assert permissions([policy], origin=ORIGIN) == ALLOWED[policy]


@pytest.mark.parametrize("policy", IMPOSSIBLE)
def test_a_policy_that_leaves_no_way(policy: str) -> None:
    assert permissions([policy], origin=ORIGIN) is None


def test_http_pages_are_not_covered_by_https_sources() -> None:
    policy = "script-src https: 'unsafe-inline'"
    assert permissions([policy], origin="http://news.example") is None


@pytest.mark.parametrize("source", ["'self'", "*", "https:", "HTTPS://*", "http:", "http://*"])
def test_without_an_origin_self_counts_and_what_covers_all_hosts(source: str) -> None:
    assert permissions([], [f"script-src {source} 'unsafe-inline'"]) == UNRESTRICTED


@pytest.mark.parametrize("source", ["https://news.example", "https://*.example", "data:", "'none'"])
def test_without_an_origin_no_host_counts(source: str) -> None:
    assert permissions([], [f"script-src {source} 'unsafe-inline'"]) is None


def test_every_policy_must_agree() -> None:
    loose = "script-src 'self' 'unsafe-inline'"
    strict = "script-src 'self'"
    inline_off = Permissions(True, False)
    assert permissions([loose, strict]) == inline_off
    assert permissions([f"{loose}, {strict}"]) == inline_off
    assert permissions([loose], [strict]) == inline_off
    assert permissions([loose], ["script-src 'none'"]) is None


def test_two_policies_with_the_same_nonce_are_met_with_it() -> None:
    policies = ["script-src 'nonce-n'", "default-src 'self'; script-src 'self' 'nonce-n'"]
    assert permissions(policies) == Permissions(False, True, "n")


def test_a_sandbox_in_a_meta_element_has_no_effect() -> None:
    assert permissions([], ["sandbox"]) == UNRESTRICTED


LOADER, HEAD = (f"'{integrity_of(script)}'" for script in ("loader", "head"))


@pytest.mark.parametrize(
    ("policy", "amended", "can_import"),
    [
        ("script-src 'sha256-x'", f"script-src 'sha256-x' {LOADER} {HEAD}", False),
        (
            "Script-Src 'SHA256-x' 'strict-dynamic' ; object-src 'none'",
            f"Script-Src 'SHA256-x' 'strict-dynamic' {LOADER} {HEAD}; object-src 'none'",
            True,
        ),
        (
            "style-src 'self';script-src https://cdn.example 'sha384-x', object-src 'none'",
            f"style-src 'self';script-src https://cdn.example 'sha384-x' {LOADER} {HEAD},"
            " object-src 'none'",
            False,
        ),
        (
            "default-src 'none'; script-src-elem 'sha512-x'; script-src 'none'; frame-src 'self';"
            " style-src 'self'",
            f"default-src 'none'; script-src-elem 'sha512-x' {LOADER} {HEAD}; script-src 'none';"
            " frame-src 'self'; style-src 'self'",
            False,
        ),
    ],
)
def test_a_policy_of_hashes_gets_those_of_our_scripts(
    policy: str, amended: str, can_import: bool
) -> None:
    assert with_hashes(policy) == amended
    allowed = permissions([policy], origin=ORIGIN)
    assert allowed is not None
    assert allowed.by_hash
    assert allowed.inline_script
    assert allowed.can_import is can_import
    # In an element of the page it stays as it is, and so forbids us.
    assert permissions([], [policy], origin=ORIGIN) is None


@pytest.mark.parametrize(
    "policy",
    [
        "script-src 'self' 'sha256-x'",
        "script-src 'nonce-n' 'sha256-x'",
        "script-src 'unsafe-inline' https://cdn.example",  # a first hash would switch inline off
        "script-src 'none'",
        "style-src 'sha256-x'",
        "",
    ],
)
def test_other_policies_stay_as_they_came(policy: str) -> None:
    assert with_hashes(policy) == policy


def test_all_policies_must_let_our_scripts_in_each_in_its_way() -> None:
    mixed = permissions(["script-src 'sha256-x'", "script-src 'self'"], origin=ORIGIN)
    assert mixed is not None
    assert (mixed.by_hash, mixed.inline_script) == (True, False)
    both = permissions(["script-src 'sha256-x'", "script-src 'nonce-n'"])
    assert both is not None
    assert (both.by_hash, both.inline_script, both.nonce) == (True, True, "n")
    assert permissions(["script-src 'sha256-x'", "script-src 'none'"]) is None


def test_adapters_whose_code_is_fetched_are_barred_where_only_hashes_count() -> None:
    allowed = permissions(["script-src 'sha256-x' https://tags.example"], demand=DEMAND)
    assert allowed is not None
    assert allowed.barred == {"gpt", "prebid"}


DEMAND = {
    "gpt": Needs(("https://tags.example/tag/js/gpt.js",), ("https://any.frames.example",)),
    "prebid": Needs(("/js/prebid.js",)),
    "iframe": Needs((), ("https://ads.example/serve",)),
}


@pytest.mark.parametrize(
    ("policy", "barred"),
    [
        ("object-src 'none'", set()),
        ("script-src 'nonce-n' 'strict-dynamic'", set()),
        ("script-src 'nonce-n'", set()),
        ("default-src 'self'", {"gpt", "iframe"}),
        ("script-src 'self' https:; frame-src 'self' https:", set()),
        ("script-src 'self' tags.example; frame-src 'self' *.frames.example", {"iframe"}),
        ("script-src 'self' tags.example/tag/", set()),
        ("script-src 'self' tags.example/tag/js/gpt.js", set()),
        ("script-src 'self' tags.example/other/", {"gpt"}),
        ("script-src 'self'; frame-src 'self' ads.example", {"gpt"}),
        ("script-src news.example/_adweave/ https://tags.example", {"prebid"}),
        ("script-src 'nonce-n'; require-trusted-types-for 'script'", set()),
        (
            "script-src 'nonce-n'; require-trusted-types-for 'script'; trusted-types adweave x",
            set(),
        ),
        (
            "script-src 'nonce-n'; require-trusted-types-for 'script'; trusted-types x",
            {"gpt", "prebid"},
        ),
    ],
)
def test_which_adapters_a_policy_lets_in(policy: str, barred: set[str]) -> None:
    allowed = permissions([policy], origin=ORIGIN, demand=DEMAND)
    assert allowed is not None
    assert allowed.barred == barred
