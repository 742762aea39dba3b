"""How often one may fail to log in, whoever asks from wherever.

An address is limited, and so is an address with one account (settings.ACCOUNT_RATE_LIMITS): that stops guessing from
one place, and a stranger's failures never count against an editor elsewhere. Against guessing from many places at once
an account is locked as a whole, but for LOCK only, and not again before REST: nobody can keep an editor out for longer.
Names are counted whether there is such an account or not.
"""

import hashlib

from allauth.core import ratelimit
from django.core.cache import cache
from django.db import connections, router
from django.utils import timezone

LOCK = 15 * 60  # seconds
REST = 60 * 60  # seconds, from the beginning of a lock


def key(kind, name):
    return f"login:{kind}:{hashlib.sha256(name.lower().encode()).hexdigest()}"


def forget_expired():
    """Deletes what no longer counts; the cache itself would keep addresses until it is full."""
    table = cache.cache_model_class
    connection = connections[router.db_for_write(table)]
    now = connection.ops.adapt_datetimefield_value(timezone.now().replace(microsecond=0))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {connection.ops.quote_name(table._meta.db_table)} WHERE expires < %s", [now])  # noqa: S608


def is_locked(name):
    return cache.get(key("lock", name)) is not None


def count_failure(request, name):
    within = ratelimit.consume(request, action="account", key=name.lower())
    if not within and cache.add(key("rest", name), True, REST):
        cache.set(key("lock", name), True, LOCK)
