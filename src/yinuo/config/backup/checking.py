"""After a restore: the database as this version wants it, an era of its own, and proof that history is whole."""

from datetime import datetime
from typing import Any

from django.core.management import call_command

from yinuo.foundation.actors import Actor
from yinuo.foundation.backups import note_restore
from yinuo.foundation.clock import now
from yinuo.foundation.events import current_era
from yinuo.foundation.installation import check_installation
from yinuo.foundation.models import HistoryRow, Seal
from yinuo.foundation.seals import Fault, verify_history


def bring_up_to_date(manifest: dict[str, Any]) -> dict[str, Any]:
    """`rows`, `seals`, `era` and `faults` of the restored database. Raises `KeyUnusable`."""
    call_command("migrate", interactive=False, verbosity=0)
    check_installation()
    faults = list(verify_history())
    last = manifest.get("last_seal")
    if last and not Seal.objects.filter(id=last["id"], digest=bytes.fromhex(last["digest"])).exists():
        faults.append(Fault("seal_missing", last["id"]))
    found = {
        "rows": HistoryRow.objects.count(),
        "seals": Seal.objects.count(),
        "era": current_era(),
        "faults": faults,
    }
    note_restore(made_at=datetime.fromisoformat(manifest["made_at"]), by=Actor.system("restore"), now=now())
    return found
