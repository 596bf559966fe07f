"""What ties a database to its key file and its cluster."""

from django.db import connection

from yinuo.foundation import clock
from yinuo.foundation.encryption import key_check
from yinuo.foundation.events import current_era
from yinuo.foundation.keyfile import KeyUnusable
from yinuo.foundation.models import Installation


def system_identifier() -> int:
    """PostgreSQL's own number of the cluster; another one after a restore into a new folder."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        return int(cursor.fetchone()[0])


def check_installation() -> None:
    """Called when a process starts, before it serves: the key file fits the data, and transaction ids that begin
    anew (a restored database) get an era of their own. Raises `KeyUnusable`."""
    identifier = system_identifier()
    installation = Installation.objects.filter(id=1).first()
    if installation is None:
        Installation.objects.get_or_create(
            id=1,
            defaults={"key_check": key_check(), "system_identifier": identifier, "made_at": clock.now()},
        )
    elif bytes(installation.key_check) != key_check():
        raise KeyUnusable(
            "The key file does not belong to this database. Put the right key file back (it is in the backup, under "
            "its passphrase); with another one no customer data can be read."
        )
    elif installation.system_identifier != identifier:
        Installation.objects.filter(id=1, system_identifier=installation.system_identifier).update(
            system_identifier=identifier, era=installation.era + 1
        )
    current_era.cache_clear()
