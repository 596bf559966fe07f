"""Masks personal values when they are shown (R-SE-1, R-SE-3, section 14): what remains lets people recognise, not use.

`mask_text` finds Chinese mobile and landline numbers, e-mail addresses, ID card numbers and bank cards in running
text. ID and card numbers must pass their check digit, so that order and parcel numbers stay readable.
"""

import re
from collections.abc import Callable

from yinuo.domain.reading import Text

HIDDEN = "*"
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)

# Digits may be full-width and grouped by single spaces or hyphens, as people write them.
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
_D = "[0-9０-９]"
_DIGITS = re.compile(rf"(?<![0-9０-９A-Za-z_]){_D}(?:[ \-]?{_D}){{9,20}}(?:[ \-]?[Xx])?(?![0-9０-９A-Za-z_])")
_MOBILE = re.compile(r"(?:86|0086)?1[3-9]\d{9}\Z")
_PREFIXED = re.compile(rf"(?:\+|＋)\s?86[ \-]?1[3-9](?:[ \-]?{_D}){{9}}(?!{_D})")
_LANDLINE = re.compile(
    r"(?<![0-9０-９A-Za-z_.\-])(?:\(0\d{2,3}\)|（0\d{2,3}）|0(?:10|2[0-57-9]|[3-9]\d{2})[ \-]?)"
    r"[2-9]\d{2,3}[ \-]?\d{4}(?:[ \-转]{1,2}\d{1,6})?(?![0-9])"
)
_MAIL = re.compile(
    r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9](?:[A-Za-z0-9._%+\-]{0,63})@[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62})"
    r"(?:\.[A-Za-z0-9\-]{1,63}){1,6}"
)
_HAS_DIGITS = re.compile(rf"{_D}(?:[ \-()（）]{{0,2}}{_D}){{6}}")


def mask_phone(value: str) -> str:
    """`13812341234` → `138****1234`, `010-62345678` → `010-****5678`; other numbers keep their last two digits."""
    digits = _digits(value)
    mobile = re.search(r"1[3-9]\d{9}\Z", digits)
    if mobile:
        number = mobile.group()
        before = "+86 " if len(digits) > len(number) else ""
        return f"{before}{number[:3]}****{number[-4:]}"
    area = re.match(r"0(?:10|2\d|[3-9]\d{2})", digits)
    if area and len(digits) - area.end() >= 7:
        return f"{area.group()}-****{digits[area.end() :][:8][-4:]}"
    if len(digits) <= 4:
        return HIDDEN * len(digits)
    return HIDDEN * (len(digits) - 2) + digits[-2:]


def mask_mail(value: str) -> str:
    """`zhang@example.com` → `z***@example.com`; something without an @ is hidden whole."""
    local, at, domain = value.strip().rpartition("@")
    return f"{local[:1]}***@{domain}" if at and local else HIDDEN * 3


_REGION = re.compile(r"(?:[^\d\s，,]{2,12}?[省市区县州盟旗])+")


def mask_address(value: str) -> str:
    """`广东省深圳市南山区科技园路 1 号` → `广东省深圳市南山区****`; of others two characters stay."""
    text = value.strip()
    region = _REGION.match(text)
    kept = region.group() if region and len(region.group()) < len(text) else text[:2]
    return f"{kept}{HIDDEN * 4}" if text else ""


def mask_id_number(value: str) -> str:
    """`11010519491231002X` → `110***********002X`: province and city stay, birthday and order are hidden."""
    digits = re.sub(r"[\s\-]", "", value.translate(_WIDE))
    if len(digits) < 8:
        return HIDDEN * len(digits)
    return digits[:3] + HIDDEN * (len(digits) - 7) + digits[-4:]


def mask_bank_card(value: str) -> str:
    """`6222021234567890123` → `6222 **** **** 0123`: the issuer and the last four stay."""
    digits = _digits(value)
    if len(digits) < 12:
        return HIDDEN * len(digits)
    return f"{digits[:4]} **** **** {digits[-4:]}"


_COMPOUND = re.compile(
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|司空|夏侯|轩辕|长孙|宇文|独孤|南宫|西门|端木|申屠|闻人|百里|呼延"
)


def mask_name(value: str) -> str:
    """`张三` → `张*`, `欧阳修` → `欧阳*`, `John Smith` → `J*** S***`. Companies are no persons: leave them alone."""
    name = value.strip()
    if re.fullmatch(r"[\u3400-\u9fff·]{2,}", name):
        kept = 2 if len(name) > 2 and _COMPOUND.match(name) else 1
        return name[:kept] + HIDDEN * (len(name) - kept)
    if re.fullmatch(r"[\u3400-\u9fff]", name):
        return HIDDEN
    return " ".join(part[:1] + HIDDEN * 3 for part in name.split())


def mask_contact(value: str) -> str:
    """A phone number or an e-mail address, whichever it is."""
    return mask_mail(value) if "@" in value else mask_phone(value)


def mask_text(text: str) -> str:
    """Hide what identifies a person in running text; everything else stays as it is."""
    if "@" in text:
        text = _MAIL.sub(lambda found: mask_mail(found.group()), text)
    if _HAS_DIGITS.search(text):
        text = _PREFIXED.sub(lambda found: mask_phone(found.group()), text)
        text = _DIGITS.sub(_mask_digits, text)
        text = _LANDLINE.sub(_mask_landline, text)
    return text


MASKS: dict[str, Callable[[str], str]] = {
    "phone": mask_phone,
    "mail": mask_mail,
    "contact": mask_contact,
    "id_number": mask_id_number,
    "bank_card": mask_bank_card,
    "name": mask_name,
    "text": mask_text,
}
NAMES: dict[str, Text] = {
    "phone": Text("电话", "phone number"),
    "mail": Text("邮箱", "e-mail address"),
    "contact": Text("联系方式", "contact"),
    "id_number": Text("证件号", "ID number"),
    "bank_card": Text("银行卡号", "bank card number"),
    "name": Text("姓名", "name"),
    "text": Text("文字", "text"),
}


def mask(kind: str, value: str) -> str:
    """The value masked as `kind` says (a field's `masked`); raises KeyError for an unknown kind."""
    return MASKS[kind](value)


def is_id_number(digits: str) -> bool:
    """Whether 18 characters are a valid resident ID number (GB 11643: province, date, check character)."""
    if len(digits) != 18 or digits[:2] not in _PROVINCES or not digits[:17].isdigit():
        return False
    if not ("19" <= digits[6:8] <= "20" and "01" <= digits[10:12] <= "12" and "01" <= digits[12:14] <= "31"):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[total % 11] == digits[17].upper()


def is_bank_card(digits: str) -> bool:
    """Whether 15 to 19 digits are a card number by their Luhn check digit (ISO/IEC 7812)."""
    if not 15 <= len(digits) <= 19 or not digits.isdigit() or digits[0] not in "3456":
        return False
    total = 0
    for index, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if index % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def _digits(value: str) -> str:
    return re.sub(r"[^0-9]", "", value.translate(_WIDE))


def _mask_digits(found: re.Match[str]) -> str:
    raw = found.group()
    plain = re.sub(r"[ \-]", "", raw.translate(_WIDE))
    if is_id_number(plain):
        return mask_id_number(plain)
    if is_bank_card(plain):
        return mask_bank_card(plain)
    if _MOBILE.match(plain):
        return mask_phone(plain)
    return raw


def _mask_landline(found: re.Match[str]) -> str:
    raw = found.group()
    main, turn, extension = raw.partition("转")
    return mask_phone(main) + (f"转{HIDDEN * len(extension.strip())}" if turn else "")
