from django.contrib import admin
from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal.entry_admin import ENGLISH_MISSING, EntryAdmin, MissingFilter, RowForm, RowInline

from ..models import Answer, SelfCheckQuestion, SelfCheckReading


class ReadingForm(RowForm):
    class Meta:
        help_texts = {
            "position": _("Leave it empty to add the recommendation at the end."),
            "recommendation": _("The magnifier opens the search."),
        }


class ReadingInline(RowInline, admin.StackedInline):
    model = SelfCheckReading
    form = ReadingForm
    fields = [("recommendation", "position")]
    raw_id_fields = ["recommendation"]
    verbose_name_plural = _("where to read on if the answer is “not yet” or “being planned”")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("question", "recommendation")


@admin.register(SelfCheckQuestion)
class SelfCheckQuestionAdmin(EntryAdmin):
    list_display = ["question_de", "challenge", "position"]
    list_filter = [MissingFilter, "challenge"]
    list_select_related = ["challenge"]
    search_fields = ["key", "question_de", "question_en", "help_de", "help_en"]
    missing = {
        "english": (ENGLISH_MISSING, Q(question_en="") | ~Q(help_de="") & Q(help_en="")),
        "recommendation": (_("a recommendation to read"), Q(readings__isnull=True)),
    }
    permanent = ["key"]
    slug_from = ("key", "question_de")
    view_on_site = False
    text_rows = 2
    inlines = [ReadingInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("challenge", "position"), ("question_de", "question_en"), ("help_de", "help_en"), "key",
                ],
                "description": format_lazy(
                    _(
                        "Ask for one thing that an administration can say yes to, in words that fit a village as well "
                        "as a city; what the district or neighbours do counts, too. These answers must fit: {answers}. "
                        "The self-check is an aid of ours: no validated instrument, no score, no ranking. "
                        "Attribute no question to a source."
                    ),
                    answers=format_lazy("{}, {}, {}, {}, {}", *Answer.labels),
                ),
            },
        ),
    ]  # fmt: skip
