"""`python -m checks.audit`: known faults in what the project depends on.

1 when one is known. Where the services that know them do not answer, or do not know a package, it says that the
audit was not done, and for how many packages: silence is no proof.
"""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements/run.txt", "requirements/build.txt", "requirements/node.txt")
LONGEST_S = 90


@dataclass
class Audit:
    """What is known about the packages of one lock: faults as sentences, and how many packages nobody knew."""

    what: str
    asked: int = 0
    unknown: int = 0
    why: str = ""
    faults: list[str] = field(default_factory=list)

    def sentence(self) -> str:
        known = self.asked - self.unknown
        if not known:
            return f"audit: NOT DONE for {self.what}: {self.why or 'nothing to ask about'}"
        partly = f"; NOT DONE for {self.unknown}: {self.why}" if self.unknown else ""
        return f"audit: {len(self.faults)} known faults in {known} packages of {self.what}{partly}"


def of_python(report: str, error: str) -> Audit:
    """Reads what `pip-audit --format json` says."""
    audit = Audit("Python")
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        audit.why = _last_line(error)
        return audit
    audit.asked = len(packages)
    for package in packages:
        if "skip_reason" in package:
            audit.unknown += 1
            audit.why = package["skip_reason"]
        for fault in package.get("vulns", ()):
            fixed = ", ".join(fault.get("fix_versions", ())) or "no version yet"
            audit.faults.append(f"{package['name']} {package['version']}: {fault['id']}, mended in {fixed}")
    return audit


def of_scripts(report: str, error: str, packages: int) -> Audit:
    """Reads what `npm audit --json` says of `packages` locked ones."""
    audit = Audit("JavaScript", packages)
    try:
        said: dict[str, Any] = json.loads(report)
    except ValueError:
        said = {"message": _last_line(error)}
    if "vulnerabilities" not in said:
        audit.unknown, audit.why = packages, str(said.get("message", "no answer"))
        return audit
    for name, fault in said["vulnerabilities"].items():
        mended = "a newer version mends it" if fault.get("fixAvailable") else "no version mends it yet"
        audit.faults.append(f"{name} {fault.get('range', '')}: {fault.get('severity', '')}, {mended}")
    return audit


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no answer"


def _said(command: list[str]) -> tuple[str, str]:
    try:
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        return "", f"no answer within {LONGEST_S} seconds"
    return ran.stdout, ran.stderr


def main() -> int:
    locks = [part for lock in LOCKS for part in ("-r", lock)]
    program = str(Path(sys.executable).with_name("pip-audit"))
    options = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    audits = [of_python(*_said([program, *options, *locks]))]
    packages = len(json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]) - 1
    npm = shutil.which("npm")
    if npm:
        audits.append(of_scripts(*_said([npm, "audit", "--json"]), packages))
    else:
        audits.append(Audit("JavaScript", packages, packages, "there is no npm on this machine"))
    for audit in audits:
        print(audit.sentence())
        for fault in audit.faults:
            print(f"  {fault}")
    return 1 if any(audit.faults for audit in audits) else 0


if __name__ == "__main__":
    sys.exit(main())
