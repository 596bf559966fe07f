"""The embedded PostgreSQL server: `with server(data) as url:` gives every command a database."""

from yinuo.config.postgres.cluster import Cluster, address
from yinuo.config.postgres.lock import DataLock, Held
from yinuo.config.postgres.place import NoServer, Place, client_binaries, find_place
from yinuo.config.postgres.server import server

__all__ = [
    "Cluster",
    "DataLock",
    "Held",
    "NoServer",
    "Place",
    "address",
    "client_binaries",
    "find_place",
    "server",
]
