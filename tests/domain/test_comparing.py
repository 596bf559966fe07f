"""The comparison of handbooks finds by itself the contradictions of REQUIREMENTS section 12 that are figures."""

import json
from dataclasses import replace

import pytest

from yinuo.calendars.builtin import builtin_calendar
from yinuo.config.cli import main
from yinuo.domain.comparing import Finding, Lack, Report, Sort, book_of, compare
from yinuo.domain.deadline import Policy
from yinuo.domain.figures import read_figures
from yinuo.domain.packs import Event
from yinuo.domain.reading import ReadingError, Text
from yinuo.packs import SHIPPED, pack_text, shipped_figures, shipped_pack

OFFICE = builtin_calendar("cn-office-nolunch")


@pytest.fixture(scope="module")
def report() -> Report:
    return compare([book_of(shipped_pack(key)) for key in SHIPPED], shipped_figures(), OFFICE)


def figures(finding: Finding) -> set[str]:
    """Book, kind and figure of every claim, shortened to what the cases below write."""
    return {f"{claim.place}: {claim.figure.en}" for claim in finding.claims}


# Each figure case of section 12: what it is called there, the sort, what it is about, and the figures that must stand
# against each other in one finding.
SECTION_12 = [
    ("phone: 10 s against 20 s, 30 s at peak", Sort.PACKS, ("pick_up",), {
        "handbook.pick_up.any: 10 s", "rules.pick_up.peak: 30 s", "rules.pick_up.any: 20 s",
    }),
    ("phone: the third ring", Sort.READING, ("pick_up",), {
        "readings.third_ring: 15 s", "handbook.pick_up.any: 10 s", "rules.pick_up.any: 20 s",
    }),
    ("phone: picked up in 10 s, and 5 min for phone or chat", Sort.PARALLEL, ("pick_up", "channel_answer"), {
        "handbook.pick_up.any: 10 s", "handbook.channel_answer.call_or_chat: 5 min",
    }),
    ("chat: 5 min against 60 s", Sort.PACKS, ("channel_answer",), {
        "handbook.channel_answer.call_or_chat: 5 min", "rules.channel_answer.chat: 1 min",
    }),
    ("chat: window 30 s and answer 60 s", Sort.PARALLEL, ("chat_window", "channel_answer"), {
        "rules.chat_window.chat: 30 s", "rules.channel_answer.chat: 1 min",
    }),
    ("chat: headline 30 s, goal 30 s in six months", Sort.READING, ("channel_answer",), {
        "readings.chat_headline: 30 s", "readings.chat_goal: 30 s", "rules.channel_answer.chat: 1 min",
    }),
    ("chat: any enquiry 30 min", Sort.READING, ("channel_answer",), {
        "readings.enquiry_goal: 30 min", "rules.channel_answer.chat: 1 min",
    }),
    ("e-mail: 2 h against 24 h, on another clock", Sort.PACKS, ("channel_answer",), {
        "handbook.channel_answer.mail: 2 h in service hours",
        "rules.channel_answer.mail: 24 h on the working-day clock",
    }),
    ("e-mail: acknowledged 4 h and answered 24 h", Sort.PARALLEL, ("acknowledgement", "channel_answer"), {
        "rules.acknowledgement.mail: 4 h", "rules.channel_answer.mail: 24 h",
    }),
    ("urgent: answered 30 min against 2 h", Sort.PACKS, ("first_answer",), {
        "handbook.first_answer.urgent: 30 min", "rules.first_answer.urgent: 2 h",
    }),
    ("urgent: handled 2 h, no limit in any table", Sort.READING, ("solution",), {"readings.urgent_handled: 2 h"}),
    ("ordinary: solution told 30 min, solved 24 h", Sort.PARALLEL, ("solution_told", "solution"), {
        "rules.solution_told.any: 30 min", "rules.solution.normal: 24 h",
    }),
    ("ordinary: or progress in 24 h", Sort.READING, ("progress_update",), {"readings.ordinary_progress: 24 h"}),
    ("technical contact: 10 + 30 = 40 min", Sort.CHAIN, ("dispatch", "technical_contact", "first_answer"), {
        "handbook.dispatch.urgent: 10 min", "handbook.technical_contact.urgent: 30 min",
        "handbook.first_answer.urgent: 30 min",
    }),
    ("pre-sales: first proposal 24 h, proposal 48 h, complex 72 h", Sort.CHAIN, ("proposal", "first_proposal"), {
        "handbook.first_proposal.any: 24 h", "handbook.proposal.ordinary: 48 h", "handbook.proposal.complex: 72 h",
    }),
    ("order exception: plan and result both at 4 h", Sort.ORDER, ("exception_plan", "exception_result"), {
        "handbook.exception_plan.any: 4 h", "handbook.exception_result.any: 4 h",
    }),
    ("complaint: contact 5 min, answer 1 h / 30 min", Sort.PARALLEL, ("first_answer", "complaint_contact"), {
        "handbook.complaint_contact.any: 5 min", "handbook.first_answer.complaint: 1 h",
        "handbook.first_answer.serious_complaint: 30 min",
    }),
    ("complaint: contact 5 min, major started 30 min", Sort.PARALLEL, ("handling_started", "complaint_contact"), {
        "handbook.complaint_contact.any: 5 min", "handbook.handling_started.major_complaint: 30 min",
    }),
    ("remedy: 24 h after the findings, 24 h in all", Sort.CHAIN, ("remedy", "complaint_total"), {
        "handbook.remedy.ordinary: 24 h", "handbook.complaint_total.ordinary: 24 h",
    }),
    ("remedy: serious 24 + 48 = 72", Sort.CHAIN, ("investigation", "remedy", "complaint_total"), {
        "handbook.investigation.serious: 24 h", "handbook.remedy.serious_or_major: 48 h",
        "handbook.complaint_total.serious: 72 h",
    }),
    ("remedy: 48 h from department to service", Sort.PACKS, ("remedy",), {
        "handbook.remedy.ordinary: 24 h", "rules.remedy.any: 48 h",
    }),
    ("satisfaction: 90, 95, 4.5", Sort.INDICATOR, ("satisfaction",), {
        "indicators.satisfaction: ≥ 90 %", "indicators.satisfaction_standard: ≥ 95 %",
        "indicators.satisfaction_mean: ≥ 4.5 of 5", "indicators.satisfaction_complaints: ≥ 90 %",
        "indicators.satisfaction_agent: ≥ 90 %",
    }),
    ("dissatisfied: under 4, or no figure", Sort.INDICATOR, ("dissatisfied",), {
        "indicators.improvement_trigger: < 4 of 5", "indicators.second_handling_trigger: no figure",
    }),
    ("visits: after-sales 48 h, complaints 3 working days", Sort.ONLY, ("visit",), {
        "handbook.visit.after_sales: 48 h", "rules.visit.complaint: 3 working days",
    }),
    ("visits: all major, 70 % of complaints, every matter", Sort.INDICATOR, ("visited",), {
        "indicators.major_complaints_visited: ≥ 100 %", "indicators.complaint_visits: ≥ 70 %",
        "indicators.visited_before_archive: ≥ 100 %",
    }),
    ("how often may we write", Sort.RHYTHM, ("bulk_push", "lead_news"), {
        "rhythms.bulk_push: at most once each month", "rhythms.lead_news: each month",
        "rhythms.ordinary_customer_mail: each quarter", "rhythms.key_customer_call: each month",
    }),
    ("kind of clock: H's own sample keeps 24 h only in service hours", Sort.SAMPLE, ("solution",), {
        "samples.SH20231020001: 2023-10-20", "handbook.solution.normal: 24 h on the working-day clock",
    }),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sort", "about", "against"), [case[1:] for case in SECTION_12], ids=[c[0] for c in SECTION_12]
)
def test_each_figure_case_of_section_12_is_found(
    sort: Sort, about: tuple[str, ...], against: set[str], report: Report
) -> None:
    candidates = [finding for finding in report.of(sort) if set(about) <= set(finding.about)]
    held = [all(any(said.startswith(want) for said in figures(finding)) for want in against) for finding in candidates]
    assert any(held), [figures(finding) for finding in candidates]


