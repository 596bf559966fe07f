"""Writing: where, by whom, when, and with a fact."""

import ast
from collections.abc import Iterator

from checks.house import Fault, House, Module, decorators, dotted, rule
from checks.writing import Calls, writes

RECORD = "yinuo.foundation.events.record"
ACTOR = "yinuo.foundation.actors.Actor.system"
CLOCK = {"yinuo.foundation.clock.now", "yinuo.foundation.clock.by_the_wall"}


def _services(house: House) -> Iterator[tuple[Module, ast.FunctionDef]]:
    """Every public function of the parts of rooms that write."""
    for module in house.modules("src/"):
        if module.is_services:
            for node in module.tree.body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    yield module, node


@rule("DESIGN 2: writes only in services.py")
def writes_in_services(house: House) -> Iterator[Fault]:
    """Rows are written in a room's services only (and in the foundation's own parts and migrations)."""
    for module in house.modules("src/"):
        if not (module.is_services or module.is_migration or module.room in {"domain", "packs"}):
            for node, what in writes(module):
                yield module.fault(node, f"{what} outside of services")


@rule("DESIGN 2: verb_noun(*, …, by, now), one transaction; DESIGN 6: the outermost service owns it")
def services_own_transactions(house: House) -> Iterator[Fault]:
    """A public function of services that writes is a @service, and a @service takes its arguments by name only."""
    for module, function in _services(house):
        is_service = "service" in decorators(function)
        if not is_service and any(True for _ in writes(module, function)):
            yield module.fault(function, "writes and is no @service")
        if is_service and (function.args.args or function.args.posonlyargs):
            yield module.fault(function, "takes arguments by position")


@rule("DESIGN 2: verb_noun(*, …, by, now); at least one recorded fact")
def services_know_who_and_when(house: House) -> Iterator[Fault]:
    """A @service records a fact, itself or by what it calls. It is told `now` (or `at`), and `by`
    whom unless only the system does it and the actor is a constant."""
    calls = Calls(house)
    for module, function in _services(house):
        if "service" not in decorators(function):
            continue
        name = f"{module.dotted}.{function.name}"
        if not calls.reach(name, RECORD):
            yield module.fault(function, "records no fact", f"{function.name}.fact")
            continue
        named = {argument.arg for argument in function.args.kwonlyargs}
        if "by" not in named and not calls.reach(name, ACTOR):
            yield module.fault(function, "is not told by whom (`by`)", f"{function.name}.by")
        if not named & {"now", "at"}:
            yield module.fault(function, "is not told when (`now` or `at`)", f"{function.name}.now")


@rule("DESIGN 2: `now` is an argument; DESIGN 6, Refuse: a clock inside arithmetic")
def services_ask_no_clock(house: House) -> Iterator[Fault]:
    """No function of services asks the clock: whoever begins (a view, a job, a subscriber) does, once."""
    for module in house.modules("src/"):
        if module.is_services:
            for node in module.nodes:
                if isinstance(node, ast.Call):
                    first, _, rest = dotted(node.func).partition(".")
                    home = module.imported.get(first, "")
                    if (f"{home}.{rest}" if rest else home) in CLOCK:
                        yield module.fault(node, "asks the clock")


@rule("DESIGN 2: one transaction; foundation.work owns it")
def transactions_by_work(house: House) -> Iterator[Fault]:
    """transaction.atomic, on_commit and select_for_update stand in services and the foundation alone."""
    for module in house.modules("src/"):
        if module.is_services or module.is_migration or module.room == "foundation":
            continue
        for node in module.nodes:
            if isinstance(node, ast.Attribute) and node.attr in {"atomic", "on_commit", "select_for_update"}:
                yield module.fault(node, f"{node.attr} outside of services")
