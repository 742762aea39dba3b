"""Everything that happens by the clock, in the order in which it is done. `manage.py run_due` looks once a minute."""

from django.core.management import call_command

from portal import imports, mail, missed, pictures, workflow
from portal.accounts import limits
from portal.due import Job, every, mondays
from recommendations import links

from . import desk


def forget_sessions():
    """Sessions that have ended, and counters of failed log-ins, which hold addresses."""
    call_command("clearsessions")
    limits.forget_expired()


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
