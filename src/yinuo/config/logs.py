"""Structured logs: one JSON object a line on standard error, ids only, never a customer's values."""

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import structlog

from yinuo.domain.redaction import mask_text

LONGEST_MESSAGE = 200
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”")
_SECRET_LINK = re.compile(r"(/t/[^/\s]+/)[\w-]{16,}")


def told(exc_info: Any) -> str:
    """An exception with its causes: where it happened in full, what it says without the values it quotes. The error of
    a failed job is kept whole, encrypted, for the failed-jobs page."""
    return "\n".join(_told(exc_info[1]))


def _told(error: BaseException | None) -> Iterator[str]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
        first = next(iter(str(error).splitlines()), "")  # PostgreSQL quotes whole rows on the lines below
        words = mask_text(_QUOTED.sub("'…'", first))[:LONGEST_MESSAGE]
        yield f"{type(error).__module__}.{type(error).__qualname__}: {words}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if error is not None:
            yield "after:"


def without_secrets(logger: Any, method: str, line: dict[str, Any]) -> dict[str, Any]:
    """Django names the paths of refused requests: the last part of a customer's link is its secret, and in others
    somebody may have typed a number."""
    line["event"] = mask_text(_SECRET_LINK.sub(r"\1…", str(line["event"])))
    return line


SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(told),
    without_secrets,
]


def configure_logs(level: str) -> None:
    """Sends structlog and the standard library's loggers through one formatter."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("procrastinate", "granian.access", "axes", "mail.log"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
