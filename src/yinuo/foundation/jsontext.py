"""JSON as compact text, written and read by msgspec: a small value in a quarter of the standard library's time.

What msgspec refuses as no Unicode (a half of a surrogate pair, which hostile mails hold) the standard library takes.
"""

import json
from collections.abc import Callable
from json.encoder import c_make_encoder, encode_basestring
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from msgspec import DecodeError
from msgspec.json import Decoder, Encoder

_LEFT = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _known_to_django(value: Any) -> Any:
    """A text that is marked as safe, a translation that waits for its language. Raises TypeError for else."""
    return str.__str__(value) if isinstance(value, str) else _LEFT.default(value)


_encode = Encoder(enc_hook=_known_to_django).encode
_decode = Decoder().decode


def written(value: Any) -> str:
    """Compact; instants, dates, decimals and ids as text. Raises TypeError for what is no JSON."""
    try:
        return _encode(value).decode()
    except UnicodeEncodeError:
        return _LEFT.encode(value)


def read(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError."""
    try:
        return _decode(text)
    except (DecodeError, UnicodeEncodeError):
        return json.loads(text)


def _writer_in_order() -> Callable[[Any], str]:
    encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if c_make_encoder is None:
        return encoder.encode
    # set up once: `json.dumps` does it at every call, which costs as much as writing a small value
    encode = c_make_encoder(None, encoder.default, encode_basestring, None, ":", ",", True, False, True)
    return lambda value: "".join(encode(value, 0))


canonical: Callable[[Any], str] = _writer_in_order()
"""The same value always gives the same text: keys in order, numbers as the standard library writes them."""
