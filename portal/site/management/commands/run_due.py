from django.core.management.base import BaseCommand, CommandError

from portal.due import run_due
from portal.site.jobs import JOBS


class Command(BaseCommand):
    help = (
        "Runs every timed job that is due. Call it each minute; calling it more often, or twice at once, does no harm."
    )

    def handle(self, **options):
        if failed := run_due(JOBS):
            raise CommandError(f"Failed: {', '.join(failed)}. The log says why; they are tried again.")
