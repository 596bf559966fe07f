"""Every process of a running house, in one list."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from yinuo.config.paths import socket_folder, web_sockets
from yinuo.config.up import front
from yinuo.config.up.site import Site

LATER_S = 5.0


@dataclass(frozen=True)
class Spec:
    """`stop_turn`: lower is stopped earlier, equal ones together. `grace_s`: then it is killed. `after_s`: it starts so
    long after the first, so that pages need not share the processor with what nobody waits for yet."""

    name: str
    command: list[str]
    stop_turn: int
    grace_s: float
    environment: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0

    @property
    def own(self) -> list[str]:
        """Its arguments where the command is this program itself."""
        return self.command[len(YINUO) :] if self.command[: len(YINUO)] == YINUO else []


YINUO = [sys.executable, "-m", "yinuo.config.cli"]


def yinuo(*arguments: str) -> list[str]:
    """A command line of this program, by the interpreter that runs us."""
    return [*YINUO, *arguments]


def _queues(*names: str) -> list[str]:
    return [part for name in names for part in ("--queue", name)]


def specs(data: Path, site: Site) -> list[Spec]:
    """What runs, in order of start."""
    stream = socket_folder(data) / "stream.sock"
    return [
        *(
            Spec(socket.stem, yinuo("web", "--socket", str(socket), "--workers", "1"), 3, 6)
            for socket in web_sockets(data)
        ),
        Spec("stream", yinuo("stream", "--socket", str(stream)), 3, 4, after_s=LATER_S),
        Spec("worker", yinuo("worker", *_queues("facts", "mail", "now", "soon")), 2, 8, after_s=LATER_S),
        Spec("worker-bulk", yinuo("worker", *_queues("bulk")), 2, 8, after_s=LATER_S + 1),
        Spec("alarm", yinuo("alarm"), 2, 5, after_s=LATER_S),
        Spec("intake", yinuo("intake"), 2, 8, after_s=LATER_S),
        Spec(
            "front",
            [front.program(), "run", "--adapter", "caddyfile", "--config", str(data / "run" / "Caddyfile")],
            1,
            4,
            front.environment(data),
        ),
    ]
