"""The scripts in a real browser, on the gallery: countdowns, live refresh, forms, keys, accessibility."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.web.gallery.pictures import FLAGS
from tests.web.gallery.server import DIST, Gallery

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
AT = datetime(2026, 11, 21, 6, 31, tzinfo=UTC)
REPLY = 'form[data-mode="reply"] textarea'
NOTE = 'form[data-mode="note"] textarea'
SEND = 'form[data-mode="reply"] [data-send]'

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
    pytest.mark.skipif(not (DIST / "console.js").exists(), reason="front end not built (npm run build)"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    with Gallery() as running:
        running.at = AT
        yield running


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    made = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce"
    )
    made.set_default_timeout(5000)
    yield made
    made.close()


@pytest.fixture
def page(context: Any) -> Iterator[Any]:
    """A page that fails its test if a script threw or the content policy refused something."""
    made = context.new_page()
    wrong: list[str] = []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("console", lambda line: "Content Security" in line.text and wrong.append(line.text))
    yield made
    assert wrong == []


def wait_until(page: Any, true: Callable[[], bool], timeout_s: float = 5) -> None:
    """Waits for something on the server's side while the browser goes on."""
    for _ in range(int(timeout_s * 50)):
        if true():
            return
        page.wait_for_timeout(20)
    raise AssertionError("did not happen in time")


def chip(page: Any, label: str) -> Any:
    return page.locator(".ticket-head .chip-deadline", has_text=label)


def test_a_deadline_counts_down_turns_red_and_says_by_how_much_it_is_over(page: Any, gallery: Gallery) -> None:
    page.clock.install(time=AT)
    page.goto(f"{gallery.url}/ticket")
    dispatch = chip(page, "派单")
    assert dispatch.get_attribute("data-look") == "warn"
    assert dispatch.inner_text().split() == ["派单", "剩", "6", "分"]
    page.clock.run_for(timedelta(minutes=4).total_seconds() * 1000)
    assert re.search(r"剩 2 分 (19|20) 秒", dispatch.inner_text())
    page.clock.run_for(timedelta(minutes=7, seconds=30).total_seconds() * 1000)
    assert dispatch.get_attribute("data-look") == "breach"
    assert "超时 5 分" in dispatch.inner_text()
    assert chip(page, "答复").get_attribute("data-look") == "met"


def test_a_wrong_clock_of_the_desk_computer_changes_no_countdown(page: Any, gallery: Gallery) -> None:
    page.clock.install(time=AT + timedelta(hours=3))
    page.goto(f"{gallery.url}/ticket")
    assert "剩 6 分" in chip(page, "派单").inner_text()


def test_a_renewed_token_corrects_the_clock(page: Any, gallery: Gallery) -> None:
    page.clock.install(time=AT)
    page.goto(f"{gallery.url}/ticket")
    gallery.renewal_at = AT + timedelta(minutes=20)
    page.clock.run_for(timedelta(minutes=7, seconds=5).total_seconds() * 1000)
    meta = page.locator('meta[name="yinuo-events"]')
    wait_until(page, lambda: meta.get_attribute("content") == "renewed-token")
    page.clock.run_for(1500)
    assert "超时 13 分" in chip(page, "派单").inner_text()


def test_instants_are_shown_in_the_viewers_zone(page: Any, gallery: Gallery) -> None:
    page.clock.install(time=AT)
    page.goto(f"{gallery.url}/ticket")
    assert page.locator("#message-4 time").inner_text() == "14:19"
    assert page.locator("#message-4 time").get_attribute("title").startswith("2026年11月21日")


