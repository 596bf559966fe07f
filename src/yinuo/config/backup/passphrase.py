"""Where the passphrase of a backup comes from."""

import getpass
import os
import sys

from yinuo.config.backup.archive import LEAST_PASSPHRASE
from yinuo.config.refusal import Refusal

VARIABLE = "YINUO_PASSPHRASE"


def ask_passphrase(*, new: bool) -> str:
    """From `YINUO_PASSPHRASE`, else asked for at the terminal, a `new` one twice. Raises `Refusal`."""
    given = os.environ.get(VARIABLE)
    if given is None:
        if not sys.stdin.isatty():
            raise Refusal(f"Set {VARIABLE}: the key in a backup is encrypted under a passphrase.")
        given = getpass.getpass("Passphrase of the backup: ")
        if new and given != getpass.getpass("Once more: "):
            raise Refusal("The two are different. Nothing was written.")
    if new and len(given) < LEAST_PASSPHRASE:
        raise Refusal(f"The passphrase needs {LEAST_PASSPHRASE} characters or more: with the file it opens everything.")
    return given
