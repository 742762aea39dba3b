"""Settings of the tests: production's, fast, with data that is gone afterwards. DATABASE_URL may name PostgreSQL."""

import atexit
import os
import tempfile

data = tempfile.TemporaryDirectory(prefix="portal-tests-")
atexit.register(data.cleanup)

for name in ("DEBUG", "DEMO", "MAINTENANCE", "SITE_ADDRESS", "SMTP_HOST", "DEFAULT_FROM_EMAIL", "TRUSTED_PROXIES", "OIDC_NAME", "OIDC_ISSUER",
             "OIDC_CLIENT_ID", "OIDC_SECRET", "PUBLISHER", "PUBLISHER_EMAIL", "CONTRIBUTOR_ID"):  # fmt: skip
    os.environ.pop(name, None)
if not os.environ.get("DATABASE_URL"):
    os.environ.pop("DATABASE_URL", None)
os.environ |= {
    "SECRET_KEY": "only for tests, where nothing is worth keeping secret",
    "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
    "HTTPS": "false",
    "DATA_DIR": data.name,
}

from portal.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INDEX_CHECK_SECONDS, INDEX_IN_BACKGROUND, INDEX_DIR, ANSWERS_DIR = 0, False, None, None
MISSED_SEARCHES_WRITTEN_EVERY = 0
# Without hashed names: tests need no collectstatic.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_AUTOREFRESH = True  # each client would else look at every static file before its first request
