"""A post as it is kept: one JSON document with the files in it, equal for equal posts, so that a form sent twice shows
as the same, and one that waited for a person is opened as it came."""

import base64
import json
from dataclasses import asdict
from typing import Any

from yinuo.channels.services.posting import Post
from yinuo.customers.models import IdentityKind
from yinuo.tickets.services.messages import NewFile


def raw_of(post: Post) -> bytes:
    """Lone surrogates are kept as they came."""
    values = asdict(post) | {
        "files": [
            {"filename": file.filename, "content_type": file.content_type, "content": base64.b64encode(file.content)}
            for file in post.files
        ]
    }
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, default=lambda value: value.decode("ascii"))
    return text.encode("utf-8", "surrogatepass")


def post_of(raw: bytes) -> Post:
    """Raises `ValueError` for what `raw_of` has not made."""
    try:
        values: dict[str, Any] = json.loads(raw.decode("utf-8", "surrogatepass"))
        files = tuple(
            NewFile(file["filename"], base64.b64decode(file["content"]), file["content_type"])
            for file in values.pop("files")
        )
        return Post(**{**values, "identity_kind": IdentityKind(values["identity_kind"]), "files": files})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no post of a form") from error
