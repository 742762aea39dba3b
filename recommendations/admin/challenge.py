from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.entry_admin import ENGLISH_MISSING, ENGLISH_OUTDATED, MissingFilter
from portal.workflow_admin import PublishableAdmin

from ..models import Challenge, ChallengeCitation
from .source import CitationInline
from .vocabulary import REUSE


class ChallengeCitationInline(CitationInline):
    model = ChallengeCitation


@admin.register(Challenge)
class ChallengeAdmin(PublishableAdmin):
    list_display = ["title_de", "state", "published_at", "dezim_confirmed"]
    list_filter = ["status", MissingFilter, "dezim_confirmed"]
    search_fields = ["slug", "title_de", "title_en", "summary_de", "summary_en"]
    missing = {
        "english_outdated": (ENGLISH_OUTDATED, ~Q(outdated_english=[])),
        "english": (ENGLISH_MISSING, Q(title_en="") | Q(summary_en="")),
        "opportunity": (_("the chance"), Q(opportunity_de="")),
        "source": (_("a source"), Q(citations__isnull=True)),
        "page": (_("page in the source"), Q(citations__page="")),
    }
    permanent = ["slug"]
    slug_from = ("slug", "title_de")
    inlines = [ChallengeCitationInline]
    fieldsets = [
        (
            _("The challenge"),
            {
                "fields": [("title_de", "title_en"), ("summary_de", "summary_en"), "slug"],
                "description": _(
                    "The title is the name of the field, one to three words. The summary says in two or three "
                    "sentences what municipalities have to solve. Describe tasks, never people as the problem."
                ),
            },
        ),
        (
            _("The chance in it"),
            {
                "fields": [("opportunity_de", "opportunity_en"), "opportunity_editorial", "dezim_confirmed"],
                "description": _(
                    "What a municipality gains when it succeeds. Say whether a source says so or we do. "
                    "Attribute nothing to the DeZIM report that you haven't seen in it."
                ),
            },
        ),
        REUSE,
    ]
