"""No switch that turns safety off, no work in signals or `save()`, output where it belongs."""

import ast
from collections.abc import Iterator

from checks.house import Fault, House, Module, dotted, rule

OFF = {"verify": False, "check_hostname": False, "autoescape": False, "shell": True, "verify_ssl": False}
OFF_SETTINGS = {
    "DEBUG": True,
    "CSRF_COOKIE_SECURE": False,
    "SESSION_COOKIE_HTTPONLY": False,
    "SECURE_CONTENT_TYPE_NOSNIFF": False,
    "TEMPLATE_DEBUG": True,
}
DANGEROUS = {
    "ssl.CERT_NONE": "certificates are looked at",
    "ssl._create_unverified_context": "certificates are looked at",
    "csrf_exempt": "every form carries its token",
    "django.views.decorators.csrf.csrf_exempt": "every form carries its token",
    "mark_safe": "text is escaped: use format_html",
    "SafeString": "text is escaped: use format_html",
    "pickle.loads": "pickles run code",
    "pickle.load": "pickles run code",
    "marshal.loads": "reads anything",
    "os.system": "no shell",
    "eval": "runs text",
    "exec": "runs text",
}


@rule("DESIGN 6, Refuse: switches that turn safety off")
def no_safety_off(house: House) -> Iterator[Fault]:
    """No DEBUG, no unverified TLS, no shell, no csrf_exempt, no mark_safe, no pickle, eval or exec."""
    for module in house.modules("src/", "bench/", "bootstrap.py"):
        for node in module.nodes:
            match node:
                case ast.keyword(arg=str(name), value=ast.Constant(value=bool(value))):
                    if OFF.get(name) is value:
                        yield module.fault(node.value, f"{name}={value}")
                case ast.Assign(targets=[target], value=ast.Constant(value=bool(value))):
                    name = dotted(target).rpartition(".")[2]
                    if OFF_SETTINGS.get(name) is value or OFF.get(name) is value:
                        yield module.fault(node, f"{name} = {value}")
                case ast.Assign(targets=[ast.Name(id="ALLOWED_HOSTS")], value=ast.List(elts=hosts)):
                    if any(isinstance(host, ast.Constant) and host.value == "*" for host in hosts):
                        yield module.fault(node, "ALLOWED_HOSTS lets every name in")
                case ast.Call() | ast.Attribute() | ast.FunctionDef():
                    yield from _dangerous(module, node)


def _dangerous(module: Module, node: ast.Call | ast.Attribute | ast.FunctionDef) -> Iterator[Fault]:
    used: list[ast.AST] = []
    if isinstance(node, ast.FunctionDef):
        used = [decorator for decorator in node.decorator_list if isinstance(decorator, ast.Name)]
    elif isinstance(node, ast.Call):
        used = [node.func, *(item for item in node.args if isinstance(item, ast.Name))]
    elif dotted(node) in {"ssl.CERT_NONE"}:
        used = [node]
    for one in used:
        called = dotted(one)
        first, _, rest = called.partition(".")
        whole = module.imported.get(first, first) + (f".{rest}" if rest else "")
        reason = DANGEROUS.get(whole) or DANGEROUS.get(called if "." in called else whole.rpartition(".")[2])
        if reason and not (isinstance(one, ast.Attribute) and called in {"re.compile"}):
            yield module.fault(node, f"{called}: {reason}")


@rule("DESIGN 2: no Django signals")
def no_signals(house: House) -> Iterator[Fault]:
    """Nothing receives or sends Django signals, but the one file for those of log-in apps."""
    for module in house.modules("src/"):
        for imported, line in module.imported_modules.items():
            if imported.startswith("django.dispatch") and imported.count(".") == 1:
                yield Fault(module.path, line, "a fact and config/wiring.py say who reacts")
            elif imported.endswith(".signals"):
                yield Fault(module.path, line, f"{imported}: a fact and config/wiring.py say who reacts")


@rule("DESIGN 2: no overridden save(); DESIGN 6, Refuse: work in save()")
def no_own_save(house: House) -> Iterator[Fault]:
    """A model overrides neither save nor delete, and a form writes nothing."""
    for module in house.modules("src/"):
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                        if inner.name in {"save", "asave", "delete", "adelete", "save_model", "clean_fields"}:
                            yield module.fault(inner, f"{node.name}.{inner.name}: a service does that")


@rule("DESIGN 4, jobs: `.defer(` elsewhere fails `make check`")
def jobs_by_later(house: House) -> Iterator[Fault]:
    """Jobs are registered and put off by foundation.jobs alone: no `.defer(`, no `@app.task`, no queueing_lock."""
    for module in house.modules("src/"):
        if module.path == "src/yinuo/foundation/jobs.py":
            continue
        for node in module.nodes:
            if not isinstance(node, ast.Call):
                continue
            called = dotted(node.func)
            last = called.rpartition(".")[2]
            if last in {"defer", "defer_async", "batch_defer", "defer_job", "configure_task"} and "." in called:
                yield module.fault(node, f".{last}(): a job goes by foundation.jobs.later, inside the transaction")
            elif called.endswith(("app.task", "app.periodic", "shared_task")):
                yield module.fault(node, f"{called}: register it with foundation.jobs.job or every")
            elif any(word.arg == "queueing_lock" for word in node.keywords):
                yield module.fault(node, "queueing_lock: not inside a transaction")


@rule("DESIGN 2: no import inside a function")
def imports_on_top(house: House) -> Iterator[Fault]:
    """Imports stand at the top of a file, silenced or not; import_module of a fixed name is one too."""
    for module in house.modules("src/", "checks/"):
        for node in module.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Import | ast.ImportFrom):
                        yield module.fault(inner, "import inside a function")
                    elif isinstance(inner, ast.Call) and dotted(inner.func).endswith("import_module"):
                        if inner.args and isinstance(inner.args[0], ast.Constant):
                            yield module.fault(inner, "import_module of a fixed name")


@rule("DESIGN 2: domain has no clock and no I/O")
def domain_is_pure(house: House) -> Iterator[Fault]:
    """The domain opens nothing, asks no clock, no environment and no chance, and holds no state that is assigned."""
    for module in house.modules("src/yinuo/domain/"):
        for imported, line in module.imported_modules.items():
            if imported.split(".")[0] == "urllib" and not imported.startswith("urllib.parse") and "." in imported:
                yield Fault(module.path, line, f"{imported}: network")
            elif imported.split(".")[0] in {"random", "secrets", "uuid"} and imported in {"random", "secrets"}:
                yield Fault(module.path, line, f"{imported}: chance is an argument")
        for node in module.nodes:
            if isinstance(node, ast.Call) and dotted(node.func) in {"open", "input", "print", "uuid4", "uuid.uuid4"}:
                yield module.fault(node, f"{dotted(node.func)}()")
            elif isinstance(node, ast.Global):
                yield module.fault(node, f"global {', '.join(node.names)}")
