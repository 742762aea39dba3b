from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.entry_admin import ENGLISH_MISSING, ENGLISH_OUTDATED, BatchFilter, MissingFilter, RowForm, RowInline
from portal.workflow_admin import PublishableAdmin

from ..models import Illustration, Recommendation, RecommendationCitation, Step
from .source import CitationInline
from .vocabulary import REUSE, TargetGroupsField


class StepForm(RowForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.pk:  # what somebody writes here is ours until they say otherwise
            self.initial["editorial"] = True

    class Meta:
        help_texts = {
            "position": _("Leave it empty to add the step at the end."),
            "text_de": _("One action, beginning with what is acted upon: “Let municipal land for affordable housing”."),
            "editorial": _("Not in the source: readers see that we have added it."),
        }


class StepInline(RowInline, admin.StackedInline):
    model = Step
    form = StepForm
    fields = [("text_de", "text_en"), ("actors", "editorial", "position")]


class RecommendationCitationInline(CitationInline):
    model = RecommendationCitation


class IllustrationForm(RowForm):
    class Meta:
        help_texts = {
            "position": _("Leave it empty to add the example at the end."),
            "example": _("The magnifier opens the search."),
            "note_de": _("Which part of the recommendation it shows, and what it doesn't. The assignment is ours."),
        }


class IllustrationInline(RowInline, admin.StackedInline):
    model = Illustration
    form = IllustrationForm
    fields = [("example", "position"), ("note_de", "note_en")]
    raw_id_fields = ["example"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("recommendation", "example")


@admin.register(Recommendation)
class RecommendationAdmin(PublishableAdmin):
    list_display = ["number", "title_de", "state", "published_at", "challenge_list"]
    list_display_links = ["number", "title_de"]
    list_filter = ["status", BatchFilter, MissingFilter, "challenges", "evidence", "kind"]
    search_fields = [
        "number",
        "replaces__number",
        "slug",
        "title_de",
        "title_en",
        "summary_de",
        "summary_en",
        "steps__text_de",
    ]
    missing = {
        "english_outdated": (ENGLISH_OUTDATED, ~Q(outdated_english=[])),
        "english": (ENGLISH_MISSING, Q(title_en="") | Q(summary_en="")),
        "challenge": (_("a challenge"), Q(challenges__isnull=True)),
        "addressee": (_("who should act"), Q(addressees="")),
        "source": (_("a source"), Q(citations__isnull=True)),
        "page": (_("page in the source"), Q(citations__page="")),
        "primary": (_("a source that we had ourselves"), ~Q(citations__source__kind="primary")),
        "steps": (_("steps"), Q(steps__isnull=True)),
        "example": (_("an example"), Q(illustrations__isnull=True)),
    }
    permanent = ["number", "slug"]
    slug_from = ("slug", "title_de")
    number_prefix = "E"
    inlines = [StepInline, RecommendationCitationInline, IllustrationInline]
    fieldsets = [
        (
            _("The recommendation"),
            {
                "fields": [("number", "slug"), ("title_de", "title_en"), ("summary_de", "summary_en")],
                "description": _(
                    "The title says in one line what is to be done. The summary says in two or three sentences who "
                    "advises what, as to a colleague who hasn't read the source: short, active, without jargon. "
                    "No praise and no blame for office-holders."
                ),
            },
        ),
        (
            _("Why"),
            {
                "fields": [("rationale_de", "rationale_en")],
                "description": _(
                    "The reason the source gives. If it gives none, leave this empty: "
                    "readers are told that the sources we have seen say nothing about it."
                ),
            },
        ),
        (
            _("For whom"),
            {
                "fields": ["kind", "addressees", "municipal_level", "challenges", "target_groups"],
                "description": _("By this readers find it. Choose what it is mainly about, not everything it touches."),
            },
        ),
        (
            _("Time and effort"),
            {
                "fields": ["horizon", "effort", "editorial_estimate"],
                "description": _("Readers are told that this is our estimate, unless the source itself says so."),
            },
        ),
        (
            _("Evidence"),
            {
                "fields": ["evidence", ("evidence_note_de", "evidence_note_en"), ("law_note_de", "law_note_en")],
                "description": _(
                    "Say what was really seen. Attribute nothing to the DeZIM report that you haven't seen in it, "
                    "and nothing to a source of which you know only a report."
                ),
            },
        ),
        REUSE,
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("challenges")

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "target_groups":
            kwargs["form_class"] = TargetGroupsField
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description=_("challenges"))
    def challenge_list(self, recommendation):
        return ", ".join(challenge.title for challenge in recommendation.challenges.all())
