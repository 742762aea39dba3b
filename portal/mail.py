"""Mail goes to the outbox first, in the transaction of whoever sends it; the job `deliver` takes it from there.

A crash between handing a mail to the server and noting that it was sent has it sent again: a mail that comes twice,
recognisable by its Message-ID, does less harm than an invitation that never comes.
"""

import copy
import email
import email.policy
import smtplib
from datetime import timedelta
from email.utils import make_msgid, parseaddr

from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.utils import timezone

from .models import OutgoingMail

STORED = email.policy.default.clone(cte_type="7bit")  # pure ASCII
LEASE = timedelta(minutes=15)  # longer than one delivery with all its timeouts takes
LONGEST_DELAY = timedelta(hours=4)
GIVE_UP_AFTER = timedelta(days=1)
KEEP = timedelta(days=30)


class NotDelivered(Exception):
    """The mail server can't be reached or has refused mail; all of it stays in the outbox."""


class OutboxBackend(BaseEmailBackend):
    """Writes mail into the outbox: one row per recipient, since a server may take a mail for one and not for another.

    A message that names its own Message-ID goes to each recipient once, however often it is sent.
    """

    def send_messages(self, messages):
        for message in messages:
            domain = parseaddr(message.from_email)[1].rpartition("@")[2] or "localhost"
            message = copy.copy(message)
            message.extra_headers = {"Message-ID": make_msgid(domain=domain)} | message.extra_headers
            written = message.message(policy=STORED)
            rows = [
                OutgoingMail(
                    message_id=written["Message-ID"],
                    sender=message.from_email,
                    recipient=recipient,
                    subject=str(message.subject)[:400],
                    message=written.as_string(),
                )
                for recipient in dict.fromkeys(message.recipients())
            ]
            OutgoingMail.objects.bulk_create(rows, ignore_conflicts=True)
        return len(messages)


class StoredMessage(mail.EmailMessage):
    """A mail of the outbox as it was written, for one recipient, whoever else its header names."""

    def __init__(self, row):
        super().__init__(row.subject, from_email=row.sender, to=[row.recipient])
        self.row = row

    def message(self, *, policy=email.policy.default):
        return email.message_from_string(self.row.message, policy=policy)


def deliver():
    """Hand over what is due to the mail server. Without one – demo, development – everything stays in the outbox."""
    if "smtp" not in mail.mailers:
        return
    server, problems = mail.mailers["smtp"], []
    try:
        while row := take():
            try:
                server.open()
                server.send_messages([StoredMessage(row)])
            except Exception as problem:
                problems.append(f"{type(problem).__name__}: {problem}")
                postpone(row, problems[-1])
                if not answered(problem):
                    break  # the others would only wait for the same silence
            else:
                OutgoingMail.objects.filter(pk=row.pk).update(sent_at=timezone.now(), error="")
    finally:
        server.close()
    if problems:
        raise NotDelivered("; ".join(dict.fromkeys(problems)))


def answered(problem):
    """Whether it is about one mail: the server has refused it, or it can't be put in a form for sending."""
    refusals = smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError
    return isinstance(problem, refusals) or not isinstance(problem, OSError)


def take():
    """The next mail that is due, ours until its lease ends; None if there is none left."""
    while row := OutgoingMail.objects.waiting().filter(next_try_at__lte=timezone.now()).order_by("next_try_at").first():
        now = timezone.now()
        due = OutgoingMail.objects.waiting().filter(pk=row.pk, next_try_at__lte=now)
        if due.update(next_try_at=now + LEASE, attempts=F("attempts") + 1):
            row.refresh_from_db()
            return row
    return None


def postpone(row, problem):
    """Try again after 1, 2, 4 … minutes. Refusals too: a misconfigured server refuses everything for a while."""
    now = timezone.now()
    delay = min(timedelta(minutes=2 ** min(row.attempts - 1, 20)), LONGEST_DELAY)
    gives_up = now - row.created_at >= GIVE_UP_AFTER
    OutgoingMail.objects.filter(pk=row.pk).update(
        error=problem[:500], next_try_at=now + delay, given_up_at=now if gives_up else None
    )


def forget():
    """Delete mail that is done with: it names people, and nobody needs it any longer."""
    waiting = OutgoingMail.objects.waiting()
    OutgoingMail.objects.filter(created_at__lt=timezone.now() - KEEP).exclude(pk__in=waiting.values("pk")).delete()
