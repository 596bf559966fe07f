"""Filling in the step under way on a ticket's page, as somebody at the desk does."""

from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

SHANGHAI = ZoneInfo("Asia/Shanghai")


def do_step(page: Page, button: str, **values: object) -> None:
    """Fills the form of the step under way and presses `button`. Choices are given by their values, a signature by its
    way, several as a list, instants as such. The step is done when its form is gone."""
    form = page.locator("li[data-state=now] form").first
    fill(page, **values)
    which = form.get_attribute("id")
    form.locator(f"button[value={button}]").click()
    try:
        expect(page.locator(f"#{which}")).to_have_count(0)
    except AssertionError as failure:
        said = page.locator("dialog[open], .toast, .error, .error-list").all_inner_texts()
        raise AssertionError(f"“{button}” did not finish its step; the page says {said}") from failure


def fill(page: Page, **values: object) -> None:
    """Fills these fields of the form of the step under way."""
    for name, value in values.items():
        _fill(page, name, value)


def _fill(page: Page, name: str, value: object) -> None:
    form = page.locator("li[data-state=now] form").first
    field = form.locator(f"[name='f.{name}'], [name='f.{name}.way']").first
    expect(field).to_be_attached()
    if isinstance(value, list):
        for one in value:
            form.locator(f"[name='f.{name}'][value='{one}']").check(force=True)
    elif field.get_attribute("type") == "radio":
        form.locator(f"[name='f.{name}'][value='{value}'], [name='f.{name}.way'][value='{value}']").check(force=True)
    elif isinstance(value, datetime):
        field.fill(f"{value.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}")
    else:
        field.fill(str(value))


def is_at(page: Page, title: str) -> None:
    """Waits until the step under way is this one."""
    expect(page.locator("li[data-state=now] .step-title").first).to_contain_text(title)
