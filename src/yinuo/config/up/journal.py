"""What `yinuo up` tells: JSON lines in DATA/log/up.log, short lines on the terminal."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

ROTATE_BYTES = 32 * 1024 * 1024


class Journal:
    def __init__(self, data: Path) -> None:
        self.folder = data / "log"
        self._file = self.file_of("up").open("a", encoding="utf-8", buffering=1)

    def file_of(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def note(self, event: str, **facts: object) -> None:
        """Into the log only."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._file.write(json.dumps({"at": at, "event": event, **facts}, ensure_ascii=False) + "\n")

    def say(self, line: str) -> None:
        """To the person at the terminal. A terminal that is gone stops nothing."""
        try:
            print(line, flush=True)
        except OSError:
            sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - lives as long as the process

    def tail(self, name: str, lines: int = 8) -> str:
        try:
            text = self.file_of(name).read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join("    " + line[:300] for line in text.splitlines()[-lines:])

    def rotate(self) -> None:
        """Keeps each log and one former part of it. Writers append, so cutting in place loses nothing they
        write afterwards."""
        for file in self.folder.glob("*.log"):
            if file.stat().st_size > ROTATE_BYTES:
                file.with_suffix(".log.1").write_bytes(file.read_bytes())
                os.truncate(file, 0)
