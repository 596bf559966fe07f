"""JSON as compact text, written by the encoder of the standard library that is set up once.

`json.dumps` sets its encoder up anew at every call, which costs as much as writing a small value.
"""

from collections.abc import Callable
from json import JSONEncoder
from json.encoder import c_make_encoder, encode_basestring
from typing import Any

_plain = JSONEncoder(ensure_ascii=False)


def _writer(*, sort_keys: bool) -> Callable[[Any], str]:
    if c_make_encoder is None:
        return JSONEncoder(ensure_ascii=False, sort_keys=sort_keys, separators=(",", ":")).encode
    encode = c_make_encoder(None, _plain.default, encode_basestring, None, ":", ",", sort_keys, False, True)

    def write(value: Any) -> str:
        return "".join(encode(value, 0))

    return write


written: Callable[[Any], str] = _writer(sort_keys=False)
"""Raises TypeError for what is no JSON."""
canonical: Callable[[Any], str] = _writer(sort_keys=True)
"""The same value always gives the same text: keys in order."""
