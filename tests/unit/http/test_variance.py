"""What caches are told where an answer depends on the request or the time."""

from __future__ import annotations

import pytest

from adweave.http.variance import answer_fields
from adweave.placements import Decision

NOW = 1_764_000_000.0  # Mon, 24 Nov 2025 16:00:00 GMT
PLAIN = Decision(())


def told(decision: Decision, *fields: tuple[str, str]) -> dict[str, list[str]]:
    pairs = [(name.encode(), value.encode()) for name, value in fields]
    found: dict[str, list[str]] = {}
    for name, value in answer_fields(pairs, decision, NOW):
        found.setdefault(name.decode(), []).append(value.decode())
    return found


def varied(*names: str) -> Decision:
    return Decision((), consulted=names)


PRIVATE = Decision((), consulted=("cookie",), is_private=True)


def ending(seconds: float) -> Decision:
    return Decision((), until=NOW + seconds)


def test_an_answer_that_depends_on_nothing_stays_as_it_is():
    fields = [(b"cache-control", b"public, max-age=60"), (b"vary", b"Accept-Encoding")]
    assert answer_fields(fields, PLAIN, NOW) == fields


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ([], "cf-ipcountry, user-agent"),
        (["Accept-Encoding"], "Accept-Encoding, cf-ipcountry, user-agent"),
        (["Accept-Encoding, User-Agent"], "Accept-Encoding, User-Agent, cf-ipcountry"),
        (["Accept-Encoding", "User-Agent"], "Accept-Encoding, User-Agent, cf-ipcountry"),
        (["CF-IPCountry, User-Agent"], "CF-IPCountry, User-Agent"),
        (["*"], "*"),
    ],
)
def test_vary_names_what_was_consulted(there, expected):
    found = told(varied("cf-ipcountry", "user-agent"), *(("vary", each) for each in there))
    assert ", ".join(found["vary"]) == expected


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ([], ["private"]),
        (["public, max-age=60"], ["private, max-age=60"]),
        (["max-age=60, s-maxage=3600"], ["private, max-age=60"]),
        (["s-maxage=3600", "must-revalidate"], ["private, must-revalidate"]),
        (['private="set-cookie, x-a", max-age=5'], ["private, max-age=5"]),
        (["private"], ["private"]),
        (["no-store"], ["no-store"]),
        (["no-cache"], ["private, no-cache"]),
        (["max-age=60, proxy-revalidate, stale-while-revalidate=5"],
         ["private, max-age=60, stale-while-revalidate=5"]),
    ],
)  # fmt: skip
def test_what_a_cookie_decides_is_kept_out_of_shared_caches(there, expected):
    found = told(PRIVATE, *(("cache-control", each) for each in there))
    assert found["cache-control"] == expected
    assert found["vary"] == ["cookie"]


def test_fields_that_speak_to_cdns_alone_do_not_open_them_again():
    found = told(
        PRIVATE,
        ("surrogate-control", "max-age=3600"),
        ("cdn-cache-control", "max-age=3600"),
        ("cloudflare-cdn-cache-control", "max-age=3600"),
        ("x-accel-expires", "3600"),
        ("surrogate-key", "article-7"),
    )
    assert found == {
        "vary": ["cookie"],
        "cache-control": ["private"],
        "surrogate-key": ["article-7"],
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("cache-control", "public, max-age=3600")], {"cache-control": ["public, max-age=120"]}),
        ([("cache-control", "max-age=60")], {"cache-control": ["max-age=60"]}),
        ([("cache-control", 's-maxage="3600", max-age=60')],
         {"cache-control": ["s-maxage=120, max-age=60"]}),
        ([("cache-control", "no-cache")], {"cache-control": ["no-cache"]}),
        ([("surrogate-control", "max-age=3600, stale-while-revalidate=60")],
         {"surrogate-control": ["max-age=120, stale-while-revalidate=60"]}),
        ([("x-accel-expires", "3600")], {"x-accel-expires": ["120"]}),
        ([("expires", "Mon, 24 Nov 2025 18:00:00 GMT")],
         {"expires": ["Mon, 24 Nov 2025 16:02:00 GMT"]}),
        ([("expires", "Mon, 24 Nov 2025 16:01:00 GMT")],
         {"expires": ["Mon, 24 Nov 2025 16:01:00 GMT"]}),
        ([("expires", "0")], {"expires": ["0"]}),
        ([], {}),
        ([("last-modified", "Mon, 24 Nov 2025 15:59:00 GMT")],
         {"last-modified": ["Mon, 24 Nov 2025 15:59:00 GMT"]}),
        ([("last-modified", "Sat, 01 Nov 2025 00:00:00 GMT")],
         {"last-modified": ["Sat, 01 Nov 2025 00:00:00 GMT"], "cache-control": ["max-age=120"]}),
    ],
)  # fmt: skip
def test_nothing_is_fresh_beyond_the_end_of_its_decision(fields, expected):
    assert told(ending(120.9), *fields) == expected


def test_a_decision_that_has_ended_leaves_nothing_fresh():
    found = told(ending(-5), ("cache-control", "max-age=60"))
    assert found == {"cache-control": ["max-age=0"]}


def test_numbers_that_are_none_stay_the_upstreams_own():
    found = told(ending(120), ("cache-control", "max-age=soon"), ("x-accel-expires", "@1"))
    assert found == {"cache-control": ["max-age=soon"], "x-accel-expires": ["@1"]}
