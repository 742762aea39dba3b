from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.entry_admin import EntryAdmin, MissingFilter

from . import register_views
from .models import VALID, Municipality


class ValidFilter(admin.SimpleListFilter):
    title = _("register of municipalities")
    parameter_name = "register"

    def lookups(self, request, model_admin):
        return [
            ("valid", _("stands in it")),
            ("ended", _("has left it")),
            ("lost", _("has left it, without a successor")),
            ("own", _("added by editors")),
        ]

    def queryset(self, request, queryset):
        ended = Q(valid_to__isnull=False)
        chosen = {"valid": VALID, "ended": ended, "lost": ended & Q(successor=None), "own": Q(register_on=None)}
        return queryset.filter(chosen.get(self.value(), Q()))


@admin.register(Municipality)
class MunicipalityAdmin(EntryAdmin):
    list_display = ["name", "key", "kind", "district", "state", "population"]
    list_filter = ["kind", "state", ValidFilter, MissingFilter]
    search_fields = ["name", "official_name", "key", "district"]
    missing = {
        "population": (_("population"), Q(population__isnull=True)),
        "point": (_("place on the map"), Q(lat__isnull=True)),
        "example": (_("a practice example"), Q(practice_examples__isnull=True)),
    }
    permanent = ["key"]
    raw_id_fields = ["successor"]
    readonly_fields = ["size", "register_on", "bbsr_code", "bbsr_year"]
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
                    "degree_of_urbanisation", "municipality_count", ("bbsr_code", "bbsr_year"), "register_on",
                ],
            },
        ),
        (
            _("Boundary changes"),
            {
                "fields": [("valid_from", "valid_to"), "successor"],
                "description": _(
                    "A municipality that was merged stays, with the day of its end and its successor. "
                    "The register doesn't say who succeeds: please add it, and old addresses lead there."
                ),
            },
        ),
    ]  # fmt: skip

    def get_urls(self):
        return [*register_views.urls(self.admin_site.admin_view), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        address = register_views.import_address(request.user)
        return super().changelist_view(request, {"import_url": address} | (extra_context or {}))
