from django.utils.translation import gettext_lazy as _

from municipalities.models import Municipality, Size, State
from municipalities.near import SimilarFirst
from portal.facets import Facet, FacetedFilterSet, Order
from portal.index import READ_AT_ONCE
from portal.search import alphabetical

from .models import (
    Addressee,
    Challenge,
    Effort,
    Evidence,
    Horizon,
    Illustration,
    PracticeExample,
    Recommendation,
    Source,
    TargetGroup,
)

# A value beside the closed vocabulary, for filtering only: nobody else has to act.
ONLY_KOMMUNE = "kommune-only"
ADDRESSEES = [*Addressee.choices, (ONLY_KOMMUNE, _("only what the municipality can do itself"))]


def challenges(_carried):
    shown = alphabetical(Challenge.objects.visible(), "title")
    return [(challenge.slug, challenge.title) for challenge in shown]


def target_groups(_carried):
    groups = {role: [] for role in TargetGroup.Role}
    for group in alphabetical(TargetGroup.objects.all(), "label"):
        groups[TargetGroup.Role(group.role)].append((group.slug, group.label))
    return [(role.label, options) for role, options in groups.items()]


def with_only_kommune(codes):
    return [*codes, ONLY_KOMMUNE] if codes == [Addressee.KOMMUNE] else codes


def years(carried):
    """The years in which a source appeared: more records carry „from 2020“ than „from 2021“ then."""
    there = [year for year, records in carried.items() if len(records) > len(carried.get(str(int(year) + 1), ()))]
    return [(year, _("from %s") % year) for year in sorted(there, reverse=True)]


def that_year_and_before(year):
    """„From 2020“ holds for a source of 2021 too."""
    return [str(since) for since in range(year, 1899, -1)]


def municipalities(carried):
    shown = Municipality.objects.with_examples().filter(key__in=list(carried))
    return [(municipality.key, str(municipality)) for municipality in shown]


class RecommendationFilter(SimilarFirst):
    challenge = Facet(
        field_name="challenges__slug", label=_("Challenge"), choices=challenges, table="challenges", weight=2
    )
    addressee = Facet(field_name="addressees", label=_("Who should act?"), choices=ADDRESSEES, expand=with_only_kommune)
    target_group = Facet(
        field_name="target_groups__slug",
        label=_("Who is it about?"),
        choices=target_groups,
        table="target-groups",
        weight=2,
    )
    horizon = Facet(field_name="horizon", label=_("Can be done in (our estimate)"), choices=Horizon.choices)
    effort = Facet(field_name="effort", label=_("Effort (our estimate)"), choices=Effort.choices)
    evidence = Facet(field_name="evidence", label=_("What does the source say?"), choices=Evidence.choices)
    since = Facet(
        field_name="source_year", label=_("Year of the source"), choices=years, expand=that_year_and_before, single=True
    )

    texts = {
        "title_de": 6, "title_en": 6, "summary_de": 3, "summary_en": 3, "rationale_de": 1, "rationale_en": 1,
        "steps__text_de": 1, "steps__text_en": 1,
    }  # fmt: skip
    identifiers = ("number",)
    orders = {
        "examples": Order(_("Most examples first"), "example_count", descending=True),
        "newest": Order(_("Newest source first"), "source_year", descending=True),
        "title": Order(_("Title A–Z"), "title_{lang}"),
        "number": Order(_("Number"), "number"),
    }

    related = {
        "challenges": "challenges", "target-groups": "target_groups", "sources": "citations__source",
        "practice-examples": "illustrations__example", "municipalities": "illustrations__example__municipality",
    }  # fmt: skip

    class Meta:
        model = Recommendation
        fields = ()

    @classmethod
    def rows(cls):
        return Recommendation.objects.visible().with_example_count().with_source_year()

    @classmethod
    def origins(cls, rows):
        """The municipalities of the examples that readers see with it."""
        shown = Illustration.objects.filter(recommendation__in=rows.values("pk")).shown()
        return shown.values_list("recommendation", "example__municipality__key").iterator(READ_AT_ONCE)


class PracticeExampleFilter(SimilarFirst):
    challenge = Facet(
        field_name="challenges__slug", label=_("Challenge"), choices=challenges, table="challenges", weight=2
    )
    target_group = Facet(
        field_name="target_groups__slug",
        label=_("Who is it about?"),
        choices=target_groups,
        table="target-groups",
        weight=2,
    )
    state = Facet(field_name="municipality__state", label=_("State"), choices=State.choices, weight=3)
    size = Facet(
        field_name="municipality__size", label=_("Population"), choices=Size.choices,
        help_text=_("Districts have no size class."),
    )  # fmt: skip
    kind = Facet(field_name="municipality__kind", label=_("Kind of municipality"), choices=Municipality.Kind.choices)
    municipality = Facet(
        field_name="municipality__key", label=_("Municipality"), choices=municipalities, quiet=True,
        table="municipalities",
    )  # fmt: skip

    texts = {
        "title_de": 6, "title_en": 6, "municipality__name": 6, "municipality__official_name": 3,
        "municipality__key": 6, "summary_de": 3, "summary_en": 3,
        "situation_de": 1, "situation_en": 1, "approach_de": 1, "approach_en": 1, "result_de": 1, "result_en": 1,
        "transfer_de": 1, "transfer_en": 1, "actors_de": 1, "actors_en": 1,
    }  # fmt: skip
    identifiers = ("number",)
    orders = {
        "newest": Order(_("Newest start first"), "year_start", descending=True),
        "municipality": Order(_("Municipality A–Z"), "municipality__sort_name"),
        "title": Order(_("Title A–Z"), "title_{lang}"),
        "number": Order(_("Number"), "number"),
    }

    related = {"challenges": "challenges", "target-groups": "target_groups", "municipalities": "municipality"}

    class Meta:
        model = PracticeExample
        fields = ()

    @classmethod
    def origins(cls, rows):
        return rows.values_list("pk", "municipality__key").iterator(READ_AT_ONCE)


class ChallengeFilter(FacetedFilterSet):
    """No facets: a table without parameters is a filter class too."""

    texts = {"title_de": 6, "title_en": 6, "summary_de": 3, "summary_en": 3}
    orders = {"title": Order(_("Title A–Z"), "title_{lang}")}

    class Meta:
        model = Challenge
        fields = ()


class SourceFilter(FacetedFilterSet):
    texts = {"title": 6, "authors": 3, "publisher": 3, "key": 3}
    orders = {"key": Order(_("Short name"), "key")}

    related = {"recommendations": "", "practice-examples": "", "challenges": ""}  # which cite it

    class Meta:
        model = Source
        fields = ()


class TargetGroupFilter(FacetedFilterSet):
    texts = {"label_de": 6, "label_en": 6}
    orders = {"label": Order(_("Name A–Z"), "label_{lang}")}

    class Meta:
        model = TargetGroup
        fields = ()
