"""A procedure's way from a draft to a version in force, and a ticket's from one version to another."""

import copy
import re
from datetime import timedelta
from typing import Any

import pytest
from tests.conftest import run_jobs
from tests.story import SYSTEM, Company, make_company, write_in

from yinuo.config.handbook import install_handbook
from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.editing import step_of
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed, Missing
from yinuo.foundation.events import personal_of
from yinuo.foundation.models import HistoryRow
from yinuo.procedures.errors import (
    CommentMissing,
    DefinitionFaulty,
    DefinitionUnreadable,
    DraftInReview,
    DraftNotInReview,
    DraftThere,
    EditRefused,
    NoDraft,
    NothingChanged,
    NothingRuns,
    OwnDraft,
    ProcedureInUse,
    ReasonMissing,
    SameVersion,
    StepRefused,
)
from yinuo.procedures.models import ProcedureDraft, ProcedureVersion, ReviewEntry, Run, Step, StepState
from yinuo.procedures.queries import position_of, run_of
from yinuo.procedures.services import (
    add_procedure_step,
    comment_on_procedure,
    drop_procedure_draft,
    happen,
    move_procedure_part,
    move_procedure_step,
    move_run,
    open_procedure_draft,
    press_button,
    publish_reviewed,
    remove_procedure_part,
    remove_procedure_step,
    retire_procedure,
    save_procedure_part,
    save_procedure_settings,
    send_back_procedure,
    submit_procedure,
    withdraw_procedure,
)
from yinuo.sla.models import Deadline
from yinuo.staff.models import Account, Notice
from yinuo.staff.permissions import Viewer
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
CODE = "after_sales"
FORM = {
    "customer_name": "张三",
    "contact": "zhang.san@example.com",
    "symptom": "显示E2",
    "problem_type": "function_fault",
}


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def author(company: Company) -> Actor:
    return Actor.account(company.supervisor.id)


@pytest.fixture
def reviewer(company: Company) -> Actor:
    return Actor.account(company.administrator.id)


@pytest.fixture
def draft(author: Actor) -> ProcedureDraft:
    return open_procedure_draft(code=CODE, by=author, now=clock.now())


def rename(draft: ProcedureDraft, by: Actor, zh: str = "受理（新）", step: str = "accept") -> ProcedureDraft:
    return save_procedure_settings(
        draft_id=draft.id, version=draft.version, step=step, values={"title": {"zh": zh, "en": "Accept anew"}}, by=by,
        now=clock.now(),
    )  # fmt: skip


def submit(draft: ProcedureDraft, by: Actor) -> ProcedureDraft:
    return submit_procedure(draft_id=draft.id, version=draft.version, note="改名", by=by, now=clock.now())


def publish(draft: ProcedureDraft, by: Actor) -> ProcedureVersion:
    return publish_reviewed(draft_id=draft.id, version=draft.version, text="", by=by, now=clock.now())


def in_force() -> ProcedureVersion:
    return ProcedureVersion.objects.get(code=CODE, retired_at__isnull=True)


def test_a_draft_goes_through_somebody_elses_review_into_force_and_only_new_tickets_follow(
    draft, author, reviewer, company
):
    old = write_in(company)
    before = copy.deepcopy(in_force().body)
    draft = rename(draft, author)
    assert in_force().body == before, "a draft changes nothing"
    version = publish(submit(draft, author), reviewer)
    assert (version.version, version.note, version.published_by_id) == (2, "改名", reviewer.id)
    assert version.author_ids == [str(author.id)]
    assert in_force() == version
    first = ProcedureVersion.objects.get(code=CODE, version=1)
    assert first.body == before and first.retired_at is not None
    new = write_in(company, address="li.si@example.com", name="李四")
    assert run_of(old.id).procedure.version == 1
    assert run_of(new.id).procedure.version == 2
    assert position_of(new, run_of(new.id)).definition.step_by_key["accept"].title.zh == "受理（新）"
    assert not ProcedureDraft.objects.exists()
    acts = list(ReviewEntry.objects.filter(draft_id=version.draft_id).order_by("at").values_list("act", flat=True))
    assert acts == ["submitted", "published"]
    kinds = set(HistoryRow.objects.filter(subject_id=draft.id).values_list("kind", flat=True))
    assert kinds == {
        "procedures.ProcedureDraftOpened", "procedures.ProcedureDraftChanged", "procedures.ProcedureReviewed",
        "staff.NoticesWanted",
    }  # fmt: skip


