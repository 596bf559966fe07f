"""Demo log-ins: printed for everybody to see, so they work on this machine alone (DESIGN section 7)."""

from ipaddress import ip_address

from django.conf import settings

DEMO_PASSWORD = "yinuo-demo-2026"  # noqa: S105 - printed at start and shown on the log-in page


def listens_on_loopback() -> bool:
    """Whether only programs on this machine can reach the server."""
    if settings.LISTEN == "localhost":
        return True
    try:
        return ip_address(settings.LISTEN).is_loopback
    except ValueError:
        return False
