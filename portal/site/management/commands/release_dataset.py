from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from portal import releases
from portal.site.tables import ALL_TABLES


class Command(BaseCommand):
    help = "Freezes the published data as a numbered, citable release, unless nothing has changed since the last one."

    def add_arguments(self, parser):
        parser.add_argument("--note", default="", help="a public sentence in German, such as what is new")

    def handle(self, *, note, **options):
        try:
            release, is_new = releases.make(ALL_TABLES, note)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if not is_new:
            self.stdout.write(_("Nothing has changed since %s: no new one was made.") % releases.dated(release))
            return
        self.stdout.write(f"{releases.dated(release)}, SHA-256 {release.content_hash}, {releases.path(release.number)}")
        for name, rows in release.counts.items():
            self.stdout.write(f"{rows:>8} {name}")
