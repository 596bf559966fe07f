"""allauth's forms in the words of the house."""

from typing import Any

from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthFactorReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm as AllauthActivateTOTPForm
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PASSWORD_RULE = _("At least 10 characters; not only digits, and none that everybody uses.")


def _word(form: forms.Form, name: str, label: str | Promise, *, hint: str | Promise = "", **attributes: Any) -> None:
    field = form.fields[name]
    field.label, field.help_text = label, hint
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attributes)


def _word_code(form: forms.Form) -> None:
    _word(
        form,
        "code",
        _("Code"),
        hint=_("Six digits from the app, or one of your recovery codes."),
        autofocus=True,
        inputmode="text",
    )


class LoginForm(AllauthLoginForm):
    """axes counts failures by the field that this form calls `login`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, "login", _("Log-in name"), autofocus=True, autocapitalize="none", spellcheck="false")
        _word(self, "password", _("Password"))


class ReauthenticateForm(AllauthReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, "password", _("Password"), autofocus=True)


class ChangePasswordForm(AllauthChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, "oldpassword", _("Present password"), autofocus=True)
        _word(self, "password1", _("New password"), hint=PASSWORD_RULE)
        _word(self, "password2", _("New password again"))

    def clean(self) -> dict[str, Any]:
        """allauth's sentence for two different passwords is put in our words."""
        cleaned = forms.Form.clean(self) or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords differ."))
        return cleaned


class AuthenticateForm(AllauthAuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word_code(self)


class FactorReauthenticateForm(AllauthFactorReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word_code(self)


class ActivateTOTPForm(AllauthActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, "code", _("Code from the app"), inputmode="numeric", autofocus=True)
