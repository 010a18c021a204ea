"""How the site is put together. Only here, in the root URLs and in expo/api.py may the event wing name the matchmaking wing."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from expo.foundation import logs  # free of Django, as settings must be
from expo.settings import environment
from expo.settings.environment import ROOT, flag, text

BASE_DIR = ROOT
DEBUG = flag("DEBUG", default=False)
VAR_DIR = environment.folder("VAR_DIR", ROOT / "var")
SECRET_KEY = environment.secret_key(development=DEBUG, kept_in=VAR_DIR)
SITE_URL = environment.site_url(development=DEBUG)
PUBLIC = environment.is_public(SITE_URL, development=DEBUG)
SITE_NAME = environment.one_line("SITE_NAME", "Interchange")
SITE_NAME_ZH = environment.one_line("SITE_NAME_ZH", "供需对接站" if SITE_NAME == "Interchange" else SITE_NAME)
ALLOWED_HOSTS = environment.allowed_hosts(development=DEBUG, address=SITE_URL)
_HTTPS = SITE_URL.startswith("https://")

INSTALLED_APPS = [
    "expo.foundation",
    "expo.accounts",
    "expo.editions",
    "expo.venue",
    "expo.programme",
    "matchmaking.participants",
    "matchmaking.marketplace",
    "matchmaking.matching",
    "matchmaking.meetings",
    "matchmaking.agreements",
    "matchmaking.desk",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_countries",
    "django_filters",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "simple_history",
]

MIDDLEWARE = [
    "expo.foundation.access.note_each_request",
    "expo.foundation.middleware.refuse_unreadable_input",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "expo.foundation.middleware.more_security_headers",
    "expo.foundation.middleware.methods_of_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "expo.accounts.sessions.end_staff_sessions",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "expo.foundation.middleware.keep_personal_pages_private",
    "expo.foundation.limits.state_limits",
    "expo.foundation.middleware.show_refusals",
]

ROOT_URLCONF = "expo.urls"
WSGI_APPLICATION = "expo.wsgi.application"
ASGI_APPLICATION = "expo.asgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "expo.foundation.context.site",
                "expo.editions.context.current_expo",
                "matchmaking.meetings.context.takes_meetings",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "expo.foundation.templatetags.signs"],
        },
    },
]

# --- Database: one code, two engines; settings as measured, see docs/operations.md ---
DATABASES: dict[str, dict[str, Any]] = {
    "default": environment.database(default=f"sqlite:///{VAR_DIR / 'interchange.sqlite3'}", public=PUBLIC),
}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["OPTIONS"] = {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA mmap_size=268435456; PRAGMA cache_size=-16000;",
    }
    _database["CONN_MAX_AGE"] = None  # Opening the file anew for each request would cost more than many a query.
    environment.apart_from("DATABASE_URL", Path(_database["NAME"]).absolute(), [VAR_DIR / "static", VAR_DIR / "media"])
    Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
else:
    _database["OPTIONS"] = {
        **_database.get("OPTIONS", {}),
        "options": "-c statement_timeout=15000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=15000",
    }
    _database["CONN_MAX_AGE"] = 60
    _database["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache: rate limits of sign-in need one that all processes share ---
REDIS_URL = environment.redis_url(public=PUBLIC)
CACHES = {
    # Beyond its most entries a cache forgets some by chance, limits among them: nobody must be able to bring that about cheaply.
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache", "OPTIONS": {"MAX_ENTRIES": 100_000}},
}
if REDIS_URL:  # While Redis is away the database takes its place.
    CACHES |= {"database": CACHES["default"], "default": {"BACKEND": "expo.foundation.cache.RedisOrDatabase", "LOCATION": REDIS_URL}}

# Jobs wait in the database. Shards of matching runs wait in Redis where several machines share them; see docs/matching.md.
TASKS: dict[str, dict[str, Any]] = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
if environment.tasks_backend(REDIS_URL) == "redis":
    TASKS["shards"] = {"BACKEND": "django_tasks_rq.RQBackend", "QUEUES": ["default"]}
    INSTALLED_APPS.append("django_rq")
    # As JSON: who can write to Redis must not be able to have a worker run anything but our jobs.
    RQ_QUEUES = {"default": {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 3600, "SERIALIZER": "rq.serializers.JSONSerializer"}}
    RQ_SHOW_ADMIN_LINK = False
# A folder with a sentence model of the organiser's own; '' is none. See docs/matching.md.
MATCHING_MODEL = text("MATCHING_MODEL")
# Jobs that `manage.py sweep` runs every minute: each finds its work in rows, so a killed worker loses nothing.
SWEEPS = [
    "expo.foundation.tasks.ask_the_worker",
    "expo.foundation.tasks.send_waiting",
    "expo.foundation.tasks.forget_old_results",
    "expo.foundation.tasks.forget_kept_answers",
    "expo.foundation.tasks.forget_counts",
    "expo.foundation.tasks.look_at_tables",
    "expo.foundation.tasks.seal_lines",
    "expo.accounts.tasks.forget_ended_keys",
    "matchmaking.marketplace.tasks.sweep_postings",
    "matchmaking.desk.tasks.keep_to_periods",
    "matchmaking.matching.tasks.sweep_matching",
    "matchmaking.matching.tasks.sweep_digests",
    "matchmaking.meetings.tasks.sweep_meetings",
    "matchmaking.meetings.tasks.sweep_plans",
    "matchmaking.meetings.tasks.send_deliveries",
    "matchmaking.meetings.tasks.gather_notices",
    "matchmaking.agreements.tasks.sweep_milestones",
    "matchmaking.agreements.tasks.remind_parties",
    "expo.foundation.sheets.tasks.sweep",
]
# Where the rooms say what may be brought and taken as a spreadsheet, and which lists may be taken besides.
LISTS = ["expo.foundation.sheets.lists", "matchmaking.agreements.lists", "matchmaking.desk.exports"]
SHEETS = [
    "expo.editions.sheets",
    "expo.venue.sheets",
    "expo.programme.sheets",
    "matchmaking.participants.sheets",
    "matchmaking.marketplace.sheets",
    "matchmaking.matching.sheets",
    "matchmaking.agreements.sheets",
]

# --- How long personal data is kept; 0 means for ever. `manage.py retention --dry-run` says what would go. ---
RETENTION = {
    "people_months": environment.whole_number("RETAIN_PEOPLE_MONTHS", 12),  # After the last expo that somebody took part in.
    "log_months": environment.whole_number("RETAIN_LOG_MONTHS", 12),
    "draft_months": environment.whole_number("RETAIN_DRAFT_MONTHS", 12),
    "unverified_days": environment.whole_number("RETAIN_UNVERIFIED_DAYS", 30),
    "notice_days": environment.whole_number("RETAIN_NOTICE_DAYS", 90),
    "delivery_days": environment.whole_number("RETAIN_DELIVERY_DAYS", 30),
}

# --- Webhooks: the only addresses that the site calls because somebody wrote them down. See docs/webhooks.md. ---
WEBHOOK_PORTS = environment.ports("WEBHOOK_PORTS", [443, 8443])
# Hosts of the organiser's own network, by name, that may stand at private addresses; nobody's unless named here.
WEBHOOK_PRIVATE_HOSTS = environment.host_names("WEBHOOK_PRIVATE_HOSTS")
WEBHOOK_CA_FILE = text("WEBHOOK_CA_FILE")  # Certificates of an authority of one's own, beside the system's.

# --- People ---
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "expo.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "expo.accounts.forms.SignupDetails"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # Only in the browser that signed up, so that registering goes on where it stopped.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_USER_DISPLAY = "expo.accounts.models.display_name"
ALLAUTH_TRUSTED_PROXY_COUNT = environment.proxies(https=_HTTPS and not DEBUG)
# Whoever enters the organiser's desk needs a second factor.
STAFF_SECOND_FACTOR = flag("STAFF_SECOND_FACTOR", default=not DEBUG)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME
USERSESSIONS_TRACK_ACTIVITY = False
SESSION_COOKIE_AGE = 14 * 24 * 3600
STAFF_IDLE_SECONDS, STAFF_SESSION_SECONDS = 3 * 3600, 12 * 3600
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True

# --- Words ---
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "中文")]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "expo.settings.formats"
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
COUNTRIES_OVERRIDE = {"TW": _("Taiwan, China"), "HK": _("Hong Kong, China"), "MO": _("Macao, China"), "CN": _("China (mainland)")}

# --- Files ---
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [ROOT / "expo" / "static"]
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/files/"
FORMS_URLFIELD_ASSUME_HTTPS = True  # Django 6 does so without being told.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_PERMISSIONS = 0o640

# --- Mail ---
_mail = environment.email(default="consolemail://", public=PUBLIC)
EMAIL_BACKEND = "expo.foundation.devmail.ConsoleAndPageBackend" if DEBUG and "console" in _mail["EMAIL_BACKEND"] else _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail.get("EMAIL_HOST", "localhost")
EMAIL_PORT = _mail.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.sender(f"{SITE_NAME} <expo@{urlsplit(SITE_URL).hostname}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
DEV_MAIL_DIR = VAR_DIR / "mail"

# --- What the browser may do ---
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if not DEBUG:
    SECURE_SSL_REDIRECT = _HTTPS and flag("SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
    SECURE_HSTS_SECONDS = 63_072_000 if _HTTPS else 0
    SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
    SECURE_HSTS_PRELOAD = _HTTPS
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
    if _HTTPS:
        SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
    CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- API: see expo/settings/api.py ---
MIGRATION_MODULES = {"knox": None}  # Its own table is not used, so that none of its migrations is.

# --- Logs: one line of JSON a record, no personal data ---
# A proxy that names each request (nginx: $request_id) may be believed where every request passes one.
REQUEST_ID_FROM_PROXY = flag("REQUEST_ID_FROM_PROXY", default=False)
if REQUEST_ID_FROM_PROXY and not ALLAUTH_TRUSTED_PROXY_COUNT:
    environment.malformed("REQUEST_ID_FROM_PROXY", "false where TRUSTED_PROXY_COUNT is 0: nobody else is believed")
LOGGING = logs.configuration(environment.log_level(), outspoken=DEBUG)

# --- Who looks after it: figures for a monitor, closed unless opened; what `manage.py doctor` looks at ---
METRICS_TOKEN = environment.metrics_token()
METRICS_NETWORKS = environment.metrics_networks()
BACKUP_DIR = environment.apart_from("BACKUP_DIR", Path(text("BACKUP_DIR", str(VAR_DIR / "backups"))).absolute(), [STATIC_ROOT, MEDIA_ROOT])
BACKUP_HOURS = environment.whole_number("BACKUP_HOURS", 26)

SILENCED_SYSTEM_CHECKS: list[str] = []
