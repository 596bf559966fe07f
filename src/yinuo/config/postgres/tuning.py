"""Settings of the embedded server, sized by the machine."""

import os
from pathlib import Path

MIB = 1024 * 1024
_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def memory_bytes() -> int:
    """Memory this machine or container may use."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for file in _CGROUP_LIMITS:
        try:
            limit = int(file.read_text())
        except (OSError, ValueError):  # absent, or "max"
            continue
        total = min(total, limit)
    return total


def settings(memory: int) -> dict[str, str]:
    """The content of `yinuo.conf`. Statements and failing rows stay out of the log: personal data."""
    shared = min(max(memory // 8 // MIB, 64), 2048)
    return {
        "max_connections": "100",
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{max(memory // 2 // MIB, 128)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(max(memory // 32 // MIB, 32), 256)}MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "wal_level": "replica",
        "min_wal_size": "128MB",
        "max_wal_size": "2GB",
        "checkpoint_completion_target": "0.9",
        "idle_in_transaction_session_timeout": "5min",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "datestyle": "iso, ymd",
        "lc_messages": "C",
        "log_destination": "stderr",
        "logging_collector": "off",
        "log_line_prefix": "%m [%p] %q%a ",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_min_duration_statement": "-1",
        "log_parameter_max_length_on_error": "0",
        "log_checkpoints": "off",
        "log_lock_waits": "on",
    }


def as_text(values: dict[str, str]) -> str:
    lines = ["# Written by Yinuo at every start. Settings of your own go into own.conf beside this file."]
    lines += [f"{name} = '{value}'" for name, value in values.items()]
    return "\n".join(lines) + "\n"
