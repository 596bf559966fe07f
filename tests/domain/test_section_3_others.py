"""Value-added push (R-VA-1 … 4), consultation, service, basic service (R-SV-1 … 3, R-CP-7), after-sales (R-AS-1 … 4):
every path, on time and late, written from the requirements; the 27 documents; no figure of a handbook in code."""

import ast
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

import pytest
from tests.domain.paths import LATER, NOW, SUBTASK, Move, Path, check_paths, roles
from tests.domain.story import ACCEPTED, PORTAL, REVIEWED, Story

import yinuo
from yinuo.domain.conditions import all_hold
from yinuo.domain.packs import Pack
from yinuo.domain.procedure import GuardUnmet
from yinuo.packs import SHIPPED, shipped_documents, shipped_pack

HANDBOOK, RULES = shipped_pack("handbook"), shipped_pack("rules")
OF_TICKET = {
    "number", "case_number", "complaint_number", "subject", "opened_at", "received_at", "channel", "customer_name",
    "customer_tier", "contact", "category", "priority", "product", "product_model", "owner", "team",
}  # fmt: skip
"""What a document knows of any ticket (`procedures.documents.contents.of_ticket`)."""

# ── R-VA-1 … 4 ────────────────────────────────────────────────────────────────────────────────────────────────────

TAGGED = Move(
    "tag.tagged", "plan", {"customer_tag": "very_active", "rule_behaviour": "每周三次以上"}, outputs=["客户标签体系表"]
)
PLAN: dict[str, Any] = {
    "reason": "monthly", "service": "tutorial", "push_channel": "sms", "push_text": "新功能…", "push_planned_at": LATER,
    "opt_outs_left_out": True, "not_twice_a_month": True,
}  # fmt: skip
PLANNED = Move("plan.planned", "push", PLAN, outputs=["增值服务推送计划表"])
PUSHED = Move("push.pushed", "follow", {"pushed_at": NOW, "pushed_count": 200}, {"push_followed": "72h C"})
EFFECT = {"opened_count": 70, "clicked_count": 24, "enquiries": 25, "conversions": 5, "responded_count": 54}
FOLLOWED = Move("follow.followed", "analyse", {**EFFECT, "match_judged": 82})
RATES = {"response_rate": 27, "open_rate": 35, "click_rate": 12}
REPORT = ["增值服务推送效果分析报告"]
PUSH = [
    Path("weak twice, then good", "tag", {}, [
        TAGGED, PLANNED, Move("push.change_plan", "plan", {"progress": "改到周五"}), PLANNED, PUSHED, FOLLOWED,
        Move("analyse.change_service", "plan", {**RATES, "improvement": "换免费检测"}, outputs=REPORT), PLANNED, PUSHED,
        FOLLOWED, Move("analyse.change_tags", "tag", {**RATES, "improvement": "缩小到近一月"}, outputs=REPORT), TAGGED,
        PLANNED, PUSHED, FOLLOWED, Move("analyse.good", "", {**RATES, "response_rate": 31}, outputs=REPORT),
    ], ends="archived"),
]  # fmt: skip


def test_every_path_of_a_push() -> None:
    check_paths(HANDBOOK, "push", PUSH)
    assert roles(HANDBOOK, "push") == {
        "tag": "analyst", "plan": "operations", "push": "operations", "follow": "operations", "analyse": "analyst",
    }  # fmt: skip


@pytest.mark.parametrize("wrong", [{"opt_outs_left_out": False}, {"not_twice_a_month": False}])
def test_no_plan_against_an_opt_out_or_a_second_time_a_month(wrong: dict[str, bool]) -> None:
    story = Story(HANDBOOK, "push", "2026-11-23 10:00")
    story.press("tag", "tagged", TAGGED.fields)
    with pytest.raises(GuardUnmet):
        story.press("plan", "planned", {**PLAN, "push_planned_at": story.now, **wrong})


# ── R-SV-1 … 3, R-CP-7 ────────────────────────────────────────────────────────────────────────────────────────────

