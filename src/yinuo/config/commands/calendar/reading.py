"""Calendars of the command line: built in by name, or from a JSON or YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from yinuo.calendars.builtin import BUILTIN, builtin_calendar, calendar_from_json
from yinuo.domain.worktime import Calendar


class CommandError(Exception):
    """What the person who typed the command can put right; its text is shown."""


def calendar_named(name: str) -> Calendar:
    """A built-in calendar, or one of a file: `FILE`, or `FILE#NAME` for one of several in it."""
    if name in BUILTIN:
        return builtin_calendar(name)
    file, _, part = name.partition("#")
    raw = load(Path(file))
    if part:
        if part not in raw:
            raise CommandError(f"{file} has no calendar called {part!r}; it has {', '.join(map(str, raw))}")
        raw = raw[part]
    elif "hours" not in raw and "overrides" not in raw:
        raise CommandError(f"{file} holds several calendars; choose one: {file}#{next(iter(raw), 'NAME')}")
    return calendar_from_json(raw)


def load(file: Path) -> dict[str, Any]:
    """The object in a JSON or YAML file."""
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=_TextLoader)  # noqa: S506 - a SafeLoader
    except FileNotFoundError as error:
        raise CommandError(f"no calendar file {file}; built in are {', '.join(BUILTIN)}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
    except RecursionError as error:
        raise CommandError(f"{file} is nested too deeply") from error
    except yaml.YAMLError as error:
        raise CommandError(f"{file} is neither JSON nor YAML: {error}") from error
    if not isinstance(raw, dict):
        raise CommandError(f"{file} must hold an object")
    return raw


class _TextLoader(yaml.SafeLoader):
    """Reads 09:00 and 2026-10-01 as the text that was written: YAML would make a number of the one and a date of
    the other. JSON is read too, as part of YAML."""

    yaml_implicit_resolvers = {
        first: [rule for rule in rules if rule[0] not in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:timestamp")]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
