"""Installing a policy pack: from the shipped YAML into the versioned tables that people edit from then on."""

from datetime import datetime

from yinuo.calendars.models import BusinessCalendar, OfficialYear
from yinuo.calendars.official import published_years_cn
from yinuo.calendars.services import import_official_days, save_calendar
from yinuo.catalog.models import Category, Scenario
from yinuo.catalog.services import save_category, save_scenario
from yinuo.channels.models import WebForm
from yinuo.channels.services.webforms import save_web_form
from yinuo.domain.packs import Pack
from yinuo.foundation.actors import Actor
from yinuo.foundation.work import service
from yinuo.packs import documents_raw, procedure_raw, shipped_pack
from yinuo.procedures.queries import may_install
from yinuo.procedures.services import publish_handbook, publish_procedure
from yinuo.sla.limits import limits_in_force
from yinuo.sla.services import publish_policies
from yinuo.staff.models import Department, Role, Team
from yinuo.staff.queries import company
from yinuo.staff.services import bring_rights, save_structure

HANDBOOK_PARTS = ("classes", "scales", "priorities", "load", "satisfaction", "surveys", "templates")
OFFICE = {"mon": [["09:00", "18:00"]]} | {day: [["09:00", "18:00"]] for day in ("tue", "wed", "thu", "fri")}
FIRST_OFFICIAL_YEAR = 2023
FORM_INTRO = "请说明情况，我们会尽快答复您。提交后马上得到工单号和答复时间。"
FORM_INTRO_EN = "Tell us what happened and we answer as soon as we can. You get a number and an answer time at once."
FORM_TOPICS = (
    ("function_fault", "产品出了问题", "Something does not work"),
    ("how_to", "不知道怎么用", "How do I use it"),
    ("installation", "预约安装", "Installation"),
    ("return_exchange", "退货或换货", "Return or exchange"),
    ("order_problem", "订单、物流", "Order and delivery"),
    ("invoice", "发票", "Invoice"),
    ("product_enquiry", "购买前咨询", "Before buying"),
    ("complaint_service", "投诉与建议", "Complaint or suggestion"),
)
"""What the first web form offers: categories in a customer's words."""


@service
def install_handbook(*, pack: str, by: Actor, now: datetime) -> Pack:
    """Roles, scenarios, categories, policies, procedures, templates, surveys; an office calendar and a first team,
    without which no mail could find its place. Safe to run again: what exists by code stays as it was edited."""
    loaded = shipped_pack(pack)
    for role in loaded.roles.values():
        if not Role.objects.filter(code=role.key).exists():
            save_structure(
                model=Role, id=None, code=role.key, name=role.name.zh, name_en=role.name.en, tier=role.tier,
                rights=list(role.rights), offered=sorted(role.rights), by=by, now=now,
            )  # fmt: skip
    for position, scenario in enumerate(loaded.scenarios.values()):
        if not Scenario.objects.filter(code=scenario.key).exists():
            save_scenario(
                code=scenario.key, name=scenario.name.zh, name_en=scenario.name.en, prefix=scenario.prefix,
                procedure=scenario.procedure, position=position, by=by, now=now,
            )  # fmt: skip
    _install_categories(loaded, by, now)
    if limits_in_force() is None:
        publish_policies(code=pack, table=loaded.limit_table, by=by, now=now)
    for code, definition in loaded.procedures.items():
        if may_install(code, definition):
            publish_procedure(code=code, body=procedure_raw(code), by=by, now=now)
    parts = {name: loaded.raw[name] for name in HANDBOOK_PARTS} | {"documents": documents_raw()}
    publish_handbook(code=pack, parts=parts, by=by, now=now)
    _install_calendar_and_team(by, now)
    _install_web_form(by, now)
    return loaded


def renew_rights(*, by: Actor, now: datetime) -> dict[str, list[str]]:
    """After an update: what the release gives the roles of the company's handbook for the first time."""
    firm = company()
    if firm is None:
        return {}
    roles = shipped_pack(firm.pack).roles
    return bring_rights(shipped={code: role.rights for code, role in roles.items()}, by=by, now=now)


def _install_categories(loaded: Pack, by: Actor, now: datetime) -> None:
    by_code = {category.code: category for category in Category.objects.all()}
    for position, category in enumerate(loaded.categories.values()):
        if category.key not in by_code:
            by_code[category.key] = save_category(
                id=None, code=category.key, parent=by_code.get(category.parent), name=category.name.zh,
                name_en=category.name.en, ticket_class=category.top_class,
                scenario=Scenario.objects.get(code=category.scenario), keywords=list(category.keywords),
                position=position, by=by, now=now,
            )  # fmt: skip


def _install_web_form(by: Actor, now: datetime) -> None:
    if WebForm.objects.exists():
        return
    save_web_form(
        id=None, version=None, code="contact", title="在线留言", title_en="Write to us", intro=FORM_INTRO,
        intro_en=FORM_INTRO_EN, team=None, sites=[],
        topics=[
            {"category": code, "title": title, "title_en": title_en}
            for code, title, title_en in FORM_TOPICS
            if Category.objects.filter(code=code).exists()
        ],
        by=by, now=now,
    )  # fmt: skip


def _install_calendar_and_team(by: Actor, now: datetime) -> None:
    for year in sorted(published_years_cn()):
        if year >= FIRST_OFFICIAL_YEAR and not OfficialYear.objects.filter(country="CN", year=year).exists():
            import_official_days(country="CN", year=year, by=by, now=now)
    calendar = BusinessCalendar.objects.filter(code="office").first() or save_calendar(
        id=None, version=None, exceptions=[], by=by, now=now,
        fields={
            "code": "office", "name": "工作日 9:00–18:00", "zone": "Asia/Shanghai", "hours": OFFICE, "follows": "CN",
        },
    )  # fmt: skip
    if Team.objects.exists():
        return
    service_department = save_structure(model=Department, id=None, code="service", name="客户服务部", by=by, now=now)
    save_structure(
        model=Team, id=None, code="service", name="客户服务", department=service_department, calendar=calendar, tier=1,
        roles=sorted(set(Role.objects.values_list("code", flat=True)) - {"administrator"}), by=by, now=now,
    )  # fmt: skip