QUESTION = {"customer_name": "李四", "question": "支持哪些系统？", "answer": "支持三种系统"}
CONSULTATION = [
    Path("answered, dissatisfied, back office, satisfied", "answer", {"channel_answer": "2h S", "solution": "24h D"}, [
        Move("!answered", "answer"), Move("answer.answered", "ask", QUESTION),
        Move("ask.dissatisfied", "back_office", {}, {"solution": "24h D"}),
        Move("back_office.answered", "ask", {"answer": "补充"}), Move("!customer_confirmed", ""),
    ], ends="archived"),
    Path("to the back office at once", "answer", {"channel_answer": "2h S", "solution": "24h D"}, [
        Move("!answered", "answer"), Move("answer.to_back_office", "back_office", QUESTION),
        Move("back_office.answered", "ask", {"answer": "好"}), Move("timer:unanswered", ""),
    ], ends="archived"),
]  # fmt: skip
RETURN = {"return_wanted": True, "return_asked_at": NOW}
WISH = {"customer_name": "王五", "wish": "换货", "note": "已寄出"}
SHEET = {
    "content": "换来的还是坏的", "grade": "ordinary", "responsible_department": "technical",
    "hand_over_note": "查明并答复", "department_due_at": LATER,
}  # fmt: skip
HANDED_OVER = {"subtask": "agreed"}
"""The department has it until the time that whoever hands it over names."""
SERVICE = [
    Path("satisfied at the call-back", "record", {"channel_answer": "2h S", "solution": "24h D"}, [
        Move("!answered", "record"),
        Move("record.to_logistics", "record", {**RETURN, "return_task": "上门取件", "return_task_by": LATER},
             asks=["logistics"]),
        Move("!subtask_done", "record", {"subtask": SUBTASK, "result": "已验收"}),
        Move("record.served", "centre", WISH), Move("centre.satisfied", ""),
    ], ends="archived"),
    Path("an ordinary complaint, upward to the end", "record", {"channel_answer": "2h S", "solution": "24h D"}, [
        Move("!answered", "record"), Move("record.served", "centre", WISH),
        Move("centre.dissatisfied", "settle_by_phone", {"satisfaction": 1}),
        Move("settle_by_phone.not_settled", "department", {"settlement": "要退款", **SHEET}, HANDED_OVER,
             ["投诉处理单"]),
        Move("department.not_settled", "upward", {"settlement": "超权限"}, outputs=["投诉处理单"]),
        Move("upward.settled", "specialist", {"settlement": "同意"}),
        Move("specialist.dissatisfied", "upward", {"satisfaction": 3}),
        Move("upward.settled", "specialist", {"settlement": "再补偿"}), Move("specialist.satisfied", ""),
    ], ends="archived"),
    Path("settled on the phone", "record", {"channel_answer": "2h S", "solution": "24h D"}, [
        Move("!answered", "record"), Move("record.served", "centre", WISH),
        Move("!customer_refused", "settle_by_phone"),
        Move("settle_by_phone.settled", "specialist", {"settlement": "致歉"}), Move("!customer_confirmed", ""),
    ], ends="archived"),
    Path("settled by the department", "record", {"channel_answer": "2h S", "solution": "24h D"}, [
        Move("!answered", "record"), Move("record.served", "centre", WISH),
        Move("!customer_refused", "settle_by_phone"),
        Move("settle_by_phone.not_settled", "department", {"settlement": "要书面", **SHEET}, HANDED_OVER,
             ["投诉处理单"]),
        Move("department.settled", "specialist", {"settlement": "书面答复"}, outputs=["投诉处理单"]),
        Move("specialist.satisfied", ""),
    ], ends="archived"),
]  # fmt: skip
BASIC_START = {"channel_answer": "24h D", "solution_told": "30m S", "solution": "24h D"}
RECORDED = Move(
    "accept.recorded", "classify", {"customer_name": "李四", "contact": "13800001234", "question": "开不了机"},
    outputs=["接触登记"],
)  # fmt: skip
SOLUTION = {"solution_kind": "how_to", "solution": "长按五秒", "customer_understood": True}
BASIC = [
    Path("unsolved, classified again, second line, back, solved", "accept", BASIC_START, [
        Move("!answered", "accept"), RECORDED,
        Move("classify.classified", "solve", {"urgency": "normal", "within_authority": True}),
        Move("solve.told", "make_sure", SOLUTION),
        Move("make_sure.unsolved", "classify", {}, {"solution_told": "30m S", "solution": "24h D"}),
        Move("classify.classified", "take_up", {"within_authority": False, "give_up_reason": "要看日志"},
             {"second_line": "2h S"}),
        Move("take_up.give_back", "classify", {"progress": "不是技术问题"}),
        Move("classify.classified", "take_up", {"within_authority": False, "give_up_reason": "是"},
             {"second_line": "2h S"}),
        Move("take_up.taken_up", "solve_second"), Move("solve_second.told", "make_sure", SOLUTION),
        Move("make_sure.solved", "", {"tried": True, "answer_given": "好了"}),
    ], ends="archived"),
]  # fmt: skip


