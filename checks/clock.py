"""Time: one clock, and names that say what they hold."""

import ast
import re
from collections.abc import Iterator

from checks.house import Fault, House, Module, dotted, rule, strings

READS_CLOCK = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now",
    "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today", "timezone.now",
    "timezone.localtime", "timezone.localdate", "time.time", "time.time_ns", "time.localtime", "time.gmtime",
}  # fmt: skip
IN_SQL = re.compile(
    r"\bnow\(\)|\b(?:current_timestamp|current_date|current_time|localtimestamp)\b|"
    r"\b(?:clock|statement|transaction)_timestamp\(\)|'now'::",
    re.IGNORECASE,
)
LOOKS_LIKE_SQL = re.compile(
    r"\b(?:SELECT|INSERT|UPDATE|DELETE|WHERE|VALUES|SET|DEFAULT|INTERVAL|BETWEEN|ORDER BY)\b|^\s*\w+\(\)\s*$|[<>]=?"
)
CLOCK = "src/yinuo/foundation/clock.py"
INSTANT = re.compile(r"(?:^|_)at$")
DAY = re.compile(r"(?:^|_)on$")


@rule("DESIGN 6, Time: `now` comes from foundation.clock only")
def one_clock(house: House) -> Iterator[Fault]:
    """Nothing reads the clock but foundation.clock: no datetime.now, no time.time, no auto_now, no now() in SQL, no
    scheduled_at for business time."""
    for module in house.modules("src/"):
        if module.path != CLOCK:
            yield from _in_python(module)
            yield from _in_sql(module)


def _in_python(module: Module) -> Iterator[Fault]:
    for node in module.nodes:
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            first, _, rest = called.partition(".")
            whole = f"{module.imported.get(first, first)}.{rest}" if rest else module.imported.get(called, called)
            if called in READS_CLOCK or whole.removeprefix("django.utils.") in READS_CLOCK:
                yield module.fault(node, f"{called}(): ask foundation.clock")
            for keyword in node.keywords:
                if keyword.arg in {"auto_now", "auto_now_add"}:
                    yield module.fault(node, f"{keyword.arg}: a service hands over `now`")
                elif keyword.arg in {"schedule_at", "scheduled_at", "schedule_in"}:
                    yield module.fault(node, f"{keyword.arg}: business time is a deadline or a timer of `sla`")
        elif isinstance(node, ast.ImportFrom) and node.module == "django.db.models.functions":
            for alias in node.names:
                if alias.name == "Now":
                    yield module.fault(node, "Now() asks the database for the time")


def _in_sql(module: Module) -> Iterator[Fault]:
    for node, text in strings(module.nodes):
        found = IN_SQL.search(text)
        if found and LOOKS_LIKE_SQL.search(text):
            yield module.fault(node, f"{found.group()} in SQL: hand the instant over")


@rule("DESIGN 6, Names: instants end in `_at`, dates `_on`")
def names_of_times(house: House) -> Iterator[Fault]:
    """A DateTimeField is called `at` or `…_at`, a DateField `on` or `…_on`."""
    for module in house.modules("src/"):
        if module.is_migration:
            continue
        for node in module.nodes:
            if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
                continue
            if not isinstance(node.targets[0], ast.Name):
                continue
            kind, name = dotted(node.value.func), node.targets[0].id
            wanted = {"models.DateTimeField": INSTANT, "models.DateField": DAY}.get(kind)
            if wanted and not wanted.search(name):
                ending = "_at" if wanted is INSTANT else "_on"
                where = f"{module.names.get(node, '')}.{name}".lstrip(".")
                yield module.fault(node, f"{name} is a {kind.removeprefix('models.')}: end it in {ending}", where)
