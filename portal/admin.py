"""The admin of the portal's own records: long pages, glossary, synonyms, history, accounts."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .entries import TYPES
from .entry_admin import ENGLISH_MISSING, Accessible, EntryAdmin, MissingFilter, changes, history_address
from .models import GlossaryTerm, Page, Revision, SearchSynonym, User
from .publishing import Publishable
from .workflow_admin import STEPS, PublishableAdmin


@admin.register(Page)
class PageAdmin(PublishableAdmin):
    """The long pages come with the content, and each has its own address: none is added or deleted here."""

    list_display = ["title_de", "status", "published_at"]
    list_filter = ["status", MissingFilter]
    search_fields = ["title_de", "title_en", "body_de", "body_en"]
    steps = {name: step for name, step in STEPS.items() if name != "rename"}
    missing = {
        "english": (ENGLISH_MISSING, models.Q(title_en="") | models.Q(body_en="")),
        "operator": (gettext_lazy("details of the operator"), models.Q(body_de__contains="⟦")),
    }
    permanent = ["slug"]
    text_rows = 30
    fieldsets = [
        (
            None,
            {
                "fields": ["slug", ("title_de", "title_en"), "body_de", "body_en"],
                "description": gettext_lazy(
                    "Headings begin with ##, list items with a hyphen, a link is [text](address). "
                    "What stands in ⟦double brackets⟧ only the operator knows: replace it, brackets included."
                ),
            },
        ),
    ]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(GlossaryTerm)
class GlossaryTermAdmin(EntryAdmin):
    list_display = ["term_de", "term_en", "definition_de"]
    list_filter = [MissingFilter]
    search_fields = ["term_de", "term_en", "definition_de", "definition_en"]
    ordering = ["term_de"]
    missing = {"english": (ENGLISH_MISSING, models.Q(term_en="") | models.Q(definition_en=""))}
    permanent = ["slug"]
    slug_from = ("slug", "term_de")
    view_on_site = False
    fieldsets = [
        (
            None,
            {
                "fields": [("term_de", "term_en"), ("definition_de", "definition_en"), "slug", "see_also"],
                "description": gettext_lazy(
                    "One or two sentences that someone new to the subject understands. No legal advice."
                ),
            },
        ),
    ]


@admin.register(SearchSynonym)
class SearchSynonymAdmin(EntryAdmin):
    list_display = ["__str__", "kind", "note"]
    list_filter = ["kind"]
    search_fields = ["terms", "note"]
    view_on_site = False
    fieldsets = [
        (
            None,
            {
                "fields": ["terms", "kind", "note"],
                "description": gettext_lazy(
                    "Words that readers type and words that our texts use. "
                    "Join only what means the same: every synonym makes lists longer."
                ),
            },
        ),
    ]


class RecordTypeFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind of record")
    parameter_name = "table"

    def lookups(self, request, model_admin):
        kinds = (TYPES[table] for table in model_admin.tables(request))
        return [(kind.table, capfirst(kind.model._meta.verbose_name_plural)) for kind in kinds]

    def queryset(self, request, queryset):
        return queryset.filter(table=self.value()) if self.value() else queryset


@admin.register(Revision)
class RevisionAdmin(admin.ModelAdmin):
    """The history, to read. Whoever may see a record may see its revisions."""

    list_display = ["created_at", "record", "note", "who", "state", "number"]
    list_filter = [RecordTypeFilter, "created_at"]
    list_select_related = ["author"]
    list_per_page = 50
    search_fields = ["note", "author__username", "author__last_name"]
    ordering = ["-created_at", "-pk"]
    fields = ["record", "kind", "number", "state", "who", "created_at", "note", "difference"]

    class Media:
        css = {"all": ["admin.css"]}

    def tables(self, request):
        """Tables whose records the user may see."""
        seen = []
        for kind in TYPES.values():
            label, name = kind.model._meta.app_label, kind.model._meta.model_name
            if any(request.user.has_perm(f"{label}.{action}_{name}") for action in ("view", "change")):
                seen.append(kind.table)
        return seen

    def get_queryset(self, request):
        return super().get_queryset(request).filter(table__in=self.tables(request))

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None):
        tables = self.tables(request)
        return obj.table in tables if obj else bool(tables)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def history_view(self, request, object_id, extra_context=None):
        revision = get_object_or_404(self.get_queryset(request), pk=object_id)
        return HttpResponseRedirect(history_address(revision.table, revision.record_id))

    @admin.display(description=gettext_lazy("record"))
    def record(self, revision):
        options = TYPES[revision.table].model._meta
        address = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[revision.record_id])
        return format_html('<a href="{}">{}</a>', address, revision.record_name)

    @admin.display(description=gettext_lazy("author"))
    def who(self, revision):
        """By name; without a link, since few may see accounts."""
        return (
            (revision.author.get_full_name() or revision.author.username) if revision.author else _("loaded from files")
        )

    @admin.display(description=gettext_lazy("kind of record"))
    def kind(self, revision):
        return capfirst(TYPES[revision.table].model._meta.verbose_name)

    @admin.display(description=gettext_lazy("status"))
    def state(self, revision):
        return Publishable.Status(revision.status).label if revision.status else ""

    @admin.display(description=gettext_lazy("changed"))
    def difference(self, revision):
        """Field by field, what was there before and what the revision made of it."""
        earlier = Revision.objects.filter(
            table=revision.table, record_id=revision.record_id, number__lt=revision.number
        )
        previous = earlier.order_by("-number").first()
        if previous is None:
            return _("The first version.")
        return changes(TYPES[revision.table], previous.entry, revision.entry) or _("No text; the status, for example.")


@admin.register(User)
class PortalUserAdmin(Accessible, UserAdmin):
    filter_horizontal = ()
    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "last_login"]


admin.site.unregister(Group)


@admin.register(Group)
class PortalGroupAdmin(Accessible, GroupAdmin):
    filter_horizontal = ()