def test_every_path_of_consultation_service_and_basic_service() -> None:
    check_paths(HANDBOOK, "consultation", CONSULTATION)
    check_paths(HANDBOOK, "service", SERVICE)
    check_paths(RULES, "basic", BASIC)
    assert roles(HANDBOOK, "consultation") == {"answer": "agent", "back_office": "executor", "ask": "agent"}
    assert roles(HANDBOOK, "service") == {
        "record": "agent", "centre": "reviewer", "settle_by_phone": "agent", "department": "executor",
        "upward": "director", "specialist": "regional_specialist",
    }  # fmt: skip
    assert roles(RULES, "basic") == {
        "accept": "agent", "classify": "agent", "take_up": "technical", "solve": "agent", "solve_second": "technical",
        "make_sure": "agent",
    }  # fmt: skip


def test_progress_told_in_a_day_keeps_the_promise_of_the_rules() -> None:
    story = Story(RULES, "basic", "2026-11-23 10:00", channel="webform")
    story.press("accept", "recorded", RECORDED.fields)
    story.press("classify", "classified", {"urgency": "normal", "within_authority": True})
    story.at("2026-11-24 10:00").press("solve", "tell_progress", {"progress": "等配件"})
    assert story.in_time("solution") and not any(kind == "solution_told" for kind, _, _ in story.met)


# ── R-AS-1 … 4 ────────────────────────────────────────────────────────────────────────────────────────────────────

CASE = {"channel_answer": "2h S", "first_answer": "2h S", "solution": "24h D"}
ACCEPT_OUT = ["售后问题受理表"]
TECHNICAL = {"urgency": "normal", "complexity": "complex"}
SOLVED = {"solution_way": "remote", "solution": "重置"}
DISPATCH = Move("dispatch.dispatched", "diagnose", {}, {"technical_contact": "2h S"}, ["问题派单记录"])
DIAGNOSIS = {"contacted_at": NOW, "diagnosis": "主板", "need_onsite": False}
DIAGNOSED = Move("diagnose.diagnosed", "agree", DIAGNOSIS, outputs=["技术诊断报告"])
AGREED = Move("agree.agreed", "carry_out", SOLVED, outputs=["售后问题解决方案表"])
CARRIED_OUT = Move("carry_out.done", "confirm", {"effect_confirmed": True}, outputs=["处理进度记录"])
CONFIRMED = Move("!customer_confirmed", "visit", PORTAL, {"visit": "48h D"}, ["问题解决确认单"])
VISIT_OUT = ["客户满意度回访记录"]
ARCHIVED = [
    Move("visit.scored", "record", {"satisfaction": 5}, outputs=VISIT_OUT),
    Move("record.recorded", "review", {"services_done": "重置"}, outputs=["信息反馈单"]),
    Move("review.passed", "", REVIEWED, outputs=["审核单"]),
]


