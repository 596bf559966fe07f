"""JSON as compact text, written by the encoder of the standard library that is set up once.

`json.dumps` sets its encoder up anew at every call, which costs as much as writing a small value.
"""

from collections.abc import Callable
from json import JSONEncoder
from json.encoder import c_make_encoder, encode_basestring
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder


def _writer(kind: type[JSONEncoder] = JSONEncoder, *, sort_keys: bool = False) -> Callable[[Any], str]:
    encoder = kind(ensure_ascii=False, sort_keys=sort_keys, separators=(",", ":"))
    if c_make_encoder is None:
        return encoder.encode
    encode = c_make_encoder(None, encoder.default, encode_basestring, None, ":", ",", sort_keys, False, True)

    def write(value: Any) -> str:
        return "".join(encode(value, 0))

    return write


written: Callable[[Any], str] = _writer()
"""Raises TypeError for what is no JSON."""
written_out: Callable[[Any], str] = _writer(DjangoJSONEncoder)
"""As `written`, instants, dates, spans, decimals and ids as text."""
canonical: Callable[[Any], str] = _writer(sort_keys=True)
"""The same value always gives the same text: keys in order."""
