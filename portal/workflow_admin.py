"""The workflow in the admin: what is public is read-only there, and every step asks before it is taken."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from . import workflow
from .differences import changes, field_labels
from .entries import kind_of, type_of
from .entry_admin import EntryAdmin
from .models import Remark, Revision
from .publishing import Publishable

Status = Publishable.Status
MOST_SHOWN = 50  # records on the page that asks, or messages afterwards


class NoForm(forms.Form):
    """For steps that need nothing but a yes."""


class NoteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Note for whoever reviews it"), max_length=150, required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )  # fmt: skip


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=150, widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy(
            "What has to change? Whoever wrote the text reads it in a mail, in the form and in the history."
        ),
    )  # fmt: skip


class PublishForm(forms.Form):
    at = forms.DateTimeField(
        label=gettext_lazy("Public from"), required=False,
        help_text=gettext_lazy("Empty: at once. A later moment schedules it."),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )  # fmt: skip
    major = forms.BooleanField(
        label=gettext_lazy("A major change"), required=False,
        help_text=gettext_lazy("Researchers who follow the portal are told of major changes."),
    )  # fmt: skip

    def clean_at(self):
        at = self.cleaned_data["at"]
        if at and at < timezone.now():
            raise ValidationError(_("This moment is past. Leave the field empty to publish at once."))
        return at


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=150, widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("One German sentence; readers of the old address see it."),
    )  # fmt: skip
    superseded_by = forms.ModelChoiceField(label=gettext_lazy("Read this instead"), queryset=None, required=False)


class RenameForm(forms.Form):
    slug = forms.RegexField(
        r"^[a-z0-9-]+$",
        label=gettext_lazy("New short name"),
        max_length=80,
        error_messages={"invalid": gettext_lazy("Only small letters a to z, digits and hyphens, please.")},
        help_text=gettext_lazy("Part of the address: small letters, digits, hyphens. The old address keeps working."),
    )


@dataclass(frozen=True)
class Step:
    """A step as the admin offers it: to whom, from which status, and what it asks first."""

    run: callable
    label: str
    permission: str
    sources: tuple[str, ...]
    done: callable
    form: type = NoForm
    of_copies: bool | None = None  # True: of working copies only, False: never of one
    of_public: bool = True  # False: not of what readers see
    save_label: str = ""  # of the button that saves the form first, while it can be edited
    allowed: callable = lambda record, user: True  # what else it takes, beside the permission

    def fits(self, record):
        fits = self.of_copies is None or self.of_copies == bool(record.replaces_id)
        public = record.status == Status.PUBLISHED and not record.is_scheduled
        return fits and record.status in self.sources and (self.of_public or not public)

    def possible(self, record, user):
        return self.fits(record) and self.allowed(record, user)


STEPS = {
    "submit": Step(
        workflow.submit, gettext_lazy("Submit for review"), "change", (Status.DRAFT,),
        lambda n: ngettext("%d text submitted for review.", "%d texts submitted for review.", n), NoteForm,
        save_label=gettext_lazy("Save and submit"),
    ),
    "send_back": Step(
        workflow.send_back, gettext_lazy("Send back"), "publish", (Status.REVIEW,),
        lambda n: ngettext("%d text sent back.", "%d texts sent back.", n), ReasonForm,
    ),
    "publish": Step(
        workflow.publish, gettext_lazy("Publish"), "publish", (Status.REVIEW,),
        lambda n: ngettext("%d text approved.", "%d texts approved.", n), PublishForm,
    ),
    "working_copy": Step(
        workflow.working_copy, gettext_lazy("Revise in a working copy"), "change", (Status.PUBLISHED,),
        lambda n: ngettext("%d working copy is ready.", "%d working copies are ready.", n), of_copies=False,
    ),
    "discard": Step(
        workflow.discard, gettext_lazy("Discard the working copy"), "change",
        (Status.DRAFT, Status.REVIEW, Status.PUBLISHED),
        lambda n: ngettext("%d working copy discarded.", "%d working copies discarded.", n), of_copies=True,
    ),
    "discard_draft": Step(
        workflow.discard_draft, gettext_lazy("Discard the draft"), "change", (Status.DRAFT,),
        lambda n: ngettext("%d draft discarded.", "%d drafts discarded.", n), of_copies=False,
        allowed=workflow.may_discard_draft,
    ),
    "confirm_checked": Step(
        workflow.confirm_checked, gettext_lazy("Still true: mark as checked"), "change", (Status.PUBLISHED,),
        lambda n: ngettext("%d text marked as checked.", "%d texts marked as checked.", n), of_copies=False,
    ),
    "withdraw": Step(
        workflow.withdraw, gettext_lazy("Withdraw"), "publish", (Status.PUBLISHED,),
        lambda n: ngettext("%d text withdrawn.", "%d texts withdrawn.", n), WithdrawForm, of_copies=False,
    ),
    "rename": Step(
        workflow.rename, gettext_lazy("Change the address"), "publish", tuple(Status),
        lambda n: ngettext("%d address changed.", "%d addresses changed.", n), RenameForm, of_copies=False,
        save_label=gettext_lazy("Save and change the address"),
    ),
    "reopen": Step(
        workflow.reopen, gettext_lazy("Open again as a draft"), "publish", (Status.ARCHIVED, Status.PUBLISHED),
        lambda n: ngettext("%d text is a draft again.", "%d texts are drafts again.", n), of_public=False,
    ),
}  # fmt: skip


def as_action(name, step):
    """The step as an action of list and form; it leads to the page that asks. Many records don't fit an address."""

    @admin.action(
        description=step.label,
        permissions=[step.permission],
        location=[admin.ActionLocation.CHANGE_LIST, admin.ActionLocation.CHANGE_FORM],
    )
    def action(model_admin, request, queryset):
        records = list(queryset)
        if len(records) == 1:
            return HttpResponseRedirect(model_admin.step_address(name, records[0]))
        return model_admin.ask(request, name, records, model_admin.step_form(step, records, None))

    action.__name__ = name
    return action


