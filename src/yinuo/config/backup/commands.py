"""What `yinuo backup` runs. Django is set up before this module is loaded."""

import argparse
import os

from yinuo.config.backup.making import make_backup
from yinuo.config.backup.passphrase import ask_passphrase


def backup(chosen: argparse.Namespace) -> int:
    made = make_backup(chosen.file.absolute(), ask_passphrase(new=True), os.environ["DATABASE_URL"])
    print(f"{chosen.file}: {made['bytes'] / 1e6:.1f} MB, database of PostgreSQL {made['postgres']}, era {made['era']}.")
    print("Keep the passphrase apart from the file. Restore with: yinuo restore FILE --data EMPTY_FOLDER")
    return 0
