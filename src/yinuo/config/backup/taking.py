"""What `yinuo restore` runs; no Django yet, since the key that its settings read comes out of the backup."""

import argparse

from yinuo.config.backup.archive import Archive
from yinuo.config.backup.passphrase import ask_passphrase
from yinuo.config.backup.restoring import restore_backup
from yinuo.config.paths import data_folder


def restore(chosen: argparse.Namespace) -> int:
    """Exit code 1 where the restored history has faults; they are named."""
    Archive.open(chosen.file)  # says what is wrong with the file before it asks for anything
    data = data_folder(chosen.data)
    found = restore_backup(chosen.file, ask_passphrase(new=False), data)
    print(f"Restored into {data}: {found['rows']} history rows under {found['seals']} seals, era {found['era']}.")
    for fault in found["faults"]:
        print(f"  {fault.what}: seal {fault.seal}" + (f", row {fault.row}" if fault.row else ""))
    if found["faults"]:
        print("The history in this backup has faults: see docs/algorithms/history.md.")
        return 1
    print("History verified. Everybody logs in anew; mail that was queued when the backup was made is sent now.")
    return 0
