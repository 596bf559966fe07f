"""The audit tells apart: a known fault, nothing known, nobody asked."""

import json

from checks.audit import of_python, of_scripts


def test_a_known_fault_is_told_with_the_version_that_mends_it() -> None:
    fault = {"id": "PYSEC-2026-1", "fix_versions": ["2.1"]}
    audit = of_python(json.dumps({"dependencies": [{"name": "a", "version": "2.0", "vulns": [fault]}]}), "")
    assert audit.faults == ["a 2.0: PYSEC-2026-1, mended in 2.1"]
    assert audit.sentence() == "audit: 1 known faults in 1 packages of Python"


def test_packages_that_the_service_does_not_know_are_not_called_sound() -> None:
    packages = [{"name": "a", "version": "2.0", "vulns": []}, {"name": "b", "skip_reason": "not found"}]
    assert (
        "0 known faults in 1 packages of Python; NOT DONE for 1: not found"
        in of_python(json.dumps({"dependencies": packages}), "").sentence()
    )
    assert of_python(json.dumps({"dependencies": packages[1:]}), "").sentence().startswith("audit: NOT DONE for Python")


def test_a_service_that_does_not_answer_is_said() -> None:
    assert of_python("", "Traceback\nConnectionError: no route\n").sentence() == (
        "audit: NOT DONE for Python: ConnectionError: no route"
    )
    refused = of_scripts('{"message": "405 Method Not Allowed"}', "", 40)
    assert refused.sentence() == "audit: NOT DONE for JavaScript: 405 Method Not Allowed"
    assert not refused.faults


def test_a_fault_of_a_script_is_told() -> None:
    report = {"vulnerabilities": {"a": {"severity": "high", "range": "<2", "fixAvailable": True}}}
    assert of_scripts(json.dumps(report), "", 40).faults == ["a <2: high, a newer version mends it"]
    assert of_scripts('{"vulnerabilities": {}}', "", 40).sentence() == (
        "audit: 0 known faults in 40 packages of JavaScript"
    )
