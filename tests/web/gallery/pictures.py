"""Pictures of the gallery, to look at: `python -m tests.web.gallery.pictures FOLDER [page …]`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.web.gallery import stub

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
PAGES = ("queue", "ticket", "portal", "login", "settings", "empty")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def main(folder: str, *pages: str) -> None:
    stub.configure()
    from playwright.sync_api import sync_playwright

    from tests.web.gallery.server import Gallery

    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with Gallery() as gallery, sync_playwright() as playwright:
        gallery.at = datetime(2026, 11, 21, 6, 31, tzinfo=UTC)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for size, (width, height) in SIZES.items():
            for theme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    locale="zh-CN",
                    timezone_id="Asia/Shanghai",
                    color_scheme=theme,
                )
                page = context.new_page()
                page.on("console", lambda message: sys.stderr.write(f"console: {message.text}\n"))
                page.on("pageerror", lambda error: sys.stderr.write(f"error: {error}\n"))
                for name in pages or PAGES:
                    page.goto(f"{gallery.url}/{name}")
                    page.wait_for_timeout(350)
                    page.screenshot(path=str(target / f"{name}-{size}-{theme}.png"))
                context.close()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
