"""Merging and compiling the parts of a language."""

import gettext
from pathlib import Path

import pytest

from yinuo.config.messages import Contradiction, compile_all


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    folder = tmp_path / "zh_Hans" / "parts"
    folder.mkdir(parents=True)
    return folder


def entry(text: str, translation: str) -> str:
    return f'msgid "{text}"\nmsgstr "{translation}"\n\n'


def test_parts_become_one_catalogue_that_gettext_reads(parts: Path) -> None:
    plural = 'msgid "%(n)s ticket"\nmsgid_plural "%(n)s tickets"\nmsgstr[0] "%(n)s 张工单"\n\n'
    context = 'msgctxt "step"\n' + entry("Due", "到期")
    (parts / "a.po").write_text(entry("Ticket", "工单") + plural)
    (parts / "b.po").write_text(entry("Ticket", "工单") + context + entry("Due", "时限"))
    assert compile_all(parts.parents[1]) == {"zh_Hans": 4}
    with (parts.parent / "LC_MESSAGES" / "django.mo").open("rb") as file:
        read = gettext.GNUTranslations(file)
    assert read.gettext("Ticket") == "工单"
    assert read.ngettext("%(n)s ticket", "%(n)s tickets", 5) == "%(n)s 张工单"
    assert (read.gettext("Due"), read.pgettext("step", "Due")) == ("时限", "到期")


def test_two_translations_of_one_text_are_refused_and_both_named(parts: Path) -> None:
    (parts / "a.po").write_text(entry("Queue", "队列"))
    (parts / "b.po").write_text("\n" + entry("Queue", "排队"))
    with pytest.raises(Contradiction, match=r"b\.po:2: 'Queue' is '排队' here and '队列' in a\.po:1"):
        compile_all(parts.parents[1])
    assert not (parts.parent / "LC_MESSAGES" / "django.mo").exists()


@pytest.mark.parametrize("unsettled", [entry("Reply", ""), "#, fuzzy\n" + entry("Reply", "回复")])
def test_a_text_without_a_settled_translation_is_refused(parts: Path, unsettled: str) -> None:
    (parts / "a.po").write_text(unsettled)
    with pytest.raises(Contradiction, match="'Reply' has no settled translation"):
        compile_all(parts.parents[1])


def test_a_broken_file_is_named(parts: Path) -> None:
    (parts / "a.po").write_text('msgid "Reply\n')
    with pytest.raises(Contradiction, match=r"a\.po"):
        compile_all(parts.parents[1])
