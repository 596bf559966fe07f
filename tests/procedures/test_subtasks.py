"""A task for another department: it accepts, works, answers, within limits of its own (R-CP-2, R-CO-2)."""

from copy import deepcopy
from datetime import timedelta

import pytest
from tests.conftest import run_jobs
from tests.story import SYSTEM, Company, make_company, write_in
from tests.web.desk import client_of

from yinuo.domain.procedure import Definition, lint
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed, Missing
from yinuo.foundation.events import personal_of
from yinuo.foundation.models import HistoryRow
from yinuo.procedures.errors import (
    NoSuchTeam,
    NothingRuns,
    NotOfDepartment,
    ReasonMissing,
    ResultMissing,
    StepAsksAgain,
    StepRefused,
    SubtaskEmpty,
    SubtaskStale,
    SubtaskTaken,
    SubtaskTheirs,
)
from yinuo.procedures.known import known_here
from yinuo.procedures.models import Subtask
from yinuo.procedures.permissions import may_give
from yinuo.procedures.services import (
    accept_subtask,
    decline_subtask,
    finish_subtask,
    give_subtask,
    hand_over,
    happen,
    open_subtask,
    press_button,
    publish_procedure,
    send_back_subtask,
    wait_in_subtask,
    withdraw_subtask,
)
from yinuo.sla.alarm import notice_due
from yinuo.sla.models import Deadline
from yinuo.staff.models import Account, Notice, TeamMember
from yinuo.staff.permissions import Viewer
from yinuo.staff.services import save_structure
from yinuo.tickets import lists
from yinuo.tickets.models import Attachment, Message, Ticket, Watch
from yinuo.tickets.permissions import access_ticket, access_ticket_by_id, may_work, seen_of
from yinuo.tickets.services import add_note, follow
from yinuo.tickets.services.messages import NewFile

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def ticket(company) -> Ticket:
    return write_in(company)


def by(account: Account) -> Actor:
    return Actor.account(account.id)


def asked(ticket: Ticket, company: Company, *, title: str = "查明不加热的原因", **more) -> Subtask:
    given = {"task": "客户说显示E2，请看批次。", "within": 8 * HOUR, "accept_within": HOUR, **more}
    return open_subtask(
        ticket=ticket, team=company.technical, title=title, by=by(company.agent), now=clock.now(), **given
    )  # fmt: skip


def accepted(ticket: Ticket, company: Company) -> Subtask:
    row = asked(ticket, company)
    return accept_subtask(
        subtask=row, account=company.technician, by=by(company.technician), now=clock.now()
    )  # fmt: skip


def answered(ticket: Ticket, company: Company) -> Subtask:
    row = accepted(ticket, company)
    return finish_subtask(
        subtask=row, text="加热管批次不良，换新即可。", by=by(company.technician), now=clock.now()
    )  # fmt: skip


def promises(row: Subtask) -> dict[tuple[str, int], Deadline]:
    rows = Deadline.objects.filter(subject_kind="subtask", subject_id=row.id)
    return {(one.kind, one.round): one for one in rows}


def told(account: Account) -> list[str]:
    run_jobs()
    return [kind for kind in Notice.objects.filter(account=account).order_by("at").values_list("kind", flat=True)
            if kind.startswith("subtask")]  # fmt: skip


def followers(ticket: Ticket) -> dict:
    return dict(Watch.objects.filter(ticket=ticket).values_list("account_id", "reason"))


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(id=ticket.id)


