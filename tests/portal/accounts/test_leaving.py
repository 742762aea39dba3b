"""Who leaves is forgotten: the account stays for the history, without a trace of whose it was."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.urls import reverse

from portal import workflow
from portal.accounts.invitations import invitation_link, make_account, send_invitation
from portal.accounts.leaving import mentions_of, pseudonymise
from portal.entries import revise
from portal.models import JobRun, OutgoingMail, PreviewLink, Remark, Revision, User
from tests import factories
from tests.forms import press
from tests.portal.accounts import give_factor
from tests.portal.accounts.conftest import PASSWORD
from tests.portal.test_admin import address

ADDRESS = "grace.hopper@example.org"


@pytest.fixture
def administrator(db):
    return make_account("ada@example.org", "Administration", "Ada Beispiel")


@pytest.fixture
def grace(settings, administrator):
    """An editor who has left traces wherever one can, and whom others speak of."""
    settings.MAILERS = {"default": {"BACKEND": "portal.mail.OutboxBackend"}}
    user = make_account(ADDRESS, "Redaktion", "Grace Brewster Hopper")
    send_invitation(user)
    user.set_password(PASSWORD)
    user.last_login = factories.LONG_AGO
    user.save()
    give_factor(user)
    SocialAccount.objects.create(user=user, provider="sso", uid="4711", extra_data={"name": "Grace Hopper"})
    record = factories.make_recommendation(**factories.DRAFT)
    revise(record, user, "Von mir, Grace")
    revise(factories.make_challenge("x"), administrator, "Nach Gespräch mit Frau Hopper (Grace.Hopper@Example.org)")
    workflow.submit(record, user, "Bitte lesen. Grace Hopper")
    about = {"table": "recommendations", "record_id": record.pk, "record_name": "Titel"}
    Remark.objects.create(**about, author=user, text="Meine Frage")
    Remark.objects.create(**about, author=administrator, text="Hopper, Grace fragt; Graces und Hoppers Text.")
    PreviewLink.objects.create(
        **about, created_by=user, reviewer="Grace B. Hopper, Stadt Altena", expires_at=factories.FAR_AHEAD
    )
    kind = ContentType.objects.get_for_model(User)
    log = {"action_flag": CHANGE, "content_type": kind}
    LogEntry.objects.create(**log, user=administrator, object_id=user.pk, object_repr="frueher@example.org")
    LogEntry.objects.create(**log, user=user, object_id=0, object_repr=f"Titel: {ADDRESS}", change_message="Grace")
    JobRun.objects.create(name="x", next_at=factories.LONG_AGO, error=f"Refused: {ADDRESS}")
    mail.EmailMessage("Für Grace", "Grüße", None, [ADDRESS]).send()
    mail.EmailMessage(
        "Grace Hopper hört auf",
        "Grüße von Grace Hopper; ihre Adresse war " + ADDRESS,
        None,
        ["bo@example.org", ADDRESS],
    ).send()
    return user


def texts():
    """(column, text) of everything in the database that is text, sessions and mail decoded."""
    tables = connection.introspection.table_names()
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                yield from ((f"{table}.{name}", str(value)) for name, value in zip(names, row, strict=True))
    for session in Session.objects.all():
        yield "session", str(session.get_decoded())
    for row in OutgoingMail.objects.exclude(message=""):
        yield "mail", row.text


def traces():
    words = ("grace", "hopper", "brewster", "frueher@")
    return [(where, text) for where, text in texts() if any(word in text.lower() for word in words)]


def test_no_byte_of_name_or_address_remains_in_any_table(client, administrator, grace):
    client.force_login(grace)
    assert client.get("/admin/").status_code == 200
    assert len({where for where, _text in traces()}) > 12  # the test looks in the right places
    pseudonymise(grace, administrator)
    assert traces() == []


def test_every_column_for_text_of_the_portal_was_looked_at(administrator, grace):
    """The search above reads all tables: also those of a model that somebody adds."""
    searched = {where for where, _text in texts()}
    for model in (User, Revision, Remark, PreviewLink, OutgoingMail, JobRun, LogEntry, EmailAddress, SocialAccount):
        for field in model._meta.fields:
            if isinstance(field, models.CharField | models.TextField):
                assert f"{model._meta.db_table}.{field.column}" in searched


def test_the_account_can_not_be_used_any_more(client, log_in, administrator, grace):
    invited = invitation_link(grace)
    client.force_login(grace)
    pseudonymise(grace, administrator)
    assert client.get("/admin/").url.startswith("/admin/login/")
    assert not Session.objects.exists()
    user = User.objects.get(pk=grace.pk)
    assert (user.is_active, user.is_staff, user.is_superuser, user.last_login) == (False, False, False, None)
    assert (user.username, user.email, user.get_full_name()) == (f"redaktion-{user.pk}", "", f"Redaktion {user.pk}")
    assert not user.has_usable_password()
    assert not user.get_all_permissions()
    assert not user.groups.exists()
    for model in (Authenticator, EmailAddress, SocialAccount):
        assert not model.objects.filter(user=user).exists()
    assert log_in(ADDRESS).status_code == log_in(user.username).status_code == 200
    page = client.get(invited.removeprefix("http://testserver"), follow=True)
    assert "gilt nicht mehr" in page.content.decode()


def test_what_the_person_wrote_stays_under_the_pseudonym(client, administrator, grace):
    hers = Revision.objects.filter(author=grace).order_by("number")
    assert [revision.note for revision in hers] == ["Von mir, Grace", "Bitte lesen. Grace Hopper"]
    pseudonymise(grace, administrator)
    new = f"Redaktion {grace.pk}"
    assert [revision.note for revision in hers.all()] == [f"Von mir, {new}", f"Bitte lesen. {new}"]
    said = set(Remark.objects.values_list("text", flat=True))
    assert said == {"Meine Frage", f"{new} fragt; {new} und {new} Text."}
    assert PreviewLink.objects.get().reviewer == f"{new} B. {new}, Stadt Altena"
    client.force_login(administrator)
    assert new in client.get(address(Revision, "changelist")).content.decode()


def test_mail_to_the_address_is_gone_and_mail_to_others_goes_out_without_the_name(administrator, grace):
    pseudonymise(grace, administrator)
    to_ada, row = OutgoingMail.objects.order_by("recipient")
    new = f"Redaktion {grace.pk}"
    assert (to_ada.recipient, row.recipient) == ("ada@example.org", "bo@example.org")
    assert f"{new} hat " in to_ada.text
    assert row.subject == f"{new} hört auf"
    assert row.text.strip() == f"Grüße von {new}; ihre Adresse war {new}"
    assert row.message_id in row.message


def test_texts_for_readers_stay(administrator, grace):
    """A name in them is that of an author: to change it would falsify a reference."""
    source = factories.make_source(authors="Grace Hopper")
    revise(source, administrator)
    pseudonymise(grace, administrator)
    source.refresh_from_db()
    assert source.authors == "Grace Hopper"
    assert Revision.objects.get(table="sources").entry["authors"] == ["Grace Hopper"]


def test_other_words_and_other_people_stay(administrator):
    user = make_account("lang@example.org", "Redaktion", "Jo von Lang")
    pattern, _words = mentions_of(user)
    for text in ("von Bo", "länger, lang, Langer, Langsam", "jolang@example.org.net", "Johannes", "Lange Rede"):
        assert pattern.sub("X", text) == text
    for text in ("Jo von Lang", "Lang, Jo", "Jo", "Langs", "Jo's", "LANG@example.org"):
        assert pattern.sub("X", text) == "X"


def test_twice_is_once(administrator, grace):
    pseudonymise(grace, administrator)
    Remark.objects.create(table="x", record_id=1, author=administrator, text=f"Redaktion 1 und Redaktion {grace.pk}")
    before = sorted(texts())
    pseudonymise(grace, administrator)
    pseudonymise(User.objects.get(pk=grace.pk), administrator)
    assert sorted(texts()) == before


def test_the_address_can_be_invited_anew_and_is_another_account(administrator, grace):
    pseudonymise(grace, administrator)
    assert make_account(ADDRESS, "Redaktion").pk != grace.pk


def test_nobody_does_it_to_oneself_to_a_superuser_or_to_the_last_who_manages_accounts(administrator, grace):
    superuser = User.objects.create_superuser("leitung")
    other = make_account("bo@example.org", "Administration")
    before = sorted(texts())
    for user, by in ((administrator, administrator), (superuser, administrator)):
        with pytest.raises(ValidationError):
            pseudonymise(user, by)
    assert sorted(texts()) == before
    pseudonymise(other, administrator)
    User.objects.filter(pk=superuser.pk).update(is_active=False)
    with pytest.raises(ValidationError):  # asked by somebody who was one until a moment ago
        pseudonymise(administrator, other)
    assert User.objects.get(pk=administrator.pk).is_active


def test_a_taken_name_is_said_and_nothing_is_changed(administrator, grace):
    User.objects.create_user(f"redaktion-{grace.pk}")
    with pytest.raises(ValidationError):
        pseudonymise(grace, administrator)
    assert traces()


def test_the_page_asks_first_and_says_what_will_happen(client, administrator, grace):
    client.force_login(administrator)
    asks = press(client, address(User, "change", grace.pk), "pseudonymise")
    assert asks.url == reverse("admin:portal_user_pseudonymise", args=[grace.pk])
    page = client.get(asks.url).content.decode()
    assert f"„Redaktion {grace.pk}“" in page
    assert User.objects.get(pk=grace.pk).email == ADDRESS
    response = client.post(asks.url)
    assert response.url == address(User, "change", grace.pk)
    assert traces() == []
    assert "schon pseudonymisiert" in client.get(asks.url).content.decode()
    own = reverse("admin:portal_user_pseudonymise", args=[administrator.pk])
    assert "Das eigene Konto" in client.post(own).content.decode()
    client.force_login(make_account("bo@example.org", "Freigabe"))
    assert client.post(own).status_code == 403
    assert Group.objects.get(name="Administration").user_set.filter(is_active=True).count() == 1
