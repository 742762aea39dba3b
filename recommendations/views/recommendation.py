from django.utils.translation import gettext as _

from portal.views import FilteredListView, RecordView

from ..filters import RecommendationFilter
from ..models import Recommendation
from .record import gaps, target_groups

RELATED = 4


class RecommendationListView(FilteredListView):
    filter_class = RecommendationFilter
    table = "recommendations"
    template_name = "recommendations/recommendation_list.html"


class RecommendationDetailView(RecordView):
    model = Recommendation

    def get_queryset(self):
        return super().get_queryset().with_card()

    def get_context_data(self, **kwargs):
        recommendation = self.object
        related = Recommendation.objects.visible().filter(challenges__in=recommendation.challenges.all())
        return super().get_context_data(
            illustrations=recommendation.shown_illustrations(),
            related=related.exclude(pk=recommendation.replaces_id or recommendation.pk).distinct()[:RELATED],
            gaps=gaps(recommendation, {"rationale": _("reasons")}),
            **target_groups(recommendation),
            **kwargs,
        )
