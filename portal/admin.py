"""Keeping records in the admin: `EntryAdmin` and its rows for every app, and the admin of the portal's own records."""

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from allauth.socialaccount.admin import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .accounts.invitations import trust_address
from .entries import TYPES, Lines, Rows, delete, diff, kind_of, revise, type_of
from .models import GlossaryTerm, Page, Revision, SearchSynonym, User
from .publishing import Publishable
from .search import sort_key
from .views import preview_token

LAST = 32_000  # a position behind all others; `RowFormSet` turns it into the next number
SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class TextField(forms.CharField):
    """A text area. Browsers send line ends as CR LF; kept so, an untouched text would count as changed."""

    def to_python(self, value):
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class EntryForm(forms.ModelForm):
    change_note = forms.CharField(
        label=gettext_lazy("What have you changed?"),
        help_text=gettext_lazy("A few words for your colleagues; they stand in the history and are not public."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    slug_from = None  # (field of the short name, field it is made from); set by EntryAdmin

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.slug_from and self.slug_from[0] in self.fields:
            self.fields[self.slug_from[0]].required = False

    def clean(self):
        cleaned = super().clean()
        for each in type_of(self.instance).fields:
            if isinstance(each, Lines) and each.column in cleaned:
                lines = (" ".join(line.split()) for line in cleaned[each.column].splitlines())
                cleaned[each.column] = "\n".join(line for line in lines if line)
        if cleaned.get("status") == Publishable.Status.PUBLISHED and cleaned.get("published_at", 0) is None:
            cleaned["published_at"] = timezone.now().replace(second=0, microsecond=0)
        if self.slug_from:
            slug, title = self.slug_from
            if slug in cleaned and not cleaned[slug]:
                cleaned[slug] = self.free_slug(slug, cleaned.get(title, ""))
        return cleaned

    def free_slug(self, column, title):
        """A short name made from a title, which no other record has yet."""
        model, room = self._meta.model, self._meta.model._meta.get_field(column).max_length - len("-99")
        base = slug = slugify(title.lower().translate(SPELT_OUT))[:room].strip("-")
        if not base:
            self.add_error(
                column, _("No short name can be made from this title. Please write one, such as “daycare-places”.")
            )
        number = 1
        while model._default_manager.filter(**{column: slug}).exists():
            number += 1
            slug = f"{base}-{number}"
        return slug


class Alphabetical(forms.models.ModelChoiceIterator):
    """By label, as readers of German expect it, whatever the database thinks of umlauts."""

    def __iter__(self):
        return iter(sorted(super().__iter__(), key=lambda choice: sort_key(choice[1])))


class ChoicesField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple
    iterator = Alphabetical


class Accessible:
    """How fields are shown: the browser's own inputs and checkboxes, which keyboard and screen reader can work."""

    formfield_overrides = {
        models.TextField: {"form_class": TextField},
        models.DateField: {"widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})},
        models.DateTimeField: {
            "form_class": forms.DateTimeField,
            "widget": forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        },
    }
    text_rows = 4

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(db_field, models.TextField):
            field.widget.attrs["rows"] = self.text_rows
        if field and db_field.name.endswith("_en"):
            field.widget.attrs["lang"] = "en"  # for the spelling checker and the screen reader
        if field and isinstance(db_field, models.ManyToManyField):
            field.widget.can_add_related = False  # nobody should add to a vocabulary in passing
        return field

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        chosen = {"form_class": ChoicesField, "widget": forms.CheckboxSelectMultiple}
        return super().formfield_for_manytomany(db_field, request, **chosen | kwargs)


class MissingFilter(admin.SimpleListFilter):
    """Where there is still something to find out or to write: the admin class says what, in `missing`."""

    title = gettext_lazy("what is missing")
    parameter_name = "missing"

    def __init__(self, request, params, model, model_admin):
        self.missing = model_admin.missing
        super().__init__(request, params, model, model_admin)

    def lookups(self, request, model_admin):
        return [(code, label) for code, (label, _condition) in self.missing.items()]

    def queryset(self, request, queryset):
        if self.value() not in self.missing:
            return queryset
        _label, condition = self.missing[self.value()]
        return queryset.filter(pk__in=queryset.model._default_manager.filter(condition).values("pk"))


class EntryAdmin(Accessible, admin.ModelAdmin):
    """The admin of a model that has an entry type. What it writes goes through the one door and is in the history."""

    form = EntryForm
    change_form_template = "admin/entry_form.html"
    list_per_page = 50
    permanent = ()  # fields that nobody changes once the record exists
    slug_from = None
    number_prefix = ""  # of models with permanent numbers
    has_preview = False
    missing = {}  # for MissingFilter: {code: (label, condition)}

    class Media:
        css = {"all": ["admin.css"]}

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.slug_from = self.slug_from
        return form

    def get_fieldsets(self, request, obj=None):
        """The admin class's own, and as the last one what belongs to saving; the template shows it below the rows."""
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        publishing = ["status", "published_at"] if issubclass(self.model, Publishable) else []
        fields = publishing + ["change_note"] * may_write
        heading = _("Publish and save") if publishing else _("Save")
        return [*super().get_fieldsets(request, obj), *([(heading, {"fields": fields})] if fields else [])]

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), *(self.permanent if obj else ())]

    def get_changeform_initial_data(self, request):
        initial = super().get_changeform_initial_data(request)
        return {"number": self.next_number()} | initial if self.number_prefix else initial

    def next_number(self):
        """One more than the largest that any record has or had: a number that was cited is never given again."""
        revisions = Revision.objects.filter(table=kind_of(self.model).table).values_list("entry__number", flat=True)
        numbers = {*self.model._default_manager.values_list("number", flat=True), *revisions}
        last = max((int(number.removeprefix(self.number_prefix)) for number in numbers), default=0)
        return f"{self.number_prefix}{last + 1:03d}"

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        revise(form.instance, author=request.user, note=form.cleaned_data["change_note"])

    def delete_model(self, request, obj):
        delete(obj, request.user)

    @transaction.atomic
    def delete_queryset(self, request, queryset):
        for obj in queryset:
            delete(obj, request.user)

    def get_deleted_objects(self, objs, request):
        """Records that name one of `objs` in a list of theirs protect it too: they would lose it without a word."""
        to_delete, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        for relation in self.opts.related_objects:
            if relation.many_to_many:
                naming = relation.related_model._default_manager.filter(
                    **{f"{relation.field.name}__in": objs}
                ).distinct()
                protected = [*protected, *(f"{capfirst(record._meta.verbose_name)}: {record}" for record in naming)]
        return to_delete, counts, perms_needed, protected

    def view_on_site(self, obj):
        shown = type(obj)._default_manager.visible().filter(pk=obj.pk).exists()
        return obj.get_absolute_url() if shown else None

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and self.has_preview:
            context["preview_url"] = reverse("preview", args=[preview_token(type_of(obj).table, obj)])
        return super().render_change_form(request, context, add, change, form_url, obj)

    def history_view(self, request, object_id, extra_context=None):
        """The record's revisions instead of the admin's own log, which knows neither texts nor rows."""
        return HttpResponseRedirect(history_address(kind_of(self.model).table, object_id))


def history_address(table, record_id):
    return reverse("admin:portal_revision_changelist", query={"table": table, "record_id": record_id})


class RowForm(forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "position" in self.fields:
            self.fields["position"].required = False
            if not self.instance.pk:
                self.initial["position"] = None

    def clean_position(self):
        position = self.cleaned_data["position"]
        return LAST if position is None else position


class RowFormSet(forms.BaseInlineFormSet):
    """Rows in an order that editors write as numbers; saved, they are numbered 1, 2, 3 … again."""

    def save(self, commit=True):
        saved = super().save(commit)
        if commit:
            rows = [form for form in self.forms if form.instance.pk]
            for position, form in enumerate(sorted(rows, key=self.place), start=1):
                if form.instance.position != position:
                    form.instance.position = position
                    form.instance.save(update_fields=["position"])
        return saved

    def place(self, form):
        """A row that is new or moved up goes before the one whose number it was given, a row moved down behind it."""
        wanted, before = form.instance.position, form.initial.get("position")
        if before is None or wanted < before:
            return wanted - 0.5
        return wanted + 0.5 if wanted > before else wanted


class RowInline(Accessible):
    """Rows belong to their record: whoever may add, see or change it may do so with its rows."""

    form = RowForm
    formset = RowFormSet
    extra = 0
    text_rows = 3

    def may(self, request, *actions):
        options = self.parent_model._meta
        return any(request.user.has_perm(f"{options.app_label}.{action}_{options.model_name}") for action in actions)

    def has_view_permission(self, request, obj=None):
        return self.may(request, "view", "change")

    def has_add_permission(self, request, obj=None):
        return self.may(request, "add", "change")

    def has_change_permission(self, request, obj=None):
        return self.may(request, "change")

    def has_delete_permission(self, request, obj=None):
        return self.may(request, "change")


ENGLISH_MISSING = gettext_lazy("English text")


@admin.register(Page)
class PageAdmin(EntryAdmin):
    """The long pages come with the content, and each has its own address: none is added or deleted here."""

    list_display = ["title_de", "status", "published_at"]
    list_filter = ["status", MissingFilter]
    search_fields = ["title_de", "title_en", "body_de", "body_en"]
    missing = {
        "english": (ENGLISH_MISSING, models.Q(title_en="") | models.Q(body_en="")),
        "operator": (gettext_lazy("details of the operator"), models.Q(body_de__contains="⟦")),
    }
    permanent = ["slug"]
    has_preview = True
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
    fields = ["record", "kind", "number", "state", "who", "created_at", "note", "changes"]

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
    def changes(self, revision):
        """Field by field, what was there before and what the revision made of it."""
        earlier = Revision.objects.filter(
            table=revision.table, record_id=revision.record_id, number__lt=revision.number
        )
        previous = earlier.order_by("-number").first()
        if previous is None:
            return _("The first version.")
        labels = field_labels(TYPES[revision.table])
        rows = [
            (capfirst(labels.get(name, name)), readable(old), readable(new))
            for name, old, new in diff(previous.entry, revision.entry)
        ]
        if not rows:
            return _("No text; the status, for example.")
        return format_html(
            '<dl class="changes">{}</dl>',
            format_html_join("", "<dt>{}</dt><dd><del>{}</del></dd><dd><ins>{}</ins></dd>", rows),
        )


def field_labels(kind):
    return {
        each.name: each.model._meta.verbose_name_plural
        if isinstance(each, Rows)
        else kind.model._meta.get_field(each.column).verbose_name
        for each in kind.fields
    }


def readable(value):
    """A value of an entry as text, a row of a list per line."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return "\n".join(readable(each) for each in value) or "–"
    if isinstance(value, dict):
        return " · ".join(readable(each) for each in value.values() if each not in ("", [], None))
    return "–" if value in (None, "") else str(value)


@admin.register(User)
class PortalUserAdmin(Accessible, UserAdmin):
    filter_horizontal = ()
    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "last_login"]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        trust_address(obj)


# Secrets and what the log-in keeps for itself are nobody's to edit; Group gets its own admin below.
admin.site.unregister([Group, Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken])


@admin.register(Group)
class PortalGroupAdmin(Accessible, GroupAdmin):
    filter_horizontal = ()
