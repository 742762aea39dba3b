from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.entry_admin import ENGLISH_MISSING, Alphabetical, ChoicesField, EntryAdmin, MissingFilter

from ..models import TargetGroup


@admin.register(TargetGroup)
class TargetGroupAdmin(EntryAdmin):
    list_display = ["label_de", "label_en", "role", "slug"]
    list_filter = ["role", MissingFilter]
    search_fields = ["label_de", "label_en", "slug"]
    missing = {"english": (ENGLISH_MISSING, Q(label_en=""))}
    permanent = ["slug"]
    slug_from = ("slug", "label_de")
    view_on_site = False
    fieldsets = [
        (
            None,
            {
                "fields": [("label_de", "label_en"), "role", "slug"],
                "description": _(
                    "A few groups that readers recognise at once are better than many fine ones. "
                    "Name people as they would name themselves."
                ),
            },
        ),
    ]


class ByRole(Alphabetical):
    """Target groups under the heading of their role."""

    def __iter__(self):
        choices = list(super().__iter__())
        for role in TargetGroup.Role:
            yield role.label, [choice for choice in choices if choice[0].instance.role == role]


class TargetGroupsField(ChoicesField):
    iterator = ByRole
