"""A lint's findings for machines: JSON, SARIF 2.1.0, JUnit XML."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from urllib.parse import quote
from xml.etree import ElementTree as xml

from adweave.http import VERSION
from adweave.review.lint.model import RULES, Finding, LintReport, Rule

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_object(report: LintReport) -> dict[str, object]:
    """One page's report as JSON-ready objects; heights in px."""
    return {
        "target": report.target,
        "measured": report.is_measured,
        "passed": report.passed,
        "note": report.note or None,
        "better_ads": not report.breaks_better_ads if report.passed is None else None,
        "ads": dict(report.vendors),
        "density": {
            share.viewport: {
                "ads": share.ads,
                "ads_px": round(share.ads_px),
                "content_px": round(share.content_px),
                "share": round(share.value, 4),
            }
            for share in report.shares
        },
        "findings": [
            {
                "rule": finding.rule,
                "level": finding.level.value,
                "viewport": finding.viewport or None,
                "line": finding.line,
                "col": finding.col,
                "offset": finding.offset,
                "ad": finding.ad,
                "message": finding.message,
                "fix": finding.fix,
                "source": RULES[finding.rule].source,
            }
            for finding in report.findings
        ],
    }


def as_sarif(reports: Sequence[LintReport]) -> dict[str, object]:
    """All reports as one SARIF 2.1.0 log with one run."""
    order = {rule: index for index, rule in enumerate(RULES)}
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "adweave",
                        "version": VERSION,
                        "rules": [_sarif_rule(rule) for rule in RULES.values()],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    _sarif_result(report, finding, order)
                    for report in reports
                    for finding in report.findings
                ],
                "invocations": [
                    {
                        "executionSuccessful": all(r.passed is None for r in reports),
                        "toolExecutionNotifications": [
                            {
                                "level": "note",
                                "message": {"text": f"{r.target} was not judged: {r.passed}"},
                            }
                            for r in reports
                            if r.passed is not None
                        ],
                    }
                ],
            }
        ],
    }


def _sarif_rule(rule: Rule) -> dict[str, object]:
    found: dict[str, object] = {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": f"{rule.summary} Source: {rule.source}."},
        "help": {"text": f"Fix: {rule.fix}."},
        "defaultConfiguration": {"level": rule.level.value},
    }
    if rule.url:
        found["helpUri"] = rule.url
    return found


def _sarif_result(report: LintReport, finding: Finding, order: dict[str, int]) -> dict[str, object]:
    where = f" ({finding.viewport})" if finding.viewport else ""
    key = f"{finding.rule}\n{finding.viewport}\n{finding.ad}\n{finding.line}"
    return {
        "ruleId": finding.rule,
        "ruleIndex": order[finding.rule],
        "level": finding.level.value,
        "message": {"text": f"{finding.ad}: {finding.message}{where}. Fix: {finding.fix}."},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(report.target)},
                    "region": {"startLine": finding.line, "startColumn": finding.col},
                }
            }
        ],
        "partialFingerprints": {"adweave/v1": hashlib.sha256(key.encode("utf-8")).hexdigest()[:32]},
        "properties": {"viewport": finding.viewport or "all"},
    }


def _uri(target: str) -> str:
    if target.startswith(("http://", "https://")):
        return target
    return quote(target.replace("\\", "/"), safe="/:@!$&'()*+,;=~")


def as_junit(reports: Sequence[LintReport]) -> str:
    """All reports as JUnit XML: a suite a page, a case a rule."""
    root = xml.Element("testsuites", name="adweave lint")
    for report in reports:
        broken = {finding.rule for finding in report.findings}
        suite = xml.SubElement(
            root,
            "testsuite",
            name=_clean(report.target),
            tests=str(len(RULES)),
            failures=str(len(broken)),
            errors="0",
            skipped=str(len(RULES) if report.passed is not None else 0),
        )
        for rule in RULES.values():
            case = xml.SubElement(suite, "testcase", classname=_clean(report.target), name=rule.id)
            if report.passed is not None:
                xml.SubElement(case, "skipped", message=f"not judged: {report.passed}")
            elif rule.id in broken:
                found = [f for f in report.findings if f.rule == rule.id]
                failure = xml.SubElement(
                    case, "failure", type=rule.level.value, message=_clean(rule.summary)
                )
                failure.text = _clean("\n".join(line_of(report.target, f) for f in found))
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode")


def line_of(target: str, finding: Finding) -> str:
    """`page.html:12:3: rule (viewport): ad: message; fix`."""
    where = f" ({finding.viewport})" if finding.viewport else ""
    return (
        f"{target}:{finding.line}:{finding.col}: {finding.rule}{where}: {finding.ad}: "
        f"{finding.message}; {finding.fix}"
    )


def _clean(text: str) -> str:
    """Text without the characters that XML 1.0 does not have."""
    return "".join(c for c in text if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or c > "\ue000")
