"""A ticket and its run as a service needs them to move it: locked in the order of the house, by statements that the
connection has planned already, in one round trip."""

from dataclasses import dataclass
from uuid import UUID

from yinuo.catalog.models import Category, Product
from yinuo.customers.models import Customer
from yinuo.foundation.in_force import MARK, know
from yinuo.foundation.rows import flush
from yinuo.foundation.select import Shape, select_together, split
from yinuo.procedures.models import Run, Step
from yinuo.sla.services import Book
from yinuo.sla.services.book import LOCK_PROMISES
from yinuo.staff.models import Account, Team
from yinuo.tickets.models import Ticket

TICKET, CUSTOMER, TEAM, OWNER = Shape(Ticket), Shape(Customer), Shape(Team), Shape(Account)
CATEGORY, PRODUCT, RUN, STEP = Shape(Category), Shape(Product), Shape(Run), Shape(Step)
LOCK_TICKET = f"""
    SELECT {TICKET.columns("t")}, {CUSTOMER.columns("u")}, {TEAM.columns("m")}, {OWNER.columns("o")},
        {CATEGORY.columns("c")}, {CATEGORY.columns("a")}, {PRODUCT.columns("p")}
    FROM tickets_ticket t
    JOIN customers_customer u ON u.id = t.customer_id
    JOIN staff_team m ON m.id = t.team_id
    LEFT JOIN staff_account o ON o.id = t.owner_id
    LEFT JOIN catalog_category c ON c.id = t.category_id
    LEFT JOIN catalog_category a ON a.id = c.parent_id
    LEFT JOIN catalog_product p ON p.id = t.product_id
    WHERE t.id = %s FOR UPDATE OF t
"""  # noqa: S608 - names of our own columns
LOCK_RUN = f"""
    SELECT {RUN.columns("r")} FROM procedures_run r WHERE r.ticket_id = %s ORDER BY r.started_at DESC LIMIT 1 FOR UPDATE
"""  # noqa: S608 - names of our own columns
STEPS = f"""
    SELECT {STEP.columns("s")}, {OWNER.columns("o")} FROM procedures_step s
    LEFT JOIN staff_account o ON o.id = s.owner_id
    WHERE s.run_id = (SELECT id FROM procedures_run WHERE ticket_id = %s ORDER BY started_at DESC LIMIT 1)
    ORDER BY s.started_at, s.id
"""  # noqa: S608 - names of our own columns


@dataclass(frozen=True)
class Matter:
    """A ticket with all that moving it touches. `run` is its newest; `steps` are that one's in the order they began."""

    ticket: Ticket
    run: Run | None
    steps: list[Step]
    book: Book


def lock_matter(ticket_id: UUID) -> Matter:
    """Everything in one round trip. Raises `Ticket.DoesNotExist`."""
    flush()
    found, runs, steps, promises, mark = select_together(
        *((statement, (ticket_id,)) for statement in (LOCK_TICKET, LOCK_RUN, STEPS, LOCK_PROMISES)), (MARK, ())
    )
    know(mark[0][0] if mark else None)
    if not found:
        raise Ticket.DoesNotExist
    ticket, customer, team, owner, category, above, product = split(
        found[0], TICKET, CUSTOMER, TEAM, OWNER, CATEGORY, CATEGORY, PRODUCT
    )
    ticket.customer, ticket.team, ticket.owner, ticket.category, ticket.product = (
        customer, team, owner, category, product,
    )  # fmt: skip
    if category is not None:
        category.parent = above
    run = RUN.make(runs[0]) if runs else None
    if run is not None:
        run.ticket = ticket
    began = []
    for row in steps:
        step, step.owner = split(row, STEP, OWNER)
        began.append(step)
    return Matter(ticket, run, began, Book.of_rows(promises))
