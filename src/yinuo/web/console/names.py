"""Names that facts and forms mention by id, read together for one answer."""

from collections.abc import Iterable
from uuid import UUID

from yinuo.catalog.queries import category_names
from yinuo.staff.queries import names_of


class Names:
    """Say first what will be mentioned (`want`), then ask: what is wanted by then is read at once."""

    def __init__(self) -> None:
        self._names: dict[UUID, str] = {}
        self._categories: dict[str, tuple[str, str]] = {}
        self._wanted: tuple[set[UUID], set[UUID], set[UUID], set[str]] = (set(), set(), set(), set())

    def want(
        self,
        *,
        accounts: Iterable[UUID] = (),
        teams: Iterable[UUID] = (),
        programs: Iterable[UUID] = (),
        categories: Iterable[str] = (),
    ) -> None:
        for wanted, more in zip(self._wanted, (accounts, teams, programs, categories), strict=True):
            wanted.update(more)

    def know(self, names: dict[UUID, str]) -> None:
        """Names of accounts and teams that have been read already."""
        self._names |= names

    def name(self, id: UUID) -> str:
        """Of an account, a team or a program; empty for what we do not know."""
        self._read()
        return self._names.get(id, "")

    def category(self, code: str) -> tuple[str, str]:
        """Name and English name."""
        self._read()
        return self._categories.get(code, ("", ""))

    def _read(self) -> None:
        *named, categories = self._wanted
        unknown = [wanted - self._names.keys() for wanted in named]
        if any(unknown):
            self._names |= names_of(*unknown)
        if categories := categories - self._categories.keys():
            self._categories |= category_names(categories)
        for wanted in self._wanted:
            wanted.clear()
