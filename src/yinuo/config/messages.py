"""Makes the message catalogues: merges the parts of each language, refuses contradictions, compiles.

`python -m yinuo.config.messages` reads `locale/<language>/LC_MESSAGES/django.po` and `locale/<language>/parts/
*.po` and writes `LC_MESSAGES/django.mo`. No gettext programs are needed.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from yinuo.config.paths import PACKAGE

LOCALE = PACKAGE / "locale"


class Contradiction(Exception):
    """Catalogues that cannot be merged; one line a fault."""


def merged(language: str, parts: list[Path]) -> Catalog:
    """One catalogue of all parts. Raises Contradiction where two translate the same text differently, where
    a text is marked fuzzy or has no translation, or where a file cannot be read."""
    whole = Catalog(locale=language, domain="django", fuzzy=False)
    origin: dict[tuple[str | None, str], tuple[Path, Message]] = {}
    faults: list[str] = []
    for file in parts:
        try:
            entries = _entries(file, language)
        except (PoFileError, UnicodeDecodeError) as error:
            faults.append(f"{file.name}: {error}")
            continue
        for message in entries:
            key = (message.context, _first(message.id))
            if message.fuzzy or not _complete(message):
                faults.append(f"{file.name}:{message.lineno}: {key[1]!r} has no settled translation")
            elif key in origin and origin[key][1].string != message.string:
                other, earlier = origin[key]
                faults.append(
                    f"{file.name}:{message.lineno}: {key[1]!r} is {message.string!r} here and "
                    f"{earlier.string!r} in {other.name}:{earlier.lineno}"
                )
            else:
                origin[key] = (file, message)
                whole.add(message.id, message.string, flags=message.flags, context=message.context)
    if faults:
        raise Contradiction("\n".join(faults))
    return whole


def compile_all(locale: Path = LOCALE) -> dict[str, int]:
    """Writes every language's `.mo`; the number of texts in each."""
    counts: dict[str, int] = {}
    for folder in sorted(path for path in locale.iterdir() if path.is_dir()) if locale.is_dir() else []:
        target = folder / "LC_MESSAGES" / "django.mo"
        main = target.with_suffix(".po")
        parts = [main] * main.is_file() + sorted((folder / "parts").glob("*.po"))
        if not parts:
            continue
        catalogue = merged(folder.name, parts)
        target.parent.mkdir(exist_ok=True)
        partial = target.with_suffix(".mo.new")
        with partial.open("wb") as out:
            write_mo(out, catalogue)
        partial.replace(target)
        counts[folder.name] = len(catalogue)
    return counts


def _entries(file: Path, language: str) -> Iterator[Message]:
    with file.open("rb") as source:
        catalogue = read_po(source, locale=language, charset="utf-8", abort_invalid=True)
    return (message for message in catalogue if message.id)


def _first(text: str | tuple[str, ...] | list[str]) -> str:
    return text if isinstance(text, str) else text[0]


def _complete(message: Message) -> bool:
    strings = (message.string,) if isinstance(message.string, str) else message.string
    return bool(strings) and all(strings)


def main() -> int:
    try:
        counts = compile_all()
    except Contradiction as contradiction:
        print(contradiction, file=sys.stderr)
        return 1
    for language, count in counts.items():
        print(f"  {language}: {count} texts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
