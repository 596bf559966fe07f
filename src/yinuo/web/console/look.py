"""One person looking at one ticket: what the parts of its page share, read once for an answer."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from yinuo.foundation.models import HistoryRow
from yinuo.foundation.select import Query, answers_of
from yinuo.procedures.models import Run, Step, Subtask
from yinuo.procedures.queries import Position, newest_run, position_of, subtasks_of
from yinuo.sla.models import Deadline
from yinuo.sla.queries import promises_of
from yinuo.staff.permissions import Viewer
from yinuo.tickets.models import Message, Ticket
from yinuo.tickets.permissions import may_work
from yinuo.tickets.queries import history_of, messages_of
from yinuo.web.console.labels import PromiseNames
from yinuo.web.console.names import Names
from yinuo.web.console.stepcards import Cards
from yinuo.web.console.talk import BETWEEN
from yinuo.web.console.unmasking import is_unmasked
from yinuo.web.console.words import Words

PARTS: dict[str, Callable[[UUID], Query[Any]]] = {
    "messages": messages_of,
    "promises": promises_of,
    "subtasks": subtasks_of,
    "happened_between": partial(history_of, kinds=BETWEEN),
    "newest_run": newest_run,
}
"""What a look reads of its ticket, by the name of the property that has it."""


class Look:
    def __init__(self, request: HttpRequest, ticket: Ticket, viewer: Viewer) -> None:
        self.request, self.ticket, self.viewer = request, ticket, viewer
        self.may_work = may_work(viewer, ticket)
        self.unmasked = is_unmasked(request, viewer, ticket)

    def read(self, *parts: str) -> None:
        """Reads these parts (`PARTS`) in one round trip instead of each when it is first wanted."""
        answers = answers_of(*(PARTS[part](self.ticket.id) for part in parts))
        self.__dict__.update(zip(parts, answers, strict=True))

    @cached_property
    def messages(self) -> list[Message]:
        """The conversation in order."""
        return PARTS["messages"](self.ticket.id).answer()

    @cached_property
    def promises(self) -> list[Deadline]:
        return PARTS["promises"](self.ticket.id).answer()

    @cached_property
    def subtasks(self) -> list[Subtask]:
        return PARTS["subtasks"](self.ticket.id).answer()

    @cached_property
    def happened_between(self) -> list[HistoryRow]:
        """The facts that stand between messages."""
        return PARTS["happened_between"](self.ticket.id).answer()

    @cached_property
    def newest_run(self) -> tuple[Run, list[Step]] | None:
        return PARTS["newest_run"](self.ticket.id).answer()

    @cached_property
    def promise_names(self) -> PromiseNames:
        return PromiseNames()

    @cached_property
    def names(self) -> Names:
        names = Names()
        names.know({team.id: team.name for team in self.viewer.standing.teams})
        names.know({self.viewer.id: self.viewer.account.name})
        if self.ticket.owner:
            names.know({self.ticket.owner.id: self.ticket.owner.name})
        return names

    @cached_property
    def _run(self) -> tuple[Position, list[Step]] | None:
        found = self.newest_run
        return (position_of(self.ticket, found[0]), found[1]) if found else None

    @property
    def position(self) -> Position | None:
        """Where the ticket stands in its procedure."""
        return self._run[0] if self._run else None

    @cached_property
    def between(self) -> tuple[list[HistoryRow], Words]:
        """The same with the words that tell them."""
        return self.happened_between, self.words(self.happened_between)

    @cached_property
    def cards(self) -> Cards | None:
        """The steps of the run; None where nothing runs."""
        if self._run is None:
            return None
        position, steps = self._run
        return Cards(
            self.ticket, position, steps, self.viewer, self.messages, self.names, self.promise_names,
            may_work=self.may_work, unmasked=self.unmasked,
        )  # fmt: skip

    def words(self, rows: list[HistoryRow]) -> Words:
        """Tells facts of this ticket."""
        definitions = (self.position.definition, *self.position.earlier) if self.position else ()
        return Words(rows, definitions, self.names, self.promise_names)