def test_a_department_is_asked_accepts_and_answers_in_time(company, ticket):
    row = asked(ticket, company)
    made = promises(row)
    assert {key: (one.state, one.team_id, one.owner_id) for key, one in made.items()} == {
        ("subtask", 1): ("running", company.technical.id, None),
        ("taken_over", 1): ("running", company.technical.id, None),
    }
    assert made["subtask", 1].target == 8 * HOUR
    assert fresh(ticket).next_due_at <= made["taken_over", 1].due_at
    assert told(company.technician) == ["subtask_offered"]
    assert told(company.agent) == []

    row = accept_subtask(subtask=row, account=company.technician, by=by(company.technician), now=clock.now())
    made = promises(row)
    assert (made["taken_over", 1].state, made["taken_over", 1].breached_at) == ("met", None)
    assert (made["subtask", 1].state, made["subtask", 1].owner_id) == ("running", company.technician.id)

    row = finish_subtask(
        subtask=row, text="加热管批次不良。", files=[NewFile("检测.pdf", b"%PDF-1.4", "application/pdf")],
        by=by(company.technician), now=clock.now(),
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.state, row.result.text, row.result.direction) == ("done", "加热管批次不良。", "internal")
    assert Attachment.objects.get(message=row.result).filename == "检测.pdf"
    assert promises(row)["subtask", 1].state == "met"
    assert told(company.agent) == ["subtask_done"]
    facts = HistoryRow.objects.filter(subject_id=row.id, kind__startswith="procedures").order_by("id")
    kinds = facts.values_list("kind", flat=True)
    assert list(kinds) == [f"procedures.Subtask{what}" for what in ("Opened", "Accepted", "Done")]


def test_the_ticket_changing_hands_takes_no_sub_task_along(company, ticket):
    row = accepted(ticket, company)
    hand_over(
        ticket=fresh(ticket), team=company.first_line, owner=company.supervisor, note="", by=by(company.supervisor),
        now=clock.now(),
    )  # fmt: skip
    one = promises(row)["subtask", 1]
    assert (one.team_id, one.owner_id, one.facts["team"]) == (company.technical.id, company.technician.id, "technical")


def test_a_broken_limit_is_told_to_the_department(company, ticket):
    row = asked(ticket, company)
    lead = Account.objects.get(id=company.reviewer.id)
    TeamMember.objects.create(team=company.technical, account=lead, is_lead=True)
    assert notice_due(now=clock.now() + timedelta(days=30))
    run_jobs()
    assert promises(row)["taken_over", 1].breached_at is not None
    assert Notice.objects.filter(account=lead, ticket_id=ticket.id).exists()


class TestWhoSees:
    def test_the_department_for_as_long_as_it_has_something_to_do(self, company, ticket):
        technician = Viewer(company.technician)
        with pytest.raises(Missing):
            access_ticket(technician, ticket.number)
        row = asked(ticket, company)
        assert access_ticket(Viewer(company.technician), ticket.number).id == ticket.id
        assert access_ticket_by_id(Viewer(company.technician), ticket.id)
        assert seen_of(Viewer(company.technician), [ticket.id]) == {ticket.id}
        assert [one.id for one in lists.seen(Viewer(company.technician)).rows] == [ticket.id]
        assert not may_work(Viewer(company.technician), ticket)
        withdraw_subtask(subtask=row, reason="客户自己找到了", by=by(company.agent), now=clock.now())
        with pytest.raises(Missing):
            access_ticket(Viewer(company.technician), ticket.number)

    def test_who_accepted_it_goes_on_seeing_it(self, company, ticket):
        answered(ticket, company)
        assert access_ticket(Viewer(company.technician), ticket.number)
        colleague = Account.objects.get(id=company.second_agent.id)
        TeamMember.objects.filter(account=colleague).delete()
        TeamMember.objects.create(team=company.technical, account=colleague)
        with pytest.raises(Missing):
            access_ticket(Viewer(colleague), ticket.number)

    def test_it_stands_in_the_list_of_the_whole_team_until_somebody_accepts_it(self, company, ticket):
        row = asked(ticket, company)
        team = {company.technical.id}
        colleague = company.second_agent.id
        assert [one.id for one in lists.my_steps(colleague, team).rows] == [ticket.id]
        assert lists.my_steps(colleague, {company.first_line.id}).rows == []
        assert lists.counts(account_id=colleague, member_of=team, team_ids=[]).steps == 1
        accept_subtask(subtask=row, account=company.technician, by=by(company.technician), now=clock.now())
        assert lists.my_steps(colleague, team).rows == []
        assert [one.id for one in lists.my_steps(company.technician.id, team).rows] == [ticket.id]


