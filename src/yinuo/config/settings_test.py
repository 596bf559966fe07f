"""Settings of the tests: another data folder, fast password hashes, a clock that can be moved."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("YINUO_DATA", str(Path(tempfile.gettempdir()) / f"yinuo-test-{os.getuid()}"))
if "PYTEST_XDIST_WORKER" in os.environ and "YINUO_CLOCK_OFFSET_FILE" not in os.environ:
    # tests beside each other must not move each other's clock, nor write each other's files
    os.environ["YINUO_DATA"] = str(Path(os.environ["YINUO_DATA"]) / os.environ["PYTEST_XDIST_WORKER"])

from yinuo.config.settings import *  # noqa: F403 - all of them, changed below
from yinuo.config.settings import DATA, PROCRASTINATE_IMPORT_PATHS

CLOCK_OFFSET_FILE = (
    Path(os.environ["YINUO_CLOCK_OFFSET_FILE"]) if "YINUO_CLOCK_OFFSET_FILE" in os.environ else DATA / "clock-offset"
)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PROCRASTINATE_IMPORT_PATHS = [*PROCRASTINATE_IMPORT_PATHS, *os.environ.get("YINUO_TEST_MODULES", "").split()]
