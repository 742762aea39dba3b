"""The portal's own settings as production has them, and two addresses more: the floors to measure against."""

from portal.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
