"""Settings enough to render templates outside of the product: for the picture script only."""

import tempfile
from pathlib import Path

import django
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings

PARTS = Path(__file__).resolve().parents[3] / "src/yinuo/locale/zh_Hans/parts"


def configure() -> None:
    """Configures Django with the Chinese texts of the pieces compiled into a folder of their own."""
    folder = Path(tempfile.mkdtemp(prefix="yinuo-gallery-"))
    target = folder / "zh_Hans/LC_MESSAGES"
    target.mkdir(parents=True)
    with (PARTS / "components.po").open("rb") as source, (target / "django.mo").open("wb") as compiled:
        write_mo(compiled, read_po(source, locale="zh_Hans"))
    settings.configure(
        SECRET_KEY="gallery",
        USE_TZ=True,
        USE_I18N=True,
        LANGUAGE_CODE="zh-hans",
        LANGUAGES=[("zh-hans", "中文"), ("en", "English")],
        LOCALE_PATHS=[folder],
        STATIC_URL="/static/",
        INSTALLED_APPS=["django.contrib.staticfiles", "yinuo.web.components"],
        ALLOWED_HOSTS=["*"],
    )
    django.setup()
