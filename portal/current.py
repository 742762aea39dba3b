"""The present index of this process: when it is renewed, and the version of the content that it stands for.

Processes learn of a change by the table `ContentChange`, and of a scheduled record by the clock. A newer index is made
in a thread of its own from the records that have changed; readers get the old one unless it is ready in a moment.
An index that had to be built whole is kept in a file, so that the next process to start need not do so again.
"""

import ctypes
import gc
import logging
import pickle
import threading
import time
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Subquery
from django.utils import timezone

from . import search
from .entries import kind_of
from .index import Index
from .kept import fingerprint, one_at_a_time
from .models import ContentChange
from .publishing import Publishable

logger = logging.getLogger(__name__)

NEVER = float("-inf")  # on the monotonic clock, whose zero may be close when a machine has just started
# Ids may commit out of order: this many before the largest are compared each time.
LOOKED_BACK = 2_000
MOST_UPDATED = 1_000  # records; with more changes at once an index is built anew
PATIENCE = 0.4  # seconds that a reader waits for a newer index


@dataclass(frozen=True)
class Version:
    """Content as it stood. `token` moves on with every change, `appeared` whenever a scheduled record appears."""

    token: tuple
    appeared: datetime | None
    scheduled: tuple[datetime, ...] = field(compare=False)

    def now(self):
        """The same content at the present moment."""
        passed = bisect_right(self.scheduled, timezone.now())
        return Version(self.token, self.scheduled[passed - 1], self.scheduled[passed:]) if passed else self


@dataclass
class State:
    version: Version | None = None  # the last one that was asked for
    built: Version | None = None  # what the indexes stand for
    seen: frozenset = frozenset()  # ids of changes that the indexes know, as far as LOOKED_BACK
    checked: float = NEVER
    indexes: dict = field(default_factory=dict)
    asking: threading.Lock = field(default_factory=threading.Lock)
    building: threading.Lock = field(default_factory=threading.Lock)


_state = State()
# Of the GNU C library: gives memory back to the system that it would keep for later.
trim = getattr(ctypes.CDLL(None), "malloc_trim", lambda _kept: None)


def forget():
    """Drop what this process knows; the next request builds anew."""
    global _state
    _state = State()


def recent():
    last = ContentChange.objects.order_by("-pk").values("pk")[:1]
    return ContentChange.objects.filter(pk__gt=Subquery(last) - LOOKED_BACK)


def content_version():
    """The version of the content at this moment."""
    state = _state
    token = tuple(recent().aggregate(last=Max("pk"), count=Count("pk"), at=Max("created_at")).values())
    version = state.version  # another thread may put an older one there meanwhile
    if version is None or version.token != token:
        records = [model._default_manager for model in Publishable.__subclasses__()]
        # In this order: what appears between the two questions is in both, not in neither.
        scheduled = {
            moment for each in records for moment in each.originals().scheduled().values_list("published_at", flat=True)
        }
        appeared = [each.visible().aggregate(last=Max("published_at"))["last"] for each in records]
        version = Version(token, max(filter(None, appeared), default=None), tuple(sorted(scheduled)))
    state.version = version = version.now()
    return version


def built_version():
    """What a page shows that is made from now on: at least this."""
    return _state.built


def once_a_version(ask):
    """`ask`, a function without arguments, asked again only when the content has moved on."""
    kept = (None, None)

    @wraps(ask)
    def answer():
        nonlocal kept
        version, found = kept
        if version is None or version != built_version():
            version = built_version()
            found = ask()
            kept = (version, found)
        return found

    return answer


def current_index(filter_class):
    """The index behind a filter class, at most INDEX_CHECK_SECONDS older than the database."""
    state = _state
    is_behind = state.built is None or state.built.now() != state.built  # at the start, or a record has appeared
    if is_behind or time.monotonic() - state.checked >= settings.INDEX_CHECK_SECONDS:
        renew()
    found = state.indexes.get(filter_class)
    if found is None:
        with state.building:
            found = state.indexes.get(filter_class) or made(filter_class)
            state.indexes = {**state.indexes, filter_class: found}
        trim(0)
    return found


