"""`python -m checks [RULE …]`: 0 when every rule holds, else 1. `--rules` lists them."""

import argparse
import sys
import time
from importlib import import_module
from pathlib import Path

from checks.exceptions import Exceptions
from checks.house import RULES, House

PARTS = (
    "chinese", "clock", "facts", "faces", "files", "locks", "naming", "prose", "safety", "scripts", "services",
    "templates", "wiring",
)  # fmt: skip

for _part in PARTS:
    import_module(f"checks.{_part}")


def main(arguments: list[str] | None = None, root: Path | None = None, exceptions: Exceptions | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m checks", description=__doc__)
    parser.add_argument("rule", nargs="*", choices=[[], *RULES], help="only these")
    parser.add_argument("--rules", action="store_true", help="list the rules and where each comes from")
    chosen = parser.parse_args(arguments)
    if chosen.rules:
        for rule in RULES.values():
            print(f"{rule.name} ({rule.source})\n    {rule.says}")
        return 0
    began = time.monotonic()
    house = House(root or Path(__file__).resolve().parents[1])
    excepted = exceptions or Exceptions.read()
    wanted = chosen.rule or list(RULES)
    wrong = 0
    for name in wanted:
        rule = RULES[name]
        left = excepted.without(name, rule.find(house))
        faults = [fault for fault in left if not fault.warning]
        wrong += len(faults)
        if faults:
            print(f"\n{name} ({rule.source}): {rule.says}")
        for fault in sorted(faults, key=lambda fault: (fault.path, fault.line)):
            print(f"  {fault.path}:{fault.line}: {fault.text}{f'  [{fault.name}]' if fault.name else ''}")
        for fault in left:
            if fault.warning:
                print(f"  warning, {name}: {fault.path}:{fault.line}: {fault.text}")
    for line in excepted.faults(RULES, wanted):
        print(line)
        wrong += 1
    verdict = f"{wrong} places break them" if wrong else "all hold"
    print(f"checks: {len(wanted)} rules of the house, {verdict} ({time.monotonic() - began:.1f} s)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
