from django.core.management.base import BaseCommand

from recommendations import links


class Command(BaseCommand):
    help = "Asks every address that sources and practice examples link to and that is due: about once a week."

    def add_arguments(self, parser):
        parser.add_argument("--all", action="store_true", help="also those that were checked within the last week")

    def handle(self, *, all, verbosity, **options):
        def show(check):
            if verbosity:
                self.stdout.write(f"{check.url}\n  {check.report}")

        links.check(sorted(links.addresses()) if all else links.due(), progress=show)
