from django.utils.translation import gettext_lazy as _

from portal.facets import Facet, FacetedFilterSet, Order

from .models import Municipality, Size, State


class MunicipalityFilter(FacetedFilterSet):
    state = Facet(field_name="state", label=_("State"), choices=State.choices)
    size = Facet(
        field_name="size", label=_("Population"), choices=Size.choices, help_text=_("Districts have no size class.")
    )
    kind = Facet(field_name="kind", label=_("Kind of municipality"), choices=Municipality.Kind.choices)

    texts = {"name": 6, "official_name": 3, "district": 1, "key": 6, "postcode_of_seat": 3}
    orders = {
        "name": Order(_("Name A–Z"), "sort_name"),
        "population": Order(_("Most inhabitants first"), "population", descending=True),
        "examples": Order(_("Most examples first"), "example_count", descending=True),
    }

    related = {"practice-examples": ""}

    class Meta:
        model = Municipality
        fields = ()
