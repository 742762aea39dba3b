from operator import attrgetter

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from municipalities.filters import MunicipalityFilter
from municipalities.near import Near, SimilarFirstListView
from portal.current import current_index
from portal.views import RecordView

from ..filters import ChallengeFilter, PracticeExampleFilter, RecommendationFilter
from ..linked_data import recommendation
from ..models import Recommendation
from .named import named
from .record import gaps, target_groups

RELATED = 4


class RecommendationListView(SimilarFirstListView):
    filter_class = RecommendationFilter
    nearest = ChallengeFilter
    table = "recommendations"
    feed = "empfehlungen"
    search_label = gettext_lazy("Search the recommendations")
    elsewhere = [
        (PracticeExampleFilter, "practice_example_list", gettext_lazy("Practice examples")),
        (MunicipalityFilter, "municipality_list", gettext_lazy("Municipalities")),
    ]
    template_name = "recommendations/recommendation_list.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"named": named(context["filter"])}


class RecommendationDetailView(RecordView):
    model = Recommendation
    cited_by = "number"

    def get_queryset(self):
        return super().get_queryset().with_relations()

    def linked_data(self):
        return [recommendation(self.object)]

    def get_context_data(self, **kwargs):
        recommendation, near = self.object, Near(self.request.GET)
        illustrations = near.first(recommendation.shown_illustrations(), attrgetter("example.municipality"))
        return super().get_context_data(
            illustrations=illustrations,
            illustration_groups=near.groups(illustrations),
            editorial_steps=sum(step.editorial for step in recommendation.steps.all()),
            challenges_with_examples=self.with_examples(recommendation),
            related=self.related(recommendation),
            near=near,
            gaps=gaps(recommendation, {"rationale": _("reasons")}),
            **target_groups(recommendation),
            **kwargs,
        )

    def with_examples(self, recommendation):
        """Its challenges on which the list of practice examples has some."""
        having = current_index(PracticeExampleFilter).having["challenge"]
        return [challenge for challenge in recommendation.challenges.all() if challenge.slug in having]

    def related(self, recommendation):
        """The first others that share a challenge with it.

        The existence of one row, in an order that the database has: as quick among many records as among few.
        """
        challenges = [each.pk for each in recommendation.challenges.all()]
        shared = Recommendation.challenges.through.objects.filter(
            recommendation=OuterRef("pk"), challenge__in=challenges
        )
        others = Recommendation.objects.visible().exclude(pk=recommendation.replaces_id or recommendation.pk)
        return others.filter(Exists(shared)).only("slug", "title_de", "title_en")[:RELATED]
