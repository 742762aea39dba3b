"""Checking the addresses that sources and practice examples link to, a few at a time, each about once a week."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.links import LinkChecker, NoAnswer

from .models import LinkCheck, PracticeExample, Source

State = LinkCheck.State

COLUMNS = [(Source, "url"), (Source, "catalogue_url"), (PracticeExample, "info_url")]
EVERY = timedelta(days=7)
AGAIN_AFTER_FAILURE = timedelta(days=1)
NEVER = datetime.min.replace(tzinfo=UTC)
PORTION = 4  # each takes ten seconds at most, and a minute must do
# The server is there, but wants no programs, an account, or a pause: only a person can tell.
FOR_PEOPLE_ONLY = (401, 402, 403, 407, 429, 451)


def addresses():
    """Every address that a record links to, hidden records included."""
    found = set()
    for model, column in COLUMNS:
        found |= set(model._default_manager.exclude(**{column: ""}).values_list(column, flat=True))
    return found


def due():
    """Addresses to be checked now, those never checked first, then the longest unchecked."""
    now, checks = timezone.now(), {check.url: check for check in LinkCheck.objects.all()}

    def is_due(url):
        check = checks.get(url)
        wait = AGAIN_AFTER_FAILURE if check and check.state == State.UNREACHABLE else EVERY
        return check is None or check.checked_at <= now - wait

    def last_check(url):
        return checks[url].checked_at if url in checks else NEVER

    return sorted(filter(is_due, sorted(addresses())), key=last_check)


def check_portion(checker=None):
    """The job: a few addresses, and forget those that no record links to any more."""
    LinkCheck.objects.exclude(url__in=addresses()).delete()
    check(due()[:PORTION], checker)


def check(urls, checker=None, progress=lambda check: None):
    checker = checker or LinkChecker()
    for url in urls:
        try:
            answer, reason = checker.ask(url), ""
        except NoAnswer as problem:
            answer, reason = None, str(problem)
        progress(record(url, answer, reason))


def record(url, answer, reason):
    """Note what an address answered (None: nothing, for that reason)."""
    now = timezone.now()
    check = LinkCheck.objects.filter(url=url).first() or LinkCheck(url=url)
    check.checked_at = now
    check.status = answer.status if answer else None
    state, check.reason = judge(answer, reason)
    if state != State.UNREACHABLE:
        check.state, check.first_failed_at = state, None
    else:
        check.first_failed_at = check.first_failed_at or now
        on_another_day = timezone.localdate(check.first_failed_at) != timezone.localdate(now)
        # Once broken, it stays so until it answers.
        check.state = State.BROKEN if on_another_day else State.UNREACHABLE
    check.save()
    return check


def judge(answer, reason):
    """(state, reason in words) of one answer, taken for itself."""
    if answer is None:
        return State.UNREACHABLE, reason
    if 200 <= answer.status < 300:
        return (State.MOVED, _("Its new address is %s") % answer.moved_to) if answer.moved_to else (State.OK, "")
    if answer.status in FOR_PEOPLE_ONLY:
        return State.REFUSED, _("The server turns programs away (%d): please look yourself.") % answer.status
    if answer.status in (404, 410):
        return State.UNREACHABLE, _("The server has no such page (%d).") % answer.status
    return State.UNREACHABLE, _("The server reports an error (%d).") % answer.status
