"""Records in the admin: `EntryAdmin`, its forms and rows, for the admin of every app."""

import re

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .differences import changes
from .entries import Lines, delete, kind_of, naming, revise, type_of
from .imports import import_address
from .models import FormerSlug, Revision, User
from .publishing import Publishable
from .search import sort_key
from .views import preview_token

ENGLISH_MISSING = gettext_lazy("English text")
ENGLISH_OUTDATED = gettext_lazy("English older than the German")
ADDED_MEANWHILE = gettext_lazy("Added by somebody else while you were writing. Tick “Delete” if it is not to stay.")
REMOVED_MEANWHILE = gettext_lazy(
    "Removed by somebody else while you were writing. It stands again once you save; remove it if it is to stay away."
)
LAST = 32_000  # a position behind all others; `RowFormSet` turns it into the next number
SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class TextField(forms.CharField):
    """A text area. Browsers send line ends as CR LF; kept so, an untouched text would count as changed."""

    def to_python(self, value):
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class RecordForm(forms.ModelForm):
    """A form that says what a constraint of the database has against a value beside the field it is about."""

    def validate_constraints(self):
        for constraint in self._meta.model._meta.constraints:
            condition = getattr(constraint, "condition", None)
            about = getattr(constraint, "fields", ()) or (condition.referenced_base_fields if condition else ())
            shown = [name for name in self.fields if name in about]
            filled = [name for name in shown if self.cleaned_data.get(name) not in (None, "")] or shown
            try:
                constraint.validate(self._meta.model, self.instance, exclude=self._get_validation_exclusions())
            except ValidationError as error:
                # Of several the last: “the last year is before the first” is read where it can be mended.
                wordless = constraint.violation_error_message == constraint.default_violation_error_message
                said = _("This value is not possible here; please see the note on the field.")
                self.add_error(filled[-1] if filled else None, said if wordless else error.messages)