class TestGiven:
    """Whoever may gives it to another person of the department."""

    @pytest.fixture
    def colleague(self, company) -> Account:
        TeamMember.objects.filter(account=company.second_agent).delete()
        TeamMember.objects.create(team=company.technical, account=company.second_agent)
        return company.second_agent

    def test_with_the_time_that_is_used(self, company, ticket, colleague):
        row = accepted(ticket, company)
        before = promises(row)
        later = clock.now() + timedelta(minutes=30)
        row = give_subtask(
            subtask=row, account=colleague, reason="吴涛明天休假", by=by(company.supervisor), now=later
        )  # fmt: skip
        row.refresh_from_db()
        assert (row.state, row.owner_id, row.round) == ("accepted", colleague.id, 1)
        after = promises(row)
        assert after["subtask", 1].owner_id == colleague.id
        assert (after["subtask", 1].state, after["subtask", 1].due_at) == ("running", before["subtask", 1].due_at)
        assert after["subtask", 1].started_at == before["subtask", 1].started_at
        assert after["taken_over", 1].state == "met"
        [fact] = HistoryRow.objects.filter(kind="procedures.SubtaskGiven")
        assert (fact.values["account_id"], fact.values["was_id"]) == (str(colleague.id), str(company.technician.id))
        assert "吴涛明天休假" not in str(fact.values)
        assert told(colleague)[-1] == "subtask_given"
        assert told(company.technician)[-1] == "subtask_moved"
        assert access_ticket(Viewer(colleague), ticket.number)
        row = finish_subtask(subtask=row, text="查清了", by=by(colleague), now=later)
        assert promises(row)["subtask", 1].state == "met"

    def test_who_had_it_follows_the_ticket_no_longer_and_is_not_led_to_it(self, company, ticket, colleague):
        row = accepted(ticket, company)
        row = give_subtask(subtask=row, account=colleague, by=by(company.supervisor), now=clock.now())
        assert followers(ticket) == {colleague.id: "subtask"}
        facts = HistoryRow.objects.filter(kind="tickets.TicketFollowed").order_by("id")
        assert [(one.values["account_id"], one.values["following"]) for one in facts] == [
            (str(company.technician.id), True), (str(company.technician.id), False), (str(colleague.id), True),
        ]  # fmt: skip
        assert told(company.technician)[-1] == "subtask_moved"
        finish_subtask(subtask=row, text="查清了", by=by(colleague), now=clock.now())
        with pytest.raises(Missing):
            access_ticket(Viewer(company.technician), ticket.number)
        notice = Notice.objects.get(account=company.technician, kind="subtask_moved")
        answer = client_of(company.technician).get(f"/notices/{notice.id}", follow=True)
        assert answer.redirect_chain[-1][0] == "/notices"
        assert f"{ticket.number} 已由他人办理" in answer.content.decode()

    @pytest.mark.parametrize("why", ["chosen", "mentioned", "had_it"])
    @pytest.mark.parametrize("when", ["before", "after"])
    def test_who_follows_it_for_another_reason_goes_on(self, company, ticket, colleague, why, when):
        def another_reason() -> None:
            technician, now = company.technician, clock.now()
            if why == "chosen":
                follow(ticket=ticket, account=technician, reason="chosen", by=by(technician), now=now)
            elif why == "mentioned":
                add_note(
                    ticket=ticket, account_id=company.agent.id, text="请看", mentioned=[technician.id],
                    by=by(company.agent), now=now,
                )  # fmt: skip
            else:
                for team, owner in ((company.technical, technician), (company.first_line, company.agent)):
                    hand_over(
                        ticket=fresh(ticket), team=team, owner=owner, note="", by=by(company.supervisor), now=now
                    )  # fmt: skip

        if when == "before":
            another_reason()
        row = accepted(fresh(ticket), company)
        if when == "after":
            another_reason()
        give_subtask(subtask=row, account=colleague, by=by(company.supervisor), now=clock.now())
        assert followers(ticket)[company.technician.id] == why

    def test_who_has_another_one_goes_on_following(self, company, ticket, colleague):
        row, other = accepted(ticket, company), accepted(ticket, company)
        give_subtask(subtask=row, account=colleague, by=by(company.supervisor), now=clock.now())
        assert company.technician.id in followers(ticket)
        decline_subtask(subtask=other, reason="不归技术管", by=by(company.technician), now=clock.now())
        assert company.technician.id not in followers(ticket)

    def test_who_answered_is_let_go_when_others_are_asked_for_more(self, company, ticket):
        row = answered(ticket, company)
        send = {"subtask": row, "reason": "请写批号", "by": by(company.agent), "now": clock.now()}
        row = send_back_subtask(**send)
        assert company.technician.id in followers(ticket), "he is to say more"
        row = finish_subtask(subtask=row, text="2408", by=by(company.technician), now=clock.now())
        send_back_subtask(**{**send, "subtask": row}, team=company.first_line)
        assert company.technician.id not in followers(ticket)

    def test_before_anybody_has_accepted_it(self, company, ticket, colleague):
        row = asked(ticket, company)
        row = give_subtask(subtask=row, account=colleague, by=by(company.supervisor), now=clock.now())
        assert (row.state, row.owner_id) == ("accepted", colleague.id)
        assert promises(row)["taken_over", 1].state == "met"
        assert told(colleague)[-1] == "subtask_given"

    def test_while_it_waits_its_clock_stands_still_all_the_same(self, company, ticket, colleague):
        row = accepted(ticket, company)
        wait_in_subtask(subtask=row, wait="customer", by=by(company.technician), now=clock.now())
        row = give_subtask(subtask=row, account=colleague, by=by(company.supervisor), now=clock.now())
        assert (row.wait, promises(row)["subtask", 1].state) == ("customer", "paused")

    def test_not_to_another_department_nor_to_whoever_has_it_nor_when_it_is_over(self, company, ticket, colleague):
        row = accepted(ticket, company)
        lead = by(company.supervisor)
        with pytest.raises(NotOfDepartment, match="技术支持"):
            give_subtask(subtask=row, account=company.agent, by=lead, now=clock.now())
        with pytest.raises(SubtaskTheirs, match="吴涛"):
            give_subtask(subtask=row, account=company.technician, by=lead, now=clock.now())
        with pytest.raises(Changed):
            give_subtask(subtask=row, account=colleague, by=lead, now=clock.now(), seen=row.version - 1)
        roles = list(colleague.roles.all())
        colleague.roles.clear()
        with pytest.raises(NotOfDepartment):
            give_subtask(subtask=row, account=colleague, by=lead, now=clock.now())
        colleague.roles.set(roles)
        row = finish_subtask(subtask=row, text="好了", by=by(company.technician), now=clock.now())
        with pytest.raises(SubtaskStale):
            give_subtask(subtask=row, account=colleague, by=lead, now=clock.now())
        assert not HistoryRow.objects.filter(kind="procedures.SubtaskGiven").exists()

    def test_who_may(self, company, ticket, colleague):
        row = accepted(ticket, company)
        assert may_give(Viewer(company.technician), row)
        assert not may_give(Viewer(colleague), row)
        assert not may_give(Viewer(company.agent), row)
        assert may_give(Viewer(company.supervisor), row), "gives out tickets"
        TeamMember.objects.filter(account=colleague).update(is_lead=True)
        assert may_give(Viewer(colleague), row)


