"""Checks of the machine and its settings that need no database."""

import os
import resource
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

from yinuo.config.doctor.finding import Finding, broken, good, watch
from yinuo.config.up.site import LOOPBACK, is_loopback
from yinuo.foundation.keyfile import KEY_BYTES
from yinuo.procedures.documents.fonts import FontMissing, font

GIB = 1024**3
LEAST_FREE, FREE_TO_WATCH = 1 * GIB, 5 * GIB
LEAST_TOKEN = 16
LEAST_FILES = 4096
SAFE_SSL = frozenset({"require", "verify-ca", "verify-full"})


def machine_checks(data: Path, environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """What can be said without a database."""
    yield _folder(data)
    yield _key_file(Path(environment.get("YINUO_KEY_FILE") or data / "key"))
    yield _disk(data)
    yield from _address(environment)
    yield from _settings(environment)
    yield _open_files()
    yield _font()


def _font() -> Finding:
    try:
        found = font()
    except FontMissing:
        return broken(
            "Chinese font",
            "None was found: documents cannot be printed as PDF.",
            "Install one (Debian, Ubuntu: apt-get install fonts-noto-cjk), or name a folder with one in YINUO_FONTS.",
        )
    where = {"folder": "in the folder of YINUO_FONTS", "package": "comes with Yinuo", "system": "of this machine"}
    return good("Chinese font", f"{found.family}, {where[found.source]}")


def _folder(data: Path) -> Finding:
    if not data.is_dir():
        return broken("data folder", f"{data} is not there.", "Name the right one with --data or YINUO_DATA.")
    open_to_others = stat.S_IMODE(data.stat().st_mode) & (stat.S_IRWXO & ~stat.S_IXOTH | stat.S_IWGRP | stat.S_IRGRP)
    if open_to_others:
        return watch("data folder", f"{data} is open to other users of this machine.", f"chmod 700 {data}")
    return good("data folder", str(data))


def _key_file(file: Path) -> Finding:
    if not file.is_file():
        return broken(
            "key file",
            f"{file} is not there: nothing encrypted can be read.",
            "Put it back from your copy, or restore the last backup; never let a new one be made over old data.",
        )
    found = file.stat()
    if found.st_size != KEY_BYTES:
        return broken("key file", f"{file} has {found.st_size} bytes, not {KEY_BYTES}.", "Put the right file back.")
    if stat.S_IMODE(found.st_mode) & 0o077:
        return broken("key file", f"{file} can be read by others.", f"chmod 600 {file}")
    if os.geteuid() not in (0, found.st_uid):
        return watch("key file", f"{file} belongs to another user.", f"chown it to the user who runs Yinuo: {file}")
    return good("key file", f"{file}, readable by its owner only")


def _disk(data: Path) -> Finding:
    place = next(folder for folder in (data, *data.parents) if folder.exists())
    usage = shutil.disk_usage(place)
    says = f"{usage.free / GIB:.1f} GiB free of {usage.total / GIB:.0f}"
    advice = "Free some, or move the data folder to a larger disk; the database stops when the disk is full."
    if usage.free < LEAST_FREE:
        return broken("disk", says, advice)
    if usage.free < FREE_TO_WATCH and usage.free < usage.total / 10:
        return watch("disk", says, advice)
    return good("disk", says)


def _address(environment: Mapping[str, str]) -> Iterator[Finding]:
    tls = environment.get("YINUO_TLS", "")
    listen = environment.get("YINUO_LISTEN") or ("0.0.0.0" if tls not in ("", "internal") else LOOPBACK)  # noqa: S104 - as `up` does
    base = environment.get("YINUO_BASE_URL", "")
    host = urlsplit(base).hostname or ""
    if tls or base.startswith("https://"):
        yield good("TLS", base or tls)
    elif is_loopback(listen) and (not host or is_loopback(host)):
        yield good("TLS", "not needed: reached from this machine only")
    else:
        yield broken(
            "TLS",
            f"People reach {base or listen} without encryption: passwords and customers' data can be read on the way.",
            "Set YINUO_TLS to your host name or to internal, or YINUO_BASE_URL to the https address of your own proxy.",
        )


def _settings(environment: Mapping[str, str]) -> Iterator[Finding]:
    token = environment.get("YINUO_METRICS_TOKEN", "")
    if token and len(token) < LEAST_TOKEN:
        yield watch(
            "metrics token",
            f"YINUO_METRICS_TOKEN has {len(token)} characters.",
            "Take a random one: python3 -c 'import secrets; print(secrets.token_urlsafe(24))'",
        )
    if "*" in environment.get("YINUO_HOSTS", "").split(","):
        yield broken("host names", "YINUO_HOSTS allows every name.", "List the names people use, with commas.")
    if environment.get("YINUO_LOG_LEVEL", "").upper() == "DEBUG":
        yield watch("log level", "YINUO_LOG_LEVEL is DEBUG.", "INFO is meant for daily use.")
    yield from _database_address(environment.get("DATABASE_URL", ""))


def _database_address(url: str) -> Iterator[Finding]:
    if not url:
        return
    told = conninfo_to_dict(url)
    host = str(told.get("host") or "")
    if not host or host.startswith("/") or is_loopback(host):
        return
    if told.get("sslmode") not in SAFE_SSL:
        yield watch(
            "database connection",
            f"The connection to {host} may be unencrypted.",
            "Add ?sslmode=verify-full (or require) to DATABASE_URL.",
        )


def _open_files() -> Finding:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < LEAST_FILES:
        return watch(
            "open files",
            f"A process may open {hard} files, so about {max(hard - 100, 0)} people can have pages open.",
            "Raise the limit (systemd: LimitNOFILE=65536).",
        )
    return good("open files", "no limit" if hard == resource.RLIM_INFINITY else f"up to {hard}")
