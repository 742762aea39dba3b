from operator import attrgetter

from django.utils.translation import gettext as _
from django.views.generic import ListView

from municipalities.near import Near
from portal.linked_data import full, work
from portal.search import alphabetical
from portal.views import RecordView, downloads, feed_url

from ..filters import RecommendationFilter
from ..linked_data import challenge, challenges
from ..models import Challenge, PracticeExample, Recommendation
from .record import gaps


class ChallengeListView(ListView):
    context_object_name = "challenges"
    template_name = "recommendations/challenge_list.html"

    def get_queryset(self):
        return alphabetical(Challenge.objects.visible().with_counts(), "title")

    def get_context_data(self, **kwargs):
        url, terms = full(self.request.path), challenges(self.object_list)
        return super().get_context_data(
            downloads=downloads("challenges"),
            feed_url=feed_url("herausforderungen"),
            linked_data=[work("DefinedTermSet", url, _("Challenges"), hasDefinedTerm=terms)],
            **kwargs,
        )


class ChallengeDetailView(RecordView):
    model = Challenge
    cited_by = "slug"

    def get_queryset(self):
        return super().get_queryset().with_relations()

    def linked_data(self):
        return [challenge(self.object)]

    def get_context_data(self, **kwargs):
        of_challenge = {"challenges": self.object.replaces_id or self.object}
        recommendations = Recommendation.objects.visible().filter(**of_challenge).with_card()
        examples, near = PracticeExample.objects.visible().filter(**of_challenge).with_card(), Near(self.request.GET)
        recommendations = near.first_of(RecommendationFilter, recommendations, attrgetter("pk"))
        examples = near.first(examples, attrgetter("municipality"))
        return super().get_context_data(
            recommendations=recommendations,
            recommendation_groups=near.groups(recommendations),
            examples=examples,
            example_groups=near.groups(examples),
            near=near,
            gaps=gaps(self.object, {}),
            **kwargs,
        )