def test_a_changed_topic_brings_the_row_without_a_reload(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/queue")
    wait_until(page, lambda: gallery.streams == 1)
    page.evaluate("window.stays = true")
    gallery.announce("team:other")
    gallery.subject = "刚刚改过的标题"
    gallery.announce("ticket:1", "team:a1")
    page.get_by_text("刚刚改过的标题").wait_for(timeout=2000)
    assert page.evaluate("window.stays")
    assert gallery.counted("GET", "/queue/rows") == 1


def test_pages_of_one_browser_share_one_stream_with_all_their_tokens(context: Any, gallery: Gallery) -> None:
    first, second = context.new_page(), context.new_page()
    first.goto(f"{gallery.url}/queue")
    second.goto(f"{gallery.url}/ticket")
    wait_until(second, lambda: set(gallery.tokens[-1]) == {"token-of-queue", "token-of-ticket"})
    wait_until(second, lambda: gallery.streams == 1)
    gallery.subject = "两页都看到"
    gallery.announce("team:a1")
    first.get_by_text("两页都看到").wait_for(timeout=2000)


def test_a_lost_stream_is_said_and_made_good_on_return(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/queue")
    wait_until(page, lambda: gallery.streams == 1)
    gallery.streaming = False
    gallery.drop_streams()
    page.locator(".live-state").wait_for(state="visible")
    assert "正在重连" in page.locator(".live-state").inner_text()
    gallery.subject = "断线时改的"
    gallery.streaming = True
    page.get_by_text("断线时改的").wait_for(timeout=15_000)
    page.locator(".live-state").wait_for(state="hidden")


def test_a_token_that_is_over_is_renewed_and_the_stream_comes_back(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/queue")
    wait_until(page, lambda: gallery.streams == 1)
    gallery.accepted = {"renewed-token"}
    gallery.drop_streams()
    wait_until(page, lambda: gallery.tokens[-1] == ["renewed-token"], timeout_s=20)
    page.locator(".live-state").wait_for(state="hidden")


def test_where_there_is_no_shared_worker_the_page_listens_itself(page: Any, gallery: Gallery) -> None:
    page.add_init_script("delete window.SharedWorker")
    page.goto(f"{gallery.url}/queue")
    wait_until(page, lambda: gallery.streams == 1)
    gallery.subject = "没有共享进程也行"
    gallery.announce("team:a1")
    page.get_by_text("没有共享进程也行").wait_for(timeout=2000)


def test_a_live_refresh_keeps_what_was_typed_into_a_step(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/ticket")
    wait_until(page, lambda: gallery.streams == 1)
    page.fill("#id_checked", "压力表 0.15，已让客户关闭进水阀")
    gallery.announce("ticket:11")
    wait_until(page, lambda: gallery.counted("GET", "/ticket/run") == 1)
    page.wait_for_timeout(600)
    assert page.input_value("#id_checked") == "压力表 0.15，已让客户关闭进水阀"
    assert page.evaluate("document.activeElement.id") == "id_checked"
    page.focus(REPLY)
    gallery.announce("ticket:11")
    wait_until(page, lambda: gallery.counted("GET", "/ticket/run") == 2)
    page.wait_for_timeout(200)
    assert page.input_value("#id_checked") == "压力表 0.15，已让客户关闭进水阀"


def test_a_conflict_asks_and_loses_nothing(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/ticket")
    page.fill(REPLY, "师傅今天下午到")
    gallery.reply = "conflict"
    page.click(SEND)
    conflict = page.locator("#conflict")
    conflict.wait_for(state="visible")
    assert "李强 刚刚改过" in conflict.inner_text()
    assert page.input_value(REPLY) == "师傅今天下午到"
    gallery.reply = "ok"
    page.click("#conflict [value=mine]")
    page.locator("#answered").wait_for()
    assert b'name="version"\r\n\r\n7' in gallery.posted[0]
    assert b'name="version"\r\n\r\n8' in gallery.posted[1]
    assert b"SH202611210011" in gallery.posted[1]


@pytest.mark.parametrize(("answer", "sentence"), [("broken", "数据库正在重启"), ("form", "请写回复内容")])
def test_a_refused_reply_says_the_servers_sentence_and_keeps_the_text(
    page: Any, gallery: Gallery, answer: str, sentence: str
) -> None:
    page.goto(f"{gallery.url}/ticket")
    page.fill(REPLY, "师傅今天下午到")
    gallery.reply = answer
    page.click(SEND)
    page.locator("[role=alert]", has_text=sentence).wait_for()
    assert page.input_value(REPLY) == "师傅今天下午到"
    page.reload()
    assert page.input_value(REPLY) == "师傅今天下午到"


def test_a_part_that_is_led_to_the_log_in_takes_the_browser_there_and_back_to_its_page(
    page: Any, gallery: Gallery
) -> None:
    page.goto(f"{gallery.url}/ticket")
    gallery.logged_out = True
    chip(page, "派单").click()
    page.wait_for_url("**/login?*")
    assert page.url.endswith("/login?next=%2Fticket")
    assert page.locator("html").count() == 1


def test_several_looks_that_are_led_to_the_log_in_set_out_once(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/ticket")
    wait_until(page, lambda: gallery.streams == 1)
    ways: list[str] = []
    page.on("console", lambda message: ways.append(message.text))
    page.route("**/login?*", lambda route: page.wait_for_timeout(500) or route.continue_())
    page.evaluate("navigation.addEventListener('navigate', way => console.info(way.destination.url))")
    gallery.logged_out = True
    gallery.announce("ticket:11")
    gallery.announce("account:wang")
    page.wait_for_url("**/login?*")
    assert ways == [f"{gallery.url}/login?next=%2Fticket"]


def test_a_reply_that_is_led_to_the_log_in_is_kept(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/ticket")
    page.locator(REPLY).press_sequentially("师傅今天下午到")
    page.locator('form[data-mode="reply"] [data-draft-state]', has_text="草稿已保存").wait_for()
    gallery.logged_out = True
    page.on("dialog", lambda asked: asked.accept())
    page.click(SEND)
    page.wait_for_url("**/login?*")
    gallery.logged_out = False
    page.goto(f"{gallery.url}/ticket")
    assert page.input_value(REPLY) == "师傅今天下午到"


def test_a_refresh_by_itself_that_is_led_to_the_log_in_leaves_what_is_being_typed(
    page: Any, gallery: Gallery
) -> None:  # fmt: skip
    page.goto(f"{gallery.url}/ticket")
    wait_until(page, lambda: gallery.streams == 1)
    page.fill("#id_checked", "压力表 0.15")
    gallery.logged_out = True
    gallery.announce("ticket:11")
    way = page.locator("[role=alert] a", has_text="重新登录")
    way.wait_for()
    assert way.get_attribute("href") == f"{gallery.url}/login?next=%2Fticket"
    assert page.input_value("#id_checked") == "压力表 0.15"
    assert page.locator(".ticket-head").is_visible()
    page.fill("#id_checked", "")
    page.locator("form:has(#id_checked)").evaluate("form => form.reset()")
    page.wait_for_timeout(500)
    gallery.announce("ticket:11")
    page.wait_for_url("**/login?next=%2Fticket")


def test_a_part_taken_out_of_a_whole_page_is_put_in_its_place(page: Any, gallery: Gallery) -> None:
    page.route("**/notices?count", lambda route: route.continue_(url=f"{gallery.url}/queue"))
    page.goto(f"{gallery.url}/ticket")
    wait_until(page, lambda: gallery.streams == 1)
    page.locator("#bell-button").evaluate("bell => { bell.dataset.old = ''; }")
    gallery.announce("account:wang")
    page.locator("#bell-button:not([data-old])").wait_for()
    assert page.url.endswith("/ticket")


def test_an_unreachable_server_is_said_and_the_text_stays(page: Any, context: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/ticket")
    page.fill(REPLY, "师傅今天下午到")
    context.set_offline(True)
    page.click(SEND)
    page.locator("[role=alert]", has_text="连不上服务器").wait_for()
    assert page.input_value(REPLY) == "师傅今天下午到"
    context.set_offline(False)


def test_a_draft_survives_a_reload_and_goes_when_the_reply_was_sent(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/ticket")
    page.locator(REPLY).press_sequentially("明天上午")
    page.reload()
    assert page.input_value(REPLY) == "明天上午"
    assert page.locator('form[data-mode="reply"] [data-draft-state]').inner_text() == "已恢复上次没发出的草稿"
    page.locator(REPLY).press("Control+Enter")
    page.locator("#answered").wait_for()
    assert page.input_value(REPLY) == ""
    page.reload()
    assert page.input_value(REPLY) == ""


def test_two_quick_clicks_submit_once(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/ticket")
    page.click("[data-dialog=assign]")
    page.locator("#assign .btn-primary").evaluate("send => { send.click(); send.click(); }")
    wait_until(page, lambda: gallery.counted("POST", "/ticket/assign") > 0)
    page.wait_for_timeout(300)
    assert gallery.counted("POST", "/ticket/assign") == 1


def test_letters_lead_to_list_reply_note_and_help(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/ticket")
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.locator("[data-row].is-cursor").get_attribute("id") == "mini-sh202611210011"
    page.keyboard.press("r")
    wait_until(page, lambda: page.locator(REPLY).evaluate("field => field === document.activeElement"))
    page.keyboard.type("jjn?")
    assert page.input_value(REPLY) == "jjn?"
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    wait_until(page, lambda: page.locator(NOTE).evaluate("field => field === document.activeElement"))
    assert not page.is_visible(REPLY)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    help_dialog = page.locator("#keys-help")
    help_dialog.wait_for(state="visible")
    assert {"下一条", "回复客户", "内部备注", "转派"} <= set(page.locator("#keys-help dd").all_inner_texts())
    page.uncheck("#keys-help [data-keys-on]")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    assert not page.is_visible("#assign")


def test_enter_opens_the_chosen_ticket(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/queue")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ticket")


def test_the_input_method_keeps_its_letters(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/ticket")
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'a', keyCode: 229, bubbles: true}))")
    assert not page.is_visible("#assign")
    page.keyboard.press("a")
    page.locator("#assign").wait_for(state="visible")


def test_files_add_up_and_a_too_large_one_is_refused(page: Any, gallery: Gallery, tmp_path: Path) -> None:
    large = tmp_path / "录像.mp4"
    large.write_bytes(b"\0" * (20 * 1024 * 1024 + 1))
    page.goto(f"{gallery.url}/ticket")
    files = page.locator("form[data-mode='reply'] input[type=file]")
    files.set_input_files({"name": "照片.jpg", "mimeType": "image/jpeg", "buffer": b"one"})
    files.set_input_files({"name": "单据.pdf", "mimeType": "application/pdf", "buffer": b"second"})
    files.set_input_files(large)
    page.locator("[role=alert]", has_text="超过 20.0 MB").wait_for()
    names = page.locator("form[data-mode='reply'] .file-name")
    assert names.all_inner_texts() == ["照片.jpg", "单据.pdf"]
    page.locator(".file-item button").first.click()
    page.fill(REPLY, "见附件")
    page.click(SEND)
    page.locator("#answered").wait_for()
    assert b"second" in gallery.posted[0]
    assert "照片.jpg".encode() not in gallery.posted[0]
    assert names.count() == 0


def test_a_destructive_act_asks_first(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/ticket")
    page.click("[popovertarget=ticket-menu]")
    page.click("text=标为垃圾")
    confirm = page.locator("#confirm")
    confirm.wait_for(state="visible")
    assert "30 天内恢复" in confirm.inner_text()
    page.click("#confirm [value=no]")
    assert gallery.counted("POST", "/ticket/spam") == 0
    page.click("[popovertarget=ticket-menu]")
    page.click("#ticket-menu >> text=标为垃圾")
    page.click("#confirm [value=yes]")
    wait_until(page, lambda: gallery.counted("POST", "/ticket/spam") == 1)


def test_a_chip_explains_itself_and_the_bell_tells(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/ticket")
    chip(page, "派单").click()
    page.locator("#explain", has_text="受理后 10 分钟内").wait_for(state="visible")
    page.keyboard.press("Escape")
    page.locator("#explain").wait_for(state="hidden")
    page.click("#bell-button")
    page.locator("#bell", has_text="刘芳 回复了").wait_for(state="visible")
    box = page.locator("#bell").bounding_box()
    assert box["x"] + box["width"] <= 1440


def test_a_chosen_theme_stays(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/queue")
    assert page.get_attribute("html", "data-bs-theme") == "light"
    page.click("[popovertarget=profile-menu]")
    page.click("[data-theme-choice=dark]")
    page.goto(f"{gallery.url}/ticket")
    assert page.get_attribute("html", "data-bs-theme") == "dark"


def test_on_a_phone_nothing_overflows_and_both_panes_are_reached(page: Any, gallery: Gallery) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ("queue", "ticket", "portal", "login", "settings"):
        page.goto(f"{gallery.url}/{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
    page.goto(f"{gallery.url}/ticket")
    assert not page.is_visible(".pane-side")
    page.click("[data-pane=side]")
    assert page.is_visible("#id_checked")
    assert not page.is_visible(REPLY)


@pytest.mark.parametrize("width", [1024, 1280, 1440])
def test_a_subject_in_the_queue_has_room_at_every_width(page: Any, gallery: Gallery, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{gallery.url}/queue")
    assert page.locator(".cell-subject").first.bounding_box()["width"] >= 240
    assert page.locator(".pane-work").evaluate("pane => pane.scrollWidth <= pane.clientWidth")


def test_what_matters_of_a_ticket_is_above_the_fold(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/ticket")
    for selector in (SEND, ".step-card [data-send]", ".promises", ".person"):
        box = page.locator(selector).first.bounding_box()
        assert box["y"] + box["height"] <= 900, selector


def test_words_for_screen_readers_far_down_a_pane_do_not_stretch_the_page(page: Any, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/ticket")
    page.locator(".pane-side").evaluate(
        "pane => pane.insertAdjacentHTML('beforeend',"
        ' \'<div class="tall"></div><span class="visually-hidden">在线</span>\')'
    )
    page.locator(".pane-side .tall").evaluate("tall => { tall.style.height = '3000px'; }")
    assert page.evaluate("document.documentElement.scrollHeight") <= 900


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["queue", "ticket", "portal", "login", "settings", "empty"])
def test_pages_pass_axe(page: Any, gallery: Gallery, name: str, theme: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core not installed (npm ci)")
    page.emulate_media(color_scheme=theme)
    page.goto(f"{gallery.url}/{name}")
    page.wait_for_timeout(200)
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
        ".then(r => r.violations.map(v => [v.id, v.nodes.length, "
        "v.nodes[0].html.slice(0, 160), v.nodes[0].failureSummary]))"
    )
    assert found == []
