"""What one layout or placement asks of a request, made ready: small tests, and a clock.

A test is a function from a request to whether it holds. With the tests goes what they look at,
so that what depends on them can say so. Knows requests only as `asked.Request`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from adweave.placements.asked import Request
from adweave.placements.schedule import Clock, Schedule
from adweave.placements.settings import Settings
from adweave.placements.target import Members, Target, Wanted

_MOBILE_WORDS = ("mobile", "phone", "true", "?1")

Test = Callable[[Request], bool]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Tests that must all hold, in the time that the clock allows.

    `faults` says of each test, for people, what is so where it does not hold. `consulted` are the
    fields, in lower case, that the tests look at; `is_private`: a cookie is among them.
    `asks_members`: it matters whether the reader is one.
    """

    tests: tuple[Test, ...] = ()
    faults: tuple[str, ...] = ()
    clock: Clock | None = None
    consulted: frozenset[str] = frozenset()
    is_private: bool = False
    asks_members: bool = False

    def __bool__(self) -> bool:
        return bool(self.tests) or self.clock is not None

    def fault(self, request: Request) -> str | None:
        """Why they do not hold for a request, for people; None where they do."""
        for test, fault in zip(self.tests, self.faults, strict=True):
            if not test(request):
                return fault
        if self.clock is None:
            return None
        is_on, then = self.clock.at(request.now)
        if is_on:
            return None
        until = (
            "" if then is None else f" until {datetime.fromtimestamp(then, UTC):%Y-%m-%d %H:%M} UTC"
        )
        return f"off by its schedule{until}"


def conditions_of(
    target: Target | None, schedule: Schedule | None, settings: Settings
) -> Conditions:
    """The conditions that a target and a schedule put to a request."""
    clock = None if schedule is None else Clock(schedule, settings.time_zone)
    if target is None:
        return Conditions(clock=clock)
    tests: dict[str, Test] = {}
    consulted: set[str] = set()
    if target.hosts:
        tests["not for this host"] = _host_test(target.hosts)
    if len(set(target.devices)) == 1:  # both are every device
        header = settings.targeting.device_header
        wants_mobile = target.devices[0] == "mobile"
        fault = f"only for {target.devices[0]} devices"
        tests[fault] = _device_test(wants_mobile, header)
        consulted |= {header.lower()} if header else {"sec-ch-ua-mobile", "user-agent"}
    header = settings.targeting.country_header
    if target.countries and header:
        fault = f"not for the country that {header} tells"
        tests[fault] = _country_test(target.countries, _field(header))
        consulted.add(header.lower())
    for name, wanted in target.headers.items():
        fault = f"not for what {name} says in the request"
        tests[fault] = _field_test(_field(name), wanted)
        consulted.add(name.lower())
    for name, wanted in target.cookies.items():
        fault = f'not for what the cookie "{name}" says'
        tests[fault] = _cookie_test(name, wanted)
        consulted.add("cookie")
    return Conditions(
        tuple(tests.values()),
        tuple(tests),
        clock,
        frozenset(consulted),
        is_private=bool(target.cookies),
        asks_members=target.members in ("no", "only"),
    )


def member_tests(members: Members) -> tuple[Test, ...]:
    """The signs by which a request tells a member; one that holds is enough."""
    return (
        *(_field_test(_field(name), wanted) for name, wanted in members.headers.items()),
        *(_cookie_test(name, wanted) for name, wanted in members.cookies.items()),
    )


def parted(entries: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A list's entries that take in, and those that take out, without their `!`."""
    taken_in: list[str] = []
    taken_out: list[str] = []
    for entry in entries:
        (taken_out if entry.startswith("!") else taken_in).append(entry.removeprefix("!"))
    return tuple(taken_in), tuple(taken_out)


def has(wanted: Wanted, found: str | None) -> bool:
    """Whether a value that was found, None for none, is what was wanted."""
    if isinstance(wanted, bool):
        return (found is not None) == wanted
    return found is not None and found in wanted


def _field(name: str) -> bytes:
    return name.lower().encode("ascii")


def _field_test(name: bytes, wanted: Wanted) -> Test:
    return lambda request: has(wanted, request.field(name))


def _cookie_test(name: str, wanted: Wanted) -> Test:
    return lambda request: has(wanted, request.cookie(name))


def _device_test(wants_mobile: bool, header: str | None) -> Test:
    if header is None:
        return lambda request: request.is_mobile() == wants_mobile
    name = _field(header)

    def holds(request: Request) -> bool:
        told = (request.field(name) or "").casefold()
        is_mobile = told == "1" or any(word in told for word in _MOBILE_WORDS)
        return is_mobile == wants_mobile

    return holds


def _country_test(countries: tuple[str, ...], name: bytes) -> Test:
    taken_in, taken_out = (frozenset(each) for each in parted(countries))

    def holds(request: Request) -> bool:
        country = (request.field(name) or "").upper()
        return country not in taken_out and (not taken_in or country in taken_in)

    return holds


def _host_test(hosts: tuple[str, ...]) -> Test:
    taken_in, taken_out = parted(hosts)

    def fits(host: str, entries: tuple[str, ...]) -> bool:
        return any(
            host.endswith(entry[1:]) if entry.startswith("*.") else host == entry
            for entry in entries
        )

    def holds(request: Request) -> bool:
        host = request.host
        return not fits(host, taken_out) and (not taken_in or fits(host, taken_in))

    return holds
