"""One form for each phone number and mail address, so that equal ones are equal (R-CU-2)."""

import re

import phonenumbers

from yinuo.customers.errors import IdentityInvalid
from yinuo.customers.models import IdentityKind
from yinuo.foundation.encryption import blind_index

_MAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.?[^@\s<>,;\"]*")


def normalise(kind: str, value: str) -> str:
    """E.164 for phones (mainland China where no country is given), lower case for mail addresses. Raises
    `IdentityInvalid`."""
    value = value.strip()
    if kind == IdentityKind.PHONE:
        try:
            number = phonenumbers.parse(value, "CN")
        except phonenumbers.NumberParseException as error:
            raise IdentityInvalid(value=value) from error
        if not phonenumbers.is_possible_number(number):
            raise IdentityInvalid(value=value)
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if kind == IdentityKind.EMAIL:
        if not _MAIL.fullmatch(value) or len(value) > 254:
            raise IdentityInvalid(value=value)
        return value.lower()
    if not value:
        raise IdentityInvalid(value=value)
    return value


def identity_index(kind: str, value: str) -> bytes:
    """Blind index of a normalised identity."""
    return blind_index(f"identity/{kind}", value)


def name_tokens(name: str) -> list[int]:
    """Keyed digests of a name's characters and pairs of characters, as signed 64-bit numbers."""
    plain = "".join(name.lower().split())
    parts = {*plain, *(plain[i : i + 2] for i in range(len(plain) - 1))}
    return sorted(int.from_bytes(blind_index("name", part)[:8], "big", signed=True) for part in parts)


def query_tokens(text: str) -> list[int]:
    """What a customer's `name_tokens` must contain for the name to hold `text`."""
    plain = "".join(text.lower().split())
    parts = {plain} if len(plain) < 2 else {plain[i : i + 2] for i in range(len(plain) - 1)}
    return [int.from_bytes(blind_index("name", part)[:8], "big", signed=True) for part in parts if part]
