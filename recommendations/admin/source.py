from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from municipalities.models import Municipality
from portal.entry_admin import EntryAdmin, EntryForm, MissingFilter, RowForm, RowInline

from ..models import ExampleCitation, OpenItem, PracticeExample, Recommendation, RecommendationCitation, Source
from ..models.source import DEZIM_REPORT, Citation
from .link import LinkFilter, WithLinks


def uncited():
    """The condition that no record cites a source."""
    cited = Q()
    for citation in Citation.__subclasses__():
        cited |= Q(pk__in=citation.objects.values("source"))
    return ~cited


def taken(number):
    """The record that a permanent number or a municipality's key stands for, or None."""
    for model, column in ((Recommendation, "number"), (PracticeExample, "number"), (Municipality, "key")):
        if found := model.objects.filter(**{column: number}).first():
            return found
    return None


class OpenItemForm(RowForm):
    class Meta:
        help_texts = {
            "position": _("Leave it empty to add the item at the end."),
            "text": _("What it recommends, or the name of the municipality. Only what you have read in the source."),
            "page": _("Only the number, such as 12 or 12–15."),
            "taken_as": _(
                "The number of the record that it has become, such as E046 or P046, or the key of the municipality. "
                "Empty: still to be done."
            ),
        }

    def clean_taken_as(self):
        number = self.cleaned_data["taken_as"]
        if number and not taken(number):
            raise ValidationError(_("There is no record with this number."))
        return number


class OpenItemInline(RowInline, admin.StackedInline):
    model = OpenItem
    form = OpenItemForm
    fields = [("kind", "page", "position"), "text", ("taken_as", "record")]
    readonly_fields = ["record"]
    verbose_name = _("item")
    verbose_name_plural = _("item by item")

    @admin.display(description=_("record"))
    def record(self, item):
        record = taken(item.taken_as) if item.taken_as else None
        if not record:
            return "–"
        address = f"admin:{record._meta.app_label}_{record._meta.model_name}_change"
        return format_html('<a href="{}">{}</a>', reverse(address, args=[record.pk]), record)


class SourceForm(EntryForm):
    class Meta:
        help_texts = {"authors": _("One per line. A person: family name, comma, given names. A body: its name.")}


@admin.register(Source)
class SourceAdmin(WithLinks, EntryAdmin):
    form = SourceForm
    list_display = ["title", "links", "key", "publisher", "year", "kind", "seen_on"]
    list_filter = ["kind", MissingFilter, LinkFilter]
    search_fields = ["key", "title", "authors", "publisher", "doi", "isbn", "url"]
    ordering = ["title"]
    missing = {
        "year": (_("year"), Q(year__isnull=True)),
        "url": (_("address"), Q(url="")),
        "title": (_("the title as published"), Q(title_is_descriptive=True)),
        "seen_on": (_("date on which it was seen"), Q(seen_on__isnull=True)),
        "records": (_("a record that cites it"), uncited()),
        "open_items": (_("transfer into the portal"), Q(open_items__taken_as="")),
    }
    link_columns = ["url", "catalogue_url"]
    readonly_fields = ["link_report", "open_report"]
    permanent = ["key"]
    slug_from = ("key", "title")
    view_on_site = False
    change_list_template = "admin/source_list.html"
    inlines = [OpenItemInline]
    fieldsets = [
        (
            _("The publication"),
            {
                "fields": [
                    "title",
                    "language",
                    "title_is_descriptive",
                    "authors",
                    "publisher",
                    "year",
                    ("isbn", "doi"),
                    "key",
                ],
                "description": _(
                    "As it stands on the publication itself. What isn't stated there stays empty; "
                    "if it has no title, write a descriptive one and say that it is ours."
                ),
            },
        ),
        (
            _("What we have seen of it"),
            {
                "fields": ["kind", "url", "catalogue_url", "archive_url", "link_report", "note_de", "seen_on"],
                "description": _(
                    "Readers see whether we had the publication itself or only a report about it. "
                    "The note says honestly what the address leads to and which part was read."
                ),
            },
        ),
        (
            _("Still to be taken from it"),
            {
                "fields": ["open_report"],
                "description": _(
                    "What the source holds and the portal lacks, for whoever has it at hand. "
                    "The list is ours: readers and exports don't show it."
                ),
            },
        ),
    ]

    def changelist_view(self, request, extra_context=None):
        report = Source.objects.filter(key=DEZIM_REPORT).first()
        address = report and reverse("admin:recommendations_source_change", args=[report.pk]) + "#open_items-group"
        return super().changelist_view(request, {"report_url": address} | (extra_context or {}))

    @admin.display(description=_("how far we are"))
    def open_report(self, source):
        """How much of it is still to be done; of the DeZIM report also what we have not seen."""
        said = []
        if source.key == DEZIM_REPORT and source.kind == Source.Kind.SECONDARY:
            said.append(gettext("The full text of the DeZIM report was not available to us, only descriptions of it."))
            citations = (each.objects.filter(source=source) for each in (RecommendationCitation, ExampleCitation))
            if not any(each.exists() for each in citations):
                said.append(gettext("No recommendation and no practice example of the portal is attributed to it."))
            if not source.open_items.exists():
                said.append(
                    gettext(
                        "Whoever has the text lists below what it recommends and which municipalities it speaks of. "
                        "Until then the list stays empty."
                    )
                )
        count = source.open_items.filter(taken_as="").count() if source.pk else 0
        said.append(ngettext("%d item is open.", "%d items are open.", count) % count)
        return format_html_join("", "<p>{}</p>", [[text] for text in said])

    def get_deleted_objects(self, objs, request):
        """Not the citations protect a source, but the records they belong to: those are named."""
        *found, protected = super().get_deleted_objects(objs, request)
        if protected:
            protected = []
            for citation in Citation.__subclasses__():
                for each in citation.objects.filter(source__in=objs).select_related(citation.owner):
                    record = getattr(each, citation.owner)
                    protected.append(f"{capfirst(record._meta.verbose_name)}: {record}")
        return *found, protected


class CitationForm(RowForm):
    class Meta:
        help_texts = {"source": _("The magnifier opens the search; there, add a source that is new.")}


class CitationInline(RowInline, admin.StackedInline):
    """Sources of a record; the subclass names the model."""

    form = CitationForm
    fields = [("source", "page", "position")]
    raw_id_fields = ["source"]
    verbose_name_plural = _("sources: the first is the one it was taken from")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("source")
