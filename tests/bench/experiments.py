"""Thousands of made-up experiments, judged by the code that reports use: does it hold its word?

`python -m tests.bench.experiments` prints the tables, `--write FILE` puts them into a page. The
readers are hard ones: visits and money of each are far from independent, and few bring most of
the money. Everything is drawn by a seed; the same numbers come on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import click
import numpy as np

from adweave.experiments import POWER, detectable, sequential_test
from adweave.experiments.report import noise_of
from adweave.experiments.statistics import (
    Estimate,
    Interval,
    Sums,
    adjusted,
    boundary,
    fixed_errors,
    ratio,
    relative_bounds,
)

LOOKS = 28
"""One a day for four weeks."""
CHUNK = 40
SPLIT_LOOKS = 100
VISITORS = 200_000


@dataclass(frozen=True, slots=True)
class World:
    """Visitors with `views` page views each and money that is lognormal twice over."""

    units: int
    effect: float = 0.0

    def drawn(self, rng: np.random.Generator, runs: int) -> Iterator[np.ndarray]:
        """Cumulative sums of each variant: runs x looks x the ten of `Sums`."""
        per_look = self.units // 2 // LOOKS
        for arm in range(2):
            shape = (runs, LOOKS, per_look)
            habit = rng.standard_normal(shape, dtype=np.float32) * 1.2
            views = 1.0 + rng.geometric(0.5, shape)
            noise = rng.standard_normal(shape, dtype=np.float32)
            money = views * np.exp(habit + noise / np.sqrt(views)) * (1 + arm * self.effect)
            before = np.exp(habit + 0.7 * rng.standard_normal(shape, dtype=np.float32))
            y, x, c = money.astype(float), views, before.astype(float)
            parts = (y, x, y * y, x * x, y * x, c, c * c, c * y, c * x)
            yield np.stack([part.sum(axis=2) for part in parts], axis=2).cumsum(axis=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """Variant and control as they stand at one look."""

    variant: Estimate
    control: Estimate

    def always_valid(self, alpha: float = 0.05) -> Interval:
        """The interval of the relative change that holds whenever it is looked at."""
        units = self.variant.n + self.control.n
        return relative_bounds(self.variant, self.control, boundary(units, alpha))

    def fixed(self) -> Interval:
        """That for one look."""
        return relative_bounds(self.variant, self.control, fixed_errors())


@dataclass(frozen=True, slots=True)
class Looked:
    """One experiment: at each look what is compared, plain and adjusted by the past."""

    plain: tuple[Pair, ...]
    adjusted: tuple[Pair, ...]


def experiments(world: World, runs: int, seed: int) -> list[Looked]:
    """`runs` experiments in that world, each with its looks."""
    rng = np.random.default_rng(seed)
    found = []
    for start in range(0, runs, CHUNK):
        arms = list(world.drawn(rng, min(CHUNK, runs - start)))
        found += [_looked(world, arms, run) for run in range(len(arms[0]))]
    return found


def _looked(world: World, arms: Sequence[np.ndarray], run: int) -> Looked:
    plain, better = [], []
    for look in range(LOOKS):
        units = (look + 1) * (world.units // 2 // LOOKS)
        sums = [Sums(units, *map(float, arm[run, look])) for arm in arms]
        plain.append(_pair(ratio(sums[1]), ratio(sums[0])))
        control, variant = adjusted(sums)
        better.append(_pair(variant, control))
    return Looked(tuple(plain), tuple(better))


def _pair(variant: Estimate | None, control: Estimate | None) -> Pair:
    assert variant is not None
    assert control is not None
    return Pair(variant, control)


def holds(interval: Interval, truth: float = 0.0) -> bool:
    """Whether the truth is inside."""
    return interval.low <= truth <= interval.high


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of experiments, each 0 to 1."""

    peeking_always: float  # the always-valid interval left the truth at some look
    peeking_fixed: float
    last_always: float  # it held the truth at the last look
    last_fixed: float
    width: float  # of the always-valid interval, at the last look


