"""Typed errors: one class, one code, one translated sentence, one kind."""

from enum import StrEnum
from typing import Any, ClassVar

from django.db import DatabaseError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from psycopg.errors import DeadlockDetected, UniqueViolation


class ErrorKind(StrEnum):
    INVALID = "invalid"
    DENIED = "denied"
    MISSING = "missing"
    CONFLICT = "conflict"
    UNAVAILABLE = "unavailable"


HTTP_STATUS = {
    ErrorKind.INVALID: 422,
    ErrorKind.DENIED: 403,
    ErrorKind.MISSING: 404,
    ErrorKind.CONFLICT: 409,
    ErrorKind.UNAVAILABLE: 503,
}


class YinuoError(Exception):
    """`text` may hold `{names}` that the keyword arguments fill; `fields` maps a form field to its sentence."""

    kind: ClassVar[ErrorKind] = ErrorKind.INVALID
    code: ClassVar[str] = "invalid"
    text: ClassVar[str | Promise] = _("The input is not valid.")

    def __init__(self, *, fields: dict[str, Any] | None = None, **values: Any) -> None:
        super().__init__(self.code)
        self.fields = fields or {}
        self.values = values

    @property
    def status(self) -> int:
        return HTTP_STATUS[self.kind]

    def __str__(self) -> str:
        return str(self.text).format(**self.values)


class Missing(YinuoError):
    """Also raised where the viewer may not know that the thing exists: not visible = not there."""

    kind = ErrorKind.MISSING
    code = "missing"
    text = _("This does not exist, or you have no access to it.")


class Denied(YinuoError):
    kind = ErrorKind.DENIED
    code = "denied"
    text = _("Your role does not allow this. Ask your supervisor or administrator.")


class Changed(YinuoError):
    """Optimistic version guard: somebody else saved in between."""

    kind = ErrorKind.CONFLICT
    code = "changed_meanwhile"
    text = _("Somebody changed this in the meantime. Look at the new state, then try again.")


def as_conflict(error: Exception) -> Changed | None:
    """Two did the same at once: what the database refuses to write twice, or one of two that waited for each other.
    Nothing of this one's is kept."""
    refused = isinstance(error, DatabaseError) and isinstance(error.__cause__, UniqueViolation | DeadlockDetected)
    return Changed() if refused else None


class InvalidForm(YinuoError):
    kind = ErrorKind.INVALID
    code = "invalid_form"
    text = _("Please correct the marked fields.")
