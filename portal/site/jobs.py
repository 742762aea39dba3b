"""Everything that happens by the clock, in the order in which it is done. `manage.py run_due` looks once a minute."""

import logging

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command

from portal import imports, mail, missed, pictures, releases, workflow
from portal.accounts import limits
from portal.due import Job, every, first_of_months, mondays
from recommendations import links

from . import desk
from .tables import ALL_TABLES

logger = logging.getLogger(__name__)
MONTHS = {"monthly": 1, "quarterly": 3}


def forget_sessions():
    """Sessions that have ended, and counters of failed log-ins, which hold addresses."""
    call_command("clearsessions")
    limits.forget_expired()


def release():
    """Freeze the published data, if they have changed."""
    try:
        releases.make(ALL_TABLES)
    except ValidationError as error:  # people have to decide; to try again in ten minutes would not help
        logger.warning("No data release was made: %s", " ".join(error.messages))


JOBS = [
    Job("publish", every(minutes=1), workflow.publish_due),
    Job("weekly-mail", mondays(hour=7), desk.send),
    Job("mail", every(minutes=1), mail.deliver),
    Job("forget-mail", every(days=1), mail.forget),
    Job("forget-sessions", every(days=1), forget_sessions),
    Job("forget-uploads", every(days=1), imports.forget_expired),
    Job("forget-pictures", every(days=1), pictures.forget_unused),
    Job("forget-searches", every(days=1), missed.forget_old),
    Job("links", every(minutes=1), links.check_portion),
]
if settings.RELEASE_EVERY in MONTHS:
    JOBS.append(Job("release", first_of_months(MONTHS[settings.RELEASE_EVERY], hour=4), release))
