"""What only the API answers, beside the errors of the services."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from yinuo.foundation.errors import ErrorKind, YinuoError


class ApiError(YinuoError):
    """An error with an HTTP status of its own, and what else the answer's head must say."""

    http = 400
    head: ClassVar[dict[str, str]] = {}

    def __init__(self, *, headers: dict[str, str] | None = None, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.headers = self.head | (headers or {})

    @property
    def status(self) -> int:
        return self.http


class TokenInvalid(ApiError):
    http = 401
    head: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}
    code = "token_invalid"
    text = _(
        "A valid token is needed: send “Authorization: Bearer …”. This one is missing, unknown, expired or revoked."
    )


class ScopeMissing(ApiError):
    http = 403
    kind = ErrorKind.DENIED
    code = "scope_missing"
    text = _("This token may not do that: it lacks “{scope}”.")


class NoSuchMethod(ApiError):
    http = 405
    code = "no_such_method"
    text = _("This address does not take {method}.")


class BodyTooLarge(ApiError):
    http = 413
    code = "body_too_large"
    text = _("The body is too large: {most} bytes at most.")


class TooManyParts(BodyTooLarge):
    code = "too_many_parts"
    text = _("The body has too many parts: {most} commas and brackets at most.")


class NotJson(ApiError):
    http = 415
    code = "not_json"
    text = _("Send the body as “Content-Type: application/json”, in UTF-8.")


class TooMany(ApiError):
    http = 429
    code = "too_many_requests"
    text = _("Too many requests with this token. Try again in {seconds} seconds.")


class Unavailable(ApiError):
    http = 503
    code = "unavailable"
    text = _("The service cannot answer just now. Try again shortly; with an idempotency key nothing is done twice.")


class Broken(ApiError):
    http = 500
    code = "internal_error"
    text = _("Something went wrong on our side. Tell your administrator the request number.")


class Malformed(YinuoError):
    code = "malformed_json"
    text = _("The body is not valid JSON: line {line}, character {column}.")


class NotUtf8(YinuoError):
    code = "not_utf8"
    text = _("The body is not valid UTF-8.")


class FieldsInvalid(YinuoError):
    code = "fields_invalid"
    text = _("Some fields are not valid.")


class NoQueueLeft(YinuoError):
    kind = ErrorKind.DENIED
    code = "no_queue_left"
    text = _("None of the queues of this token is in use any more. Ask your administrator for another token.")
