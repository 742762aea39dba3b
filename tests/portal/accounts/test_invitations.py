"""Accounts are made by invitation only; a lost factor is reset by a command."""

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse

from portal.models import User
from tests.forms import form_data
from tests.portal.accounts import code, give_factor
from tests.portal.accounts.conftest import PASSWORD


def invite(email="Grace@example.org", *options):
    call_command("invite_editor", email, "--role", "Redaktion", *options)


def link():
    (found,) = (line for line in mail.outbox[-1].body.splitlines() if line.startswith("http"))
    return found.removeprefix("http://testserver")


def set_password(client, path):
    form = client.get(path, follow=True)
    return client.post(form.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})


def test_an_invitation_leads_to_password_then_factor_then_admin(client):
    invite("Grace@example.org", "--name", "Grace Murray Hopper")
    user = User.objects.get(username="grace@example.org")
    assert (user.first_name, user.last_name, user.is_staff) == ("Grace Murray", "Hopper", True)
    assert not user.has_usable_password()
    assert [group.name for group in user.groups.all()] == ["Redaktion"]
    assert mail.outbox[-1].to == ["grace@example.org"]
    path = link()
    assert set_password(client, path).url == "/admin/"
    assert client.get("/admin/").url == "/konto/"
    secret = client.get("/konto/app/").context["form"].secret
    client.post("/konto/app/", {"code": code(secret)})
    assert client.get("/admin/").status_code == 200


def test_the_link_works_once_and_for_three_days(client, other_browser, clock):
    invite()
    path = link()
    clock(days=3, minutes=-1)
    assert client.get(path).status_code == 302
    clock(minutes=2)
    assert "Dieser Link gilt nicht mehr" in client.get(path).content.decode()
    invite()
    path = link()
    set_password(client, path)
    assert "Dieser Link gilt nicht mehr" in other_browser.get(path).content.decode()


def test_the_link_can_be_printed_instead(capsys):
    invite("grace@example.org", "--print")
    assert capsys.readouterr().out.startswith("http://testserver/konto/passwort/neu/")
    assert mail.outbox == []


def test_a_second_invitation_finds_the_account_of_the_first(db):
    invite()
    invite("grace@EXAMPLE.org")
    assert User.objects.count() == 1


@pytest.mark.parametrize("email", ["ada@example.org", "keine-adresse"])
def test_who_has_an_account_or_no_address_is_not_invited(editor, email):
    with pytest.raises(CommandError):
        invite(email)
    assert mail.outbox == []


def test_a_lost_factor_is_taken_away_with_every_session(client, editor):
    client.force_login(editor)
    give_factor(editor)
    call_command("reset_factor", editor.username, verbosity=0)
    assert not Authenticator.objects.filter(user=editor).exists()
    assert client.get("/konto/").status_code == 302
    assert mail.outbox[-1].to == [editor.email]
    with pytest.raises(CommandError):
        call_command("reset_factor", "niemand")


def test_the_address_in_the_record_is_the_only_one_that_opens_the_account(client, editor):
    """An administrator changes it because the old mailbox is somebody else's now."""
    client.post("/konto/passwort/vergessen/", {"email": editor.email})
    client.force_login(User.objects.create_superuser("leitung"))
    address = reverse("admin:portal_user_change", args=[editor.pk])
    data = form_data(client.get(address), "user_form") | {"email": "neu@example.org"}
    assert client.post(address, data).status_code == 302
    mail.outbox.clear()
    for email in ("ada@example.org", "neu@example.org"):
        client.post("/konto/passwort/vergessen/", {"email": email})
    assert ["/passwort/neu/" in message.body for message in mail.outbox] == [False, True]