def begun_by(user, records):
    """Those of `records` that the user has begun, working copies included."""
    first = Revision.objects.filter(table=kind_of(records.model).table, number=1, author=user)
    return records.filter(pk__in=first.values("record_id"))


class BegunByMeFilter(admin.SimpleListFilter):
    title = gettext_lazy("author")
    parameter_name = "begun"

    def lookups(self, request, model_admin):
        return [("me", _("begun by me"))]

    def queryset(self, request, queryset):
        return begun_by(request.user, queryset) if self.value() == "me" else queryset


class PublishableAdmin(EntryAdmin):
    """The admin of a model with the workflow. Only drafts are edited; what is public, through a working copy."""

    steps = STEPS

    @property
    def actions(self):
        return [as_action(name, step) for name, step in self.steps.items()]

    def url_name(self, page):
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"

    def get_urls(self):
        view = self.admin_site.admin_view(self.step_view)
        name = self.url_name("step").removeprefix("admin:")
        return [path("schritt/<slug:name>/", view, name=name), *super().get_urls()]

    def delete_model(self, request, obj):
        """A working copy that is deleted is given up: the history of what it was to replace keeps it."""
        if obj.replaces_id:
            workflow.discard(obj, request.user)
        else:
            super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        """Working copies first: with what they were to replace they would go without a trace."""
        super().delete_queryset(request, queryset.order_by(models.F("replaces").asc(nulls_last=True)))

    def has_publish_permission(self, request, obj=None):
        return request.user.has_perm(f"{self.opts.app_label}.publish_{self.opts.model_name}")

    def has_change_permission(self, request, obj=None):
        open_for_change = obj is None or obj.status == Status.DRAFT
        return open_for_change and super().has_change_permission(request, obj)

    def get_list_filter(self, request):
        return [*super().get_list_filter(request), BegunByMeFilter]

    def get_fieldsets(self, request, obj=None):
        """A working copy has no number or short name that would stay: those are the original's."""
        fieldsets = super().get_fieldsets(request, obj)
        if not (obj and obj.replaces_id):
            return fieldsets

        def is_the_originals(row):
            return {row} <= {*self.permanent} if isinstance(row, str) else {*row} <= {*self.permanent}

        return [
            (title, options | {"fields": [row for row in options["fields"] if not is_the_originals(row)]})
            for title, options in fieldsets
        ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("replaces", *(self.list_select_related or ()))

    def get_actions(self, request, action_location=admin.ActionLocation.CHANGE_LIST):
        """On a form only the steps that are possible now."""
        actions = super().get_actions(request, action_location)
        if action_location != admin.ActionLocation.CHANGE_FORM:
            return actions
        record = self.get_object(request, request.resolver_match.kwargs.get("object_id"))
        possible = self.steps_of(record, request.user) if record else []
        return {name: action for name, action in actions.items() if name in possible}

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, record):
        """In words, and of a working copy of what."""
        status = _("scheduled") if record.is_scheduled else record.get_status_display()
        if not record.replaces_id:
            return status
        of = getattr(record.replaces, "number", "") or record.replaces.title_de
        return _("working copy of %(record)s: %(status)s") % {"record": of, "status": status}

    def steps_of(self, record, user):
        return [name for name, step in self.steps.items() if step.possible(record, user)]

    def saving_steps(self, request, record):
        """Steps whose button saves the form first: pressing it must not lose what was typed."""
        if not self.has_change_permission(request, record):
            return {}
        offered = self.get_actions(request, admin.ActionLocation.CHANGE_FORM)
        return {name: self.steps[name].save_label for name in offered if self.steps[name].save_label}

    def response_change(self, request, obj):
        response = super().response_change(request, obj)  # says that it is saved
        name = request.POST.get("_step")
        if name in self.saving_steps(request, obj):
            return HttpResponseRedirect(self.step_address(name, obj))
        return response

    def step_address(self, name, record):
        return reverse(self.url_name("step"), args=[name], query={"pk": record.pk})

    def step_view(self, request, name):
        """Ask before a step is taken: what it is about, what is missing, what differs from what is public."""
        step = self.steps.get(name)
        if step is None:
            raise Http404
        if not getattr(self, f"has_{step.permission}_permission")(request):
            raise PermissionDenied
        keys = request.POST.get("records", "").split() or request.GET.getlist("pk")
        # More digits than an id can have are too many for the database, too.
        keys = [key for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
        records = list(self.get_queryset(request).filter(pk__in=keys))
        if not records:
            raise Http404
        form = self.step_form(step, records, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            return self.take(request, step, records, form.cleaned_data)
        return self.ask(request, name, records, form)

    def ask(self, request, name, records, form):
        step = self.steps[name]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": step.label,
            "step": step,
            "name": name,
            "form": form,
            "address": reverse(self.url_name("step"), args=[name]),
            "keys": " ".join(str(record.pk) for record in records),
            "rows": [self.step_row(name, step, record, request.user) for record in records[:MOST_SHOWN]],
            "more": max(len(records) - MOST_SHOWN, 0),
            "back": reverse(self.url_name("changelist")),
        }
        return TemplateResponse(request, "admin/step.html", context)

    def step_form(self, step, records, data):
        form = step.form(data)
        if "superseded_by" in form.fields:
            others = self.model._default_manager.visible().exclude(pk__in=[record.pk for record in records])
            form.fields["superseded_by"].queryset = others
        return form

    def step_row(self, name, step, record, user):
        return {
            "record": record,
            "url": reverse(self.url_name("change"), args=[record.pk]),
            "possible": step.possible(record, user),
            "missing": record.missing() if name in ("submit", "publish") else [],
            "changes": self.changes_of_copy(record),
            "last": self.last_step(record),
        }

    def last_step(self, record):
        """The newest revision: a note for whoever reviews, the reason why a text came back."""
        return workflow.revisions(record).select_related("author").order_by("-number").first()

    def changes_of_copy(self, record):
        if not record.replaces_id:
            return ""
        kind = type_of(record)
        return changes(kind, kind.entry(record.replaces), kind.entry(record)) or _("Nothing yet.")

    def take(self, request, step, records, answers):
        done, refused = [], []
        for record in records:
            try:
                if not step.fits(record):
                    raise ValidationError(_("“%s”: this step is not possible here.") % record)
                done.append(step.run(record, request.user, **answers))
            except ValidationError as error:
                refused += error.messages
        for message in refused[:MOST_SHOWN]:
            messages.error(request, message)
        if more := len(refused[MOST_SHOWN:]):
            messages.error(request, ngettext("%d more was refused.", "%d more were refused.", more) % more)
        if done:
            messages.success(request, step.done(len(done)) % len(done))
        shown = done or records  # refused: where what is missing can be mended
        if len(shown) == 1 and shown[0].pk:
            return HttpResponseRedirect(reverse(self.url_name("change"), args=[shown[0].pk]))
        return HttpResponseRedirect(reverse(self.url_name("changelist")))

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            labels = field_labels(type_of(obj))
            remarks = Remark.objects.filter(table=type_of(obj).table, record_id=obj.pk, done=False)
            copy = None if obj.replaces_id else self.model._default_manager.filter(replaces=obj).first()
            other = obj.replaces or copy
            context |= {
                "workflow": obj,
                "saving_steps": self.saving_steps(request, obj),
                "changes_of_copy": self.changes_of_copy(obj),
                "last": self.last_step(obj),
                "other": other,
                "outdated_english": [labels.get(f"{name}_de", name) for name in obj.outdated_english],
                "remarks": [(each, labels.get(each.field, "")) for each in remarks.select_related("author")],
                "about": urlencode({"table": type_of(obj).table, "record_id": obj.pk}),
                "other_url": other and reverse(self.url_name("change"), args=[other.pk]),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)
