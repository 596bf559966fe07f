"""What looks again by itself, every few seconds or after something was done: never back, never in the way."""

import json
from typing import Any

import pytest

from tests.web.gallery.server import Gallery
from tests.web.test_front_end import (  # noqa: F401 - fixtures
    REPLY,
    SEND,
    browser,
    context,
    gallery,
    page,
    pytestmark,
    wait_until,
)


def looking_too(page: Any, gallery: Gallery, way: str) -> None:  # noqa: F811
    """The ticket's page, with steps that look again by `way` as well; `seen` notes whatever they have shown."""
    page.add_init_script(SEEN)

    def more_ways(route: Any) -> None:
        answer = route.fetch()
        run = '<ol class="steps" id="run" data-topic="ticket:11" hx-get="/ticket/run" hx-trigger="live'
        assert run in answer.text()
        route.fulfill(response=answer, body=answer.text().replace(run, f"{run}, {way}"))

    page.route(f"{gallery.url}/ticket", more_ways)
    page.goto(f"{gallery.url}/ticket")
    wait_until(page, lambda: gallery.streams == 1)


SEEN = """window.seen = ''; addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
    window.seen += document.getElementById('run').textContent;
}).observe(document.getElementById('run').parentElement, { subtree: true, childList: true, characterData: true }));"""


@pytest.mark.parametrize("way", ["every 1s", "changed from:body"])
def test_a_look_begun_before_something_was_done_does_not_take_it_back(page: Any, gallery: Gallery, way: str) -> None:  # noqa: F811
    held: list[Any] = []
    words = ["回复之前"]

    def answered(route: Any) -> None:
        answer = route.fetch()
        body = answer.text().replace("</ol>", f'<li id="words">{words[0]}</li></ol>')
        if held:
            route.fulfill(response=answer, body=body)
        else:
            held.append((route, answer, body))

    page.route("**/ticket/run", answered)
    looking_too(page, gallery, way)
    page.evaluate("document.body.dispatchEvent(new CustomEvent('changed'))")
    wait_until(page, lambda: bool(held))
    words[0] = "回复之后"
    page.fill(REPLY, "师傅今天下午到")
    page.click(SEND)
    page.locator("#answered").wait_for()
    route, answer, body = held[0]
    route.fulfill(response=answer, body=body)
    page.locator("#words", has_text="回复之后").wait_for()
    assert "回复之前" not in page.evaluate("window.seen")


def test_what_an_answer_asks_to_look_again_is_not_taken_for_older_than_it(page: Any, gallery: Gallery) -> None:  # noqa: F811
    looking_too(page, gallery, "changed from:body")
    page.route(
        "**/ticket/reply",
        lambda route: route.fulfill(status=204, headers={"HX-Trigger": json.dumps({"changed": True})}),
    )
    page.fill(REPLY, "师傅今天下午到")
    page.click(SEND)
    wait_until(page, lambda: gallery.counted("GET", "/ticket/run") == 1)
    page.wait_for_timeout(600)
    assert gallery.counted("GET", "/ticket/run") == 1


def test_a_poll_that_is_led_to_the_log_in_leaves_what_is_being_typed_and_says_so_once(
    page: Any,  # noqa: F811
    gallery: Gallery,  # noqa: F811
) -> None:
    looking_too(page, gallery, "every 1s")
    page.fill("#id_checked", "压力表 0.15")
    gallery.logged_out = True
    page.locator("[role=alert] a", has_text="重新登录").wait_for()
    asked = gallery.counted("GET", "/ticket/run")
    wait_until(page, lambda: gallery.counted("GET", "/ticket/run") >= asked + 2)
    assert page.locator("[role=alert] a", has_text="重新登录").count() == 1
    assert page.input_value("#id_checked") == "压力表 0.15"


def test_a_poll_for_what_is_no_longer_there_says_so_once_and_stops(page: Any, gallery: Gallery) -> None:  # noqa: F811
    looking_too(page, gallery, "every 1s")
    page.route("**/ticket/run", lambda route: route.continue_(url=f"{gallery.url}/nowhere"))
    page.locator(".toast-info").wait_for()
    page.wait_for_timeout(2500)
    assert gallery.counted("GET", "/nowhere") == 1
    assert page.locator(".toast-item").count() == 1


def test_a_poll_that_fails_says_nothing_and_goes_on(page: Any, gallery: Gallery) -> None:  # noqa: F811
    looking_too(page, gallery, "every 1s")
    page.route("**/ticket/run", lambda route: route.abort(), times=1)
    wait_until(page, lambda: gallery.counted("GET", "/ticket/run") >= 1)
    assert page.locator(".toast-item").count() == 0
