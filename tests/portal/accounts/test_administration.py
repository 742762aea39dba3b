"""Accounts in the admin: an administrator invites and gives roles, and can't become more than that."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.urls import reverse

from portal.models import OutgoingMail, User
from tests.forms import form_data
from tests.portal.test_admin import address, save


@pytest.fixture
def administrator(client, db):
    user = User.objects.create_user("ada@example.org", "ada@example.org", is_staff=True)
    user.groups.add(Group.objects.get(name="Administration"))
    client.force_login(user)
    return user


@pytest.fixture
def superuser(db):
    return User.objects.create_superuser("leitung", "leitung@example.org", "drei Wörter genügen")


MORE = ("is_superuser", "user_permissions")


def test_an_administrator_gets_no_more_rights_than_a_role_gives(client, administrator):
    """Neither for the own account nor for another one, whatever the browser sends."""
    other = User.objects.create_user("bo@example.org", is_staff=True)
    every = [permission.pk for permission in Permission.objects.all()]
    for user in (administrator, other):
        page = client.get(address(User, "change", user.pk))
        assert not set(MORE) & set(page.context["adminform"].form.fields)
        assert not any(f'name="{name}"' in page.content.decode() for name in MORE)
        save(client, user, is_superuser="on", user_permissions=every, last_name="Neu")
        user.refresh_from_db()
        assert (user.last_name, user.is_superuser, user.user_permissions.count()) == ("Neu", False, 0)


def test_an_administrator_gives_and_takes_roles(client, administrator):
    other = User.objects.create_user("bo@example.org", is_staff=True)
    save(client, other, groups=[Group.objects.get(name="Freigabe").pk])
    assert User.objects.get(pk=other.pk).has_perm("recommendations.publish_recommendation")
    save(client, other, groups=[])
    assert not other.groups.exists()


def test_an_administrator_can_not_change_what_a_role_may_do(client, administrator):
    group = Group.objects.get(name="Redaktion")
    every = [permission.pk for permission in Permission.objects.all()]
    before = group.permissions.count()
    assert client.post(address(Group, "change", group.pk), {"name": "X", "permissions": every}).status_code == 403
    assert client.post(address(Group, "add"), {"name": "X", "permissions": every}).status_code == 403
    group.refresh_from_db()
    assert (group.name, group.permissions.count()) == ("Redaktion", before)


def test_an_administrator_can_not_touch_a_superuser(client, administrator, superuser):
    data = {"username": "leitung", "email": "ada@example.org", "is_active": "on", "is_staff": "on"}
    password = {"password1": "ganz andere Wörter", "password2": "ganz andere Wörter", "usable_password": "true"}
    requests = [
        (address(User, "change", superuser.pk), data),
        (reverse("admin:auth_user_password_change", args=[superuser.pk]), password),
        (reverse("admin:portal_user_pseudonymise", args=[superuser.pk]), {}),
        (address(User, "delete", superuser.pk), {"post": "yes"}),
    ]
    for url, sent in requests:
        assert client.post(url, sent).status_code == 403, url
    several = {"action": "delete_selected", "_selected_action": [superuser.pk], "post": "yes"}
    client.post(address(User, "changelist"), several)
    now = User.objects.get(pk=superuser.pk)
    assert (now.email, now.password, now.is_active) == ("leitung@example.org", superuser.password, True)
    assert client.get(address(User, "change", superuser.pk)).status_code == 200  # to look at


def test_an_administrator_does_not_read_mail_to_a_superuser(client, administrator, superuser):
    """A link in it sets the superuser's password."""
    for recipient in ("Leitung@example.org", "ada@example.org"):
        OutgoingMail.objects.create(message_id=recipient, recipient=recipient, message="Subject: Link\n\nGeheim")
    to_superuser, to_editor = OutgoingMail.objects.order_by("pk")
    assert client.get(address(OutgoingMail, "change", to_superuser.pk), follow=True).redirect_chain
    assert "Geheim" in client.get(address(OutgoingMail, "change", to_editor.pk)).content.decode()
    assert "Leitung@" not in client.get(address(OutgoingMail, "changelist")).content.decode()
    client.force_login(superuser)
    assert "Geheim" in client.get(address(OutgoingMail, "change", to_superuser.pk)).content.decode()


def test_a_superuser_may_do_all_that(client, superuser):
    client.force_login(superuser)
    other = User.objects.create_user("bo@example.org", is_staff=True)
    save(client, other, is_superuser="on", user_permissions=[Permission.objects.first().pk])
    other.refresh_from_db()
    assert other.is_superuser
    assert other.user_permissions.count() == 1


def invite(client, **fields):
    url = address(User, "add")
    roles = [Group.objects.get(name="Redaktion").pk]
    data = {"email": "Grace@example.org", "first_name": "Grace", "last_name": "Hopper", "groups": roles, **fields}
    return client.post(url, form_data(client.get(url), "user_form") | data)


def test_a_new_account_begins_with_an_invitation_and_without_a_password(client, administrator):
    assert "password" not in "".join(client.get(address(User, "add")).context["adminform"].form.fields)
    response = invite(client, is_superuser="on", password1="x", is_active="")
    assert response.status_code == 302
    assert "Die Einladung an grace@example.org ist unterwegs." in client.get(response.url).content.decode()
    user = User.objects.get(username="grace@example.org")
    assert (user.email, user.is_staff, user.is_active, user.is_superuser) == ("grace@example.org", True, True, False)
    assert [group.name for group in user.groups.all()] == ["Redaktion"]
    assert not user.has_usable_password()
    (letter,) = mail.outbox
    assert letter.to == ["grace@example.org"]
    assert "/konto/passwort/neu/" in letter.body


@pytest.mark.parametrize("wrong", [{"email": ""}, {"email": "ADA@example.org"}, {"email": "x"}, {"groups": []}])
def test_an_invitation_that_makes_no_sense_is_refused(client, administrator, wrong):
    response = invite(client, **wrong)
    assert list(response.context["adminform"].form.errors) == list(wrong)
    assert mail.outbox == []
    assert User.objects.count() == 1


def test_when_an_account_was_made_and_last_used_is_only_to_be_read(client, administrator):
    other = User.objects.create_user("bo@example.org", is_staff=True)
    save(client, other, date_joined_0="2001-01-01", last_login_0="2001-01-01")
    now = User.objects.get(pk=other.pk)
    assert (now.date_joined, now.last_login) == (other.date_joined, None)
