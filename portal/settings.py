"""The one settings module. Values come from the environment, are safe by default and fail loudly.

DEBUG=true   development: `make run`
DEMO=true    `make demo`: SQLite in DATA_DIR, loopback only, HTTPS off; anything else is refused
neither      production: SECRET_KEY, ALLOWED_HOSTS and DATA_DIR or DATABASE_URL must be given
"""

import re
from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from environs import Env, validate

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
if DEBUG and DEMO:
    raise ImproperlyConfigured("DEBUG and DEMO exclude each other: set one of them.")

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
SECRET_KEY = env.str("SECRET_KEY", default="only for development" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is missing: set it to a long random text that nobody else knows.")

ALLOWED_HOSTS = [host.strip() for host in env.list("ALLOWED_HOSTS", default=LOOPBACK if DEBUG or DEMO else [])]
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is missing: name the portal's hosts, separated by commas, never *.")

# The one switch for everything that depends on HTTPS: cookies, redirect, HSTS.
HTTPS = env.bool("HTTPS", default=not (DEBUG or DEMO))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],  # KERN's icons are data: addresses
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

if not (DEBUG or DEMO or env.str("DATABASE_URL", default="") or env.str("DATA_DIR", default="")):
    raise ImproperlyConfigured("DATABASE_URL is missing: name the database, or with DATA_DIR a directory for SQLite.")
DATABASES = {"default": env.dj_db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR}/portal.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # after a restart of the database, the pool finds out by itself
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        {
            "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=8), "timeout": 2},
            "connect_timeout": 2,
        }
    )

if DEMO:
    if DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
        raise ImproperlyConfigured("DEMO keeps its data in SQLite: take DATABASE_URL away.")
    if DATA_DIR not in Path(DATABASES["default"]["NAME"]).resolve().parents:
        raise ImproperlyConfigured("DEMO keeps its data in DATA_DIR: take DATABASE_URL away.")
    if not set(ALLOWED_HOSTS) <= set(LOOPBACK):
        raise ImproperlyConfigured("DEMO answers on this machine only: take ALLOWED_HOSTS away.")
    if HTTPS:
        raise ImproperlyConfigured("DEMO runs without HTTPS: take HTTPS away.")

INSTALLED_APPS = [
    "portal",
    "municipalities",
    "recommendations",
    "portal.site",
    "portal.site.apps.PortalAdminConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
]
MIDDLEWARE = [
    "django.middleware.csp.ContentSecurityPolicyMiddleware",  # outermost: static files and errors carry it too
    "portal.middleware.headers",
    "portal.middleware.interface",  # outside of everything that may refuse a request
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.well_formed",
    "portal.middleware.language",
    "portal.middleware.maintenance",
    "portal.middleware.conditional",  # before sessions and all the rest
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.accounts.middleware.session_limits",
    "portal.accounts.middleware.second_factor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "portal.site.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.site.context.site",
            ],
        },
    }
]

AUTH_USER_MODEL = "portal.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# The log-in: django-allauth behind our own addresses, pages and rules (portal/accounts).
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = LOGOUT_REDIRECT_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
SESSION_IDLE = timedelta(minutes=30)
SESSION_LONGEST = timedelta(seconds=SESSION_COOKIE_AGE)
WITHOUT_SECOND_FACTOR = ["redaktion", "freigabe"] if DEMO else []  # usernames; nobody outside the demo
ACCOUNT_ADAPTER = "portal.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"reset_password": "portal.accounts.forms.ResetPasswordForm"}
ACCOUNT_LOGIN_METHODS = {"username"}  # one lookup, one password check: the same time for every answer
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # asked by nobody: the portal has no sign-up
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True  # who changes a password or a factor is told by mail
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(timedelta(minutes=15).total_seconds())
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    # Failures of one address, and of one address with one account (portal/accounts/adapters.py makes the key).
    "login_failed": "30/15m/ip,5/15m/key",
    # Failures with one account from anywhere; what follows is bounded in time (portal/accounts/limits.py).
    "account": "50/15m/key",
    "reset_password": "20/h/ip,3/h/key",
}
MFA_ADAPTER = "portal.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # a clock half a minute off
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the refusal protects sites with a sign-up

# Who is asking: behind exactly one proxy of ours the last entry of X-Forwarded-For, without one the connection itself.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0 if DEBUG or DEMO else 1)
if TRUSTED_PROXIES not in (0, 1):
    raise ImproperlyConfigured("TRUSTED_PROXIES is 0 (reached directly) or 1 (behind one proxy).")
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# Shared by all processes; the limits above are kept here. A migration makes the table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# Log-in through the operator's own directory by OpenID Connect: all four, or none and it is off.
OIDC = {name: env.str(f"OIDC_{name}", default="") for name in ("NAME", "ISSUER", "CLIENT_ID", "SECRET")}
if any(OIDC.values()) and not all(OIDC.values()):
    missing = ", ".join(f"OIDC_{name}" for name, value in OIDC.items() if not value)
    raise ImproperlyConfigured(f"OpenID Connect needs all its settings, missing: {missing}.")
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": OIDC["NAME"],
                "client_id": OIDC["CLIENT_ID"],
                "secret": OIDC["SECRET"],
                "settings": {"server_url": OIDC["ISSUER"]},
            }
        ]
        if all(OIDC.values())
        else [],
    }
}
SOCIALACCOUNT_ADAPTER = "portal.accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_LOGIN_ON_GET = True  # a link: `form-action 'self'` would stop a form from leading to another host

