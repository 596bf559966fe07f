"""Every row of REQUIREMENTS section 17 in both packs: a given start, the due time worked out by hand.

The expected instants are written down here, not computed: blocks `S` to `BACK` hold, for each limit and clock that
section 17 names, the due time of the same six starts. The reasoning stands beside each block. Service hours are those
of R's sample promise (R2.2): Monday to Friday 9:00–18:00 with China's official days; all times are Beijing's.

What the calendar looks like around the starts (State Council's notice for 2026):

* National Day: Thu 1 – Wed 7 Oct off; Sat 10 Oct (and Sun 20 Sep) worked instead.
  Working days: … Tue 29, Wed 30 Sep | Thu 8, Fri 9, Sat 10 Oct | Mon 12, Tue 13, Wed 14, Thu 15, Fri 16 | Mon 19 …
* Spring Festival: Sun 15 – Mon 23 Feb off; Sat 14 and Sat 28 Feb worked instead.
  Working days: … Fri 13, Sat 14 Feb | Tue 24, Wed 25, Thu 26, Fri 27, Sat 28 Feb | Mon 2 Mar …
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from yinuo.calendars.builtin import builtin_calendar
from yinuo.domain.deadline import Clock, Policy, choose, due, due_before
from yinuo.packs import SHIPPED, shipped_pack

BEIJING = ZoneInfo("Asia/Shanghai")
OFFICE = builtin_calendar("cn-office-nolunch")

# Five seconds before closing, so that even ten seconds have to cross what lies behind; and one start in closed hours.
STARTS = (
    "2026-10-16 17:59:55",  # Friday, an ordinary weekend behind it
    "2026-09-30 17:59:55",  # Wednesday, the eve of National Day
    "2026-10-09 17:59:55",  # Friday, Saturday is a make-up workday
    "2026-02-14 17:59:55",  # a make-up Saturday itself, then Spring Festival
    "2026-10-03 12:00:00",  # noon within the National Day holiday
    "2026-10-10 09:00:00",  # a make-up Saturday from its first second
)

# ── S: service hours ──────────────────────────────────────────────────────────────────────────────────────────────
# 5 s are used up to 18:00:00; the rest counts from 9:00 of the next working day: Mon 19 Oct, Thu 8 Oct, Sat 10 Oct,
# Tue 24 Feb. From the holiday everything counts from Thu 8 Oct 9:00, from Sat 10 Oct 9:00:00 on that same day.
# 10 s: 5 s + 5 s. 20 s: 5 s + 15 s. 5 min: 5 s + 4 min 55 s. 4 h: 5 s + 3 h 59 min 55 s.
S = {
    "10s": (
        "2026-10-19 09:00:05", "2026-10-08 09:00:05", "2026-10-10 09:00:05", "2026-02-24 09:00:05",
        "2026-10-08 09:00:10", "2026-10-10 09:00:10",
    ),
    "20s": (
        "2026-10-19 09:00:15", "2026-10-08 09:00:15", "2026-10-10 09:00:15", "2026-02-24 09:00:15",
        "2026-10-08 09:00:20", "2026-10-10 09:00:20",
    ),
    "30s": (
        "2026-10-19 09:00:25", "2026-10-08 09:00:25", "2026-10-10 09:00:25", "2026-02-24 09:00:25",
        "2026-10-08 09:00:30", "2026-10-10 09:00:30",
    ),
    "60s": (
        "2026-10-19 09:00:55", "2026-10-08 09:00:55", "2026-10-10 09:00:55", "2026-02-24 09:00:55",
        "2026-10-08 09:01:00", "2026-10-10 09:01:00",
    ),
    "5m": (
        "2026-10-19 09:04:55", "2026-10-08 09:04:55", "2026-10-10 09:04:55", "2026-02-24 09:04:55",
        "2026-10-08 09:05:00", "2026-10-10 09:05:00",
    ),
    "10m": (
        "2026-10-19 09:09:55", "2026-10-08 09:09:55", "2026-10-10 09:09:55", "2026-02-24 09:09:55",
        "2026-10-08 09:10:00", "2026-10-10 09:10:00",
    ),
    "30m": (
        "2026-10-19 09:29:55", "2026-10-08 09:29:55", "2026-10-10 09:29:55", "2026-02-24 09:29:55",
        "2026-10-08 09:30:00", "2026-10-10 09:30:00",
    ),
    "1h": (
        "2026-10-19 09:59:55", "2026-10-08 09:59:55", "2026-10-10 09:59:55", "2026-02-24 09:59:55",
        "2026-10-08 10:00:00", "2026-10-10 10:00:00",
    ),
    "2h": (
        "2026-10-19 10:59:55", "2026-10-08 10:59:55", "2026-10-10 10:59:55", "2026-02-24 10:59:55",
        "2026-10-08 11:00:00", "2026-10-10 11:00:00",
    ),
    "4h": (
        "2026-10-19 12:59:55", "2026-10-08 12:59:55", "2026-10-10 12:59:55", "2026-02-24 12:59:55",
        "2026-10-08 13:00:00", "2026-10-10 13:00:00",
    ),
}  # fmt: skip

# ── D: round the clock on working days ────────────────────────────────────────────────────────────────────────────
# From 17:59:55, 6 h 5 s are left of that day, so 24 h end at 17:59:55 of the next working day, 48 h of the one after,
# 72 h of the third. Behind Fri 16 Oct: Mon 19, Tue 20, Wed 21. Behind Wed 30 Sep: Thu 8, Fri 9, Sat 10 (made up).
# Behind Fri 9 Oct: Sat 10, Mon 12, Tue 13. Behind Sat 14 Feb: Tue 24, Wed 25, Thu 26.
# From within the holiday the clock stands until Thu 8 Oct 0:00. 24 h are that whole day, over at the midnight that
# ends it (Fri 0:00); 48 h end with Fri 9 (Sat 0:00), 72 h with Sat 10 (Sun 0:00, never Monday: due at the closing).
# From Sat 10 Oct 9:00: 15 h of Saturday, then Mon 12, Tue 13, Wed 14, each at 9:00.
D = {
    "24h": (
        "2026-10-19 17:59:55", "2026-10-08 17:59:55", "2026-10-10 17:59:55", "2026-02-24 17:59:55",
        "2026-10-09 00:00:00", "2026-10-12 09:00:00",
    ),
    "48h": (
        "2026-10-20 17:59:55", "2026-10-09 17:59:55", "2026-10-12 17:59:55", "2026-02-25 17:59:55",
        "2026-10-10 00:00:00", "2026-10-13 09:00:00",
    ),
    "72h": (
        "2026-10-21 17:59:55", "2026-10-10 17:59:55", "2026-10-13 17:59:55", "2026-02-26 17:59:55",
        "2026-10-11 00:00:00", "2026-10-14 09:00:00",
    ),
}  # fmt: skip

# ── C: 24 × 7 ─────────────────────────────────────────────────────────────────────────────────────────────────────
# Plain addition, whatever the day. 3 d from 14 Feb end on 17 Feb, in the middle of the festival.
C = {
    "10m": (
        "2026-10-16 18:09:55", "2026-09-30 18:09:55", "2026-10-09 18:09:55", "2026-02-14 18:09:55",
        "2026-10-03 12:10:00", "2026-10-10 09:10:00",
    ),
    "30m": (
        "2026-10-16 18:29:55", "2026-09-30 18:29:55", "2026-10-09 18:29:55", "2026-02-14 18:29:55",
        "2026-10-03 12:30:00", "2026-10-10 09:30:00",
    ),
    "2h": (
        "2026-10-16 19:59:55", "2026-09-30 19:59:55", "2026-10-09 19:59:55", "2026-02-14 19:59:55",
        "2026-10-03 14:00:00", "2026-10-10 11:00:00",
    ),
    "3d": (
        "2026-10-19 17:59:55", "2026-10-03 17:59:55", "2026-10-12 17:59:55", "2026-02-17 17:59:55",
        "2026-10-06 12:00:00", "2026-10-13 09:00:00",
    ),
}  # fmt: skip

# ── W: whole working days ─────────────────────────────────────────────────────────────────────────────────────────
# The day of the start is not counted; the third day after it ends at its closing, 18:00. Fri 16 Oct: Mon, Tue, Wed 21.
# Wed 30 Sep: Thu 8, Fri 9, Sat 10. Fri 9 Oct: Sat 10, Mon 12, Tue 13. Sat 14 Feb: Tue 24, Wed 25, Thu 26.
# Within the holiday: Thu 8, Fri 9, Sat 10. Sat 10 Oct: Mon 12, Tue 13, Wed 14.
W = {
    "3d": (
        "2026-10-21 18:00:00", "2026-10-10 18:00:00", "2026-10-13 18:00:00", "2026-02-26 18:00:00",
        "2026-10-10 18:00:00", "2026-10-14 18:00:00",
    ),
}  # fmt: skip

# ── backward on D, sent in S ──────────────────────────────────────────────────────────────────────────────────────
# Here the six instants are the planned event; the answer is the latest moment to tell the customer.
# 24 h before Fri 16 Oct 17:59:55 = Thu 15, 48 h = Wed 14, same time, within service hours.
# 24 h before Wed 30 Sep 17:59:55 = Tue 29; 48 h: Mon 28.
# 24 h before Fri 9 Oct 17:59:55 = Thu 8 Oct; 48 h: the working day before Thu 8 Oct is Wed 30 Sep.
# 24 h before Sat 14 Feb (made up): Fri 13; 48 h: Thu 12.
# Before noon of 3 Oct no time passes since the end of Wed 30 Sep (midnight): 24 h before are Wed 30 Sep 0:00 =
# the night after Tue 29, when nobody sends anything: Tue 29 18:00. 48 h before: Tue 29 0:00 → Mon 28 18:00.
# 24 h before Sat 10 Oct 9:00 are Fri 9 Oct 9:00: the opening itself ends no service time, so the closing before
# it, Thu 8 Oct 18:00. 48 h: Thu 8 Oct 9:00 → the closing before the holiday, Wed 30 Sep 18:00.
BACK = {
    "24h": (
        "2026-10-15 17:59:55", "2026-09-29 17:59:55", "2026-10-08 17:59:55", "2026-02-13 17:59:55",
        "2026-09-29 18:00:00", "2026-10-08 18:00:00",
    ),
    "48h": (
        "2026-10-14 17:59:55", "2026-09-28 17:59:55", "2026-09-30 17:59:55", "2026-02-12 17:59:55",
        "2026-09-28 18:00:00", "2026-09-30 18:00:00",
    ),
}  # fmt: skip

CLOCKS = {"S": S, "D": D, "C": C, "W": W, "BACK": BACK}
NAMES = {"S": Clock.SERVICE, "D": Clock.WORKDAY, "C": Clock.ALWAYS, "W": Clock.WORKDAYS, "BACK": Clock.WORKDAY}
FAULT = {"category": "after_sales_support/function_fault", "urgency": "urgent", "scenario": "after_sales"}

# id, kind, facts, start event, handbook, rules. “-”: no figure. A start written “a | b” differs between the packs.
ROWS: tuple[tuple[str, str, dict[str, Any], str, str, str], ...] = (
    ("R-CH-2", "pick_up", {}, "first_ring", "10s S", "20s S"),
    ("R-CH-2", "channel_answer", {"channel": "phone"}, "contact", "5m S", "-"),
    ("R-CH-2", "channel_answer", {"channel": "chat"}, "contact | arrival", "5m S", "60s S"),
    ("R-CH-2", "chat_window", {"channel": "chat"}, "arrival", "-", "30s S"),
    ("R-CH-2", "acknowledgement", {"channel": "email"}, "arrival", "-", "4h S"),
    ("R-CH-2", "channel_answer", {"channel": "email"}, "arrival", "2h S", "24h D"),
    ("R-CH-2", "channel_answer", {"channel": "wechat"}, "arrival", "-", "2h S"),
    ("R-CH-2", "channel_answer", {"channel": "wecom"}, "arrival", "-", "2h S"),
    ("R-CH-2", "handling_started", FAULT, "report", "30m C", "-"),
    ("R-CH-2", "handling_started", {"scenario": "complaint", "grade": "major"}, "report", "30m C", "-"),
    ("R-CH-2", "channel_answer", {"channel": "email", "urgency": "urgent"}, "report", "30m C", "2h C"),
    ("R-SV-3", "solution_told", {"urgency": "normal"}, "acceptance", "-", "30m S"),
    ("R-SV-3", "solution", {"scenario": "service", "urgency": "normal"}, "acceptance", "24h D", "24h D"),
    ("R-CL-3", "second_line", {}, "first_line_gives_up", "-", "2h S"),
    ("R-PS-2", "first_proposal", {"scenario": "presales"}, "enquiry", "24h D", "-"),
    ("R-PS-3", "proposal", {"scenario": "presales", "complex": False}, "grading", "48h D", "-"),
    ("R-PS-3", "proposal", {"scenario": "presales", "complex": True}, "grading", "72h D", "-"),
    ("R-PS-4", "follow_up", {"scenario": "presales"}, "proposal", "72h D", "-"),
    ("R-OR-1", "order_doubt", {"scenario": "order"}, "doubt", "30m S", "-"),
    ("R-OR-1", "order_told", {"scenario": "order"}, "order_confirmed", "2h S", "-"),
    ("R-OR-3", "milestone_notice", {"scenario": "order"}, "planned_time", "24h BACK", "-"),
    ("R-OR-4", "delay_notice", {"scenario": "order"}, "due_time", "48h BACK", "-"),
    ("R-OR-5", "exception_started", {"scenario": "order"}, "discovery", "1h S", "-"),
    ("R-OR-5", "exception_plan", {"scenario": "order"}, "discovery", "4h S", "-"),
    ("R-OR-5", "exception_result", {"scenario": "order"}, "discovery", "4h S", "-"),
    ("R-OR-6", "fulfilment_asked", {"scenario": "order"}, "sign_off", "24h D", "-"),
    ("R-AS-1", "first_answer", {"scenario": "after_sales", "urgency": "normal"}, "acceptance", "2h S", "-"),
    ("R-AS-1", "first_answer", {"scenario": "after_sales", "urgency": "urgent"}, "acceptance", "30m C", "2h C"),
    ("R-AS-2", "dispatch", {"urgency": "normal", "complex": True}, "acceptance", "10m S", "-"),
    ("R-AS-2", "dispatch", {"urgency": "urgent"}, "acceptance", "10m C", "-"),
    ("R-AS-2", "technical_contact", {"urgency": "urgent"}, "dispatch", "30m C", "-"),
    ("R-AS-2", "technical_contact", {"urgency": "normal", "complex": True}, "dispatch", "2h S", "-"),
    ("R-AS-3", "onsite", {"scenario": "after_sales"}, "need_found", "24h D", "-"),
    ("R-AS-3", "solution", {"scenario": "after_sales", "urgency": "normal"}, "acceptance", "24h D", "24h D"),
    ("R-AS-3", "solution", {"scenario": "after_sales", "urgency": "urgent"}, "acceptance", "-", "-"),
    ("R-AS-3", "staged_plan", {"scenario": "after_sales", "complex": True}, "acceptance", "72h D", "-"),
    ("R-AS-4", "visit", {"scenario": "after_sales"}, "solved", "48h D", "-"),
    ("R-AS-5", "return_handled", {"scenario": "service"}, "request", "-", "48h D"),
    ("R-CP-1", "complaint_contact", {"scenario": "complaint"}, "acceptance", "5m S", "-"),
    ("R-CP-1", "first_answer", {"scenario": "complaint", "grade": "ordinary"}, "acceptance", "1h S", "-"),
    ("R-CP-1", "first_answer", {"scenario": "complaint", "grade": "serious"}, "acceptance", "30m S", "-"),
    ("R-CP-1", "first_answer", {"scenario": "complaint", "grade": "major"}, "acceptance", "-", "-"),
    ("R-CP-2", "investigation", {"grade": "ordinary"}, "grading | hand_over", "-", "-"),
    ("R-CP-2", "investigation", {"grade": "serious"}, "grading | hand_over", "24h D", "-"),
    ("R-CP-2", "investigation", {"grade": "major"}, "grading | hand_over", "48h D", "-"),
    ("R-CP-3", "remedy", {"grade": "ordinary"}, "findings", "24h D", "48h D"),
    ("R-CP-3", "remedy", {"grade": "serious"}, "findings", "48h D", "48h D"),
    ("R-CP-3", "remedy", {"grade": "major"}, "findings", "48h D", "48h D"),
    ("R-CP-3", "complaint_total", {"grade": "ordinary"}, "acceptance", "24h D", "-"),
    ("R-CP-3", "complaint_total", {"grade": "serious"}, "acceptance", "72h D", "-"),
    ("R-CP-3", "complaint_total", {"grade": "major"}, "acceptance", "-", "-"),
    ("R-CP-4", "result_told", {"scenario": "complaint"}, "carried_out", "24h D", "-"),
    ("R-CP-4", "second_visit", {"grade": "major"}, "carried_out", "72h D", "-"),
    ("R-CP-4", "second_visit", {"grade": "ordinary"}, "carried_out", "-", "-"),
    ("R-CP-4", "visit", {"scenario": "complaint"}, "closing", "-", "3d W"),
    ("R-VA-3", "push_followed", {}, "push", "3d C", "-"),
)
PEAK = ("R-CH-2", "pick_up", "30s S")
"""The one figure that a start's own time of day decides (`rules`, calls at peak hours)."""


