"""How an editor gets an account: by invitation only."""

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.models import Group
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

from portal.models import User

from .adapters import password_address

ROLES = ("Redaktion", "Freigabe", "Beirat", "Administration")


@transaction.atomic
def make_account(email, role, name=""):
    """An account without a password, named by its e-mail address; a second invitation finds the first one's."""
    email = email.lower()
    first, _space, last = name.rpartition(" ")
    user, created = User.objects.get_or_create(
        username=email, defaults={"email": email, "is_staff": True, "first_name": first, "last_name": last}
    )
    if created:
        user.set_unusable_password()
        user.save()
    trust_address(user)
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    return user


def trust_address(user):
    """The address in an account's record is the only one that mails go to and that the directory is matched with.

    An administrator has written it down, and a link sent there opens the account. It stands for one account only.
    """
    email = user.email.lower()
    EmailAddress.objects.filter(user=user).exclude(email=email).delete()
    if email:
        taken = EmailAddress.objects.filter(email=email, verified=True).exclude(user=user).exists()
        EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": not taken, "primary": True})


def invitation_link(user):
    """An address that works once, until a password is set, and no longer than PASSWORD_RESET_TIMEOUT."""
    return password_address(user_pk_to_url_str(user), default_token_generator.make_token(user))


def send_invitation(user):
    context = {"user": user, "link": invitation_link(user)}
    subject = render_to_string("account/email/invitation_subject.txt", context).strip()
    send_mail(subject, render_to_string("account/email/invitation_message.txt", context), None, [user.email])