def rates(found: Sequence[Sequence[Pair]], beside: Sequence[Sequence[Pair]]) -> Rates:
    """How the intervals fared over A/A experiments, each with its looks.

    Widths are to those of the fixed intervals of `beside`.
    """
    truth = 0.0
    always = np.array([[holds(e.always_valid(), truth) for e in one] for one in found])
    fixed = np.array([[holds(e.fixed(), truth) for e in one] for one in found])
    widths = [
        _width(one[-1].always_valid()) / _width(other[-1].fixed())
        for one, other in zip(found, beside, strict=True)
    ]
    return Rates(
        peeking_always=float(1 - always.all(axis=1).mean()),
        peeking_fixed=float(1 - fixed.all(axis=1).mean()),
        last_always=float(always[:, -1].mean()),
        last_fixed=float(fixed[:, -1].mean()),
        width=float(np.mean(widths)),
    )


def _width(interval: Interval) -> float:
    return interval.high - interval.low


def world_noise(seed: int = 1) -> float:
    """The noise of the world's readers, from a million of them."""
    (sums, *_) = World(2 * 1_000_000 // LOOKS * LOOKS).drawn(np.random.default_rng(seed), 1)
    whole = ratio(Sums(1_000_000 // LOOKS * LOOKS, *map(float, sums[0, -1])))
    assert whole is not None
    noise = noise_of([whole])
    assert noise is not None
    return noise


@dataclass(frozen=True, slots=True)
class Seen:
    """Power at one effect: by theory, at one look, and at any of the looks."""

    effect: float
    theory: float
    one_look: float
    any_look: float


def power(units: int, runs: int, noise: float, seed: int, *, always_valid: bool) -> Seen:
    """Experiments whose effect is the one that planning calls detectable."""
    effect = detectable(noise, units, always_valid=always_valid)
    found = experiments(World(units, effect), runs, seed)
    interval = Pair.always_valid if always_valid else Pair.fixed
    seen = np.array([[interval(e).low > 0 for e in one.plain] for one in found])
    return Seen(effect, POWER, float(seen[:, -1].mean()), float(seen.any(axis=1).mean()))


def wrongly_kept(units: int, runs: int, margin: float, seed: int) -> float:
    """Share of experiments whose true harm is the margin and that call it kept at some look."""
    found = experiments(World(units, -margin), runs, seed)
    kept = [any(e.always_valid().low > -margin for e in one.plain) for one in found]
    return float(np.mean(kept))


def alarms(shares: Sequence[float], visitors: int, runs: int, seed: int) -> float:
    """Share of runs in which the split's test cries, looked at `SPLIT_LOOKS` times."""
    rng = np.random.default_rng(seed)
    steps = rng.multinomial(visitors // SPLIT_LOOKS, shares, size=(runs, SPLIT_LOOKS))
    paths = steps.cumsum(axis=1).tolist()
    return sum(not sequential_test(path, (0.5, 0.5)).sound for path in paths) / runs


def one_look_power(shares: Sequence[float], visitors: int, alpha: float = 0.01) -> float:
    """What the best test can see that looks once, at the end, and cries wrongly at `alpha`.

    The two-sided test of a binomial share, by its normal approximation; no test that may be
    looked at earlier can see more.
    """
    normal = NormalDist()
    away = abs(shares[1] - 0.5) / math.sqrt(0.25 / visitors)
    edge = normal.inv_cdf(1 - alpha / 2)
    return normal.cdf(away - edge) + normal.cdf(-away - edge)


def missed_ends(visitors: int, lost: float, runs: int, seed: int) -> float:
    """Share of runs in which it shows that a variant loses that share of its last reports."""
    rng = np.random.default_rng(seed)
    half = visitors // 2
    found = 0
    for _ in range(runs):
        ends = [int(rng.binomial(half, 0.95 * (1 - part))) for part in (0.0, lost)]
        a, b = (ratio(Sums(half, end, half, end, half, end)) for end in ends)
        found += not holds(_pair(b, a).always_valid(0.01))
    return found / runs


def page(runs: int) -> str:
    """All tables as Markdown."""
    units = 40_000 // (2 * LOOKS) * 2 * LOOKS
    found = experiments(World(units), runs, 1)
    without = [one.plain for one in found]
    plain, better = rates(without, without), rates([one.adjusted for one in found], without)
    noise = world_noise()
    fixed = power(units, runs, noise, 2, always_valid=False)
    anytime = power(units, runs, noise, 3, always_valid=True)
    lines = [
        "# Simulations",
        "<!-- Made by `make simulate` from the code; edits here are lost. -->",
        f"{runs:,} made-up experiments a row, {units:,} visitors each, looked at once a day for "
        f"{LOOKS} days, judged by the code that reports use. The metric is revenue per page view: "
        "each visitor has a habit of spending (lognormal, 1.2), some page views (2 and more, "
        "geometric), and luck (lognormal again). The standard deviation of a visitor is "
        f"{noise:.1f} times the mean. [Statistics](statistics.md) says what is promised.",
        "## Nothing to find: A/A",
        "| | promised | always valid | adjusted by earlier visits | fixed horizon |",
        "| --- | --- | --- | --- | --- |",
        f"| called different at some look | at most 5 % | {_p(plain.peeking_always)} "
        f"| {_p(better.peeking_always)} | {_p(plain.peeking_fixed)} (never meant for it) |",
        f"| interval holds the truth at the end | at least 95 % | {_p(plain.last_always)} "
        f"| {_p(better.last_always)} | {_p(plain.last_fixed)} |",
        f"| width at the end, to the fixed one | | {plain.width:.2f} | {better.width:.2f} | 1 |",
        "## Something to find",
        "The effect is the one that planning calls detectable with so many visitors.",
        "| interval | effect | power by theory | at the end | at some look |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {name} | {_p(one.effect)} | {_p(one.theory)} | {_p(one.one_look)} "
            f"| {_p(one.any_look)} |"
            for name, one in (("fixed horizon", fixed), ("always valid", anytime))
        ),
        "## Harm as large as the margin",
        "| | promised | seen |",
        "| --- | --- | --- |",
        "| guardrail called kept at some look | at most 2.5 % "
        f"| {_p(wrongly_kept(units, runs, 0.05, 4))} |",
        *_splits(runs),
    ]
    return _spaced(lines)


def _splits(runs: int) -> Iterator[str]:
    yield "## Broken splits"
    yield (
        f"Looked at {SPLIT_LOOKS} times on the way. *At one look* is what the best test sees that "
        "looks only at the end and cries wrongly as rarely: no test that may be looked at sooner "
        "sees more."
    )
    yield "| what is lost | visitors | alarm | at one look |"
    yield "| --- | --- | --- | --- |"
    of_arm = (1 / 1.99, 0.99 / 1.99)
    rows: tuple[tuple[str, Sequence[float], int], ...] = (
        ("nothing", (0.5, 0.5), VISITORS),
        ("1 % of one variant's visitors", of_arm, VISITORS),
        ("1 % of one variant's visitors", of_arm, 1_000_000),
        ("1 % of one variant's visitors", of_arm, 1_500_000),
        ("2 % of one variant's (1 % of all)", (0.505, 0.495), VISITORS),
        ("4 % of one variant's (2 % of all)", (0.51, 0.49), VISITORS),
    )
    for number, (name, shares, visitors) in enumerate(rows):
        cried = alarms(shares, visitors, runs if number == 0 else max(runs // 4, 100), 10 + number)
        best = one_look_power(shares, visitors)
        yield f"| {name} | {visitors:,} | {_p(cried)} | {_p(best)} |"
    yield (
        f"| 1 % of one variant's last reports (not of its visitors) | {VISITORS:,} "
        f"| {_p(missed_ends(VISITORS, 0.01, 500, 20))} | |"
    )


def _p(share: float) -> str:
    return f"{share * 100:.1f} %"


def _spaced(lines: Sequence[str]) -> str:
    text = ""
    for before, line in zip(["", *lines], lines, strict=False):
        is_row = line.startswith("|") and before.startswith("|")
        text += ("" if not text else "\n" if is_row else "\n\n") + line
    return f"{text}\n"


@click.command()
@click.option("--runs", default=2_000, show_default=True, help="Experiments a row.")
@click.option("--write", type=click.Path(path_type=Path), help="Put the page into this file.")
def main(runs: int, write: Path | None) -> None:
    """Hold the statistics to their promises by simulation."""
    text = page(runs)
    if write is None:
        click.echo(text)
    else:
        write.write_text(text, encoding="utf-8")
        click.echo(f"{write} written.")


if __name__ == "__main__":
    main()
