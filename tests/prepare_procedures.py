"""Run beside a house of the tests: `make` makes the small company and prints who writes and who reviews, `ticket NAME`
another ticket (printing its number), `runs` prints for each ticket the version it follows and the steps under way."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

from yinuo.config.database import with_database
from yinuo.config.paths import data_folder


def main(command: str, *arguments: str) -> None:
    with with_database(Path(data_folder(None)), "test"):
        print(json.dumps(globals()[command](*arguments)))  # noqa: T201


def make() -> list[str]:
    from tests.story import make_company

    company = make_company()
    return [company.supervisor.username, company.administrator.username]


def ticket(name: str) -> str:
    from tests.story import write_in
    from yinuo.staff.models import Team

    company = SimpleNamespace(first_line=Team.objects.get(code="service"))
    return write_in(company, f"{name}：显示E2", address=f"{name}@example.com", name=name).number


def runs() -> dict[str, list[object]]:
    from yinuo.procedures.models import Run
    from yinuo.sla.models import Deadline

    return {
        run.ticket.number: [
            run.procedure.version,
            [active[0] for active in run.state["active"]],
            Deadline.objects.filter(ticket_id=run.ticket_id, kind="technical_contact").exists(),
        ]
        for run in Run.objects.select_related("ticket", "procedure")
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
