"""Timed jobs: what is due is run once, however often and by however many processes `run_due` is called.

A row of `JobRun` says when a job is due next. Taking a job moves that moment on by a lease, in one conditional update:
of several processes one wins, the others pass on. A process that dies in the middle leaves the job to whoever comes
after the lease.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone, translation

from .models import JobRun

LEASE = timedelta(minutes=15)  # far longer than any job may take
LONGEST_RETRY = timedelta(minutes=10)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """`next`: when the job is due again after a run at the given moment. A job never run is due at once."""

    name: str
    next: Callable[[datetime], datetime]
    function: Callable[[], object]


def every(**duration):
    """Due again after a time, counted in whole minutes: a timer is never exact to the second."""
    return lambda moment: (moment + timedelta(**duration)).replace(second=0, microsecond=0)


def mondays(hour):
    """Due again on the next Monday at a full hour, local time."""

    def following(moment):
        day = timezone.localdate(moment)
        monday = day + timedelta(days=7 - day.weekday())
        return timezone.make_aware(datetime.combine(monday, time(hour)))

    return following


def first_of_months(step, hour):
    """Due again on the first day of the next month, or of the next quarter (`step` 3), at a full hour, local time."""

    def following(moment):
        day = timezone.localdate(moment)
        months = day.year * 12 + (day.month - 1) // step * step + step
        return timezone.make_aware(datetime(months // 12, months % 12 + 1, 1, hour))

    return following


def run_due(jobs):
    """Run each job that is due; one that fails is logged, tried again soon and doesn't stop the others.

    Returns the names of those that failed.
    """
    failed = []
    for job in jobs:
        lease = take(job)
        if lease is None:
            continue
        started, error = timezone.now(), ""
        try:
            with translation.override("de"):
                job.function()
        except Exception as problem:
            logger.exception("The job %s failed.", job.name)
            failed.append(job.name)
            error = f"{type(problem).__name__}: {problem}"
        upcoming = job.next(started)
        if error:
            upcoming = min(upcoming, timezone.now() + LONGEST_RETRY)
        # Only if the lease is still ours: whoever took over after it ended decides for itself.
        JobRun.objects.filter(name=job.name, next_at=lease).update(
            next_at=upcoming, finished_at=timezone.now(), error=error[:500]
        )
    return failed


def take(job):
    """The end of our lease of a job, or None if it isn't due or another process has it."""
    now = timezone.now()
    JobRun.objects.get_or_create(name=job.name, defaults={"next_at": now})
    lease = now + LEASE
    taken = JobRun.objects.filter(name=job.name, next_at__lte=now).update(next_at=lease)
    return lease if taken else None