def beijing(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def answer(policy: Policy, facts: dict[str, Any], start: datetime) -> datetime | None:
    """The due instant as the policy has it; None where it gives no figure."""
    row = choose(policy, {**facts, "time_of_day": start.timetz().replace(tzinfo=None)})
    if row is None or row.target is None:
        return None
    target = row.target
    if policy.direction == "backward":
        sent_in = OFFICE if policy.sent_in else None
        return due_before(start, target.limit, target.clock, OFFICE, sent_in).due_at
    return due(start, target.limit, target.clock, OFFICE).due_at


def test_the_calendar_is_the_one_that_the_reasoning_goes_by() -> None:
    off = ("2026-10-01", "2026-10-07", "2026-10-11", "2026-02-15", "2026-02-23", "2026-10-17")
    on = ("2026-09-30", "2026-10-08", "2026-10-10", "2026-02-14", "2026-02-24", "2026-02-28")
    assert not any(OFFICE.is_working_day(beijing(day)) for day in off)
    assert all(OFFICE.is_working_day(beijing(day)) for day in on)


@pytest.mark.parametrize("pack", SHIPPED)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]} {' '.join(map(str, row[2].values()))}")
def test_each_row_is_due_when_counted_by_hand(row: tuple[str, str, dict[str, Any], str, str, str], pack: str) -> None:
    source, kind, facts, start_event, *figures = row
    policy = shipped_pack(pack).policies[kind]
    figure = figures[SHIPPED.index(pack)]
    starts = [part.strip() for part in start_event.split("|")]
    line = choose(policy, facts)
    assert line is not None
    assert (line.starts_at or policy.starts_at) == starts[min(SHIPPED.index(pack), len(starts) - 1)]
    assert source in line.source
    if figure == "-":
        assert [answer(policy, facts, beijing(start)) for start in STARTS] == [None] * len(STARTS)
        return
    span, clock = figure.split()
    assert line.target is not None and line.target.clock is NAMES[clock]
    wanted = {start: beijing(text) for start, text in zip(STARTS, CLOCKS[clock][span], strict=True)}
    assert {start: answer(policy, facts, beijing(start)) for start in STARTS} == wanted


