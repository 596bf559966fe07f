"""A real Chromium, real mail servers, the whole house."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.servers import Dovecot, House, Relay, mail_servers
from tests.story import PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--font-render-hinting=none",
]  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]
SCREENS = ROOT / "docs" / "screens"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
STILL: dict[str, Any] = {"reduced_motion": "reduce"}
"""Nothing glides or fades in: what is clicked lies where it is seen, what is judged stands."""
TAKE_SCREENS = os.environ.get("TAKE_SCREENS") == "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(str(item.fspath)).parent.name == "browser":
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.processes)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Ended with its module: while it runs, its event loop stands in the way of everything that is not async."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed (apt install chromium): browser tests need it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Dovecot, Relay]]:
    with mail_servers() as found:
        yield found


@pytest.fixture
def person(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`person(house)` is somebody's browser: 1440 × 900, Chinese, light; fails on any error in its console."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_browser(house: House, *, username: str = "", width: int = 1440, dark: bool = False) -> Page:
        context = chromium.new_context(
            base_url=house.url, locale="zh-CN", timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": 900 if width > 600 else 844},
            color_scheme="dark" if dark else "light", **STILL,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(45_000)  # a loaded machine is no failure; what must be quick is measured
        page.on("console", lambda message: _noted(message, errors))
        page.on("pageerror", lambda error: errors.append(str(error)))
        if username:
            log_in(page, username)
        return page

    expect.set_options(timeout=15_000)
    yield open_browser
    for context in contexts:
        context.close()
    assert not errors, errors


REFUSED = ("status of 4", "Response Status Error Code 4")
"""What the browser and htmx say of an answer that refuses, which is no fault of the page."""


def _noted(message: ConsoleMessage, errors: list[str]) -> None:
    if message.type == "error" and not any(words in message.text for words in REFUSED):
        errors.append(message.text)


def log_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", username)
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)


VIOLATIONS = "axe.run().then(run => run.violations.map(one => [one.id, ...one.nodes.map(node => node.html)]))"


def faultless(page: Page) -> None:
    """axe-core finds nothing on the page as it stands (where it is installed: `npm install`)."""
    if AXE.exists():
        assert page.evaluate(f"{AXE.read_text()};{VIOLATIONS}") == [], page.url


def picture(page: Page, name: str) -> None:
    """A picture under docs/screens, when `TAKE_SCREENS=1` asks for it."""
    if TAKE_SCREENS:
        SCREENS.mkdir(parents=True, exist_ok=True)
        page.wait_for_timeout(400)
        page.screenshot(path=SCREENS / f"{name}.png")
