"""What the packs call their sources is said in words: rows by what they are about, chapters by their handbook."""

import re

import pytest

from yinuo.domain.reading import ReadingError
from yinuo.domain.sources import read_sources
from yinuo.packs import pack_text, shipped_sources

PACKS = (
    "handbook.yaml", "rules.yaml", "figures.yaml", "procedure_after_sales.yaml", "procedure_basic.yaml",
    "procedure_complaint.yaml", "procedure_complaint_by_department.yaml", "procedure_consultation.yaml",
    "procedure_order.yaml", "procedure_presales.yaml", "procedure_push.yaml", "procedure_service.yaml",
)  # fmt: skip


@pytest.mark.parametrize("name", PACKS)
def test_every_source_of_a_pack_has_words(name: str) -> None:
    given = set(re.findall(r"source: \"?([^,}\"\n]+(?:, [RHTPS][^,}\"\n:]*)*)", pack_text(name)))
    assert given
    assert [source for source in given if not shipped_sources().knows(source.strip())] == []


def test_a_row_is_said_with_what_it_is_about_and_the_chapters_it_stands_on() -> None:
    source = shipped_sources()
    assert source.short("R-CP-2").zh == "客户投诉第 2 步：定级与调查"
    assert source.full("R-CH-2").zh == (
        "各渠道首次答复时限（《多场景客户支持流程设计手册》2.1.1、4.1，"
        "《客户服务规则制定》2.1、3.1，《客户服务流程培训》第 6 页）"
    )
    assert source.full("R-SV-1").en == "Consultation (Customer service training slide 16)"


def test_several_sources_are_said_one_after_the_other_each_once() -> None:
    said = shipped_sources().short("R2.3, R-CP-7, R2.3")
    assert said.zh == "《客户服务规则制定》2.3；特殊类投诉的上报与回访"
    assert said.en == "Guide to making service rules 2.3; Special complaints reported upward"


@pytest.mark.parametrize("source", ["ISO 10002:2018", "X4.1", "Q-ZZ-9", "H2.", "公司制度第七条", "Handbook, v2"])
def test_a_source_of_the_house_itself_stays_as_it_was_written(source: str) -> None:
    assert not shipped_sources().knows(source)
    assert shipped_sources().full(source).zh == source
    assert shipped_sources().full(source).en == source


def test_a_row_that_stands_on_no_known_book_is_a_fault_with_its_place() -> None:
    text = "books:\n  H: {zh: 手册, en: Handbook}\n"
    text += "rows:\n  Q-A-1: {zh: 甲, en: A, from: H1}\n  Q-A-2: {zh: 乙, from: Z9}\n"
    with pytest.raises(ReadingError) as caught:
        read_sources(text)
    assert [fault.path for fault in caught.value.faults] == ["$.rows.Q-A-2", "$.rows.Q-A-2.from"]