def case(name: str, *moves: Move, ends: str = "archived", **facts: Any) -> Path:
    return Path(name, "accept", CASE, [Move("!answered", "accept"), *moves], facts, ends)


AFTER_SALES = [
    case("ordinary: solved, unsolved, solved, second handling, reviewed twice",
         Move("accept.accepted", "handle", ACCEPTED, outputs=ACCEPT_OUT), Move("handle.solved", "confirm", SOLVED),
         Move("confirm.not_solved", "accept", {}, {"solution": "24h D"}),
         Move("accept.accepted", "handle", ACCEPTED, outputs=ACCEPT_OUT), Move("handle.solved", "confirm", SOLVED),
         CONFIRMED, Move("visit.scored", "handle", {"satisfaction": 3}, {"solution": "24h D"}, VISIT_OUT),
         Move("handle.solved", "confirm", SOLVED), CONFIRMED, ARCHIVED[0], ARCHIVED[1],
         Move("review.back", "record", {"review_note": "太笼统"}, outputs=["审核单"]), *ARCHIVED[1:]),
    case("complex: dispatched, on site, no effect, done, second handling by technical",
         Move("accept.accepted", "dispatch", {**ACCEPTED, **TECHNICAL}, {"dispatch": "10m S", "staged_plan": "72h D"},
              ACCEPT_OUT),
         DISPATCH,
         Move("diagnose.ask_product", "diagnose", {"product_question": "批次问题？", "product_answer_by": LATER},
              asks=["product_manager"]),
         Move("!subtask_done", "diagnose", {"subtask": SUBTASK, "result": "是批次问题"}),
         Move("diagnose.diagnosed", "agree onsite", {**DIAGNOSIS, "need_onsite": True}, {"onsite": "24h D"},
              ["技术诊断报告"]),
         Move("agree.agreed", "onsite", SOLVED, outputs=["售后问题解决方案表"]),
         Move("onsite.been_there", "carry_out", {"engineer": "x", "onsite_at": NOW}, outputs=["维修保养作业单"]),
         Move("carry_out.no_effect", "diagnose", {"effect_note": "又停了"}, outputs=["处理进度记录"]),
         DIAGNOSED, AGREED, CARRIED_OUT, CONFIRMED, Move("visit.scored", "agree", {"satisfaction": 2}, {}, VISIT_OUT),
         AGREED, CARRIED_OUT, CONFIRMED, *ARCHIVED),
    case("passed on by the first line, given back, passed on",
         Move("accept.accepted", "handle", ACCEPTED, outputs=ACCEPT_OUT),
         Move("handle.to_technical", "dispatch", {"give_up_reason": "beyond_ability"},
              {"dispatch": "10m S", "staged_plan": "72h D"}),
         Move("dispatch.give_back", "handle", {"dispatch_note": "一线能办"}, {"solution": "24h D"}, ["问题派单记录"]),
         Move("!withdrawn", ""), ends="withdrawn"),
]  # fmt: skip


def test_every_path_of_after_sales() -> None:
    check_paths(HANDBOOK, "after_sales", [*AFTER_SALES, URGENT])
    assert roles(HANDBOOK, "after_sales") == {
        "accept": "agent", "handle": "agent", "dispatch": "agent", "diagnose": "technical", "agree": "technical",
        "onsite": "engineer", "carry_out": "technical", "confirm": "agent", "visit": "agent", "record": "agent",
        "review": "reviewer",
    }  # fmt: skip


URGENT = Path(
    "urgent, round the clock", "accept", {"channel_answer": "30m C", "first_answer": "30m C"},
    [
        Move("!answered", "accept"),
        Move("accept.accepted", "dispatch", ACCEPTED, {"dispatch": "10m C"}, ACCEPT_OUT),
        Move("dispatch.dispatched", "diagnose", {}, {"technical_contact": "30m C"}, ["问题派单记录"]),
        DIAGNOSED, Move("!merged", ""),
    ],
    {"urgency": "urgent"}, "merged",
)  # fmt: skip


