"""`python -m tests.fuzz`: run the fuzzer, print and keep what fails."""

from __future__ import annotations

import secrets
import sys
import time
from pathlib import Path

import click

from tests.quality import node

from .check import check
from .reducing import reduced
from .run import Failure, numbered_case, run

_KEPT = Path(__file__).parent / "var"


@click.command()
@click.option("--cases", default=100_000, show_default=True)
@click.option("--seed", type=int, default=None, help="Drawn and printed when not given.")
@click.option("--processes", default=2, show_default=True)
@click.option("--only", type=int, default=None, help="This one case of the seed, reduced.")
@click.option(
    "--reduce",
    "to_reduce",
    default=5,
    show_default=True,
    help="How many failures to reduce to small pages.",
)
def main(cases: int, seed: int | None, processes: int, only: int | None, to_reduce: int) -> None:
    """Run CASES pages through the engine; exit 1 when one of them fails."""
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    if only is not None:
        sys.exit(_run_one(seed, only))
    click.echo(f"{cases} cases, seed {seed}")
    began = time.monotonic()
    summary = run(seed, cases, processes=processes)
    counts = ", ".join(f"{name} {count}" for name, count in summary.verdicts.most_common())
    click.echo(f"{summary.cases} cases in {time.monotonic() - began:.0f} s: {counts}")
    summary.failures += _arbitrated(summary.disputes)
    for failure in summary.failures[:50]:
        _print(failure)
    for failure in summary.failures[:to_reduce]:
        _keep(failure)
    click.echo(f"{len(summary.failures)} failures" if summary.failures else "no failure")
    sys.exit(1 if summary.failures else 0)


def _arbitrated(disputes: list[Failure]) -> list[Failure]:
    """Those disputes in which the third parser sees a difference, too."""
    if not disputes:
        return []
    if trouble := node.trouble():
        click.echo(f"{len(disputes)} disputes between html5lib and turbohtml stay open: {trouble}")
        return []
    same = node.third_voices([one.pair for one in disputes if one.pair is not None])
    lost = [one for one, is_same in zip(disputes, same, strict=True) if not is_same]
    click.echo(
        f"{len(disputes)} disputes between html5lib and turbohtml; parse5 sees a difference in "
        f"{len(lost)} of them"
    )
    return lost


def _print(failure: Failure) -> None:
    voice = f" (turbohtml {failure.voice})" if failure.voice else ""
    click.echo(
        f"FAILED seed {failure.seed} case {failure.number}, {failure.recipe}{voice}:\n"
        f"    {failure.fault}\n"
        f"    again: python -m tests.fuzz --seed {failure.seed} --only {failure.number}"
    )


def _run_one(seed: int, number: int) -> int:
    case = numbered_case(seed, number)
    outcome = check(case.body, case.content_type)
    click.echo(f"{case.recipe}; {case.content_type}; {len(case.body)} bytes: {outcome.verdict}")
    if not outcome.fault:
        return 0
    failure = Failure(seed, number, case.recipe, outcome.fault, outcome.voice, outcome.pair)
    _print(failure)
    _keep(failure)
    return 1


def _keep(failure: Failure) -> None:
    """Reduce the page and write it where it can be looked at; a fixture is made by hand."""
    if "interpreter crashed" in failure.fault:
        return
    case = numbered_case(failure.seed, failure.number)
    sort = failure.fault.split(":")[0][:40]

    def is_bad(body: bytes, content_type: str | None) -> bool:
        return check(body, content_type).fault.split(":")[0][:40] == sort

    small = reduced(case.body, case.content_type, is_bad)
    _KEPT.mkdir(exist_ok=True)
    path = _KEPT / f"{failure.seed}-{failure.number}.html"
    path.write_bytes(small)
    outcome = check(small, case.content_type)
    click.echo(f"{path} ({len(small)} bytes, {case.content_type}): {small[:120]!r}")
    click.echo(f"    {outcome.fault}")


if __name__ == "__main__":
    main()
