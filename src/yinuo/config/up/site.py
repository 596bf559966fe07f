"""Under which address the house is reached."""

import ipaddress
import os
import socket
from dataclasses import dataclass

from yinuo.config.refusal import Refusal

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8000


class Unusable(Refusal):
    """The wanted address cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class Site:
    """`tls` is empty (plain HTTP), `internal` (own certificate authority) or a public host name."""

    listen: str
    port: int
    tls: str
    base_url: str

    @property
    def on_loopback(self) -> bool:
        return is_loopback(self.listen)

    @property
    def own_address(self) -> str:
        """Where this machine itself reaches it."""
        try:
            everywhere = ipaddress.ip_address(self.listen).is_unspecified
        except ValueError:
            everywhere = False
        return LOOPBACK if everywhere else self.listen


def read_site(port: int | None) -> Site:
    """From `--port` and the environment: YINUO_PORT, YINUO_LISTEN, YINUO_TLS, YINUO_BASE_URL."""
    tls = os.environ.get("YINUO_TLS", "").strip()
    public = tls not in ("", "internal")
    listen = os.environ.get("YINUO_LISTEN") or ("0.0.0.0" if public else LOOPBACK)  # noqa: S104 - asked for by name
    try:
        number = port or int(os.environ.get("YINUO_PORT") or (443 if public else DEFAULT_PORT))
    except ValueError:
        raise Unusable("YINUO_PORT is no number.") from None
    if not 0 < number < 65536:
        raise Unusable(f"{number} is no port: ports go from 1 to 65535.")
    scheme, usual = ("https", 443) if tls else ("http", 80)
    host = tls if public else _spoken_host(listen)
    url = f"{scheme}://{host}" + ("" if number == usual else f":{number}")
    return Site(listen, number, tls, os.environ.get("YINUO_BASE_URL", "").rstrip("/") or url)


def check_free(site: Site) -> None:
    """Raises Unusable where the address cannot be listened on."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            site.listen, site.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        raise Unusable(f"YINUO_LISTEN={site.listen} is no address of this machine.") from None
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
            probe.listen(1)
        except PermissionError:
            raise Unusable(
                f"Port {site.port} needs the rights of an administrator. Choose one above 1023: "
                "make run PORT=8000, or yinuo up --port 8000."
            ) from None
        except OSError:
            raise Unusable(
                f"Another program uses port {site.port} on {site.listen}. Stop it, or choose another port: "
                f"make run PORT={site.port + 1}, or yinuo up --port {site.port + 1}."
            ) from None


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _spoken_host(listen: str) -> str:
    try:
        found = ipaddress.ip_address(listen)
    except ValueError:
        return listen
    if found.is_unspecified:
        return socket.gethostname()
    return f"[{found}]" if found.version == 6 else str(found)