@pytest.mark.parametrize(
    ("start", "due_at"),
    [
        # 30 s where the phone first rang between 10:00:00 and 11:29:59, else 20 s
        ("2026-10-10 10:00:00", "2026-10-10 10:00:30"),
        ("2026-10-10 11:29:59", "2026-10-10 11:30:29"),
        ("2026-10-10 11:30:00", "2026-10-10 11:30:20"),
        ("2026-10-10 09:59:59", "2026-10-10 10:00:19"),
    ],
)
def test_a_call_at_peak_hours_may_ring_longer(start: str, due_at: str) -> None:
    assert answer(shipped_pack("rules").policies["pick_up"], {}, beijing(start)) == beijing(due_at)


def test_every_promise_tells_somebody_and_nothing_stays_silent() -> None:
    """R-CL-4: the owner before (where there is time for it), the supervisor at the breach, then the next level."""
    for key in SHIPPED:
        pack = shipped_pack(key)
        for policy in pack.policies.values():
            for row in policy.rows:
                if row.target is None:
                    continue
                told = [level.tell for level in row.target.levels]
                assert "supervisor" in told, (key, policy.key, row.key)
                if row.target.limit.total_seconds() >= 300:
                    assert told[0] == "owner" and told[-2:] == ["supervisor", "director"], (key, policy.key, row.key)
                is_round_the_clock = row.target.clock is Clock.ALWAYS and policy.key != "push_followed"
                assert row.target.off_duty == ("contact" if is_round_the_clock else "opening")


def test_each_kind_and_event_is_known_by_name_in_both_packs() -> None:
    packs = [shipped_pack(key) for key in SHIPPED]
    assert packs[0].policies.keys() == packs[1].policies.keys()
    without_figure = {"next_answer", "taken_over", "subtask", "progress_update"}  # no handbook gives a figure
    assert packs[0].policies.keys() == {row[1] for row in ROWS} | without_figure
    for pack in packs:
        for policy in pack.policies.values():
            events = {policy.starts_at, policy.ends_at, *(row.starts_at or policy.starts_at for row in policy.rows)}
            assert events <= pack.events.keys()
            assert policy.name["zh"] and policy.name["en"]
            assert all(row.source.startswith("R-") or row.target is None for row in policy.rows)
        assert all(pack.events.keys() >= set(event.after) for event in pack.events.values())
