"""How long readers wait at half load: the gateway beside nginx, both asked the same, in turns.

Requests come as those of independent readers do (`arrivals`), on connections that are kept, from a
process of its own. Half load is half of what one processor could do: half a second of the
gateway's processor time in a second. nginx gets the same requests at the same times; as it may
be busier or less busy with them, it gets half of its own load, too.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field, replace

from .arrivals import Load, Run, generator, quantile
from .gateway import Field as Place
from .gateway import Getter, precise_cpu_s, request
from .gateway import field as places

HALF = 0.5
AT_MOST = 2.0
_LATE = 0.99
_TARGET = "/fresh/story.html"  # no validator: the gateway reads and knows the whole page
_CODING = "Accept-Encoding: identity"
_TRIAL_S = 1.0
_WARMING = 50


@dataclass(slots=True)
class Waits:
    """One server under one load: seconds, one value a round."""

    name: str
    pid: int
    load: Load
    median_s: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)  # the 99th percentile
    lag_s: list[float] = field(default_factory=list)  # that of the load's own lateness
    busy: list[float] = field(default_factory=list)  # share of a processor
    answers: int = 0

    def turn(self, run: Run, seed: int) -> None:
        """One round."""
        load = replace(self.load, seed=seed)
        began = precise_cpu_s(self.pid)
        (found,) = run(load)
        self.busy.append((precise_cpu_s(self.pid) - began) / load.seconds)
        self.answers += len(found.took_s)
        self.median_s.append(quantile(found.took_s, 0.5))
        self.late_s.append(quantile(found.took_s, _LATE))
        self.lag_s.append(quantile(found.late_s, _LATE))


def report(rounds: int = 9, seconds: float = 2.0) -> str:
    """The table, in Markdown."""
    with places() as place, generator() as run:
        ours = Load(place.gateway, request(_TARGET, _CODING), 1.0, seconds, verdict=b"plan=hit",
                    least_bytes=place.page_bytes + 1)  # fmt: skip
        theirs = replace(ours, port=place.filtered, verdict=b"200 OK")
        _check(place)
        half = _half_of(run, ours, place.gateway_pid)
        half_of_nginx = _half_of(run, theirs, place.nginx_pid)
        gateway = Waits("gateway, half its own load", place.gateway_pid, replace(ours, rate=half))
        nginx = Waits("nginx, the same requests", place.nginx_pid, replace(theirs, rate=half))
        own = Waits(
            "nginx, half its own load", place.nginx_pid, replace(theirs, rate=half_of_nginx)
        )
        turns = [gateway, nginx, own]
        for number in range(rounds):
            for each in turns if number % 2 else reversed(turns):
                each.turn(run, seed=number)
    lines = [
        f"## Waiting at half load ({ours.connections} connections, plan hit, identity, "
        f"{rounds} rounds of {seconds:g} s)\n",
        "| | requests/s | of a processor | median, ms | 99th, ms | of it the load's own "
        "| gateway's 99th to it | at most |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in turns:
        ratio = statistics.median(a / b for a, b in zip(gateway.late_s, each.late_s, strict=True))
        bound = ("1.00x", "") if each is gateway else (f"{ratio:.2f}x", f"{AT_MOST:.2f}x")
        lines.append(
            f"| {each.name} | {each.load.rate:.0f} | {statistics.median(each.busy):.0%} "
            f"| {_ms(each.median_s)} | {_ms(each.late_s)} | {_ms(each.lag_s)} "
            f"| {bound[0]} | {bound[1]} |"
        )
    answers = sum(each.answers for each in turns)
    lines.append(
        f"\nTimes are from when a request was due to the last byte of its answer, medians of the "
        f"rounds. Each of the {answers:,} answers was a woven page, from the gateway by a plan "
        f"that it had.\n"
    )
    return "\n".join(lines)


def _check(place: Place) -> None:
    """Both servers weave, and the gateway has the plan from here on."""
    for port in (place.gateway, place.filtered):
        getter = Getter(port, _TARGET, _CODING)
        for _ in range(_WARMING):
            getter.get()
            if getter.status != 200:
                raise SystemExit(getter.head.decode("latin-1"))
        getter.close()


def _half_of(run: Run, load: Load, pid: int) -> float:
    """The requests a second that take a process half of a processor: found at about that rate."""
    getter = Getter(load.port, _TARGET, _CODING)
    began = precise_cpu_s(pid)
    for _ in range(_WARMING):
        getter.get()
    cost_s = (precise_cpu_s(pid) - began) / _WARMING
    getter.close()
    trial = replace(load, rate=HALF / cost_s, seconds=_TRIAL_S)
    began = precise_cpu_s(pid)
    (found,) = run(trial)
    count = len(found.took_s) + trial.connections
    return HALF * count / (precise_cpu_s(pid) - began)


def _ms(values: list[float]) -> str:
    return f"{statistics.median(values) * 1000:.2f}"
