"""What a view hands to `console_base.html` and `portal_base.html`, as one value named `shell`."""

from collections.abc import Sequence
from dataclasses import dataclass

ONE = chr(0x4E00)
"""The character for one: alone it reads as a dash."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place in the rail. `key` is compared with `Shell.here`; on phones only items not `wide_only` show."""

    key: str
    label: str
    icon: str
    url: str
    count: int = 0
    wide_only: bool = False
    last: bool = False

    @property
    def shown_count(self) -> str:
        """Counts stop at 999+; nothing to count shows nothing."""
        if not self.count:
            return ""
        return "999+" if self.count > 999 else str(self.count)


@dataclass(frozen=True, slots=True)
class Link:
    """A line in a menu."""

    label: str
    url: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Banner:
    """Something everybody on this page has to know now. `tone`: info, warn or bad."""

    text: str
    tone: str = "info"
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """Where the page listens: a signed token with its topics, the stream, the renewal of the token."""

    token: str
    url: str = "/events"
    renew_url: str = "/events/token"


@dataclass(frozen=True, slots=True)
class Presence:
    """One state of the presence switch. `value`: online, busy, away or offline."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the page. `id` only separates the drafts of people who share a computer."""

    id: str
    name: str
    role: str = ""
    presence: str = ""

    @property
    def initial(self) -> str:
        """What stands in the avatar: the last character of a Chinese name, else the first letter."""
        return initial_of(self.name)


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of a console page."""

    viewer: Viewer
    here: str
    nav: Sequence[NavItem]
    now_iso: str
    company: str = ""
    live: Live | None = None
    banners: Sequence[Banner] = ()
    search_url: str = ""
    bell_url: str = ""
    bell_count: int = 0
    bell_topic: str = ""
    presences: Sequence[Presence] = ()
    presence_url: str = ""
    profile_links: Sequence[Link] = ()
    login_url: str = ""
    logout_url: str = ""
    language_url: str = ""
    theme_url: str = ""
    zone: str = ""

    @property
    def has_more(self) -> bool:
        """Whether phones show some of the places under “More” only."""
        return any(item.wide_only for item in self.nav)

    @property
    def presence(self) -> Presence | None:
        """The state that the viewer is in, if the page has the switch at all."""
        return next((state for state in self.presences if state.value == self.viewer.presence), None)

    @property
    def shown_bell_count(self) -> str:
        """As in the rail, but stopping at 99+."""
        if not self.bell_count:
            return ""
        return "99+" if self.bell_count > 99 else str(self.bell_count)


@dataclass(frozen=True, slots=True)
class PortalShell:
    """The frame of a customer's page."""

    company: str
    now_iso: str
    home_url: str = "/"
    hotline: str = ""
    hours: str = ""
    live: Live | None = None
    banners: Sequence[Banner] = ()
    links: Sequence[Link] = ()
    language_url: str = ""
    zone: str = ""

    @property
    def initial(self) -> str:
        """What stands in the company's mark."""
        return self.company.lstrip(ONE)[:1] or self.company[:1]


def initial_of(name: str) -> str:
    """One character for an avatar. Chinese names are told apart by their end, others by their start."""
    trimmed = name.strip()
    if not trimmed:
        return "?"
    return trimmed[-1] if "\u4e00" <= trimmed[-1] <= "\u9fff" else trimmed[0].upper()
