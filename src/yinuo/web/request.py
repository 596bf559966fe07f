"""A request as everything in the house gets it: read as UTF-8, whatever its head says."""

import codecs
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.utils.http import parse_header_parameters


class Utf8Request(WSGIRequest):
    """Django takes any codec of Python's for a charset and stumbles, before the first line of ours, over those that are
    none (zlib, punycode) and over heads that cannot be read. `is_foreign`: something else than UTF-8 was said; a form
    in it is to be refused."""

    is_foreign = False

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            self.content_type, self.content_params = "", {}
            self.is_foreign = True
        self.is_foreign |= not _is_utf8(self.content_params.get("charset", "utf-8"))


def _is_utf8(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name == "utf-8"
    except (LookupError, ValueError):
        return False
