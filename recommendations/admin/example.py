from django.contrib import admin
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.differences import picture_tag
from portal.entry_admin import ENGLISH_MISSING, ENGLISH_OUTDATED, BatchFilter, MissingFilter
from portal.workflow_admin import PublishableAdmin

from ..models import ExampleCitation, PracticeExample
from .link import LinkFilter, WithLinks
from .picture import PictureForm, fields_without_upload
from .source import CitationInline
from .vocabulary import REUSE, TargetGroupsField


class ExampleCitationInline(CitationInline):
    model = ExampleCitation


@admin.register(PracticeExample)
class PracticeExampleAdmin(WithLinks, PublishableAdmin):
    form = PictureForm
    list_display = ["number", "title_de", "place", "state", "published_at", "links", "challenge_list"]
    list_display_links = ["number", "title_de"]
    list_filter = [
        "status",
        BatchFilter,
        MissingFilter,
        LinkFilter,
        "challenges",
        "municipality__state",
        "period_status",
    ]
    list_select_related = ["municipality"]
    search_fields = [
        "number",
        "replaces__number",
        "slug",
        "title_de",
        "title_en",
        "summary_de",
        "municipality__name",
        "municipality__key",
    ]
    missing = {
        "english_outdated": (ENGLISH_OUTDATED, ~Q(outdated_english=[])),
        "english": (ENGLISH_MISSING, Q(title_en="") | Q(summary_en="")),
        "challenge": (_("a challenge"), Q(challenges__isnull=True)),
        "source": (_("a source"), Q(citations__isnull=True)),
        "page": (_("page in the source"), Q(citations__page="")),
        "result": (_("result"), Q(result_de="")),
        "years": (_("years"), Q(year_start__isnull=True)),
        "recommendation": (_("a recommendation that it illustrates"), Q(illustrations__isnull=True)),
    }
    permanent = ["number", "slug"]
    slug_from = ("slug", "title_de")
    number_prefix = "P"
    raw_id_fields = ["municipality"]
    link_columns = ["info_url"]
    readonly_fields = ["illustrated", "link_report", "picture_now"]
    inlines = [ExampleCitationInline]
    fieldsets = [
        (
            _("The example"),
            {
                "fields": [
                    ("number", "slug"), "municipality", ("title_de", "title_en"), ("summary_de", "summary_en"),
                ],
                "description": _(
                    "The title says what was done, without praise: “Mentors accompany newcomers”, not “A model for "
                    "all”. The summary says in two or three sentences who did what for whom. "
                    "No names of people concerned. In places under 5,000 inhabitants no person or family may be "
                    "recognisable, not even from nationality, street or year together. "
                    "Neither praise nor blame for office-holders."
                ),
            },
        ),
        (
            _("How it went"),
            {
                "fields": [
                    ("situation_de", "situation_en"), ("approach_de", "approach_en"), ("result_de", "result_en"),
                    ("transfer_de", "transfer_en"), ("actors_de", "actors_en"),
                ],
                "description": _(
                    "Only what the sources say. An empty text is honest: readers are told that the sources we have "
                    "seen say nothing about it. Plans and hopes are not results."
                ),
            },
        ),
        (_("When"), {"fields": [("year_start", "year_end"), "period_status", "info_url", "link_report"]}),
        (
            _("How it is found"),
            {
                "fields": ["challenges", "target_groups", "illustrated"],
                "description": _(
                    "One or two challenges fit better than five: an example that is everywhere helps nobody."
                ),
            },
        ),
        (
            _("Evidence"),
            {
                "fields": ["basis_note"],
                "description": _(
                    "Say openly what is second-hand, what is a self-portrayal and what could not be checked."
                ),
            },
        ),
        (
            _("Picture"),
            {
                "fields": [
                    "picture_now", "picture_file", "picture_removed", ("picture_alt_de", "picture_alt_en"),
                    "picture_credit", "picture_licence", "picture_consent", "picture",
                ],
                "description": _(
                    "One picture of what was done, if there is a good one; no symbol, no stock picture. "
                    "Nobody is shown whom it could harm to be seen there. "
                    "Place and time of the photograph and everything else that a camera writes into a file are "
                    "taken out."
                ),
            },
        ),
        REUSE,
    ]  # fmt: skip

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        # Known once the body has been read, for the check of the form's own token.
        form.upload_too_large = getattr(request, "upload_too_large", False)
        return form

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return fieldsets if may_write else fields_without_upload(fieldsets)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("challenges")

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "target_groups":
            kwargs["form_class"] = TargetGroupsField
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description=_("municipality"), ordering="municipality__sort_name")
    def place(self, example):
        return example.municipality.display_name

    @admin.display(description=_("challenges"))
    def challenge_list(self, example):
        return ", ".join(challenge.title for challenge in example.challenges.all())

    @admin.display(description=_("picture"))
    def picture_now(self, example):
        """The one it has, or in a form with errors the one just handed in."""
        return picture_tag(example.picture) if example.picture else gettext("No picture.")

    @admin.display(description=_("illustrates"))
    def illustrated(self, example):
        """The recommendations that name it, with links: the assignment is made there."""
        found = (example.replaces or example).illustrations.select_related("recommendation") if example.pk else []
        links = [
            (reverse("admin:recommendations_recommendation_change", args=[each.recommendation_id]), each.recommendation)
            for each in found
        ]
        return format_html_join("; ", '<a href="{}">{}</a>', links) or gettext(
            "No recommendation yet. You assign examples on the recommendation's page."
        )
