"""Everything that happens by the clock, in the order in which it is done. `manage.py run_due` looks once a minute."""

from portal import mail, workflow
from portal.due import Job, every, mondays
from recommendations import links

from . import desk

JOBS = [
    Job("publish", every(minutes=1), workflow.publish_due),
    Job("weekly-mail", mondays(hour=7), desk.send),
    Job("mail", every(minutes=1), mail.deliver),
    Job("forget-mail", every(days=1), mail.forget),
    Job("links", every(minutes=1), links.check_portion),
]
