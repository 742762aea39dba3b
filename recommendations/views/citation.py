"""How to cite records and sources, as files for reference managers."""

from django.utils.translation import get_language

from portal.citations import address_of
from portal.linked_data import full
from portal.problems import withdrawn
from portal.views import RecordView, citation_response

from ..models import Source
from .challenge import ChallengeDetailView
from .example import PracticeExampleDetailView
from .recommendation import RecommendationDetailView

PAGES = {
    "recommendations": RecommendationDetailView,
    "practice-examples": PracticeExampleDetailView,
    "challenges": ChallengeDetailView,
}
CITED = {table: (page.model, page.cited_by) for table, page in PAGES.items()} | {"sources": (Source, "key")}


class CitationView(RecordView):
    """Found, moved and withdrawn as the record's page is. `lang=en` for English."""

    slug_url_kwarg = "name"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.table = kwargs["table"]
        self.model, self.slug_field = CITED[self.table]

    def path(self, record):
        query = "?lang=en" if get_language() == "en" else ""
        name = getattr(record, self.slug_field)
        return f"{address_of(self.table, name)}.{self.kwargs['extension']}{query}"

    def tombstone(self, record):
        instead = self.instead(record)
        raise withdrawn(record.archive_note, instead and full(self.path(instead)))

    def work(self):
        return self.object.work() if isinstance(self.object, Source) else super().work()

    def get_context_data(self, **kwargs):
        return {}

    def render_to_response(self, context, **kwargs):
        return citation_response(self.work(), self.kwargs["extension"])
