"""What every template may use."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest

from yinuo.foundation.clock import now
from yinuo.web.addresses import reverse
from yinuo.web.components.context import ground
from yinuo.web.components.shell import PortalShell


def page(request: HttpRequest) -> Mapping[str, object]:
    """The ground of all pages and, for those without a frame of their own (log-in, errors), a plain `shell`."""
    return {
        **ground(request),
        "shell": PortalShell(
            company="",
            now_iso=now().isoformat(timespec="milliseconds"),
            language_url=reverse("language"),
            zone=settings.TIME_ZONE,
        ),
    }
