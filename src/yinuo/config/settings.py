"""Settings, read once from the environment. `docs/operations.md` has the table of names."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from yinuo.config.logs import configure_logs

ON_DEMAND = 1_000_000_000
"""Statements are prepared where the code asks for it (`prepare=True`). Django's own default, None, ignores that too."""
ON_THE_NETWORK = {
    "connect_timeout": "3",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "options": (
        "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000"
    ),
}
"""Either end notices within some ten seconds that the other was cut off, and gives up what it held. `options` are for
the server, which else keeps the locks of a machine that is gone for two hours."""


def database_from_url(url: str) -> dict[str, object]:
    """A Django database entry from what libpq takes: `postgresql://user:password@host:port/name?host=/socket/dir`, or
    with several servers `…@one:5432,two:5432/name`: then whichever of them may be written to.

    Raises `ValueError` for another scheme, a missing name, or what libpq does not understand.
    """
    if not url.startswith(("postgres://", "postgresql://")):
        raise ValueError("DATABASE_URL must begin with postgresql://")
    try:
        told = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    except ProgrammingError as error:
        raise ValueError(f"DATABASE_URL cannot be understood: {error}") from None
    name = told.pop("dbname", "")
    if not name:
        raise ValueError("DATABASE_URL names no database")
    user, password = told.pop("user", ""), told.pop("password", "")
    host, port = told.pop("host", ""), told.pop("port", "")
    by_network = any(one and not one.startswith("/") for one in host.split(","))
    given = ON_THE_NETWORK | told if by_network else told
    if by_network and "options" in told:
        given["options"] = f"{ON_THE_NETWORK['options']} {told['options']}"
    if "," in host:
        given = {"target_session_attrs": "read-write"} | given
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"prepare_threshold": ON_DEMAND, **given},
    }


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


PACKAGE = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("YINUO_DATA", "data")).resolve()
PORT = int(os.environ.get("YINUO_PORT", "8000"))
LISTEN = os.environ.get("YINUO_LISTEN", "127.0.0.1")
BASE_URL = os.environ.get("YINUO_BASE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
SMTP_PORT = int(os.environ.get("YINUO_SMTP_PORT", str(PORT + 25)))
LMTP_PORT = int(os.environ.get("YINUO_LMTP_PORT", str(PORT + 24)))
METRICS_TOKEN = os.environ.get("YINUO_METRICS_TOKEN", "")
KEY_FILE = Path(os.environ.get("YINUO_KEY_FILE", DATA / "key"))
CLOCK_OFFSET_FILE: Path | None = None
WITH_TLS = BASE_URL.startswith("https://")

configure_logs(os.environ.get("YINUO_LOG_LEVEL", "INFO"))


def _keys() -> tuple[bytes, str]:
    from yinuo.foundation.keyfile import derive, read_or_make_key  # noqa: PLC0415 - before Django is ready

    master = read_or_make_key(KEY_FILE)
    return master, derive(master, "django").hex()


MASTER_KEY, SECRET_KEY = _keys()

DEBUG = False
ALLOWED_HOSTS = [host for host in os.environ.get("YINUO_HOSTS", "").split(",") if host] or [
    urlsplit(BASE_URL).hostname or "127.0.0.1",
    "127.0.0.1",
    "localhost",
    "[::1]",
]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
USE_X_FORWARDED_HOST = False
SESSION_ENGINE = "yinuo.staff.session_store"
SESSION_COOKIE_NAME = "yinuo_session"
CSRF_COOKIE_NAME = "yinuo_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = WITH_TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_HEADER_NAME = "HTTP_X_CSRFTOKEN"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_HSTS_SECONDS = 31_536_000 if WITH_TLS else 0
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "yinuo.web.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

INSTALLED_APPS = [
    "yinuo.config.apps.Config",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "yinuo.foundation",
    "yinuo.staff",
    "yinuo.catalog",
    "yinuo.calendars",
    "yinuo.customers",
    "yinuo.sla",
    "yinuo.orders",
    "yinuo.tickets",
    "yinuo.procedures",
    "yinuo.assist",
    "yinuo.channels",
    "yinuo.quality",
    "yinuo.web.components",
    "yinuo.web.console",
    "yinuo.web.portal",
]

MIDDLEWARE = [
    "yinuo.web.middleware.RequestLog",
    "yinuo.api.door.ApiDoor",
    "django.middleware.security.SecurityMiddleware",
    "yinuo.web.middleware.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "yinuo.web.middleware.Viewer",
    "yinuo.web.middleware.ErrorPages",
    "yinuo.web.gates.Gates",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "yinuo.config.urls"
WSGI_APPLICATION = "yinuo.config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "yinuo.web.folding.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "yinuo.web.context.page",
            ],
        },
    }
]

DATABASES = {"default": database_from_url(os.environ.get("DATABASE_URL", "postgresql:///yinuo"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "foundation_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

AUTH_USER_MODEL = "staff.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "yinuo.staff.login.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "yinuo.staff.login.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "yinuo.staff.login_forms.LoginForm",
    "change_password": "yinuo.staff.login_forms.ChangePasswordForm",
    "reauthenticate": "yinuo.staff.login_forms.ReauthenticateForm",
}
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",  # a whole office may come from one address
    "change_password": "20/m/user",
    "login_failed": "5/15m/key",  # of second-factor codes; wrong passwords are counted by axes
}
MFA_ADAPTER = "yinuo.staff.login.MFAAdapter"
MFA_FORMS = {
    "authenticate": "yinuo.staff.login_forms.AuthenticateForm",
    "reauthenticate": "yinuo.staff.login_forms.FactorReauthenticateForm",
    "activate_totp": "yinuo.staff.login_forms.ActivateTOTPForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Yinuo"

AXES_HANDLER = "yinuo.staff.login.LockOut"
AXES_FAILURE_LIMIT = 5
LOCKOUT_PER_ADDRESS = 20
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]  # each alone locks; a list inside would mean both together
AXES_LOCKOUT_CALLABLE = "yinuo.staff.login.locked_out"
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "yinuo.staff.login.account_tried"
AXES_CLIENT_IP_CALLABLE = "yinuo.staff.login.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_IMPORT_PATHS = ["yinuo.foundation.afterwards", "yinuo.config.schedule"]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "yinuo_language"
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = PACKAGE / "web" / "static" / "collected"
STATICFILES_DIRS = [PACKAGE / "web" / "static" / "dist"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]
LOGGING_CONFIG = None