class EntryForm(RecordForm):
    change_note = forms.CharField(
        label=gettext_lazy("What have you changed?"),
        help_text=gettext_lazy("A few words for your colleagues; they stand in the history and are not public."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    based_on = forms.IntegerField(required=False, widget=forms.HiddenInput)  # the revision that the editor saw
    slug_from = None  # (field of the short name, field it is made from); set by EntryAdmin

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and "based_on" in self.fields:
            last = self.last_revision()
            self.fields["based_on"].initial = last.number if last else 0
        if self.slug_from and self.slug_from[0] in self.fields:
            self.fields[self.slug_from[0]].required = False
        for field in self.fields.values():
            field.error_messages["unique"] = _("This is taken already: another record has it.")

    def clean(self):
        cleaned = super().clean()
        for each in type_of(self.instance).fields:
            if isinstance(each, Lines) and each.column in cleaned:
                lines = (" ".join(line.split()) for line in cleaned[each.column].splitlines())
                cleaned[each.column] = "\n".join(line for line in lines if line)
        if self.instance.pk and "based_on" in self.fields:
            self.refuse_overwriting(cleaned.get("based_on"))
        if self.slug_from:
            slug, title = self.slug_from
            if slug in cleaned and not cleaned[slug]:
                if cleaned.get(title):  # else that is what is missing
                    cleaned[slug] = self.free_slug(slug, cleaned[title])
            elif slug in cleaned and self.former_slugs().filter(slug=cleaned[slug]).exists():
                self.add_error(slug, _("Another record was once called so, and its old address leads there."))
        return cleaned

    def former_slugs(self):
        return FormerSlug.objects.filter(table=type_of(self.instance).table)

    def last_revision(self):
        revisions = Revision.objects.filter(table=type_of(self.instance).table, record_id=self.instance.pk)
        return revisions.select_related("author").order_by("-number").first()

    def refuse_overwriting(self, based_on):
        """Someone has saved in between: say who and what, keep the editor's own text, and let a second save win."""
        type(self.instance)._default_manager.select_for_update().get(pk=self.instance.pk)  # nobody saves until we have
        last = self.last_revision()
        if based_on is None or last is None or last.number == based_on:
            return
        kind = type_of(self.instance)
        seen = Revision.objects.filter(table=kind.table, record_id=self.instance.pk, number=based_on).first()
        self.data = self.data.copy()
        self.data[self.add_prefix("based_on")] = last.number
        message = _(
            "%(name)s has changed this record since you opened it. Your own text is still here: "
            "compare it with the changes below and save again if it is to stand."
        ) % {"name": last.author.name if last.author else _("A file")}
        self.add_error(None, format_html("{}{}", message, changes(kind, seen.entry if seen else {}, last.entry)))

    def free_slug(self, column, title):
        """A short name made from a title, which no other record has or ever had."""
        model, room = self._meta.model, self._meta.model._meta.get_field(column).max_length - len("-99")
        base = slug = slugify(title.lower().translate(SPELT_OUT))[:room].strip("-")
        if not base:
            self.add_error(
                column, _("No short name can be made from this title. Please write one, such as “daycare-places”.")
            )
        number = 1
        while (
            model._default_manager.filter(**{column: slug}).exists() or self.former_slugs().filter(slug=slug).exists()
        ):
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
        if field and isinstance(db_field, models.ManyToManyField | models.ForeignKey):
            # Nobody should add to a vocabulary, or change it, in passing.
            for action in ("add", "change", "view", "delete"):
                setattr(field.widget, f"can_{action}_related", False)
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


class BatchFilter(admin.SimpleListFilter):
    """What one import has written: the latest ones of which something still waits to be published."""

    title = gettext_lazy("import")
    parameter_name = "import"
    most = 10

    def lookups(self, request, model_admin):
        model = model_admin.model
        written = Revision.objects.filter(table=kind_of(model).table).exclude(batch="")
        waiting = model._default_manager.filter(status__in=[Publishable.Status.DRAFT, Publishable.Status.REVIEW])
        found = written.filter(record_id__in=waiting.values("pk")) | written.filter(
            batch=request.GET.get(self.parameter_name) or None
        )
        batches = found.values("batch").annotate(
            at=models.Min("created_at"), note=models.Max("note"), who=models.Max("author")
        )
        batches = batches.order_by("-at")[: self.most]
        users = User.objects.in_bulk([each["who"] for each in batches if each["who"]])
        return [(each["batch"], self.label(each, users.get(each["who"]))) for each in batches]

    def label(self, batch, user):
        at = date_format(timezone.localtime(batch["at"]), "SHORT_DATETIME_FORMAT")
        return " · ".join(filter(None, [at, user and user.name, batch["note"]]))

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        written = Revision.objects.filter(table=kind_of(queryset.model).table, batch=self.value())
        return queryset.filter(pk__in=written.values("record_id"))


class EntryAdmin(Accessible, admin.ModelAdmin):
    """The admin of a model that has an entry type. What it writes goes through the one door and is in the history."""

    form = EntryForm
    change_form_template = "admin/entry_form.html"
    change_list_template = "admin/entry_list.html"
    list_per_page = 50
    permanent = ()  # fields that nobody changes once the record exists
    slug_from = None
    number_prefix = ""  # of models with permanent numbers
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
        saving = [(_("Save"), {"fields": ["change_note", "based_on"]})] if may_write else []
        return [*super().get_fieldsets(request, obj), *saving]

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), *(self.permanent if obj else ())]

    def get_changeform_initial_data(self, request):
        initial = super().get_changeform_initial_data(request)
        return {"number": self.next_number()} | initial if self.number_prefix else initial

    def next_number(self):
        """One more than the largest that any record has or had: a number that was cited is never given again."""
        revisions = Revision.objects.filter(table=kind_of(self.model).table).values_list("entry__number", flat=True)
        numbers = {*self.model._default_manager.originals().values_list("number", flat=True), *revisions}
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
            self.delete_model(request, obj)

    def get_deleted_objects(self, objs, request):
        """Records that name one of `objs` in a list of theirs protect it too: they would lose it without a word."""
        to_delete, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        named = [f"{capfirst(record._meta.verbose_name)}: {record}" for record in naming(list(objs))]
        return to_delete, counts, perms_needed, [*protected, *named]

    def view_on_site(self, obj):
        shown = type(obj)._default_manager.visible().filter(pk=obj.pk).exists()
        return obj.get_absolute_url() if shown else None

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and type_of(obj).publishable:
            context["preview_url"] = reverse("preview", args=[preview_token(type_of(obj).table, obj)])
        return super().render_change_form(request, context, add, change, form_url, obj)

    def changelist_view(self, request, extra_context=None):
        address = import_address(request.user, self.model)
        return super().changelist_view(request, {"import_url": address} | (extra_context or {}))

    def history_view(self, request, object_id, extra_context=None):
        """The record's revisions instead of the admin's own log, which knows neither texts nor rows."""
        return HttpResponseRedirect(history_address(kind_of(self.model).table, object_id))


