from allauth.mfa.models import Authenticator
from django.core.mail import send_mail
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from portal.accounts.sessions import end_all_of
from portal.models import User


class Command(BaseCommand):
    help = "Takes an account's second factor away, when it is lost: the editor sets up a new one at the next log-in."

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *, username, **options):
        try:
            user = User.objects.get(username__iexact=username)
        except User.DoesNotExist:
            raise CommandError(f"There is no account “{username}”.") from None
        with transaction.atomic():
            Authenticator.objects.filter(user=user).delete()
            end_all_of(user)
        if user.email:
            with translation.override("de"):
                text = render_to_string("account/email/factor_reset_message.txt", {"user": user})
                subject = render_to_string("account/email/factor_reset_subject.txt").strip()
                send_mail(subject, text, None, [user.email])
        self.stdout.write(f"{user.username} sets up a new second factor at the next log-in. All sessions have ended.")
