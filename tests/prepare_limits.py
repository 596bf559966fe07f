"""Run beside a house of the tests: `make` makes the small company, `ticket NAME` another ticket (printing its number),
`limits` prints for each ticket the minutes of its first answer, the version and the due instant."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

from yinuo.config.database import with_database
from yinuo.config.paths import data_folder


def main(command: str, *arguments: str) -> None:
    with with_database(Path(data_folder(None)), "test"):
        print(json.dumps(globals()[command](*arguments)))  # noqa: T201


def make() -> str:
    from tests.story import make_company

    return make_company().supervisor.username


def ticket(name: str) -> str:
    from tests.story import write_in
    from yinuo.staff.models import Team

    company = SimpleNamespace(first_line=Team.objects.get(code="service"))
    return write_in(company, f"{name}：显示E2", address=f"{name}@example.com", name=name).number


def limits() -> dict[str, list[object]]:
    from yinuo.sla.models import Deadline
    from yinuo.tickets.models import Ticket

    numbers = dict(Ticket.objects.values_list("id", "number"))
    rows = Deadline.objects.filter(kind="first_answer").select_related("policy_version")
    return {
        numbers[row.ticket_id]: [row.target.total_seconds() / 60, row.policy_version.version, row.due_at.isoformat()]
        for row in rows
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