def test_whoever_worked_on_a_draft_cannot_publish_or_send_it_back(draft, author, reviewer, company):
    other = Actor.account(company.technician.id)
    draft = submit(rename(rename(draft, author), reviewer, "又改"), author)
    for one in (author, reviewer, SYSTEM):
        with pytest.raises(OwnDraft):
            publish(draft, one)
        with pytest.raises(OwnDraft):
            send_back_procedure(draft_id=draft.id, version=draft.version, text="改", by=one, now=clock.now())
    assert in_force().version == 1
    assert publish(draft, other).version == 2


def test_a_draft_is_sent_back_with_words_and_comes_again(draft, author, reviewer, company):
    draft = submit(rename(draft, author), author)
    with pytest.raises(CommentMissing):
        send_back_procedure(draft_id=draft.id, version=draft.version, text=" ", by=reviewer, now=clock.now())
    comment_on_procedure(draft_id=draft.id, text="名称太短", step="accept", by=reviewer, now=clock.now())
    draft = send_back_procedure(draft_id=draft.id, version=draft.version, text="请改名", by=reviewer, now=clock.now())
    with pytest.raises(DraftNotInReview):
        publish(draft, reviewer)
    draft = submit(rename(draft, author, "受理登记"), author)
    publish(draft, reviewer)
    entries = ReviewEntry.objects.filter(draft_id=draft.id).order_by("at", "id")
    assert [(entry.act, entry.text, entry.place) for entry in entries] == [
        ("submitted", "改名", ""), ("comment", "名称太短", "accept"), ("sent_back", "请改名", ""),
        ("submitted", "改名", ""), ("published", "", ""),
    ]  # fmt: skip
    run_jobs()
    told = Notice.objects.filter(kind="procedure_sent_back")
    assert [notice.account_id for notice in told] == [company.supervisor.id]
    asked = Notice.objects.filter(kind="procedure_review")
    assert {notice.account_id for notice in asked} == {company.administrator.id}, "those who may review, not the author"


def test_in_review_nothing_is_edited_until_it_is_taken_back(draft, author):
    draft = submit(rename(draft, author), author)
    with pytest.raises(DraftInReview):
        rename(draft, author)
    with pytest.raises(DraftInReview):
        submit(draft, author)
    with pytest.raises(DraftInReview):
        drop_procedure_draft(draft_id=draft.id, version=draft.version, by=author, now=clock.now())
    draft = withdraw_procedure(draft_id=draft.id, version=draft.version, by=author, now=clock.now())
    draft = rename(draft, author, "再改")
    drop_procedure_draft(draft_id=draft.id, version=draft.version, by=author, now=clock.now())
    with pytest.raises(NoDraft):
        rename(draft, author)
    assert in_force().version == 1


def test_nothing_is_reviewed_that_says_the_same_or_makes_no_sense(draft, author, reviewer):
    with pytest.raises(NothingChanged):
        submit(draft, author)
    broken = remove_procedure_step(
        draft_id=draft.id, version=draft.version, step="accept", by=author, now=clock.now()
    )  # fmt: skip
    with pytest.raises(DefinitionFaulty) as refused:
        submit(broken, author)
    assert "accept" in str(refused.value)
    assert in_force().version == 1


def test_what_became_wrong_in_review_is_not_published(draft, author, reviewer):
    draft = submit(rename(draft, author), author)
    ProcedureDraft.objects.filter(id=draft.id).update(
        body={**draft.body, "steps": [{**step, "role": "nobody"} for step in draft.body["steps"]]}
    )
    with pytest.raises(DefinitionFaulty):
        publish(draft, reviewer)


def test_two_people_at_one_draft_do_not_overwrite_each_other(draft, author, reviewer):
    rename(draft, author)
    with pytest.raises(Changed):
        rename(draft, reviewer, "我的")
    with pytest.raises(DraftThere):
        open_procedure_draft(code=CODE, by=reviewer, now=clock.now())
    with pytest.raises(Missing):
        open_procedure_draft(code="nothing", by=reviewer, now=clock.now())


