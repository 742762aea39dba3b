"""„Auf Ihrem Schreibtisch“, the weekly mail, and what the timer does."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.management import CommandError, call_command
from django.db.models import Q
from django.utils import timezone, translation

from portal import workflow
from portal.due import Job, every
from portal.entries import apply, revise
from portal.models import JobRun, MissedSearch, OutgoingMail, User
from portal.site import desk, jobs
from recommendations.models import LinkCheck
from tests import factories
from tests.factories import DRAFT, SCHEDULED

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def german():
    with translation.override("de"):
        yield


@pytest.fixture
def editor():
    user = User.objects.create_user("ada", "ada@portal.example", is_staff=True, first_name="Ada", last_name="Lovelace")
    user.user_permissions.set(
        Permission.objects.filter(Q(codename__startswith="change_") | Q(codename="view_missedsearch"))
    )
    return user


@pytest.fixture
def outbox(settings):
    settings.MAILERS = {"default": {"BACKEND": "portal.mail.OutboxBackend"}}


@pytest.fixture
def on(monkeypatch):
    """A function that sets the clock to a day and hour of November 2026; the 23rd and the 30th are Mondays."""

    def on(day, hour=7):
        moment = datetime(2026, 11, day, hour, tzinfo=BERLIN)
        monkeypatch.setattr(timezone, "now", lambda: moment)

    on(23)
    return on


def fill():
    """Something of everything, and beside it something that isn't on anybody's desk."""
    english = {"title_en": "Title", "summary_en": "Short."}
    factories.make_recommendation(**DRAFT, **english)
    factories.make_recommendation(**DRAFT, **english)
    factories.make_example(**DRAFT, **english)
    factories.make_example(**SCHEDULED, **english)
    factories.make_example(**english)
    factories.make_challenge("sprache", title_en="Language")
    for url, state in (("https://kaputt.example/", "broken"), ("https://gut.example/", "ok")):
        factories.make_source(url=url)
        LinkCheck.objects.create(url=url, state=state, checked_at=timezone.now())
    for age in (0, 6, 8):
        day = timezone.localdate() - timedelta(days=age)
        MissedSearch.objects.create(term="hebamme", day=day, count=3)
    OutgoingMail.objects.create(message_id="<1>", recipient="x@portal.example", given_up_at=timezone.now())


EVERYTHING = {
    "Entwürfe: Handlungsempfehlungen": 2,
    "Entwürfe: Praxisbeispiele": 1,
    "Geplant: Praxisbeispiele": 1,
    "Kaputte Links: Quellen": 1,
    "Englischer Text fehlt: Herausforderungen": 1,
    "Selbst gesehene Quelle fehlt: Handlungsempfehlungen": 2,
    "Jahr fehlt: Quellen": 2,
    "Gesucht und nicht gefunden in sieben Tagen: Suchen ohne Treffer": 2,
    "Nicht zugestellt: E-Mails im Postausgang": 1,
}


def test_the_desk_counts_what_waits_and_each_list_shows_just_that(client, editor):
    fill()
    piles = desk.desk(editor)
    assert {pile.label: pile.count for pile in piles} == EVERYTHING
    client.force_login(editor)
    for pile in piles:
        assert client.get(pile.address).context["cl"].result_count == pile.count, pile.label


def test_drafts_that_one_has_begun_are_a_pile_of_their_own(client, editor):
    mine, public = factories.make_recommendation(**DRAFT), factories.make_recommendation()
    revise(mine, editor)
    copy = workflow.working_copy(public, editor)
    colleague = User.objects.create_user("bo")
    for text in (factories.make_recommendation(**DRAFT), public):
        revise(text, colleague)
    apply({"title_de": "Neu"}, mine, colleague)
    counts = {pile.label: (pile.count, pile.address) for pile in desk.desk(editor)}
    assert counts["Ihre Entwürfe: Handlungsempfehlungen"][0] == 2
    assert counts["Entwürfe: Handlungsempfehlungen"][0] == 3
    client.force_login(editor)
    shown = client.get(counts["Ihre Entwürfe: Handlungsempfehlungen"][1]).context["cl"].queryset
    assert set(shown) == {mine, copy}


def test_nobody_learns_of_lists_that_they_may_not_see(editor):
    fill()
    editor.user_permissions.set(Permission.objects.filter(codename__in=["view_source", "add_recommendation"]))
    assert [pile.label for pile in desk.desk(User.objects.get(pk=editor.pk))] == [
        "Kaputte Links: Quellen",
        "Jahr fehlt: Quellen",
    ]


def test_the_weekly_mail_names_every_pile_with_its_address(editor, settings):
    settings.SITE_ADDRESS = "https://portal.example"
    fill()
    desk.send()
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["ada@portal.example"], "Wissensportal: Auf Ihrem Schreibtisch")
    assert message.body.startswith("Guten Tag Ada Lovelace,\n\nauf Ihrem Schreibtisch im Wissensportal liegt:\n\n- ")
    assert dict(re.findall(r"- (.*): (\d+)\n", message.body)) == {name: str(n) for name, n in EVERYTHING.items()}
    addresses = re.findall(r"\n  (\S+)", message.body)
    assert len(addresses) == len(EVERYTHING)
    assert all(address.startswith("https://portal.example/admin/") for address in addresses)


def test_only_active_editors_with_an_address_and_something_on_their_desk_get_it(editor):
    desk.send()
    assert mail.outbox == []
    fill()
    permissions = editor.user_permissions.all()
    for name, fields in {
        "ohne-adresse": {"email": "", "is_staff": True},
        "gegangen": {"email": "g@portal.example", "is_staff": True, "is_active": False},
        "leserin": {"email": "l@portal.example"},
    }.items():
        User.objects.create_user(name, **fields).user_permissions.set(permissions)
    User.objects.create_user("neu", "n@portal.example", is_staff=True)
    desk.send()
    assert [message.to for message in mail.outbox] == [["ada@portal.example"]]


def test_nobody_gets_it_twice_in_a_week(outbox, on, editor):
    fill()
    for day, expected in ((23, 1), (24, 1), (29, 1), (30, 2)):
        on(day)
        desk.send()
        assert OutgoingMail.objects.filter(recipient="ada@portal.example").count() == expected


def test_either_everybody_gets_it_or_the_job_is_done_again(outbox, editor, monkeypatch):
    fill()
    ben = User.objects.create_superuser("ben", "ben@portal.example")
    letter = desk.letter
    monkeypatch.setattr(desk, "letter", lambda user: letter(user) if user != ben else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        desk.send()
    assert OutgoingMail.objects.filter(subject__contains="Schreibtisch").count() == 0
    monkeypatch.undo()
    desk.send()
    assert OutgoingMail.objects.filter(subject__contains="Schreibtisch").count() == 2


def test_the_timer_does_every_job_and_the_weekly_one_on_mondays(outbox, on, editor):
    """Without links nothing on the web is asked; without a mail server everything stays in the outbox."""
    factories.make_recommendation(**DRAFT)
    sent = []
    for day, hour in ((23, 7), (23, 8), (25, 12), (30, 6), (30, 7), (30, 8)):
        on(day, hour)
        call_command("run_due")
        sent.append(OutgoingMail.objects.count())
    assert sent == [1, 1, 1, 1, 2, 2]
    assert set(JobRun.objects.values_list("name", flat=True)) == {job.name for job in jobs.JOBS}


def test_the_command_fails_if_a_job_fails(monkeypatch):
    calls = []
    monkeypatch.setattr(
        "portal.site.management.commands.run_due.JOBS",
        [Job("broken", every(days=1), lambda: 1 / 0), Job("well", every(days=1), lambda: calls.append("well"))],
    )
    with pytest.raises(CommandError, match="broken"):
        call_command("run_due")
    assert calls == ["well"]


def test_every_job_has_a_name_of_its_own():
    names = [job.name for job in jobs.JOBS]
    assert len(set(names)) == len(names)