# ── R-DO-1 ────────────────────────────────────────────────────────────────────────────────────────────────────────

DOCUMENTS = {
    "presales": "售前咨询记录表 需求分级结果 需求评估报告 售前咨询方案表 客户意向跟踪记录 试用申请/洽谈安排表",
    "order": "订单确认单 订单状态同步记录 节点预警通知记录 异常订单处理表 订单履约满意度反馈记录",
    "after_sales": (
        "售后问题受理表 问题派单记录 技术诊断报告 售后问题解决方案表 处理进度记录 问题解决确认单 客户满意度回访记录"
    ),
    "complaint": "客户投诉受理表 投诉分级结果 调查报告 投诉处理方案表 方案执行记录 投诉处理满意度回访记录",
    "push": "客户标签体系表 增值服务推送计划表 增值服务推送效果分析报告",
}


def documents(pack: Pack, procedure: str) -> set[str]:
    return {document.title.zh for step in pack.procedures[procedure].steps for document in step.documents}


def test_all_27_documents_come_from_their_procedures() -> None:
    assert sum(len(names.split()) for names in DOCUMENTS.values()) == 27
    for procedure, names in DOCUMENTS.items():
        assert set(names.split()) <= documents(HANDBOOK, procedure), procedure


@pytest.mark.parametrize("key", SHIPPED)
def test_every_column_of_the_registers_is_filled_by_a_step(key: str) -> None:
    expected = {
        "presales": ("presales_register", 10), "after_sales": ("after_sales_register", 11),
        "push": ("push_register", 11), "order": ("order_register", 11), "complaint": ("complaint_register", 11),
    }  # fmt: skip
    for procedure, (register, count) in expected.items():
        pack = shipped_pack(key)
        definition = pack.procedures[pack.scenarios[procedure].procedure]
        fields = [*definition.facts, *(field for step in definition.steps for field in step.fields)]
        assert len({field.column for field in fields if field.column.startswith(f"{register}:")}) == count, procedure


# Sections 15.1 – 15.4, 15.10: what is said first and last on the phone and in chat, and about who it is.
SAID_FIRST = {
    "phone": ["我是{agent}。请讲，我来帮您办。", "以后有事请拨{hotline}，再见。"],
    "chat": ["在线客服{agent}，您的问题由我跟进。"],
}
SAID_EVER = ["预留的手机号或邮箱，可以吗？", "那我先讲不涉及账户的部分。", "请不要在这里发证件号或卡号"]
NEVER_DONE = {"未经同意核对身份", "截图、外传客户资料"}


@pytest.mark.parametrize("key", SHIPPED)
def test_who_takes_a_contact_finds_what_to_say_first_and_last_on_its_channel(key: str) -> None:
    for procedure, definition in shipped_pack(key).procedures.items():
        first = definition.step_by_key[definition.start[0]]
        if procedure == "push":  # nobody calls about it
            continue
        for channel in ("phone", "chat", "email"):
            said = "\n".join(one.text.zh for one in first.scripts if all_hold(one.when, {"channel": channel}))
            for words in SAID_EVER:
                assert words in said, (key, procedure, words)
            for of, several in SAID_FIRST.items():
                assert all((words in said) is (of == channel) for words in several), (key, procedure, channel, of)
        assert {text.zh for text in first.never} >= NEVER_DONE, (key, procedure)
        assert "等客户先挂" in "".join(text.zh for text in first.must), (key, procedure)


@pytest.mark.parametrize("key", SHIPPED)
def test_nobody_of_the_first_line_passes_his_own_review(key: str) -> None:
    """R-EN-2, R-OR-2: before archive, and before a contract is signed"""
    found = set()
    for procedure, definition in shipped_pack(key).procedures.items():
        for step in (one for one in definition.steps if one.key in ("review", "review_contract")):
            assert all(button.roles == ("reviewer", "supervisor", "director") for button in step.buttons), procedure
            found.add((procedure, step.key))
    scenarios = shipped_pack(key).scenarios
    expected = {(scenarios[one].procedure, "review") for one in ("after_sales", "presales", "order", "complaint")}
    assert found == expected | {("order", "review_contract")}