class TestBackAndForth:
    def test_a_result_that_is_not_enough_goes_back_to_whoever_gave_it(self, company, ticket):
        row = answered(ticket, company)
        row = send_back_subtask(
            subtask=row, reason="哪一批？请写批号。", within=4 * HOUR, by=by(company.agent), now=clock.now()
        )
        assert (row.state, row.round, row.owner_id) == ("accepted", 2, company.technician.id)
        made = promises(row)
        assert (made["subtask", 1].state, made["subtask", 2].state) == ("met", "running")
        assert made["subtask", 2].target == 4 * HOUR
        assert made["subtask", 2].used == timedelta()
        assert told(company.technician)[-1] == "subtask_sent_back"
        row = finish_subtask(subtask=row, text="批号 2408。", by=by(company.technician), now=clock.now())
        assert (row.state, row.result.text) == ("done", "批号 2408。")
        assert Message.objects.filter(ticket=ticket, channel="note").count() == 2

    def test_not_ours_comes_back_and_goes_to_another_team(self, company, ticket):
        row = asked(ticket, company)
        row = decline_subtask(subtask=row, reason="属于客服规则", by=by(company.technician), now=clock.now())
        assert {one.state for one in promises(row).values()} == {"cancelled"}
        assert told(company.agent) == ["subtask_declined"]
        with pytest.raises(Missing):
            access_ticket(Viewer(company.technician), ticket.number)
        row = send_back_subtask(
            subtask=row, reason="请客服一组看", team=company.first_line, by=by(company.agent), now=clock.now()
        )
        assert (row.state, row.round, row.team_id, row.owner_id) == ("offered", 2, company.first_line.id, None)
        assert access_ticket(Viewer(company.supervisor), ticket.number)

    def test_waiting_for_the_customer_stops_its_clock(self, company, ticket):
        row = accepted(ticket, company)
        wait_in_subtask(subtask=row, wait="customer", by=by(company.technician), now=clock.now())
        assert promises(row)["subtask", 1].state == "paused"
        row.refresh_from_db()
        wait_in_subtask(subtask=row, wait="", by=by(company.technician), now=clock.now())
        assert promises(row)["subtask", 1].state == "running"

    def test_answered_while_waiting_it_is_kept(self, company, ticket):
        row = accepted(ticket, company)
        row = wait_in_subtask(subtask=row, wait="outside", by=by(company.technician), now=clock.now())
        row = finish_subtask(subtask=row, text="厂家已回复。", by=by(company.technician), now=clock.now())
        assert (row.wait, promises(row)["subtask", 1].state) == ("", "met")


