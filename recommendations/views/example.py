from operator import attrgetter

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from municipalities.filters import MunicipalityFilter
from municipalities.near import Near, SimilarFirstListView, transfer
from portal.pictures import rendition
from portal.views import RecordView

from ..filters import ChallengeFilter, PracticeExampleFilter, RecommendationFilter
from ..linked_data import example
from ..linked_data import picture as linked_picture
from ..models import PracticeExample
from .named import named
from .record import gaps, target_groups


class PracticeExampleListView(SimilarFirstListView):
    filter_class = PracticeExampleFilter
    nearest = ChallengeFilter
    table = "practice-examples"
    feed = "praxisbeispiele"
    search_label = gettext_lazy("Search the practice examples")
    elsewhere = [
        (RecommendationFilter, "recommendation_list", gettext_lazy("Recommendations")),
        (MunicipalityFilter, "municipality_list", gettext_lazy("Municipalities")),
    ]
    template_name = "recommendations/practice_example_list.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"named": named(context["filter"], reverse("practice_example_list"))}


class PracticeExampleDetailView(RecordView):
    model = PracticeExample
    cited_by = "number"
    context_object_name = "example"
    template_name = "recommendations/practice_example_detail.html"

    def get_queryset(self):
        return super().get_queryset().with_relations()

    def linked_data(self):
        return [example(self.object)]

    def get_context_data(self, **kwargs):
        texts = {
            "situation": _("situation"),
            "approach": _("approach"),
            "result": _("result"),
            "transfer": _("what others can learn"),
            "actors": _("who took part"),
            "year_start": _("beginning"),
        }
        reference, near = self.object.picture, Near(self.request.GET)
        illustrations = self.object.shown_illustrations()
        return super().get_context_data(
            picture=rendition(reference, self.kwargs.get("token")) if reference else None,
            illustrations=near.first_of(RecommendationFilter, illustrations, attrgetter("recommendation_id")),
            near=near,
            transfer=transfer(near.municipality, self.object.municipality) if near.municipality else None,
            gaps=gaps(self.object, texts),
            preview_picture=linked_picture(self.object).get("contentUrl"),
            **target_groups(self.object),
            **kwargs,
        )
