"""The linter's output for machines, held against the formats' own rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from xml.etree import ElementTree as xml

from adweave.review.lint import RULES, as_junit, as_object, as_sarif, lint_page
from tests.unit.review.pages import RESERVED, article, page

BAD = lint_page(page(article("6", RESERVED, RESERVED, "8"), "ä b.html"))
GOOD = lint_page(page(article("12"), "good.html"))


def required(thing: object, *names: str) -> Mapping[str, object]:
    assert isinstance(thing, dict)
    for name in names:
        assert name in thing, name
    return thing


def test_sarif_has_the_structure_that_version_2_1_0_asks_for():
    log = json.loads(json.dumps(as_sarif([BAD, GOOD])))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = required(log, "runs")["runs"]
    driver = required(run["tool"], "driver")["driver"]
    assert driver["name"] == "adweave"
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == list(RULES)
    assert len(set(ids)) == len(ids)
    for rule in driver["rules"]:
        required(rule, "shortDescription", "fullDescription", "help")
        assert rule["shortDescription"]["text"].endswith(".")
        assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    assert run["results"]
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "%C3%A4%20b.html"
        assert place["region"]["startLine"] >= 1
        assert place["region"]["startColumn"] >= 1
        assert all(isinstance(v, str) for v in result["partialFingerprints"].values())
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True


def test_junit_has_a_suite_a_page_and_a_case_a_rule():
    root = xml.fromstring(as_junit([BAD, GOOD]))
    assert root.tag == "testsuites"
    bad, good = root.findall("testsuite")
    assert bad.get("name") == "ä b.html"
    assert int(bad.get("tests")) == len(bad.findall("testcase")) == len(RULES)
    failed = {
        case.get("name") for case in bad.findall("testcase") if case.find("failure") is not None
    }
    assert failed == {finding.rule for finding in BAD.findings}
    assert int(bad.get("failures")) == len(failed)
    assert good.get("failures") == "0"


def test_json_has_every_finding_with_its_source():
    found = json.loads(json.dumps(as_object(BAD)))
    assert found["ads"] == {"unknown": 2}
    assert found["density"]["mobile"]["ads"] == 2
    assert {f["rule"] for f in found["findings"]} == {f.rule for f in BAD.findings}
    assert all(f["source"] == RULES[f["rule"]].source for f in found["findings"])
