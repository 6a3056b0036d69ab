"""Why a page gets its slots: plan, verdicts and the changes that would flip them, as data.

Knows what was found out; nothing of how it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from adweave.http import Findings
from adweave.layout import Change, Plan, Verdict, changes_for, verdicts_for
from adweave.placements import Delivery, Layout, Site, without
from adweave.review.page import ANYBODY, Page, Reader
from adweave.review.trial import Trial


@dataclass(frozen=True, slots=True)
class LayoutExplanation:
    """One layout's part: its plan (None where planning did not come so far) and verdicts.

    `changes` has, by placement and gap, the smallest change of the configuration that puts a
    slot there or takes it away.
    """

    layout: str
    plan: Plan | None
    verdicts: tuple[Verdict, ...]
    changes: Mapping[tuple[str, int], Change]
    placements: Layout


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything known about one page. `body` is decoded; `passed` says why nothing is woven.

    `left_out` says why layouts and placements are not for this request and page, by (layout,
    placement), the placement empty for a layout as a whole.
    """

    target: str
    size: int
    body: bytes
    findings: Findings
    layouts: tuple[LayoutExplanation, ...]
    passed: str | None
    passed_detail: str
    note: str
    origin: str = ""
    left_out: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def has_slots(self) -> bool:
        """Whether the page gets slots from any of its layouts."""
        return self.passed is None and any(e.plan and e.plan.slots for e in self.layouts)


def explanation_of(
    page: Page, site: Site, delivery: Delivery | None = None, *, reader: Reader = ANYBODY
) -> Explanation:
    """What the engine finds out about the page, with the verdicts of each of its layouts.

    `delivery` stands in for what the request would get. Goes by the answer's header fields
    first, as the gateway does. Raises `NotAPage`.
    """
    trial = Trial(site)
    outcome = trial.run(page, delivery, reader=reader)
    findings, chosen = outcome.findings, outcome.delivery
    note = ""
    if chosen is not None and chosen.experiment is not None:
        arms = ", ".join(f'{v.name} gets "{v.layout}"' for v in chosen.experiment.variants)
        note = f'experiment "{chosen.experiment.name}" is running: {arms}'
    layouts = {} if chosen is None else {layout.name: layout for layout in chosen.layouts}
    return Explanation(
        target=page.target,
        size=len(page.body),
        body=outcome.body,
        findings=findings,
        layouts=tuple(_of_layout(layout, findings) for layout in layouts.values()),
        passed=outcome.reason,
        passed_detail=outcome.detail,
        note=note,
        origin=page.origin,
        left_out={
            **(trial.why(page, reader=reader) if delivery is None else {}),
            **_matching_nothing(layouts, findings),
            **(findings.aimed.why if findings.aimed is not None else {}),
        },
    )


def _matching_nothing(
    layouts: Mapping[str, Layout], findings: Findings
) -> dict[tuple[str, str], str]:
    """Placements whose selector finds no element in a page that was planned."""
    found = {verdict.placement for verdict in findings.anchors}
    off = findings.aimed.off if findings.aimed is not None else frozenset()
    return {
        (plan.layout, placement.name): f"nothing in the page is {placement.selector}"
        for plan in findings.plans
        for placement in layouts[plan.layout].placement
        if placement.kind == "selector" and placement.enabled and placement.name not in found
        if (plan.layout, placement.name) not in off
    }


def _of_layout(layout: Layout, findings: Findings) -> LayoutExplanation:
    outline, barred = findings.outline, findings.without
    if findings.aimed is not None:
        layout = without(layout, findings.aimed.off)
    plan = next((plan for plan in findings.plans if plan.layout == layout.name), None)
    if outline is None:
        return LayoutExplanation(layout.name, plan, (), {}, layout)
    return LayoutExplanation(
        layout.name,
        plan,
        verdicts_for(outline, layout, without=barred),
        changes_for(outline, layout, without=barred),
        layout,
    )
