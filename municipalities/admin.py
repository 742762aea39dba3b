from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.entry_admin import EntryAdmin, MissingFilter

from .models import Municipality


@admin.register(Municipality)
class MunicipalityAdmin(EntryAdmin):
    list_display = ["name", "key", "kind", "district", "state", "population"]
    list_filter = ["kind", "state", MissingFilter]
    search_fields = ["name", "official_name", "key", "district"]
    missing = {
        "population": (_("population"), Q(population__isnull=True)),
        "point": (_("place on the map"), Q(lat__isnull=True)),
        "example": (_("a practice example"), Q(practice_examples__isnull=True)),
    }
    permanent = ["key"]
    raw_id_fields = ["successor"]
    readonly_fields = ["size"]
    fieldsets = [
        (
            _("Name and place"),
            {
                "fields": ["key", "ars", "official_name", "name", "kind", "register_kind", "state", "district"],
                "description": _(
                    "From the official register of municipalities; please don't correct by hand what stands there. "
                    "The name is the everyday one: “Altena”, not “Altena, Stadt”."
                ),
            },
        ),
        (
            _("Figures"),
            {
                "fields": [
                    ("population", "population_on"), "size", "area_km2", "postcode_of_seat", ("lat", "lon"),
                    "degree_of_urbanisation", "municipality_count",
                ],
            },
        ),
        (
            _("Boundary changes"),
            {
                "fields": [("valid_from", "valid_to"), "successor"],
                "description": _("A municipality that was merged stays, with the day of its end and its successor."),
            },
        ),
    ]  # fmt: skip
