"""Editors who leave: the account stays, since the history names it, but nothing says any more whose it was."""

import email
import email.policy
import re

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from portal.mail import STORED
from portal.models import JobRun, OutgoingMail, PreviewLink, Remark, Revision, User

from .sessions import end_all_of

# Where colleagues, or the portal itself, may have written the name down. Texts for readers are not among them:
# a name there is that of an author, not of an account.
MENTIONS = {
    Remark: ["text"],
    Revision: ["note"],
    PreviewLink: ["reviewer"],
    LogEntry: ["object_repr", "change_message"],
    JobRun: ["error"],
    OutgoingMail: ["sender", "recipient", "subject", "error"],
}


def pseudonym(user):
    return f"Redaktion {user.pk}"


def is_pseudonymous(user):
    return user.username == f"redaktion-{user.pk}" and not user.is_active


@transaction.atomic
def pseudonymise(user, by):
    """Switch an account off for good and replace the name wherever it stands. `by`: the administrator who does so."""
    keepers = User.objects.with_perm("portal.change_user").select_for_update(of=["self"]).order_by("pk")
    keepers = [each.pk for each in keepers]  # locked: two administrators can't remove each other
    user = User.objects.select_for_update().get(pk=user.pk)
    if is_pseudonymous(user):
        return
    if user == by:
        raise ValidationError(_("You can't pseudonymise your own account. Another administrator has to do it."))
    if user.is_superuser and not by.is_superuser:
        raise ValidationError(_("Only a superuser can pseudonymise a superuser."))
    if keepers == [user.pk]:
        raise ValidationError(_("This is the last account that manages accounts. Give another one that role first."))
    username = f"redaktion-{user.pk}"
    if User.objects.filter(username=username).exclude(pk=user.pk).exists():
        raise ValidationError(_("Another account is called “%s”; rename it first.") % username)

    pattern, words = mentions_of(user)
    end_all_of(user)
    for model in (Authenticator, EmailAddress, SocialAccount):
        model.objects.filter(user=user).delete()
    if user.email:
        OutgoingMail.objects.filter(recipient__icontains=user.email).delete()
    about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
    about.update(object_repr=pseudonym(user))
    if words:
        replace_mentions(pattern, words, pseudonym(user))
        replace_in_mail(pattern, pseudonym(user))

    user.username, user.email, user.last_login = username, "", None
    user.first_name, user.last_name = pseudonym(user).split()
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()  # invitations and links that set a password end with it
    user.save()
    user.groups.clear()
    user.user_permissions.clear()


def mentions_of(user):
    """A pattern of all by which somebody may have called the person, and the words of which one occurs in each."""
    name = user.get_full_name().replace(pseudonym(user), "").split()
    # Small words, as in “von”, only beside others: alone they are no name.
    capitals = [word for word in name if not word.islower()] or name
    exact = {word for word in (user.username, *capitals) if word and "@" not in word}
    anycase = {address for address in (user.email, user.username) if "@" in address}

    def any_of(words):
        return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))

    alternatives = [rf"(?i:{any_of(anycase)})"] if anycase else []
    if exact:
        alternatives.append(rf"(?:{any_of(exact)})(?:[ ,-]+(?:{any_of({*exact, *name})}))*")
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?:['’]?s|['’])?(?!\w)"), [*exact, *anycase]


def replace_mentions(pattern, words, new):
    for model, columns in MENTIONS.items():
        for column in columns:
            length = model._meta.get_field(column).max_length
            mentioned = Q()
            for word in words:
                mentioned |= Q(**{f"{column}__icontains": word})
            for pk, text in model.objects.filter(mentioned).order_by().values_list("pk", column):
                model.objects.filter(pk=pk).update(**{column: pattern.sub(new, text)[:length]})


def replace_in_mail(pattern, new):
    """In the outbox, whose messages are encoded: mail to others that speaks of the person still goes out."""
    for row in OutgoingMail.objects.exclude(message="").iterator():
        message = email.message_from_string(row.message, policy=email.policy.default)
        for name, value in message.items():
            if pattern.search(value):
                message.replace_header(name, pattern.sub(new, value))
        for part in message.walk():
            if part.get_content_maintype() == "text" and pattern.search(part.get_content()):
                part.set_content(pattern.sub(new, part.get_content()), subtype=part.get_content_subtype())
        written = message.as_string(policy=STORED)
        if written != row.message:
            OutgoingMail.objects.filter(pk=row.pk).update(message=written)
