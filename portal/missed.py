"""Searches that found nothing, counted by word and day for the editors: who searched is not known here.

Counts wait in the memory of the process. A thread of its own writes them every few minutes, never a reader's request,
and only those of words that were looked for at least three times: what one person types once is nobody's business.
Everything is bounded, so that a flood of searches fills neither the memory nor the table.
"""

import atexit
import logging
import re
import threading
from collections import Counter, OrderedDict
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from .models import MissedSearch
from .search import words

LEAST = 3  # searches before a term is kept
MOST_WAITING = 1_000  # terms in memory
MOST_A_DAY = 500  # terms in the table
LONGEST_TERM, MOST_DIGITS = 40, 5  # a postcode has five digits, a telephone number more
WAIT, KEEP = timedelta(days=7), timedelta(days=180)  # in memory for a third search; in the table
# An e-mail address or one of the web, however it is spelt.
ADDRESS = re.compile(r"@|://|\w\.\w|\bwww\b|\((?:at|ät)\)|\[(?:at|ät)\]", re.IGNORECASE)

logger = logging.getLogger(__name__)


class Waiting:
    """What this process has counted and not yet written: {term: searches by day}, the term waiting longest first."""

    def __init__(self):
        self.terms = OrderedDict()
        self.lock = threading.Lock()
        self.full = threading.Event()
        self.thread, self.ended = None, False

    def add(self, term, day, count=1):
        with self.lock:
            self.terms.setdefault(term, Counter())[day] += count
            if len(self.terms) > MOST_WAITING:
                _term, days = self.terms.popitem(last=False)
                if days.total() >= LEAST:  # there is something to write
                    self.full.set()

    def take(self):
        """[(term, searches by day)] of what was looked for often enough; what waited too long is forgotten."""
        with self.lock:
            taken = [(term, days) for term, days in self.terms.items() if days.total() >= LEAST]
            oldest = timezone.localdate() - WAIT
            gone = [term for term, days in self.terms.items() if max(days) < oldest]
            for term in [*gone, *(term for term, _days in taken)]:
                self.terms.pop(term, None)
        return taken

    def start(self):
        """The thread that writes, once in every process that counts."""
        if self.thread is None and settings.MISSED_SEARCHES_WRITTEN_EVERY:
            with self.lock:
                if self.thread is None:
                    self.thread = threading.Thread(target=keep_writing, args=(self,), name="missed", daemon=True)
                    self.thread.start()
                    atexit.register(write_or_log, self)


_waiting = Waiting()


def forget_waiting():
    """Drop what this process has counted."""
    global _waiting
    _waiting.ended = True
    _waiting = Waiting()


def term_of(typed):
    """The folded words under which a search is counted; "" for what could say something about a person."""
    term = " ".join(words(typed))
    personal = ADDRESS.search(typed) or sum(map(str.isdigit, term)) > MOST_DIGITS
    return "" if personal or len(term) > LONGEST_TERM else term


def note(typed):
    """Count a search that found nothing. Asks nothing and writes nothing."""
    if term := term_of(typed):
        _waiting.add(term, timezone.localdate())
        _waiting.start()


def keep_writing(waiting):
    while not waiting.ended:
        waiting.full.wait(settings.MISSED_SEARCHES_WRITTEN_EVERY)
        waiting.full.clear()
        write_or_log(waiting)


def write_or_log(waiting):
    try:
        write(waiting)
    except Exception:
        logger.exception("Searches without results could not be counted; they are tried again.")
    finally:
        connection.close()


def write(waiting=None):
    """Put into the table what was looked for often enough."""
    waiting = waiting or _waiting
    taken = waiting.take()
    try:
        for day in sorted({day for _term, days in taken for day in days}):
            write_day(day, {term: days[day] for term, days in taken if day in days})
    except Exception:
        for term, days in taken:
            for day, count in days.items():
                waiting.add(term, day, count)
        raise


@transaction.atomic
def write_day(day, counts):
    that_day = MissedSearch.objects.filter(day=day)
    known = set(that_day.filter(term__in=counts).values_list("term", flat=True))
    new = [MissedSearch(term=term, day=day, count=0) for term in counts if term not in known]
    MissedSearch.objects.bulk_create(new[: max(MOST_A_DAY - that_day.count(), 0)], ignore_conflicts=True)
    for term, count in counts.items():
        that_day.filter(term=term).update(count=F("count") + count)


def forget_old():
    """The timed job: what was looked for half a year ago helps nobody."""
    MissedSearch.objects.filter(day__lt=timezone.localdate() - KEEP).delete()
