"""Chinese fonts for PDF: a folder named by the administrator, the one that is installed with Yinuo, the machine's."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext_lazy as _

from yinuo.foundation.errors import ErrorKind, YinuoError

PACKAGE = "noto_cjk_sans_otc"
FOLDER_SETTING = "YINUO_FONTS"
FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "PingFang SC",
    "HarmonyOS Sans SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Serif CJK SC", "Source Han Serif SC",
    "SimSun", "SimHei",
)  # fmt: skip
"""Families with all characters of simplified Chinese, the better ones first."""


class FontMissing(YinuoError):
    kind = ErrorKind.UNAVAILABLE
    code = "font_missing"
    text = _("No Chinese font was found on this machine, so that no PDF can be made. An administrator can install one.")


@dataclass(frozen=True)
class Font:
    """A family, and where it was found: `folder`, `package` or `system`."""

    family: str
    source: str
    fonts: Any


def font() -> Font:
    """Raises `FontMissing`."""
    return _font(os.environ.get(FOLDER_SETTING, ""))


@lru_cache(maxsize=4)
def _font(folder: str) -> Font:
    for source, options in _places(folder):
        fonts = typst.Fonts(include_embedded_fonts=False, **options)
        known = set(fonts.families())
        family = next((name for name in FAMILIES if name in known), None)
        if family:
            return Font(family, source, typst.Fonts(include_embedded_fonts=True, **options))
    raise FontMissing


def _places(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if folder:
        yield "folder", {"include_system_fonts": False, "font_paths": [folder]}
    spec = find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if Path(place).is_dir():
            yield "package", {"include_system_fonts": False, "font_paths": [place]}
    yield "system", {"include_system_fonts": True}
