"""What is wrong with a mailbox, in words: for its page and for the banner that everybody sees."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yinuo.channels.queries import Failing, failing_mailboxes
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.web.addresses import reverse
from yinuo.web.components.shell import Banner, Link

FAILURES = {
    "host_unknown": gettext_lazy("the server's name is not known"),
    "refused": gettext_lazy("the server refuses connections"),
    "timed_out": gettext_lazy("the server does not answer"),
    "unreachable": gettext_lazy("the server can't be reached"),
    "certificate": gettext_lazy("the server's certificate is not valid"),
    "not_tls": gettext_lazy("the server does not speak TLS there"),
    "starttls": gettext_lazy("the server does not offer STARTTLS"),
    "unencrypted": gettext_lazy("the connection would not be encrypted"),
    "log_in": gettext_lazy("the log-in is refused"),
    "folder": gettext_lazy("the folder does not exist"),
    "sender": gettext_lazy("the address is refused as sender"),
    "protocol": gettext_lazy("the server's answer is not understood"),
}


def failure_words(code: str) -> str:
    """What a failure's code means; nothing for none."""
    return str(FAILURES.get(code, FAILURES["unreachable"])) if code else ""


def mailbox_banners(viewer: Viewer, now: datetime) -> list[Banner]:
    """One banner a mailbox that fails, with the way to its settings for who may edit it."""
    return [_banner(failing, viewer, now) for failing in failing_mailboxes()]


def _banner(failing: Failing, viewer: Viewer, now: datetime) -> Banner:
    minutes = max(1, int((now - failing.since).total_seconds() // 60))
    since = (
        ngettext("for {n} minute", "for {n} minutes", minutes).format(n=minutes)
        if minutes < 120
        else ngettext("for {n} hour", "for {n} hours", minutes // 60).format(n=minutes // 60)
    )
    sentence = (
        _("No mail can be fetched from {address} {since}: {failure}. New mail does not become tickets meanwhile.")
        if failing.way == "in"
        else _("No mail can be sent from {address} {since}: {failure}. Replies wait and go out later.")
    )
    link = (
        Link(_("Mailbox settings"), reverse("settings_mailbox", args=[failing.mailbox_id]))
        if viewer.has(Right.EDIT_MAILBOXES)
        else None
    )
    text = sentence.format(address=failing.address, since=since, failure=failure_words(failing.code))
    return Banner(text, "warn", link)