def test_every_piece_can_be_edited_and_what_cannot_be_read_is_refused(draft, author):
    def do(verb: Any, **values: Any) -> None:
        nonlocal draft
        draft = verb(draft_id=draft.id, version=draft.version, by=author, now=clock.now(), **values)

    entry = {"key": "extra", "title": {"zh": "复核", "en": "Check"}, "role": "agent"}
    do(add_procedure_step, entry=entry, after="accept")
    with pytest.raises(EditRefused):
        do(add_procedure_step, entry=entry, after="")
    do(save_procedure_part, step="extra", part="must", entry={"zh": "核对", "en": "Check"}, place=None)
    do(save_procedure_part, step="extra", part="must", entry={"zh": "记录", "en": "Note"}, place=None)
    do(move_procedure_part, step="extra", part="must", place=1, up=True)
    assert [text["zh"] for text in step_of(draft.body, "extra")["must"]] == ["记录", "核对"]
    do(remove_procedure_part, step="extra", part="must", place=0)
    assert [text["zh"] for text in step_of(draft.body, "extra")["must"]] == ["核对"]
    do(move_procedure_step, step="extra", up=True)
    assert [step["key"] for step in draft.body["steps"]][:2] == ["extra", "accept"]
    assert Definition.from_json(draft.body).start == ("accept",), "what comes first stays first"
    with pytest.raises(DefinitionUnreadable):
        do(save_procedure_part, step="extra", part="fields", entry={"name": "x", "type": "choice"}, place=None)
    with pytest.raises(EditRefused):
        do(remove_procedure_part, step="extra", part="must", place=7)
    with pytest.raises(EditRefused):
        do(save_procedure_part, step="extra", part="secrets", entry={}, place=None)


def test_a_procedure_that_opens_tickets_cannot_be_retired_another_can(draft, author, reviewer):
    with pytest.raises(ProcedureInUse) as refused:
        retire_procedure(code=CODE, by=reviewer, now=clock.now())
    assert "售后" in str(refused.value)
    fresh = open_procedure_draft(code="fresh", body=draft.body, by=author, now=clock.now())
    version = publish(submit(fresh, author), reviewer)
    assert (version.code, version.version, version.body["key"]) == ("fresh", 1, "fresh")
    assert retire_procedure(code="fresh", by=reviewer, now=clock.now()).retired_at is not None
    with pytest.raises(Missing):
        retire_procedure(code="fresh", by=reviewer, now=clock.now())


def test_an_edited_procedure_stays_as_it_is_when_the_handbook_is_installed_again(draft, author, reviewer):
    publish(submit(rename(draft, author), author), reviewer)
    install_handbook(pack="handbook", by=SYSTEM, now=clock.now())
    assert in_force().version == 2
    assert ProcedureVersion.objects.filter(code="service").count() == 1, "nothing new, no new version"


# --- a ticket from one version to another --------------------------------------------------------------------------


def move(ticket: Ticket, to: ProcedureVersion, by: Actor, **more: Any) -> Run:
    values = {"places": {}, "redate": False, "reason": "改进后更快", "seen": run_of(ticket.id).version, **more}
    return move_run(ticket=ticket, to=to.id, by=by, now=clock.now(), **values)


def promises(ticket: Ticket) -> dict[str, tuple[Any, ...]]:
    rows = Deadline.objects.filter(ticket_id=ticket.id, nature="promise")
    return {row.kind: (row.state, row.started_at, row.due_at, row.subject_id) for row in rows}


def press(ticket: Ticket, key: str, button: str, account: Account, **fields: object) -> None:
    step = Step.objects.get(ticket=ticket, key=key, state=StepState.ACTIVE)
    press_button(
        step=step, button=button, fields=fields, roles=Viewer(account).role_codes, account_id=account.id,
        by=Actor.account(account.id), now=clock.now(),
    )  # fmt: skip


def edited(draft: ProcedureDraft, author: Actor, reviewer: Actor, change: Any) -> ProcedureVersion:
    """Published with the body that `change` makes, as a file brought in would be."""
    drop_procedure_draft(draft_id=draft.id, version=draft.version, by=author, now=clock.now())
    body = copy.deepcopy(draft.body)
    change(body)
    return publish(submit(open_procedure_draft(code=CODE, body=body, by=author, now=clock.now()), author), reviewer)


def rekeyed(body: dict[str, Any]) -> None:
    """The first step under another name, everything else as before."""
    text = str(body)
    assert "'accept'" in text
    renamed = re.sub(r"'accept'(?!: )", "'take_in'", text)  # but not the key of a sub-task's limit
    body.update(eval(renamed))  # noqa: S307 - our own repr


def test_a_ticket_moves_to_another_version_with_what_it_has(draft, author, reviewer, company):
    ticket = write_in(company)
    version = publish(submit(rename(draft, author), author), reviewer)
    before, step = promises(ticket), Step.objects.get(ticket=ticket)
    run = move(ticket, version, author)
    assert run.procedure == version
    assert promises(ticket) == before, "the same promises, the same time used"
    assert Step.objects.get(ticket=ticket).id == step.id
    row = HistoryRow.objects.get(ticket_id=ticket.id, kind="procedures.RunMoved")
    assert row.values | {"run_id": ""} == {
        "run_id": "", "procedure": CODE, "was": 1, "version": 2, "places": {}, "redated": False,
    }  # fmt: skip
    assert personal_of(row)["reason"] == "改进后更快"
    press(ticket, "accept", "accepted", company.agent, **FORM)