class TestRefused:
    def test_two_accept_it_at_once(self, company, ticket):
        row = asked(ticket, company)
        accept_subtask(subtask=row, account=company.technician, by=by(company.technician), now=clock.now())
        with pytest.raises(SubtaskTaken, match="吴涛"):
            accept_subtask(
                subtask=row, account=company.second_agent, by=by(company.second_agent), now=clock.now()
            )  # fmt: skip
        row.refresh_from_db()
        assert row.owner_id == company.technician.id

    def test_two_answer_it_at_once(self, company, ticket):
        row = answered(ticket, company)
        before = Message.objects.count()
        with pytest.raises(SubtaskStale):
            finish_subtask(subtask=row, text="我也答", by=by(company.technician), now=clock.now())
        assert Message.objects.count() == before

    def test_out_of_turn(self, company, ticket):
        row = asked(ticket, company)
        now, technician, agent = clock.now(), by(company.technician), by(company.agent)
        with pytest.raises(SubtaskStale):
            finish_subtask(subtask=row, text="没接手就答", by=technician, now=now)
        with pytest.raises(SubtaskStale):
            send_back_subtask(subtask=row, reason="没答就退", by=agent, now=now)
        with pytest.raises(SubtaskStale):
            wait_in_subtask(subtask=row, wait="customer", by=technician, now=now)
        row = accept_subtask(subtask=row, account=company.technician, by=technician, now=now)
        row = finish_subtask(subtask=row, text="好了", by=technician, now=now)
        with pytest.raises(SubtaskStale):
            withdraw_subtask(subtask=row, reason="晚了", by=agent, now=now)
        with pytest.raises(SubtaskStale):
            decline_subtask(subtask=row, reason="晚了", by=technician, now=now)

    def test_what_somebody_else_changed_meanwhile(self, company, ticket):
        row = accepted(ticket, company)
        seen = row.version
        wait_in_subtask(subtask=row, wait="customer", by=by(company.technician), now=clock.now())
        with pytest.raises(Changed):
            finish_subtask(subtask=row, text="好了", by=by(company.technician), now=clock.now(), seen=seen)

    def test_nothing_said(self, company, ticket):
        with pytest.raises(SubtaskEmpty):
            asked(ticket, company, title=" ")
        row = accepted(ticket, company)
        with pytest.raises(ResultMissing):
            finish_subtask(subtask=row, text=" ", by=by(company.technician), now=clock.now())
        for act in (decline_subtask, withdraw_subtask, send_back_subtask):
            with pytest.raises(ReasonMissing):
                act(subtask=row, reason=" ", by=by(company.agent), now=clock.now())

    def test_a_team_that_is_no_more(self, company, ticket):
        team = save_structure(
            model=type(company.technical), id=company.technical.id, active=False, by=SYSTEM, now=clock.now()
        )
        with pytest.raises(NoSuchTeam):
            open_subtask(ticket=ticket, team=team, title="x", task="", by=by(company.agent), now=clock.now())


