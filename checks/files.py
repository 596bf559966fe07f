"""What holds for every file: size, places of machines, secrets, reasons beside what silences a check."""

import re
from collections.abc import Iterator

from checks.house import Fault, House, rule

WARN_ABOVE, FAIL_ABOVE = 400, 450
SIZED = (".py", ".js", ".scss", ".html")
PATHS = re.compile(
    r"(?<![\w.~/-])/(?:work|root/(?=[\w.])|home/(?!\$|<)\w+|Users/\w+|mnt/\w+)(?=[/\s\"'`]|$)|\b[A-Z]:\\Users\\",
    re.MULTILINE,
)
REGISTRIES = re.compile(
    r"\b(?:pypi\.org|files\.pythonhosted\.org|registry\.(?:npmjs\.org|npmmirror\.com|yarnpkg\.com)|proxy\.golang\.org|"
    r"mirrors?\.\w+\.\w+|pypi\.tuna\.\S+|artifactory\S*|jsdelivr\.net|unpkg\.com|cdnjs\.cloudflare\.com)"
)
SECRETS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bsk-[A-Za-z0-9]{32,}\b|\bghp_\w{36}\b")
SILENCED = re.compile(r"#\s*noqa(?P<codes>:\s*[A-Z]+[0-9]+(?:\s*,\s*[A-Z]+[0-9]+)*)?(?P<reason>[^\n]*)")
HEADER = re.compile(r"(?i)\A(?:#!.*\n)?(?:[#/*<!\s-]*\n)*[#/*<! -]*(?:copyright|spdx-|licensed under|©)")


@rule("DESIGN 2: a file past about 400 lines becomes a package by verb family")
def file_size(house: House) -> Iterator[Fault]:
    """A source file has at most 450 lines; above 400 it is warned about."""
    for source in house.sources(*SIZED, under="src/"):
        lines = source.text.count("\n")
        if lines > WARN_ABOVE and "/migrations/" not in source.path:
            yield Fault(source.path, 1, f"{lines} lines", warning=lines <= FAIL_ABOVE)


@rule("DESIGN 4: lock files and sources carry no addresses of machines")
def machine_places(house: House) -> Iterator[Fault]:
    """No path of one machine, no host of a package registry, no secret in any file."""
    for source in house.sources():
        if source.path.startswith(("checks/files.py", "tests/checks/")):
            continue
        for pattern, what in ((PATHS, "path of a machine"), (REGISTRIES, "registry"), (SECRETS, "secret")):
            for match in pattern.finditer(source.text):
                yield Fault(source.path, source.line_at(match.start()), f"{what}: {match.group().strip()}")


@rule("DESIGN 6: comments give the reason a reader could not guess")
def silenced_with_reason(house: House) -> Iterator[Fault]:
    """`noqa` names its codes and gives a reason after a dash: `# noqa: S608 - the name is checked above`.
    Tests are free: bad input is their business."""
    for module in house.modules():
        if module.path.startswith("tests/") or module.path == "checks/files.py":
            continue
        for match in SILENCED.finditer(module.text):
            reason = match["reason"].strip(" -–—()#.")
            if not match["codes"] or len(reason) < 5:
                missing = "reason" if match["codes"] else "codes"
                yield Fault(module.path, module.line_at(match.start()), f"noqa without {missing}")


@rule("DESIGN 6: no narration")
def no_licence_header(house: House) -> Iterator[Fault]:
    """No licence or copyright header in a file: LICENSE holds for all."""
    for source in house.sources(".py", ".js", ".scss", ".html", ".po", ".sh"):
        if HEADER.search(source.text[:300]):
            yield Fault(source.path, 1, "has a header of its own")
