from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.utils import translation

from portal.accounts.invitations import ROLES, invitation_link, make_account, send_invitation
from portal.models import User


class Command(BaseCommand):
    help = "Invites an editor: makes the account and mails a link, valid once, to set password and second factor."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("--role", choices=ROLES, required=True)
        parser.add_argument("--name", default="", help="first and last name, as colleagues see it in the history")
        parser.add_argument("--print", action="store_true", help="print the link instead of mailing it")

    def handle(self, *, email, role, name, **options):
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is no e-mail address.") from error
        known = User.objects.filter(username=email.lower()).first()
        if known and known.has_usable_password():
            raise CommandError(f"{email} has an account with a password already. A lost factor: reset_factor {email}")
        user = make_account(email, role, name)
        with translation.override("de"):
            if options["print"]:
                self.stdout.write(invitation_link(user))
            else:
                send_invitation(user)
                self.stdout.write(f"Invited {user.email} as {role}.")
