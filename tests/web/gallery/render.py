"""Renders the gallery's pages without a database, with the product's own templates and Chinese texts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.template.backends.django import DjangoTemplates
from django.test import RequestFactory
from django.utils import translation

from tests.web.gallery import content
from tests.web.gallery.forms import DispatchForm, LimitForm, LoginForm

HERE = Path(__file__).resolve().parent
COMPONENTS = HERE.parents[2] / "src/yinuo/web/components/templates"


def engine() -> DjangoTemplates:
    return DjangoTemplates(
        {
            "NAME": "gallery",
            "DIRS": [HERE / "templates", COMPONENTS],
            "APP_DIRS": False,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "yinuo.web.components.context.ground",
                ],
                "string_if_invalid": "",
            },
        }
    )


def contexts(at: datetime) -> Mapping[str, dict[str, Any]]:
    """Page name → its context."""
    rows = content.queue_rows(at)
    refused = LimitForm({"name": "", "limit": "很快", "clock": "service"})
    refused.add_error("limit", "看不懂“很快”。请写数字和单位，例如 30 分钟。")
    return {
        "queue": {"shell": content.console_shell(at, "queue", live="token-of-queue", banner=True), "rows": rows},
        "ticket": {
            "shell": content.console_shell(at, "queue", live="token-of-ticket"),
            "rows": rows,
            "messages_shown": content.messages(at),
            "steps": content.steps(at),
            "form": DispatchForm(),
            "promises": [
                content.deadline(
                    "派单",
                    at,
                    content.timedelta(minutes=6, seconds=20),
                    warn=content.timedelta(minutes=10),
                    explain_url="/explain",
                ),
                content.deadline("解决", at, content.timedelta(hours=22, minutes=24), explain_url="/explain"),
                content.deadline("答复", at, -content.timedelta(minutes=30), state="met", explain_url="/explain"),
            ],
        },
        "portal": {
            "shell": content.portal_shell(at),
            "messages_shown": [m for m in content.messages(at) if not m.get("happening") and m["kind"] != "note"],
            "scores": [(1, "很差"), (2, "较差"), (3, "一般"), (4, "满意"), (5, "很满意")],
            "promise": content.deadline("技术人员联系您", at, content.timedelta(hours=1, minutes=52)),
        },
        "login": {"form": LoginForm(), "company": "澄川净水 · 客户服务", "demo": content.DEMO},
        "settings": {"shell": content.console_shell(at, "settings"), "form": refused, "limits": content.LIMITS},
        "empty": {"shell": content.console_shell(at, "mine")},
        "notices": {"notices": content.notices(at), "clear_url": "/notices/clear", "all_url": "/notices/all"},
        "explain": {"at": at},
        "rows": {"rows": rows},
        "run": {"steps": content.steps(at), "form": DispatchForm()},
    }


def render(page: str, *, at: datetime | None = None, language: str = "zh-hans", cookies: str = "", **more: Any) -> str:
    """One page as the browser gets it."""
    request = RequestFactory().get(f"/{page}", headers={"cookie": cookies} if cookies else {})
    context = {**contexts(at or datetime.now(UTC))[page], **more}
    with translation.override(language):
        return engine().get_template(f"gallery/{page}.html").render(context, request)
