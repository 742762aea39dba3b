"""Mail: written with the change it tells of, sent once, lost never."""

import email
import email.policy
from datetime import timedelta
from itertools import pairwise
from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from portal.mail import GIVE_UP_AFTER, KEEP, LEASE, NotDelivered, deliver, forget
from portal.models import OutgoingMail, User
from tests.portal import smtp

pytestmark = pytest.mark.django_db

OUTBOX = {"BACKEND": "portal.mail.OutboxBackend"}


@pytest.fixture(autouse=True)
def outbox(settings):
    """Mail goes to the outbox; no mail server yet. (Django's own test runner would take mail out of the way.)"""
    settings.MAILERS = {"default": OUTBOX}


@pytest.fixture
def server(settings):
    with smtp.serve() as server:
        options = {"host": "127.0.0.1", "port": server.port, "timeout": 5}
        settings.MAILERS = {"default": OUTBOX, "smtp": {"OPTIONS": options}}
        yield server


@pytest.fixture
def clock(monkeypatch):
    """A function that moves the clock on."""
    offset = timedelta()
    now = timezone.now

    def forward(**duration):
        nonlocal offset
        offset += timedelta(**duration)

    monkeypatch.setattr(timezone, "now", lambda: now() + offset)
    return forward


def write(*to, subject="Grüße", text="Schöne Grüße aus Görlitz.", **fields):
    EmailMessage(subject, text, to=to or ["ada@portal.example"], **fields).send()


def recipients(server):
    return [recipient for recipient, _message in server.received]


def test_a_change_that_is_rolled_back_sends_nothing():
    with pytest.raises(RuntimeError), transaction.atomic():
        write()
        raise RuntimeError
    assert not OutgoingMail.objects.exists()
    with transaction.atomic():
        write()
    assert OutgoingMail.objects.count() == 1


def test_a_mail_arrives_once_as_it_was_written(server):
    message = EmailMultiAlternatives(
        "Grüße aus Görlitz: „Freigegeben“ – bitte lesen, auch wenn die Betreffzeile länger als eine Zeile ist",
        "Guten Tag,\n\ndas ist schön.\n.\nEin Punkt allein.\n",
        "Redaktion Görlitz <redaktion@portal.example>",
        ["Ada Lovelace <ada@portal.example>"],
        reply_to=["team@portal.example"],
    )
    message.attach_alternative("<p>Schön</p>", "text/html")
    message.attach("liste.csv", "a;ä\n", "text/csv")
    message.send()
    deliver()
    deliver()
    (recipient, raw), *more = server.received
    assert (recipient, more) == ("ada@portal.example", [])
    received = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert received["Subject"] == message.subject
    assert received["From"] == "Redaktion Görlitz <redaktion@portal.example>"
    assert received["To"] == "Ada Lovelace <ada@portal.example>"
    assert received["Reply-To"] == "team@portal.example"
    assert received.get_body(["plain"]).get_content().splitlines()[2] == "das ist schön."
    assert "Schön" in received.get_body(["html"]).get_content()
    assert [part.get_filename() for part in received.iter_attachments()] == ["liste.csv"]
    assert OutgoingMail.objects.get().sent_at


def test_each_recipient_gets_the_mail_even_if_the_server_refuses_another(server, clock):
    server.refusals["ben@portal.example"] = "450 come back later"
    write("ada@portal.example", "ben@portal.example", cc=["cleo@portal.example"], bcc=["dora@portal.example"])
    with pytest.raises(NotDelivered, match="450"):
        deliver()
    assert sorted(recipients(server)) == ["ada@portal.example", "cleo@portal.example", "dora@portal.example"]
    server.refusals.clear()
    clock(minutes=2)
    deliver()
    assert sorted(recipients(server)).count("ada@portal.example") == 1
    assert recipients(server)[-1] == "ben@portal.example"
    assert not any(b"dora" in message for _recipient, message in server.received)
    assert len({email.message_from_bytes(message)["Message-ID"] for _recipient, message in server.received}) == 1


def test_nothing_is_lost_or_sent_twice_while_the_server_is_down(server, clock):
    for number in range(5):
        write(f"a{number}@portal.example")
    server.down = True
    for _minute in range(10):
        with pytest.raises(NotDelivered):
            deliver()
        clock(minutes=1)
    assert OutgoingMail.objects.waiting().count() == 5
    server.down = False
    for _hour in range(5):
        deliver()
        clock(hours=1)
    assert sorted(recipients(server)) == [f"a{number}@portal.example" for number in range(5)]


def test_a_silent_server_is_asked_once_a_run_not_once_a_mail(server):
    for _ in range(5):
        write()
    server.down = True
    with pytest.raises(NotDelivered):
        deliver()
    assert sorted(OutgoingMail.objects.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]