def test_the_end_of_the_procedure_takes_back_what_is_open_with_its_promises(company, ticket):
    row, other = accepted(ticket, company), asked(ticket, company, title="另一件")
    assert happen(ticket=fresh(ticket), name="withdrawn", by=SYSTEM, now=clock.now())
    for one in (row, other):
        one.refresh_from_db()
        assert one.state == "cancelled"
        assert not {row.state for row in promises(one).values()} & {"running", "paused"}
    assert fresh(ticket).next_due_at is None
    assert told(company.technician)[-1] == "subtask_withdrawn"
    with pytest.raises(SubtaskStale):
        finish_subtask(subtask=row, text="晚了", by=by(company.technician), now=clock.now())
    with pytest.raises(NothingRuns):
        asked(ticket, company)


DEFINED = {
    "key": "after_sales", "title": {"zh": "售后", "en": "After-sales"},
    "steps": [
        {
            "key": "look", "title": {"zh": "查原因", "en": "Look"}, "role": "agent",
            "fields": [
                {"name": "question", "label": {"zh": "问题", "en": "Question"}, "type": "longtext"},
                {"name": "cause", "label": {"zh": "原因", "en": "Cause"}, "type": "longtext"},
                {"name": "wanted_at", "label": {"zh": "期限", "en": "Until"}, "type": "instant", "future": True},
            ],
            "tasks": [
                {
                    "key": "find_cause", "title": {"zh": "查明原因", "en": "Find the cause"}, "role": "technical",
                    "limit": "subtask", "accept": "taken_over", "until": "wanted_at", "ask": "question",
                    "result": "cause", "needed": True,
                }
            ],
            "outcomes": [
                {"key": "known", "label": {"zh": "查清", "en": "Known"}},
                {
                    "key": "ask", "label": {"zh": "请技术查", "en": "Ask"}, "kind": "wait", "wait": "outside",
                    "asks": ["question"], "actions": [{"subtask": "find_cause"}],
                },
            ],
            "next": [{"end": "over"}],
        }
    ],
    "on": [
        {"happening": "subtask_done", "active": "look", "resume": True},
        {"happening": "withdrawn", "end": "over"},
    ],
    "ends": [{"key": "over", "title": {"zh": "完", "en": "Over"}, "status": "closed"}],
}  # fmt: skip


