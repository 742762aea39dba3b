from django.core.management.base import BaseCommand

from portal.warming import warm


class Command(BaseCommand):
    help = "Builds the content index and keeps it, so that the portal's processes needn't do so when they start."

    def handle(self, **options):
        warm()
