"""What `yinuo audit verify` runs."""

import argparse

from yinuo.foundation.models import HistoryRow, Seal
from yinuo.foundation.seals import count_unsealed, verify_history

MEANINGS = {
    "changed": "a row is not what was sealed",
    "removed": "a sealed row is gone",
    "inserted": "a row was put where its seal has none",
    "seal_changed": "a seal was changed, or does not follow the one before it",
    "seal_missing": "a seal is gone",
    "tail_cut": "a seal that the log outside of the database names is gone",
}


def verify(chosen: argparse.Namespace) -> int:
    """Prints each fault by name, then the counts; exit code 1 on faults."""
    faults = 0
    for fault in verify_history():
        faults += 1
        where = f"seal {fault.seal}" + (f", row {fault.row}" if fault.row else "")
        print(f"{fault.what}: {where} ({MEANINGS[fault.what]})")
    rows, seals, waiting = HistoryRow.objects.count(), Seal.objects.count(), count_unsealed()
    print(f"{rows} rows, {waiting} of them not sealed yet; {seals} seals; faults: {faults}.")
    return 1 if faults else 0
