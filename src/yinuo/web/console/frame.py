"""The frame of a console page: rail, bar, banners, menus."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yinuo.foundation.clock import now
from yinuo.orders.permissions import SEERS
from yinuo.staff.models import Presence as State
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.web.addresses import reverse
from yinuo.web.components.shell import Link, NavItem, Presence, Shell
from yinuo.web.components.shell import Viewer as Shown
from yinuo.web.console.labels import named
from yinuo.web.console.mail_words import mailbox_banners
from yinuo.web.gates import firm_of
from yinuo.web.live import console_live


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the rail: shown to those who have one of `rights`, to all where it names none."""

    key: str
    label: str | Promise
    icon: str
    url_name: str
    rights: frozenset[Right] = frozenset()
    wide_only: bool = False
    last: bool = False


SETTINGS_RIGHTS = frozenset(
    {
        Right.EDIT_STAFF,
        Right.EDIT_CATALOG,
        Right.EDIT_CALENDARS,
        Right.EDIT_LIMITS,
        Right.EDIT_PROCEDURES,
        Right.REVIEW_PROCEDURES,
        Right.EDIT_MAILBOXES,
        Right.EDIT_FORMS,
        Right.SEE_JOBS,
    }
)
CUSTOMER_RIGHTS = frozenset({Right.EDIT_CUSTOMERS, Right.WORK_TICKETS, Right.SEE_ALL_TICKETS})

TICKET_RIGHTS = frozenset({Right.WORK_TICKETS, Right.SEE_ALL_TICKETS})

PLACES = (
    Place("desk", gettext_lazy("Workbench"), "inbox", "desk", TICKET_RIGHTS),
    Place("overview", gettext_lazy("Overview"), "layout-dashboard", "overview", frozenset({Right.ASSIGN_TICKETS})),
    Place(
        "customers",
        gettext_lazy("Customers"),
        "users",
        "customers",
        frozenset({Right.EDIT_CUSTOMERS, Right.WORK_TICKETS}),
    ),
    Place("leads", pgettext_lazy("place", "Leads"), "seedling", "leads", TICKET_RIGHTS, wide_only=True),
    Place("orders", gettext_lazy("Orders"), "package", "orders", frozenset(SEERS)),
    Place(
        "quarantine",
        gettext_lazy("Quarantine"),
        "shield-check",
        "quarantine",
        frozenset({Right.WORK_QUARANTINE}),
        wide_only=True,
    ),
    Place("improvements", gettext_lazy("Improvements"), "trending-up", "improvements", TICKET_RIGHTS, wide_only=True),
    Place("registers", gettext_lazy("Registers"), "list-details", "registers", TICKET_RIGHTS, wide_only=True),
    Place("settings", gettext_lazy("Settings"), "settings", "settings", SETTINGS_RIGHTS, wide_only=True, last=True),
)

PHONE_PLACES = 5
"""So many places stand beside each other at the foot of a phone."""

PRESENCES = {
    State.ONLINE: gettext_lazy("Online"),
    State.BUSY: gettext_lazy("Busy"),
    State.AWAY: gettext_lazy("Away"),
    State.OFFLINE: gettext_lazy("Offline"),
}


def shell_of(request: HttpRequest, viewer: Viewer, *, here: str, topics: Sequence[str] = ()) -> Shell:
    """The frame as `viewer` sees it. `topics` are what the page listens to beside the viewer's own."""
    account = viewer.account
    firm = firm_of(request)
    role = " · ".join(named(name, name_en) for name, name_en in viewer.role_names)
    at = now()
    return Shell(
        viewer=Shown(id=str(account.id), name=account.name, role=role, presence=account.presence),
        here=here,
        nav=_nav([place for place in PLACES if not place.rights or any(viewer.has(right) for right in place.rights)]),
        now_iso=at.isoformat(timespec="milliseconds"),
        company=firm.name if firm else "",
        live=console_live(request, viewer, topics),
        banners=mailbox_banners(viewer, at),
        search_url=reverse("search"),
        bell_url=reverse("notices"),
        bell_count=viewer.standing.unread,
        bell_topic=f"account:{account.id}",
        presences=[Presence(state.value, str(label)) for state, label in PRESENCES.items()],
        presence_url=reverse("me_presence"),
        profile_links=(
            Link(_("My settings"), reverse("me"), "user-check"),
            Link(_("Second factor"), reverse("mfa_index"), "shield-check"),
            Link(_("Change password"), reverse("account_change_password"), "key"),
        ),
        login_url=reverse(settings.LOGIN_URL),
        logout_url=reverse("account_logout"),
        language_url=reverse("language"),
        theme_url=reverse("me_theme"),
        zone=settings.TIME_ZONE,
    )


def _nav(places: Sequence[Place]) -> list[NavItem]:
    """On phones what does not come first stands under “More”, unless all have room beside each other."""
    crowded = len(places) > PHONE_PLACES
    return [
        NavItem(
            place.key, str(place.label), place.icon, reverse(place.url_name),
            wide_only=place.wide_only and crowded, last=place.last,
        )
        for place in places
    ]  # fmt: skip