# What no handbook of the pack has anybody fill in: left out of the sheet instead of standing there blank.
LEFT_OUT = {
    ("handbook", "complaint", "调查报告"): {"accepted_by_department_at"},  # R hands over to a department, H does not
    # only an order of the house says these: its sheets are laid out from it (procedures.documents.of_orders)
    **{(pack, "order", "订单确认单"): {"order_checks"} for pack in SHIPPED},
    **{(pack, "order", "异常订单处理表"): {"exception_plan"} for pack in SHIPPED},
    ("rules", "complaint_by_department", "投诉分级结果"): {"impact", "grade_reason"},  # H grades by impact × tier
    ("rules", "complaint_by_department", "投诉处理满意度回访记录"): {"second_visit_at", "second_visit_note"},  # H only
}


@pytest.mark.parametrize("key", SHIPPED)
def test_every_row_of_a_document_is_filled_by_the_procedure_that_puts_it_out(key: str) -> None:
    pack, book = shipped_pack(key), shipped_documents()
    blank: dict[tuple[str, str, str], set[str]] = {}
    for procedure, definition in pack.procedures.items():
        known = set(definition.field_by_name) | OF_TICKET
        for step in definition.steps:
            for document in step.documents:
                form = book.form_for(document.key, document.title)
                assert form is not None
                rows = {row.field for row in form.rows if not known & {row.field, *row.sources}}
                if rows:
                    blank.setdefault((key, procedure, form.title.zh), set()).update(rows)
    assert blank == {place: rows for place, rows in LEFT_OUT.items() if place[0] == key}


@pytest.mark.parametrize("key", SHIPPED)
def test_a_field_that_names_a_column_of_a_register_is_printed_in_it(key: str) -> None:
    registers = shipped_documents().registers
    for procedure, definition in shipped_pack(key).procedures.items():
        for field in [*definition.facts, *(field for step in definition.steps for field in step.fields)]:
            if field.column:
                register, _, column = field.column.partition(":")
                (found,) = [one for one in registers[register].columns if column in (one.key, *one.sources)]
                parts = {*found.sources, *found.join}
                assert field.name in parts, (key, procedure, field.name, field.column)


# ── no figure of a handbook in code ───────────────────────────────────────────────────────────────────────────────

PURE_DATA = ("packs", "config/demo", "locale", "migrations", "static")


def modules() -> Iterator[File]:
    root = File(yinuo.__file__).parent
    for file in root.rglob("*.py"):
        place = file.relative_to(root).as_posix()
        if not place.startswith(PURE_DATA) and "/migrations/" not in place:
            yield file


def names_of_steps() -> set[str]:
    """Keys of steps that are no plain words of the code's own, nor verbs of its services."""
    steps = {step.key for key in SHIPPED for d in shipped_pack(key).procedures.values() for step in d.steps}
    verbs = {
        node.name
        for file in modules()
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    return {key for key in steps if "_" in key} - verbs


def test_no_code_knows_a_step_of_a_procedure_or_gives_a_promise_its_figure() -> None:
    steps = names_of_steps()
    kinds = {kind for key in SHIPPED for kind in shipped_pack(key).policies}
    assert {"settle_by_phone", "investigate_major", "remedy_supervisor"} <= steps
    found = []
    for file in modules():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and node.value in steps:
                found.append(f"{file.name}:{node.lineno} names the step {node.value}")
            pairs = zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ()
            for name, value in pairs:
                if isinstance(name, ast.Constant) and name.value in kinds and _is_a_figure(value):
                    found.append(f"{file.name}:{node.lineno} gives {name.value} a figure")
    assert found == []


def _is_a_figure(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "timedelta"
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)
