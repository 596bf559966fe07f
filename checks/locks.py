"""Lock files: every package by its hash, none by an address."""

import json
import re
from collections.abc import Iterator
from itertools import takewhile

from checks.house import Fault, House, Source, rule

ADDRESS = re.compile(r"https?://|(?:^|\s)(?:--(?:extra-)?index-url|-i\s|--find-links|--trusted-host)|\s@\s|\bgit\+")
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9][\w.\[\],-]*)\s*==")


@rule("DESIGN 4: lock files carry hashes and no addresses")
def locks_have_hashes(house: House) -> Iterator[Fault]:
    """requirements/*.txt pin each package with a hash, package-lock.json has an integrity for each, none an address."""
    for source in house.sources(".txt", ".in", under="requirements/"):
        yield from _requirements(source)
    if house.has("package-lock.json"):
        yield from _packages(Source("package-lock.json", house.text("package-lock.json")))
        if not house.has(".npmrc") or "omit-lockfile-registry-resolved=true" not in house.text(".npmrc"):
            yield Fault(".npmrc", 1, "say omit-lockfile-registry-resolved=true")


def _requirements(source: Source) -> Iterator[Fault]:
    lines = source.text.splitlines()
    for number, line in enumerate(lines, 1):
        if ADDRESS.search(line.partition("#")[0]):
            yield Fault(source.path, number, f"address: {line.strip()}")
        if not source.path.endswith(".txt") or not line.strip() or line[0] in "# ":
            continue
        pinned = PINNED.match(line)
        if pinned is None:
            yield Fault(source.path, number, f"not pinned: {line.strip()}")
            continue
        following = takewhile(lambda text: text[:1] in {" ", ""}, lines[number:])
        if not any("--hash=sha256:" in text for text in (line, *following)):
            yield Fault(source.path, number, f"{pinned['name']} has no hash")


def _packages(source: Source) -> Iterator[Fault]:
    for name, package in json.loads(source.text).get("packages", {}).items():
        if name and not package.get("link"):
            line = source.line_at(max(source.text.find(f'"{name}"'), 0))
            if not package.get("integrity"):
                yield Fault(source.path, line, f"{name} has no integrity")
            if "resolved" in package:
                yield Fault(source.path, line, f"{name} has an address")
