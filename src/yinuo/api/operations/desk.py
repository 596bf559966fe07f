"""What the desk is made of: queues, categories, scenarios."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from yinuo.api.needs import Token
from yinuo.api.operations.common import READING, answer, answers, grant_in
from yinuo.api.schemas import CategoryList, QueueList, ScenarioList
from yinuo.catalog.queries import categories_in_use, scenarios
from yinuo.staff.queries import teams_with

router = Router(tags=["desk"])


@router.get(
    "/queues", auth=Token(), response=answers(200, QueueList, READING), operation_id="list_queues", summary="Queues"
)
def list_queues(request: HttpRequest) -> HttpResponse:
    """The queues that this token may touch, in the order in which an unrouted ticket looks for one."""
    rows = teams_with(grant_in(request).team_ids)
    items = [{"id": str(row.id), "code": row.code, "name": row.name, "tier": row.tier} for row in rows]
    return answer({"items": items})


@router.get(
    "/categories",
    auth=Token(),
    response=answers(200, CategoryList, READING),
    operation_id="list_categories",
    summary="Categories",
)
def list_categories(request: HttpRequest) -> HttpResponse:
    """The categories a ticket can have."""
    items = [
        {
            "code": row.code,
            "name": row.name,
            "name_en": row.name_en,
            "parent": row.parent.code if row.parent else None,
            "ticket_class": row.ticket_class,
            "scenario": row.scenario_id,
        }
        for row in categories_in_use()
    ]
    return answer({"items": items})


@router.get(
    "/scenarios",
    auth=Token(),
    response=answers(200, ScenarioList, READING),
    operation_id="list_scenarios",
    summary="Scenarios",
)
def list_scenarios(request: HttpRequest) -> HttpResponse:
    """The scenarios of the handbook, each with a procedure of its own."""
    items = [{"code": row.code, "name": row.name, "name_en": row.name_en} for row in scenarios()]
    return answer({"items": items})
