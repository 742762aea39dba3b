from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from portal import releases
from portal.models import Release


class Command(BaseCommand):
    help = "Ends a data release that must not be public: deletes its files; number, date and reason stay."

    def add_arguments(self, parser):
        parser.add_argument("number", type=int)
        parser.add_argument("--reason", required=True, help="a sentence in German that readers will see")

    def handle(self, *, number, reason, **options):
        release = Release.objects.filter(number=number).first()
        if release is None:
            raise CommandError(_("There is no data release %d.") % number)
        if release.withdrawn_at:
            self.stdout.write(_("%s was withdrawn before; its files are deleted.") % release)
        try:
            releases.withdraw(release, reason)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(_("%s is withdrawn; its files are deleted.") % release)