def renew():
    """Ask for changes and take them up, unless somebody is at it; meanwhile the old indexes serve.

    The very first time all wait: of an index without a version nobody would know what it has missed.
    """
    state = _state
    if not state.asking.acquire(blocking=state.built is None):
        return
    handed_over = False
    try:
        state.checked = time.monotonic()
        version = content_version()
        if version != state.built and settings.INDEX_IN_BACKGROUND and state.indexes:
            thread = threading.Thread(target=in_background, args=(state, version), name="index", daemon=True)
            thread.start()
            handed_over = True  # the thread releases the lock
        elif version != state.built:
            take_up(state, version)
    finally:
        if not handed_over:
            state.asking.release()
    if handed_over:
        thread.join(PATIENCE)


def in_background(state, version):
    try:
        take_up(state, version)
    except Exception:
        logger.exception("The content index could not be renewed; the old one serves.")
    finally:
        state.asking.release()
        connection.close()


def take_up(state, version):
    """Bring the indexes to a version."""
    with state.building:
        seen, changed = changes(state.seen, state.built)
        state.indexes = {each: renewed(each, index, changed) for each, index in state.indexes.items()}
        state.seen, state.built = seen, version
    if state.indexes:
        gc.collect()  # contexts of templates refer to themselves, and hold the filters and old indexes of past requests
        trim(0)


def changes(known, built):
    """(ids of recent changes, {table: ids of records} that have changed since – None: too many to tell).

    `known`: the ids of recent changes when the version `built` was made.
    """
    rows = list(recent().values_list("pk", "table", "record_id"))
    seen, changed = frozenset(pk for pk, _table, _record in rows), defaultdict(set)
    oldest = min(seen, default=0)
    if not known or oldest > max(known) or any(pk >= oldest for pk in known - seen):
        return seen, None
    for pk, table, record in rows:
        if pk not in known:
            if record is None:
                return seen, None
            changed[table].add(record)
    for model in Publishable.__subclasses__():
        appeared = model._default_manager.visible()
        if built.appeared:
            appeared = appeared.filter(published_at__gt=built.appeared)
        changed[kind_of(model).table].update(appeared.values_list("pk", flat=True)[: MOST_UPDATED + 1])
    return seen, changed


def renewed(filter_class, index, changed):
    """The index after these changes."""
    if changed is None:
        return made(filter_class)
    pks = filter_class.touched(changed)
    if pks is None:  # a short list that depends on everything
        return Index(filter_class)
    if len(pks) > MOST_UPDATED:
        return made(filter_class)
    return index.updated(pks, beside=any(changed.get(table) for table in filter_class.beside()))


def made(filter_class):
    """A new index: the one that was kept if few records have changed since, else one that is built and kept.

    One process at a time: when all need one, the first builds it and the others find it.
    """
    if not settings.INDEX_DIR:
        return Index(filter_class)
    settings.INDEX_DIR.mkdir(parents=True, exist_ok=True)
    file = settings.INDEX_DIR / f"{filter_class.__name__}-{fingerprint()}.pickle"
    with one_at_a_time(settings.INDEX_DIR):
        if index := kept(file, filter_class):
            return index
        version, (seen, _changed) = content_version(), changes(frozenset(), None)
        index = Index(filter_class)
        try:
            for older in settings.INDEX_DIR.glob(f"{filter_class.__name__}-*"):
                older.unlink()
            with file.open("wb") as out:
                pickle.dump((version, seen, index), out, pickle.HIGHEST_PROTOCOL)
        except OSError:  # such as a full disk; what is half written is not read
            logger.exception("The content index could not be kept for the next process.")
            return index
        # What was made bit by bit lies scattered in memory; read back in one go it takes half of that.
        del index
        search.forget()
        trim(0)
        return kept(file, filter_class) or Index(filter_class)


def kept(file, filter_class):
    """The index in a file of ours, brought up to date; None if there is none, or too much has changed."""
    try:
        with file.open("rb") as content:
            version, seen, index = pickle.load(content)  # noqa: S301 - in our own data directory, written by us
    except FileNotFoundError:
        return None
    except Exception:  # pickle may raise anything for a file that is damaged
        logger.warning("The index kept in %s can't be read; it is built anew.", file)
        return None
    last, _count, at = version.token
    if not ContentChange.objects.filter(pk=last, created_at=at).exists():
        return None  # another database, or an older state of this one
    _seen, changed = changes(seen, version)
    if changed is not None and not any(changed.values()):
        return index
    pks = filter_class.touched(changed) if changed is not None else None
    return None if pks is None or len(pks) > MOST_UPDATED else index.updated(pks)
