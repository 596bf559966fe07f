"""The log-in page with the demo's log-ins beside it."""

from typing import Any

from allauth.account.views import LoginView as AllauthLoginView

from yinuo.staff.demo import DEMO_PASSWORD, listens_on_loopback
from yinuo.staff.queries import company, demo_accounts, role_names


class LoginView(AllauthLoginView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        firm = company()
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["company"] = firm.name if firm else ""
        if firm and firm.is_demo and listens_on_loopback():
            context["demo_password"] = DEMO_PASSWORD
            context["demo"] = [(account, " · ".join(role_names(account))) for account in demo_accounts()]
        return context