def test_attempts_come_at_growing_intervals_and_end_after_a_day(server, clock):
    write()
    server.refusals["ada@portal.example"] = "550 no such user"
    tried = []
    for minute in range(3 * 24 * 60):
        if OutgoingMail.objects.waiting().filter(next_try_at__lte=timezone.now()).exists():
            tried.append(minute)
            with pytest.raises(NotDelivered):
                deliver()
        clock(minutes=1)
    gaps = [b - a for a, b in pairwise(tried)]
    assert gaps[:6] == [1, 2, 4, 8, 16, 32]
    assert gaps == sorted(gaps)
    assert max(gaps) <= 4 * 60 + 1
    assert GIVE_UP_AFTER <= timedelta(minutes=tried[-1]) <= GIVE_UP_AFTER + timedelta(hours=5)
    given_up = OutgoingMail.objects.get()
    assert given_up.given_up_at
    assert "no such user" in given_up.error


def test_a_mail_is_claimed_before_it_is_sent(settings):
    """A second delivery in the middle of the first finds nothing to do."""
    settings.MAILERS = {"default": OUTBOX, "smtp": {"BACKEND": f"{__name__}.Interrupted"}}
    write()
    deliver()
    assert Interrupted.sent == ["Grüße"]


class Interrupted(mail.backends.base.BaseEmailBackend):
    sent = []

    def send_messages(self, messages):
        self.sent += [message.subject for message in messages]
        deliver()
        return len(messages)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="threads can't share SQLite in memory")
def test_four_deliveries_at_once_send_each_mail_once(server):
    everybody = [f"a{number}@portal.example" for number in range(40)]
    write(*everybody)
    together = Barrier(4)

    def call():
        together.wait()
        deliver()
        connection.close()

    threads = [Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(recipients(server)) == sorted(everybody)


def test_a_crash_after_sending_has_the_mail_sent_again_with_the_same_message_id(server, clock, monkeypatch):
    """At least once: what comes twice can be recognised, what never comes can't."""
    write()
    with monkeypatch.context() as crash:
        crash.setattr("portal.mail.StoredMessage.recipients", lambda self: exec("raise KeyboardInterrupt"))
        with pytest.raises(KeyboardInterrupt):
            deliver()
    deliver()
    assert server.received == []  # still claimed by the process that died
    clock(seconds=LEASE.total_seconds() + 1)
    deliver()
    OutgoingMail.objects.update(sent_at=None, next_try_at=timezone.now())  # as if it had died just before noting it
    deliver()
    ids = [email.message_from_bytes(message)["Message-ID"] for _recipient, message in server.received]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_mail_that_can_not_be_sent_at_all_holds_up_no_other(server):
    write("kaputt@@portal.example")
    write()
    with pytest.raises(NotDelivered, match="Invalid address"):
        deliver()
    assert recipients(server) == ["ada@portal.example"]


def test_a_mail_with_a_message_id_of_its_own_goes_to_each_recipient_once():
    for _ in range(2):
        write("ada@portal.example", headers={"Message-ID": "<week.1@portal.example>"})
    write("ben@portal.example", headers={"Message-ID": "<week.1@portal.example>"})
    assert sorted(OutgoingMail.objects.values_list("recipient", flat=True)) == [
        "ada@portal.example",
        "ben@portal.example",
    ]


def test_a_line_break_in_a_subject_is_refused():
    with pytest.raises(ValueError):
        write(subject="Hallo\nBcc: alle@portal.example")
    assert not OutgoingMail.objects.exists()


def test_without_a_mail_server_everything_stays_in_the_outbox():
    write()
    deliver()
    row = OutgoingMail.objects.get()
    assert (row.attempts, row.sent_at, row.text.strip()) == (0, None, "Schöne Grüße aus Görlitz.")


def test_mail_that_is_done_with_is_forgotten_after_a_month(clock):
    write("gesendet@portal.example")
    OutgoingMail.objects.update(sent_at=timezone.now())
    write("wartet@portal.example")
    forget()
    assert OutgoingMail.objects.count() == 2
    clock(days=KEEP.days + 1)
    forget()
    assert OutgoingMail.objects.get().recipient == "wartet@portal.example"


def test_the_outbox_can_be_read_in_the_admin_and_not_changed(client):
    write(subject="Einladung")
    OutgoingMail.objects.update(given_up_at=timezone.now(), error="550 no such user")
    user = User.objects.create_user("technik", is_staff=True)
    client.force_login(user)
    address = reverse("admin:portal_outgoingmail_changelist")
    assert client.get(address).status_code == 403
    user.user_permissions.set(Permission.objects.filter(content_type__model="outgoingmail"))
    row = OutgoingMail.objects.get()
    page = client.get(reverse("admin:portal_outgoingmail_change", args=[row.pk])).content.decode()
    assert "Schöne Grüße aus Görlitz." in page
    assert "550 no such user" in page
    for state, count in (("given-up", 1), ("waiting", 0), ("sent", 0), ("unsinn", 1)):
        assert client.get(address, {"state": state}).context["cl"].result_count == count, state
    assert client.get(reverse("admin:portal_outgoingmail_add")).status_code == 403
    assert client.post(reverse("admin:portal_outgoingmail_change", args=[row.pk]), {"subject": "x"}).status_code == 403
    assert client.post(reverse("admin:portal_outgoingmail_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
