"""The form of a mailbox: what is asked at the first run and in the settings alike."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.channels.testing import Way

SECURITIES = [
    ("tls", gettext_lazy("TLS")),
    ("starttls", gettext_lazy("STARTTLS")),
    ("none", gettext_lazy("none (this computer only)")),
]
WAYS = (
    "imap_host", "imap_port", "imap_security", "imap_folder", "smtp_host", "smtp_port", "smtp_security", "username",
    "password",
)  # fmt: skip


def _plain(**more: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", **more})


def _port(initial: int) -> forms.IntegerField:
    return forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535, initial=initial, required=False)


class MailboxWays(forms.Form):
    """An address with its ways in and out. Hosts may be empty: then mail comes by the built-in SMTP door."""

    address = forms.EmailField(
        label=gettext_lazy("Service address"),
        max_length=200,
        help_text=gettext_lazy("What customers write to, such as service@your-company.cn."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    sender_name = forms.CharField(
        label=gettext_lazy("Name of the sender"), max_length=80, required=False,
        help_text=gettext_lazy("What customers see beside the address, such as “Service of …”."),
    )  # fmt: skip
    imap_host = forms.CharField(
        label=gettext_lazy("IMAP server"), max_length=200, required=False, widget=_plain(placeholder="imap.example.com")
    )
    imap_port = forms.IntegerField(
        label=gettext_lazy("Port"), min_value=1, max_value=65535, initial=993, required=False
    )
    imap_security = forms.ChoiceField(
        label=gettext_lazy("Encryption"), choices=SECURITIES, initial="tls", required=False
    )
    imap_folder = forms.CharField(label=gettext_lazy("Folder"), max_length=200, initial="INBOX", required=False)
    smtp_host = forms.CharField(
        label=gettext_lazy("SMTP server"), max_length=200, required=False, widget=_plain(placeholder="smtp.example.com")
    )
    smtp_port = forms.IntegerField(
        label=gettext_lazy("Port"), min_value=1, max_value=65535, initial=465, required=False
    )
    smtp_security = forms.ChoiceField(
        label=gettext_lazy("Encryption"), choices=SECURITIES, initial="tls", required=False
    )
    username = forms.CharField(
        label=gettext_lazy("Log-in name at the mail server"), max_length=200, required=False, widget=_plain(),
        help_text=gettext_lazy("Mostly the whole address."),
    )  # fmt: skip
    password = forms.CharField(
        label=gettext_lazy("Password"), max_length=500, required=False, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Many providers want an authorisation code here, made in their settings."),
    )  # fmt: skip

    @property
    def without_mailbox(self) -> bool:
        """Whether the built-in door is chosen, so that servers are not asked for."""
        return False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.without_mailbox:
            for host in ("imap_host", "smtp_host"):
                if not cleaned.get(host) and not self.has_error(host):
                    self.add_error(host, _("Name the server, or choose the built-in SMTP door."))
        return cleaned

    def mailbox_fields(self) -> dict[str, Any]:
        """The cleaned values as `save_mailbox` takes them."""
        cleaned = self.cleaned_data
        if self.without_mailbox:
            servers: dict[str, Any] = {"imap_host": "", "smtp_host": "", "transport": "folder"}
        else:
            servers = {**self._servers(), "transport": "smtp"}
        return {"address": cleaned["address"], "name": cleaned["sender_name"], **servers}

    def _servers(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        defaults = {"imap_port": 993, "smtp_port": 465, "imap_security": "tls", "smtp_security": "tls"}
        return {name: cleaned.get(name) or defaults.get(name, "") for name in WAYS} | {
            "imap_folder": cleaned.get("imap_folder") or "INBOX"
        }

    def ways(self, kept_password: str = "") -> dict[str, Any]:
        """The cleaned values as `test_mailbox` takes them; `kept_password` where none was typed."""
        values = self._servers()
        log_in = (values["username"], values["password"] or kept_password)
        imap = Way(values["imap_host"], values["imap_port"], values["imap_security"], *log_in)
        smtp = Way(values["smtp_host"], values["smtp_port"], values["smtp_security"], *log_in)
        return {
            "address": self.cleaned_data["address"],
            "folder": values["imap_folder"],
            "imap": imap if imap.host else None,
            "smtp": smtp if smtp.host else None,
        }
