"""`yinuo backup FILE` and `yinuo restore FILE`."""

from pathlib import Path
from typing import Any

from yinuo.config.commands.options import add_data


def add_parser(subparsers: Any) -> None:
    backup = subparsers.add_parser(
        "backup",
        help="write everything into one file",
        description="Writes database and key into FILE, at any time, also while Yinuo runs. The key is encrypted "
        "under a passphrase: YINUO_PASSPHRASE, or asked for. Without the passphrase a backup cannot be restored.",
    )
    add_data(backup)
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.set_defaults(run="yinuo.config.backup.commands:backup", database=True)

    restore = subparsers.add_parser(
        "restore",
        help="take a backup into an empty data folder",
        description="Takes FILE into an empty data folder (with DATABASE_URL: an empty database), and proves it whole.",
    )
    add_data(restore)
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.set_defaults(run="yinuo.config.backup.taking:restore")