def test_a_step_that_the_new_version_lacks_is_continued_by_one_that_somebody_names(draft, author, reviewer, company):
    ticket = write_in(company)
    step, before = Step.objects.get(ticket=ticket), promises(ticket)
    version = edited(draft, author, reviewer, rekeyed)
    with pytest.raises(StepRefused):
        move(ticket, version, author)
    assert run_of(ticket.id).procedure.version == 1, "nothing half done"
    move(ticket, version, author, places={"accept": "take_in"})
    moved = Step.objects.get(ticket=ticket)
    assert (moved.id, moved.key, moved.started_at) == (step.id, "take_in", step.started_at)
    assert promises(ticket) == before, "promises of the step go with it"
    press(ticket, "take_in", "accepted", company.agent, **FORM)


def test_promises_follow_what_the_new_version_promises(draft, author, reviewer, company):
    ticket = write_in(company)
    before = promises(ticket)
    assert before["first_answer"][0] == "running"

    def without(body: dict[str, Any]) -> None:
        body["limits"] = [limit for limit in body["limits"] if limit["kind"] != "first_answer"]

    version = edited(draft, author, reviewer, without)
    move(ticket, version, author)
    after = promises(ticket)
    assert after["first_answer"][0] == "cancelled"
    assert after["channel_answer"] == before["channel_answer"]
    first = ProcedureVersion.objects.get(code=CODE, version=1)
    move(ticket, first, author)
    again = promises(ticket)["first_answer"]
    assert again[0] == "running" and again[1] == before["first_answer"][1], "counted from where it began"


def test_open_promises_follow_the_limits_in_force_where_that_is_chosen(draft, author, reviewer, company):
    from yinuo.sla.services import open_draft, publish_draft, save_limit

    ticket = write_in(company)
    before = promises(ticket)["first_answer"]
    limits = open_draft(based_on=None, table=None, by=SYSTEM, now=clock.now())
    limits = save_limit(
        draft_id=limits.id, version=1, kind="first_answer", replacing="normal",
        entry={"key": "normal", "limit": "45m", "clock": "service"}, by=SYSTEM, now=clock.now(),
    )  # fmt: skip
    publish_draft(draft_id=limits.id, version=limits.version, note="", moves_open=False, by=SYSTEM, now=clock.now())
    version = publish(submit(rename(draft, author), author), reviewer)
    move(ticket, version, author)
    assert promises(ticket)["first_answer"] == before
    first = ProcedureVersion.objects.get(code=CODE, version=1)
    move(ticket, first, author, redate=True)
    row = Deadline.objects.get(ticket_id=ticket.id, kind="first_answer")
    assert row.target == timedelta(minutes=45) and row.started_at == before[1]
    ticket.refresh_from_db()
    assert ticket.next_due_at == min(one[2] for one in promises(ticket).values() if one[0] == "running")


def test_a_done_step_is_read_by_the_version_it_was_done_under(draft, author, reviewer, company):
    ticket = write_in(company)
    press(ticket, "accept", "accepted", company.agent, **FORM)
    version = edited(draft, author, reviewer, rekeyed)
    move(ticket, version, author)
    position = position_of(ticket, run_of(ticket.id))
    done = Step.objects.get(ticket=ticket, key="accept")
    assert position.definition_for(done).step_by_key["accept"]
    assert "accept" not in position.definition.step_by_key


def test_a_run_is_not_moved_unseen_without_reason_to_itself_or_when_it_has_ended(draft, author, reviewer, company):
    ticket = write_in(company)
    version = publish(submit(rename(draft, author), author), reviewer)
    with pytest.raises(ReasonMissing):
        move(ticket, version, author, reason=" ")
    with pytest.raises(Changed):
        move(ticket, version, author, seen=9)
    with pytest.raises(SameVersion):
        move(ticket, run_of(ticket.id).procedure, author)
    other = ProcedureVersion.objects.get(code="service")
    with pytest.raises(Missing):
        move(ticket, other, author)
    happen(ticket=ticket, name="withdrawn", by=SYSTEM, now=clock.now())
    with pytest.raises(NothingRuns):
        move(ticket, version, author)
