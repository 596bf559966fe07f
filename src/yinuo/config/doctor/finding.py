"""What a check has found."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """`broken` is an error that must be mended: the command then ends with code 1."""

    GOOD = "good"
    WATCH = "watch"
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """`advice` says what to do; empty where all is well."""

    check: str
    level: Level
    says: str
    advice: str = ""


def good(check: str, says: str) -> Finding:
    return Finding(check, Level.GOOD, says)


def watch(check: str, says: str, advice: str) -> Finding:
    return Finding(check, Level.WATCH, says, advice)


def broken(check: str, says: str, advice: str) -> Finding:
    return Finding(check, Level.BROKEN, says, advice)


def as_json(findings: Iterable[Finding]) -> dict[str, Any]:
    listed = [asdict(finding) for finding in findings]
    return {"ok": not any(finding["level"] == Level.BROKEN for finding in listed), "findings": listed}


def as_text(findings: Iterable[Finding]) -> str:
    marks = {Level.GOOD: "ok   ", Level.WATCH: "WATCH", Level.BROKEN: "WRONG"}
    lines = []
    for finding in findings:
        lines.append(f"{marks[finding.level]}  {finding.check}: {finding.says}")
        if finding.advice:
            lines.append(f"       {finding.advice}")
    return "\n".join(lines)