def ask(model_admin, request, record, title, words, form, button):
    """The page that asks before something is done to a record: `words` say what will happen, a paragraph each."""
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": title,
        "words": words,
        "address": request.path,
        "form": form,
        "button": button,
        "back": reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_change", args=[record.pk]),
    }
    return TemplateResponse(request, "admin/step.html", context)


def history_address(table, record_id):
    return reverse("admin:portal_revision_changelist", query={"table": table, "record_id": record_id})


class RowForm(RecordForm):
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

    def __init__(self, data=None, *args, **kwargs):
        super().__init__(data, *args, **kwargs)
        self.notes = {}  # of rows, by number: what somebody else has done with them meanwhile
        if self.is_bound and self.management_form.is_valid():
            self.bring_together()

    def bring_together(self):
        """What two editors have done at the same time stands in one form, and no row goes without a word.

        A row that somebody else has added since the form was opened is shown with it, one that somebody else has
        removed becomes a new one.
        """
        there, key = {str(row.pk): row for row in self.get_queryset()}, self.model._meta.pk.name
        rows = [self.sent_row(number) for number in range(self.total_form_count())]
        old, new = rows[: self.initial_form_count()], rows[self.initial_form_count() :]
        kept = [row for row in old if row.get(key, [""])[0] in there]
        lost = [row | {key: [""]} for row in old if row not in kept]
        sent = {row[key][0] for row in kept}
        added = [self.written_row(row) for pk, row in there.items() if pk not in sent]
        if not lost and not added:
            return
        self.data = self.data.copy()
        for name in [name for name in self.data if re.match(rf"{self.prefix}-\d+-", name)]:
            del self.data[name]
        together = [*kept, *added, *lost, *new]  # those that are there come first, as Django expects it
        for number, row in enumerate(together):
            for name, values in row.items():
                self.data.setlist(f"{self.prefix}-{number}-{name}", values)
        self.data[f"{self.prefix}-INITIAL_FORMS"] = len(kept) + len(added)
        self.data[f"{self.prefix}-TOTAL_FORMS"] = len(together)
        del self.management_form  # read anew
        first = len(kept) + len(added)
        self.notes = dict.fromkeys(range(len(kept), first), ADDED_MEANWHILE)
        self.notes |= dict.fromkeys(range(first, first + len(lost)), REMOVED_MEANWHILE)

    def sent_row(self, number):
        start = f"{self.prefix}-{number}-"
        names = [name for name in self.data if name.startswith(start)]
        return {name.removeprefix(start): self.data.getlist(name) for name in names}

    def written_row(self, record):
        """A row of the database as a browser would send it."""
        formset = type(self)(instance=self.instance, queryset=self.model._default_manager.filter(pk=record.pk))
        row = {}
        for bound in formset.forms[0]:
            value = bound.value()
            if isinstance(bound.field, forms.BooleanField):
                value = ["on"] if value else []
            elif not isinstance(value, list | tuple):
                value = ["" if value is None else value]
            row[bound.name] = [str(each) for each in value]
        return row

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if note := self.notes.get(index):
            first = next(name for name, field in form.fields.items() if not field.widget.is_hidden)
            form.fields[first].help_text = note

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
    """Rows belong to their record: whoever may add, see or change it may do so with its rows, while it is a draft."""

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
        return self.is_open(obj) and self.may(request, "add", "change")

    def has_change_permission(self, request, obj=None):
        return self.is_open(obj) and self.may(request, "change")

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)

    def is_open(self, record):
        return getattr(record, "status", Publishable.Status.DRAFT) == Publishable.Status.DRAFT
