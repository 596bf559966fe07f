"""Whether a form on the public pages was filled in by a program: pure rules, each with a name, no outside service.

What they name waits for a person; nothing is thrown away for it.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta

QUICKEST = timedelta(seconds=3)
"""Nobody reads, chooses and writes faster."""
QUICKEST_UNPROVED = timedelta(seconds=8)
"""Without the work of a browser's script there is only the time to go by."""
MOST_LINKS = 2

_LINK = re.compile(
    r"(?:https?|ftp)://|(?<![/\w])www\.|"
    r"(?<![\w@./-])[a-z0-9-]{2,63}\.(?:com|cn|net|org|info|biz|top|xyz|vip|shop|site|online|ru|cc)\b",
    re.IGNORECASE | re.ASCII,
)
_LINK_IN_NAME = re.compile(
    r"(?<![a-z0-9-])(?:[a-z0-9-]{3,63}\.[a-z]{2,24}\b|[a-z0-9-]+\.[a-z]{2,24}/)", re.IGNORECASE | re.ASCII
)
"""A name is repeated in the acknowledgement, which goes to whatever address was given: there any domain counts."""
_MARKUP = re.compile(r"\[/?(?:url|link|img)\b[^\]]*\]|<\s*/?\s*(?:a|script|iframe|img|meta|base|form)\b", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it came. `trap`: what stands in the field that nobody sees; `took`: from the page to the sending;
    `proved`: the browser did its work; `often`: this address has sent much lately."""

    name: str
    text: str
    trap: str
    took: timedelta
    proved: bool
    often: bool = False


def suspicion(filled: Filled) -> str:
    """The first rule that takes it for a program's, or nothing: `trap`, `too_fast`, `link_in_name`, `markup`, `links`,
    `often`."""
    if filled.trap.strip():
        return "trap"
    if filled.took < (QUICKEST if filled.proved else QUICKEST_UNPROVED):
        return "too_fast"
    if _LINK.search(filled.name) or _LINK_IN_NAME.search(filled.name):
        return "link_in_name"
    if _MARKUP.search(filled.text):
        return "markup"
    links = len(_LINK.findall(filled.text))
    if links > (MOST_LINKS if filled.proved else 0) or (links and _mostly_link(filled.text)):
        return "links"
    return "often" if filled.often else ""


def _mostly_link(text: str) -> bool:
    """Fewer than ten letters beside the addresses."""
    without = re.sub(r"\S*(?:://|www\.)\S*", " ", text)
    return len(_WORDS.findall(without)) < 10


def proves(nonce: str, answer: str, bits: int) -> bool:
    """Whether `answer` is work: SHA-256 of `nonce:answer` begins with `bits` zero bits (hashcash)."""
    if len(answer) > 20 or not answer.isascii() or not answer.isdigit():
        return False
    digest = hashlib.sha256(f"{nonce}:{answer}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0
