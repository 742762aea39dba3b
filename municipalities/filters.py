import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from portal.facets import Facet, FacetedFilterSet, Order
from portal.index import READ_AT_ONCE

from .models import Municipality, Size, State


class OnField(forms.CharField):
    """On with the value 1; anything else is off."""

    choices = (("1", ""),)

    def clean(self, value):
        self.unknown = [value] if value and value != "1" else []
        return value == "1"


class On(django_filters.Filter):
    field_class = OnField


class MunicipalityFilter(FacetedFilterSet):
    """The municipalities that we have practice examples from, or with `all=1` every one of the register."""

    all = On(label=_("All municipalities of the register"))
    state = Facet(field_name="state", label=_("State"), choices=State.choices)
    size = Facet(
        field_name="size", label=_("Population"), choices=Size.choices, help_text=_("Districts have no size class.")
    )
    kind = Facet(
        field_name="kind", label=_("Kind of municipality"), choices=Municipality.Kind.choices,
        help_text=_("An independent city does the work of a district, too; it is listed as a city only."),
    )  # fmt: skip

    texts = {"name": 6, "official_name": 3, "district": 1, "register_kind": 1, "key": 6, "postcode_of_seat": 3}
    orders = {
        "name": Order(_("Name A–Z"), "sort_name"),
        "population": Order(_("Most inhabitants first"), "population", descending=True),
        "examples": Order(_("Most examples first"), "example_count", descending=True),
    }

    related = {"practice-examples": ""}

    class Meta:
        model = Municipality
        fields = ()

    def __new__(cls, data):
        """Each of the two has an index of its own: the small one, which nearly everybody asks for, stays small."""
        return super().__new__(EveryMunicipality if data.get("all") == "1" else cls)

    @classmethod
    def rows(cls):
        return Municipality.objects.with_examples()

    @classmethod
    def origins(cls, rows):
        return rows.values_list("pk", "key").iterator(READ_AT_ONCE)

    @property
    def everything(self):
        return self.form.cleaned_data["all"]

    def query(self, *, without=None, **changes):
        return super().query(without=without, **{"all": "1" if self.everything else None, **changes})

    @property
    def reset_url(self):
        return "?all=1" if self.everything else "?"

    @property
    def switch_url(self):
        """The same choices among all municipalities, or back among those with examples."""
        return self.query(all=None if self.everything else "1")


class EveryMunicipality(MunicipalityFilter):
    @classmethod
    def rows(cls):
        return Municipality.objects.visible()

    @classmethod
    def origins(cls, rows):
        return ()
