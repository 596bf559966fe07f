"""What the docs say exists: links, commands, options, headings, numbers of requirements."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from checks.house import Fault, House, Source, rule

LINK = re.compile(r"(?<!!)!?\[[^\]]*\]\((?P<target>[^)\s]+)(?:\s+\"[^\"]*\")?\)")
CODE = re.compile(r"```[^\n]*\n(?P<block>.*?)```|`(?P<span>[^`\n]+)`", re.DOTALL)
COMMAND = re.compile(
    r"(?:^|[|&;$(]\s*|\bexec\s|^\$ )(?:\.venv/bin/)?(?P<program>yinuo|make)(?P<rest>(?:[ \t]+[^\s|&;#`]+)*)"
)
HEADINGS = ("Status", "Context", "Decision", "Consequences", "Revisit when")
REQUIREMENT = re.compile(r"\bR-[A-Za-z]+-\w+")
VALID_REQUIREMENT = re.compile(r"R-(?:CP|AS|OR|PS|VA|CH|RU|CL|SV|PE|CU|SE|QU|EN|EM|DO|AI|RI|KB|CO)-[1-9]\d?[a-z]?")
CLI = "yinuo.config.cli"
OPTIONS = "yinuo.config.commands"


def _documents(house: House) -> Iterator[Source]:
    for source in house.sources(".md"):
        if source.path.startswith("docs/") or "/" not in source.path:
            yield source


@rule("DESIGN 1, docs: what is written can be followed")
def links_resolve(house: House) -> Iterator[Fault]:
    """Every relative link of README and docs leads to a file or a heading."""
    for source in _documents(house):
        for match in LINK.finditer(source.text):
            target, _, anchor = match["target"].partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            folder = PurePosixPath(source.path).parent
            there = _normal(folder / target) if target else source.path
            if not (house.root / there).exists():
                yield Fault(source.path, source.line_at(match.start()), f"{match['target']} is not there")
            elif anchor and there.endswith(".md") and anchor not in _anchors(house.text(there)):
                yield Fault(source.path, source.line_at(match.start()), f"{there} has no heading #{anchor}")


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+\s+(.*?)\s*$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@rule("DESIGN 5: names that are relied on from outside")
def commands_exist(house: House) -> Iterator[Fault]:
    """Every `yinuo …` and `make …` that docs name is a command of the program or a target of the Makefile; so are its
    options."""
    targets = set(re.findall(r"^([a-z][\w-]*)\s*:", house.text("Makefile"), re.MULTILINE))
    commands = _commands(house)
    for source in _documents(house):
        for code in CODE.finditer(source.text):
            group = "block" if code["block"] is not None else "span"
            for line_match in re.finditer(r"[^\n]+", code[group]):
                line = source.line_at(code.start(group) + line_match.start())
                for match in COMMAND.finditer(line_match.group().strip()):
                    wrong = _wrong(match["program"], match["rest"].split(), targets, commands, house)
                    if wrong:
                        yield Fault(source.path, line, wrong)


def _commands(house: House) -> dict[str, str]:
    """Command → its module, as `COMMANDS` of the command line has them."""
    for node in house.by_name[CLI].tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "COMMANDS":
            return {name: module for name, module, *_ in ast.literal_eval(node.value)}
    return {}


def _wrong(program: str, words: list[str], targets: set[str], commands: dict[str, str], house: House) -> str:
    words = [word.strip("[](),.…\"'").replace("…", "") for word in words]
    if program == "make":
        named = [word for word in words if re.fullmatch(r"[a-z][\w-]*", word)]
        unknown = [word for word in named[:1] if word not in targets]
        return f"make {unknown[0]}: no such target" if unknown else ""
    if not words or not re.fullmatch(r"[a-z][\w-]*", words[0]):
        return ""
    if words[0] not in commands:
        return f"yinuo {words[0]}: no such command"
    module = house.by_name.get(commands[words[0]])
    if module is None or words[0] == "manage":
        return "" if module else f"yinuo {words[0]}: its module is missing"
    near = [
        house.by_name[name] for name in module.imported_modules if name.startswith(OPTIONS) and name in house.by_name
    ]
    text = "\n".join(one.text for one in (module, *near))
    inner = set(re.findall(r"\.add_parser\(\s*\"([\w-]+)\"", text)) - {words[0]}
    if inner and len(words) > 1 and re.fullmatch(r"[a-z][\w-]*", words[1]) and words[1] not in inner:
        return f"yinuo {words[0]} {words[1]}: no such command"
    for word in words:
        option = word.partition("=")[0]
        if re.fullmatch(r"--[a-z][\w-]*", option) and f'"{option}"' not in text:
            return f"yinuo {words[0]}: no option {option}"
    return ""


@rule("DESIGN, first lines: status, context, decision, consequences, revisit when")
def decisions_have_headings(house: House) -> Iterator[Fault]:
    """Each file of docs/adr has the five headings, each with a text."""
    for source in house.sources(".md", under="docs/adr/"):
        if PurePosixPath(source.path).name.lower() in {"readme.md", "index.md"}:
            continue
        parts = re.split(r"^#{2,3}\s+(.*?)\s*$", source.text, flags=re.MULTILINE)
        bodies = {title.lower(): body.strip() for title, body in zip(parts[1::2], parts[2::2], strict=True)}
        for heading in HEADINGS:
            if not bodies.get(heading.lower()):
                yield Fault(source.path, 1, f"no “{heading}”")


@rule("DESIGN 6, Docstrings: source (`R-AS-2`, an RFC section)")
def requirements_have_form(house: House) -> Iterator[Fault]:
    """A requirement is cited as R-XX-n, with an area that exists."""
    for source in house.sources(".py", ".md", ".js", ".html", ".yaml", ".scss"):
        if source.path.startswith(("checks/", "tests/checks/")):
            continue
        for match in REQUIREMENT.finditer(source.text):
            if not VALID_REQUIREMENT.fullmatch(match.group()):
                yield Fault(source.path, source.line_at(match.start()), f"{match.group()} is no requirement")
