"""Section 17 once more, through the service that makes promises: installed packs, the calendar and official days of the
house, the facts of the start. The due times are those that `tests/domain/test_section_17.py` has by hand."""

from typing import Any

import pytest
from tests.domain.test_section_17 import CLOCKS, ROWS, SHIPPED, STARTS, beijing
from tests.story import SYSTEM, make_company

from yinuo.foundation.ids import new_id
from yinuo.foundation.work import work
from yinuo.sla.models import Deadline
from yinuo.sla.services import About, start_deadline

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("pack", SHIPPED)
def test_each_row_is_due_in_the_house_when_counted_by_hand(pack: str) -> None:
    team_id = make_company(pack=pack).first_line.id

    def promised(kind: str, facts: dict[str, Any], start: str) -> Deadline | None:
        about = About(subject=("matter", new_id()), team_id=team_id)
        at = beijing(start)
        return start_deadline(kind=kind, about=about, round=1, starts_at=at, facts=facts, by=SYSTEM, now=at)

    wrong = []
    with work():
        for _source, kind, facts, _start, *figures in ROWS:
            figure = figures[SHIPPED.index(pack)]
            for n, start in enumerate(STARTS):
                row = promised(kind, facts, start)
                due_at = row.due_at if row else None
                if figure == "-":
                    wanted = None
                else:
                    span, clock = figure.split()
                    wanted = beijing(CLOCKS[clock][span][n])
                # the peak hours of calls begin at 10:00; no start of the table lies in them
                if due_at != wanted:
                    wrong.append((kind, facts, start, due_at, wanted))
    assert wrong == []


def test_the_time_of_day_at_the_start_decides_where_a_row_asks_for_it() -> None:
    team_id = make_company(pack="rules").first_line.id
    rings = {
        "2026-10-10 09:59:59": "2026-10-10 10:00:19",
        "2026-10-10 10:00:00": "2026-10-10 10:00:30",
        "2026-10-10 11:29:59": "2026-10-10 11:30:29",
        "2026-10-10 11:30:00": "2026-10-10 11:30:20",
    }
    for start, due in rings.items():
        at = beijing(start)
        about = About(subject=("call", new_id()), team_id=team_id)
        row = start_deadline(kind="pick_up", about=about, round=1, starts_at=at, facts={}, by=SYSTEM, now=at)
        assert row is not None and row.due_at == beijing(due), start
