"""`config/wiring.py`: every name in it is one of the house, and what reacts at once touches rows only."""

import ast
from collections.abc import Iterator

from checks.facts import fact_classes
from checks.house import Fault, House, Module, dotted, rule

WIRING = "src/yinuo/config/wiring.py"
TABLES = ("AT_ONCE", "AFTERWARDS")
NETWORK = {
    "aiosmtpd", "ftplib", "http", "httpx", "imap_tools", "imaplib", "poplib", "requests", "smtplib", "socket", "ssl",
    "subprocess", "urllib3", "aiohttp", "websockets",
}  # fmt: skip
FILES = {"tempfile", "shutil"}


def _tables(module: Module) -> dict[str, ast.Dict]:
    found: dict[str, ast.Dict] = {}
    for node in module.tree.body:
        target = (
            node.target
            if isinstance(node, ast.AnnAssign)
            else node.targets[0]
            if isinstance(node, ast.Assign)
            else None
        )
        if isinstance(target, ast.Name) and target.id in TABLES and isinstance(node.value, ast.Dict):
            found[target.id] = node.value
    return found


@rule("DESIGN 2: config/wiring.py has AT_ONCE and AFTERWARDS")
def wiring_resolves(house: House) -> Iterator[Fault]:
    """Each key of the tables is a Fact, no key stands twice, and each dotted name is a function of one argument."""
    wiring = house.by_name.get("yinuo.config.wiring")
    if wiring is None:
        return
    tables, facts = _tables(wiring), fact_classes(house)
    for missing in set(TABLES) - set(tables):
        yield Fault(WIRING, 1, f"there is no table {missing}")
    for name, table in tables.items():
        seen: set[str] = set()
        for key in table.keys:
            if key is None:
                continue
            first, _, rest = dotted(key).partition(".")
            whole = f"{wiring.imported.get(first, first)}.{rest}" if rest else wiring.imported.get(first, first)
            if whole not in facts:
                yield Fault(WIRING, key.lineno, f"{name}: {whole} is no Fact")
            if whole in seen:
                yield Fault(WIRING, key.lineno, f"{name}: {whole} stands twice")
            seen.add(whole)
    for node in ast.walk(wiring.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("yinuo."):
            function = _function(house, node.value)
            if function is None:
                yield Fault(WIRING, node.lineno, f"{node.value}: there is no such function")
    for name, table in tables.items():
        for node in ast.walk(table):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                function = _function(house, node.value)
                if function is not None and len(function.args.args) != 1:
                    yield Fault(WIRING, node.lineno, f"{name}: {node.value} does not take the one recorded fact")


def _function(house: House, name: str) -> ast.FunctionDef | None:
    home, _, last = name.rpartition(".")
    module = house.by_name.get(home)
    for node in module.tree.body if module else ():
        if isinstance(node, ast.FunctionDef) and node.name == last:
            return node
    return None


@rule("DESIGN 2, AT_ONCE: rows only, no network, no file")
def at_once_is_rows_only(house: House) -> Iterator[Fault]:
    """The modules of AT_ONCE functions, and all they import, know no network and start no process."""
    wiring = house.by_name.get("yinuo.config.wiring")
    table = _tables(wiring).get("AT_ONCE") if wiring else None
    for node in ast.walk(table) if table else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            way = _way_to_network(house, node.value.rpartition(".")[0])
            if way:
                yield Fault(WIRING, node.lineno, f"{node.value} leads to {way[-1]}: {' → '.join(way)}", node.value)


def _way_to_network(house: House, start: str) -> list[str]:
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        module = house.by_name.get(way[-1])
        if module is None:
            continue
        for imported in module.imported_modules:
            if imported.split(".")[0] in NETWORK | FILES or imported.startswith("urllib.request"):
                return [*way, imported]
            for name in (imported, imported.rpartition(".")[0]):
                if name in house.by_name and name not in seen:
                    seen.add(name)
                    ways.append([*way, name])
    return []


@rule("DESIGN 2: wiring.py and schedule.py are everything the system does by itself")
def timed_jobs_in_schedule(house: House) -> Iterator[Fault]:
    """Only config/schedule.py registers timed jobs."""
    for module in house.modules("src/"):
        if module.path not in {"src/yinuo/config/schedule.py", "src/yinuo/foundation/jobs.py"}:
            for node in module.nodes:
                if isinstance(node, ast.Call):
                    first = dotted(node.func)
                    if module.imported.get(first) == "yinuo.foundation.jobs.every" or first == "jobs.every":
                        yield module.fault(node, "every(): put it into config/schedule.py")
