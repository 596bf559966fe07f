"""One person looking at one ticket: what the parts of its page share, read once for an answer."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from yinuo.foundation.models import HistoryRow
from yinuo.foundation.select import Query, answers_of
from yinuo.procedures.models import Step
from yinuo.procedures.queries import Position, newest_run, position_of, subtasks_of
from yinuo.sla.queries import promises_of
from yinuo.staff.permissions import Viewer
from yinuo.tickets.models import Ticket
from yinuo.tickets.permissions import may_work
from yinuo.tickets.queries import history_of, messages_of
from yinuo.web.console.labels import PromiseNames
from yinuo.web.console.names import Names
from yinuo.web.console.stepcards import Cards
from yinuo.web.console.talk import BETWEEN
from yinuo.web.console.unmasking import is_unmasked
from yinuo.web.console.words import Words


class Part(cached_property[Any]):
    """What a look reads of its ticket: when it is first wanted, or beforehand together with others."""

    def __init__(self, query: Callable[[UUID], Query[Any]]) -> None:
        super().__init__(lambda look: query(look.ticket.id).answer())
        self.query = query


class Look:
    messages = Part(messages_of)
    promises = Part(promises_of)
    subtasks = Part(subtasks_of)
    newest_run = Part(newest_run)
    happened_between = Part(partial(history_of, kinds=BETWEEN))
    """The facts that stand between messages."""

    def __init__(self, request: HttpRequest, ticket: Ticket, viewer: Viewer) -> None:
        self.request, self.ticket, self.viewer = request, ticket, viewer
        self.may_work = may_work(viewer, ticket)
        self.unmasked = is_unmasked(request, viewer, ticket)

    def read(self, *names: str) -> None:
        """Reads these parts in one round trip."""
        answers = answers_of(*(vars(Look)[name].query(self.ticket.id) for name in names))
        self.__dict__.update(zip(names, answers, strict=True))

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