def test_what_agrees_is_no_contradiction(report: Report) -> None:
    assert not [finding for finding in report.of(Sort.PACKS) if finding.about in (("solution",), ("push_followed",))]
    assert not [finding for finding in report.of(Sort.SAMPLE) if "TS20231020001" in str(finding)], "72 h were kept"
    major = [f for f in report.of(Sort.CHAIN) if any("complaint_total.major" in c.place for c in f.claims)]
    assert not major, "without a total nothing can exceed it"
    exceptions = [finding for finding in report.of(Sort.PARALLEL) if "exception_started" in finding.about]
    assert not exceptions, "1 h and then 4 h is a plain sequence"


def test_nothing_is_compared_for_matters_that_cannot_be(report: Report) -> None:
    """A function fault is no complaint; technicians' calls belong to after-sales."""
    for finding in report.findings:
        places = {claim.place for claim in finding.claims}
        if "handbook.handling_started.system_failure" in places and finding.sort is Sort.PARALLEL:
            assert not {place for place in places if "complaint" in place}
        if "technical_contact" in finding.about and finding.sort is not Sort.ONLY:
            assert not {place for place in places if "complaint" in place}


def test_every_finding_speaks_both_languages_and_names_its_sources(report: Report) -> None:
    for finding in report.findings:
        assert finding.title.zh and finding.title.en and finding.said.zh and finding.said.en
        assert len(finding.claims) >= (1 if finding.sort in (Sort.ONLY, Sort.READING) else 2)
        for claim in finding.claims:
            assert (
                claim.book.zh and claim.name.zh and claim.figure.zh and claim.figure.en and claim.source and claim.place
            )


