from django.contrib import admin
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from portal.entry_admin import EntryAdmin, MissingFilter, RowForm, RowInline

from ..models import Source
from ..models.source import Citation
from .link import LinkFilter, WithLinks


def uncited():
    """The condition that no record cites a source."""
    cited = Q()
    for citation in Citation.__subclasses__():
        cited |= Q(pk__in=citation.objects.values("source"))
    return ~cited


@admin.register(Source)
class SourceAdmin(WithLinks, EntryAdmin):
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
    }
    link_columns = ["url", "catalogue_url"]
    readonly_fields = ["link_report"]
    permanent = ["key"]
    slug_from = ("key", "title")
    view_on_site = False
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
    ]

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
