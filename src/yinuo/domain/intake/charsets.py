"""Bytes to text for mail as it really comes: wrong labels, no labels, GB18030 called GB2312."""

import codecs
import re

_ALIASES = {
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gb_2312": "gb18030",
    "csgb2312": "gb18030",
    "euc-cn": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "936": "gb18030",
    "windows-936": "gb18030",
    "gb-18030": "gb18030",
    "hz-gb-2312": "hz",
    "hz-gb2312": "hz",
    "big5": "cp950",
    "x-big5": "cp950",
    "big5-hkscs": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "csiso2022jp": "iso2022_jp_ext",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-8-i": "iso8859_8",
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "macintosh": "mac_roman",
}
# Labels that promise nothing about bytes above 127.
_VAGUE = frozenset({"", "us-ascii", "ascii", "unknown-8bit", "x-unknown", "unknown", "default", "binary", "8bit"})
# Labels that accept every byte, so a mistake in the label never shows as an error.
_PERMISSIVE = frozenset({"cp1252", "iso8859-15", "mac_roman"})
# Codecs of Python that are no character sets.
_NOT_TEXT = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "mbcs", "oem"})
_LABEL = re.compile(r"[^a-z0-9_.+:-]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_SAMPLE = 65536
_SURROGATES = re.compile("[\ud800-\udfff]")


def decode(content: bytes, label: str | None) -> str:
    """Text of `content`, declared as `label` (None = undeclared). Never raises.

    A label that cannot be true gives way to what the bytes say; bytes that fit nothing become U+FFFD, and so do halves
    of surrogate pairs (UTF-7 can spell them): no page that shows one could be sent.
    """
    return _SURROGATES.sub("\ufffd", _decoded(content, label))


def _decoded(content: bytes, label: str | None) -> str:
    if content.startswith(codecs.BOM_UTF8):
        return content[3:].decode("utf-8", "replace")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    name = codec_for(label)
    if name is None or (name == "utf-8" and content.isascii() and b"\x1b" in content):
        return _guess(content)
    if name.startswith("gb") or name in _PERMISSIVE:
        better = _contradiction(content, name)
        if better is not None:
            return content.decode(better, "replace")
    try:
        return content.decode(name)
    except (UnicodeDecodeError, ValueError):
        pass
    except (LookupError, TypeError, AssertionError):
        return _guess(content)
    strict = _fits(content)
    if strict is not None:
        return content.decode(strict)
    if name == "cp1252":
        return _windows(content)
    return content.decode(name, "replace")


def fits(content: bytes, label: str | None) -> bool:
    """Whether `content` decodes without loss, as declared or as another likely character set."""
    name = codec_for(label)
    if name is not None:
        try:
            content.decode(name)
        except (ValueError, LookupError, TypeError, AssertionError):
            pass
        else:
            return True
    return content.isascii() or _fits(content) is not None


def codec_for(label: str | None) -> str | None:
    """Python's codec for a charset label; None for an unknown or a vague one."""
    key = _LABEL.sub("", (label or "").strip().lower().split("*")[0])[:40]
    if key in _VAGUE:
        return None
    name = _ALIASES.get(key, key)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
    # `_is_text_encoding` keeps base64, zlib and the like out; it is absent in older interpreters only.
    if not getattr(found, "_is_text_encoding", True) or found.name.replace("_", "-") in _NOT_TEXT:
        return None
    return found.name if name == key else name


def html_label(content: bytes) -> str | None:
    """The character set an HTML page names in its own head."""
    found = _META.search(content[:4096])
    return found.group(1).decode("ascii") if found else None


def _guess(content: bytes) -> str:
    if content.isascii():
        if b"\x1b$" in content or b"\x1b(" in content:
            return content.decode("iso2022_jp_ext", "replace")
        if b"~{" in content and b"~}" in content:
            try:
                return content.decode("hz")
            except UnicodeDecodeError:
                pass
        return content.decode("ascii")
    name = _fits(content)
    return content.decode(name) if name else _windows(content)


def _windows(content: bytes) -> str:
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("utf-8", "replace")


def _fits(content: bytes) -> str | None:
    """The multi-byte character set that explains these bytes, if one does beyond doubt."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        # A preview cut in the middle of a character is still UTF-8.
        if error.end >= len(content) - 1 and error.start > 6 and error.reason == "unexpected end of data":
            return None
    else:
        return "utf-8"
    best: tuple[float, str] | None = None
    for name in ("gb18030", "cp950", "cp932", "cp949"):
        score = _likely(content, name)
        if score >= 0.75 and (best is None or score > best[0]):
            best = (score, name)
    return best[1] if best else None


def _likely(content: bytes, name: str) -> float:
    """Share of everyday characters, 0 to 1, if `content` were `name`; 0 where it cannot be."""
    try:
        text = content.decode(name)
    except UnicodeDecodeError:
        return 0.0
    wide = [char for char in text[:_SAMPLE] if char > "\x7f"]
    if not wide:
        return 0.0
    return sum(_everyday(char, name) for char in wide) / len(wide)


def _everyday(char: str, name: str) -> bool:
    if "\u3000" <= char <= "\u3011" or "\uff01" <= char <= "\uff5e" or char in "“”‘’…—·￥":
        return True
    if name == "cp932":
        return "\u3040" <= char <= "\u30ff"
    if name == "cp949":
        return "\uac00" <= char <= "\ud7a3"
    if not "\u4e00" <= char <= "\u9fff":
        return False
    try:
        lead = char.encode("gb2312" if name == "gb18030" else "big5")[0]
    except UnicodeEncodeError:
        return False
    # First planes: the 3,755 (GB 2312) and 5,401 (Big5) characters of everyday use.
    return 0xB0 <= lead <= 0xD7 if name == "gb18030" else 0xA4 <= lead <= 0xC6


def _contradiction(content: bytes, name: str) -> str | None:
    """Another character set that the bytes clearly are, though `name` could swallow them."""
    runs = _HIGH_RUN.findall(content[:_SAMPLE])
    high = sum(map(len, runs))
    if high < (2 if name in _PERMISSIVE else 6):
        return None
    sample = content[:_SAMPLE]
    # A sample may end in the middle of a character; its tail says nothing.
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    if "\ufffd" not in text:
        wide = sum(char > "\x7f" for char in text)
        if name in _PERMISSIVE or (wide >= 3 and _likely(sample, "gb18030") < 0.9):
            return "utf-8"
    if name in _PERMISSIVE and high >= 6 and high / len(runs) >= 4 and all(len(run) % 2 == 0 for run in runs):
        return "gb18030" if _likely(content, "gb18030") >= 0.9 else None
    return None
