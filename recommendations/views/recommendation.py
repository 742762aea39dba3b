from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from municipalities.filters import MunicipalityFilter
from portal.views import FilteredListView, RecordView

from ..filters import PracticeExampleFilter, RecommendationFilter
from ..models import Challenge, PracticeExample, Recommendation
from .record import gaps, target_groups

RELATED = 4


class RecommendationListView(FilteredListView):
    filter_class = RecommendationFilter
    table = "recommendations"
    elsewhere = [
        (PracticeExampleFilter, "practice_example_list", gettext_lazy("Practice examples")),
        (MunicipalityFilter, "municipality_list", gettext_lazy("Municipalities")),
    ]
    template_name = "recommendations/recommendation_list.html"


class RecommendationDetailView(RecordView):
    model = Recommendation

    def get_queryset(self):
        return super().get_queryset().with_relations()

    def get_context_data(self, **kwargs):
        recommendation = self.object
        related = Recommendation.objects.visible().filter(challenges__in=recommendation.challenges.all())
        examples = PracticeExample.objects.visible()
        return super().get_context_data(
            illustrations=recommendation.shown_illustrations(),
            challenges_with_examples=Challenge.objects.visible()
            .filter(recommendations=recommendation, practice_examples__in=examples)
            .distinct(),
            related=related.exclude(pk=recommendation.replaces_id or recommendation.pk).distinct()[:RELATED],
            gaps=gaps(recommendation, {"rationale": _("reasons")}),
            **target_groups(recommendation),
            **kwargs,
        )
