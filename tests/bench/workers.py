"""What two workers allow: processor time of a request with one and with two, and how it is shared.

Throughput by the clock would need processors for two workers, upstream and load beside each other.
What can be measured anywhere is what stands in the way of twice the throughput. A request may cost
more where two share the work (locks, messages between them, cold caches):

    2 x processor time of a request with one worker / processor time with two

is what two full workers answer, as a multiple of one. And one of them may have more to do than the
other. They share connections, not requests, so where no reader waits for another and all
connections are equally busy, the work is no longer done in time once the busier worker is full:

    processor time with one / (processor time with two x the share of the busier one)

Both are ceilings: what full processors do to each other is not in them. Each connection asks for
something as soon as it is open, as readers' do; they are opened anew each round, and how they are
shared is chance.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .arrivals import Arrivals, Load, generator
from .gateway import Getter, children_of, gateway_before, precise_cpu_s, request
from .gateway import field as places

AT_LEAST = 1.8
_CONNECTIONS = 64
# Of a processor for each worker: with two of them, upstream and load need their part, too.
_LOAD = 0.3
_TARGET = "/fresh/story.html"
_CODING = "Accept-Encoding: identity"
_WARMING = 60
_WARMINGS, _WARMING_S = 3, 0.3


@dataclass(slots=True)
class Team:
    """A gateway's processes, and what they took: one value a round."""

    name: str
    pid: int  # of the process that was started: the only one, or who looks after the workers
    load: Load
    workers: list[int]
    cost_s: list[float] = field(default_factory=list)  # of all processes, a request
    busiest: list[float] = field(default_factory=list)  # its share of all workers' time
    busy: list[float] = field(default_factory=list)  # of a processor, all together
    answers: int = 0

    @property
    def shares(self) -> str:
        """The busier worker's share: the median, and from where to where."""
        middle = f"{statistics.median(self.busiest):.0%}"
        if len(self.workers) < 2:
            return middle
        return f"{middle} ({min(self.busiest):.0%} to {max(self.busiest):.0%})"

    def turn(self, run: Callable[[Load], Arrivals], seed: int) -> None:
        """One round."""
        pids = {self.pid, *self.workers}
        before = {pid: precise_cpu_s(pid) for pid in pids}
        # Each connection has had an answer before the load began.
        count = len(run(replace(self.load, seed=seed)).took_s) + self.load.connections
        spent = {pid: precise_cpu_s(pid) - before[pid] for pid in pids}
        self.cost_s.append(sum(spent.values()) / count)
        self.busy.append(sum(spent.values()) / self.load.seconds)
        shares = [spent[pid] for pid in self.workers]
        self.busiest.append(max(shares) / sum(shares))
        self.answers += count


def report(rounds: int = 7, seconds: float = 2.0) -> str:
    """The table, in Markdown."""
    with (
        places() as place,
        generator() as run,
        gateway_before(place.folder, place.upstream, "--workers", "2") as (port, process),
    ):
        load = Load(place.gateway, request(_TARGET, _CODING), 1.0, seconds, _CONNECTIONS,
                    verdict=b"plan=hit", least_bytes=place.page_bytes + 1)  # fmt: skip
        rate = _rate(place.gateway, place.gateway_pid)
        one = Team("one worker", place.gateway_pid, replace(load, rate=rate), [place.gateway_pid])
        two = Team("two workers", process.pid, replace(load, port=port, rate=2 * rate),
                   children_of(process.pid))  # fmt: skip
        for team in (one, two):
            for _ in range(_WARMINGS):
                run(replace(team.load, seconds=_WARMING_S).unchecked())
        for number in range(rounds):
            for team in (one, two) if number % 2 else (two, one):
                team.turn(run, seed=number)
        if children_of(process.pid) != two.workers:
            raise SystemExit("a worker was replaced meanwhile")
    full = statistics.median(2 * a / b for a, b in zip(one.cost_s, two.cost_s, strict=True))
    in_time = statistics.median(
        a / (b * share) for a, b, share in zip(one.cost_s, two.cost_s, two.busiest, strict=True)
    )
    lines = [
        f"## Two workers ({_CONNECTIONS} connections, plan hit, identity, {rounds} rounds of "
        f"{seconds:g} s)\n",
        "| | requests/s | of a processor | µs a request, all processes | the busier one's share "
        "| throughput allowed, both full | at least | until the busier one is full |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for team, ends in (
        (one, "1.00x | | 1.00x"),
        (two, f"{full:.2f}x | {AT_LEAST:.2f}x | {in_time:.2f}x"),
    ):
        lines.append(
            f"| {team.name} | {team.load.rate:.0f} | {statistics.median(team.busy):.0%} "
            f"| {statistics.median(team.cost_s) * 1e6:.0f} "
            f"| {team.shares} | {ends} |"
        )
    lines.append(
        f"\nProcessor time, not throughput by the clock, which needs more processors than two: "
        f"twice the cost with one worker, divided by the cost with two; then by the busier one's "
        f"share instead of half. Each of the {one.answers + two.answers:,} answers was a woven "
        f"page, by a plan that was there.\n"
    )
    return "\n".join(lines)


def _rate(port: int, pid: int) -> float:
    """The requests a second that one worker is to get."""
    getter = Getter(port, _TARGET, _CODING)
    for _ in range(_WARMING):
        getter.get()
    began = precise_cpu_s(pid)
    for _ in range(_WARMING):
        getter.get()
    getter.close()
    return _LOAD * _WARMING / (precise_cpu_s(pid) - began)