MAILERS = {
    "default": {"BACKEND": f"django.core.mail.backends.{'console' if DEBUG or DEMO else 'smtp'}.EmailBackend"},
}

LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "portal.formats"
TIME_ZONE = "Europe/Berlin"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("kern", BASE_DIR / "node_modules/@kern-ux/native/dist"),
    ("redaktion", BASE_DIR / "docs/redaktion"),  # the pictures of the editors' handbook
]
CONTENT_DIR = BASE_DIR / "recommendations/content"  # what load_content reads unless told otherwise
WHITENOISE_ALLOW_ALL_ORIGINS = False
MEDIA_ROOT = DATA_DIR / "media"
FILE_UPLOAD_HANDLERS = [
    "portal.uploads.SizeLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A process asks the database at most this often whether the content has moved on (DESIGN: current within 1 s).
INDEX_CHECK_SECONDS = 0.5
INDEX_DIR = DATA_DIR / "index"  # where an index is kept for the next process; None: nowhere
ANSWERS_DIR = DATA_DIR / "answers"  # where tables that were sent are kept for the next reader; None: nowhere
INDEX_IN_BACKGROUND = True  # readers get the old index while a newer one is made
MISSED_SEARCHES_WRITTEN_EVERY = 300  # seconds; 0: never by itself
# Somebody who keeps the portal alone may publish their own texts; with two people, a second one has to.
ONE_PERSON_MODE = env.bool("ONE_PERSON_MODE", default=False)
PREVIEW_AGE = timedelta(hours=12)  # of an editor's own; previews for others are shared one by one
SHARED_PREVIEW_AGE = timedelta(days=14)
# How often the job `release` freezes the published data as a citable release, if they have changed.
RELEASE_EVERY = env.str("RELEASE_EVERY", default="none", validate=validate.OneOf(["none", "monthly", "quarterly"]))
MAINTENANCE = env.bool("MAINTENANCE", default=False)
if ALLOWED_HOSTS[0].startswith(".") and not env.str("SITE_ADDRESS", default=""):
    raise ImproperlyConfigured("SITE_ADDRESS is missing: the portal's own address, such as https://portal.example.")
PUBLISHER = env.str("PUBLISHER", default="")  # who answers for the portal, as in its imprint; machines are told
SITE_ADDRESS = env.str("SITE_ADDRESS", default=f"http{'s' if HTTPS else ''}://{ALLOWED_HOSTS[0]}")
# For the catalogue of the data, which GovData and others read.
PUBLISHER_EMAIL = env.str("PUBLISHER_EMAIL", default="").strip()
if PUBLISHER_EMAIL and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", PUBLISHER_EMAIL):
    raise ImproperlyConfigured("PUBLISHER_EMAIL is no e-mail address.")
CONTRIBUTOR_ID = env.str("CONTRIBUTOR_ID", default="").strip()
if CONTRIBUTOR_ID and not re.fullmatch(r"http://dcat-ap\.de/def/contributors/[\w-]+", CONTRIBUTOR_ID):
    raise ImproperlyConfigured("CONTRIBUTOR_ID is the address GovData has given, http://dcat-ap.de/def/contributors/….")

# Mail goes to the outbox, a table; the job `mail` delivers it from there through "smtp", if there is one.
MAILERS = {"default": {"BACKEND": "portal.mail.OutboxBackend"}}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="")
smtp_host = env.str("SMTP_HOST", default="")
if smtp_host:
    if DEMO:
        raise ImproperlyConfigured("DEMO keeps its mail in the outbox: take SMTP_HOST away.")
    if not DEFAULT_FROM_EMAIL:
        raise ImproperlyConfigured("DEFAULT_FROM_EMAIL is missing: name the address that mail comes from.")
    security = env.str("SMTP_SECURITY", default="starttls", validate=validate.OneOf(["starttls", "tls", "none"]))
    user, password = env.str("SMTP_USER", default=""), env.str("SMTP_PASSWORD", default="")
    if user and security == "none":
        raise ImproperlyConfigured("SMTP_SECURITY=none would send SMTP_PASSWORD in the clear: use starttls or tls.")
    MAILERS["smtp"] = {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": smtp_host,
            "port": env.int("SMTP_PORT", default={"starttls": 587, "tls": 465, "none": 25}[security]),
            "username": user,
            "password": password,
            "use_tls": security == "starttls",
            "use_ssl": security == "tls",
            "timeout": 20,
        },
    }
DEFAULT_FROM_EMAIL = SERVER_EMAIL = DEFAULT_FROM_EMAIL or "wissensportal@localhost"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