def test_two_books_that_are_the_same_do_not_differ() -> None:
    one = book_of(shipped_pack("handbook"))
    found = compare([one, replace(one, key="copy")], shipped_figures(), OFFICE)
    assert not found.of(Sort.PACKS, Sort.ONLY)


def test_limits_that_nobody_has_set_are_named(report: Report) -> None:
    by_book = {book.key: gaps for book, gaps in report.gaps}
    assert {("handbook", "solution", "urgent"), ("rules", "solution", "urgent")} <= report.nobody
    assert ("handbook", "complaint_total", "major") in report.nobody
    assert ("rules", "dispatch", "any") not in report.nobody, "the other handbook has one"
    unset = {(gap.kind, gap.row): gap.lack for gap in by_book["rules"] if gap.row and gap.kind}
    assert unset["investigation", "any"] is Lack.CASE
    assert unset["complaint_total", "any"] is Lack.COMPANY
    steps = {gap.row for gap in by_book["handbook"] if gap.lack is Lack.STEP}
    assert "carry_out" in steps and "visit" not in steps
    unused = {gap.kind for gap in by_book["handbook"] if gap.lack is Lack.UNUSED}
    assert "pick_up" in unused and "solution" not in unused


def test_a_kind_that_a_procedure_promises_and_no_table_knows_is_named() -> None:
    book = book_of(shipped_pack("handbook"))
    without = {key: policy for key, policy in book.policies.items() if key != "visit"}
    gaps = compare([replace(book, policies=without)], shipped_figures(), OFFICE).gaps[0][1]
    assert [gap.kind for gap in gaps if gap.lack is Lack.TABLE] == ["visit"]


EVENTS = {
    "a": Event("a", Text("甲", "a")),
    "b": Event("b", Text("乙", "b"), "", ("a",)),
    "c": Event("c", Text("丙", "c"), "", ("b",)),
}


@pytest.mark.parametrize(
    ("first", "second", "whole", "found"),
    [
        ("2h", "2h", "5h", []),
        ("2h", "3h", "5h", ["2 h + 3 h = 5 h use up the 5 h of “whole”"]),
        ("3h", "3h", "5h", ["3 h + 3 h = 6 h exceed the 5 h of “whole”"]),
    ],
)
def test_steps_are_summed_up_against_the_whole(first: str, second: str, whole: str, found: list[str]) -> None:
    def policy(key: str, start: str, end: str, limit: str, clock: str = "service") -> Policy:
        row = {"key": "any", "limit": limit, "clock": clock}
        return Policy.from_json(
            {"key": key, "name": {"en": key, "zh": key}, "starts_at": start, "ends_at": end, "rows": [row]}
        )

    tables = [policy("first", "a", "b", first), policy("second", "b", "c", second), policy("whole", "a", "c", whole)]
    book = replace(book_of(shipped_pack("handbook")), policies={table.key: table for table in tables}, events=EVENTS)
    chains = compare([book], read_figures("ring: 5s"), OFFICE).of(Sort.CHAIN)
    assert [finding.said.en for finding in chains if len(finding.about) == 3] == found
    other_clock = {**book.policies, "whole": policy("whole", "a", "c", whole, "always")}
    mixed = compare([replace(book, policies=other_clock)], read_figures("ring: 5s"), OFFICE)
    assert not mixed.of(Sort.CHAIN), "hours of different clocks are not added up"


def test_figures_that_cannot_be_read_are_refused_with_their_places() -> None:
    text = pack_text("figures.yaml").replace("every: [week]", "every: [fortnight]").replace("rings: 3", "rings: three")
    with pytest.raises(ReadingError) as refused:
        read_figures(text)
    assert [fault.path for fault in refused.value.faults] == [
        "figures.readings[0].rings", "figures.readings[0]", "figures.rhythms[0].every",
    ]  # fmt: skip


def test_the_command_prints_contradictions_and_gaps(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["handbook", "compare", "--lang", "en"]) == 0
    text = capsys.readouterr().out
    assert "Phone picked up: the handbooks give another figure" in text
    assert "Solved [urgency Urgent]: the company sets it; in no handbook · After-sales" in text
    assert main(["handbook", "compare", "--only", "chain", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["sort"] for row in rows} == {"chain"}
    assert main(["handbook", "compare", "nothing"]) == 2
    assert "no handbook is called 'nothing'" in capsys.readouterr().err
