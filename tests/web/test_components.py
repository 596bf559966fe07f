"""The pieces of all pages, rendered without a database, and the rules that templates keep."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.web.gallery.render import contexts, render
from yinuo.web.components.shell import NavItem, initial_of

WEB = Path(__file__).resolve().parents[2] / "src/yinuo/web"
TEMPLATES = sorted(WEB.glob("**/templates/**/*.html"))
AT = datetime(2026, 11, 21, 6, 31, tzinfo=UTC)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("page", sorted(contexts(AT)))
def test_every_page_of_the_gallery_renders(page: str, language: str) -> None:
    html = render(page, at=AT, language=language)
    assert "{{" not in html
    assert "{%" not in html
    for opened in ("div", "section", "form", "tr", "svg", "button", "li"):
        assert len(re.findall(rf"<{opened}[\s>]", html)) == html.count(f"</{opened}>"), opened


def test_a_page_carries_language_clock_token_and_theme() -> None:
    html = render("queue", at=AT, language="en", cookies="yinuo_theme=dark")
    assert '<html lang="en" data-bs-theme="dark"' in html
    assert '<meta name="yinuo-now" content="2026-11-21T06:31:00+00:00">' in html
    assert '<meta name="yinuo-events" content="token-of-queue" data-url="/events" data-renew="/events/token"' in html


def test_a_cookie_with_another_theme_is_not_written_into_the_page() -> None:
    assert "data-bs-theme" not in render("queue", at=AT, cookies='yinuo_theme="><b>')


def test_a_message_is_escaped() -> None:
    hostile = {
        "id": "9", "kind": "them", "author": "<b>x", "initial": "x", "at_iso": "", "text": "<script>alert(1)</script>"
    }  # fmt: skip
    html = render("ticket", at=AT, messages_shown=[hostile])
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_a_refused_field_names_its_error_to_screen_readers() -> None:
    html = render("settings", at=AT)
    field = re.search(r'<input[^>]*name="limit"[^>]*>', html)
    assert field
    assert 'aria-invalid="true"' in field[0]
    described = re.search(r'aria-describedby="([^"]+)"', field[0])
    assert described
    for identifier in described[1].split():
        assert f'id="{identifier}"' in html
    assert "看不懂“很快”" in html


def test_a_deadline_chip_carries_what_the_script_counts_with() -> None:
    html = render("ticket", at=AT)
    assert 'data-state="running" data-due="2026-11-21T06:37:20+00:00" data-warn="2026-11-21T06:27:20+00:00"' in html


@pytest.mark.parametrize(("count", "shown"), [(0, ""), (12, "12"), (999, "999"), (1000, "999+")])
def test_counts_stop_at_999(count: int, shown: str) -> None:
    assert NavItem("queue", "", "inbox", "/", count=count).shown_count == shown


@pytest.mark.parametrize(("name", "initial"), [("王敏", "敏"), ("Ann Lee", "A"), ("ann", "A"), ("  ", "?")])
def test_an_avatar_shows_what_tells_people_apart(name: str, initial: str) -> None:
    assert initial_of(name) == initial


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_needs_what_the_content_policy_forbids(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<style|\sstyle\s*=|javascript:|hx-on[:=]|\shx-vals=['\"]js:", text)
    assert not re.search(r"\son[a-z]+\s*=\s*['\"]", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)


def test_every_icon_named_in_a_template_or_script_is_in_the_sprite() -> None:
    listed = {line.strip() for line in (WEB / "assets/icons.txt").read_text().splitlines() if line[:1].islower()}
    named = set()
    for template in TEMPLATES:
        text = template.read_text()
        named |= set(re.findall(r"icons \}\}#([a-z0-9-]+)", text))
        named |= set(re.findall(r'icon\.html" with name="([a-z0-9-]+)"', text))
        named |= set(re.findall(r'icon_name="([a-z0-9-]+)"', text))
    for script in (WEB / "assets/js").glob("*.js"):
        named |= set(re.findall(r'icon\("([a-z0-9-]+)"\)', script.read_text()))
    assert "bell" in named
    assert named <= listed, f"add to assets/icons.txt: {sorted(named - listed)}"


def test_whatever_looks_again_by_itself_listens_to_live_by_which_the_scripts_know_it() -> None:
    asking = [
        (template.name, tag)
        for template in WEB.rglob("templates/**/*.html")
        for tag in re.findall(r"<[^<>]*hx-get=(?:[^<>]|{%.*?%})*>", template.read_text())
        if re.search(r'hx-trigger="[^"]*(every|changed|load)', tag) and "input" not in tag
    ]
    assert len(asking) > 8
    assert [one for one in asking if 'hx-trigger="live' not in one[1] and 'hx-trigger="load, live' not in one[1]] == []


def test_every_text_of_the_pieces_has_its_chinese() -> None:
    used = set()
    for template in (WEB / "components/templates").rglob("*.html"):
        used |= {text for _, text in re.findall(r"translate (['\"])(.+?)\1", template.read_text())}
    with (WEB.parent / "locale/zh_Hans/parts/components.po").open("rb") as source:
        known = {message.id: message.string for message in read_po(source) if message.id}
    assert used
    assert {text for text in used if not known.get(text)} == set()
    assert set(known) - used == set()
