"""Why a page gets its slots: plan, verdicts and the changes that would flip them, as data.

Knows what was found out; nothing of how it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from adweave.http import Findings
from adweave.layout import Plan, Verdict, verdicts_for
from adweave.placements import Delivery, Layout, Site
from adweave.review.page import Page
from adweave.review.trial import Trial


@dataclass(frozen=True, slots=True)
class LayoutExplanation:
    """One layout's part: its plan (None where planning did not come so far) and verdicts."""

    layout: str
    plan: Plan | None
    verdicts: tuple[Verdict, ...]
    placements: Layout


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything known about one page. `body` is decoded; `passed` says why nothing is woven."""

    target: str
    size: int
    body: bytes
    findings: Findings
    layouts: tuple[LayoutExplanation, ...]
    passed: str | None
    passed_detail: str
    note: str
    origin: str = ""

    @property
    def has_slots(self) -> bool:
        """Whether the page gets slots from any of its layouts."""
        return self.passed is None and any(e.plan and e.plan.slots for e in self.layouts)


def explanation_of(page: Page, site: Site, delivery: Delivery) -> Explanation:
    """What the engine finds out about the page, with the verdicts of each of its layouts.

    Goes by the answer's header fields first, as the gateway does. Raises `NotAPage`.
    """
    outcome = Trial(site).run(page, delivery)
    findings, outline = outcome.findings, outcome.findings.outline
    note = ""
    if delivery.experiment is not None:
        arms = ", ".join(f'{v.name} gets "{v.layout}"' for v in delivery.experiment.variants)
        note = f'experiment "{delivery.experiment.name}" is running: {arms}'
    plans = {plan.layout: plan for plan in findings.plans}
    layouts = {layout.name: layout for layout in delivery.layouts}
    return Explanation(
        target=page.target,
        size=len(page.body),
        body=outcome.body,
        findings=findings,
        layouts=tuple(
            LayoutExplanation(
                name,
                plans.get(name),
                verdicts_for(outline, layout, without=findings.without) if outline else (),
                layout,
            )
            for name, layout in layouts.items()
        ),
        passed=outcome.reason,
        passed_detail=outcome.detail,
        note=note,
        origin=page.origin,
    )
