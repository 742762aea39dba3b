from django.core.management.base import BaseCommand

from portal.current import current_index
from portal.facets import FacetedFilterSet
from portal.site import urls  # noqa: F401  knows every list


def lists(filter_class=FacetedFilterSet):
    """Every filter class of a list."""
    for each in filter_class.__subclasses__():
        if each._meta.model:
            yield each
        yield from lists(each)


class Command(BaseCommand):
    help = "Builds the content index and keeps it, so that the portal's processes needn't do so when they start."

    def handle(self, **options):
        for filter_class in lists():
            current_index(filter_class)