class TestOfTheProcedure:
    """A step hands it out, waits for it, and takes its result."""

    @pytest.fixture
    def company(self) -> Company:
        made = make_company()
        assert not lint(Definition.from_json(DEFINED), known_here())
        publish_procedure(code="after_sales", body=DEFINED, by=SYSTEM, now=clock.now())
        return made

    def ask(self, ticket: Ticket, company: Company) -> Subtask:
        wanted = (clock.now() + timedelta(hours=30)).isoformat()
        self.press(ticket, company, "ask", question="为什么不热？", wanted_at=wanted)
        return Subtask.objects.get(ticket=ticket)

    def press(self, ticket: Ticket, company: Company, button: str, **fields: str) -> None:
        press_button(
            step=ticket.steps.get(key="look"), button=button, fields=fields, roles=frozenset({"agent"}),
            account_id=company.agent.id, by=by(company.agent), now=clock.now(),
        )  # fmt: skip

    def test_handed_out_answered_and_gone_on_with(self, company, ticket):
        row = self.ask(ticket, company)
        assert (row.number, row.key, row.step, row.title, row.task) == (
            1, "find_cause", "look", "查明原因", "为什么不热？",
        )  # fmt: skip
        assert (row.team_id, row.opened_by_id) == (company.technical.id, company.agent.id)
        due = promises(row)["subtask", 1]
        assert (due.state, due.clock) == ("running", "always")
        assert abs(due.due_at - clock.now() - timedelta(hours=30)) < timedelta(minutes=1)
        with pytest.raises(StepRefused, match="查明原因"):
            self.press(ticket, company, "known")
        expert = by(company.technician)
        row = accept_subtask(subtask=row, account=company.technician, by=expert, now=clock.now())
        finish_subtask(subtask=row, text="加热管坏了", by=expert, now=clock.now())
        run = ticket.runs.get()
        assert run.state["fields"]["cause"] == "加热管坏了"
        assert "tasks" not in run.state
        assert ticket.steps.get(key="look").form["cause"] == "加热管坏了"
        assert HistoryRow.objects.filter(kind="procedures.HappeningTaken", values__name="subtask_done").count() == 1
        self.press(ticket, company, "known")
        assert fresh(ticket).status == "closed"

    def test_withdrawn_with_a_reason_it_is_not_waited_for(self, company, ticket):
        row = self.ask(ticket, company)
        withdraw_subtask(subtask=row, reason="客户找到原因了", by=by(company.agent), now=clock.now())
        self.press(ticket, company, "known")
        assert fresh(ticket).status == "closed"

    def test_asked_again_before_the_answer_it_is_said_and_nothing_is_opened(self, company, ticket):
        row = self.ask(ticket, company)
        with pytest.raises(StepAsksAgain, match="“查明原因”已经派出"):
            self.ask(ticket, company)
        row.refresh_from_db()
        assert (Subtask.objects.get(ticket=ticket).id, row.task) == (row.id, "为什么不热？")

    def test_a_step_that_asks_again_as_it_ends_says_so_in_the_history(self, company):
        again = deepcopy(DEFINED)
        again["steps"][0]["tasks"][0]["needed"] = False
        again["steps"][0]["on_finish"] = [{"subtask": "find_cause"}]
        again["steps"][0]["next"] = [{"to": "tell"}]
        again["steps"].append(
            {
                "key": "tell", "title": {"zh": "答复", "en": "Tell"}, "role": "agent",
                "outcomes": [{"key": "told", "label": {"zh": "答了", "en": "Told"}}], "next": [{"end": "over"}],
            }
        )  # fmt: skip
        publish_procedure(code="after_sales", body=again, by=SYSTEM, now=clock.now())
        ticket = write_in(company)
        row = self.ask(ticket, company)
        self.press(ticket, company, "known", question="还有呢？")
        assert Subtask.objects.get(ticket=ticket).id == row.id
        [fact] = HistoryRow.objects.filter(kind="procedures.SubtaskKept")
        assert (fact.subject_id, fact.ticket_id, personal_of(fact)["reason"]) == (row.id, ticket.id, "还有呢？")
        assert not HistoryRow.objects.filter(kind="procedures.SubtaskCancelled").exists()

    def test_sent_back_it_is_waited_for_again(self, company, ticket):
        row = self.ask(ticket, company)
        expert = by(company.technician)
        row = accept_subtask(subtask=row, account=company.technician, by=expert, now=clock.now())
        row = finish_subtask(subtask=row, text="不知道", by=expert, now=clock.now())
        send_back_subtask(subtask=row, reason="请查批次", by=by(company.agent), now=clock.now())
        with pytest.raises(StepRefused):
            self.press(ticket, company, "known")

    def test_the_end_takes_it_back(self, company, ticket):
        row = self.ask(ticket, company)
        happen(ticket=fresh(ticket), name="withdrawn", by=SYSTEM, now=clock.now())
        row.refresh_from_db()
        assert row.state == "cancelled"
        assert {one.state for one in promises(row).values()} == {"cancelled"}
        [fact] = HistoryRow.objects.filter(kind="procedures.SubtaskCancelled")
        assert fact.values["why"] == "step_stopped"

    def test_nobody_takes_the_role_any_more(self, company, ticket):
        save_structure(model=type(company.technical), id=company.technical.id, roles=[], by=SYSTEM, now=clock.now())
        assert not lint(Definition.from_json(DEFINED), known_here()), "a house without it may still publish"
        by_itself = deepcopy(DEFINED)
        by_itself["steps"][0]["tasks"][0]["at_start"] = True
        assert {fault.code for fault in lint(Definition.from_json(by_itself), known_here())} == {"no_taker"}
        assert self.ask(ticket, company).team_id == company.first_line.id, "in the ticket's own team, not nowhere"
