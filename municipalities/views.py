from django.http import QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.current import current_index
from portal.views import NOT_RECORDED, FilteredListView, RecordView

from .filters import EveryMunicipality, MunicipalityFilter
from .linked_data import place
from .models import DISTRICT_KEY, VALID, Municipality
from .near import Likenesses, compared

MOST_SIMILAR = 5


class MunicipalityListView(FilteredListView):
    filter_class = MunicipalityFilter
    table = "municipalities"
    search_label = gettext_lazy("Search the municipalities")
    template_name = "municipalities/municipality_list.html"

    def rows(self, visible):
        return visible

    def get_context_data(self, **kwargs):
        context = super().get_context_data(has_register=Municipality.objects.filter(VALID).exists(), **kwargs)
        context["in_register"] = self.in_register(context["filter"])
        return context

    @staticmethod
    def in_register(filter_set):
        """How many municipalities without examples a search finds that finds none with them."""
        if filter_set.everything or not filter_set.q or len(filter_set.results):
            return 0
        return len(EveryMunicipality(QueryDict(filter_set.switch_url.removeprefix("?"))).results)


class MunicipalityDetailView(RecordView):
    model = Municipality
    slug_field = slug_url_kwarg = "key"

    def get_queryset(self):
        return super().get_queryset().select_related("successor")

    def moved(self, key):
        """The municipality of today that a key of the past leads to."""
        ended = self.withdrawn(key)
        return ended and Municipality.objects.today(ended)

    def withdrawn(self, key):
        """What once stood in the register under this key and has no page of its own any more."""
        ended = Municipality.objects.filter(register_on__isnull=False, valid_to__isnull=False)
        return ended.filter(key=key).first()

    def tombstone(self, record):
        context = {"municipality": record, "district": self.district(record)}
        return render(self.request, "municipalities/municipality_ended.html", context, status=410)

    @staticmethod
    def district(record):
        """The district around one that has ended, if it is still there."""
        return Municipality.objects.filter(VALID, key=record.key[:DISTRICT_KEY]).exclude(pk=record.pk).first()

    @staticmethod
    def members(record):
        """The municipalities of a district or an association."""
        kind, found = Municipality.Kind, Municipality.objects.filter(VALID, kind=Municipality.Kind.TOWN)
        if record.kind == kind.DISTRICT:
            return found.filter(key__startswith=record.key)
        return found.filter(ars__startswith=record.key) if record.kind == kind.ASSOCIATION else ()

    def title(self):
        return str(self.object)

    def linked_data(self):
        return [place(self.object)]

    def get_context_data(self, **kwargs):
        facts = {
            "population": _("population"),
            "population_on": _("day of the population figure"),
            "area_km2": _("area"),
        }
        here = {"from": self.object.get_absolute_url(), "municipality": self.object.key}
        return super().get_context_data(
            examples=self.object.practice_examples.visible().with_card(),
            members=self.members(self.object),
            district=self.district(self.object) if self.object.is_ended else None,
            compared=compared(self.object),
            similar=Likenesses(current_index(MunicipalityFilter), self.object).first(MOST_SIMILAR),
            confirm_url=reverse("feedback", query=here),
            gaps=[
                {"label": label, "kind": NOT_RECORDED}
                for name, label in facts.items()
                if getattr(self.object, name) is None
            ],
            **kwargs,
        )
