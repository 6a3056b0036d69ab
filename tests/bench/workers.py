"""What two workers allow: processor time of a request with one and with two, and how it is shared.

Throughput by the clock would need processors for two workers, upstream and load beside each other.
What can be measured anywhere is what stands in the way of twice the throughput. A request may cost
more where two share the work (locks, messages between them, cold caches):

    2 x processor time of a request with one worker / processor time with two

is what two full workers answer, as a multiple of one. And one of them may have more to do than the
other. They share connections, not requests, so where no reader waits for another and all
connections are equally busy, the work is no longer done in time once the busier worker is full:

    processor time with one / (processor time with two x the share of the busier one)

Both are ceilings: what full processors do to each other is not in them. Nor is a request's cost the
same at any load, whoever answers: so two gateways of one worker each, which share nothing, get the
same as well, and what they come to is what this machine can tell from two. Each connection asks for
something as soon as it is open, as readers' do; they are opened anew each round, and how they are
shared is chance.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field, replace

from .arrivals import Load, Run, generator
from .gateway import Getter, children_of, gateway_before, precise_cpu_s, request
from .gateway import field as places

AT_LEAST = 1.8
_CONNECTIONS = 64
# Of a processor for each worker: upstream and load need their part, and where processors are all
# busy, a request costs more whoever answers.
_LOAD = 0.2
_TARGET = "/fresh/story.html"
_CODING = "Accept-Encoding: identity"
_TRIALS, _TRIAL = 7, 60
_WARMINGS, _WARMING_S = 3, 0.3


@dataclass(slots=True)
class Team:
    """A gateway's processes, and what they took: one value a round."""

    name: str
    loads: list[Load]
    workers: list[int]
    supervisor: list[int] = field(default_factory=list)
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

    def warm(self, run: Run) -> None:
        """Let every worker come to know the page."""
        for _ in range(_WARMINGS):
            run(*(replace(load, seconds=_WARMING_S).unchecked() for load in self.loads))

    def turn(self, run: Run, seed: int) -> None:
        """One round."""
        pids = [*self.workers, *self.supervisor]
        before = {pid: precise_cpu_s(pid) for pid in pids}
        # Each connection has had an answer before the load began.
        count = sum(load.connections for load in self.loads)
        for found in run(*(replace(load, seed=seed) for load in self.loads)):
            count += len(found.took_s)
        spent = {pid: precise_cpu_s(pid) - before[pid] for pid in pids}
        self.cost_s.append(sum(spent.values()) / count)
        self.busy.append(sum(spent.values()) / self.loads[0].seconds)
        shares = [spent[pid] for pid in self.workers]
        self.busiest.append(max(shares) / sum(shares))
        self.answers += count


def report(rounds: int = 7, seconds: float = 2.0) -> str:
    """The table, in Markdown."""
    with (
        places() as place,
        generator(2) as run,
        gateway_before(place.folder, place.upstream) as (other_port, other),
        gateway_before(place.folder, place.upstream, "--workers", "2") as (port, process),
    ):
        rate = _rate(place.gateway, place.gateway_pid)
        load = Load(place.gateway, request(_TARGET, _CODING), rate, seconds, _CONNECTIONS // 2,
                    verdict=b"plan=hit", least_bytes=place.page_bytes + 1)  # fmt: skip
        one = Team("one worker", [load], [place.gateway_pid])
        pair = Team("two gateways of one worker", [load, replace(load, port=other_port)],
                    [place.gateway_pid, other.pid])  # fmt: skip
        together = replace(load, port=port, rate=2 * rate, connections=_CONNECTIONS)
        two = Team("two workers", [together], children_of(process.pid), [process.pid])
        teams = [one, pair, two]
        for team in teams:
            team.warm(run)
        for number in range(rounds):
            for team in teams if number % 2 else reversed(teams):
                team.turn(run, seed=number)
        if children_of(process.pid) != two.workers:
            raise SystemExit("a worker was replaced meanwhile")
    lines = [
        f"## Two workers ({_CONNECTIONS} connections, plan hit, identity, {rounds} rounds of "
        f"{seconds:g} s)\n",
        "| | requests/s | of a processor | µs a request, all processes | the busier one's share "
        "| throughput allowed, both full | at least | until the busier one is full |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for team in teams:
        number, bound = len(team.workers), f"{AT_LEAST:.2f}x" if team is two else ""
        pairs = list(zip(one.cost_s, team.cost_s, team.busiest, strict=True))
        full = statistics.median(number * a / b for a, b, _ in pairs)
        in_time = statistics.median(a / (b * share) for a, b, share in pairs)
        lines.append(
            f"| {team.name} | {sum(load.rate for load in team.loads):.0f} "
            f"| {statistics.median(team.busy):.0%} | {statistics.median(team.cost_s) * 1e6:.0f} "
            f"| {team.shares} | {full:.2f}x | {bound} | {in_time:.2f}x |"
        )
    answers = sum(team.answers for team in teams)
    lines.append(
        f"\nProcessor time, not throughput by the clock, which needs more processors than two: "
        f"twice the cost with one worker, divided by the cost with two; then by the busier one's "
        f"share instead of half. Each of the {answers:,} answers was a woven page, by a plan that "
        f"was there.\n"
    )
    return "\n".join(lines)


def _rate(port: int, pid: int) -> float:
    """The requests a second that one worker is to get."""
    getter = Getter(port, _TARGET, _CODING)
    costs_s = []
    for _ in range(_TRIALS):
        began = precise_cpu_s(pid)
        for _ in range(_TRIAL):
            getter.get()
        costs_s.append((precise_cpu_s(pid) - began) / _TRIAL)
    getter.close()
    return _LOAD / statistics.median(costs_s)
